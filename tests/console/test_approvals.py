"""Approval on the screen: the queue, one publication, deciding without JavaScript, deputies, invitations, routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.publishing import writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import (
    Approval,
    Delegation,
    Delivery,
    Invitation,
    Publication,
    PublicationState,
    Remark,
    Route,
)
from tests.city import a_channel, a_member, a_publication, a_unit

As = Callable[[Member], Client]


@pytest.fixture
def leader(officer: Member) -> Member:
    return a_member(officer.unit, Role.LEADER)


@pytest.fixture
def waiting(officer: Member, channel: Channel, leader: Member, inside: None) -> Publication:
    draft = a_publication(officer, channel, title="Air mati", source="PDAM")
    return approving.hand_in(draft, officer)


def page(client: Client, one: Publication, query: str = "") -> str:
    return client.get(reverse("publication_approval", args=[one.pk]) + query).content.decode()


def decide(client: Client, one: Publication, deed: str = "approve", **more: str) -> tuple[int, str]:
    url = reverse(f"publication_{deed}", args=[one.pk])
    typed = {"hash": one.hash, "stage": one.stage} | more
    answer = client.post(
        url, typed, headers={"referer": "http://testserver/konten/persetujuan/"}, follow=True
    )
    return answer.status_code, answer.content.decode()


def test_what_waits_for_me_stands_first(
    waiting: Publication, officer: Member, leader: Member, as_member: As
) -> None:
    mine = as_member(leader).get(reverse("approvals")).content.decode()
    assert mine.index("Menunggu keputusan Anda") < mine.index("Air mati")
    assert "Menunggu orang lain" not in mine
    theirs = as_member(officer).get(reverse("approvals")).content.decode()
    assert "Anda ikut menulis" in theirs
    assert theirs.index("Menunggu orang lain") < theirs.index("Air mati")


def test_an_empty_queue_is_calm(client: Client, inside: None) -> None:
    shown = client.get(reverse("approvals")).content.decode()
    assert "Tidak ada yang menunggu Anda" in shown
    assert "Belum ada keputusan" in shown


def test_the_page_shows_words_facts_stages_and_why_its_author_may_not(
    waiting: Publication, client: Client, leader: Member, as_member: As
) -> None:
    for shown in (page(client, waiting), page(as_member(leader), waiting)):
        for words in ("Besok air mati di Kelurahan Baru.", "PDAM", "Persetujuan", "Dapat memutuskan:"):
            assert words in shown
    assert "Anda ikut menulis konten ini" in page(client, waiting)
    assert "Keputusan Anda" not in page(client, waiting)
    assert "Keputusan Anda" in page(as_member(leader), waiting)


def test_agreeing_sends_it_on(waiting: Publication, leader: Member, as_member: As) -> None:
    status, shown = decide(as_member(leader), waiting)
    assert (status, "masuk antrean terbit" in shown) == (200, True)
    assert Delivery.objects.get().state == "waiting"
    assert str(leader) in shown


def test_its_author_is_refused_whatever_they_send(waiting: Publication, client: Client) -> None:
    _status, shown = decide(client, waiting)
    assert "Yang menulis tidak memutuskan" in shown
    assert not Approval.objects.exists()


def test_returning_asks_for_a_reason_and_keeps_what_was_typed(
    waiting: Publication, leader: Member, as_member: As
) -> None:
    client = as_member(leader)
    status, shown = decide(client, waiting, "return", note=" ")
    assert (status, "Tulis alasan" in shown) == (422, True)
    decide(client, waiting, "return", note="Sebut jamnya.")
    waiting.refresh_from_db()
    assert waiting.state == PublicationState.DRAFT
    assert "Sebut jamnya." in page(client, waiting)


@pytest.mark.fault(34)
def test_a_stale_page_decides_nothing_and_shows_what_is_new(
    waiting: Publication, officer: Member, leader: Member, as_member: As
) -> None:
    newer = writing.save(waiting, officer, waiting.revision, {"text": "Lusa air mati di Kelurahan Baru."})
    stale = as_member(leader)
    _status, shown = decide(stale, waiting)
    assert "tidak lagi menunggu" in shown
    approving.hand_in(newer, officer)
    _status, shown = decide(stale, waiting)
    assert "keputusan Anda tidak disimpan" in shown
    assert "<del>Besok</del><ins>Lusa</ins>" in shown
    assert not Approval.objects.exists()


def test_the_version_that_i_decided_on_is_compared_first(
    waiting: Publication, officer: Member, leader: Member, as_member: As
) -> None:
    client = as_member(leader)
    decide(client, waiting, "return", note="Sebut jamnya.")
    waiting.refresh_from_db()
    for text in ("Besok pukul 9 air mati.", "Besok pukul 10 air mati."):
        waiting = writing.save(waiting, officer, waiting.revision, {"text": text})
        waiting = approving.hand_in(waiting, officer)
        if "9" in text:
            waiting = writing.save(waiting, officer, waiting.revision, {"source": "PDAM Tirta"})
    shown = page(client, waiting)
    assert "versi 1: yang Anda putuskan" in shown
    assert "Dari versi 1 ke versi 3" in shown
    other = page(client, waiting, "?banding=2")
    assert "<del>9</del><ins>10</ins>" in other
    assert "PDAM Tirta" in other


def test_a_minute_that_passed_asks_when_it_leaves(
    waiting: Publication, leader: Member, as_member: As
) -> None:
    Publication.objects.update(due_at=timezone.now() - timedelta(hours=2))
    client = as_member(leader)
    assert "Waktu terbitnya sudah lewat." in page(client, waiting)
    status, shown = decide(client, waiting)
    assert (status, "Kapan terbit?" in shown) == (422, True)
    status, shown = decide(client, waiting, leaves="at", leaves_at="")
    assert (status, "Isi tanggal" in shown) == (422, True)
    soon = timezone.localtime(timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    status, _shown = decide(client, waiting, leaves="at", leaves_at=f"{soon:%Y-%m-%dT%H:%M}")
    assert status == 200
    assert Delivery.objects.get().due_at == soon


def test_the_same_words_stand_once_for_all_their_channels(
    officer: Member, channel: Channel, leader: Member, inside: None, as_member: As
) -> None:
    other = a_channel(officer.unit)
    type(other).objects.filter(pk=other.pk).update(name="Akun kedua")
    one = approving.hand_in(a_publication(officer, channel, other), officer)
    shown = page(as_member(leader), one)
    assert shown.count('class="said"><bdi>Besok air mati') == 1
    assert "Akun kedua" in shown


def test_a_comment_decides_nothing(waiting: Publication, leader: Member, as_member: As) -> None:
    client = as_member(leader)
    client.post(reverse("publication_approval_comment", args=[waiting.pk]), {"text": "Cek jamnya."})
    assert Remark.objects.get().text == "Cek jamnya."
    assert "Cek jamnya." in page(client, waiting)


def test_another_office_does_not_see_it(waiting: Publication, officer: Member, as_member: As) -> None:
    far = as_member(a_member(a_unit(officer.unit.government, "LAIN")))
    assert far.get(reverse("publication_approval", args=[waiting.pk])).status_code == 404
    assert far.post(reverse("publication_approve", args=[waiting.pk])).status_code == 404
    assert "Air mati" not in far.get(reverse("approvals")).content.decode()


def test_somebody_outside_is_asked_and_the_link_taken_back(
    waiting: Publication, leader: Member, as_member: As
) -> None:
    client = as_member(leader)
    url = reverse("publication_invite", args=[waiting.pk])
    wrong = client.post(url, {"name": "Ahli", "email": "x", "hash": waiting.hash, "hours": "72"})
    assert (wrong.status_code, "tidak lengkap" in wrong.content.decode()) == (422, True)
    client.post(url, {"name": "Ahli", "email": "ahli@contoh.test", "hash": waiting.hash, "hours": "24"})
    assert "ahli@contoh.test" in page(client, waiting)
    secret = re.search(r"/putusan/([\w-]+)/", str(mail.outbox[0].body))
    assert secret
    assert secret[1] not in page(client, waiting), "whoever sends it does not see the link"
    row = Invitation.objects.get()
    client.post(reverse("publication_uninvite", args=[waiting.pk, row.pk]))
    assert "ahli@contoh.test" not in page(client, waiting)


def test_a_deputy_for_some_days(waiting: Publication, officer: Member, leader: Member, as_member: As) -> None:
    client = as_member(leader)
    today = timezone.localdate()
    deputy = a_member(officer.unit, Role.LIAISON)
    typed = {"deputy": str(deputy.pk), "since": today.isoformat(), "until": "x"}
    wrong = client.post(reverse("approvals_delegate"), typed)
    assert (wrong.status_code, "Isi tanggal" in wrong.content.decode()) == (422, True)
    client.post(reverse("approvals_delegate"), typed | {"until": today.isoformat()})
    assert f"{deputy} mewakili Anda" in client.get(reverse("approvals")).content.decode()
    assert "sebagai wakil" in as_member(deputy).get(reverse("approvals")).content.decode()
    decide(as_member(deputy), waiting)
    assert Approval.objects.get().deputy_of_id == leader.pk
    client.post(reverse("approvals_delegate_end", args=[Delegation.objects.get().pk]))
    assert "mewakili Anda</" not in client.get(reverse("approvals")).content.decode()


class TestRoutes:
    def form(self, *stages: dict[str, str], **more: str) -> dict[str, object]:
        typed: dict[str, object] = {"count": len(stages), "do": "save", "unit": "", "kind": "", "seen": ""}
        for at, stage in enumerate(stages):
            typed |= {f"{name}-{at}": value for name, value in stage.items()}
        return typed | more

    def test_a_route_is_made_of_a_template_and_saved(
        self, coordinator: Member, leader: Member, as_member: As, inside: None
    ) -> None:
        client = as_member(coordinator)
        assert "Belum ada jalur" in client.get(reverse("routes")).content.decode()
        begun = client.get(reverse("routes_edit"), {"templat": "lengkap"}).content.decode()
        assert begun.count("Nama tahap") == 3
        stage = {"name": "Persetujuan", "role": "leader", "hours": "4"}
        more = client.post(reverse("routes_edit"), self.form(stage, do="add")).content.decode()
        assert more.count("Nama tahap") == 2
        assert not Route.objects.exists()
        assert client.post(reverse("routes_edit"), self.form(stage)).status_code == 302
        made = Route.objects.get()
        assert made.stages[0]["roles"] == ["leader"]
        assert "Persetujuan" in client.get(reverse("routes")).content.decode()

    def test_one_in_which_nobody_decides_is_refused_and_kept(
        self, coordinator: Member, as_member: As, inside: None
    ) -> None:
        stage = {"name": "Ahli", "role": "liaison", "hours": "4"}
        answer = as_member(coordinator).post(reverse("routes_edit"), self.form(stage))
        assert answer.status_code == 422
        assert "tidak dapat diputuskan siapa pun" in answer.content.decode()
        assert 'value="Ahli"' in answer.content.decode()

    def test_hours_that_are_no_number_are_refused_in_words(
        self, coordinator: Member, leader: Member, as_member: As, inside: None
    ) -> None:
        stage = {"name": "A", "role": "leader", "hours": "besok"}
        for do in ("save", "add"):
            answer = as_member(coordinator).post(reverse("routes_edit"), self.form(stage, do=do))
            assert answer.status_code in {200, 422}
        assert not Route.objects.exists()

    def test_what_is_under_way_is_shown_before_saving(
        self, waiting: Publication, coordinator: Member, as_member: As
    ) -> None:
        shown = as_member(coordinator).get(reverse("routes_edit")).content.decode()
        assert "tetap melewati jalur saat diajukan" in shown
        assert "Air mati" in shown

    def test_officers_make_no_routes(self, client: Client) -> None:
        assert client.get(reverse("routes")).status_code == 403
        assert client.post(reverse("routes_edit")).status_code == 403
