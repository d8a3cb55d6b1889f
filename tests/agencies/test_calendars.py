"""Due dates worked out by hand against the decrees of 2026 and 2027, and properties that hold everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lokal.holidays import get_holidays

from tanggap.agencies import calendar_file
from tanggap.agencies.calendars import Calendar, CalendarError, Due, LocalHoliday, Override, Pause
from tanggap.agencies.national_holidays import national_holidays

FIVE = calendar_file.load("lima-hari", "Asia/Jakarta")
SIX = calendar_file.load("enam-hari", "Asia/Jakarta")
CITY = calendar_file.load("tirtakencana", "Asia/Jakarta")
WITA = calendar_file.load("lima-hari", "Asia/Makassar")
WIT = calendar_file.load("lima-hari", "Asia/Jayapura")


def at(text: str, calendar: Calendar = FIVE) -> datetime:
    """Read a moment; without a zone it is the calendar's."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


def add(
    calendar: Calendar, start: str, n: int, unit: str, lang: str = "id", pauses: tuple[Pause, ...] = ()
) -> Due:
    return getattr(calendar, f"add_{unit}")(at(start, calendar), n, lang=lang, pauses=pauses)  # type: ignore[no-any-return]


# Worked out on paper: weekday by weekday with the decreed holidays beside it.
WORKDAYS = [
    # An ordinary week, weekend starts
    ("2026-11-20T10:00", 5, "2026-11-27T16:30"),
    ("2026-11-21T10:00", 1, "2026-11-23T16:00"),
    ("2026-11-22T23:59", 3, "2026-11-25T16:00"),
    ("2026-11-23T06:00", 1, "2026-11-24T16:00"),
    ("2026-11-23T10:00", 14, "2026-12-11T16:30"),
    # Christmas and the turn of the years 2025-2028
    ("2026-12-23T10:00", 1, "2026-12-28T16:00"),
    ("2026-12-23T10:00", 3, "2026-12-30T16:00"),
    ("2026-12-24T10:00", 1, "2026-12-28T16:00"),
    ("2026-12-30T10:00", 1, "2026-12-31T16:00"),
    ("2026-12-30T10:00", 2, "2027-01-04T16:00"),
    ("2026-12-30T10:00", 3, "2027-01-06T16:00"),
    ("2025-12-24T10:00", 1, "2025-12-29T16:00"),
    ("2025-12-31T10:00", 1, "2026-01-02T16:30"),
    ("2027-12-23T10:00", 1, "2027-12-27T16:00"),
    ("2027-12-31T10:00", 1, "2028-01-03T16:00"),
    # 2026 by the decree
    ("2026-01-15T10:00", 1, "2026-01-19T16:00"),
    ("2026-02-13T10:00", 1, "2026-02-18T16:00"),
    ("2026-04-02T10:00", 1, "2026-04-06T16:00"),
    ("2026-04-30T10:00", 1, "2026-05-04T16:00"),
    ("2026-05-13T10:00", 1, "2026-05-18T16:00"),
    ("2026-05-25T10:00", 3, "2026-06-02T16:00"),
    ("2026-05-29T10:00", 1, "2026-06-02T16:00"),
    ("2026-06-15T10:00", 1, "2026-06-17T16:00"),
    ("2026-08-14T10:00", 1, "2026-08-18T16:00"),
    ("2026-08-14T10:00", 5, "2026-08-24T16:00"),
    ("2026-08-14T10:00", 6, "2026-08-26T16:00"),
    ("2026-08-24T10:00", 60, "2026-11-17T16:00"),
    # Ramadan hours and the long leave of Nyepi and Idul Fitri
    ("2026-02-13T10:00", 2, "2026-02-19T15:00"),
    ("2026-02-13T10:00", 3, "2026-02-20T15:30"),
    ("2026-03-16T10:00", 1, "2026-03-17T15:00"),
    ("2026-03-16T10:00", 2, "2026-03-25T16:00"),
    ("2026-03-17T10:00", 1, "2026-03-25T16:00"),
    ("2026-03-13T10:00", 5, "2026-03-27T16:30"),
    # 2027 by the decree
    ("2027-02-04T10:00", 1, "2027-02-08T15:00"),
    ("2027-03-05T10:00", 1, "2027-03-16T16:00"),
    ("2027-03-04T10:00", 1, "2027-03-05T15:30"),
    ("2027-03-04T10:00", 2, "2027-03-16T16:00"),
    ("2027-03-24T10:00", 1, "2027-03-29T16:00"),
    ("2027-04-30T10:00", 1, "2027-05-03T16:00"),
    ("2027-05-05T10:00", 1, "2027-05-07T16:30"),
    ("2027-05-14T10:00", 1, "2027-05-21T16:30"),
    ("2027-05-14T10:00", 2, "2027-05-24T16:00"),
    ("2027-05-31T10:00", 1, "2027-06-02T16:00"),
    ("2027-08-16T10:00", 1, "2027-08-18T16:00"),
    # Leap day
    ("2028-02-24T10:00", 1, "2028-02-25T15:30"),
    ("2028-02-25T10:00", 1, "2028-02-29T16:00"),
    ("2028-02-28T10:00", 2, "2028-03-01T16:00"),
    ("2028-02-29T10:00", 1, "2028-03-01T16:00"),
]
OTHER_CALENDARS = [
    (SIX, "2026-11-20T10:00", 1, "2026-11-21T15:30"),
    (SIX, "2026-11-21T10:00", 1, "2026-11-23T14:30"),
    (SIX, "2026-11-20T10:00", 5, "2026-11-26T14:30"),
    (SIX, "2026-12-23T10:00", 1, "2026-12-26T15:30"),
    (SIX, "2027-02-05T10:00", 1, "2027-02-08T14:15"),
    (SIX, "2026-11-26T10:00", 1, "2026-11-27T11:30"),
    (CITY, "2026-11-20T10:15", 5, "2026-11-30T16:00"),
    (CITY, "2026-11-25T10:00", 1, "2026-11-27T16:30"),
    (CITY, "2027-11-24T10:00", 2, "2027-11-29T16:00"),
    # One moment, three zones: Sunday late in Jakarta is Monday already further east.
    (FIVE, "2026-11-22T16:30+00:00", 1, "2026-11-23T16:00"),
    (WITA, "2026-11-22T16:30+00:00", 1, "2026-11-24T16:00"),
    (WIT, "2026-11-22T16:30+00:00", 1, "2026-11-24T16:00"),
    (WIT, "2026-12-31T15:30+00:00", 1, "2027-01-04T16:00"),
]
WORKHOURS = [
    (FIVE, "2026-11-23T09:00", 2, "2026-11-23T11:00"),
    (FIVE, "2026-11-23T11:00", 1, "2026-11-23T12:00"),
    (FIVE, "2026-11-23T11:00", 2, "2026-11-23T14:00"),
    (FIVE, "2026-11-23T12:30", 1, "2026-11-23T14:00"),
    (FIVE, "2026-11-23T15:30", 1, "2026-11-24T08:00"),
    (FIVE, "2026-11-23T06:00", 1, "2026-11-23T08:30"),
    (FIVE, "2026-11-20T10:00", 5, "2026-11-20T16:30"),
    (FIVE, "2026-11-20T10:00", 6, "2026-11-23T08:30"),
    (FIVE, "2026-11-20T11:00", 1, "2026-11-20T13:30"),
    (FIVE, "2026-11-20T10:15", 20, "2026-11-25T07:45"),
    (FIVE, "2026-11-21T12:00", 1, "2026-11-23T08:30"),
    (FIVE, "2026-12-23T15:00", 2, "2026-12-28T08:30"),
    (FIVE, "2026-12-31T15:00", 3, "2027-01-04T09:30"),
    (FIVE, "2026-02-19T08:00", 6, "2026-02-19T14:30"),
    (FIVE, "2026-02-19T14:00", 2, "2026-02-20T09:00"),
    (FIVE, "2026-02-20T11:00", 1, "2026-02-20T13:00"),
    (FIVE, "2028-02-29T15:00", 2, "2028-03-01T08:30"),
    (WITA, "2026-11-23T00:00+00:00", 3, "2026-11-23T11:00"),
    (WIT, "2026-11-23T00:00+00:00", 3, "2026-11-23T12:00"),
]
CLOCK = [
    ("hours", "2026-11-20T10:00", 48, "2026-11-22T10:00"),
    ("hours", "2028-02-28T12:00", 24, "2028-02-29T12:00"),
    ("hours", "2027-02-28T12:00", 24, "2027-03-01T12:00"),
    ("hours", "2026-12-31T23:00", 2, "2027-01-01T01:00"),
    ("days", "2026-11-20T10:00", 30, "2026-12-20T10:00"),
    ("days", "2028-02-28T09:00", 1, "2028-02-29T09:00"),
    ("days", "2028-02-29T09:00", 366, "2029-03-01T09:00"),
]


