"""What a check is, what it is told of a text and what it says of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

WRITERS = frozenset({"coordinator", "officer", "liaison"})
"""Roles that write answers (agencies.models.Role): each answers for what it wrote, unless a rule asks for more."""
COORDINATORS = frozenset({"coordinator"})


class Severity(StrEnum):
    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a text that a rule stumbled on; offsets are code points. `source` is a legal basis as data.

    `by` names the roles that may answer for it where a government's rule pack says other than the rule.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    quote: str
    why: str
    source: str = ""
    mend: str = ""
    by: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in
                ((name, getattr(self, name)) for name in self.__slots__)}  # fmt: skip


class House(Protocol):
    """What a government changed of the checks (pack.Pack)."""

    @property
    def number(self) -> int: ...

    def judged(self, check: Check, text: str, findings: Iterable[Finding]) -> list[Finding]: ...

    def own(self, text: str) -> list[Finding]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Where a text goes, and when: plain values, so that a check can be tried without a database.

    `kind` is "reply" or "post", "" where it is not known. `now` and `scheduled_at` are aware moments, None where not
    known; `zone` is the government's. `hosts` are the addresses of its own pages. `election` says whether an election
    period is on; None asks the calendar of periods. `media` are the files that go with the text, each an entry of a
    publication with what the library knows of it (library.joined).

    Of a publication: `publication_kind` (models.PublicationKind) and its fields `source`, `checked_by`, `responsible`;
    `role` is the part's ("post", "thread", "comment"), `beside` what else is said with it on the same channel, the link
    below it included. `pack` is the government's rule pack; `pack_broken` that it could not be read.
    """

    public: bool = True
    platform: str = ""
    kind: str = ""
    now: datetime | None = None
    scheduled_at: datetime | None = None
    zone: str = "Asia/Jakarta"
    hosts: frozenset[str] = frozenset()
    election: bool | None = None
    media: Sequence[Mapping[str, Any]] = ()
    publication_kind: str = ""
    source: str = ""
    checked_by: str = ""
    responsible: str = ""
    role: str = "post"
    beside: str = ""
    pack: House | None = None
    pack_broken: bool = False

    @property
    def moment(self) -> datetime | None:
        """When the text will be read first: at its minute, else now."""
        return self.scheduled_at or self.now


class Check(ABC):
    """One rule. `overridable` findings may pass with a reason that is kept; the others never leave.

    `by` names the roles that may answer for them; `gives` is the heaviest severity that the rule ever says. `looks_at`
    is "text" or "media": what it finds in files has no place in the text and quotes the file's name.
    """

    id: ClassVar[str]
    name: ClassVar[Any]
    gives: ClassVar[Severity] = Severity.BLOCKS
    overridable: ClassVar[bool] = True
    by: ClassVar[frozenset[str]] = WRITERS
    looks_at: ClassVar[str] = "text"

    @abstractmethod
    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will return what the rule found in the text."""
