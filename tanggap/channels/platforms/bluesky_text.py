"""Texts and keys as Bluesky wants them: facets with offsets in UTF-8 bytes, and record keys made of our reference.

docs.bsky.app/docs/advanced-guides/post-richtext and atproto.com/specs/tid, seen 2026-11-22.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

_LINK = re.compile(r"https?://[^\s<>\"']+")
_MENTION = re.compile(r"(?<![\w@./-])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63})\b")
_TAG = re.compile(r"(?<![\w#&])[#＃]([^\s#＃]{1,64})")
_ENDINGS = ".,;:!?…)]}'\"”’"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


def facets(text: str, did_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """This will find links, mentions and hashtags; `did_of` says whose a handle is, "" where nobody's."""
    found: list[tuple[int, int, dict[str, str]]] = []
    for start, end, uri in _links(text):
        found.append((start, end, {"$type": "app.bsky.richtext.facet#link", "uri": uri}))
    taken = [(start, end) for start, end, _ in found]
    found += [
        (*match.span(), {"$type": "app.bsky.richtext.facet#mention", "did": did})
        for match in _MENTION.finditer(text)
        if not _within(match.start(), taken) and (did := did_of(match[1].lower()))
    ]
    for match in _TAG.finditer(text):
        tag = match[1].rstrip(_ENDINGS)
        if tag and not tag.isdigit() and not _within(match.start(), taken):
            end = match.start(1) + len(tag)
            found.append((match.start(), end, {"$type": "app.bsky.richtext.facet#tag", "tag": tag}))
    return [
        {"index": {"byteStart": _bytes(text[:start]), "byteEnd": _bytes(text[:end])}, "features": [feature]}
        for start, end, feature in sorted(found, key=lambda one: one[0])
    ]


def whole(text: str, marked: Sequence[Mapping[str, Any]]) -> str:
    """This will put the addresses of links into a text where only a shortened form of them stands."""
    raw = text.encode()
    for start, end, uri in sorted(_marked_links(marked, len(raw)), reverse=True):
        shown = raw[start:end].decode("utf-8", "replace")
        if shown.rstrip("….") != shown and uri.startswith(("https://", "http://")):
            raw = raw[:start] + uri.encode() + raw[end:]
    return raw.decode("utf-8", "replace")


def mentioned(marked: Sequence[Mapping[str, Any]]) -> set[str]:
    """This will return the accounts that a text names."""
    return {
        str(feature.get("did"))
        for one in marked
        for feature in one["features"]
        if feature.get("$type") == "app.bsky.richtext.facet#mention"
    }


def record_key(reference: str, created_at: datetime | None) -> str:
    """This will make the record key of a send: the same one whenever it is tried, so that it can stand only once.

    A TID of the delivery's own time (of the reference alone, where that is unknown): 53 bits of microseconds, whose
    last three digits, like the 10 bits after them, come from the reference.
    """
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:8], "big")
    millis = int(created_at.timestamp() * 1000) if created_at else number % (1 << 40)
    value = ((millis * 1000 + number % 1000) & ((1 << 53) - 1)) << 10 | (number >> 20) & 1023
    return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))


def _links(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _LINK.finditer(text):
        uri = match[0].rstrip(_ENDINGS)
        if uri.count("(") > uri.count(")") and match[0][len(uri) :].startswith(")"):
            uri += ")"
        if uri.partition("//")[2]:
            yield match.start(), match.start() + len(uri), uri


def _marked_links(marked: Sequence[Mapping[str, Any]], size: int) -> Iterator[tuple[int, int, str]]:
    until = 0
    for one in sorted(marked, key=lambda facet: int(facet["index"]["byteStart"])):
        start, end = int(one["index"]["byteStart"]), int(one["index"]["byteEnd"])
        for feature in one["features"]:
            if feature.get("$type") == "app.bsky.richtext.facet#link" and until <= start < end <= size:
                yield start, end, str(feature["uri"])
                until = end


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def quoted(word: str) -> str:
    """This will write a word or phrase as one term of a query."""
    bare = " ".join(word.replace('"', " ").split())
    return f'"{bare}"' if " " in bare or bare.startswith("-") else bare


def parts(query: str) -> tuple[list[str], list[str]]:
    """This will return what a compiled query asks for, as the network reads it, and the bare words that it excludes."""
    found = re.findall(r'(?<!\S)(-?)("[^"]*"|\S+)', query)
    return [word for minus, word in found if not minus], [word.strip('"') for minus, word in found if minus]


def names(text: str, words: Sequence[str]) -> bool:
    """This will tell whether a text holds one of the words by itself."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in words)
