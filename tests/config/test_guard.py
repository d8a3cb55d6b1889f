"""Production refuses demo accounts, debug mode and a key that others know."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tanggap.config import guard
from tanggap.core.refusal import Refusal
from tests import city

pytestmark = pytest.mark.django_db
GOOD = "k9f2-Lq8xw_0ZtR4mN7vB1cX5sD3gH6jP"


def _town(*, demo: bool) -> None:
    government = city.a_government("99.71" if demo else "34.71")
    government.is_demo = demo
    government.save(update_fields=["is_demo"])
    city.a_member(city.a_unit(government, "diskominfo"))


@pytest.fixture(autouse=True)
def _real(settings: Settings) -> None:
    settings.TANGGAP_DEMO, settings.DEBUG, settings.SECRET_KEY = False, False, GOOD
    settings.TANGGAP_URL = "https://tanggap.example.go.id"


def test_a_real_installation_starts() -> None:
    _town(demo=False)
    guard.refuse_unsafe()


def test_demo_accounts_are_refused() -> None:
    _town(demo=True)
    with pytest.raises(Refusal, match="1 demo account"):
        guard.refuse_unsafe()


def test_the_demo_starts_with_demo_accounts(settings: Settings) -> None:
    settings.TANGGAP_DEMO, settings.TANGGAP_URL = True, "http://127.0.0.1:8000"
    _town(demo=True)
    guard.refuse_unsafe()


def test_the_demo_is_refused_beside_real_work(settings: Settings) -> None:
    settings.TANGGAP_DEMO, settings.TANGGAP_URL = True, "http://127.0.0.1:8000"
    _town(demo=False)
    with pytest.raises(Refusal, match="a folder of its own"):
        guard.refuse_unsafe()


def test_the_demo_is_never_served_in_public(settings: Settings) -> None:
    settings.TANGGAP_DEMO = True
    with pytest.raises(Refusal, match="must not be served"):
        guard.refuse_unsafe()


def test_debug_is_refused(settings: Settings) -> None:
    settings.DEBUG = True
    with pytest.raises(Refusal, match="TANGGAP_DEBUG"):
        guard.refuse_unsafe()


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + GOOD, "changeme" * 8])
def test_a_weak_key_is_refused(key: str, settings: Settings) -> None:
    settings.SECRET_KEY = key
    with pytest.raises(Refusal, match="TANGGAP_SECRET_KEY"):
        guard.refuse_unsafe()
