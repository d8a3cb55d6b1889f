"""Neutrality in elections: forbids inside an election period, warns outside one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding, hits

_MEND = _("Tulis ajakan yang netral: tanggal, TPS, dan laman KPU.")
_GROUPS = {
    "support": Said(Severity.BLOCKS, _("Ini mengajak memilih atau tidak memilih."), "se_137_neutral", _MEND),
    "candidate": Said(Severity.BLOCKS, _("Ini berpihak kepada seorang calon."), "se_137_neutral", _MEND),
    "party": Said(Severity.BLOCKS, _("Ini berpihak kepada sebuah partai."), "se_137_neutral", _MEND),
    "number": Said(Severity.BLOCKS, _("Ini mendukung sebuah nomor urut."), "se_137_neutral", _MEND),
}


class ElectionNeutrality(Check):
    """Finds support for candidates, numbers and parties."""

    id = "election_neutrality"
    name = _("Netralitas pemilu")
    by = COORDINATORS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find taking sides; outside an election period it only warns."""
        severity = Severity.BLOCKS if _is_on(context) else Severity.WARNS
        return (finding(self.id, text, hit, _GROUPS[hit.group], severity) for hit in hits(self.id, text))


def _is_on(context: Context) -> bool:
    if context.election is not None:
        return context.election
    if context.moment is None:
        return False
    day = context.moment.astimezone(ZoneInfo(context.zone)).date()
    return any(since <= day <= until for since, until in _periods())


@cache
def _periods() -> tuple[tuple[date, date], ...]:
    rows = json.loads(files("tanggap.publishing").joinpath("data/election_periods.json").read_text("utf-8"))
    return tuple((date.fromisoformat(row["since"]), date.fromisoformat(row["until"])) for row in rows)
