"""`status --json` holds what outside programs count on, and `doctor` sees what is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tanggap.channels.models import App, Channel
from tanggap.config import examining, standing
from tanggap.core import audit, scope, work
from tanggap.posts.models import RawItem
from tests import city

pytestmark = pytest.mark.django_db


def _raw(age: timedelta = timedelta(0), **fields: object) -> RawItem:
    unit = city.a_unit(city.a_government(), "diskominfo")
    channel = city.a_channel(unit, platform="import")
    return RawItem.objects.create(
        source="import", channel=channel, body=b"{}", received_at=timezone.now() - age, **fields
    )  # type: ignore[misc]


def test_status_has_every_key_of_the_contract() -> None:
    _raw(timedelta(seconds=90))
    found = standing.collect(timezone.now())
    assert {"received", "digested", "failed"} <= found["raw_items"].keys()
    assert found["raw_items"]["received"] == 1
    assert found["posts"] == 0
    assert {"baru", "selesai"} <= found["cases"].keys()
    assert {"waiting", "sent", "unknown"} <= found["deliveries"].keys()
    assert {"key", "platform", "health", "last_sync"} <= found["channels"][0].keys()
    steps = {one["name"]: one for one in found["steps"]}
    assert steps.keys() == work.STEPS.keys()
    assert steps["digest"]["due"] == 1
    assert 89 < steps["digest"]["oldest_seconds"] < 200
    assert "digest" in standing.as_text(found)


def _found(subject: str) -> list[tuple[str, str]]:
    seen = examining.examine(Path(settings.TANGGAP_DATA), timezone.now())
    return [(one.state, one.text) for one in seen if one.subject == subject]


def test_the_doctor_sees_a_step_that_is_behind() -> None:
    _raw(timedelta(hours=1))
    assert any(state == "bad" and "digest" in text for state, text in _found("work"))


def test_the_doctor_sees_a_channel_in_trouble() -> None:
    unit = city.a_unit(city.a_government(), "diskominfo")
    city.a_channel(unit, health="needs_login", health_text="Token dicabut.")
    assert any(state == "bad" and "Token dicabut." in text for state, text in _found("channels"))


def test_the_doctor_sees_secrets_that_no_key_opens() -> None:
    App.objects.create(key="lama", platform="webhook", name="lama")
    with connection.cursor() as cursor:
        cursor.execute("update channels_app set secrets = 'gAAAAABnothing'")
    ((state, text),) = _found("keys")
    assert state == "bad"
    assert "lama" in text


@pytest.mark.fault(72)
def test_the_doctor_sees_a_changed_audit_entry() -> None:
    government = city.a_government()
    with transaction.atomic():
        audit.record("test.deed", government, audit.System("test"))
    audit.seal()
    assert _found("audit record")[0][0] == "ok"
    with connection.cursor() as cursor:
        cursor.execute("alter table core_entry disable trigger entry_only_grows")
        cursor.execute("update core_entry set action = 'test.other'")
    ((state, text),) = _found("audit record")
    assert state == "bad"
    assert "changed after it was sealed" in text


def test_the_doctor_tells_until_when_holidays_are_known() -> None:
    city.a_government("34.71")
    ((state, text),) = _found("calendar")
    assert state in {"ok", "hint"}
    assert "34.71" in text
    assert "-12-31" in text


def test_a_channel_that_is_closed_is_not_listed() -> None:
    unit = city.a_unit(city.a_government(), "diskominfo")
    channel = city.a_channel(unit)
    with scope.government(unit.government_id):
        Channel.objects.filter(pk=channel.pk).update(closed_at=timezone.now())
    assert standing.collect(timezone.now())["channels"] == []
