"""Medians with their interval: right by order statistics, silent where there is too little, unknown is not zero."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tanggap.agencies.models import Member, Role
from tanggap.core import scope, work
from tanggap.publishing.models import Delivery, Figures
from tanggap.publishing.schedule import best_times
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")


class TestMedian:
    def test_the_interval_is_that_of_the_tables(self) -> None:
        # order statistics at 95 %: n=6 -> 1..6, n=10 -> 2..9, n=20 -> 6..15, n=30 -> 10..21
        for n, low, high in ((6, 1, 6), (10, 2, 9), (20, 6, 15), (30, 10, 21)):
            found = best_times.measure([float(value) for value in range(1, n + 1)])
            assert found is not None
            assert (found.low, found.high, found.n) == (low, high, n)

    def test_too_few_values_have_none(self) -> None:
        assert best_times.measure([1.0] * 5) is None

    @given(st.lists(st.floats(0, 1e6), min_size=6, max_size=80))
    def test_the_median_lies_within(self, values: list[float]) -> None:
        found = best_times.measure(values)
        assert found is not None
        assert found.low <= found.middle <= found.high

    def test_it_holds_the_true_median_as_often_as_it_says(self) -> None:
        draw = random.Random(7)
        held = 0
        for _try in range(600):
            found = best_times.measure([draw.expovariate(1) for _ in range(20)])
            assert found is not None
            held += found.low <= 0.6931 <= found.high
        assert held / 600 >= 0.93


class TestAnswer:
    def test_under_thirty_nothing_is_said(self) -> None:
        found = best_times.by_hour((8, float(value)) for value in range(29))
        assert (found.enough, found.best) == (False, [])

    def test_the_best_hours_come_first_and_clearness_needs_apart_intervals(self) -> None:
        low = [(19, float(value)) for value in range(15)]
        found = best_times.by_hour([*low, *((8, 100.0 + value) for value in range(15))])
        assert [one.hour for one in found.best] == [8, 19]
        assert found.clear
        assert not best_times.by_hour([*low, *((8, 1.0 + value) for value in range(15))]).clear

    def test_an_hour_with_few_values_is_shown_without_a_median(self) -> None:
        found = best_times.by_hour([*((8, 1.0) for _ in range(30)), (22, 500.0)])
        assert [one.hour for one in found.best] == [8]
        assert found.hours[-1].measured is None

    def test_days_on_which_nobody_wrote_count_as_none(self) -> None:
        first = date(2026, 11, 1)
        counts = {(first + timedelta(days=at), 9): 10 for at in range(20)}
        found = best_times.activity(counts, first, first + timedelta(days=19))
        assert found.n == 200
        assert found.best[0].hour == 9
        quiet = best_times.activity({(first, 9): 40}, first, first + timedelta(days=19))
        assert quiet.hours[9].measured is not None
        assert quiet.hours[9].measured.middle == 0


@pytest.mark.django_db
class TestFigures:
    @pytest.fixture
    def boss(self) -> Iterator[Member]:
        Scripted.answers, Scripted.sent = [], []
        boss = a_member(a_unit(a_government(), "KOM"), Role.LEADER)
        with scope.government(boss.government_id):
            yield boss

    def test_the_last_numbers_of_each_post_count_and_unknown_ones_do_not(self, boss: Member) -> None:
        channel, writer = a_channel(boss.unit), a_member(boss.unit)
        for _ in range(2):
            agreed(a_publication(writer, channel, text="Pilah sampah dari rumah."), boss)
        work.run("send")
        first, second = Delivery.objects.order_by("pk")
        at = datetime(2026, 11, 20, 12, 30, tzinfo=WIB)
        Delivery.objects.update(sent_at=at)
        for row, day, numbers in (
            (first, 20, {"likes": 1, "comments": 1}), (first, 21, {"likes": 4, "shares": 2, "views": 900}),
            (second, 20, {"views": 70}),
        ):  # fmt: skip
            Figures.objects.create(delivery=row, day=date(2026, 11, day), at=timezone.now(), numbers=numbers)
        now = datetime(2026, 11, 22, tzinfo=WIB)
        assert best_times.interactions(channel.pk, now, WIB) == [(12, 6.0)]
        assert best_times.interactions(a_channel(boss.unit).pk, now, WIB) == []
