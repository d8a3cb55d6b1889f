"""Very many posts in a moment: some go through the pipeline, the table is filled with their likenesses.

Times, desk states, offices and cases are spread as two years of a city's work leave them. Some words are planted,
because a search must be quick for rare, middling, common and bygone words alike.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.parts import deliveries
from tanggap.agencies.models import Government, Unit
from tanggap.channels.models import App, Channel
from tanggap.core import scope, work
from tanggap.posts.models import Post

DAYS = 730
RARE, MIDDLING, COMMON, BYGONE, ABSENT = "kleyang", "gludhug", "jalan", "obormalam", "xqzvw"
LIKENESSES = 2000
_RARE_POSTS = 20
_TABLES = ("posts_post", "cases_case", "cases_casepost")


def fill(owner: Government, app: App, many: int, seed: int) -> None:
    """This will give a government `many` posts over two years, three in ten with a case, all of them searchable."""
    likenesses = _likenesses(owner, app, seed)
    channels = _channels(owner, app)
    with connection.cursor() as cursor:
        indexes = _drop_indexes(cursor)
        _posts(cursor, owner, likenesses, channels, many, seed)
        _plant(cursor, owner, many)
        _cases(cursor, owner)
        for definition in indexes:
            cursor.execute(definition)


def settle() -> None:
    """This will do what autovacuum does on a table that has stood for a while."""
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"vacuum analyze {table}")


def _likenesses(owner: Government, app: App, seed: int) -> list[int]:
    """Posts that came through the pipeline, and were indexed; the many are made after them."""
    deliveries.receive(app.pk, LIKENESSES, seed)
    work.run("digest")
    work.run("search")
    with scope.government(owner.pk):
        return list(Post.objects.values_list("pk", flat=True))


def _channels(owner: Government, app: App) -> list[tuple[int, int]]:
    """Six channels with their offices: the first brings most of the posts, the others belong to single offices."""
    with scope.government(owner.pk):
        units = list(Unit.objects.exclude(parent=None).order_by("pk"))
        made = []
        for number, unit in enumerate(random.Random(owner.pk).sample(units, 6)):
            channel, _new = Channel.objects.get_or_create(
                key=f"akun-{number}",
                defaults={"government": owner, "platform": "webhook", "name": f"Akun {number}", "unit": unit,
                          "external_id": f"akun-{number}"},
            )  # fmt: skip
            made.append((channel.pk, channel.unit_id or unit.pk))
    return made


def _drop_indexes(cursor: Any) -> list[Any]:
    """Indexes are made anew at the end, which is several times quicker; unique ones stay, for they guard."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes where tablename = any(%s) and indexdef not like '%%UNIQUE%%'",
        [list[str](_TABLES)],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'drop index "{name}"')
    return [definition for _name, definition in found]


def _posts(
    cursor: Any,
    owner: Government,
    likenesses: list[int],
    channels: list[tuple[int, int]],
    many: int,
    seed: int,
) -> None:
    own = {
        "external_id": f"'{seed}-' || n", "thread": f"'{seed}-' || n", "in_reply_to": "''",
        "channel_id": "(%(channels)s::bigint[])[who]", "received_at": "at", "created_at": "at - interval '40 seconds'",
        "desk": _DESK, "opened_at": "case when age < 3 and luck < 0.6 then null else at + interval '2 hours' end",
        "units": "array[(%(offices)s::bigint[])[who]] || case when luck < 0.3 then array[(%(units)s::bigint[])"
                 "[1 + floor(%(many_units)s * shade)::int]] else '{}'::bigint[] end",
        "confidential": "luck > 0.99", "assignee_id": "null", "answered_at": "null", "snoozed_until": "null",
        "triage": "'complaint'", "history": "false",
    }  # fmt: skip
    kept = [str(field.column) for field in Post._meta.concrete_fields if field.column not in {"id", *own}]
    with scope.government(owner.pk):
        units = list(Unit.objects.order_by("pk").values_list("pk", flat=True))
    cursor.execute("select setseed(0.42)")
    cursor.execute(
        f"""
        insert into posts_post ({", ".join([*own, *kept])})
        select {", ".join([*own.values(), *(f"post.{name}" for name in kept)])}
        from (select n, %(now)s::timestamptz - age * interval '1 day' as at, age, luck, shade,
                     case when shade < 0.7 then 1 else 2 + floor(5 * luck)::int end as who,
                     (%(likenesses)s::bigint[])[1 + floor(%(kinds)s * likeness)::int] as pk
              from (select n, {DAYS} * power(random(), 1.3) as age, random() as luck, random() as shade,
                           random() as likeness
                    from generate_series(1, %(many)s) as n offset 0) as dice) as made
        join posts_post as post on post.id = made.pk
        order by at
        """,
        {
            "now": timezone.now(), "likenesses": likenesses, "kinds": len(likenesses), "many": many - len(likenesses),
            "channels": [pk for pk, _unit in channels], "offices": [unit for _pk, unit in channels],
            "units": units, "many_units": len(units),
        },
    )  # fmt: skip


_DESK = """case when age < 3 and luck < 0.7 then 'open' when luck < 0.01 then 'open' when luck < 0.03 then 'spam'
  when luck < 0.04 then 'snoozed' when luck < 0.12 then 'listening' else 'done' end"""


def _plant(cursor: Any, owner: Government, many: int) -> None:
    year_ago = timezone.now() - timedelta(days=365)
    _add_word(cursor, owner, RARE, _RARE_POSTS / many, None)
    _add_word(cursor, owner, MIDDLING, 0.005, None)
    _add_word(cursor, owner, BYGONE, 0.05, year_ago)


def _add_word(cursor: Any, owner: Government, word: str, share: float, before: datetime | None) -> None:
    cursor.execute(
        "update posts_post set text = text || ' ' || %s, search = search || to_tsvector('indonesian', %s) "
        "where government_id = %s and received_at < %s and id %% %s = 7",
        [word, word, owner.pk, before or timezone.now(), max(8, round(1 / share))],
    )


def _cases(cursor: Any, owner: Government) -> None:
    cursor.execute(
        """
        with chosen as (
            select id, received_at, topic, area_code, units, row_number() over () as number from posts_post
            where government_id = %(owner)s and id %% 10 < 3 and not exists (
                select from cases_casepost where post_id = posts_post.id)
        ), opened as (
            insert into cases_case (
                government_id, number, follow, title, summary, case_class, topic, urgency, area_code, place, secrecy,
                state, reason, history, routing, clock_start, due_at, due_why, due_provisional, opened_at, reminded,
                units, named)
            select %(owner)s, 'B' || id, md5(id::text), 'Jalan rusak', '', 'pengaduan', topic, 'normal', area_code, '',
                'public', 'selesai', '', false, '{}', received_at, received_at + interval '5 days', '', false,
                received_at, '', units, '{}'
            from chosen returning id, number)
        insert into cases_casepost (government_id, case_id, post_id, by, at)
        select %(owner)s, opened.id, substr(opened.number, 2)::bigint, 'system:triage', now() from opened
        """,
        {"owner": owner.pk},
    )
