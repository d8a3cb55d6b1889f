"""A conversation: reading it, uncovering, correcting, noting, making a case."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member, Unit
from tanggap.cases.models import Case, Note
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.core.audit import Entry
from tanggap.posts.models import Post, Version
from tanggap.posts.taught import Correction
from tests.city import NOW, a_case, a_post, a_unit, compare_words

HTMX = {"HX-Request": "true"}
NIK = "3471010101900001"


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


def opened(client: Client, post: Post, **headers: str) -> str:
    return client.get(reverse("thread", args=[post.pk]), headers=headers).content.decode()


def test_opening_marks_as_read_and_shows_the_whole_thread_oldest_first(
    client: Client, channel: Channel
) -> None:
    first = a_post(channel, "pertanyaan pertama", thread="t")
    second = a_post(
        channel, "susulan kedua", thread="t", in_reply_to="t", created_at=NOW + timedelta(hours=1)
    )
    shown = opened(client, second)
    assert shown.index(f'id="post-{first.pk}"') < shown.index(f'id="post-{second.pk}"')
    second.refresh_from_db()
    first.refresh_from_db()
    assert second.opened_at
    assert not first.opened_at


def test_htmx_gets_the_pane_with_a_title(client: Client, channel: Channel) -> None:
    shown = opened(client, a_post(channel), **HTMX)
    assert "<title>" in shown
    assert "desk-list" not in shown


def test_edits_and_deletions_are_marked_and_old_versions_covered(client: Client, channel: Channel) -> None:
    post = a_post(channel, "sudah diperbaiki", edited_at=NOW, deleted_at=NOW)
    Version.objects.create(post=post, text=f"NIK saya {NIK} tolong", until=NOW)
    shown = opened(client, post)
    for text in ("Disunting", "Dihapus di platform", "disimpan sebagai bukti", "NIK disamarkan"):
        assert text in shown
    assert NIK not in shown


def test_uncovering_is_on_record(client: Client, channel: Channel) -> None:
    post = a_post(channel, f"NIK {NIK}", reading={"personal_data": [{"type": "nik", "start": 4, "end": 20}]})
    assert NIK not in opened(client, post)
    uncovered = client.post(reverse("thread_unmask", args=[post.pk]), headers=HTMX).content.decode()
    assert NIK in uncovered
    assert Entry.objects.filter(action="post.unmask", target_id=str(post.pk)).count() == 1


def test_an_unsure_label_has_a_question_mark_and_is_put_right(
    client: Client, channel: Channel, officer: Member
) -> None:
    said = {"topic": {"label": "jalan_rusak", "score": 0.41, "candidates": []}}
    post = a_post(channel, reading=said)
    assert "Jalan rusak?" in opened(client, post)
    shown = client.post(
        reverse("thread_correct", args=[post.pk]), {"label": "topic", "after": "trotoar"}, headers=HTMX
    ).content.decode()
    assert "Trotoar" in shown
    assert "Ditetapkan petugas" in shown
    assert Correction.objects.get(post=post).by_id == officer.pk


def test_a_note_stands_in_the_thread_and_nowhere_else(client: Client, channel: Channel) -> None:
    post = a_post(channel)
    shown = client.post(
        reverse("thread_note", args=[post.pk]), {"text": "sudah ditelepon"}, headers=HTMX
    ).content.decode()
    assert "sudah ditelepon" in shown
    assert "tidak terkirim" in shown
    assert Note.objects.get().post_id == post.pk


def test_a_case_is_suggested_with_reasons_and_made(client: Client, channel: Channel, desk: Unit) -> None:
    post = a_post(channel, "jalan bolong", topic="jalan_rusak")
    form = client.get(reverse("thread_case_form", args=[post.pk]), headers=HTMX).content.decode()
    assert str(desk) in form
    assert "topik:" in form, "the reason stands beside the office"
    assert "Desember 2026 pukul" in form, "the deadline is shown before the case is made"
    made = client.post(
        reverse("thread_case_make", args=[post.pk]),
        {"title": "Lubang di jalan", "topic": "jalan_rusak", "case_class": "pengaduan", "units": [desk.pk]},
        headers=HTMX,
    )
    case = Case.objects.get()
    assert case.number in made.content.decode()
    assert (case.title, case.assignments.get().unit_id) == ("Lubang di jalan", desk.pk)
    assert json.loads(made["HX-Trigger"])["desk"]["ids"] == [post.pk]


def test_a_choice_that_was_made_changes_the_suggestion(client: Client, channel: Channel, desk: Unit) -> None:
    cleaning = a_unit(desk.government, "BERSIH", "kebersihan")
    post = a_post(channel, topic="jalan_rusak")
    address = reverse("thread_case_form", args=[post.pk])
    form = client.get(
        f"{address}?topic=sampah&title=Judul saya&suggested_title=x", headers=HTMX
    ).content.decode()
    assert str(cleaning) in form
    assert 'value="Judul saya"' in form, "a typed title is kept"


def test_a_post_is_joined_to_a_case_that_may_be_the_same_matter(
    client: Client, channel: Channel, coordinator: Member, officer: Member
) -> None:
    case = a_case(a_post(channel, "lubang dalam sekali", area_code="99.71.01"), coordinator)
    elsewhere = a_case(a_post(channel, area_code="99.71.02"), coordinator)
    post = a_post(channel, "lubangnya belum ditutup", area_code="99.71.01")
    address = reverse("thread_case_join", args=[post.pk])
    assert address in opened(client, post)
    form = client.get(address, headers=HTMX).content.decode()
    assert f'value="{case.number}"' in form
    assert "lubang dalam sekali" in form
    assert elsewhere.number not in form
    joined = client.post(address, {"number": case.number, "typed": ""}, headers=HTMX)
    assert case.number in joined.content.decode()
    assert json.loads(joined["HX-Trigger"])["desk"] == {"ids": [post.pk], "did": "case"}
    assert set(case.links.values_list("post_id", flat=True)) > {post.pk}
    entry = Entry.objects.get(action="case.join", target_id=str(case.pk))
    assert entry.actor == officer.audit_name


def test_what_is_worded_alike_is_offered_after_what_lies_at_the_same_place(
    client: Client, channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_words(monkeypatch)
    alike = a_case(a_post(channel, "lubang dalam depan pasar"), coordinator)
    here = a_case(a_post(channel, "kapan diaspal", area_code="99.71.01"), coordinator)
    work.run("vectors")
    post = a_post(channel, "lubang dalam dekat pasar", area_code="99.71.01")
    form = client.get(reverse("thread_case_join", args=[post.pk]), headers=HTMX).content.decode()
    assert re.findall(r'type="radio" name="number" value="([^"]+)"', form) == [here.number, alike.number]


def test_a_typed_number_goes_before_a_suggestion_and_a_wrong_one_changes_nothing(
    client: Client, channel: Channel, coordinator: Member
) -> None:
    case = a_case(a_post(channel), coordinator)
    post = a_post(channel)
    address = reverse("thread_case_join", args=[post.pk])
    for typed, why in (("K26-99999", "Tidak ada kasus bernomor K26-99999"), (" ", "ketik nomornya")):
        answer = client.post(address, {"typed": typed}, headers=HTMX)
        assert answer.status_code == 422
        assert why in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert client.post(address, {"typed": f" {case.number.lower()} ", "number": "x"}).status_code == 302
    assert post.pk in case.links.values_list("post_id", flat=True)
    assert client.post(address, {"typed": case.number}, headers=HTMX).status_code == 422


def test_a_case_that_the_member_does_not_see_cannot_be_joined(
    client: Client, channel: Channel, coordinator: Member
) -> None:
    hidden = a_case(a_post(channel), coordinator, secrecy="confidential")
    Case.objects.filter(pk=hidden.pk).update(named=[coordinator.pk])
    post = a_post(channel)
    answer = client.post(reverse("thread_case_join", args=[post.pk]), {"typed": hidden.number}, headers=HTMX)
    assert "Tidak ada kasus bernomor" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert hidden.links.count() == 1


def test_the_panel_shows_the_case_with_its_offices(
    client: Client, channel: Channel, coordinator: Member
) -> None:
    post = a_post(channel)
    case = a_case(post, coordinator, coordinator.unit)
    shown = opened(client, post)
    assert case.number in shown
    assert "Disposisi" in shown
    assert "Dikirim" in shown


def test_a_second_case_of_the_same_post_is_refused(
    client: Client, channel: Channel, coordinator: Member
) -> None:
    post = a_post(channel)
    a_case(post, coordinator)
    answer = client.post(reverse("thread_case_make", args=[post.pk]), {"title": "lagi"}, headers=HTMX)
    assert answer.status_code == 422
    assert "sudah masuk kasus" in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_slang_and_regional_words_have_their_meaning_beside_them(client: Client, channel: Channel) -> None:
    post = a_post(channel, "dalane bolong, jln rsk <b>bgt</b>", language="jv")
    shown = opened(client, post)
    assert '<abbr class="means" title="jalan">dalane</abbr>' in shown
    assert '<abbr class="means" title="rusak">rsk</abbr> &lt;b&gt;' in shown
    assert '<dt>bgt</dt><dd lang="id">banget</dd>' in shown
    assert "Arti kata" in shown
    assert "style=" not in shown.split('id="said-')[1].split("</details>")[0]


def test_a_standard_text_needs_no_list_of_meanings(client: Client, channel: Channel) -> None:
    assert "Arti kata" not in opened(client, a_post(channel, "Jalan ini rusak parah."))
