"""The log of deliveries: everything that came, filtered, looked into on record, read again, put aside, taken out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.models import App, Channel
from tanggap.core import work
from tanggap.core.audit import Entry
from tanggap.posts import raw_log
from tanggap.posts.models import Post, RawItem, RawState
from tests.city import a_channel, a_government, a_member, a_unit, hear

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def admin(desk: Unit) -> Member:
    return a_member(desk, Role.ADMINISTRATOR)


@pytest.fixture
def chief(admin: Member, as_member: As) -> Client:
    return as_member(admin)


def raw(
    channel: Channel | None = None, state: str = RawState.DIGESTED, days: float = 0, **more: object
) -> RawItem:
    whole = {"source": "hook", "body": b'{"token": "rahasia-123", "text": "NIK 3471010101900001"}', **more}
    received = timezone.now() - timedelta(days=days)
    return RawItem.objects.create(channel=channel, state=state, received_at=received, **whole)


def shown(chief: Client, **query: str) -> str:
    return chief.get(reverse("channels_log"), query).content.decode()


def listed(chief: Client, **query: str) -> set[int]:
    page = shown(chief, **query)
    return {one.pk for one in RawItem.objects.all() if f'value="{one.pk}"' in page}


def test_only_who_may_read_raw_bodies_comes_in(client: Client, channel: Channel) -> None:
    one = raw(channel)
    for name, args in [("channels_log", []), ("channels_log_export", []), ("channels_raw_item", [one.pk])]:
        assert client.get(reverse(name, args=args)).status_code == 403
    for name in ("channels_log_again", "channels_log_aside"):
        assert client.post(reverse(name), {"ids": [str(one.pk)], "reason": "x"}).status_code == 403


def test_filters_by_state_source_channel_date_reason_and_number(
    chief: Client, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    app = App.objects.create(key="sendiri", platform="scripted", name="Sendiri")
    apart = a_channel(desk, app=app)
    old = raw(channel, days=10)
    failed = raw(other, RawState.FAILED, reason="ValueError: aneh", source="fetch")
    of_app = raw(app=app)
    assert listed(chief) == {old.pk, failed.pk, of_app.pk}
    assert listed(chief, state="failed") == {failed.pk}
    assert listed(chief, source="fetch") == {failed.pk}
    assert listed(chief, channel=channel.key) == {old.pk}
    assert listed(chief, channel=apart.key) == {of_app.pk}
    today = timezone.localdate()
    assert listed(chief, since=(today - timedelta(days=1)).isoformat()) == {failed.pk, of_app.pk}
    assert listed(chief, until=(today - timedelta(days=5)).isoformat()) == {old.pk}
    assert listed(chief, q="aneh") == {failed.pk}
    assert listed(chief, q=str(old.pk)) == {old.pk}
    assert "Tidak ada kiriman yang cocok" in shown(chief, q="tidak ada itu")
    assert listed(chief, state="nonsense", since="32-13-2026", before="x" * 30) == {
        old.pk,
        failed.pk,
        of_app.pk,
    }


def test_pages_go_on_by_number(chief: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_log, "PAGE", 2)
    ids = [raw(channel).pk for _ in range(5)]
    assert listed(chief) == set(ids[3:])
    assert f"before={ids[3]}" in shown(chief)
    assert listed(chief, before=str(ids[3])) == set(ids[1:3])
    assert listed(chief, before=str(ids[1])) == {ids[0]}


def test_others_deliveries_are_missing(chief: Client, channel: Channel) -> None:
    foreign = raw(a_channel(a_unit(a_government("34.71", "Kota Lain"), "ASING")))
    raw(channel)
    assert foreign.pk not in listed(chief)
    assert chief.get(reverse("channels_raw_item", args=[foreign.pk])).status_code == 404
    chief.post(reverse("channels_log_aside"), {"ids": [str(foreign.pk)], "reason": "salah"})
    foreign.refresh_from_db()
    assert foreign.state == RawState.DIGESTED


def test_one_delivery_shows_covered_headers_and_body_its_posts_and_goes_on_record(
    chief: Client, admin: Member, channel: Channel
) -> None:
    one = hear(channel, "Jalan rusak")
    RawItem.objects.filter(pk=one.pk).update(headers={"user-agent": "uji/1", "x-hub-signature": "abc123"})
    work.run("digest")
    post = Post.objects.get()
    page = chief.get(reverse("channels_raw_item", args=[one.pk])).content.decode()
    assert reverse("thread", args=[post.pk]) in page
    assert "user-agent: uji/1" in page
    assert "abc123" not in page
    assert Entry.objects.filter(action="raw.look", actor=admin.audit_name).count() == 1


def test_chosen_ones_are_read_again_and_put_aside_with_a_reason(chief: Client, channel: Channel) -> None:
    one, two = raw(channel), raw(channel, RawState.FAILED, reason="x")
    assert chief.post(reverse("channels_log_again")).status_code == 422
    chief.post(reverse("channels_log_again"), {"ids": [str(one.pk)]})
    refused = chief.post(reverse("channels_log_aside"), {"ids": [str(two.pk)], "reason": " "})
    assert refused.status_code == 422
    assert "Tulis alasan" in refused.content.decode()
    chief.post(reverse("channels_log_aside"), {"ids": [str(two.pk)], "reason": "kiriman palsu"})
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.state == RawState.RECEIVED
    assert (two.state, two.reason) == (RawState.QUARANTINED, "kiriman palsu")
    assert Entry.objects.filter(action="raw.quarantine").count() == 1


def test_all_of_a_filter_is_read_again_as_a_job_where_there_are_many(
    chief: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_log, "AT_ONCE", 2)
    many = [raw(channel, RawState.FAILED, reason="rusak") for _ in range(5)]
    left = raw(channel)
    chief.post(reverse("channels_log_again"), {"all": "1", "state": "failed"})
    later = raw(channel, RawState.FAILED, reason="rusak")
    work.run("jobs")
    job = work.Job.objects.get(kind="raw_again")
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    states = dict(RawItem.objects.values_list("pk", "state"))
    assert {states[one.pk] for one in many} == {RawState.RECEIVED}
    assert (states[left.pk], states[later.pk]) == (RawState.DIGESTED, RawState.FAILED)


def test_a_file_of_the_filter_holds_no_secret_and_no_number_of_a_person(
    chief: Client, channel: Channel
) -> None:
    one = raw(channel, headers={"authorization": "Bearer abc"})
    raw(channel, RawState.FAILED, reason="lain")
    answer = chief.get(reverse("channels_log_export"), {"state": "digested"})
    (line,) = b"".join(answer.streaming_content).splitlines()  # type: ignore[attr-defined]
    assert json.loads(line)["id"] == one.pk
    for secret in (b"rahasia-123", b"3471010101900001", b"Bearer"):
        assert secret not in line
    assert Entry.objects.get(action="raw.export").fields == {"count": 1}


def test_an_empty_log_says_what_will_come_and_the_rule_stands_there(chief: Client) -> None:
    page = shown(chief)
    assert "Belum ada kiriman" in page
    assert "90 hari" in page
    assert "365 hari" in page
