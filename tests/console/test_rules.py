"""The page of the checks' rules: list, draft, trial and versions, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.models import Channel
from tanggap.publishing import checks
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, RulePack, RulePackDraft
from tests.city import a_member, a_publication

LoggedIn = Callable[[Member], Client]


@pytest.fixture
def boss(coordinator: Member, as_member: LoggedIn) -> Client:
    return as_member(coordinator)


def typed(client: Client, do: str, **more: object) -> dict[str, object]:
    """The form as it is shown, with some fields filled in otherwise."""
    draft = RulePackDraft.objects.first()
    fields: dict[str, object] = {
        "do": do, "revision": draft.revision if draft else 0, "count": 2, "basis": "SK 12/2026", "many": "50",
        "word-0-phrase": "kelor ajaib", "word-0-list": "block", "word-0-rule": "claims", "word-0-severity": "blocks",
        "word-0-reason": "bukan obat",
    }  # fmt: skip
    for check in checks.all_checks():
        if check.overridable and check.id != "own_words":
            name = f"rule-{check.id}"
            fields |= {f"{name}-shown": "1", f"{name}-on": "on", f"{name}-by": sorted(check.by)}
    return {key: value for key, value in {**fields, **more}.items() if value is not None}


def test_the_list_shows_each_rule_its_figures_and_its_findings(
    boss: Client, officer: Member, channel: Channel, inside: None
) -> None:
    approving.hand_in(a_publication(officer, channel, text="Stunting turun 40 persen."), officer)
    page = boss.get(reverse("rules")).content.decode()
    for check in checks.all_checks():
        assert str(check.name) in page
    claims = page.split("Klaim tanpa sumber")[1].split("</li>")[0]
    assert "1 konten" in claims
    assert "n = " in claims


def test_a_draft_is_saved_tried_and_made_to_stand(boss: Client, channel: Channel, inside: None) -> None:
    Delivery.objects.create(
        channel=channel, kind=DeliveryKind.REPLY, text="Minum kelor ajaib setiap pagi.", state=DeliveryState.SENT,
        due_at=timezone.now(), created_at=timezone.now(), created_by="test", sent_at=timezone.now(),
    )  # fmt: skip
    edit = reverse("rules_edit")
    assert "Setelah dicoba" in boss.get(edit).content.decode()
    assert boss.post(edit, typed(boss, "save")).status_code == 302
    page = boss.post(edit, typed(boss, "try")).content.decode()
    assert "<mark>kelor ajaib</mark>" in page
    assert 'value="live"' in page
    assert boss.post(edit, typed(boss, "live")).status_code == 302
    made = RulePack.objects.get()
    assert made.content["rules"] == {}
    assert made.tried["newly"] == 1
    assert "Versi 1" in boss.get(reverse("rules")).content.decode()
    assert boss.post(reverse("rules_again", args=[RulePack.objects.get().pk])).status_code == 302


def test_what_was_typed_stays_when_it_is_refused(boss: Client, inside: None) -> None:
    edit = reverse("rules_edit")
    boss.get(edit)
    answer = boss.post(edit, typed(boss, "save", **{"word-0-phrase": "(a+)+$"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "(a+)+$" in page
    assert "bukan obat" in page
    answer = boss.post(edit, typed(boss, "save", **{"rule-hate_and_coarse-on": None}))
    assert answer.status_code == 422
    assert "data-wrong" in answer.content.decode()
    answer = boss.post(edit, typed(boss, "live"))
    assert "Coba dulu" in answer.content.decode()
    assert not RulePack.objects.exists()


def test_a_row_more_keeps_what_was_typed(boss: Client, inside: None) -> None:
    page = boss.post(reverse("rules_edit"), typed(boss, "more")).content.decode()
    assert "word-6-phrase" in page
    assert 'value="kelor ajaib"' in page


def test_a_coordinator_cannot_make_a_weaker_rule_stand_and_an_administrator_can(
    boss: Client, desk: Unit, as_member: LoggedIn, inside: None
) -> None:
    edit = reverse("rules_edit")
    weaker = {"rule-hate_and_coarse-severity": "warns", "rule-hate_and_coarse-reason": "uji coba sebulan"}
    boss.post(edit, typed(boss, "try", **weaker))
    assert boss.post(edit, typed(boss, "live", **weaker)).status_code == 403
    administrator = as_member(a_member(desk, Role.ADMINISTRATOR))
    assert administrator.post(edit, typed(administrator, "live", **weaker)).status_code == 302
    assert RulePack.objects.get().content["rules"]["hate_and_coarse"]["severity"] == "warns"


def test_a_pack_that_cannot_be_read_is_told_at_the_top(
    boss: Client, coordinator: Member, inside: None
) -> None:
    RulePack.objects.create(
        number=1, content={"rules": []}, valid_from="2026-01-01", basis="uji", author=coordinator,
        made_at=timezone.now(),
    )  # fmt: skip
    assert "tidak dapat dibaca" in boss.get(reverse("rules")).content.decode()


def test_officers_do_not_enter(client: Client) -> None:
    assert client.get(reverse("rules")).status_code == 403
    assert client.get(reverse("rules_edit")).status_code == 403
