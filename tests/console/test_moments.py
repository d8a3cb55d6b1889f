"""Times as the screens say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from tanggap.agencies.models import Government
from tanggap.console import moments

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))  # a Monday
TOWN = Government(code="99.71", name="Kota Uji", timezone="Asia/Jakarta", file={"calendar": "lima-hari"})


@pytest.fixture(autouse=True)
def in_jakarta() -> object:
    with timezone.override("Asia/Jakarta"):
        yield


@pytest.mark.parametrize(
    ("before", "indonesian", "english"),
    [
        (timedelta(seconds=20), "baru saja", "just now"),
        (timedelta(minutes=1), "1 menit lalu", "1 minute ago"),
        (timedelta(minutes=12), "12 menit lalu", "12 minutes ago"),
        (timedelta(hours=3), "3 jam lalu", "3 hours ago"),
        (timedelta(hours=20), "kemarin 13.00", "yesterday 13:00"),
        (timedelta(days=3), "Jumat 09.00", "Friday 09:00"),
        (timedelta(days=20), "3 Nov", "3 Nov"),
        (timedelta(days=400), "19 Okt 2025", "19 Oct 2025"),
    ],
)
def test_ago(before: timedelta, indonesian: str, english: str) -> None:
    for language, said in (("id", indonesian), ("en", english)):
        with translation.override(language):
            assert moments.ago(NOW - before, NOW) == said


@pytest.mark.parametrize(
    ("at", "tone", "text"),
    [
        (NOW + timedelta(minutes=40), "soon", "40 menit lagi"),
        (NOW + timedelta(hours=3), "soon", "3 jam lagi"),
        (NOW + timedelta(days=4, hours=7), "", "4 hari kerja lagi"),
        (NOW + timedelta(days=7, hours=7), "", "5 hari kerja lagi"),
        (NOW - timedelta(hours=2), "late", "terlambat 2 jam"),
        (NOW - timedelta(days=4), "late", "terlambat 2 hari kerja"),
    ],
)
def test_a_deadline_counts_working_days(at: datetime, tone: str, text: str) -> None:
    said = moments.due(at, NOW, TOWN)
    assert (said.tone, said.text) == (tone, text)


def test_a_deadline_in_full_has_its_zone() -> None:
    said = moments.due(NOW.replace(hour=16), NOW, TOWN)
    assert said.full == "Senin, 23 November 2026 pukul 16.00 WIB"
    with timezone.override("Asia/Makassar"):
        assert moments.full(datetime(2026, 11, 23, 8, 0, tzinfo=UTC)).endswith("pukul 16.00 WITA")


def test_a_paused_or_finished_deadline_is_never_late() -> None:
    late = NOW - timedelta(days=3)
    assert moments.due(late, NOW, TOWN, paused=True).tone == "paused"
    assert moments.due(late, NOW, TOWN, done=True).tone == "done"


@pytest.mark.parametrize(("minutes", "text"), [(0, "baru"), (5, "5 mnt"), (130, "2 j"), (3000, "2 hr")])
def test_age(minutes: int, text: str) -> None:
    assert moments.age(NOW - timedelta(minutes=minutes), NOW) == text
