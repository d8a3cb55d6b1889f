"""Answers to citizens: drafted, checked, approved where the government wants that, sent once, and counted.

A reply's fate is its delivery's. There is one open reply per post, so two officers cannot answer twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Role, require
from tanggap.agencies.notices import tell
from tanggap.cases import answerable, answering
from tanggap.cases.models import OPEN_STATES, Case, CaseState, Reply, ReplyState, Secrecy
from tanggap.channels.allowances import as_kept
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.posts.models import DeskState, Post
from tanggap.publishing import checks, queue
from tanggap.publishing.contexts import context_of
from tanggap.publishing.models import DeliveryKind, DeliveryState

OUTCOME = audit.System("replies")


@dataclass(frozen=True, slots=True)
class Override:
    """That an author answers for a finding, and why."""

    rule: str
    reason: str


class Held(Refusal):
    """The reply was kept as a draft: findings block it."""

    def __init__(self, findings: Sequence[checks.Finding]) -> None:
        super().__init__(
            _(
                "Balasan belum dikirim: ada bagian yang tidak boleh keluar. Draf tersimpan; "
                "perbaiki bagian yang ditandai."
            ),
            "text",
        )
        self.findings = findings


def open_reply(post: Post) -> Reply | None:
    """This will return the reply that is being written, approved or sent for a post."""
    return (
        Reply.objects.filter(post=post, settled_at__isnull=True)
        .exclude(state=ReplyState.REFUSED)
        .select_related("author__user", "delivery")
        .first()
    )


def draft(post: Post, by: Member, text: str, *, private: bool = False, closes: bool = False) -> Reply:
    """This will keep what an officer typed; an open draft of a colleague is shown, not overwritten."""
    require(by, "reply.write")
    text = as_kept(text)
    try:
        with transaction.atomic():
            reply = Reply.objects.select_for_update().filter(post=post, settled_at__isnull=True).exclude(
                state=ReplyState.REFUSED
            ).first()  # fmt: skip
            if reply is None:
                case = Case.objects.filter(links__post=post).first()
                return Reply.objects.create(
                    government_id=post.government_id, post=post, case=case, text=text, private=private, closes=closes,
                    author=by, created_at=timezone.now(),
                )  # fmt: skip
            if reply.author_id != by.pk:
                raise Refusal(
                    _("%(name)s sedang membalas pesan ini. Teks Anda tetap ada di layar.")
                    % {"name": reply.author}
                )
            if reply.state != ReplyState.DRAFT:
                raise Refusal(_("Balasan untuk pesan ini sudah dikirim atau menunggu persetujuan."))
            reply.text, reply.private, reply.closes = text, private, closes
            reply.save(update_fields=["text", "private", "closes"])
            return reply
    except IntegrityError:
        raise Refusal(
            _("Rekan Anda baru saja mulai membalas pesan ini. Teks Anda tetap ada di layar.")
        ) from None


def take_over(reply: Reply, by: Member) -> Reply:
    """This will hand a colleague's draft to another officer, with its text."""
    require(by, "reply.write")
    with transaction.atomic():
        changed = Reply.objects.filter(pk=reply.pk, state=ReplyState.DRAFT, author=reply.author).update(
            author=by
        )
        if not changed:
            raise Lost("The draft was sent or taken over by somebody else.")
        audit.record("reply.take_over", reply, by, before=reply.author_id)
    reply.author = by
    return reply


def discard(reply: Reply, by: Member) -> None:
    """This will delete an own draft that nobody has sent or asked approval for; that it was there is on record."""
    require(by, "reply.write")
    with transaction.atomic():
        reply = Reply.objects.select_for_update().get(pk=reply.pk)
        if reply.author_id != by.pk:
            raise NotAllowed(_("Draf ini milik rekan Anda. Tidak ada yang dibuang."))
        if reply.state != ReplyState.DRAFT or reply.delivery_id:
            raise Refusal(_("Balasan ini sudah dikirim atau menunggu persetujuan. Tidak ada yang dibuang."))
        audit.record("reply.discard", reply, by, post=reply.post_id, text=audit.digest(reply.text))
        reply.delete()
        live.tell(reply.government_id, "post_changed", [reply.post_id])


def findings(post: Post, text: str, *, private: bool) -> list[checks.Finding]:
    """This will say what the checks find in a text that would answer this post; a message is answered in private."""
    public = not private and post.kind != "message"
    where = context_of(post.government, timezone.now(), kind="reply", platform=post.platform, public=public)
    return checks.run(text, where)


