"""The composer by plain forms: every button sends the whole form, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Government, Member, Unit
from tanggap.channels.models import Channel
from tanggap.publishing.composing import snippets
from tanggap.publishing.models import Copy, Publication, PublicationState, Remark
from tests.city import a_channel, a_member, a_publication, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(officer: Member, channel: Channel, inside: None) -> Publication:
    return a_publication(officer, channel)


def sent(one: Publication, deed: str = "save", **more: object) -> dict[str, object]:
    return {"revision": one.revision, "deed": deed, "text": one.text, **more}


def at(one: Publication) -> str:
    return reverse("publication", args=[one.pk])


def test_the_list_and_the_composer_open(client: Client, draft: Publication) -> None:
    assert str(draft) in client.get(reverse("publications")).content.decode()
    page = client.get(at(draft)).content.decode()
    assert draft.text in page
    assert client.get(reverse("publication_new")).status_code == 200
    assert client.get(reverse("publication_history", args=[draft.pk])).status_code == 200
    assert client.get(reverse("publication_snippets")).status_code == 200


def test_whatever_is_pressed_what_was_typed_is_saved_first(client: Client, draft: Publication) -> None:
    channel = draft.variants.get().channel_id
    typed = {"text": "Lusa air mati.", "title": "Air", "source": "Surat 12", "kind": "service"}
    client.post(at(draft), sent(draft, f"unlink:{channel}", **typed))
    draft.refresh_from_db()
    assert (draft.text, draft.title, draft.source, draft.kind) == (
        "Lusa air mati.",
        "Air",
        "Surat 12",
        "service",
    )
    row = draft.variants.get()
    assert (row.linked, row.text) == (False, "Lusa air mati.")
    client.post(at(draft), sent(draft, f"thread-add:{channel}", **{f"v{channel}-text": "Sendiri."}))
    draft.refresh_from_db()
    own = {
        f"v{channel}-text": "Sendiri.",
        f"v{channel}-threaded": "1",
        f"v{channel}-thread": ["Lanjutannya."],
    }
    client.post(at(draft), sent(draft, "save", **own))
    row.refresh_from_db()
    assert (row.text, row.thread) == ("Sendiri.", ["Lanjutannya."])
    draft.refresh_from_db()
    client.post(at(draft), sent(draft, f"relink:{channel}"))
    row.refresh_from_db()
    assert (row.linked, row.text, row.thread) == (True, "", ["Lanjutannya."])


def test_minute_link_and_marks_are_read_in_the_zone_of_the_government(
    client: Client, draft: Publication
) -> None:
    client.post(
        at(draft),
        sent(
            draft, when="at", due_date="2027-01-04", due_time="08:30", link="pdam.uji.go.id/jadwal", utm="1",
            utm_here="1", utm_campaign="air", late_minutes="60",
        ),
    )  # fmt: skip
    draft.refresh_from_db()
    assert draft.due_at == datetime(2027, 1, 4, 1, 30, tzinfo=UTC)
    assert (draft.link, draft.utm, draft.late_minutes) == (
        "https://pdam.uji.go.id/jadwal",
        {"campaign": "air"},
        60,
    )
    page = client.get(at(draft)).content.decode()
    assert "utm_source=scripted&amp;utm_medium=social&amp;utm_campaign=air" in page
    answer = client.post(
        at(draft), sent(draft, when="at", due_date="", due_time="", link="https://tidak lengkap")
    )
    assert answer.status_code == 422
    assert "Isi tanggal dan jam terbit" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.link == "https://pdam.uji.go.id/jadwal"


def test_saving_in_the_background_answers_with_what_the_page_shows(
    client: Client, draft: Publication
) -> None:
    save = reverse("publication_save", args=[draft.pk])
    told = client.post(save, sent(draft, text="Dasar goblok, baca dulu.")).json()
    draft.refresh_from_db()
    assert (told["revision"], draft.text) == (draft.revision, "Dasar goblok, baca dulu.")
    assert "<mark>goblok</mark>" in told["panel"]
    assert told["marks"] == {str(draft.variants.get().channel_id): "blocks"}
    assert told["stops"] == 1
    long = client.post(save, sent(draft, text="x" * 101)).json()
    assert "Terlalu panjang: 101 dari 100" in long["panel"]


def test_two_who_write_at_once_choose_between_both(
    client: Client, coordinator: Member, draft: Publication, as_member: Callable[[Member], Client]
) -> None:
    before = draft.revision
    as_member(coordinator).post(at(draft), sent(draft, text="Dari koordinator.", title="Judul baru"))
    late = client.post(
        reverse("publication_save", args=[draft.pk]), sent(draft, revision=before, text="Dari petugas.")
    )
    assert late.status_code == 409
    page = client.get(at(draft)).content.decode()
    assert "Dari koordinator." in page
    assert "Dari petugas." in page
    draft.refresh_from_db()
    form = {"revision": draft.revision, "deed": "copy-take", "take-text": "mine", "take-title": "newest"}
    client.post(at(draft), form)
    draft.refresh_from_db()
    assert (draft.text, draft.title) == ("Dari petugas.", "Judul baru")
    assert not Copy.objects.exists()


def test_an_open_page_takes_nothing_back_that_was_handed_in(client: Client, draft: Publication) -> None:
    client.post(at(draft), sent(draft, "hand-in"))
    draft.refresh_from_db()
    assert draft.state == PublicationState.REVIEW
    late = client.post(reverse("publication_save", args=[draft.pk]), sent(draft, text="Terlambat."))
    assert late.status_code == 409
    draft.refresh_from_db()
    assert (draft.state, draft.text) == (PublicationState.REVIEW, "Besok air mati di Kelurahan Baru.")
    assert "Ketikan Anda yang terlambat" in client.get(at(draft)).content.decode()
    client.post(at(draft), {"deed": "reopen"})
    draft.refresh_from_db()
    assert draft.state == PublicationState.DRAFT
    assert "Terlambat." in client.get(at(draft)).content.decode()


def test_what_may_not_leave_is_summed_up_and_answered_for(
    client: Client, coordinator: Member, draft: Publication, as_member: Callable[[Member], Client]
) -> None:
    refused = client.post(at(draft), sent(draft, "hand-in", text="Dasar goblok."))
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "data-summary" in page
    assert "Hanya koordinator" in page
    draft.refresh_from_db()
    form = sent(draft, "hand-in", **{"override": "hate_and_coarse", "reason-hate_and_coarse": ""})
    lead = as_member(coordinator)
    assert "Tulis alasan" in lead.post(at(draft), form).content.decode()
    assert lead.post(at(draft), form | {"reason-hate_and_coarse": "Mengutip"}).status_code == 302
    draft.refresh_from_db()
    assert draft.overrides == [{"rule": "hate_and_coarse", "reason": "Mengutip"}]


def test_channels_office_duplicates_and_giving_up(
    client: Client, desk: Unit, officer: Member, draft: Publication, inside: None
) -> None:
    other = a_channel(desk)
    client.post(at(draft), sent(draft, "channels", channel=[other.pk]))
    assert [row.channel_id for row in draft.variants.all()] == [other.pk]
    draft.refresh_from_db()
    below = a_unit(desk.government, "UPT", parent=desk)
    client.post(at(draft), sent(draft, "unit", unit=below.pk))
    draft.refresh_from_db()
    assert draft.unit == below
    answer = client.post(at(draft), sent(draft, "duplicate"))
    made = Publication.objects.exclude(pk=draft.pk).get()
    assert answer["Location"] == at(made)
    assert (made.text, made.due_at, made.state) == (draft.text, None, "draft")
    client.post(at(draft), sent(draft, "discard"))
    draft.refresh_from_db()
    assert draft.state == PublicationState.CANCELLED


def test_another_office_s_draft_is_not_there(
    town: Government, draft: Publication, as_member: Callable[[Member], Client]
) -> None:
    stranger = as_member(a_member(a_unit(town, "DINKES")))
    assert stranger.get(at(draft)).status_code == 404
    assert stranger.post(at(draft), sent(draft, text="Lain.")).status_code == 404


def test_begun_where_it_was_asked_for(client: Client, channel: Channel, inside: None) -> None:
    page = client.get(
        reverse("publication_new") + f"?due=2027-01-04T08:30&channel={channel.pk}"
    ).content.decode()
    assert "4 Januari 2027" in page
    client.post(
        reverse("publication_new"), {"due": "2027-01-04T08:30", "channel": channel.pk, "kind": "agenda"}
    )
    made = Publication.objects.get()
    assert made.due_at == datetime(2027, 1, 4, 1, 30, tzinfo=UTC)
    assert (made.kind, [row.channel_id for row in made.variants.all()]) == ("agenda", [channel.pk])


def test_the_list_is_filtered_by_its_address(
    client: Client, officer: Member, channel: Channel, draft: Publication, inside: None
) -> None:
    other = a_publication(officer, a_channel(officer.unit), text="Jadwal vaksin anak.", kind="service")
    address = reverse("publications")

    def shown(**query: str | int) -> set[int]:
        page = client.get(address, query).content.decode()
        return {one.pk for one in (draft, other) if f'href="{at(one)}"' in page}

    assert shown() == {draft.pk, other.pk}
    assert shown(q="vaksin") == {other.pk}
    assert shown(channel=channel.pk) == {draft.pk}
    assert shown(kind="service") == {other.pk}
    assert shown(state="out") == set()
    assert "Belum ada konten pada status ini" in client.get(address, {"state": "out"}).content.decode()
    assert "Hapus saringan" in client.get(address, {"q": "tidak ada"}).content.decode()


def test_remarks_are_said_and_settled(
    client: Client,
    coordinator: Member,
    draft: Publication,
    as_member: Callable[[Member], Client],
    inside: None,
) -> None:
    lead = as_member(coordinator)
    lead.post(at(draft), {"deed": "remark", "remark": "Sebut nama jalan.", "remark_quote": "Kelurahan Baru"})
    assert "Sebut nama jalan." in client.get(at(draft)).content.decode()
    one = Remark.objects.get()
    client.post(at(draft), {"deed": f"settle:{one.pk}"})
    one.refresh_from_db()
    assert one.settled_at is not None


def test_a_template_gives_its_words_and_its_kind(client: Client, officer: Member, inside: None) -> None:
    one = snippets.keep(officer, name="Agenda", text="Hadirilah …", form="template", kind="agenda")
    assert "Hadirilah" in client.get(reverse("publication_new")).content.decode()
    client.post(reverse("publication_new"), {"template": one.pk, "kind": "information"})
    made = Publication.objects.get()
    assert (made.text, made.kind) == ("Hadirilah …", "agenda")
    one.refresh_from_db()
    assert one.used == 1
