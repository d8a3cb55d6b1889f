"""The clocks of a case in its government: which rule holds, and when its time is up, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from tanggap.agencies.calendar_file import calendar_of
from tanggap.agencies.models import Government
from tanggap.cases import deadlines


def due(
    government: Government,
    case_class: str,
    stage: str,
    start: datetime,
    pauses: tuple[deadlines.Pause, ...] = (),
) -> deadlines.Due | None:
    """This will say when a stage's time is up for a clock that began at `start`; None where no rule holds."""
    calendar = calendar_of(government.code)
    local = start.astimezone(calendar.zone)
    rule = _rule(case_class, stage, local.date(), government.code)
    if rule is None:
        return None
    if rule.unit == "workdays" and not pauses:
        return _by_day(rule, government.code, local.date())
    return deadlines.deadline(local, rule, calendar, pauses)


def due_at(government: Government, case_class: str, stage: str, start: datetime) -> datetime | None:
    """This will say when a stage's time is up, without the words that explain it; None where no rule holds."""
    rule = _rule(case_class, stage, start.astimezone(government.zone).date(), government.code)
    if rule is not None and rule.unit == "hours":
        return start + timedelta(hours=rule.amount)
    found = due(government, case_class, stage, start)
    return found.at if found else None


def rule(government: Government, case_class: str, stage: str, on: date) -> deadlines.Rule | None:
    """This will return the rule behind a clock, with its legal basis and whether that was verified."""
    return _rule(case_class, stage, on, government.code)


@lru_cache(maxsize=1024)
def _rule(case_class: str, stage: str, on: date, code: str) -> deadlines.Rule | None:
    return deadlines.choose(deadlines.load_rules(), case_class, stage, on, code)


@lru_cache(maxsize=4096)
def _by_day(rule: deadlines.Rule, code: str, day: date) -> deadlines.Due:
    # Working days are counted from the day after the start, so its hour makes no difference.
    calendar = calendar_of(code)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=calendar.zone)
    return deadlines.deadline(noon, rule, calendar)
