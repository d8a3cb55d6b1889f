"""Neutrality in elections: forbids inside an election period, warns outside one."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Context, Severity
from tanggap.publishing.wording import Said, Weighed

_MEND = _("Tulis ajakan yang netral: tanggal, TPS, dan laman KPU.")
_GROUPS = {
    "support": Said(Severity.BLOCKS, _("Ini mengajak memilih atau tidak memilih."), "se_137_neutral", _MEND),
    "candidate": Said(Severity.BLOCKS, _("Ini berpihak kepada seorang calon."), "se_137_neutral", _MEND),
    "party": Said(Severity.BLOCKS, _("Ini berpihak kepada sebuah partai."), "se_137_neutral", _MEND),
    "number": Said(Severity.BLOCKS, _("Ini mendukung sebuah nomor urut."), "se_137_neutral", _MEND),
}


class ElectionNeutrality(Weighed):
    """Finds support for candidates, numbers and parties."""

    id = "election_neutrality"
    name = _("Netralitas pemilu")
    by = COORDINATORS

    judged = Said(
        Severity.BLOCKS,
        _("Kalimat ini terbaca sebagai ajakan atau keberpihakan dalam pemilihan."),
        "se_137_neutral",
        _MEND,
    )
    groups = _GROUPS

    def grave(self, sure: bool, context: Context) -> Severity:
        """This will forbid inside an election period, and warn outside one."""
        if not _is_on(context):
            return Severity.WARNS if sure else Severity.INFORMS
        return Severity.BLOCKS if sure else Severity.WARNS


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
