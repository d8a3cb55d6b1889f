"""Official warnings become drafts of the right office, each once; updates and ends follow what stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Government, Member, Notice, Role
from tanggap.channels.limits import Limits, count
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.publishing import contents, sending
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Alert, Delivery, DeliveryState, Publication, PublicationState
from tanggap.publishing.warnings import alerts
from tests.city import Scripted, a_channel, a_government, a_member, a_unit, agreed
from tests.publishing.warnings import a_cap

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)


@dataclass
class Town:
    government: Government
    officer: Member
    coordinator: Member
    own: Channel
    whole: Channel


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    Scripted.answers, Scripted.sent = [], []
    monkeypatch.setattr(Scripted, "limits", Limits(most=1000))
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    government = a_government()
    disasters, humas = a_unit(government, "BPBD", "bpbd"), a_unit(government, "KOMINFO", "kominfo")
    a_channel(a_unit(government, "DLH", "kebersihan"))
    made = Town(
        government,
        a_member(disasters),
        a_member(humas, Role.COORDINATOR),
        a_channel(disasters),
        a_channel(humas),
    )
    with scope.government(government.pk):
        yield made


def come(town: Town, *given: object, now: datetime = NOW, **fields: object) -> Alert:
    return alerts.receive(town.government, a_cap(*given, **fields), now)[0]  # type: ignore[arg-type]


def out(town: Town, alert: Alert) -> Publication:
    """Approves a warning's draft and sends it."""
    assert alert.publication is not None
    one = agreed(alert.publication, town.coordinator)
    sending.send(NOW)
    work.run("publications")
    one.refresh_from_db()
    return one


def update(identifier: str = "A-2", kind: str = "Update", **fields: str) -> dict[str, str]:
    return {
        "identifier": identifier, "kind": kind, "sent": "2026-11-22T11:02:00+07:00",
        "references": "peringatan@cuaca.test,A-1,2026-11-22T11:00:00+07:00", **fields,
    }  # fmt: skip


def test_a_warning_becomes_a_ready_draft_of_the_office_for_disasters(town: Town) -> None:
    alert = come(town)
    one = alert.publication
    assert one is not None
    assert (one.kind, one.state, one.unit.code, one.author) == ("warning", "draft", "BPBD", town.officer)
    assert {part.variant.channel_id for part in contents.parts(one)} == {town.own.pk, town.whole.pk}
    assert "Peringatan dini: Hujan Lebat" in one.text
    assert "Berlaku sampai Minggu, 22 November 2026 pukul 14.00 WIB." in one.text
    assert "Sumber: Badan Cuaca Uji, https://www.cuaca.test/peringatan" in one.text
    told = Notice.objects.filter(kind="alert_draft").values_list("member_id", "link")
    assert set(told) == {
        (pk, f"/konten/peringatan/{alert.pk}/") for pk in (town.officer.pk, town.coordinator.pk)
    }
    assert Entry.objects.get(action="publication.begin").actor == "system:alerts"


def test_the_draft_passes_the_checks_as_it_is_and_nobody_is_kept_from_approving(town: Town) -> None:
    one = approving.hand_in(come(town).publication, town.officer)  # type: ignore[arg-type]
    assert one.state == PublicationState.REVIEW
    assert town.coordinator in approving.deciders(one)


