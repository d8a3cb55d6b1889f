"""Members, offices, rules, the stop switch, tokens and the record: who may, and that each deed works by its form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import AccessToken, Government, Member, Role, Unit
from tanggap.core import audit, scope
from tanggap.core.audit import Entry
from tanggap.publishing import stopping
from tests.city import a_government, a_member, a_unit

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def admin(desk: Unit) -> Member:
    return a_member(desk, Role.ADMINISTRATOR)


@pytest.fixture
def chief(admin: Member, as_member: As) -> Client:
    return as_member(admin)


ONLY_FOR = {
    "members": {Role.ADMINISTRATOR},
    "offices": {Role.ADMINISTRATOR, Role.COORDINATOR},
    "offices_new": {Role.ADMINISTRATOR},
    "settings": {Role.ADMINISTRATOR, Role.COORDINATOR, Role.LEADER},
    "settings_record": {Role.ADMINISTRATOR},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_page_opens_for_its_roles(desk: Unit, as_member: As, role: Role) -> None:
    browser = as_member(a_member(desk, role))
    for route, roles in ONLY_FOR.items():
        assert browser.get(reverse(route)).status_code == (200 if role in roles else 403), route


def test_an_invited_member_gets_a_password_that_is_shown_once(chief: Client, desk: Unit) -> None:
    typed = {"email": "Baru@Uji.go.id", "name": "Orang Baru", "unit": desk.pk, "role": Role.OFFICER}
    shown = chief.post(reverse("members_invite"), typed).content.decode()
    made = Member.objects.get(user__email="baru@uji.go.id")
    password = re.search(r'id="password" readonly value="([^"]+)"', shown)
    assert password
    assert made.user.check_password(password[1])
    assert password[1] not in chief.get(reverse("members")).content.decode()
    again = chief.post(reverse("members_invite"), typed)
    assert again.status_code == 422
    assert "sudah terdaftar" in again.content.decode()
    assert "Orang Baru" in again.content.decode()


def test_changing_and_ending_a_member(chief: Client, officer: Member, town: Government) -> None:
    unit = a_unit(town, "DLH")
    chief.post(reverse("members_one", args=[officer.pk]), {"role": Role.LIAISON, "unit": unit.pk})
    officer.refresh_from_db()
    assert (officer.role, officer.unit) == (Role.LIAISON, unit)
    chief.post(reverse("members_end", args=[officer.pk]))
    assert "1 keanggotaan berakhir" in chief.get(reverse("members")).content.decode()


def test_the_last_administrator_stays(chief: Client, admin: Member) -> None:
    answer = chief.post(reverse("members_one", args=[admin.pk]), {"role": Role.VIEWER, "unit": admin.unit_id})
    assert "administrator terakhir" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.role == Role.ADMINISTRATOR


def test_what_belongs_to_another_government_is_missing(chief: Client, admin: Member) -> None:
    foreign = a_unit(a_government("34.71", "Kota Lain"), "ASING")
    stranger = a_member(foreign, Role.VIEWER)
    with scope.government(stranger.government_id):
        token, _secret = AccessToken.make(stranger, "asing", ["posts:read"], timezone.now())
    for route, pk in (("members_one", stranger.pk), ("offices_one", foreign.pk)):
        assert chief.get(reverse(route, args=[pk])).status_code == 404
        assert chief.post(reverse(route, args=[pk])).status_code == 404
    assert chief.post(reverse("members_end", args=[stranger.pk])).status_code == 404
    assert chief.post(reverse("settings_token_revoke", args=[token.pk])).status_code == 404
    invited = {"email": "a@b.id", "name": "A", "unit": foreign.pk, "role": Role.OFFICER}
    assert chief.post(reverse("members_invite"), invited).status_code == 422


def test_an_office_is_changed_on_record(chief: Client, desk: Unit) -> None:
    typed = {
        "name": "Dinas Kominfo", "short_name": "Kominfo", "roles": ["kominfo", "ppid"], "verified": "on",
        "active_from": "2025-01-02", "active_until": "",
    }  # fmt: skip
    chief.post(reverse("offices_one", args=[desk.pk]), typed)
    desk.refresh_from_db()
    assert (desk.name, desk.roles, desk.active_from, desk.verified) == (
        "Dinas Kominfo", ["kominfo", "ppid"], date(2025, 1, 2), True,
    )  # fmt: skip
    assert Entry.objects.get(action="unit.change").fields["changed"] == [
        "active_from",
        "name",
        "roles",
        "short_name",
        "verified",
    ]
    assert "belum diverifikasi" not in chief.get(reverse("offices")).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "tidak boleh kosong"),
        ({"name": "Dinas", "roles": ["sulap"]}, "tidak dikenal"),
        ({"name": "Dinas", "active_from": "2026-02-01", "active_until": "2026-01-01"}, "mendahului"),
        ({"name": "Dinas", "active_from": "besok"}, "tidak terbaca"),
    ],
)
def test_a_wrong_office_is_refused_in_words(
    chief: Client, desk: Unit, typed: dict[str, object], said: str
) -> None:
    answer = chief.post(reverse("offices_one", args=[desk.pk]), typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Entry.objects.filter(action="unit.change").exists()


def test_a_new_office_stands_below_its_parent(chief: Client, desk: Unit) -> None:
    typed = {
        "name": "UPT Jalan",
        "short_name": "UPT",
        "kind": "uptd",
        "parent": desk.pk,
        "roles": ["bina_marga"],
    }
    chief.post(reverse("offices_new"), typed)
    made = Unit.objects.get(name="UPT Jalan")
    assert (made.parent, made.code) == (desk, "upt")
    assert "d1" in chief.get(reverse("offices")).content.decode()


def test_rules_change_on_record(chief: Client, town: Government) -> None:
    chief.post(reverse("settings_rules"), {"reply_needs_approval": "on", "raw_days": "30"})
    town.refresh_from_db()
    assert (town.auto_dispatch, town.reply_needs_approval, town.raw_days) == (False, True, 30)
    assert Entry.objects.get(action="government.rules").fields["raw_days"] == 30
    answer = chief.post(reverse("settings_rules"), {"raw_days": "1"})
    assert answer.status_code == 422
    assert "7 sampai 3650" in answer.content.decode()


def test_the_stop_stands_on_every_page_until_it_is_lifted(
    coordinator: Member, client: Client, as_member: As
) -> None:
    boss = as_member(coordinator)
    assert boss.post(reverse("settings_stop"), {"reason": ""}).status_code == 422
    assert client.post(reverse("settings_stop"), {"reason": "x"}).status_code == 403
    boss.post(reverse("settings_stop"), {"reason": "Masa duka gempa"})
    assert stopping.stopped(coordinator.government_id)
    for browser, route in ((client, "cases"), (client, "inbox"), (boss, "settings")):
        assert "Masa duka gempa" in browser.get(reverse(route)).content.decode(), route
    boss.post(reverse("settings_lift"))
    assert "Masa duka gempa" not in client.get(reverse("cases")).content.decode()


def test_a_token_is_shown_once_works_and_ends(chief: Client, admin: Member) -> None:
    typed = {"name": "Dasbor", "scopes": ["cases:read"], "days": "30"}
    shown = chief.post(reverse("settings_token"), typed).content.decode()
    secret = re.search(r"tgp_[\w-]+", shown)
    assert secret
    token = AccessToken.objects.get(digest=AccessToken.digest_of(secret[0]))
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
    later = chief.get(reverse("settings")).content.decode()
    assert "Dasbor" in later
    assert secret[0] not in later
    chief.post(reverse("settings_token_revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at
    assert Entry.objects.filter(action__in=["token.make", "token.revoke"]).count() == 2


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"scopes": []}, {"scopes": ["alles"]}, {"days": "0"}, {"days": "9e9"}]
)
def test_a_wrong_token_is_refused(chief: Client, typed: dict[str, object]) -> None:
    whole = {"name": "Dasbor", "scopes": ["cases:read"], "days": "30"} | typed
    assert chief.post(reverse("settings_token"), whole).status_code == 422
    assert not AccessToken.objects.exists()


def test_the_record_names_who_did_what_and_its_seal(chief: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    chief.post(reverse("settings_rules"), {"raw_days": "30"})
    shown = chief.get(reverse("settings_record")).content.decode()
    assert "Aturan kerja diubah" in shown
    assert "menunggu" in shown
    audit.seal()
    assert "tersegel" in chief.get(reverse("settings_record"), {"jenis": "government"}).content.decode()
    assert (
        "Aturan kerja diubah"
        not in chief.get(reverse("settings_record"), {"oleh": "system"}).content.decode()
    )
    assert "Rantai segel utuh" in chief.post(reverse("settings_record_check"), follow=True).content.decode()
    monkeypatch.setattr(audit, "verify", lambda _government: "Entry 3 is missing.")
    assert "Rantai segel putus" in chief.post(reverse("settings_record_check"), follow=True).content.decode()


def test_the_record_of_another_government_is_not_shown(chief: Client) -> None:
    stranger = a_member(a_unit(a_government("34.71", "Kota Lain"), "ASING"), Role.ADMINISTRATOR)
    with transaction.atomic():
        audit.record("member.end", stranger, stranger)
    assert "Keanggotaan diakhiri" not in chief.get(reverse("settings_record")).content.decode()
