"""Full-text search over posts: indexed by a later step, asked with words as people type them.

The vector holds the text with slang mapped to its standard form and the author's names; PostgreSQL's `indonesian`
configuration stems them. New posts are in the inbox at once and searchable seconds later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db import connection, models, transaction

from tanggap.core import scope, work
from tanggap.posts import alike
from tanggap.posts.models import Post
from tanggap.understanding.normalise import search_key

CONFIG = "indonesian"
# A tsvector may have 1 MB; what a person says in its first 20,000 characters is enough to find it by.
_MOST_CHARACTERS = 20_000


def query(words: str) -> SearchQuery:
    """This will turn what an officer typed (words, "phrases", -exclusions) into a query; never raises."""
    return SearchQuery(" ".join(_terms(words[:400])), config=CONFIG, search_type="websearch")


_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def _terms(words: str) -> Iterator[str]:
    """The same folding as the index has, with the signs of the query kept apart from the words."""
    for term in _TERM.finditer(words):
        folded = search_key(term["phrase"] or term["word"] or "").strip()
        if folded:
            yield (
                f'{term["minus"]}"{folded}"'
                if " " in folded or term["phrase"]
                else f"{term['minus']}{folded}"
            )


def _due(now: datetime) -> models.QuerySet[Post]:
    return Post._base_manager.filter(search__isnull=True).order_by("id")


@work.step("search", due=_due, every=5, oldest="received_at")
def index(now: datetime) -> int:
    """This will index up to 1,000 posts that are not searchable yet, or no longer as they stand."""
    with scope.crossing("indexing posts of all governments"), transaction.atomic():
        batch = work.claim(
            _due(now).select_related("author").only("text", "author__name", "author__handle"), 1000
        )
        if not batch:
            return 0
        ids = [post.pk for post in batch]
        texts = [search_key(post.text[:_MOST_CHARACTERS]) for post in batch]
        names = [f"{post.author.name} {post.author.handle}" if post.author else "" for post in batch]
        with connection.cursor() as cursor:
            cursor.execute(
                "update posts_post set search = setweight(to_tsvector('indonesian', new.text), 'A') || "
                "setweight(to_tsvector('simple', new.name), 'B') "
                "from unnest(%s::bigint[], %s::text[], %s::text[]) as new(id, text, name) where posts_post.id = new.id",
                [ids, texts, names],
            )
        alike.enqueue(ids)
        return len(batch)
