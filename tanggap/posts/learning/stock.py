"""Reads all posts of a government again with the reader in use: as a job, paused and resumed at will.

Only the reading of a post changes: no case, no notice, no place on the desk. What an officer said of a label stays.
The job's cursor is the last post that was read, kept in the transaction that wrote it; done twice it changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, require
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import readers, storing
from tanggap.posts.desk import CORRECTABLE
from tanggap.posts.learning.training import running
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction
from tanggap.understanding.reader import Reader

KIND = "read_stock"
PIECE = 200
_DEEP = "+dalam-"
READ = (
    "language", "sentiment", "intent", "topic", "urgency", "supervisory", "abusive", "spam", "area_code",
    "has_personal_data", "reading", "model",
)  # fmt: skip
"""The columns that a reading fills."""


def read_again(by: Member) -> work.Job:
    """This will start to read every post of the government again; Refusal while such a job runs."""
    require(by, "model.manage")
    if running(by.government_id, KIND):
        raise Refusal(_("Pembacaan ulang sedang berjalan. Jeda atau hentikan dulu yang itu."))
    return work.start(KIND, _("Baca ulang semua pesan"), by, government_id=by.government_id)


@work.job(KIND)
def run_reading_again(job: work.Job) -> Iterator[None]:
    """This will read the posts in pieces, oldest first; another reader in use meanwhile begins from the start."""
    assert job.government_id is not None
    with scope.government(job.government_id):
        last = job.cursor.get("last") or Post.objects.aggregate(models.Max("pk"))["pk__max"] or 0
        if job.total is None:
            job.total = _stock(0, last).count()
    cursor = {"after": 0, "model": "", **job.cursor, "last": last}
    while True:
        with transaction.atomic(), scope.government(job.government_id):
            reader = readers.reader_for(Government.objects.get(pk=job.government_id))
            if cursor["model"] != reader.deep_model:
                job.done, job.result = 0, {"changed": 0}
                cursor |= {"after": 0, "model": reader.deep_model}
            piece = list(_stock(cursor["after"], last).select_for_update(of=("self",)).order_by("pk")[:PIECE])
            if not piece:
                return
            changed = _read(piece, reader)
            cursor["after"] = piece[-1].pk
            job.result = {"changed": job.result.get("changed", 0) + changed}
            job.advance(done=len(piece), cursor=dict(cursor))
        yield


def _stock(after: int, last: int) -> models.QuerySet[Post]:
    return Post.objects.filter(pk__gt=after, pk__lte=last).exclude(text="")


def _read(posts: Sequence[Post], reader: Reader) -> int:
    """Reads a piece and writes the posts whose reading is another one; returns how many.

    What was read deeply when it came is read deeply again.
    """
    words = _officers_words(posts)
    deeply = [_DEEP in post.model for post in posts]
    readings = reader.read_within([post.text for post in posts], sum(deeply), deeply)
    changed = []
    for post, reading in zip(posts, readings, strict=True):
        before = [getattr(post, name) for name in READ]
        storing.put_reading(post, reading)
        for label, value in words[post.pk].items():
            setattr(post, label, value)
        if [getattr(post, name) for name in READ] != before:
            changed.append(post)
    _write(changed)
    return len(changed)


def _write(posts: Sequence[Post]) -> None:
    """One statement a piece: Django's bulk_update takes ten times as long for so many columns."""
    columns = [
        (str(field.column), field)
        for field in map(Post._meta.get_field, READ)
        if isinstance(field, models.Field)
    ]
    rows = orjson.dumps(
        [{"id": post.pk} | {name: getattr(post, name) for name, _field in columns} for post in posts]
    )
    types = ", ".join(f'"{name}" {field.db_type(connection)}' for name, field in columns)
    values = ", ".join(f'"{name}" = new."{name}"' for name, _field in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update posts_post set {values} from jsonb_to_recordset(%s::jsonb) as new(id bigint, {types}) "  # noqa: S608
            "where posts_post.id = new.id",
            [rows.decode()],
        )


def _officers_words(posts: Iterable[Post]) -> dict[int, dict[str, str]]:
    words: dict[int, dict[str, str]] = defaultdict(dict)
    rows: Any = Correction.objects.filter(post__in=[post.pk for post in posts], label__in=CORRECTABLE)
    for pk, label, after in rows.order_by("at", "id").values_list("post_id", "label", "after"):
        words[pk][label] = after
    return words
