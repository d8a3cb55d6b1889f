"""Rules that look for words: a table of phrases in data/words, and what is said about each of its groups."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tanggap.publishing import judging, sources
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.understanding.disguise import disguised
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


class Weighed(Wording):
    """A table whose finds, and whatever stands between them, are weighed by a second opinion (judging.py).

    A find in a stretch that reads as harmless only warns. A stretch without a find warns, with the words of `judged`,
    where the second opinion alone is sure; it keeps nothing in by itself: nobody could say why.
    """

    judged: Said

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will say what the table finds and what reads like it, each as gravely as both opinions together ask."""
        found = list(hits(self.id, text))
        bounds = judging.weights_of(self.id)
        looked = judging.judge(self.id, text, [(one.start, one.end) for one in found])
        starts = [one.start for one in looked]
        held = set()
        for hit in found:
            at = bisect(starts, hit.start) - 1
            held.add(at)
            odds = looked[at].odds if at >= 0 else None
            sure = odds is None or odds >= bounds.blocks or disguised(text[hit.start : hit.end])
            yield finding(self.id, text, hit, self.groups[hit.group], self.grave(sure, context))
        for at, one in enumerate(looked):
            if at not in held and one.odds is not None and one.odds >= bounds.blocks:
                span = judging.telling(self.id, text, (one.start, one.end))
                yield finding(self.id, text, Hit("", *span), self.judged, Severity.WARNS)

    def grave(self, sure: bool, context: Context) -> Severity:
        """This will say how gravely a find is told."""
        return Severity.BLOCKS if sure else Severity.WARNS


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
