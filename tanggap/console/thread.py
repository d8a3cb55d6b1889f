"""A conversation: what was said around a post, oldest first, with notes, our answers and the case's turning points."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Member
from tanggap.cases import deeds, timeline
from tanggap.cases.models import Case, Note, Reply
from tanggap.cases.triage import TEXTS, Reason
from tanggap.console import labels
from tanggap.console.case_panel import panel
from tanggap.console.doors import back, screen
from tanggap.console.inbox import colleagues, shell
from tanggap.console.membership import StaffRequest
from tanggap.console.reply import box
from tanggap.console.rows import Label, area_names, labels_of, rows, score_of
from tanggap.posts import desk, masking
from tanggap.posts import inbox as posts
from tanggap.posts.models import Post, Version
from tanggap.understanding import personal_data

# The timeline tells these too, but the thread shows the note and the answer themselves.
_SHOWN_OTHERWISE = frozenset({"sticky-note", "reply", "stamp"})
_NAMES = {
    "topic": gettext_lazy("Topik"),
    "sentiment": gettext_lazy("Nada"),
    "intent": gettext_lazy("Maksud"),
    "urgency": gettext_lazy("Kemendesakan"),
    "language": gettext_lazy("Bahasa"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation. `kind` is post, reply, note or event."""

    kind: str
    at: datetime
    of: Any
    spans: list[masking.Span] = field(default_factory=list)
    versions: list[tuple[Version, list[masking.Span]]] = field(default_factory=list)


@screen()
def thread(request: StaffRequest, pk: int) -> HttpResponse:
    """This will open a post: htmx gets the pane, anybody else the whole inbox with it."""
    post = _post(request.member, pk)
    desk.open_(post, request.member)
    filters = posts.Filters.from_query(request.GET.dict())
    page = pane(request.member, post) | {"filters": filters, "query": filters.as_query(before="")}
    htmx = request.htmx
    if htmx and not htmx.history_restore_request:
        return render(request, "thread.html", page)
    return render(request, "inbox.html", shell(request.member, filters) | page)


@screen()
def thread_talk(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the conversation alone, for an open page whose thread went on."""
    post = _post(request.member, pk)
    return render(
        request, "thread_talk.html", _talk(request.member, post) | {"focus": post, "now": timezone.now()}
    )


@require_POST
@screen("post.unmask")
def thread_unmask(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show a post with its personal data; who looked is on record."""
    post = _post(request.member, pk)
    spans = [masking.Span(desk.unmasked(post, request.member))]
    return render(request, "thread_unmasked.html", {"spans": spans})


@require_POST
@screen("case.triage")
def thread_correct(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put a label right and show the labels as they stand now."""
    post = _post(request.member, pk)
    desk.correct(post, request.POST.get("label", ""), request.POST.get("after", ""), request.member)
    if request.htmx:
        return render(request, "thread_labels.html", _labels(post) | {"focus": post})
    return back(request, _("Label diperbaiki."), to=reverse("thread", args=[pk]))


@require_POST
@screen("case.triage")
def thread_confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """This will keep the officer's word that the labels shown are right."""
    post = _post(request.member, pk)
    desk.confirm(post, request.member)
    if request.htmx:
        return render(request, "thread_labels.html", _labels(post) | {"focus": post, "confirmed": True})
    return back(request, _("Dicatat: label sudah benar."), to=reverse("thread", args=[pk]))


@require_POST
@screen("note.write")
def thread_note(request: StaffRequest, pk: int) -> HttpResponse:
    """This will leave a note for colleagues beside the conversation."""
    post = _post(request.member, pk)
    deeds.add_note(request.member, request.POST.get("text", ""), post=post)
    if request.htmx:
        page = _talk(request.member, post) | {"focus": post, "now": timezone.now()}
        return render(request, "thread_talk.html", page)
    return back(request, _("Catatan disimpan."), to=reverse("thread", args=[pk]))


def pane(member: Member, post: Post) -> dict[str, Any]:
    """This will gather an open conversation: lines, labels, answer box, case panel, the author's other posts."""
    others = (
        Post.objects.seen_by(member).filter(author=post.author_id) if post.author_id else Post.objects.none()
    )
    return {
        "member": member,
        "focus": post,
        "people": colleagues(),
        "others": rows(list(others.exclude(thread=post.thread).order_by("-received_at")[:3])),
        "others_many": others.exclude(pk=post.pk)[:100].count(),
        "now": timezone.now(),
        **_talk(member, post),
        **_labels(post),
        **box(member, post),
        **panel(member, post),
    }


def _post(member: Member, pk: int) -> Post:
    seen = Post.objects.seen_by(member)
    joined = seen.select_related("author", "channel__app", "assignee__user", "case_link__case")
    return get_object_or_404(joined, pk=pk)


def _talk(member: Member, post: Post) -> dict[str, Any]:
    said = timeline.of_thread(post, member)
    ids = [one.pk for one in said]
    versions: dict[int, list[tuple[Version, list[masking.Span]]]] = {}
    for version in Version.objects.filter(post_id__in=ids).order_by("until"):
        versions.setdefault(version.post_id, []).append((version, _covered(version.text)))
    lines = [Line("post", one.created_at, one, masking.shown(one), versions.get(one.pk, [])) for one in said]
    case = Case.objects.seen_by(member).filter(links__post__in=ids).first()
    answers = Reply.objects.filter(post_id__in=ids, settled_at__isnull=False, delivery__isnull=False)
    lines += [
        Line("reply", one.delivery.sent_at or one.settled_at or one.created_at, one)
        for one in answers.select_related("delivery", "author__user", "author__unit")
        if one.delivery
    ]
    about = Q(post_id__in=ids) | (Q(case=case) if case else Q(pk=None))
    notes = Note.objects.filter(about).select_related("by__user", "by__unit")
    lines += [Line("note", one.at, one) for one in notes]
    if case:
        lines += [
            Line("event", one.at, one) for one in timeline.of_case(case) if one.icon not in _SHOWN_OTHERWISE
        ]
    root_missing = bool(said) and said[0].external_id != post.thread and bool(post.in_reply_to)
    return {
        "lines": sorted(lines, key=lambda line: line.at),
        "thread_ids": ids,
        "root_missing": root_missing,
        "may_unmask": member.may("post.unmask"),
    }


def _covered(text: str) -> list[masking.Span]:
    """An old version has no reading of its own, so its personal data is looked for when it is shown."""
    found: list[dict[str, object]] = [
        {"type": one.type, "start": one.start, "end": one.end} for one in personal_data.find(text)
    ]
    return masking.mask(text, found, "staff")


def _labels(post: Post) -> dict[str, Any]:
    place = area_names([post.area_code]).get(post.area_code, "")
    known = {one.kind: one for one in labels_of(post)}
    return {
        "labels": [
            (known.get(kind) or Label(kind, "", score_of(post, kind)), labels.SETS[kind], _NAMES[kind])
            for kind in _NAMES
        ],
        "place": place,
        "areas_here": Area.objects.order_by("level", "name").only("code", "name", "level"),
        "triage_why": _why(post),
    }


def _why(post: Post) -> str:
    return str(TEXTS[Reason(post.triage)]) if post.triage in list(Reason) else ""