@pytest.mark.parametrize(("start", "n", "due"), WORKDAYS)
def test_workdays(start: str, n: int, due: str) -> None:
    assert add(FIVE, start, n, "workdays").at == at(due)


@pytest.mark.parametrize(("calendar", "start", "n", "due"), OTHER_CALENDARS)
def test_workdays_of_other_calendars_and_zones(calendar: Calendar, start: str, n: int, due: str) -> None:
    assert add(calendar, start, n, "workdays").at == at(due, calendar)


@pytest.mark.parametrize(("calendar", "start", "n", "due"), WORKHOURS)
def test_workhours(calendar: Calendar, start: str, n: int, due: str) -> None:
    assert add(calendar, start, n, "workhours").at == at(due, calendar)


@pytest.mark.parametrize(("unit", "start", "n", "due"), CLOCK)
def test_clock_hours_and_calendar_days_know_no_holiday(unit: str, start: str, n: int, due: str) -> None:
    found = add(FIVE, start, n, unit)
    assert found.at == at(due)
    assert not found.provisional


@pytest.mark.parametrize("year", [2026, 2027])
def test_both_holiday_sources_agree(year: int) -> None:
    assert set(national_holidays(year)) == {
        date.fromisoformat(day.date) for day in get_holidays(year).holidays
    }


