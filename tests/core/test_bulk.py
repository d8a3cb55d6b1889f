from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tanggap.agencies.models import Government
from tanggap.core import bulk, scope
from tanggap.core.audit import Entry
from tanggap.people.models import Handle
from tanggap.posts.models import DeskState, Post
from tests.city import NOW, a_channel, a_government, a_post, a_unit

pytestmark = pytest.mark.django_db
KEY = ("government_id", "platform", "external_id")


@pytest.fixture
def city() -> Iterator[Government]:
    made = a_government()
    with scope.government(made.pk):
        yield made


def a_handle(city: Government, name: str) -> Handle:
    return bulk.make(Handle, government_id=city.pk, platform="x", external_id=name, first_seen_at=NOW)


def test_a_made_row_is_what_the_constructor_makes() -> None:
    values = {"government_id": 7, "platform": "x", "external_id": "1", "channel_id": 3, "created_at": NOW}
    made, built = bulk.make(Post, **values), Post(**values)
    names = [field.attname for field in Post._meta.concrete_fields]
    assert {name: getattr(made, name) for name in names} == {name: getattr(built, name) for name in names}
    assert made._state.adding
    assert bulk.make(Post).media is not bulk.make(Post).media


def test_a_name_that_is_no_column_is_refused() -> None:
    with pytest.raises(TypeError, match="channel"):
        bulk.make(Post, channel=None)


def test_merge_returns_only_what_was_not_there(city: Government) -> None:
    bulk.copy([a_handle(city, "b")])
    new = bulk.merge([a_handle(city, name) for name in "cab"], KEY)
    assert sorted(one.external_id for one in new) == ["a", "c"]
    assert {one.pk for one in new} < set(Handle.objects.values_list("pk", flat=True))
    assert sorted(Handle.objects.values_list("external_id", flat=True)) == ["a", "b", "c"]
    assert bulk.merge([a_handle(city, "a")], KEY) == []
    assert bulk.merge([], KEY) == []


def test_merge_twice_in_one_transaction(city: Government) -> None:
    """The stage is emptied in between, also where the table met a conflict before."""
    bulk.copy([a_handle(city, "a")])
    for names in ("ab", "abc", "cd"):
        bulk.merge([a_handle(city, name) for name in names], KEY)
    assert sorted(Handle.objects.values_list("external_id", flat=True)) == ["a", "b", "c", "d"]


def test_an_error_of_copy_is_one_of_djangos(city: Government) -> None:
    bulk.copy([a_handle(city, "a")])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.copy([a_handle(city, "a")])


@pytest.mark.fault(43)
@pytest.mark.parametrize(
    "text",
    [
        "a\tb\nc\rd",
        "\\N",
        "\\.",
        "\\u0000",
        "C:\\new\\table",
        "\u202etfel\u200b",
        "Z\u0301\u0302",
        "🙏",
        "'; drop--",
    ],
)
def test_text_comes_back_as_it_went_in(city: Government, text: str) -> None:
    post = a_post(a_channel(a_unit(city, "A")), "x")
    copied = bulk.make(
        Post, government_id=city.pk, platform="x", external_id=text, channel_id=post.channel_id, kind="mention",
        text=text, thread=text, created_at=NOW, received_at=NOW, desk=DeskState.DONE, units=[1, 2**40],
        reading={"said": text}, media=[text], metrics={text: 1}, location=None,
    )  # fmt: skip
    bulk.copy([copied])
    found = Post.objects.get(pk=copied.pk)
    assert (found.text, found.external_id, found.desk) == (text, text, "done")
    assert (found.reading, found.media, found.metrics, found.location) == (
        {"said": text},
        [text],
        {text: 1},
        None,
    )
    assert (found.units, found.named, found.search) == ([1, 2**40], [], None)


@pytest.mark.fault(43)
def test_what_postgresql_cannot_hold_is_replaced(city: Government) -> None:
    assert bulk.clean("a\0b\ud800c") == "a\ufffdb\ufffdc"
    entry = bulk.make(
        Entry, government_id=city.pk, at=NOW, actor="a", action="b", target_kind="c", target_id="d",
        fields={"nul\0": "x\0y", "half": "\ud83d", "many": 2**80, "escaped": "\\u0000", "both": "\\\0"},
    )  # fmt: skip
    bulk.copy([entry])
    kept = Entry.objects.get(pk=entry.pk).fields
    assert kept["nul\ufffd"] == "x\ufffdy"
    assert kept["half"] == "\ufffd"
    assert kept["many"] == 2**80
    assert kept["both"] == "\\\ufffd"


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_is_text_that_postgresql_takes(text: str) -> None:
    cleaned = bulk.clean(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert bulk.clean(cleaned) == cleaned


def test_ids_come_from_the_sequence_and_stay(city: Government) -> None:
    rows = [a_handle(city, str(number)) for number in range(3)]
    rows[1].pk = 10_000_000
    bulk.give_ids(rows)
    assert rows[1].pk == 10_000_000
    assert len({row.pk for row in rows}) == 3
    with connection.cursor() as cursor:
        cursor.execute("select last_value from people_handle_id_seq")
        assert cursor.fetchone()[0] >= max(rows[0].pk, rows[2].pk)


def test_the_collector_is_put_back_also_after_an_error() -> None:
    def stumble() -> None:
        with bulk.without_collector():
            assert not gc.isenabled()
            raise ValueError

    with pytest.raises(ValueError):
        stumble()
    assert gc.isenabled()
