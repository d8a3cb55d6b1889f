"""How the inbox and the thread show a post: masked text, quiet labels with their certainty, place, case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tanggap.agencies.models import Area, Member
from tanggap.cases.models import OPEN_STATES, Case
from tanggap.posts import masking, portraits
from tanggap.posts.models import Post

EXCERPT = 220
"""Characters of a row's two lines, with some to spare for narrow letters."""
_CALL = re.compile(r"^(?:@[\w.@-]+[\s,:]+)+")


@dataclass(frozen=True, slots=True)
class Label:
    """One head's word about a post; `score` is None where an officer set it."""

    kind: str
    code: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A post as a row of the inbox."""

    post: Post
    spans: list[masking.Span]
    labels: list[Label]
    place: str
    case: Case | None
    cluster: int | None = None
    alike: int = 0

    @property
    def case_open(self) -> bool:
        return self.case is not None and self.case.state in OPEN_STATES


def rows(posts: Sequence[Post], member: Member | None = None) -> list[Row]:
    """This will prepare posts for the list; ask with author, channel, assignee and case joined.

    With the member and the likeness joined, a row tells how many posts say nearly the same.
    """
    names = area_names(post.area_code for post in posts)
    clusters = {post.pk: _cluster_of(post) for post in posts} if member else {}
    many = portraits.many_seen(filter(None, clusters.values()), member) if member else {}
    return [
        Row(
            post=post,
            spans=clipped(_without_call(masking.shown(post)), EXCERPT),
            labels=[one for one in labels_of(post) if _worth_a_chip(one)],
            place=names.get(post.area_code, ""),
            case=case_of(post),
            cluster=clusters.get(post.pk),
            alike=many.get(clusters.get(post.pk) or 0, 0),
        )
        for post in posts
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """What a case began with: the citizen's first words, covered and cut to two lines, and where they were said."""

    words: str = ""
    platform: str = ""


def first_said(member: Member, cases: Iterable[Case]) -> dict[int, Said]:
    """This will return the first words of each case (by its key) that the member may read, with one query."""
    first = Post.objects.seen_by(member).filter(case_link__case__in=[one.pk for one in cases])
    first = first.order_by("case_link__case_id", "received_at", "id").distinct("case_link__case_id")
    fields = ("text", "reading", "platform", "case_link__case_id")
    return {
        post.case_link.case_id: Said(_excerpt(post), post.platform)
        for post in first.select_related("case_link").only(*fields)
    }


def case_of(post: Post) -> Case | None:
    """This will return the case that a post belongs to, if any."""
    link: Any = getattr(post, "case_link", None)
    return link.case if link else None


def _cluster_of(post: Post) -> int | None:
    likeness: Any = getattr(post, "likeness", None)
    return likeness.cluster_id if likeness else None


def labels_of(post: Post) -> list[Label]:
    """This will return what the reader said of a post, in the order of importance, with certainty."""
    return [
        Label(kind, getattr(post, kind), score_of(post, kind))
        for kind in ("topic", "urgency", "sentiment", "intent", "language")
        if getattr(post, kind)
    ]


def score_of(post: Post, kind: str) -> float | None:
    """This will return the reader's certainty about a label; None where a person put it right."""
    said = (post.reading or {}).get(kind)
    if not isinstance(said, dict) or said.get("label") != getattr(post, kind):
        return None
    return float(said.get("score") or 0)


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """This will return the names of areas by code."""
    wanted = {code for code in codes if code}
    return dict(Area.objects.filter(code__in=wanted).values_list("code", "name")) if wanted else {}


def clipped(spans: Iterable[masking.Span], most: int) -> list[masking.Span]:
    """This will cut masked text after so many characters, never inside a masked span."""
    kept: list[masking.Span] = []
    left = most
    for span in spans:
        if left <= 0:
            break
        text = span.text if span.masked or len(span.text) <= left else span.text[:left].rstrip() + "…"
        kept.append(masking.Span(text, span.masked))
        left -= len(text)
    return kept


def _excerpt(post: Post) -> str:
    spans = clipped(_without_call(masking.shown(post)), EXCERPT)
    return "".join(span.text for span in spans).strip()


def _without_call(spans: list[masking.Span]) -> list[masking.Span]:
    """Drops the mentions that a text begins with: on a list each row would begin with our own name."""
    if not spans or spans[0].masked:
        return spans
    rest = _CALL.sub("", spans[0].text)
    return [masking.Span(rest), *spans[1:]] if rest.strip() or len(spans) > 1 else spans


def _worth_a_chip(label: Label) -> bool:
    """Rows stay quiet: what is usual gets no chip."""
    return label.kind in {"topic", "urgency", "sentiment"} and label.code not in {"normal", "neutral"}
