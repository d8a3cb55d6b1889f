"""The demo's accounts on all simulated platforms: an app each, connected as an administrator would, once."""

from __future__ import annotations

import pytest
from django.test import override_settings

from tanggap.agencies.models import Role
from tanggap.channels.connector import all_connectors
from tanggap.channels.models import App, Channel, Health
from tanggap.config.demo_accounts import connect_all
from tanggap.core import scope
from tanggap.simulator.platforms import all_simulated
from tanggap.simulator.platforms.serving import Town
from tests.city import a_government, a_member, a_unit

LOCAL = "http://127.0.0.1:8000"


@pytest.mark.django_db
def test_every_simulated_platform_is_connected_through_an_app_of_its_own() -> None:
    owner = a_government()
    # Nothing is said, so nothing is delivered there; Telegram must be told of the address.
    hooks = {name: f"{LOCAL}/hooks/sim-{name}" for name, one in all_simulated().items() if one.has_hooks}
    made = [one() for one in all_simulated().values()]
    with override_settings(TANGGAP_URL=LOCAL), Town(made, hooks=hooks) as town, scope.government(owner.pk):
        unit = a_unit(owner, "diskominfo")
        by = a_member(unit, Role.ADMINISTRATOR)
        channels = connect_all(by, town.state(), unit=unit, named="Kota Contoh")
        again = connect_all(by, town.state(), unit=unit, named="Kota Contoh")
    assert channels.keys() == all_simulated().keys() & all_connectors().keys()
    assert {key: one.pk for key, one in again.items()} == {key: one.pk for key, one in channels.items()}
    for platform, channel in channels.items():
        app = App.objects.get(key=f"sim-{platform}")
        assert (channel.app_id, channel.health, channel.unit_id) == (app.pk, Health.OK, unit.pk)
        assert (app.api_base, app.trusted_base) == (town.base(platform), True)
        assert app.secrets == ["simulated-app-secret"]
        assert channel.name.endswith("Kota Contoh")
    with scope.government(owner.pk):
        assert Channel.objects.count() == len(channels)


@pytest.mark.django_db
def test_what_has_no_connector_is_left_out() -> None:
    owner = a_government()
    with Town([all_simulated()["facebook"]()]) as town, scope.government(owner.pk):
        by = a_member(a_unit(owner, "diskominfo"), Role.ADMINISTRATOR)
        assert connect_all(by, {**town.state(), "faksimile": {}}).keys() == {"facebook"}
