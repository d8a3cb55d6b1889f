"""Opens cases from posts, one or hundreds at once, with number, clock, offices and record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from tanggap.agencies.models import Government, Member, Notice, Role, Unit
from tanggap.agencies.notices import leave, notice
from tanggap.cases import clocks, routing_table
from tanggap.cases.models import Assignment, Case, CaseClass, CasePost, CaseState, Secrecy
from tanggap.cases.routing import Router, Suggested
from tanggap.core import audit, bulk, live
from tanggap.posts.models import Post


@dataclass(slots=True)
class Wish:
    """A case to be opened from a post; empty fields are filled from the post's reading."""

    post: Post
    case_class: str
    reason: str
    title: str = ""
    topic: str | None = None
    area_code: str | None = None
    secrecy: str = ""
    units: list[Suggested] | None = None
    dispatch: bool = False
    case: Case | None = field(default=None, init=False)


@dataclass(slots=True)
class Plan:
    """Cases ready to be written, with everything that hangs on them; their posts already carry who sees them."""

    government: Government
    wishes: Sequence[Wish]
    links: list[CasePost] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    entries: list[audit.Entry] = field(default_factory=list)


def plan(
    government: Government, wishes: Sequence[Wish], by: audit.Actor, router: Router, now: datetime
) -> Plan:
    """This will make the rows of a case for each wish; nothing is written yet, and the cases have no numbers."""
    made = Plan(government, wishes)
    if not wishes:
        return made
    for wish in wishes:
        wish.case = _case(government, wish, router, now)
    bulk.give_ids([wish.case for wish in wishes if wish.case])
    names = _Named(government)
    for wish in wishes:
        case = wish.case
        assert case is not None
        sent = _assignments(case, wish, by, now)
        case.units = sorted({one.unit_id for one in sent} | set(wish.post.units))
        if case.secrecy == Secrecy.CONFIDENTIAL:
            case.named = names.of([one.unit_id for one in sent], by)
        wish.post.units, wish.post.named = case.units, case.named
        wish.post.confidential = case.secrecy == Secrecy.CONFIDENTIAL
        made.links.append(
            bulk.make(
                CasePost,
                government_id=government.pk,
                case_id=case.pk,
                post_id=wish.post.pk,
                by=by.audit_name,
                at=now,
            )
        )
        made.assignments += sent
        made.entries.append(
            audit.entry(
                "case.open", case, by, now=now, post=wish.post.pk, reason=wish.reason, case_class=case.case_class,
                topic=case.topic, units=[one.unit_id for one in sent],
            )
        )  # fmt: skip
    return made


def write(made: Plan, stored: Iterable[int]) -> list[Case]:
    """This will write the planned cases whose posts (ids) are stored, with a handful of statements for all."""
    ids = set(stored)
    cases = [wish.case for wish in made.wishes if wish.case and wish.post.pk in ids]
    kept = {case.pk for case in cases}
    # As late as can be: the government's other batches wait for its counter until this one commits.
    for case, number in zip(cases, _take_numbers(made.government, cases), strict=True):
        case.number = number
    assignments = [one for one in made.assignments if one.case_id in kept]
    bulk.copy(cases)
    bulk.copy([one for one in made.links if one.case_id in kept])
    bulk.copy(assignments)
    audit.record_many([one for one in made.entries if int(one.target_id) in kept])
    _tell(made.government, cases, assignments)
    return cases


def title_of(topic: str, area: str, street: str, case_class: str) -> str:
    """This will name a case by topic and area, or street or landmark where no area is known; never by the
    citizen's words, which may name people."""
    name = routing_table.topic_rule(topic).name if topic else str(CaseClass(case_class).label)
    place = area or street
    return f"{name} · {place}" if place else name


def street_of(post: Post) -> str:
    """This will return the streets and landmarks that the reader found in a post."""
    places = post.reading.get("places", [])
    named = [place["name"] for place in places if place["level"] in {"street", "landmark"}]
    return ", ".join(dict.fromkeys(named))[:200]


