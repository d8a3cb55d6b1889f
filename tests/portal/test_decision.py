"""The page of an outside approver: no account, no JavaScript, one decision; nothing for anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client

from tanggap.core import scope
from tanggap.publishing import writing
from tanggap.publishing.approval import approving, inviting
from tanggap.publishing.models import Approval, Invitation, Publication
from tests.city import a_publication
from tests.publishing.offices import Office, an_office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    made = an_office()
    with scope.government(made.unit.government_id):
        yield made


@pytest.fixture
def waiting(office: Office) -> Publication:
    draft = a_publication(office.writer, office.channel, source="PDAM", title="Judul dalam")
    return approving.hand_in(draft, office.writer)


@pytest.fixture
def link(waiting: Publication, office: Office) -> str:
    inviting.send(waiting, office.head, name="Ahli Hukum", email="ahli@contoh.test", hash_=waiting.hash)
    found = re.search(r"http://[^/]+(/publik/putusan/[\w-]+/)", str(mail.outbox[0].body))
    assert found
    return found[1]


def test_looking_shows_it_and_uses_nothing_up(client: Client, link: str, office: Office) -> None:
    for _ in range(3):
        answer = client.get(link)
        assert answer.status_code == 200
    page = answer.content.decode()
    assert "Besok air mati di Kelurahan Baru." in page
    assert "PDAM" in page
    assert "<script" not in page
    assert "Judul dalam" not in page, "the title is for colleagues"
    assert office.writer.user.email not in page
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert Invitation.objects.get().used_at is None


def test_agreeing_once(client: Client, link: str, waiting: Publication) -> None:
    answer = client.post(link, {"decision": "approve", "name": "Ahli Hukum", "note": ""}, follow=True)
    assert "persetujuan Anda tersimpan" in answer.content.decode()
    assert "Besok air mati" not in answer.content.decode()
    again = client.post(link, {"decision": "return", "name": "Ahli Hukum", "note": "x"})
    assert "sudah dipakai" in again.content.decode()
    assert Approval.objects.get().decision == "approved"
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def test_returning_needs_a_reason_and_keeps_what_was_typed(client: Client, link: str) -> None:
    answer = client.post(link, {"decision": "return", "name": "Bu Ahli", "note": ""})
    assert answer.status_code == 422
    assert "Tulis alasan" in answer.content.decode()
    assert 'value="Bu Ahli"' in answer.content.decode()
    done = client.post(link, {"decision": "return", "name": "Bu Ahli", "note": "Salah pasal."}, follow=True)
    assert "dikembalikan kepada penulisnya" in done.content.decode()


def test_a_forged_form_is_refused(link: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link, {"decision": "approve", "name": "Ahli"}).status_code == 403
    assert not Approval.objects.exists()


def test_after_an_edit_the_words_are_no_longer_shown(
    client: Client, link: str, waiting: Publication, office: Office
) -> None:
    writing.save(waiting, office.writer, waiting.revision, {"text": "Rahasia dulu."})
    page = client.get(link).content.decode()
    assert "sudah berubah" in page
    assert "Besok air mati" not in page
    assert "Rahasia dulu" not in page


@pytest.mark.fault(68)
def test_a_link_that_never_was_shows_nothing(client: Client, link: str) -> None:
    for wrong in ("/publik/putusan/x/", link[:-2] + "/", link.replace("putusan/", "putusan/A")):
        answer = client.get(wrong)
        assert answer.status_code == 404
        assert "Tautan ini tidak berlaku" in answer.content.decode()
        assert client.post(wrong, {"decision": "approve", "name": "x"}).status_code == 404
        assert client.get(f"{wrong}berkas/0/").status_code == 404