def test_weekly_hours_are_those_of_the_presidential_regulation() -> None:
    def hours(calendar: Calendar, weekly: object) -> float:
        return sum(block.end - block.start for day in weekly for block in day) / 60  # type: ignore[attr-defined]

    for calendar in (FIVE, SIX):
        assert hours(calendar, calendar.weekly) == 37.5
        assert {hours(calendar, season.weekly) for season in calendar.seasons} == {32.5}
        assert not calendar.verified


@pytest.mark.parametrize("season", [season for season in FIVE.seasons if season.first.year >= 2026])
def test_ramadan_ends_on_the_eve_of_idul_fitri(season: object) -> None:
    after = season.last + timedelta(days=1)  # type: ignore[attr-defined]
    assert "Idul Fitri" in national_holidays(after.year)[after].name


class TestWords:
    def test_explains_itself_in_indonesian(self) -> None:
        assert add(CITY, "2026-11-20T10:15", 5, "workdays").why == (
            "5 hari kerja sejak Jumat, 20 November 2026; hari pertama Senin, 23 November 2026; "
            "libur: Kamis, 26 November 2026 (Hari Jadi Kota Tirtakencana); akhir pekan: 4 hari; "
            "jatuh Senin, 30 November 2026 pukul 16.00 WIB."
        )

    def test_explains_itself_in_english(self) -> None:
        assert add(WITA, "2026-12-23T10:00", 1, "workdays", "en").why == (
            "1 working day from Wednesday, 23 December 2026; day one is Monday, 28 December 2026; "
            "holidays: Thursday, 24 December 2026 (Christmas Joint Holiday), "
            "Friday, 25 December 2026 (Christmas Day); weekend days: 2; "
            "due Monday, 28 December 2026 at 16:00 WITA."
        )

    def test_a_holiday_on_a_weekend_is_not_named(self) -> None:
        # 31 May 2026 (Waisak) is a Sunday.
        why = add(FIVE, "2026-05-29T10:00", 1, "workdays").why
        assert "Waisak" not in why
        assert "Hari Lahir Pancasila" in why

    @pytest.mark.parametrize(("calendar", "label"), [(FIVE, "WIB"), (WITA, "WITA"), (WIT, "WIT")])
    def test_names_the_zone(self, calendar: Calendar, label: str) -> None:
        assert add(calendar, "2026-11-20T10:00", 3, "hours").why.endswith(f"pukul 13.00 {label}.")

    def test_steps_tell_each_day(self) -> None:
        steps = add(FIVE, "2026-12-23T10:00", 1, "workdays").steps
        assert [(step.day.day, step.kind) for step in steps] == [
            (24, "holiday"),
            (25, "holiday"),
            (26, "off"),
            (27, "off"),
            (28, "work"),
        ]
        assert steps[0].why == "Cuti Bersama Hari Raya Natal"


