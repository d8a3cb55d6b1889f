"""What people do with cases, in their words. Each deed is one transaction with its entry in the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Role, Unit, require
from tanggap.agencies.notices import tell
from tanggap.cases import clocks, opening
from tanggap.cases.joining import resumed
from tanggap.cases.models import (
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    Evidence,
    Note,
    Secrecy,
)
from tanggap.core import audit, files, live
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post

_LIVE = [AssignmentState.SENT, AssignmentState.ACCEPTED]


def verify(
    case: Case,
    by: Member,
    *,
    title: str = "",
    case_class: str = "",
    topic: str | None = None,
    area_code: str | None = None,
) -> None:
    """This will confirm (and where given, put right) class, topic, place and title; the clock follows the class."""
    require(by, "case.triage")
    wanted = {
        "title": title or None,
        "case_class": case_class or None,
        "topic": topic,
        "area_code": area_code,
    }
    changed: dict[str, Any] = {
        name: value for name, value in wanted.items() if value is not None and value != getattr(case, name)
    }
    with transaction.atomic():
        if "case_class" in changed:
            due = clocks.due(case.government, case_class, "settlement", case.clock_start)
            changed |= {"due_at": due.at if due else None, "due_why": due.why if due else ""}
        codes = {name: value for name, value in changed.items() if name not in {"title", "due_at", "due_why"}}
        if case.state in {CaseState.NEW, CaseState.RETURNED, CaseState.INCOMPLETE}:
            Case.flow.move(case, CaseState.VERIFIED, **changed, **_unpaused(case))
        elif changed:
            Case.objects.filter(pk=case.pk).update(**changed)
        audit.record("case.verify", case, by, changed=sorted(changed), **codes)
        _tell_screens(case)


def dispatch(case: Case, units: Sequence[Unit], by: Member, why: str = "") -> list[Assignment]:
    """This will send the case to offices (disposisi), each with a task and a deadline of its own."""
    require(by, "case.dispatch")
    if not units:
        raise Refusal(_("Pilih paling sedikit satu perangkat daerah."), "units")
    now = timezone.now()
    with transaction.atomic():
        there = set(Assignment.objects.filter(case=case, state__in=_LIVE).values_list("unit_id", flat=True))
        made = [
            Assignment.objects.create(
                government_id=case.government_id, case=case, unit=unit, why=why[:300], due_at=case.due_at, sent_at=now,
                by=by.audit_name,
            )
            for unit in units
            if unit.pk not in there
        ]  # fmt: skip
        if case.state == CaseState.DISPATCHED:
            pass
        elif case.state in OPEN_STATES:
            Case.flow.move(case, CaseState.DISPATCHED, **_unpaused(case))
        else:
            raise Refusal(_("Kasus ini sudah ditutup. Buka kembali dahulu; disposisi tidak dikirim."))
        _let_see(case, [one.unit_id for one in made])
        audit.record("case.dispatch", case, by, units=[one.unit_id for one in made])
        for one in made:
            opening.tell_task(one, _staff_of(one.unit_id))
        _tell_screens(case)
    return made


def ask_reporter(case: Case, by: Member) -> None:
    """This will stop the clock while the citizen is asked for what is missing (menunggu kelengkapan)."""
    require(by, "case.triage")
    with transaction.atomic():
        Case.flow.move(case, CaseState.INCOMPLETE, paused_since=timezone.now())
        audit.record("case.ask_reporter", case, by)
        _tell_screens(case)


def accept(task: Assignment, by: Member) -> None:
    """This will take the task on for the office; the case counts as being worked on."""
    _require_own(task, by)
    now = timezone.now()
    with transaction.atomic():
        Assignment.flow.move(task, AssignmentState.ACCEPTED, accepted_at=now)
        _work_on(task.case)
        audit.record("assignment.accept", task, by, now=now, case=task.case_id)
        _tell_screens(task.case)


def return_to_coordinator(task: Assignment, by: Member, reason: str) -> None:
    """This will give the task back with a reason; a case that nobody holds any more goes back to the coordinator."""
    _require_own(task, by)
    if not reason.strip():
        raise Refusal(
            _("Tulis alasan pengembalian agar koordinator tahu ke mana kasus ini seharusnya."), "reason"
        )
    now = timezone.now()
    with transaction.atomic():
        Assignment.flow.move(task, AssignmentState.RETURNED, reason=reason.strip(), ended_at=now)
        case = task.case
        if not Assignment.objects.filter(case=case, state__in=_LIVE).exists() and case.state in OPEN_STATES:
            Case.flow.move(case, CaseState.RETURNED)
        audit.record("assignment.return", task, by, now=now, case=case.pk, reason=audit.digest(reason))
        tell(
            _coordinators(),
            "task_returned",
            f"/kasus/{case.number}/",
            number=case.number,
            unit=str(task.unit),
        )
        _tell_screens(case)


def progress(
    task: Assignment,
    by: Member,
    text: str,
    pictures: Sequence[tuple[str, bytes]] = (),
    captions: Sequence[str] = (),
) -> None:
    """This will add a note of progress and evidence to the office's task.

    Pictures are (name, bytes); `captions` say what they show ("Sebelum"), in the same order.
    """
    _require_own(task, by)
    if not text.strip() and not pictures:
        raise Refusal(_("Tulis catatan atau lampirkan foto."), "text")
    with transaction.atomic():
        if task.state == AssignmentState.SENT:
            accept(task, by)
        _keep_evidence(task, by, pictures, captions)
        if text.strip():
            add_note(by, text, case=task.case)
        audit.record("assignment.progress", task, by, case=task.case_id, pictures=len(pictures))
        _tell_screens(task.case)


def finish_task(
    task: Assignment,
    by: Member,
    answer: str,
    pictures: Sequence[tuple[str, bytes]] = (),
    captions: Sequence[str] = (),
) -> None:
    """This will end the office's task with its answer and evidence; the desk turns it into the public answer."""
    _require_own(task, by)
    if not answer.strip():
        raise Refusal(
            _("Tulis apa yang sudah dilakukan; teks ini menjadi dasar jawaban kepada warga."), "answer"
        )
    now = timezone.now()
    with transaction.atomic():
        Assignment.flow.move(task, AssignmentState.DONE, answer=answer.strip(), ended_at=now)
        _work_on(task.case)
        _keep_evidence(task, by, pictures, captions)
        audit.record("assignment.done", task, by, now=now, case=task.case_id, answer=audit.digest(answer))
        tell(
            _coordinators(),
            "task_done",
            f"/kasus/{task.case.number}/",
            number=task.case.number,
            unit=str(task.unit),
        )
        _tell_screens(task.case)