def submit(reply: Reply, by: Member, overrides: Sequence[Override] = ()) -> Reply:
    """This will check the reply and send it, or ask for approval; Held or Refusal keep it as a draft."""
    require(by, "reply.write")
    now = timezone.now()
    with transaction.atomic():
        reply = (
            Reply.objects.select_for_update(of=("self",))
            .select_related("post__channel__app", "case", "government")
            .get(pk=reply.pk)
        )
        if reply.author_id != by.pk:
            raise NotAllowed(_("Draf ini milik rekan Anda. Ambil alih dahulu."))
        _require_sendable(reply, overrides)
        reply.overrides = [asdict(one) for one in overrides]
        if reply.government.reply_needs_approval:
            Reply.flow.move(reply, ReplyState.WAITING_APPROVAL, overrides=reply.overrides)
            audit.record("reply.ask_approval", reply, by, now=now, text=audit.digest(reply.text))
            tell(
                Member.objects.filter(role=Role.COORDINATOR).exclude(pk=by.pk), "reply_to_approve",
                f"/masuk/{reply.post_id}/", number=reply.case.number if reply.case else "–",
            )  # fmt: skip
        else:
            _send(reply, by, now, overrides=reply.overrides)
        live.tell(reply.government_id, "post_changed", [reply.post_id])
    return reply


def retry(reply: Reply, by: Member) -> None:
    """This will put a failed answer back into the queue; Refusal where the platform's time for it is over.

    That time is reckoned anew: the citizen may have written again.
    """
    require(by, "reply.write")
    delivery = reply.delivery
    if delivery is None:
        raise Refusal(_("Balasan ini belum dikirim. Tidak ada yang diubah."))
    found = answerable.objections(reply.post, delivery.text, timezone.now(), private=reply.private)
    stopping = [one for one in found if one.code in {"window", "once"}]
    if stopping:
        raise Refusal(_("%(why)s Teks Anda tersimpan.") % {"why": stopping[0]})
    with transaction.atomic():
        delivery.options = {**delivery.options, **answerable.times(reply.post)}
        delivery.save(update_fields=["options"])
        queue.retry(delivery, by)


def approve(reply: Reply, by: Member) -> Reply:
    """This will send a colleague's reply; nobody approves an own one, and the database says so too."""
    require(by, "reply.approve")
    with transaction.atomic():
        reply = (
            Reply.objects.select_for_update(of=("self",))
            .select_related("post__channel__app", "case", "government")
            .get(pk=reply.pk)
        )
        if reply.author_id == by.pk:
            raise NotAllowed(_("Balasan sendiri tidak boleh disetujui sendiri. Minta koordinator lain."))
        if reply.state != ReplyState.WAITING_APPROVAL:
            raise Lost("The reply no longer waits for approval.")
        _require_sendable(reply, [Override(one["rule"], one["reason"]) for one in reply.overrides])
        _send(reply, by, timezone.now(), approver=by)
        live.tell(reply.government_id, "post_changed", [reply.post_id])
    return reply


def refuse(reply: Reply, by: Member, why: str) -> None:
    """This will give a reply back to its author with a reason; its text is kept."""
    require(by, "reply.approve")
    if not why.strip():
        raise Refusal(_("Tulis alasan agar penulis tahu apa yang perlu diperbaiki."), "why")
    with transaction.atomic():
        Reply.flow.move(reply, ReplyState.DRAFT, refusal=why.strip()[:300])
        audit.record("reply.refuse", reply, by, why=audit.digest(why))
        tell(
            [reply.author],
            "reply_refused",
            f"/masuk/{reply.post_id}/",
            number=reply.case.number if reply.case else "–",
        )
        live.tell(reply.government_id, "post_changed", [reply.post_id])


def mark_answered_by_hand(post: Post, by: Member, text: str, url: str = "", *, closes: bool = False) -> Reply:
    """This will count an answer that the officer gave on the platform itself, with its text and link.

    A send from here that failed for good is given up for it.
    """
    require(by, "reply.write")
    if not text.strip():
        raise Refusal(_("Tempel teks jawaban yang Anda kirim di platform."), "text")
    if url and not url.startswith(("https://", "http://")):
        raise Refusal(_("Tautan harus diawali https://."), "url")
    now = timezone.now()
    with transaction.atomic():
        open_ = open_reply(post)
        if open_ and open_.delivery and open_.delivery.state == DeliveryState.FAILED:
            queue.cancel(open_.delivery, by)
            _settle(open_, now, answered=False)
            open_ = None
        reply = open_ or draft(post, by, text, closes=closes)
        reply = Reply.objects.select_for_update(of=("self",)).get(pk=reply.pk)
        if reply.delivery_id:
            raise Refusal(
                _("Balasan untuk pesan ini sudah dikirim dari Tanggap. Tidak ada yang dicatat dua kali.")
            )
        delivery = queue.record_by_hand(
            post.channel,
            DeliveryKind.REPLY,
            text,
            by,
            now,
            target=post.external_id,
            thread=post.thread,
            url=url,
        )
        Reply.flow.move(reply, ReplyState.APPROVED, text=text, closes=closes, delivery=delivery)
        _settle(reply, now)
    return reply


