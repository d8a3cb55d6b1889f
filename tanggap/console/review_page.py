"""The review of labels: one post at a time, one label asked; and what the answers say about the reader."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Role
from tanggap.console import labels
from tanggap.console.doors import screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.posts import masking
from tanggap.posts.desk import NO_TOPIC
from tanggap.posts.learning import quality, reviewing
from tanggap.posts.models import Post

HEADS = {
    "topic": gettext_lazy("Topik"),
    "intent": gettext_lazy("Maksud"),
    "sentiment": gettext_lazy("Nada"),
    "urgency": gettext_lazy("Kemendesakan"),
    "language": gettext_lazy("Bahasa"),
}
READERS = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.OFFICER, Role.LEADER})
"""Who may see how good the reader is."""
_QUESTIONS = {
    "topic": gettext_lazy("Tentang layanan apa?"),
    "intent": gettext_lazy("Apa maksudnya?"),
    "sentiment": gettext_lazy("Bagaimana nadanya?"),
    "urgency": gettext_lazy("Seberapa mendesak?"),
    "language": gettext_lazy("Dalam bahasa apa?"),
}
_SKIPPED, _MOST_SKIPPED = "review_skipped", 100


@screen("case.triage")
def review(request: StaffRequest) -> HttpResponse:
    """This will ask about the next post."""
    return _ask(request, _head(request.GET.get("label", "")))


@require_POST
@screen("case.triage")
def review_answer(request: StaffRequest) -> HttpResponse:
    """This will keep an answer and ask about the next post."""
    head = _head(request.POST.get("label", ""))
    post = get_object_or_404(Post.objects.seen_by(request.member), pk=request.POST.get("post", "0"))
    sample = request.POST.get("sample", "")
    reviewing.answer(post, head, request.POST.get("answer", ""), request.member, sample)
    return _next(request, head)


@require_POST
@screen("case.triage")
def review_skip(request: StaffRequest) -> HttpResponse:
    """This will leave a post out, until the officer comes back another day."""
    head = _head(request.POST.get("label", ""))
    if request.POST.get("post", "").isdecimal():
        skipped = [*request.session.get(_SKIPPED, []), int(request.POST["post"])]
        request.session[_SKIPPED] = skipped[-_MOST_SKIPPED:]
    return _next(request, head)


@require_POST
@screen("case.triage")
def review_undo(request: StaffRequest) -> HttpResponse:
    """This will take the officer's last answer back; its post is asked about again."""
    head = _head(request.POST.get("label", ""))
    post = reviewing.undo(request.member, head)
    request.session[_SKIPPED] = [pk for pk in request.session.get(_SKIPPED, []) if pk != post.pk]
    return _next(request, head)


@screen(roles=READERS)
def review_quality(request: StaffRequest) -> HttpResponse:
    """This will show how right the reader is by the reviews, by class and language, and how far officers agree."""
    head = _head(request.GET.get("label", ""))
    found = quality.quality(head)
    page: dict[str, Any] = {
        "head": head,
        "heads": HEADS,
        "found": found,
        "classes": [(named(head, one.label), one) for one in found.classes],
        "languages": [(named("language", one.label), one) for one in found.languages],
        "may_review": request.member.may("case.triage"),
        "here": "review",
    }
    return render(request, "learning/quality.html", page)


def named(head: str, code: str) -> str:
    """This will return the word for a label, also for "about no service" and "don't know"."""
    if code == NO_TOPIC and head == "topic":
        return _("Bukan tentang layanan")
    return str(labels.word(head, code).name) if code else _("tidak tahu")


def _ask(request: StaffRequest, head: str) -> HttpResponse:
    member = request.member
    asked = reviewing.question(member, head, request.session.get(_SKIPPED, []))
    words: dict[str, Word] = labels.SETS[head]
    page: dict[str, Any] = {
        "head": head,
        "heads": HEADS,
        "ask": _QUESTIONS[head],
        "asked": asked,
        "spans": masking.shown(asked.post) if asked else [],
        "choices": [(str(number), code, named(head, code)) for number, code in enumerate(asked.choices, 1)]
        if asked
        else [],
        "others": [(code, str(word.name)) for code, word in words.items() if code not in asked.choices]
        if asked
        else [],
        "none": NO_TOPIC if head == "topic" else "",
        "answered": reviewing.answered(member, head),
        "here": "review",
    }
    return render(request, "learning/review.html", page)


def _next(request: StaffRequest, head: str) -> HttpResponse:
    if request.htmx:
        return _ask(request, head)
    return redirect(f"{reverse('review')}?label={head}")


def _head(code: str) -> str:
    if not code:
        return "topic"
    if code not in HEADS:
        raise Refusal(_("Label itu tidak ditinjau."), "label")
    return code
