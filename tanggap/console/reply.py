"""The answer box: draft kept as it is typed, counted and checked, sent once; and what became of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member
from tanggap.cases import answerable, answering, replies, similar
from tanggap.cases.models import OPEN_STATES, Reply, ReplyState
from tanggap.channels import connect
from tanggap.channels.connector import Ability
from tanggap.console.doors import back, screen, toast
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import case_of
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post
from tanggap.publishing import checks, queue, stopping
from tanggap.publishing.models import Delivery, DeliveryState


def box(member: Member, post: Post) -> dict[str, Any]:
    """This will gather what the answer box shows: a draft, a colleague's draft, an approval, an outcome."""
    reply = replies.open_reply(post)
    delivery = reply.delivery if reply else None
    abilities = connect.abilities_of(post.channel)
    case = case_of(post)
    text = reply.text if reply else ""
    return {
        "focus": post,
        "reply": reply,
        "delivery": delivery,
        "mode": _mode(member, reply),
        "may_reply": member.may("reply.write"),
        "may_approve": member.may("reply.approve") and reply is not None and reply.author_id != member.pk,
        "by_hand": answering.only_by_hand(post) or answering.closed(post, timezone.now()),
        "can_private": Ability.PRIVATE_REPLY in abilities,
        "seen_there": answering.seen_there(delivery) if delivery and _unknown(delivery) else [],
        "needs_approval": member.government.reply_needs_approval,
        "stop": stopping.stopped(member.government_id),
        "case_to_close": case if case and case.state in OPEN_STATES else None,
        **_standing(post, text, private=bool(reply and reply.private)),
        "salutation": (member.government.file or {}).get("salutation", ""),
        "now": timezone.now(),
        **(
            _checked(member, post, text, private=bool(reply and reply.private))
            if text
            else {"findings": [], "blocked": False}
        ),
    }


