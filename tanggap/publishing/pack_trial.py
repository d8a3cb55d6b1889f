"""A rule pack tried on what was said before: which texts it would newly keep in, and which it would let go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tanggap.agencies.models import Member
from tanggap.publishing import checks, pack
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState
from tanggap.publishing.pack import Pack

MOST = 300
_SECONDS = 15.0
_SHOWN = 12
_AROUND = 90


@dataclass(frozen=True, slots=True)
class Example:
    """A text that is judged otherwise; `finding` is what keeps it in, before or after."""

    delivery: int
    platform: str
    kind: str
    text: str
    sent_at: datetime
    rule: str
    finding: Finding

    @property
    def before(self) -> str:
        """What stands before the place that was found."""
        return self.text[max(0, self.finding.start - _AROUND) : self.finding.start]

    @property
    def after(self) -> str:
        """What stands after it."""
        return self.text[self.finding.end : self.finding.end + _AROUND]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a pack would do: texts tried of `found`, kept in before and after, newly kept in, and let go."""

    found: int
    texts: int
    before: int
    after: int
    newly: int
    freed: int
    kept_in: tuple[Example, ...]
    let_go: tuple[Example, ...]

    def counts(self) -> dict[str, int]:
        """This will return the figures alone: what is kept of a trial holds nobody's words."""
        return {name: getattr(self, name) for name in ("found", "texts", "before", "after", "newly", "freed")}


def tried(by: Member, before: Pack, after: Pack, now: datetime, most: int) -> Trial:
    """This will judge the newest different texts that left in public by both packs, for at most a quarter minute.

    Only the rules that `after` changes are run. Rules that depend on the day look as from the minute of each text.
    """
    texts = list(_texts(by, min(most, MOST)))
    rules = [check for check in checks.all_checks() if check.id in pack.touched(before, after)]
    until = time.monotonic() + _SECONDS
    counts = dict.fromkeys(("texts", "before", "after", "newly", "freed"), 0)
    kept_in: list[Example] = []
    let_go: list[Example] = []
    for row in texts:
        if time.monotonic() > until:
            break
        context = _context(by, row)
        old, new = (_stopping(rules, row.text, replace(context, pack=one)) for one in (before, after))
        counts["texts"] += 1
        counts["before"] += bool(old)
        counts["after"] += bool(new)
        counts["newly"] += bool(new and not old)
        counts["freed"] += bool(old and not new)
        if new and not old and len(kept_in) < _SHOWN:
            kept_in.append(_example(row, new[0]))
        if old and not new and len(let_go) < _SHOWN:
            let_go.append(_example(row, old[0]))
    return Trial(len(texts), **counts, kept_in=tuple(kept_in), let_go=tuple(let_go))


def _texts(by: Member, most: int) -> Iterator[Delivery]:
    """What left in public, newest first, each wording once. Private messages and what was withdrawn stay out."""
    rows = Delivery.objects.filter(
        state=DeliveryState.SENT, kind__in=[DeliveryKind.POST, DeliveryKind.REPLY]
    ).exclude(text="")
    if not by.sees_all:
        rows = rows.filter(channel__unit_id__in=by.unit_ids())
    seen: set[str] = set()
    for row in rows.select_related("channel").order_by("-sent_at", "-id")[: most * 4]:
        if row.text not in seen and len(seen) < most:
            seen.add(row.text)
            yield row


def _context(by: Member, row: Delivery) -> Context:
    kept: dict[str, Any] = by.government.file or {}
    kind = "post" if row.kind == DeliveryKind.POST else "reply"
    return Context(
        kind=kind, platform=row.channel.platform, now=row.sent_at, zone=by.government.timezone,
        election=kept.get("election"),
    )  # fmt: skip


def _stopping(rules: list[Check], text: str, context: Context) -> list[Finding]:
    found = []
    for check in rules:
        said = list(check.find(text, context))
        found += context.pack.judged(check, text, said) if context.pack else said
    return [one for one in found if one.severity == Severity.BLOCKS]


def _example(row: Delivery, finding: Finding) -> Example:
    assert row.sent_at is not None
    return Example(row.pk, row.channel.platform, row.kind, row.text, row.sent_at, finding.rule, finding)
