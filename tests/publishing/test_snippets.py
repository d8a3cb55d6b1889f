"""Saved texts: whose they are, when they are to be read again, how they are put in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tanggap.publishing.composing import snippets
from tanggap.publishing.models import Snippet
from tests.city import a_channel, a_government, a_member, a_publication, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer() -> Iterator[Member]:
    government = a_government()
    member = a_member(a_unit(government, "KOM"))
    with scope.government(government.pk):
        yield member


def test_kept_offered_put_in_and_counted(writer: Member) -> None:
    block = snippets.keep(writer, name="Darurat", text="Hubungi 112.")
    snippets.keep(writer, name="Milik kami", text="Salam.", unit=writer.unit)
    stranger = a_member(a_unit(writer.government, "LAIN"))
    assert [one.name for one in snippets.offered(writer)] == ["Darurat", "Milik kami"]
    assert [one.name for one in snippets.offered(stranger)] == ["Darurat"]
    draft = a_publication(writer, a_channel(writer.unit), text="Air mati.")
    assert snippets.put_in(draft, writer, block).text == "Air mati.\n\nHubungi 112."
    block.refresh_from_db()
    assert block.used == 1


def test_names_are_given_once_and_only_owners_change_them(writer: Member) -> None:
    mine = snippets.keep(writer, name="Darurat", text="Hubungi 112.", unit=writer.unit)
    with pytest.raises(Refusal, match="Sudah ada cuplikan"):
        snippets.keep(writer, name="Darurat", text="Lain.")
    stranger = a_member(a_unit(writer.government, "LAIN"))
    with pytest.raises(NotAllowed):
        snippets.keep(stranger, name="Darurat 2", text="x", changed=mine)
    with pytest.raises(NotAllowed):
        snippets.drop(mine, stranger)
    with pytest.raises(NotAllowed):
        snippets.keep(stranger, name="Baru", text="x", unit=writer.unit)
    lead = a_member(writer.unit, Role.COORDINATOR)
    snippets.drop(mine, lead)
    assert not Snippet.objects.exists()


def test_it_is_to_be_read_again_after_half_a_year(writer: Member) -> None:
    one, now = snippets.keep(writer, name="Darurat", text="Hubungi 112."), timezone.now()
    assert not snippets.stale(one, now)
    assert snippets.stale(one, now + timedelta(days=181))


def test_hashtags_come_from_what_was_written(writer: Member) -> None:
    channel = a_channel(writer.unit)
    for text in ("Air #AirBersih #Kota", "Lagi #AirBersih", "Nomor #1 dan https://a.id/#bagian"):
        a_publication(writer, channel, text=text)
    assert snippets.hashtags(writer) == ["#AirBersih", "#Kota"]
