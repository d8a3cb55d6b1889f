"""The calendar's pages: what stands where, moved with an undo and asked about in doubt, set by coordinators."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.publishing import silence
from tanggap.publishing.models import Approval, Publication, PublicationState, Recurrence, SilentPeriod, Slot
from tanggap.publishing.schedule import ics, slots
from tests.city import a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")
TEXT = "Pilah sampah dari rumah: organik di ember hijau."
Fields = dict[str, Any]


@pytest.fixture
def coming() -> datetime:
    """A Monday at eight, at least eight days ahead."""
    day = timezone.now().astimezone(WIB).date() + timedelta(days=8)
    return datetime.combine(day + timedelta(days=-day.weekday() % 7), time(8), tzinfo=WIB)


@pytest.fixture
def boss(coordinator: Member, as_member: Callable[[Member], Client]) -> Client:
    return as_member(coordinator)


def at(moment: datetime, view: str = "month", **more: Any) -> Fields:
    return {"view": view, "date": f"{moment.astimezone(WIB):%Y-%m-%d}", **more}


def moved(one: Publication) -> datetime | None:
    one.refresh_from_db()
    return one.due_at.astimezone(WIB) if one.due_at else None


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_every_view_shows_what_is_planned_and_what_surrounds_it(
    client: Client,
    officer: Member,
    channel: Channel,
    coordinator: Member,
    coming: datetime,
    view: str,
    inside: None,
) -> None:
    a_publication(officer, channel, text=TEXT, title="Pilah sampah", due_at=coming)
    a_publication(officer, channel, text=TEXT, title="Sudah tertunda lama")
    silence.declare(coordinator, silence.Wish("Duka kota", "mourning", coming, coming + timedelta(hours=4)))
    page = client.get(reverse("calendar"), at(coming, view)).content.decode()
    for said in (
        "Pilah sampah",
        "08.00",
        "Duka kota",
        "Sudah tertunda lama",
        "WIB (Asia/Jakarta)",
        "akan ditahan",
    ):
        assert said in page


def test_holidays_and_commemorations_stand_on_their_days(client: Client, inside: None) -> None:
    page = client.get(reverse("calendar"), {"view": "agenda", "date": "2026-12-20"}).content.decode()
    assert "Hari Raya Natal" in page
    assert "Hari Ibu" in page
    month = client.get(reverse("calendar"), {"view": "month", "date": "2026-12-01"}).content.decode()
    day = month[month.index('data-day="2026-12-09"') :].split("</td>")[0]
    assert "Hari Antikorupsi Sedunia" in day
    assert "belum diverifikasi" in day


def test_a_phone_begins_with_the_agenda(client: Client, inside: None) -> None:
    page = client.get(reverse("calendar"), headers={"user-agent": "Mozilla/5.0 (Android 15; Mobile)"})
    assert 'class="cal-agenda"' in page.content.decode() or "cal-empty" in page.content.decode()
    assert "cal-month" not in page.content.decode()


def test_the_address_says_what_is_left_out(
    client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
) -> None:
    other = a_channel(officer.unit)
    a_publication(officer, channel, text=TEXT, title="Yang satu", due_at=coming)
    a_publication(
        officer, other, text=TEXT, title="Yang lain", kind="agenda", due_at=coming + timedelta(days=1)
    )
    for asked in ({"channel": channel.pk}, {"kind": "information"}):
        page = client.get(reverse("calendar"), at(coming, **asked)).content.decode()
        assert "Yang satu" in page
        assert "Yang lain" not in page
    nothing = client.get(reverse("calendar"), at(coming, unit=10**9)).content.decode()
    assert "Tidak ada konten yang cocok" in nothing
    for wrong in ({"date": "kemarin", "view": "x"}, {"channel": "9" * 40}, {"date": "9999-12-31"}):
        assert client.get(reverse("calendar"), wrong).status_code == 200


def test_conflicts_are_named_in_words_and_hide_other_offices(
    client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
) -> None:
    other = a_member(a_unit(officer.government, "DLH"))
    a_publication(officer, channel, text=TEXT, title="Punya kita", due_at=coming)
    a_publication(other, channel, text="Uji.", title="Rahasia DLH", due_at=coming + timedelta(minutes=10))
    a_publication(other, a_channel(other.unit), text="Uji.", title="Juga DLH", due_at=coming)
    page = client.get(reverse("calendar"), at(coming)).content.decode()
    assert "Hanya 10 menit dari konten DLH di Akun resmi." in page
    assert "Pada menit yang sama dengan konten DLH." in page
    assert "Rahasia DLH" not in page
    assert "Juga DLH" not in page


def test_a_service_notice_on_a_holiday_is_pointed_out(
    client: Client, officer: Member, channel: Channel, inside: None
) -> None:
    christmas = datetime(2026, 12, 25, 9, tzinfo=WIB)
    a_publication(officer, channel, text=TEXT, kind="service", due_at=christmas)
    assert (
        "pastikan layanan yang diumumkan memang buka"
        in client.get(reverse("calendar"), at(christmas)).content.decode()
    )


def test_what_is_past_and_not_out_is_late(
    client: Client, officer: Member, channel: Channel, inside: None
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    one = a_publication(officer, channel, text=TEXT)
    Publication.objects.filter(pk=one.pk).update(due_at=yesterday)
    page = client.get(reverse("calendar"), at(yesterday)).content.decode()
    assert "Lewat waktu, belum terbit" in page
    assert "1 konten lewat waktunya" in page


class TestMove:
    def test_by_drag_keeps_the_hour_and_the_approval_and_is_undone(
        self,
        client: Client,
        officer: Member,
        coordinator: Member,
        channel: Channel,
        coming: datetime,
        inside: None,
    ) -> None:
        one = agreed(
            a_publication(officer, channel, text=TEXT, due_at=coming), a_member(officer.unit, Role.LEADER)
        )
        day = (coming + timedelta(days=2)).date().isoformat()
        answer = client.post(
            reverse("calendar_move", args=[one.pk]),
            {"date": day, "drag": "1"},
            headers={"hx-request": "true"},
        )
        assert answer.status_code == 204
        assert moved(one) == coming + timedelta(days=2)
        assert one.state == PublicationState.APPROVED
        assert Approval.objects.get().voided_at is None
        told = json.loads(answer.headers["HX-Trigger"])
        assert told["calendar"] is True
        undone = client.post(
            reverse("undo"), {"token": told["toast"]["undo"]}, headers={"hx-request": "true"}
        )
        assert undone.status_code == 204
        assert moved(one) == coming

    def test_by_the_form_without_a_script(
        self, client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
    ) -> None:
        one = a_publication(officer, channel, text=TEXT)
        form = client.get(reverse("calendar_move", args=[one.pk])).content.decode()
        assert "Ke slot kosong berikutnya" in form
        sent = {"date": f"{coming:%Y-%m-%d}", "time": "10:15"}
        assert client.post(reverse("calendar_move", args=[one.pk]), sent).status_code == 302
        assert moved(one) == coming.replace(hour=10, minute=15)

    def test_a_greeting_on_the_wrong_day_is_asked_about(
        self, client: Client, officer: Member, channel: Channel, inside: None
    ) -> None:
        day = timezone.now().astimezone(WIB).date()
        right = datetime(day.year + 1, 11, 25, 8, tzinfo=WIB)
        text = "Selamat Hari Guru Nasional untuk semua guru di kota kita."
        one = a_publication(officer, channel, text=text, kind="greeting", due_at=right)
        sent = {"date": f"{right.year}-06-07", "time": "08:00"}
        asked = client.post(reverse("calendar_move", args=[one.pk]), sent, headers={"hx-request": "true"})
        assert asked.status_code == 200
        assert asked.headers["HX-Retarget"] == "#calendar-dialog"
        assert "Pindahkan juga" in asked.content.decode()
        assert moved(one) == right
        sure = re.search(r'name="sure" value="([^"]+)"', asked.content.decode())
        assert sure is not None
        other_day = {**sent, "date": f"{right.year}-06-08", "sure": sure[1]}
        assert client.post(reverse("calendar_move", args=[one.pk]), other_day).status_code == 422
        client.post(reverse("calendar_move", args=[one.pk]), {**sent, "sure": sure[1]})
        assert moved(one) == datetime(right.year, 6, 7, 8, tzinfo=WIB)

    def test_past_moments_and_nonsense_are_refused_with_the_typed_kept(
        self, client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
    ) -> None:
        one = a_publication(officer, channel, text=TEXT, due_at=coming)
        address = reverse("calendar_move", args=[one.pk])
        past = client.post(address, {"date": "2020-01-01", "time": "08:00"})
        assert past.status_code == 422
        assert 'value="2020-01-01"' in past.content.decode()
        assert client.post(address, {"date": "x", "time": "y"}).status_code == 422
        assert moved(one) == coming

    def test_to_a_slot_and_back_to_no_day(
        self, client: Client, officer: Member, coordinator: Member, channel: Channel, inside: None
    ) -> None:
        slots.define(coordinator, channel, [(day, time(9, 30)) for day in range(7)])
        one = a_publication(officer, channel, text=TEXT)
        address = reverse("calendar_move", args=[one.pk])
        client.post(address, {"do": "slot", "date": "", "time": ""})
        found = moved(one)
        assert found is not None
        assert found.time() == time(9, 30)
        client.post(address, {"do": "none", "drag": "1"})
        assert moved(one) is None

    def test_other_offices_and_readers_do_not_move(
        self,
        officer: Member,
        channel: Channel,
        coming: datetime,
        as_member: Callable[[Member], Client],
        inside: None,
    ) -> None:
        one = a_publication(officer, channel, text=TEXT, due_at=coming)
        sent = {"date": f"{coming:%Y-%m-%d}", "time": "11:00"}
        stranger = as_member(a_member(a_unit(officer.government, "LAIN")))
        assert stranger.post(reverse("calendar_move", args=[one.pk]), sent).status_code == 404
        reader = as_member(a_member(officer.unit, Role.VIEWER))
        assert reader.post(reverse("calendar_move", args=[one.pk]), sent).status_code == 403
        assert "data-mover" not in reader.get(reverse("calendar"), at(coming)).content.decode()
        assert moved(one) == coming


def test_a_draft_begins_from_a_commemoration(client: Client, inside: None) -> None:
    answer = client.post(reverse("calendar_begin"), {"date": "2027-11-25", "key": "guru"})
    made = Publication.objects.get()
    assert answer.headers["Location"] == reverse("publication", args=[made.pk])
    assert (made.title, made.kind) == ("Hari Guru Nasional", "greeting")
    assert moved(made) == datetime(2027, 11, 25, 8, tzinfo=WIB)


class TestSettings:
    def test_a_silence_is_declared_changed_and_lifted(self, boss: Client, inside: None) -> None:
        typed = {
            "name": "Duka", "kind": "mourning", "starts_at": "2026-12-01T08:00", "ends_at": "2026-12-03T08:00",
            "but": ["warning", "service"], "reason": "Wafatnya tokoh",
        }  # fmt: skip
        assert boss.post(reverse("calendar_silences"), typed).status_code == 302
        made = SilentPeriod.objects.get()
        assert (made.but, made.starts_at) == (["service", "warning"], datetime(2026, 12, 1, 8, tzinfo=WIB))
        wrong = boss.post(
            reverse("calendar_silence", args=[made.pk]), {**typed, "ends_at": "2026-11-01T08:00"}
        )
        assert wrong.status_code == 422
        assert "Akhirnya harus sesudah" in wrong.content.decode()
        boss.post(reverse("calendar_silence", args=[made.pk]), {**typed, "name": "Duka nasional"})
        made.refresh_from_db()
        assert made.name == "Duka nasional"
        boss.post(reverse("calendar_silence_lift", args=[made.pk]))
        made.refresh_from_db()
        assert made.lifted_at is not None
        assert "Dicabut" in boss.get(reverse("calendar_silences")).content.decode()

    def test_slots_are_typed_as_people_write_hours(
        self, boss: Client, channel: Channel, inside: None
    ) -> None:
        typed = {"channel": channel.pk, "day-0": "8.00, 16:30", "day-4": "09.15"}
        assert boss.post(reverse("calendar_slots"), typed).status_code == 302
        assert set(Slot.objects.values_list("weekday", "at")) == {
            (0, time(8)),
            (0, time(16, 30)),
            (4, time(9, 15)),
        }
        wrong = boss.post(reverse("calendar_slots"), {**typed, "day-2": "pagi"})
        assert wrong.status_code == 422
        assert "bukan jam" in wrong.content.decode()
        assert 'value="pagi"' in wrong.content.decode()

    def test_officers_set_neither(self, client: Client, inside: None) -> None:
        assert client.get(reverse("calendar_silences")).status_code == 403
        assert client.get(reverse("calendar_slots")).status_code == 403

    def test_a_repetition_is_set_in_words(
        self, client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
    ) -> None:
        one = a_publication(officer, channel, text=TEXT)
        typed = {
            "every": "week",
            "apart": "1",
            "weekdays": ["0"],
            "first": f"{coming:%Y-%m-%d}",
            "time": "08:00",
        }
        said = client.get(reverse("calendar_repeat_words"), typed).content.decode()
        assert "setiap Senin pukul 08.00" in said
        address = reverse("calendar_repeat", args=[one.pk])
        assert client.post(address, typed).status_code == 302
        assert Recurrence.objects.get().next_at == coming
        page = client.get(address).content.decode()
        assert "Terbit setiap Senin pukul 08.00." in page
        assert "Dijeda" in page, "it is not approved yet"
        wrong = client.post(address, {**typed, "weekdays": [], "apart": "99"})
        assert wrong.status_code == 422
        calendar = client.get(reverse("calendar"), at(coming + timedelta(days=7), "week")).content.decode()
        assert "Pengulangan dijeda" in calendar
        client.post(reverse("calendar_repeat_end", args=[one.pk]))
        assert not Recurrence.objects.exists()

    def test_too_little_data_is_said(self, client: Client, channel: Channel, inside: None) -> None:
        page = client.get(reverse("calendar_best")).content.decode()
        assert page.count("Belum cukup data") == 2


class TestFeed:
    def test_the_link_is_shown_once_and_works_without_a_log_in(
        self, client: Client, officer: Member, channel: Channel, coming: datetime, inside: None
    ) -> None:
        a_publication(officer, channel, text=TEXT, title="Pilah sampah", due_at=coming)
        page = client.post(reverse("calendar_feed")).content.decode()
        link = re.search(r'value="(http[^"]+\.ics)"', page)
        assert link is not None
        assert link[1] not in client.get(reverse("calendar_feed")).content.decode()
        path = link[1].removeprefix("http://testserver")
        answer = Client().get(path)
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert b"Pilah sampah" in answer.content
        assert b"organik" not in answer.content
        assert "no-store" in answer.headers["Cache-Control"]
        client.post(reverse("calendar_feed_end"))
        assert Client().get(path).status_code == 404

    def test_an_unknown_link_is_not_found_and_nothing_is_written_by_it(
        self, town: object, inside: None
    ) -> None:
        address = reverse("calendar_ics", args=["tgp_tidakada"])
        assert Client().get(address).status_code == 404
        assert Client().post(address).status_code == 405

    def test_a_reader_of_another_government_sees_the_holders(
        self,
        client: Client,
        officer: Member,
        channel: Channel,
        coming: datetime,
        as_member: Callable[[Member], Client],
        inside: None,
    ) -> None:
        a_publication(officer, channel, text=TEXT, title="Milik kota ini", due_at=coming)
        address = reverse("calendar_ics", args=[ics.make_link(officer)])
        other = a_government("99.72", "Kota Lain")
        with scope.government(other.pk):
            stranger = a_member(a_unit(other, "LAIN"))
        assert b"Milik kota ini" in as_member(stranger).get(address).content
