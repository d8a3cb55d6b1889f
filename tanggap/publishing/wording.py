"""Rules that look for words: a table of phrases in data/words, and what is said about each of its groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tanggap.publishing import sources
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.understanding.phrases import Hit, Phrases


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a group of phrases: how grave, why, on which basis (id of a source) and what to do instead."""

    severity: Severity
    why: Any
    source: str = ""
    mend: Any = ""


class Wording(Check):
    """A check whose table is data/words/<id>.tsv; every group of the table stands in `groups`."""

    groups: Mapping[str, Said]

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will say of each phrase that was found what its group says."""
        return (finding(self.id, text, hit, self.groups[hit.group]) for hit in hits(self.id, text))


def hits(table: str, text: str) -> Iterator[Hit]:
    """This will give the finds of a table; of overlapping finds of several groups the first."""
    reached = 0
    for hit in phrases(table).find(text):
        if hit.start >= reached:
            reached = hit.end
            yield hit


def finding(rule: str, text: str, hit: Hit, said: Said, severity: Severity | None = None) -> Finding:
    """This will put a find into the words of its group."""
    return Finding(
        rule, severity or said.severity, hit.start, hit.end, text[hit.start : hit.end], str(said.why),
        sources.shown(said.source) if said.source else "", str(said.mend),
    )  # fmt: skip


@cache
def phrases(table: str) -> Phrases:
    """This will load a table of phrases."""
    text = files("tanggap.publishing").joinpath("data/words", f"{table}.tsv").read_text("utf-8")
    return Phrases(line for line in text.splitlines() if line and not line.startswith("#"))
