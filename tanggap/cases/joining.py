"""Posts that belong to a case already: the next words in its thread, changes, answers given on the platform itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Role, require
from tanggap.agencies.notices import tell
from tanggap.cases.models import (
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Case,
    CasePost,
    CaseState,
    Secrecy,
)
from tanggap.cases.triage import Reason
from tanggap.core import audit, bulk, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.posts.models import DeskState, Post
from tanggap.publishing.models import Delivery

JOIN = audit.System("join")
_WAITS_FOR_REPORTER = frozenset(
    {CaseState.INCOMPLETE, CaseState.ANSWERED, CaseState.CLOSED, CaseState.DISPATCHED, CaseState.IN_PROGRESS}
)


def continued(posts: Sequence[Post], authors: Mapping[int, str]) -> dict[int, Case]:
    """This will return the case that a post continues, by the post's id; `authors` are their ids at the platform.

    It is the case of what the post answers (a post, or our answer to one), else the newest that its author has in the
    same conversation. What others say below the same official post is a matter of its own.
    """
    going_on = [post for post in posts if post.in_reply_to or post.thread != post.external_id]
    if not going_on:
        return {}
    answered = _answered(going_on)
    parents = {answered.get(post.in_reply_to, post.in_reply_to) for post in going_on} - {""}
    by_post = _cases_by_post(parents, {post.platform for post in going_on})
    by_author = _cases_by_author(
        {post.thread for post in going_on}, {authors[post.pk] for post in going_on if post.pk in authors}
    )
    found = {
        post.pk: by_post.get((post.platform, answered.get(post.in_reply_to, post.in_reply_to)))
        or by_author.get((post.thread, authors.get(post.pk, "")))
        for post in going_on
    }
    return {pk: case for pk, case in found.items() if case is not None}


def _answered(posts: Sequence[Post]) -> dict[str, str]:
    """What our own answers were answers to, by the id under which they stand."""
    ours = Delivery.objects.filter(
        channel__in={post.channel_id for post in posts},
        external_id__in={post.in_reply_to for post in posts} - {""},
    )
    return dict(ours.exclude(target_external_id="").values_list("external_id", "target_external_id"))


def _cases_by_post(external_ids: set[str], platforms: set[str]) -> dict[tuple[str, str], Case]:
    links = CasePost.objects.filter(post__platform__in=platforms, post__external_id__in=external_ids)
    links = links.select_related("case", "post")
    return {(link.post.platform, link.post.external_id): link.case for link in links.order_by("at")}


def _cases_by_author(threads: set[str], authors: set[str]) -> dict[tuple[str, str], Case]:
    links = CasePost.objects.filter(post__thread__in=threads, post__author__external_id__in=authors)
    named = links.select_related("case").annotate(
        thread=F("post__thread"), author=F("post__author__external_id")
    )
    return {(link.thread, link.author): link.case for link in named.order_by("at")}


def into_thread(post: Post, case: Case) -> None:
    """This will mark a post that is not stored yet as the continuation of a case."""
    post.triage, post.desk = Reason.SAME_THREAD, DeskState.OPEN
    post.units = sorted(set(post.units) | set(case.units))
    post.confidential, post.named = case.secrecy == Secrecy.CONFIDENTIAL, case.named


def write(posts: Sequence[Post], cases: Mapping[int, Case], now: datetime) -> None:
    """This will link stored posts to the cases that they continue and tell who works on these."""
    if not posts:
        return
    answered = _by_reporters(posts, cases)
    links, entries = [], []
    for post in posts:
        case = cases[post.pk]
        links.append(
            bulk.make(
                CasePost, government_id=post.government_id, case_id=case.pk, post_id=post.pk,
                by=JOIN.audit_name, at=now,
            )
        )  # fmt: skip
        entries.append(audit.entry("case.join", case, JOIN, now=now, post=post.pk, reason=Reason.SAME_THREAD))
    bulk.copy(links)
    audit.record_many(entries)
    for case in answered:
        _reporter_wrote(case, now)
    live.tell(posts[0].government_id, "case", {cases[post.pk].pk for post in posts})


def _by_reporters(posts: Sequence[Post], cases: Mapping[int, Case]) -> list[Case]:
    """The cases, each once, on which somebody whose post made it wrote again; a bystander's word moves no state."""
    fresh = [post for post in posts if post.author_id and not post.history]
    authors = {post.author_id for post in fresh}
    concerned = {cases[post.pk].pk: cases[post.pk] for post in fresh}
    reporters = set(
        CasePost.objects.filter(case__in=concerned, post__author_id__in=authors)
        .exclude(by=JOIN.audit_name)
        .values_list("case_id", "post__author_id")
    )
    written = {cases[post.pk].pk for post in fresh if (cases[post.pk].pk, post.author_id) in reporters}
    return [concerned[pk] for pk in sorted(written)]


