"""What is looked at before anything leaves. One file per rule; a new check is one new file.

Publishing fails closed: a rule that breaks blocks, and says so. Drafting stays open.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
WRITERS = frozenset({"coordinator", "officer", "liaison"})
"""Roles that write answers (agencies.models.Role): each answers for what it wrote, unless a rule asks for more."""
COORDINATORS = frozenset({"coordinator"})


class Severity(StrEnum):
    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a text that a rule stumbled on; offsets are code points. `source` is a legal basis as data."""

    rule: str
    severity: Severity
    start: int
    end: int
    quote: str
    why: str
    source: str = ""
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in
                ((name, getattr(self, name)) for name in self.__slots__)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """Where a text goes, and when: plain values, so that a check can be tried without a database.

    `kind` is "reply" or "post", "" where it is not known. `now` and `scheduled_at` are aware moments, None where not
    known; `zone` is the government's. `hosts` are the addresses of its own pages. `election` says whether an election
    period is on; None asks the calendar of periods.
    """

    public: bool = True
    platform: str = ""
    kind: str = ""
    now: datetime | None = None
    scheduled_at: datetime | None = None
    zone: str = "Asia/Jakarta"
    hosts: frozenset[str] = frozenset()
    election: bool | None = None

    @property
    def moment(self) -> datetime | None:
        """When the text will be read first: at its minute, else now."""
        return self.scheduled_at or self.now


class Check(ABC):
    """One rule. `overridable` findings may pass with a reason that is kept; the others never leave.

    `by` names the roles that may answer for them; `gives` is the heaviest severity that the rule ever says.
    """

    id: ClassVar[str]
    name: ClassVar[Any]
    gives: ClassVar[Severity] = Severity.BLOCKS
    overridable: ClassVar[bool] = True
    by: ClassVar[frozenset[str]] = WRITERS

    @abstractmethod
    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will return what the rule found in the text."""


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """This will import every file of this folder and return the rules; a broken file raises at once."""
    found: list[Check] = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [
            one()
            for one in vars(loaded).values()
            if isinstance(one, type) and issubclass(one, Check) and one.__module__ == loaded.__name__
        ]
    return tuple(found)


def run(text: str, context: Context) -> list[Finding]:
    """This will run every rule over a text, in the order of the text; a rule that breaks blocks."""
    findings: list[Finding] = []
    for check in all_checks():
        try:
            findings += check.find(text, context)
        except Exception:
            log.exception("check %s broke", check.id)
            findings.append(
                Finding(
                    check.id, Severity.BLOCKS, 0, 0, "",
                    _("Pemeriksaan “%(name)s” sedang tidak berjalan, jadi teks belum boleh keluar. Draf tersimpan.")
                    % {"name": check.name},
                )
            )  # fmt: skip
    return sorted(findings, key=lambda one: (one.start, one.rule))


def blocking(
    findings: Iterable[Finding], overridden: Iterable[str], role: str | None = None
) -> list[Finding]:
    """This will return the findings that still keep a text in, given the rules that its author answered for.

    `role` is the author's: an answer for a rule that asks for another role counts for nothing. Without a role every
    answer counts.
    """
    given = set(overridden)
    answered = {check.id for check in all_checks() if check.id in given and may_answer(check, role)}
    return [one for one in findings if one.severity == Severity.BLOCKS and one.rule not in answered]


def may_answer(check: Check, role: str | None) -> bool:
    """This will say whether a role may let the findings of a rule pass."""
    return check.overridable and (role is None or role in check.by)


def check_of(rule: str) -> Check | None:
    """This will return the rule of an id."""
    return next((check for check in all_checks() if check.id == rule), None)
