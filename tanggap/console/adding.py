"""A report that came by link, screenshot, telephone, letter or over the counter: written down in twenty seconds."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.cases.models import Case
from tanggap.cases.triage import TEXTS, Reason
from tanggap.channels import manual_accounts
from tanggap.channels.models import Channel
from tanggap.console import labels
from tanggap.console.answers import Tried, chosen, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.posts import by_hand
from tanggap.posts.models import Post, RawItem, RawState

SOURCES: tuple[tuple[str, str | Promise, str], ...] = (
    ("phone", gettext_lazy("Telepon"), "phone"),
    ("walk_in", gettext_lazy("Datang langsung"), "user"),
    ("link", gettext_lazy("Tautan"), "link"),
    ("screenshot", gettext_lazy("Tangkapan layar"), "image"),
    ("paper", gettext_lazy("Surat"), "file-text"),
)
_ACCOUNT = "kanal:"
PLATFORMS = (
    "x", "facebook", "instagram", "threads", "tiktok", "youtube", "whatsapp", "telegram", "messenger", "mastodon",
    "bluesky", "email", "web",
)  # fmt: skip


@screen("post.add")
def add(request: StaffRequest) -> HttpResponse:
    """This will take a report down and say what happens to it."""
    tried = Tried()
    if request.method == "POST":
        try:
            raw = _add(request)
            return done(request, _("Laporan tersimpan."), reverse("add_done", args=[raw.pk]))
        except Refusal as refusal:
            if getattr(request, "htmx", False):
                raise
            tried = Tried.of("add", request, refusal)
    source = tried.typed.get("source") or request.GET.get("asal", "phone")
    accounts = _accounts(request)
    page: dict[str, Any] = {
        "accounts": accounts,
        "chosen": tried.typed.get("platform") or f"{_ACCOUNT}{request.GET.get('kanal', '')}",
        "sources": SOURCES,
        "source": source if source in by_hand.SOURCES else "phone",
        "platforms": [(code, labels.PLATFORMS[code].name) for code in PLATFORMS],
        "tried": tried,
        "may_read": request.member.may("case.triage"),
    }
    return render(request, "adding/form.html", page, status=422 if tried.form else 200)


@screen("post.add")
def add_done(request: StaffRequest, pk: int) -> HttpResponse:
    """This will say what became of the report: it is read within seconds and then stands in inbox and cases."""
    raw = RawItem.objects.filter(
        pk=pk, source="hand", channel__government_id=request.member.government_id
    ).first()
    if raw is None or raw.headers.get("by") != request.member.audit_name:
        raise Http404
    post = _post_of(request, raw)
    case = Case.objects.seen_by(request.member).filter(links__post=post).first() if post else None
    page = {
        "here": "add",
        "raw": raw,
        "waiting": raw.state == RawState.RECEIVED,
        "troubled": raw.state in {RawState.FAILED, RawState.QUARANTINED},
        "post": post,
        "case": case,
        "tasks": list(case.assignments.select_related("unit").order_by("sent_at")) if case else [],
        "why": str(TEXTS.get(Reason(post.triage), "")) if post and post.triage in list(Reason) else "",
    }
    return render(request, "adding/done.html", page)


def _add(request: StaffRequest) -> RawItem:
    typed = request.POST
    picture: UploadedFile[Any] | None = request.FILES.get("picture")
    accounts = {f"{_ACCOUNT}{one.key}": one for one in _accounts(request)}
    of = chosen(typed.get("platform", ""), {"", *PLATFORMS, *accounts}, "platform")
    return by_hand.add(
        request.member,
        source=typed.get("source", ""),
        text=typed.get("text", ""),
        link=typed.get("link", "").strip(),
        author_name=typed.get("author_name", "")[:120],
        platform="" if of in accounts else of,
        channel=accounts.get(of),
        picture=(str(picture.name), picture.read()) if picture else None,
    )


def _accounts(request: StaffRequest) -> list[Channel]:
    """The official accounts to which something may have been said: those worked by hand, in the member's part."""
    mine = None if request.member.sees_all else request.member.unit_ids()
    return [
        one
        for one in manual_accounts.by_hand_accounts()
        if mine is None or one.unit_id is None or one.unit_id in mine
    ]


def _post_of(request: StaffRequest, raw: RawItem) -> Post | None:
    if raw.state != RawState.DIGESTED:
        return None
    line = orjson.loads(bytes(raw.body))
    named = {"platform": line["platform"], "external_id": line["external_id"]}
    return Post.objects.seen_by(request.member).filter(**named).first()
