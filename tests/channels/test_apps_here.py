"""Developer apps: made by one government, seen and changed by nobody else's administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels import apps_here
from tanggap.channels.models import App
from tanggap.core import scope
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.posts.models import RawItem
from tests.city import NOW, a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Iterator[Member]:
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


@pytest.fixture
def stranger() -> Member:
    return a_member(a_unit(a_government("34.71", "Kota Lain"), "ASING"), Role.ADMINISTRATOR)


def registered(by: Member, **more: str) -> App:
    values = {"platform": "meta", "name": "Meta kota", "client_id": "c1", "client_secret": "s1"} | more
    return apps_here.register(by, **values)


def test_an_app_signs_with_its_client_s_secret_unless_told_otherwise(admin: Member) -> None:
    app = registered(admin)
    assert (app.client, app.secrets) == ({"id": "c1", "secret": "s1"}, ["s1"])
    assert app.verify_token
    assert not app.api_base
    assert registered(admin, secret="lain").secrets == ["lain"]
    entry = Entry.objects.filter(action="app.add").first()
    assert entry is not None
    assert "s1" not in str(entry.fields)


@pytest.mark.parametrize("left_out", ["name", "client_id", "client_secret", "platform"])
def test_what_is_missing_is_said_at_its_field(admin: Member, left_out: str) -> None:
    with pytest.raises(Refusal) as refusal:
        registered(admin, **{left_out: " "})
    assert refusal.value.field == left_out
    assert not App.objects.exists()


def test_rotating_keeps_the_old_secret_for_a_week(admin: Member) -> None:
    app = registered(admin)
    apps_here.rotate(app, admin, " baru ")
    app.refresh_from_db()
    assert app.secrets == ["baru", "s1"]
    assert app.older_until is not None
    assert timedelta(days=6) < app.older_until - timezone.now() <= timedelta(days=7)
    for secret, words in (("baru", "sudah dipakai"), ("", "belum diisi")):
        with pytest.raises(Refusal, match=words):
            apps_here.rotate(app, admin, secret)


def test_changing_keeps_a_secret_that_is_left_empty(admin: Member) -> None:
    app = registered(admin)
    apps_here.change(app, admin, name="Baru", client_id="c2")
    app.refresh_from_db()
    assert (app.name, app.client, app.secrets) == ("Baru", {"id": "c2", "secret": "s1"}, ["s1"])
    assert Entry.objects.get(action="app.change").fields == {"changed": ["id"]}


@pytest.mark.fault(57)
@pytest.mark.fault(58)
def test_another_government_s_app_is_missing(admin: Member, stranger: Member) -> None:
    with scope.government(stranger.government_id):
        theirs = registered(stranger)
    assert apps_here.visible(admin) == []
    assert apps_here.usable(admin, "meta") == []
    with pytest.raises(App.DoesNotExist):
        apps_here.find(admin, theirs.key)
    deeds: list[Callable[[], object]] = [
        lambda: apps_here.rotate(theirs, admin, "x"),
        lambda: apps_here.change(theirs, admin, name="x", client_id="y"),
        lambda: apps_here.remove(theirs, admin),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()
    theirs.refresh_from_db()
    assert theirs.secrets == ["s1"]


def test_the_operator_s_app_is_used_and_not_changed(admin: Member) -> None:
    shared = App.objects.create(key="server", platform="meta", name="Milik server")
    assert apps_here.usable(admin, "meta") == [shared]
    assert apps_here.visible(admin) == []
    a_channel(admin.unit, "facebook", app=shared)
    assert apps_here.visible(admin) == [shared]
    assert not apps_here.may_change(admin, shared)


def test_an_app_that_others_use_too_is_no_longer_changed(admin: Member, stranger: Member) -> None:
    app = registered(admin)
    assert apps_here.may_change(admin, app)
    a_channel(stranger.unit, "facebook", app=app)
    assert not apps_here.may_change(admin, app)


def test_an_app_that_is_used_or_has_delivered_is_not_removed(admin: Member) -> None:
    used, heard, idle = (registered(admin) for _ in range(3))
    a_channel(admin.unit, "facebook", app=used)
    RawItem.objects.create(source="hook", app=heard, body=b"{}", received_at=NOW)
    for app in (used, heard):
        with pytest.raises(Refusal):
            apps_here.remove(app, admin)
    apps_here.remove(idle, admin)
    assert set(App.objects.all()) == {used, heard}
    assert Entry.objects.filter(action="app.remove").count() == 1


def test_only_administrators(admin: Member) -> None:
    with pytest.raises(NotAllowed):
        registered(a_member(admin.unit, Role.COORDINATOR))


def test_every_platform_that_takes_deliveries_or_log_ins_has_a_kind_of_app() -> None:
    kinds = apps_here.kinds()
    for one in apps_here.accounts().values():
        assert not apps_here.wants_app(one) or one.name in kinds[apps_here.kind_of(one)].serves
    assert "webhook" not in kinds
