"""Watched words on the screen: made, shown with what each platform gives, found in the inbox, stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel, Collection, Query
from tanggap.posts.collected import Hit
from tests.city import a_channel, a_member, a_post


@pytest.fixture
def client(officer: Member, as_member: Callable[[Member], Client]) -> Client:
    return as_member(a_member(officer.unit, Role.ADMINISTRATOR))


@pytest.fixture
def mastodon(officer: Member, inside: None) -> Channel:
    return a_channel(officer.unit, "mastodon", settings={"api_base": "https://m.example"})


def test_words_are_saved_asked_and_what_they_find_opens_in_the_inbox(
    client: Client, mastodon: Channel, inside: None
) -> None:
    empty = client.get(reverse("collections")).content.decode()
    assert "Belum ada kata pantau" in empty
    typed = {"name": "Jalan", "words": "jalan rusak\n\nbanjir\n", "excluded": "iklan"}
    answer = client.post(reverse("collections_new"), typed)
    assert answer.status_code == 302
    made = Collection.objects.get()
    assert (made.words, made.excluded) == (["jalan rusak", "banjir"], ["iklan"])
    assert set(Query.objects.values_list("text", flat=True)) == {"jalanrusak -iklan", "banjir -iklan"}
    found, other = a_post(mastodon, "jalan bolong"), a_post(mastodon, "hal lain")
    Hit.objects.create(government=made.government, collection=made, post=found, at=timezone.now())
    listed = client.get(reverse("collections")).content.decode()
    assert "1 kiriman dalam 7 hari" in listed
    inbox = client.get(reverse("inbox"), {"view": "semua", "collection": made.pk}).content.decode()
    assert "jalan bolong" in inbox
    assert "hal lain" not in inbox
    assert other.pk


def test_a_refused_form_keeps_what_was_typed(client: Client, inside: None) -> None:
    answer = client.post(reverse("collections_new"), {"name": "", "words": "banjir", "excluded": ""})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Beri nama" in page
    assert ">banjir</textarea>" in page


def test_the_reach_is_told_before_saving(client: Client, mastodon: Channel, inside: None) -> None:
    page = client.get(reverse("collections_reach"), {"words": "jalan rusak"}).content.decode()
    assert "jalanrusak" in page
    assert "Ditanyakan tiap" in page
    assert "Hanya tagar" in page
    assert not Query.objects.exists()


def test_stopping_keeps_what_was_found(client: Client, mastodon: Channel, inside: None) -> None:
    client.post(reverse("collections_new"), {"name": "Jalan", "words": "banjir"})
    made = Collection.objects.get()
    client.post(reverse("collections_end", args=[made.pk]))
    made.refresh_from_db()
    assert not made.active
    assert "Dihentikan" in client.get(reverse("collections")).content.decode()
    assert not Query.objects.exists()


def test_officers_do_not_choose_what_is_collected(
    officer: Member, as_member: Callable[[Member], Client], inside: None
) -> None:
    assert as_member(officer).get(reverse("collections")).status_code == 403