@screen()
def thread_reply(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the answer box as it stands now."""
    return render(request, "thread_reply.html", box(request.member, _post(request.member, pk)))


@screen("reply.write")
def thread_answers(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show what was answered on similar cases, to be taken into the own answer."""
    post = _post(request.member, pk)
    found = similar.answers(post, request.member)
    return render(request, "thread_answers.html", {"focus": post, "answers": found, "now": timezone.now()})


@require_POST
@screen("reply.write")
def thread_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """This will keep the typed text, count it and check it; the answer is the line below the text."""
    post = _post(request.member, pk)
    text, private = request.POST.get("text", ""), request.POST.get("private") == "1"
    page: dict[str, Any] = {"focus": post, "now": timezone.now(), **_standing(post, text, private=private)}
    try:
        if _kept(post, request.member, text, private=private):
            page["saved_at"] = timezone.now()
    except Refusal as refusal:
        page["unsaved"] = str(refusal)
    return render(request, "reply_checks.html", page | _checked(request.member, post, text, private=private))


@require_POST
@screen("reply.write")
def thread_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """This will throw the own draft away and show the empty box."""
    post = _post(request.member, pk)
    reply = replies.open_reply(post)
    if reply:
        replies.discard(reply, request.member)
    return _answer(request, post, _("Draf dibuang."))


@require_POST
@screen("reply.write")
def thread_send(request: StaffRequest, pk: int) -> HttpResponse:
    """This will send the answer or ask for its approval; whatever happens, the text stays."""
    post = _post(request.member, pk)
    text, private = request.POST.get("text", ""), request.POST.get("private") == "1"
    closes = request.POST.get("closes") == "1"
    reply = _kept(post, request.member, text, private=private, closes=closes)
    overrides = [
        replies.Override(rule, request.POST.get(f"reason-{rule}", ""))
        for rule in request.POST.getlist("override")
    ]
    try:
        if reply is None:
            raise Refusal(_("Balasan masih kosong."), "text")
        reply = replies.submit(reply, request.member, overrides)
    except Refusal as refusal:
        page = box(request.member, post) | {
            "wrong": str(refusal),
            "overridden": request.POST.getlist("override"),
        }
        return render(request, "thread_reply.html", page, status=422)
    waits = reply.state == ReplyState.WAITING_APPROVAL
    told = _("Balasan menunggu persetujuan.") if waits else _("Balasan masuk antrean kirim.")
    return _answer(request, post, told)


@require_POST
@screen("reply.write")
def thread_by_hand(request: StaffRequest, pk: int) -> HttpResponse:
    """This will count an answer that was given on the platform itself."""
    post = _post(request.member, pk)
    closes = request.POST.get("closes") == "1"
    replies.mark_answered_by_hand(
        post, request.member, request.POST.get("text", ""), request.POST.get("url", ""), closes=closes
    )
    return _answer(request, post, _("Dicatat sebagai sudah dijawab."))


@require_POST
@screen("reply.write")
def reply_take_over(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take over a colleague's draft with its text."""
    reply = _reply(request.member, pk)
    replies.take_over(reply, request.member)
    return _answer(request, reply.post, _("Draf sekarang milik Anda."))


@require_POST
@screen("reply.approve")
def reply_approve(request: StaffRequest, pk: int) -> HttpResponse:
    """This will approve a colleague's answer and send it."""
    reply = _reply(request.member, pk)
    replies.approve(reply, request.member)
    return _answer(request, reply.post, _("Disetujui dan masuk antrean kirim."))


@require_POST
@screen("reply.approve")
def reply_refuse(request: StaffRequest, pk: int) -> HttpResponse:
    """This will give a colleague's answer back with a reason."""
    reply = _reply(request.member, pk)
    replies.refuse(reply, request.member, request.POST.get("why", ""))
    return _answer(request, reply.post, _("Dikembalikan kepada penulisnya."))


@require_POST
@screen("reply.write")
def reply_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """This will let an officer who looked at the platform say what became of a send: arrived, not, or try again."""
    reply = _reply(request.member, pk)
    delivery = reply.delivery
    if delivery is None:
        raise Refusal(_("Balasan ini belum dikirim. Tidak ada yang diubah."))
    what = request.POST.get("what", "")
    if what == "retry" and delivery.state == DeliveryState.FAILED:
        replies.retry(reply, request.member)
        return _answer(request, reply.post, _("Masuk antrean kirim lagi."))
    if what not in {"arrived", "absent"}:
        raise Refusal(_("Pilih apakah balasan itu sudah tampak di platform."))
    queue.settle_by_hand(
        delivery, request.member, arrived_there=what == "arrived", url=request.POST.get("url", "")
    )
    return _answer(request, reply.post, _("Dicatat."))


def _answer(request: StaffRequest, post: Post, told: str) -> HttpResponse:
    if not request.htmx:
        return back(request, told, to=reverse("thread", args=[post.pk]))
    fresh = _post(request.member, post.pk)
    page = render(request, "thread_reply.html", box(request.member, fresh))
    return toast(page, told, desk={"ids": [post.pk], "did": "reply"})


def _kept(post: Post, by: Member, text: str, *, private: bool, closes: bool = False) -> Reply | None:
    """Saves the draft. One that was emptied goes, unless a coordinator's reason for sending it back stands there."""
    reply = replies.open_reply(post)
    if text.strip() or (reply and (reply.refusal or reply.author_id != by.pk)):
        return replies.draft(post, by, text, private=private, closes=closes)
    if reply:
        replies.discard(reply, by)
    return None


def _post(member: Member, pk: int) -> Post:
    rows = Post.objects.seen_by(member)
    return get_object_or_404(rows.select_related("author", "channel__app", "case_link__case"), pk=pk)


def _reply(member: Member, pk: int) -> Reply:
    rows = Reply.objects.filter(post__in=Post.objects.seen_by(member))
    return get_object_or_404(rows.select_related("post__channel", "author__user", "delivery"), pk=pk)


def _unknown(delivery: Delivery) -> bool:
    return delivery.state == DeliveryState.UNKNOWN


def _mode(member: Member, reply: Reply | None) -> str:
    """Which face the box shows: write, theirs, approval or outcome."""
    if reply is None:
        return "write"
    if reply.delivery_id:
        return "outcome"
    if reply.state == ReplyState.WAITING_APPROVAL:
        return "approval"
    return "write" if reply.author_id == member.pk else "theirs"


def _standing(post: Post, text: str, *, private: bool) -> dict[str, Any]:
    """The count, until when it can be answered, and what would keep it in; and how the browser counts by itself."""
    now = timezone.now()
    standing = answerable.standing(post, now, private=private)
    found = answerable.objections(post, text, now, private=private) if text.strip() else standing.stops
    return {
        "count": answerable.counted(post, text, private=private),
        "limits": {
            "public": answerable.for_the_browser(post, private=False),
            "private": answerable.for_the_browser(post, private=True),
        },
        "opening": standing.opening,
        "objections": [one for one in found if one.code not in {"text", "by_hand"}],
    }


def _checked(member: Member, post: Post, text: str, *, private: bool) -> dict[str, Any]:
    """The findings, what forbids first, each beside the words it is about and with who may answer for its rule.

    An answer is asked for once a rule, at its first finding: "self" from this member, "coordinator" from one.
    """
    found = replies.findings(post, text, private=private)
    found.sort(key=lambda one: _GRAVEST.index(one.severity))
    asked: set[str] = set()
    shown = []
    for one in found:
        first = one.severity == checks.Severity.BLOCKS and one.rule not in asked
        asked |= {one.rule} if first else set()
        answer = checks.who_answers(one, member.role) if first else ""
        shown.append((one, text[max(one.start - 24, 0) : one.start], text[one.end : one.end + 24], answer))
    return {"findings": shown, "blocked": bool(checks.blocking(found, []))}


_GRAVEST = (checks.Severity.BLOCKS, checks.Severity.WARNS, checks.Severity.INFORMS)
