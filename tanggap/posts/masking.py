"""Shows a text to an audience: personal data stays covered until somebody with the right uncovers it, on record."""

from __future__ import annotations

from dataclasses import dataclass

from tanggap.posts.models import Post
from tanggap.understanding.personal_data import SHOWN
from tanggap.understanding.reading import DataType

# Any other audience is the public, which is shown nothing personal.
_SHOWN: dict[str, frozenset[DataType]] = {"staff": SHOWN["officer"], "office": SHOWN["handler"]}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text; `masked` names the kind of personal data that was covered, empty for plain text."""

    text: str
    masked: str = ""


def shown(post: Post, audience: str = "staff") -> list[Span]:
    """This will cut a post's text into pieces with personal data covered.

    `staff` sees places, names and vehicles, `office` (the one that must act) also how to reach people.
    """
    return mask(post.text, post.reading.get("personal_data", []), audience)


def mask(text: str, found: list[dict[str, object]], audience: str) -> list[Span]:
    """This will cover the given ranges (code points) of a text; an audience of `all` covers nothing."""
    needed = _SHOWN.get(audience, frozenset())
    spans, at = [], 0
    for one in sorted(found, key=lambda one: (one["start"], one["end"])):
        start, end, kind = max(int(str(one["start"])), at), int(str(one["end"])), str(one["type"])
        if start >= end or audience == "all" or kind in needed:
            continue
        spans += [Span(text[at:start])] if start > at else []
        spans.append(Span("•" * min(end - start, 8), kind))
        at = end
    return spans + ([Span(text[at:])] if at < len(text) else [])


def plain(post: Post, audience: str = "staff") -> str:
    """This will return the covered text as one string, for titles and exports."""
    return "".join(span.text for span in shown(post, audience))