def close(case: Case, by: Member, reason: str = "") -> None:
    """This will close the case; tasks that are still open are withdrawn."""
    require(by, "case.close")
    _end(case, by, CaseState.CLOSED, reason, "case.close")


def archive(case: Case, by: Member, reason: str) -> None:
    """This will put a case away that is none (spam, unintelligible, outside every authority), with its reason."""
    require(by, "case.close")
    if not reason.strip():
        raise Refusal(_("Tulis alasan pengarsipan; alasan itu tersimpan pada riwayat kasus."), "reason")
    _end(case, by, CaseState.ARCHIVED, reason, "case.archive")


def reopen(case: Case, by: Member, reason: str) -> None:
    """This will open a closed or archived case again."""
    require(by, "case.close")
    after = CaseState.NEW if case.state == CaseState.ARCHIVED else CaseState.VERIFIED
    with transaction.atomic():
        Case.flow.move(case, after, closed_at=None, reason=reason.strip())
        audit.record("case.reopen", case, by)
        _tell_screens(case)


def add_note(by: Member, text: str, *, case: Case | None = None, post: Post | None = None) -> Note:
    """This will leave a note for colleagues; it never leaves the house."""
    require(by, "note.write")
    if not text.strip():
        raise Refusal(_("Catatan masih kosong."), "text")
    with transaction.atomic():
        note = Note.objects.create(
            government_id=by.government_id, case=case, post=post, text=text.strip(), by=by, at=timezone.now()
        )
        target = case or post
        if target is None:
            raise ValueError("A note belongs to a case or a post.")
        audit.record("note.add", target, by, note=note.pk)
        live.tell(by.government_id, "case" if case else "post_changed", [target.pk])
    return note


