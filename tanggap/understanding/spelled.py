"""What people spell out so that a program shall not read it: numbers in words, and e-mail addresses."""

import re
from collections.abc import Iterator

from tanggap.understanding.identifiers import Number, key_of, kind_of
from tanggap.understanding.reading import FoundData
from tanggap.understanding.triggers import Found

_FEWEST, _MOST = 8, 18
_BEFORE = 48
_DIGITS = {
    word: str(digit)
    for digit, words in enumerate(
        (
            "nol kosong zero enol",
            "satu siji hiji one setunggal",
            "dua loro two kalih duwa",
            "tiga telu tilu three tigo",
            "empat papat opat four sekawan",
            "lima five gangsal",
            "enam nem genep six",
            "tujuh pitu seven tuju",
            "delapan wolu dalapan eight lapan",
            "sembilan sanga salapan nine songo sanga",
        )
    )
    for word in words.split()
}
_PART = r"(?:" + "|".join(sorted(_DIGITS, key=len, reverse=True)) + r"|\d{1,4})"
_RUN = re.compile(rf"\b{_PART}(?:[ ,.\-]{{1,3}}{_PART})*\b", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z]+|\d+")

_MAIL_LEFT = re.compile(r"[A-Za-z0-9._%+\-]{1,64}")
_MAIL_RIGHT = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,3}\.[A-Za-z]{2,15}")
_AT = r" ?(?:\(at\)|\[at\]|\{at\}|\(a\)|\[a\]|\bat\b|\ba?keong\b|\bet\b(?= (?:gmail|yahoo|hotmail|outlook)))"
_DOT = r" ?(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b|\btitik\b|\.)"
_ENDS = r"(?:com|co|id|net|org|go|ac|sch|my|example)\b"
_SPELLED_MAIL = re.compile(
    rf"(?<![\w.])[A-Za-z0-9._+\-]{{2,40}}(?: (?:titik|dot|underscore) [A-Za-z0-9._+\-]{{1,40}}){{0,3}}"
    rf"{_AT} ?[A-Za-z0-9-]{{2,30}}"
    rf"(?:{_DOT} ?{_ENDS}){{1,2}}",
    re.IGNORECASE,
)
_SPELT = ("(", "[", "{", "keong", "dot", "titik", "yahoo", "look")


def spelled_numbers(text: str, lowered: str, near: Found) -> Iterator[FoundData]:
    """This will find numbers written in words, also mixed with digits: "nol delapan satu dua ..."."""
    spots = near.get("digit", ())
    if len(spots) < _FEWEST // 2:
        return
    reached = 0
    for start, _end in spots:
        run = _RUN.match(lowered, start) if start >= reached else None
        if run is None:
            continue
        reached = run.end()
        digits = "".join([_DIGITS.get(word, word) for word in _TOKEN.findall(run.group())])
        if _FEWEST <= len(digits) <= _MOST:
            key = key_of(lowered[max(0, start - _BEFORE) : start])
            kind = kind_of(Number(digits, key, [run.span()]))
            if kind:
                yield FoundData(kind, *run.span())


def mails(text: str, lowered: str) -> Iterator[FoundData]:
    """This will find e-mail addresses, written or spelled out ("budi at gmail dot com")."""
    at = text.find("@")
    while at >= 0:
        left = _MAIL_LEFT.match(text[max(0, at - 64) : at][::-1])
        right = _MAIL_RIGHT.match(text, at + 1)
        if left and right:
            yield FoundData("email", at - left.end(), right.end())
        at = text.find("@", at + 1)
    if any(sign in lowered for sign in ("dot", "titik", "(at)", "[at]", "keong", " at ")):
        for found in _SPELLED_MAIL.finditer(text):
            if _hidden(found.group().lower()):
                yield FoundData("email", *found.span())


def _hidden(written: str) -> bool:
    """Something of it is spelled out: "lihat at.co" is no address, "budi at gmail.com" is."""
    return any(sign in written for sign in _SPELT) or "@" not in written and "mail" in written
