"""How a post will roughly look on its platform: where it is folded, how a picture is cut, what becomes of a link.

Platforms publish none of these figures as a promise and change them; they are shown as approximate. A link's card is
made of the link alone: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import regex

from tanggap.channels.links import links
from tanggap.publishing import contents
from tanggap.publishing.models import Publication
from tanggap.publishing.review import Found

CARD, PLAIN, DEAD = "card", "plain", "dead"
"""What becomes of a link: a card below the text, a link alone, or words that cannot be tapped."""
_WORD = regex.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Look:
    """A platform's habits: `signs` and `lines` before the fold, what a link becomes, the shape of pictures.

    `ratio` is least and most width by height in which pictures are shown; beyond it they are cut at the middle.
    """

    signs: int = 0
    lines: int = 0
    link: str = CARD
    ratio: tuple[float, float] | None = None
    picture_first: bool = False


LOOKS: Mapping[str, Look] = {
    "facebook": Look(signs=477, lines=5, ratio=(0.8, 1.91)),
    "instagram": Look(signs=125, lines=2, link=DEAD, ratio=(0.75, 1.91), picture_first=True),
    "threads": Look(signs=0, lines=14),
    "x": Look(signs=280, ratio=(0.75, 1.78)),
    "tiktok": Look(signs=100, lines=2, link=DEAD, ratio=(0.5625, 1.0), picture_first=True),
    "youtube": Look(signs=157, lines=3, link=PLAIN, ratio=(1.7777, 1.7778), picture_first=True),
    "mastodon": Look(signs=0, lines=20, ratio=(1.0, 1.78)),
    "bluesky": Look(),
    "telegram": Look(),
}
"""As commonly reported by those who publish there; no platform promises them. Unknown platforms fold nothing."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file as it is shown: `box` are width and height of the frame it is cut to; `cut` whether something is lost."""

    file: int
    type: str
    alt: str
    decorative: str
    name: str
    box: tuple[int, int]
    cut: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A post, its pictures, its link, the further posts and the first comment, as they will roughly stand."""

    platform: str
    look: Look
    head: str
    rest: str
    pictures: list[Picture] = field(default_factory=list)
    card: str = ""
    dead_link: bool = False
    thread: list[str] = field(default_factory=list)
    comment: str = ""


def preview(parts: Sequence[Found], publication: Publication) -> Preview:
    """This will show one channel's parts as its platform roughly does."""
    post = parts[0].part
    platform = post.variant.channel.platform
    look = LOOKS.get(platform, Look())
    head, rest = folded(post.text, look)
    first = next((post.text[start:end] for start, end in links(post.text, bare=True)), "")
    return Preview(
        platform, look, head, rest, [picture(entry, look) for entry in post.media],
        host(first) if look.link == CARD and not post.media else "", bool(first) and look.link == DEAD,
        [each.part.text for each in parts if each.part.role == contents.THREAD],
        next((each.part.text for each in parts if each.part.role == contents.COMMENT), ""),
    )  # fmt: skip


def folded(text: str, look: Look) -> tuple[str, str]:
    """This will part a text where its platform folds it: after so many lines or signs, at the end of a word.

    console/assets/js/composer.js does the same while somebody types.
    """
    text = text.rstrip()
    end = len(text)
    if look.lines:
        lines = text.split("\n")
        end = min(end, len("\n".join(lines[: look.lines])))
    if look.signs and look.signs < end:
        reached = 0
        for word in _WORD.finditer(text):
            if word.end() > look.signs:
                break
            reached = word.end()
        end = reached or look.signs
    return text[:end].rstrip(), text[len(text[:end].rstrip()) :]


def picture(entry: Mapping[str, Any], look: Look) -> Picture:
    """This will frame a file as its platform does."""
    width, height = int(entry.get("width") or 0) or 4, int(entry.get("height") or 0) or 3
    least, most = look.ratio or (width / height, width / height)
    ratio = min(max(width / height, least), most)
    box = (round(height * ratio), height) if ratio < width / height else (width, round(width / ratio))
    return Picture(
        int(entry["file"]), str(entry.get("type", "")), str(entry.get("alt", "")), str(entry.get("decorative", "")),
        str(entry.get("name", "")), box, box != (width, height),
    )  # fmt: skip


def host(link: str) -> str:
    """This will name the site of a link as cards do."""
    if not link:
        return ""
    name = urlsplit(link if "://" in link else f"https://{link}").hostname or ""
    return name.removeprefix("www.")
