"""How each platform counts a text and what it allows: data with a source, one module for counter, save and send.

Figures drift; a channel's own `settings["limits"]` (discovered at the platform, or set by an administrator) go
before the shipped ones. The browser counts by console/assets/js/counting.js, held to the same numbers by
tests/channels/counting_vectors.json.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import regex

from tanggap.channels import emoji
from tanggap.channels.links import links


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` is in the unit of `count`; `url_length` is what any link counts, where the platform says so.

    `bytes_most` is a second limit, in UTF-8 bytes; `hashtags_most`, `links_most` and `mentions_most` limit how many
    of each a text may have; `forbidden` are characters that the platform takes in no text. `leading_mentions_free`
    where mentions at the very start are not counted (answers on X).
    """

    most: int
    count: str = "codepoints"
    url_length: int | None = None
    source_url: str = ""
    checked_on: str = ""
    bytes_most: int | None = None
    hashtags_most: int | None = None
    links_most: int | None = None
    mentions_most: int | None = None
    forbidden: str = ""
    leading_mentions_free: bool = False


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What may go with a text: at most `most` pieces, of the listed MIME types up to so many bytes each.

    Types whose family ("video") is in `alone` go by themselves. `alt_most` is in code points, 0 where the platform
    takes no description; `required` where no text goes without a picture; `ratio` is least and most width by height.
    """

    most: int
    bytes_by_type: Mapping[str, int]
    required: bool = False
    alone: tuple[str, ...] = ()
    alt_most: int = 0
    ratio: tuple[float, float] | None = None
    source_url: str = ""
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """What a text counts on a platform, in the unit that leaves least room; `left` is negative when too long.

    `unit` is "characters" or "bytes".
    """

    used: int
    most: int
    unit: str = "characters"

    @property
    def left(self) -> int:
        return self.most - self.used

    @property
    def fits(self) -> bool:
        return self.used <= self.most


BLUESKY_BYTES = 3000
"""app.bsky.feed.post, `maxLength` beside `maxGraphemes` (docs.bsky.app, checked 2026-11-22)."""
X_LINK = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""What X counts as one (docs.x.com/fundamentals/counting-characters, checked 2026-11-22); all else is two."""
_W = r"\p{L}\p{M}\p{N}_"
_HANDLE = regex.compile(rf"(?<![{_W}@/=])@([a-zA-Z0-9_]+(?:[.-]+[a-zA-Z0-9_]+)*)@[{_W}.-]+[{_W}]")
_MENTION = regex.compile(rf"(?<![{_W}@＠/])[@＠][{_W}][{_W}.-]*")
_HASHTAG = regex.compile(rf"(?<![{_W}&/#＃])[#＃](?=[{_W}]*\p{{L}})[{_W}]+")
_LEADING = regex.compile(r"^(?:[ \t\r\n]*@[a-zA-Z0-9_]{1,15}(?![a-zA-Z0-9_]))+[ \t\r\n]*")


def count(text: str, limits: Limits) -> Count:
    """This will count a text as the platform does, by the limit that binds."""
    if limits.leading_mentions_free:
        text = _LEADING.sub("", text)
    signs = Count(_COUNTERS[limits.count](text, limits), limits.most)
    bytes_most = limits.bytes_most or (BLUESKY_BYTES if limits.count == "bluesky" else None)
    if not bytes_most:
        return signs
    size = Count(len(text.encode("utf-8", "surrogatepass")), bytes_most, "bytes")
    # Both in one share, so that the fuller one shows long before either overflows.
    return size if size.used * signs.most > signs.used * size.most else signs


def with_overrides(limits: Limits, overrides: Mapping[str, Any] | None) -> Limits:
    """This will return the limits with a channel's own figures put in; unknown keys are left out."""
    known = {key: value for key, value in (overrides or {}).items() if key in Limits.__slots__}
    return replace(limits, **known) if known else limits


def hashtags(text: str) -> int:
    """This will count hashtags: a number sign before a word that is not all digits."""
    return sum(1 for _ in _HASHTAG.finditer(_plain(text)))


def mentions(text: str) -> int:
    """This will count mentions of accounts, those of other servers once; an e-mail address is none."""
    return sum(1 for _ in _MENTION.finditer(_HANDLE.sub(r"@\1", _plain(text))))


def _plain(text: str) -> str:
    return _replaced(text, links(text, bare=False), "\n")


def _replaced(text: str, spans: list[tuple[int, int]], by: str) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], by]
        at = end
    return "".join([*parts, text[at:]])


def _shortened(text: str, limits: Limits, *, wide: bool = False) -> str:
    if not limits.url_length:
        return text
    return _replaced(text, links(text, bare=False, wide=wide), "x" * limits.url_length)


def _codepoints(text: str, limits: Limits) -> int:
    return len(_shortened(text, limits))


def _clusters(text: str) -> int:
    return sum(1 for _ in regex.finditer(r"\X", text))


def _graphemes(text: str, limits: Limits) -> int:
    return _clusters(_shortened(text, limits))


def _utf16(text: str, limits: Limits) -> int:
    return len(_shortened(text, limits).encode("utf-16-le", "surrogatepass")) // 2


def _mastodon(text: str, limits: Limits) -> int:
    # docs.joinmastodon.org: a link counts characters_reserved_per_url, a mention only its local part
    return _clusters(_HANDLE.sub(r"@\1", _shortened(text, limits, wide=True)))


def _x_weighted(text: str, limits: Limits) -> int:
    text = unicodedata.normalize("NFC", text)
    spans = links(text, bare=True)
    rest = _replaced(text, spans, "\n")
    letters, pictures = cast("tuple[str, int]", emoji.known().subn("", rest))
    weight = sum(1 if any(low <= ord(one) <= high for low, high in _LIGHT) else 2 for one in letters)
    return weight + len(spans) * ((limits.url_length or X_LINK) - 1) + 2 * pictures


def _emoji_utf8(text: str, limits: Limits) -> int:
    # developers.facebook.com/docs/threads/posts: "Emojis are counted as the number of UTF-8 bytes"
    text = _shortened(text, limits)
    return len(text) + sum(len(one[0].encode()) - len(one[0]) for one in emoji.shown().finditer(text))


_COUNTERS: dict[str, Callable[[str, Limits], int]] = {
    "codepoints": _codepoints,
    "graphemes": _graphemes,
    "utf16": _utf16,
    "mastodon": _mastodon,
    "x_weighted": _x_weighted,
    "bluesky": _graphemes,
    "emoji_utf8": _emoji_utf8,
}
COUNTS = tuple(_COUNTERS)