def set_secrecy(case: Case, by: Member, secrecy: str) -> None:
    """This will make a case public, anonymous or confidential; its posts follow."""
    require(by, "case.triage")
    with transaction.atomic():
        named = sorted(set(case.named) | {by.pk} | {one.pk for one in _coordinators()})
        units = Assignment.objects.filter(case=case, state__in=_LIVE).values_list("unit_id", flat=True)
        named = sorted({*named, *(one.pk for unit in units for one in _staff_of(unit))})
        confidential = secrecy == Secrecy.CONFIDENTIAL
        case.secrecy, case.named = secrecy, named if confidential else []
        case.save(update_fields=["secrecy", "named"])
        Post.objects.filter(case_link__case=case).update(confidential=confidential, named=case.named)
        audit.record("case.secrecy", case, by, secrecy=secrecy)
        _tell_screens(case)


def publish_summary(case: Case, by: Member, text: str) -> None:
    """This will set what the public portal shows of the case."""
    require(by, "case.close")
    with transaction.atomic():
        case.summary = text.strip()
        case.save(update_fields=["summary"])
        audit.record("case.summary", case, by, summary=audit.digest(text))


def _end(case: Case, by: Member, after: str, reason: str, action: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        Case.flow.move(case, after, closed_at=now, reason=reason.strip(), paused_since=None)
        Assignment.objects.filter(case=case, state__in=_LIVE).update(
            state=AssignmentState.WITHDRAWN, ended_at=now
        )
        Post.objects.filter(case_link__case=case, desk="open").update(desk="done")
        audit.record(action, case, by, now=now, reason=audit.digest(reason))
        _tell_screens(case)


def _work_on(case: Case) -> None:
    case.refresh_from_db(fields=["state"])
    if case.state in {CaseState.DISPATCHED, CaseState.RETURNED, CaseState.VERIFIED, CaseState.NEW}:
        Case.flow.move(case, CaseState.IN_PROGRESS)


def _unpaused(case: Case) -> dict[str, object]:
    return resumed(case, timezone.now()) if case.paused_since else {}


def _keep_evidence(
    task: Assignment, by: Member, pictures: Sequence[tuple[str, bytes]], captions: Sequence[str]
) -> None:
    for index, (name, content) in enumerate(pictures):
        try:
            file = files.keep_picture(task.government_id, content, name)
        except files.Refused as error:
            raise Refusal(str(error), "pictures") from error
        Evidence.objects.create(
            government_id=task.government_id, assignment=task, file=file, by=by, at=timezone.now(),
            caption=captions[index] if index < len(captions) else "",
        )  # fmt: skip


def _let_see(case: Case, unit_ids: Sequence[int]) -> None:
    """The offices of a case see it and its posts; of a confidential one their staff are named."""
    case.units = sorted(set(case.units) | set(unit_ids))
    if case.secrecy == Secrecy.CONFIDENTIAL:
        case.named = sorted(set(case.named) | {one.pk for unit in unit_ids for one in _staff_of(unit)})
    case.save(update_fields=["units", "named"])
    for post in Post.objects.filter(case_link__case=case):
        post.units, post.named = sorted(set(post.units) | set(unit_ids)), case.named
        post.save(update_fields=["units", "named"])


def _require_own(task: Assignment, by: Member) -> None:
    require(by, "case.work")
    if not by.sees_all and task.unit_id not in by.unit_ids():
        raise NotAllowed(_("Tugas ini milik perangkat daerah lain. Tidak ada yang diubah."))


def _staff_of(unit_id: int) -> list[Member]:
    return list(Member.objects.filter(unit_id=unit_id, role__in=[Role.LIAISON, Role.OFFICER]))


def _coordinators() -> list[Member]:
    return list(Member.objects.filter(role=Role.COORDINATOR))


def _tell_screens(case: Case) -> None:
    live.tell(case.government_id, "case", [case.pk])
