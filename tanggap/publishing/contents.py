"""What a publication says, part by part, as it will stand on each channel; and the hash that approvals are held to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from tanggap.publishing.models import Publication, Variant

POST, THREAD, COMMENT = "post", "thread", "comment"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that leaves on one channel: the post, a further post of its thread, or the first comment.

    `part` is 0 for the post, then counts; the comment comes last. `media` are [{item, file, sha256, type, alt, …}].
    """

    variant: Variant
    part: int
    role: str
    text: str
    media: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def parts(publication: Publication) -> list[Part]:
    """This will return all that a publication says, by channel and then in the order of leaving."""
    variants = publication.variants.select_related("channel__app").order_by("channel_id")
    return [part for one in variants for part in parts_of(one, publication)]


def parts_of(variant: Variant, publication: Publication) -> list[Part]:
    """This will return what a variant says: a linked one takes the master's words, files and comment."""
    source = publication if variant.linked else variant
    text = with_link(source.text, tagged(publication, variant.channel.platform))
    found = [Part(variant, 0, POST, text, tuple(source.media), variant.options)]
    found += [Part(variant, at, THREAD, more) for at, more in enumerate(variant.thread, 1) if more.strip()]
    if source.comment.strip():
        found.append(Part(variant, len(variant.thread) + 1, COMMENT, source.comment))
    return found


def with_link(text: str, link: str) -> str:
    """This will put the link below the text unless it stands in it."""
    if not link or link.partition("?")[0] in text:
        return text
    return f"{text.rstrip()}\n\n{link}" if text.strip() else link


def tagged(publication: Publication, platform: str) -> str:
    """This will return the link with its campaign marks (utm_*); the platform is the source where none is named."""
    if not publication.link or not publication.utm:
        return publication.link
    named = {
        key: str(value)
        for key, value in publication.utm.items()
        if key in {"source", "medium", "campaign"} and value
    }
    marks = {f"utm_{key}": value for key, value in {"source": platform, "medium": "social", **named}.items()}
    parsed = urlsplit(publication.link)
    query = [
        (key, value) for key, value in parse_qsl(parsed.query, keep_blank_values=True) if key not in marks
    ]
    return urlunsplit(parsed._replace(query=urlencode([*query, *marks.items()])))


def canonical(publication: Publication) -> str:
    """This will write down what is approved as canonical JSON: keys sorted, no spaces, parts in order.

    The database compares deliveries with it (migration 0004), so its names are a contract.
    """
    content = {
        "kind": publication.kind,
        "unit": publication.unit_id,
        "source": publication.source,
        "checked_by": publication.checked_by,
        "responsible": publication.responsible,
        "parts": [
            {
                "channel": one.variant.channel_id,
                "part": one.part,
                "role": one.role,
                "text": one.text,
                "media": [{"sha256": file["sha256"], "alt": file.get("alt", "")} for file in one.media],
                "options": dict(one.options),
            }
            for one in parts(publication)
        ],
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def digest(content: str) -> str:
    """This will return the SHA-256 of a canonical content, in hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()