@pytest.mark.parametrize("most", [500, 300, 280, 160, 110])
def test_short_platforms_get_a_whole_text_that_fits(
    town: Town, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(Scripted, "limits", Limits(most=most))
    one = come(town, description="Hujan. " * 200, area="Kota Uji").publication
    for part in contents.parts(one):  # type: ignore[arg-type]
        assert count(part.text, Limits(most=most)).fits
        assert "Hujan Lebat" in part.text
        assert "Badan Cuaca Uji" in part.text
        assert "14.00 WIB" in part.text


def test_the_same_message_from_two_feeds_makes_one_draft(town: Town) -> None:
    first, second = (alerts.receive(town.government, a_cap(), NOW) for _ in range(2))
    assert (first[1], second[1], first[0].pk) == (True, False, second[0].pk)
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("fields", [{"status": "Exercise"}, {"status": "Test"}, {"scope": "Restricted"}])
def test_exercises_and_closed_messages_are_kept_and_never_drafted(town: Town, fields: dict[str, str]) -> None:
    alert = come(town, **fields)
    assert alert.publication is None
    with pytest.raises(Refusal, match="tidak pernah"):
        alerts.draft_by_hand(alert, town.officer, NOW)
    assert not Publication.objects.exists()


def test_what_is_elsewhere_or_over_is_kept_without_a_draft_and_a_person_may_begin_one(town: Town) -> None:
    elsewhere = come(town, area="Kota Lain", geocode="")
    over = come(town, "A-9", expires="2026-11-22T11:01:00+07:00")
    assert [alerts.standing_of(one, NOW) for one in (elsewhere, over)] == ["elsewhere", "expired"]
    assert not Publication.objects.exists()
    made = alerts.draft_by_hand(elsewhere, town.officer, NOW)
    assert made.writers == [town.officer.pk]
    with pytest.raises(Refusal, match="kedaluwarsa"):
        alerts.draft_by_hand(over, town.officer, NOW)


def test_an_update_answers_the_first_message_on_every_channel_where_it_stands(town: Town) -> None:
    Channel.objects.filter(pk=town.whole.pk).update(health="needs_login")  # there nothing stands
    first = out(town, come(town))
    follow = come(town, **update(event="Hujan Sangat Lebat", expires="2026-11-22T15:00:00+07:00")).publication
    assert follow is not None
    assert (follow.follows, follow.state) == (first, "draft")
    assert [one.channel for one in follow.variants.all()] == [town.own]
    assert "Pembaruan peringatan: Hujan Sangat Lebat" in follow.text
    agreed(follow, town.coordinator)
    Scripted.sent.clear()
    sending.send(NOW)
    (sent,) = Scripted.sent
    root = Delivery.objects.get(variant__publication=first, channel=town.own)
    assert (sent.kind, sent.target_external_id) == ("reply", root.external_id)
    third = come(town, **update("A-3", "Cancel", sent="2026-11-22T11:04:00+07:00")).publication
    agreed(third, town.coordinator)  # type: ignore[arg-type]
    sending.send(NOW)
    assert Scripted.sent[-1].target_external_id == root.external_id
    assert "Peringatan dicabut: Hujan" in Scripted.sent[-1].text


def test_where_a_platform_cannot_answer_the_update_is_a_post_with_a_link(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = out(town, come(town))
    Delivery.objects.filter(variant__publication=first).update(url="https://panggung.test/1")
    monkeypatch.setattr(Scripted, "abilities", Scripted.abilities - {"reply"})
    follow = come(town, **update()).publication
    agreed(follow, town.coordinator)  # type: ignore[arg-type]
    rows = Delivery.objects.filter(variant__publication=follow)
    assert {(row.kind, row.after_id, "https://panggung.test/1" in row.text) for row in rows} == {
        ("post", None, True)
    }


def test_an_end_before_publication_withdraws_the_draft_and_tells(town: Town) -> None:
    one = approving.hand_in(come(town).publication, town.officer)  # type: ignore[arg-type]
    alert = come(town, **update(kind="Cancel"))
    one.refresh_from_db()
    assert (one.state, Publication.objects.count()) == ("cancelled", 1)
    assert alerts.standing_of(alert, NOW) == "withdrawn"
    assert Notice.objects.filter(kind="alert_withdrawn").exists()


def test_an_update_before_publication_replaces_the_draft(town: Town) -> None:
    old = come(town).publication
    new = come(town, **update()).publication
    old.refresh_from_db()  # type: ignore[union-attr]
    assert old is not None
    assert new is not None
    assert (old.state, new.state, new.follows) == ("cancelled", "draft", None)


def test_an_approved_warning_that_has_not_left_is_taken_back_when_it_ends(town: Town) -> None:
    one = agreed(come(town).publication, town.coordinator)  # type: ignore[arg-type]
    come(town, **update(kind="Cancel"))
    one.refresh_from_db()
    assert one.state == PublicationState.CANCELLED
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.CANCELLED}
    sending.send(NOW)
    assert not Scripted.sent


def test_an_end_holds_back_the_part_that_has_not_left_and_follows_the_other(town: Town) -> None:
    Channel.objects.filter(pk=town.whole.pk).update(health="needs_login")
    first = out(town, come(town))
    follow = come(town, **update(kind="Cancel")).publication
    assert (
        Delivery.objects.get(variant__publication=first, channel=town.whole).state == DeliveryState.CANCELLED
    )
    assert [one.channel for one in follow.variants.all()] == [town.own]  # type: ignore[union-attr]


def test_a_warning_that_comes_after_its_own_update_makes_no_draft(town: Town) -> None:
    update_first = come(town, **update())
    late = come(town)
    assert update_first.publication is not None
    assert late.publication is None
    assert alerts.standing_of(late, NOW) == "superseded"


def test_an_expired_draft_is_given_up_and_an_approved_one_waits_for_a_person(town: Town) -> None:
    draft = come(town).publication
    approved = agreed(come(town, "B-1", expires="2026-11-22T11:20:00+07:00").publication, town.coordinator)  # type: ignore[arg-type]
    rows = Delivery.objects.filter(variant__publication=approved)
    assert {row.latest_at for row in rows} == {NOW + timedelta(minutes=15)}
    later = NOW + timedelta(hours=4)
    assert alerts.expire(later) == 1
    assert alerts.expire(later) == 0
    draft.refresh_from_db()  # type: ignore[union-attr]
    assert draft is not None
    assert draft.state == PublicationState.CANCELLED
    assert alerts.standing_of(Alert.objects.get(identifier="A-1"), later) == "expired"
    sending.send(later)
    assert set(rows.values_list("state", flat=True)) == {DeliveryState.HELD}
    assert not Scripted.sent


def test_without_an_office_the_warning_waits_in_sight(town: Town) -> None:
    government = a_government("99.72", "Kota Uji")
    coordinator = a_member(a_unit(government, "SETDA"), Role.COORDINATOR)
    with scope.government(government.pk):
        alert, _new = alerts.receive(government, a_cap(geocode="99.72"), NOW)
        assert (alert.publication, alert.concerns_us) == (None, True)
        assert Notice.objects.get().member == coordinator
        assert Notice.objects.get().kind == "alert_waits"


def test_an_upload_that_is_none_is_refused_in_words(town: Town) -> None:
    with pytest.raises(Refusal, match="Tidak ada yang disimpan"):
        alerts.upload(town.officer, b"<rss/>", NOW)
    alert, new = alerts.upload(town.officer, a_cap(), NOW)
    assert new
    assert alert.publication is not None


def test_warnings_of_another_government_are_another_matter(town: Town) -> None:
    come(town)
    other = a_government("99.73", "Kota Jauh")
    with scope.government(other.pk):
        alert, new = alerts.receive(other, a_cap(), NOW)
        assert new
        assert not alert.concerns_us
