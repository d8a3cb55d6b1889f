"""What tells of one person in words: names, addresses, birth dates, illness."""

import re
from collections.abc import Iterator

from tanggap.understanding.reading import FoundData
from tanggap.understanding.triggers import Found
from tanggap.understanding.wordlists import listed

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]{1,20}(?![A-Za-z0-9_@])\.?")
_GAP, _DOTTED = re.compile(r":? ?"), re.compile(r"[.:]? ?")
_SHORTENED = frozenset(("bpk", "sdr", "sdri", "dr", "drs", "drg", "ir", "h", "hj", "alm", "a.n", "an", "ust"))
_FORMAL = frozenset(
    (
        "pak bu bapak ibu bpk mas mbak mba kang teh teteh bang ustadz ustad mbah eyang pakde bude"
        " almarhum alm almarhumah kyai gus dr"
    ).split()
)
_MOST_WORDS = 4
_INTRODUCED = re.compile(r"(?: [A-Z][a-z]{2,20})?,? (?:dari|saking|ti|asal|warga|umur|usia|rt|RT)\b")
"""What follows somebody's name when they introduce themselves: "saya Ngadiran dari RT 5"."""

_RT_RW = re.compile(
    r",? ?rt[.:]? ?\d{1,3}(?: ?[/,\-.] ?(?:rw[.:]? ?)?|,? ?rw[.:]? ?| )\d{1,3}(?![\d\w])", re.IGNORECASE
)
_REST = re.compile(
    r"\.? ?[^\n,;!?]{2,45}?"
    r"(?:,? ?(?:no|nomor|nomer|blok)\b\.? ?[A-Za-z]{0,2}[ /\-]?\d{1,4}[A-Za-z]?\b(?:[/\-]\d{1,3})?|(?=,? ?rt\b))",
    re.IGNORECASE,
)
_FURTHER = re.compile(
    r",? ?(?:no|nomor|nomer|blok|kav|kavling)\b\.? ?[A-Za-z]{0,2}[ /\-]?\d{1,4}[A-Za-z]?\b(?:[/\-]\d{1,3})?",
    re.IGNORECASE,
)
_TO_RT = re.compile(r"[^\n\d]{0,40}?(?=\brt\b)", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|mei|may|jun|jul|agu|ags|aug|sep|okt|oct|nov|nop|des|dec)[a-z]{0,7}"
_DATE = re.compile(
    rf"\b(?:\d{{4}}[ /.\-]\d{{1,2}}[ /.\-]\d{{1,2}}"
    rf"|\d{{1,2}}[ /.\-]{{1,2}}(?:\d{{1,2}}|{_MONTH})[ /.\-]{{1,2}}\d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})\b",
    re.IGNORECASE,
)
_PATIENT = re.compile(
    r"(?<![\w\-])(?:saya|sy|aku|gue|gw|anak ?(?:saya|ku|kami|e)|istri|suami|ibu ?(?:saya|ku|mertua|e)?"
    r"|bapak ?(?:saya|ku|mertua|e)?"
    r"|mama|mamah|ayah|adik|adek|kakak|kakek|nenek|simbah|mbah|eyang|orang ?tua|abdi|kulo|kula|pasien"
    r"|penderita|pengidap"
    r"|tetangga|tonggo|tanggi|bojo(?:ku|ne)?|anakku|keponakan|ponakan|cucu|putu|mertua|paman|bibi|paklik|bulik|pakde"
    r"|bude|om|tante|mbak|mba|mas|teman|temen|kancaku|pun bapa|pun biang|biang|bapa|budak|murangkalih|bayi|pak|bu"
    r"|an|my (?:mother|father|son|daughter|wife|husband))\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
_EXPECTING = re.compile(r"\b(?:ibu|bu|bumil|warga)(?: ibu)? $", re.IGNORECASE)
_TALKS = re.compile(
    r"\b(?:seminar|penyuluhan|sosialisasi|posyandu|fogging|lomba|hari|cegah|pencegahan|bahaya|kasus|angka|program"
    r"|edukasi|skrining|kampanye|musim|wabah)\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)


def names(text: str, found: Found) -> Iterator[FoundData]:
    """This will find names after a form of address or "nama": capitalised, or a common given name in lower case."""
    spots = [(start, end, True) for start, end in found.get("opener", ())]
    spots += [(start, end, text[start:end].lower() in _FORMAL) for start, end in found.get("self", ())]
    reached, shouted = 0, text.isupper()
    for start, end, formal in sorted(spots):
        if start < reached:
            continue
        gap = (_DOTTED if text[start:end].lower() in _SHORTENED else _GAP).match(text, end)
        words = _name(text, gap.end() if gap else end, formal and not shouted, shouted)
        if words:
            reached = words.end
            yield words


def addresses(text: str, found: Found) -> Iterator[FoundData]:
    """This will find where somebody lives: a street with a number or RT/RW, or RT/RW said of a home."""
    reached = 0
    for start, end in found.get("street", ()):
        rest = _REST.match(text, end) if start >= reached else None
        if rest:
            last = rest.end()
            while further := _FURTHER.match(text, last):
                last = further.end()
            more = _RT_RW.match(text, last)
            if more or text[last - 1].isalnum() and any(map(str.isdigit, text[last - 4 : last])):
                reached = more.end() if more else last
                yield FoundData("address", start, reached)
    for _, end in found.get("home", ()):
        before = _TO_RT.match(text, end)
        more = _RT_RW.match(text, before.end()) if before else None
        if more:
            yield FoundData("address", *more.span())


def birth_dates(text: str, found: Found) -> Iterator[FoundData]:
    """This will find dates close behind a word for being born."""
    for _, end in found.get("born", ()):
        day = _DATE.search(text, end, min(len(text), end + 45))
        if day:
            yield FoundData("birth_date", *day.span())


def health(text: str, found: Found) -> Iterator[FoundData]:
    """This will find an illness that is said of somebody, not one that is spoken of in general."""
    for start, end in found.get("ill", ()):
        window = text[max(0, start - 60) : start]
        if not _PATIENT.search(window) or _TALKS.search(window):
            continue
        if text[start:end].lower() == "hamil" and _EXPECTING.search(window):
            continue
        yield FoundData("health", start, end)


def _name(text: str, start: int, by_capital: bool, shouted: bool) -> FoundData | None:
    """The name that begins here: with a capital where the words before call for one, else only a known given name."""
    known, titles = listed("nama.txt"), listed("jabatan.txt")
    end = start
    for at in range(_MOST_WORDS):
        word = _WORD.match(text, end + (1 if at and text[end : end + 1] == " " else 0))
        plain = word.group().rstrip(".").lower() if word else ""
        if word is None or plain in titles:
            break
        capital = word.group()[0].isupper() and (shouted or not word.group().isupper())
        clear = by_capital or (at and not shouted) or _INTRODUCED.match(text, word.end())
        if plain not in known and not (capital and clear):
            break
        end = word.start() + len(plain)
    return FoundData("name", start, end) if end > start else None
