"""Plain language: long sentences, officialese, jargon, abbreviations, capitals; with a readability figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.readability import read
from tanggap.publishing.wording import Said, finding, hits
from tanggap.understanding.phrases import Hit

_LONG, _MANY_WORDS = 28, 5
_GROUPS = {
    "official": Said(
        Severity.WARNS,
        _("Ungkapan kantor membuat kalimat sulit dibaca."),
        "",
        _("Pakai kata sehari-hari, misalnya “untuk”, “karena”, “dinas”."),
    ),
    "jargon": Said(
        Severity.WARNS,
        _("Istilah ini tidak dikenal semua warga."),
        "",
        _("Pakai kata sehari-hari atau jelaskan artinya."),
    ),
    "short": Said(
        Severity.WARNS,
        _("Singkatan ini belum dijelaskan."),
        "",
        _("Tulis panjangnya saat pertama disebut, misalnya “rumah tidak layak huni (RTLH)”."),
    ),
    "capitals": Said(
        Severity.WARNS,
        _("Huruf kapital semua terbaca sebagai berteriak."),
        "",
        _("Tulis dengan huruf biasa."),
    ),
}
_SHORT = re.compile(r"(?<![\w#@/.-])[A-Z]{3,10}(?:-[A-Z]{2,4})?(?![\w-])")
_MIXED = re.compile(r"(?<![\w#@/.])(?:SP[TB]JM|[A-Z][a-z]{1,8}(?:[A-Z]{2,6}|cam\b))(?!\w)")
_CAPITALS = re.compile(r"[A-Z]{2,}(?:[ ,]+[A-Z]{2,}){4,}")


class PlainLanguage(Check):
    """Finds what makes a text hard to read."""

    id = "plain_language"
    name = _("Bahasa yang jelas")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find what makes a text hard to read; the figure stands with a long sentence."""
        yield from _long(self.id, text)
        for hit in hits(self.id, text):
            yield finding(self.id, text, hit, _GROUPS[hit.group])
        shouted = [one.span() for one in _CAPITALS.finditer(text)]
        for start, end in shouted:
            yield finding(self.id, text, Hit("capitals", start, end), _GROUPS["capitals"])
        yield from self._short(text, shouted)

    def _short(self, text: str, shouted: list[tuple[int, int]]) -> Iterator[Finding]:
        explained = set(re.findall(r"\(([A-Z-]{2,12})\)", text))
        for found in (*_SHORT.finditer(text), *_MIXED.finditer(text)):
            word = found.group()
            if word in explained or word in _known() or text[found.end() : found.end() + 2] == " (":
                continue
            explained.add(word)
            if not any(start <= found.start() < end for start, end in shouted):
                yield finding(self.id, text, Hit("short", *found.span()), _GROUPS["short"])


def _long(rule: str, text: str) -> Iterator[Finding]:
    reading = read(text)
    if reading.longest < _LONG:
        return
    start, end = reading.span
    yield Finding(
        rule, Severity.WARNS, start, end, text[start:end].strip(),
        _now("Kalimat ini %(words)s kata. Kemudahan baca seluruh teks: %(ease)s dari 100.")
        % {"words": reading.longest, "ease": reading.ease},
        mend=_now("Bagi menjadi kalimat yang lebih pendek, satu hal satu kalimat."),
    )  # fmt: skip


@cache
def _known() -> frozenset[str]:
    text = files("tanggap.publishing").joinpath("data/abbreviations.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