def _case(government: Government, wish: Wish, router: Router, now: datetime) -> Case:
    post = wish.post
    topic = post.topic if wish.topic is None else wish.topic
    area = post.area_code if wish.area_code is None else wish.area_code
    imported = post.history
    start = post.created_at if imported else post.received_at
    due = clocks.due(government, wish.case_class, "settlement", start)
    handling = routing_table.handling_of(
        topic or None, wish.case_class == CaseClass.SUPERVISORY, post.urgency or "normal"
    )
    if wish.units is None:
        wish.units = router.suggest(
            topic, area, supervisory=wish.case_class == CaseClass.SUPERVISORY, urgency=post.urgency
        )
    sure = [one for one in wish.units if one.sure] if wish.dispatch else []
    street = street_of(post)
    case = bulk.make(
        Case,
        government_id=government.pk, case_class=wish.case_class, topic=topic, area_code=area,
        title=(wish.title or title_of(topic, router.area_name(area), street, wish.case_class))[:200],
        urgency=post.urgency or "normal", place=street, history=imported, clock_start=start, opened_at=now,
        secrecy=wish.secrecy or (Secrecy.CONFIDENTIAL if handling.confidential else Secrecy.PUBLIC),
        state=CaseState.DISPATCHED if sure else CaseState.NEW,
        routing={"reason": wish.reason, "offices": [one.as_json() for one in wish.units]},
        due_at=due.at if due else None, due_why=due.why if due else "",
        due_provisional=bool(due and due.provisional),
        response_due_at=clocks.due_at(government, wish.case_class, "first_response", start),
    )  # fmt: skip
    case.government = government
    return case


def _assignments(case: Case, wish: Wish, by: audit.Actor, now: datetime) -> list[Assignment]:
    if case.state != CaseState.DISPATCHED or not wish.units:
        return []
    made = []
    for suggested in wish.units:
        if suggested.sure:
            one = bulk.make(
                Assignment,
                government_id=case.government_id, unit_id=suggested.unit.pk, why=suggested.why[:300],
                due_at=case.due_at, sent_at=now, by=by.audit_name,
            )  # fmt: skip
            one.case, one.unit = case, suggested.unit
            made.append(one)
    return made


def _take_numbers(government: Government, cases: Sequence[Case]) -> list[str]:
    """Numbers are letters and digits, so that no reader takes one for a card or an identity number."""
    if not cases:
        return []
    many, year = len(cases), cases[0].opened_at.astimezone(government.zone).year
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into cases_counter (government_id, year, last) values (%s, %s, %s) on conflict "
            "(government_id, year) do update set last = cases_counter.last + excluded.last returning last",
            [government.pk, year, many],
        )
        last = cursor.fetchone()[0]
    return [f"K{year % 100:02d}-{number:05d}" for number in range(last - many + 1, last + 1)]


def _tell(government: Government, cases: Sequence[Case], assignments: Sequence[Assignment]) -> None:
    live_cases = {case.pk: case for case in cases if not case.history}
    if not live_cases:
        return
    live.tell(government.pk, "case", live_cases)
    tasks: dict[int, list[Assignment]] = defaultdict(list)
    for one in assignments:
        if one.case_id in live_cases:
            tasks[one.unit_id].append(one)
    staff = Member.objects.filter(unit_id__in=tasks, role__in=[Role.LIAISON, Role.OFFICER])
    made = [_of_tasks(member, tasks[member.unit_id]) for member in staff]
    if emergencies := [case for case in live_cases.values() if case.urgency == "emergency"]:
        made += [
            notice(member, "emergency", f"/kasus/{case.number}/", number=case.number)
            for member in Member.objects.filter(role=Role.COORDINATOR)
            for case in emergencies
        ]
    leave(made)


def _of_tasks(member: Member, tasks: Sequence[Assignment]) -> Notice:
    """One notice of all the tasks that a batch brings to an office."""
    first = tasks[0]
    if len(tasks) > 1:
        return notice(member, "tasks_new", "/tugas/", many=len(tasks), unit=str(first.unit))
    return _of_task(member, first)


def tell_task(assignment: Assignment, staff: Iterable[Member]) -> None:
    """This will tell an office's staff about one new task."""
    leave(_of_task(member, assignment) for member in staff)


def _of_task(member: Member, assignment: Assignment) -> Notice:
    case = assignment.case
    due = case.due_at.astimezone(case.government.zone).strftime("%d.%m.%Y %H.%M") if case.due_at else "–"
    return notice(
        member, "task_new", f"/tugas/{assignment.pk}/", number=case.number, unit=str(assignment.unit), due=due
    )


class _Named:
    """Who may see a confidential case: the staff of its offices, the coordinators, and who opened it."""

    def __init__(self, government: Government) -> None:
        self._government = government
        self._members: list[Member] | None = None

    def of(self, unit_ids: Sequence[int], by: audit.Actor) -> list[int]:
        if self._members is None:
            self._members = list(Member.objects.filter(government=self._government))
        named = {
            one.pk
            for one in self._members
            if one.role == Role.COORDINATOR
            or (one.unit_id in unit_ids and one.role in {Role.LIAISON, Role.OFFICER})
        }
        return sorted(named | ({by.pk} if isinstance(by, Member) else set()))


def offices(units: Iterable[Unit], why: str) -> list[Suggested]:
    """This will turn offices that a person chose into suggestions that are surely sent to."""
    return [Suggested(unit, "", "primary", why) for unit in units]