class TestProvisional:
    @pytest.mark.parametrize(
        ("start", "n", "reason"),
        [
            ("2027-12-31T10:00", 1, "cuti bersama 2028 belum ditetapkan"),
            ("2027-03-05T10:00", 1, "Hari Raya Idul Fitri (Rabu, 10 Maret 2027) masih perkiraan"),
            ("2027-02-08T10:00", 1, "Ramadan 2027 masih perkiraan"),
            ("2028-04-10T10:00", 1, "cuti bersama 2028 belum ditetapkan"),
        ],
    )
    def test_says_what_is_not_decided(self, start: str, n: int, reason: str) -> None:
        due = add(FIVE, start, n, "workdays")
        assert due.provisional
        assert reason in due.why

    @pytest.mark.parametrize("start", ["2026-11-20T10:00", "2027-06-02T10:00", "2019-06-10T10:00"])
    def test_decided_dates_are_not_provisional(self, start: str) -> None:
        due = add(FIVE, start, 5, "workdays")
        assert not due.provisional
        assert "Sementara" not in due.why

    def test_ramadan_hours_on_the_way_do_not_matter_to_working_days(self) -> None:
        assert "Ramadan" not in add(FIVE, "2027-02-08T10:00", 30, "workdays").why
        assert "Ramadan" in add(FIVE, "2027-02-08T10:00", 300, "workhours").why


class TestPauses:
    def pause(self, since: str, until: str) -> Pause:
        return Pause(at(since), at(until))

    @pytest.mark.parametrize(
        ("since", "until", "due"),
        [
            (
                "2026-11-24T10:00",
                "2026-11-26T14:00",
                "2026-12-01T16:00",
            ),  # the evenings of 24 and 25 are lost
            ("2026-11-24T10:00", "2026-11-24T11:00", "2026-11-27T16:30"),  # over within the day
            ("2026-11-27T15:00", "2026-11-30T09:00", "2026-11-30T16:00"),  # paused on the due day
            ("2026-11-27T16:31", "2026-12-30T09:00", "2026-11-27T16:30"),  # after the end
            ("2026-11-21T08:00", "2026-11-22T09:00", "2026-11-27T16:30"),  # over a weekend
        ],
    )
    def test_working_days(self, since: str, until: str, due: str) -> None:
        found = add(FIVE, "2026-11-20T10:00", 5, "workdays", pauses=(self.pause(since, until),))
        assert found.at == at(due)

    @pytest.mark.parametrize(
        ("unit", "n", "due"),
        [
            ("hours", 48, "2026-11-22T14:00"),
            ("days", 3, "2026-11-23T14:00"),
            ("workhours", 2, "2026-11-20T16:00"),
            ("workhours", 5, "2026-11-23T10:00"),
        ],
    )
    def test_the_clock_stands_still(self, unit: str, n: int, due: str) -> None:
        # Two overlapping pauses, one of them seen from another zone: 11.00 to 15.00 WIB in all.
        pauses = (
            self.pause("2026-11-20T11:00", "2026-11-20T14:00"),
            self.pause("2026-11-20T05:30+00:00", "2026-11-20T15:00"),
        )
        found = add(FIVE, "2026-11-20T10:00", n, unit, pauses=pauses)
        assert found.at == at(due)

    def test_is_told(self) -> None:
        found = add(
            FIVE,
            "2026-11-20T10:00",
            5,
            "workdays",
            pauses=(self.pause("2026-11-24T10:00", "2026-11-26T14:00"),),
        )
        assert "jeda menunggu warga Selasa, 24 November 2026 pukul 10.00 WIB s.d. Kamis, 26" in found.why
        later = add(
            FIVE, "2026-11-20T10:00", 1, "hours", pauses=(self.pause("2026-11-24T10:00", "2026-11-26T14:00"),)
        )
        assert "jeda" not in later.why

    def test_that_ends_before_it_begins_counts_nothing(self) -> None:
        found = add(
            FIVE,
            "2026-11-20T10:00",
            48,
            "hours",
            pauses=(self.pause("2026-11-21T10:00", "2026-11-20T10:00"),),
        )
        assert found.at == at("2026-11-22T10:00")


class TestOverrides:
    def test_a_holiday_can_be_worked(self) -> None:
        calendar = replace(FIVE, overrides=(Override(date(2026, 12, 24), None, "Pelayanan tetap buka"),))
        assert add(calendar, "2026-12-23T10:00", 1, "workdays").at == at("2026-12-24T16:00")

    def test_a_day_can_have_its_own_hours_or_none(self) -> None:
        half = Override(date(2026, 11, 24), FIVE.weekly[0][:1], "Pulang cepat")
        shut = Override(date(2026, 11, 23), (), "Listrik padam")
        due = add(replace(FIVE, overrides=(half, shut)), "2026-11-20T10:00", 1, "workdays")
        assert due.at == at("2026-11-24T12:00")
        assert "Senin, 23 November 2026 (Listrik padam)" in due.why

    def test_days_off_from_an_administrator(self) -> None:
        calendar = calendar_file.with_local_holidays(FIVE, {date(2026, 11, 23): "Pilkades"})
        assert add(calendar, "2026-11-20T10:00", 1, "workdays").at == at("2026-11-24T16:00")
        assert FIVE.is_working_day(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        ("2026-12-23", "2026-12-28", 1),
        ("2026-12-28", "2026-12-23", -1),
        ("2026-11-20", "2026-11-27", 5),
        ("2026-11-20", "2026-11-20", 0),
        ("2026-12-31", "2027-12-31", 242),  # 261 weekdays, 19 of them off by the decree
    ],
)
def test_workdays_between(after: str, until: str, days: int) -> None:
    assert FIVE.workdays_between(date.fromisoformat(after), date.fromisoformat(until)) == days


