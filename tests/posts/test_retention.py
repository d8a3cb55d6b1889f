"""Raw deliveries are forgotten when their government's time is over, and only then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.channels.models import App
from tanggap.core import audit, work
from tanggap.posts.models import RawItem, RawState
from tanggap.posts.retention import TROUBLE
from tests import city

pytestmark = pytest.mark.django_db


def _raw(days: float, state: str = RawState.DIGESTED, **owner: object) -> RawItem:
    received = timezone.now() - timedelta(days=days)
    return RawItem.objects.create(source="hook", body=b"{}", received_at=received, state=state, **owner)


def _left() -> set[int]:
    work.run("forget_raw")
    return set(RawItem.objects.values_list("pk", flat=True))


def test_only_what_is_older_than_the_governments_days_goes() -> None:
    government = city.a_government()
    government.raw_days = 10
    government.save(update_fields=["raw_days"])
    channel = city.a_channel(city.a_unit(government, "diskominfo"))
    old, new = _raw(10.1, channel=channel), _raw(9.9, channel=channel)
    assert _left() == {new.pk}
    entry = audit.Entry.objects.get(action="raw.forget")
    assert (entry.government_id, entry.fields) == (government.pk, {"count": 1})
    assert old.pk is not None


def test_an_apps_delivery_stays_as_long_as_its_most_patient_government_asks() -> None:
    app = App.objects.create(key="bersama", platform="webhook", name="bersama")
    for code, days in (("34.71", 10), ("32.76", 50)):
        government = city.a_government(code)
        government.raw_days = days
        government.save(update_fields=["raw_days"])
        city.a_channel(city.a_unit(government, "diskominfo"), app=app)
    _raw(51, app=app)
    kept = _raw(49, app=app)
    assert _left() == {kept.pk}


def test_without_any_channel_ninety_days_count() -> None:
    app = App.objects.create(key="sepi", platform="webhook", name="sepi")
    _raw(91, app=app)
    kept = _raw(89, app=app)
    assert _left() == {kept.pk}


def test_what_waits_to_be_read_is_never_forgotten() -> None:
    channel = city.a_channel(city.a_unit(city.a_government(), "diskominfo"))
    kept = _raw(5000, RawState.RECEIVED, channel=channel)
    assert _left() == {kept.pk}


@pytest.mark.parametrize("state", [RawState.FAILED, RawState.QUARANTINED])
@pytest.mark.parametrize(("days", "kept_days"), [(10, 365), (90, 365), (100, 400)])
def test_what_could_not_be_read_is_kept_longer_but_not_for_ever(
    state: str, days: int, kept_days: int
) -> None:
    government = city.a_government()
    government.raw_days = days
    government.save(update_fields=["raw_days"])
    channel = city.a_channel(city.a_unit(government, "diskominfo"))
    assert TROUBLE.days(days) == kept_days
    _raw(kept_days + 1, state, channel=channel)
    kept = _raw(kept_days - 1, state, channel=channel)
    assert _left() == {kept.pk}
    assert TROUBLE.why
