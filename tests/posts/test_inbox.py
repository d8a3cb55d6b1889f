from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts import inbox
from tanggap.posts.inbox import Filters
from tests.city import NOW, a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO"), Role.OFFICER)


@pytest.fixture
def channel(officer: Member) -> Channel:
    return a_channel(officer.unit)


@pytest.fixture(autouse=True)
def inside(officer: Member):  # type: ignore[no-untyped-def]
    with scope.government(officer.government_id):
        yield


def texts(member: Member, **filters: str) -> list[str]:
    return [post.text for post in inbox.page(member, Filters(**filters), NOW).rows]


def test_newest_first_and_pages_that_new_arrivals_do_not_shift(channel: Channel, officer: Member) -> None:
    for number in range(7):
        # Two share each moment, so that the id must decide.
        a_post(channel, str(number), received_at=NOW + timedelta(minutes=number // 2))
    first = inbox.page(officer, Filters(), NOW, size=3)
    a_post(channel, "baru", received_at=NOW + timedelta(hours=1))
    second = inbox.page(officer, Filters(before=first.next), NOW, size=3)
    third = inbox.page(officer, Filters(before=second.next), NOW, size=3)
    assert [post.text for post in [*first.rows, *second.rows, *third.rows]] == [
        "6",
        "5",
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert not third.next


def test_views_and_filters(channel: Channel, officer: Member) -> None:
    a_post(channel, "a", sentiment="negative", area_code="34.71.01.1001")
    a_post(channel, "b", topic="", assignee=officer)
    a_post(channel, "c", urgency="emergency", kind="comment", opened_at=NOW)
    a_post(channel, "d", desk="done")
    a_post(channel, "e", desk="spam")
    assert texts(officer) == ["c", "b", "a"]
    assert texts(officer, view="milik_saya") == ["b"]
    assert texts(officer, view="belum_ditugaskan") == ["c", "a"]
    assert texts(officer, view="mendesak") == ["c"]
    assert texts(officer, view="komentar") == ["c"]
    assert texts(officer, view="selesai") == ["d"]
    assert texts(officer, view="spam") == ["e"]
    assert texts(officer, view="semua", sentiment="negative") == ["a"]
    assert texts(officer, topic="?") == ["b"]
    assert texts(officer, area="34.71.01") == ["a"]
    assert texts(officer, unread="1") == ["b", "a"]
    assert texts(officer, assignee=str(officer.pk)) == ["b"]
    assert inbox.counts(officer)["baru"] == 3


def test_days_are_the_governments_days(channel: Channel, officer: Member) -> None:
    late = NOW.replace(hour=17, minute=30)  # 00.30 WIB on the 24th
    a_post(channel, "malam", received_at=late)
    assert texts(officer, since="2026-11-24", until="2026-11-24") == ["malam"]
    assert texts(officer, until="2026-11-23") == []
    assert texts(officer, since="bukan tanggal") == ["malam"]


def test_posts_are_found_by_words_slang_and_author_a_step_later(channel: Channel, officer: Member) -> None:
    a_post(channel, "Lampu jalan mati di Kricak")
    a_post(channel, "Sampah udah seminggu blm diangkut")
    assert texts(officer, q="lampu") == []
    assert work.run("search") == 2
    assert texts(officer, q="lampu kricak") == ["Lampu jalan mati di Kricak"]
    assert texts(officer, q="sampah belum") == ["Sampah udah seminggu blm diangkut"]
    assert texts(officer, q="lampu -kricak") == []


@pytest.mark.fault(57)
def test_another_office_and_another_government_see_nothing(channel: Channel, officer: Member) -> None:
    a_post(channel, "milik kominfo")
    stranger = a_member(a_unit(officer.government, "DLH"), Role.OFFICER)
    leader = a_member(stranger.unit, Role.LEADER)
    assert texts(stranger, view="semua") == []
    assert texts(leader, view="semua") == ["milik kominfo"]
    elsewhere = a_member(a_unit(a_government("99.72"), "X"), Role.COORDINATOR)
    with scope.government(elsewhere.government_id):
        assert texts(elsewhere, view="semua") == []


@given(st.dictionaries(st.sampled_from([*Filters.__slots__, "lain"]), st.text(max_size=300)))
def test_filters_go_into_an_address_and_back(values: dict[str, str]) -> None:
    from urllib.parse import parse_qs

    made = Filters.from_query(values)
    address = {name: found[0] for name, found in parse_qs(made.as_query(), keep_blank_values=True).items()}
    assert Filters.from_query(address) == made


@pytest.mark.parametrize("query", ["'", "a & | !", '"', "(((", "\\", ":*", "x" * 5000, "-", "\0", "<->"])
def test_no_search_words_break_the_query(channel: Channel, officer: Member, query: str) -> None:
    a_post(channel, "x")
    texts(officer, q=query)
