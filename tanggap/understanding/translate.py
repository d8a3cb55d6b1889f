"""Standard Indonesian for single words of a post, shown beside the text as written; the text is never replaced."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from tanggap.understanding.normalise import spellings
from tanggap.understanding.wordlists import lines

REGIONAL = ("jv", "su")
_WORD = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+|[^\W\d_][\w'’]*", re.IGNORECASE)
_REPEATED = re.compile(r"([a-z])\1{2,}")
_LONGEST = 40
_SHORT = 3
_ONLY_THERE = "~"


def standard(text: str, language: str | None = None) -> list[tuple[int, int, str]]:
    """This will give start, end (code points, exclusive) and standard Indonesian of every word that needs one.

    Slang, chat spellings, Javanese and Sundanese. A regional word that is also an Indonesian one, or has three letters
    or fewer, is translated only where `language` ("jv", "su") is the post's. Work is linear in the length.
    """
    words = [found for found in _WORD.finditer(text) if found.end() - found.start() <= _LONGEST]
    found: list[tuple[int, int, str]] = []
    reached = 0
    for at, word in enumerate(words):
        if word.start() < reached:
            continue
        end, meant = _together(text, word, words[at + 1] if at + 1 < len(words) else None)
        meant = meant or _standard(word.group(), language)
        if meant:
            found.append((word.start(), end, meant))
            reached = end
    return found


def _together(text: str, word: re.Match[str], following: re.Match[str] | None) -> tuple[int, str]:
    """Two words that mean something else than apart: "nuwun sewu" is no thousand thanks."""
    if following is None or text[word.end() : following.start()] != " ":
        return word.end(), ""
    meant = _phrases().get(f"{_plain(word.group())} {_plain(following.group())}", "")
    return (following.end() if meant else word.end()), meant


@cache
def glossary(language: str | None = None) -> dict[str, str]:
    """This will load regional words with their Indonesian: all of one language, or of both the unmistakable ones."""
    if language is None:
        both = {**glossary("su"), **glossary("jv")}
        return {word: both[word] for word in both if word not in _homonyms() and len(word) > _SHORT}
    return {word: gloss for word, gloss, _ in _entries(language)}


@cache
def _phrases() -> dict[str, str]:
    rows = (line.partition("\t") for line in lines("arti-frasa.tsv"))
    return {phrase: meant for meant, _, phrases in rows for phrase in phrases.split(",")}


@cache
def _homonyms() -> frozenset[str]:
    return frozenset(word for language in REGIONAL for word, _, only in _entries(language) if only)


def _entries(language: str) -> Iterator[tuple[str, str, bool]]:
    for line in lines(f"arti-{language}.tsv"):
        gloss, _, words = line.partition("\t")
        for word in words.split(","):
            yield _plain(word.removeprefix(_ONLY_THERE)), gloss, word.startswith(_ONLY_THERE)


def _standard(written: str, language: str | None) -> str:
    if written[0] in "@#" or ":" in written or "." in written:
        return ""
    word = _plain(written)
    found = _known(word, language) or _known(_REPEATED.sub(r"\1", word), language)
    if not found and word.endswith("2") and word[:-1].isalpha() and len(word) > _SHORT:
        base = _known(word[:-1], language) or word[:-1]
        found = f"{base}-{base}"
    if not found and word.endswith("nya") and len(word) > len("nya") + 1:
        base = _known(word[:-3], language)
        found = f"{base}nya" if base and " " not in base else ""
    return found if found != word else ""


def _known(word: str, language: str | None) -> str:
    regional = glossary(language) if language in REGIONAL else {}
    return regional.get(word) or spellings().get(word) or glossary().get(word, "")


def _plain(word: str) -> str:
    lowered = word.lower()
    if not lowered.isascii():
        lowered = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    return lowered.replace("'", "")