def _reporter_wrote(case: Case, now: datetime) -> None:
    case.refresh_from_db()
    if case.state in _WAITS_FOR_REPORTER:
        try:
            Case.flow.move(case, CaseState.REPORTER_REPLIED, **resumed(case, now))
            audit.record("case.reporter_replied", case, JOIN, now=now)
        except Lost:
            return
    units = (
        Assignment.objects.filter(case=case).exclude(state=AssignmentState.WITHDRAWN).values_list("unit_id")
    )
    staff = Member.objects.filter(unit_id__in=units, role__in=[Role.LIAISON, Role.OFFICER])
    tell(staff, "reporter_replied", f"/kasus/{case.number}/", number=case.number)


def resumed(case: Case, now: datetime) -> dict[str, object]:
    """This will return the fields that end a pause: the deadline moves by as long as the citizen was waited for."""
    if case.paused_since is None:
        return {"closed_at": None}
    shift = now - case.paused_since
    return {
        "closed_at": None,
        "paused_since": None,
        "due_at": case.due_at + shift if case.due_at else None,
        "response_due_at": case.response_due_at + shift if case.response_due_at else None,
    }


def answered_natively(own: Iterable[Post], now: datetime) -> None:
    """This will count an answer that a colleague gave on the platform itself: the clock of the case stops."""
    for post in own:
        if not post.in_reply_to:
            continue
        target = Post.objects.filter(platform=post.platform, external_id=post.in_reply_to).first()
        if target is None or target.answered_at:
            continue
        Post.objects.filter(pk=target.pk).update(answered_at=post.created_at)
        case = Case.objects.filter(links__post=target, responded_at__isnull=True).first()
        if case:
            Case.objects.filter(pk=case.pk).update(responded_at=post.created_at)
            audit.record("case.answered_natively", case, JOIN, now=now, post=post.pk)


def note_change(post: Post, now: datetime) -> None:
    """This will put an edit or a deletion on the record of the post's case."""
    case = Case.objects.filter(links__post=post).first()
    if case:
        action = "case.post_deleted" if post.deleted_at else "case.post_edited"
        audit.record(action, case, JOIN, now=now, post=post.pk)
        live.tell(post.government_id, "case", [case.pk])


def by_number(number: str, member: Member) -> Case:
    """This will return a case by its number as typed; Refusal alike for one that is missing and one not seen."""
    typed = number.strip().upper()
    if not typed:
        raise Refusal(_("Pilih kasus atau ketik nomornya, misalnya K26-00123."), "number")
    case = Case.objects.seen_by(member).filter(number=typed).first()
    if case is None:
        raise Refusal(
            _("Tidak ada kasus bernomor %(number)s. Pesan belum digabungkan; periksa nomornya.")
            % {"number": typed[:20]},
            "number",
        )
    return case


def join(post: Post, case: Case, by: Member) -> None:
    """This will add a post to an open case by a person's decision.

    Refusal where the post has a case, or the case has ended, or a confidential post would become open.
    """
    require(by, "case.triage")
    now = timezone.now()
    with transaction.atomic():
        locked = Post.objects.seen_by(by).select_for_update().get(pk=post.pk)
        case = Case.objects.seen_by(by).select_for_update().get(pk=case.pk)
        _require_joinable(locked, case)
        CasePost.objects.create(
            government_id=locked.government_id, case=case, post=locked, by=by.audit_name, at=now
        )
        into_thread(locked, case)
        locked.triage = Reason.BY_HAND
        locked.save(update_fields=["triage", "units", "confidential", "named"])
        audit.record("case.join", case, by, now=now, post=locked.pk, reason=Reason.BY_HAND)
        live.tell(locked.government_id, "case", [case.pk])


def join_all(posts: Iterable[Post], case: Case, by: Member) -> int:
    """This will add those of these posts that have no case to an open case; returns how many.

    One refusal (see `join`) refuses all, and nothing is changed.
    """
    require(by, "case.triage")
    done = 0
    with transaction.atomic():
        linked = set(CasePost.objects.filter(post__in=posts).values_list("post_id", flat=True))
        for post in posts:
            if post.pk not in linked:
                join(post, case, by)
                done += 1
    return done


def _require_joinable(post: Post, case: Case) -> None:
    there = CasePost.objects.filter(post=post).select_related("case").first()
    if there:
        raise Refusal(
            _("Pesan ini sudah masuk kasus %(number)s. Tidak ada yang diubah.")
            % {"number": there.case.number}
        )
    if case.state not in OPEN_STATES:
        raise Refusal(
            _(
                "Kasus %(number)s sudah berakhir, jadi pesan belum digabungkan. "
                "Buka kembali kasusnya, atau buat kasus baru."
            )
            % {"number": case.number},
            "number",
        )
    if post.confidential and case.secrecy != Secrecy.CONFIDENTIAL:
        raise Refusal(
            _(
                "Pesan ini rahasia dan kasus %(number)s tidak, jadi pesan belum digabungkan. "
                "Rahasiakan kasusnya dahulu, atau buat kasus baru."
            )
            % {"number": case.number},
            "number",
        )