@pytest.mark.parametrize(
    ("start", "n", "says"),
    [
        (datetime(2026, 11, 20, 10), 1, "tanpa zona"),  # noqa: DTZ001
        (datetime(2026, 11, 20, 10, tzinfo=UTC), 0, "mulai dari 1"),
        (datetime(9999, 12, 31, tzinfo=UTC), 1, "Tahun 9999"),
        (datetime(1, 1, 1, tzinfo=UTC), 1, "Tahun 1 "),
    ],
)
def test_says_what_it_cannot_reckon(start: datetime, n: int, says: str) -> None:
    for add_unit in (FIVE.add_workdays, FIVE.add_workhours, FIVE.add_hours, FIVE.add_days):
        with pytest.raises(CalendarError, match=says):
            add_unit(start, n)


def test_a_calendar_without_working_time_ends_the_search() -> None:
    with pytest.raises(CalendarError, match="cukup waktu kerja"):
        add(replace(FIVE, weekly=((),) * 7, seasons=()), "2026-11-20T10:00", 1, "workdays")


moments = st.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
calendars = st.sampled_from([FIVE, SIX, CITY, WITA, WIT])
units = st.sampled_from(["workdays", "workhours"])
days = st.dates(date(2020, 1, 1), date(2033, 12, 31))


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 40), calendars, units, days)
def test_a_holiday_more_never_brings_a_due_date_forward(
    start: datetime, n: int, calendar: Calendar, unit: str, day: date
) -> None:
    more = replace(
        calendar,
        local_holidays=(*calendar.local_holidays, LocalHoliday(day.month, day.day, None, "Libur", "Off")),
    )
    assert getattr(more, f"add_{unit}")(start, n).at >= getattr(calendar, f"add_{unit}")(start, n).at


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 40), calendars)
def test_workdays_end_with_the_last_block_of_a_working_day(
    start: datetime, n: int, calendar: Calendar
) -> None:
    due = calendar.add_workdays(start, n).at
    last = calendar.blocks(due.date())[-1]
    assert due.hour * 60 + due.minute == last.end
    assert calendar.workdays_between(start.astimezone(calendar.zone).date(), due.date()) == n


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 60), calendars)
def test_workhours_end_within_a_block_and_fill_exactly(start: datetime, n: int, calendar: Calendar) -> None:
    due = calendar.add_workhours(start, n).at
    begin = start.astimezone(calendar.zone)
    minute = due.hour * 60 + due.minute + due.second / 60 + due.microsecond / 6e7
    assert any(block.start < minute <= block.end for block in calendar.blocks(due.date()))
    worked = timedelta()
    day = begin.date()
    while day <= due.date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
        for block in calendar.blocks(day):
            since = max(begin, midnight + timedelta(minutes=block.start))
            until = min(due, midnight + timedelta(minutes=block.end))
            worked += max(until - since, timedelta())
        day += timedelta(days=1)
    assert worked == timedelta(hours=n)


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 39), calendars, st.sampled_from(["workdays", "workhours", "hours", "days"]))
def test_more_is_later(start: datetime, n: int, calendar: Calendar, unit: str) -> None:
    add_unit = getattr(calendar, f"add_{unit}")
    assert start < add_unit(start, n).at < add_unit(start, n + 1).at


@settings(max_examples=60, deadline=None)
@given(
    moments,
    st.integers(1, 20),
    calendars,
    st.sampled_from(["workdays", "workhours", "hours", "days"]),
    st.data(),
)
def test_a_pause_never_brings_a_due_date_forward(
    start: datetime, n: int, calendar: Calendar, unit: str, data: st.DataObject
) -> None:
    since = start + timedelta(hours=data.draw(st.integers(0, 400)))
    pause = Pause(since, since + timedelta(hours=data.draw(st.integers(1, 400))))
    add_unit = getattr(calendar, f"add_{unit}")
    due = add_unit(start, n, pauses=(pause,)).at
    assert due >= add_unit(start, n).at
    assert not pause.since < due < pause.until