def _require_sendable(reply: Reply, overrides: Sequence[Override]) -> None:
    post = reply.post
    if reply.state not in {ReplyState.DRAFT, ReplyState.WAITING_APPROVAL}:
        raise Refusal(_("Balasan ini sudah dikirim. Tidak ada yang dikirim dua kali."))
    if not reply.text.strip():
        raise Refusal(_("Balasan masih kosong."), "text")
    if why := answering.only_by_hand(post, private=reply.private):
        raise Refusal(_("%(why)s Draf tersimpan; salin, lalu tandai terjawab.") % {"why": why})
    if reply.case and reply.case.secrecy == Secrecy.CONFIDENTIAL and not reply.private:
        raise Refusal(_("Kasus ini rahasia: jawab lewat pesan pribadi. Draf tersimpan."), "private")
    found = answerable.objections(post, reply.text, timezone.now(), private=reply.private)
    stopping = [one for one in found if one.code != "rate"]  # a full share only makes it wait
    if stopping:
        raise Refusal(_("%(why)s Draf tersimpan.") % {"why": stopping[0]}, stopping[0].field)
    for one in overrides:
        if not one.reason.strip():
            raise Refusal(_("Tulis alasan untuk setiap temuan yang Anda tanggung."), "text")
    blocked = checks.blocking(
        findings(post, reply.text, private=reply.private), [one.rule for one in overrides], reply.author.role
    )
    if blocked:
        raise Held(blocked)


def _send(reply: Reply, by: Member, now: datetime, **changes: object) -> None:
    post = reply.post
    author = post.author
    delivery = queue.enqueue(
        post.channel, DeliveryKind.PRIVATE_REPLY if reply.private else DeliveryKind.REPLY, reply.text, by, now,
        target=post.external_id, thread=post.thread,
        options={
            **answerable.times(post),
            **({"handle": author.handle, "author": author.external_id, "url": post.url} if author else {}),
        },
    )  # fmt: skip
    Reply.flow.move(reply, ReplyState.APPROVED, delivery=delivery, **changes)
    audit.record("reply.send", reply, by, now=now, text=audit.digest(reply.text), delivery=delivery.pk)


def _to_settle(now: datetime) -> models.QuerySet[Reply]:
    told = [DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.CANCELLED]
    return (
        Reply._base_manager.filter(settled_at__isnull=True, delivery__state__in=told)
        .filter(~Q(told=F("delivery__state")))
        .order_by("id")
    )


@work.step("replies", due=_to_settle, every=10, oldest="created_at")
def carry_outcomes(now: datetime) -> int:
    """This will carry what became of deliveries to their cases and to those who wrote them."""
    with scope.crossing("replies of all governments"), transaction.atomic():
        batch = work.claim(_to_settle(now).select_related("delivery", "post", "case", "author"), 100)
        for reply in batch:
            with scope.government(reply.government_id):
                _carry(reply, now)
        return len(batch)


def _carry(reply: Reply, now: datetime) -> None:
    assert reply.delivery is not None
    state = reply.delivery.state
    if state in {DeliveryState.SENT, DeliveryState.CANCELLED}:
        _settle(reply, now, answered=state == DeliveryState.SENT)
        return
    Reply.objects.filter(pk=reply.pk).update(told=state)
    kind = "reply_unknown" if state == DeliveryState.UNKNOWN else "reply_failed"
    tell([reply.author], kind, f"/masuk/{reply.post_id}/")
    live.tell(reply.government_id, "post_changed", [reply.post_id])


def _settle(reply: Reply, now: datetime, *, answered: bool = True) -> None:
    delivery = reply.delivery
    Reply.objects.filter(pk=reply.pk).update(
        settled_at=now, told=DeliveryState.SENT if answered else DeliveryState.CANCELLED
    )
    if answered and delivery is not None:
        at = delivery.sent_at or now
        Post.objects.filter(pk=reply.post_id).update(answered_at=at)
        Post.objects.filter(pk=reply.post_id, desk=DeskState.OPEN).update(desk=DeskState.DONE)
        _answer_case(reply, at, now)
    live.tell(reply.government_id, "post_changed", [reply.post_id])


def _answer_case(reply: Reply, at: datetime, now: datetime) -> None:
    # The post may have become a case after the draft was begun.
    case = Case.objects.filter(links__post_id=reply.post_id).first()
    if case is None:
        return
    Case.objects.filter(pk=case.pk, responded_at__isnull=True).update(responded_at=at)
    if reply.closes and case.state in OPEN_STATES and case.state != CaseState.ANSWERED:
        try:
            Case.flow.move(case, CaseState.ANSWERED, paused_since=None)
        except Lost:  # somebody moved the case meanwhile: their word stands
            return
    audit.record("case.answered", case, OUTCOME, now=now, reply=reply.pk, closes=reply.closes)
    live.tell(case.government_id, "case", [case.pk])
