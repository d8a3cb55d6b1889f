"""How each platform counts a text and what it allows: data with a source, one module for counter, save and send.

Figures drift; a channel's own `settings["limits"]` (discovered at the platform, or set by an administrator) go
before the shipped ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import regex


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` is in the unit of `count`; `url_length` is what any link counts, where the platform says so.

    `bytes_most` is a second limit, in UTF-8 bytes; `hashtags_most`, `links_most` and `mentions_most` limit how many
    of each a text may have; `forbidden` are characters that the platform takes in no text.
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
    """What a text counts on a platform; `left` is negative when it is too long."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return self.most - self.used

    @property
    def fits(self) -> bool:
        return self.used <= self.most


_URL = regex.compile(r"https?://[^\s<>\"']+")
_MENTION = regex.compile(r"(?<![\w@/])@(\w+)@[\w.-]+\w")


def count(text: str, limits: Limits) -> Count:
    """This will count a text as the platform does."""
    return Count(_COUNTERS[limits.count](text, limits), limits.most)


def with_overrides(limits: Limits, overrides: Mapping[str, Any] | None) -> Limits:
    """This will return the limits with a channel's own figures put in; unknown keys are left out."""
    known = {key: value for key, value in (overrides or {}).items() if key in Limits.__slots__}
    return replace(limits, **known) if known else limits


def _shortened(text: str, limits: Limits) -> str:
    return _URL.sub("x" * limits.url_length, text) if limits.url_length else text


def _codepoints(text: str, limits: Limits) -> int:
    return len(_shortened(text, limits))


def _graphemes(text: str, limits: Limits) -> int:
    return len(regex.findall(r"\X", _shortened(text, limits)))


def _utf16(text: str, limits: Limits) -> int:
    return len(_shortened(text, limits).encode("utf-16-le", "surrogatepass")) // 2


def _mastodon(text: str, limits: Limits) -> int:
    # docs.joinmastodon.org: a link counts characters_reserved_per_url, a mention only its local part
    return _graphemes(_MENTION.sub(r"@\1", text), limits)


def _x_weighted(text: str, limits: Limits) -> int:
    # docs.x.com/fundamentals/counting-characters: NFC, four ranges count one, all else two
    return sum(
        1 if any(low <= ord(one) <= high for low, high in _LIGHT) else 2 for one in _shortened(text, limits)
    )


def _emoji_utf8(text: str, limits: Limits) -> int:
    # developers.facebook.com/docs/threads/posts: "Emojis are counted as the number of UTF-8 bytes"
    return len(_shortened(text, limits))


_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

_COUNTERS: dict[str, Callable[[str, Limits], int]] = {
    "codepoints": _codepoints,
    "graphemes": _graphemes,
    "utf16": _utf16,
    "mastodon": _mastodon,
    "x_weighted": _x_weighted,
    "bluesky": _graphemes,
    "emoji_utf8": _emoji_utf8,
}
