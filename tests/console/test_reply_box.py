"""The answer box: nothing typed is lost, nothing that must not leave leaves, every outcome is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Government, Member, Unit
from tanggap.cases.models import Reply
from tanggap.channels.connector import CannotTell, OutcomeUnknown, Permanent
from tanggap.channels.models import Channel, Health
from tanggap.core import work
from tanggap.core.audit import Entry
from tanggap.posts.models import Post
from tests.city import Scripted, a_case, a_member, a_post, compare_words

HTMX = {"HX-Request": "true"}
NIK = "3471010101900001"


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def post(channel: Channel) -> Post:
    return a_post(channel)


def box(client: Client, post: Post) -> str:
    return client.get(reverse("thread_reply", args=[post.pk]), headers=HTMX).content.decode()


def send(client: Client, post: Post, text: str, **more: str) -> tuple[int, str]:
    answer = client.post(reverse("thread_send", args=[post.pk]), {"text": text, **more}, headers=HTMX)
    return answer.status_code, answer.content.decode()


def test_typing_keeps_a_draft_counts_and_checks(client: Client, post: Post) -> None:
    typed = f"NIK Anda {NIK}"
    line = client.post(
        reverse("thread_draft", args=[post.pk]), {"text": typed}, headers=HTMX
    ).content.decode()
    assert f"{len(typed)} / 100" in line
    assert "Draf tersimpan" in line
    assert f"<mark>{NIK}</mark>" in line
    assert Reply.objects.get().text == typed
    assert typed in box(client, post)


def test_an_empty_box_makes_no_draft(client: Client, post: Post) -> None:
    client.post(reverse("thread_draft", args=[post.pk]), {"text": " "}, headers=HTMX)
    assert not Reply.objects.exists()


def test_an_emptied_box_and_the_button_throw_the_draft_away(client: Client, post: Post) -> None:
    draft = reverse("thread_draft", args=[post.pk])
    client.post(draft, {"text": "mulai"}, headers=HTMX)
    assert "Buang draf" in box(client, post)
    line = client.post(draft, {"text": " "}, headers=HTMX).content.decode()
    assert "Draf tersimpan" not in line
    assert not Reply.objects.exists()
    client.post(draft, {"text": "mulai lagi"}, headers=HTMX)
    shown = client.post(reverse("thread_discard", args=[post.pk]), headers=HTMX).content.decode()
    assert "></textarea>" in shown
    assert "Buang draf" not in shown
    assert not Reply.objects.exists()
    assert Entry.objects.filter(action="reply.discard").count() == 2


def test_an_empty_answer_is_refused_and_leaves_no_draft(client: Client, post: Post) -> None:
    status, shown = send(client, post, "  ")
    assert (status, "Balasan masih kosong." in shown) == (422, True)
    assert not Reply.objects.exists()


def test_a_colleagues_draft_is_not_thrown_away(
    client: Client, post: Post, officer: Member, as_member: Callable[[Member], Client]
) -> None:
    client.post(reverse("thread_draft", args=[post.pk]), {"text": "mulai"}, headers=HTMX)
    other = as_member(a_member(officer.unit))
    assert other.post(reverse("thread_discard", args=[post.pk]), headers=HTMX).status_code == 403
    line = other.post(reverse("thread_draft", args=[post.pk]), {"text": ""}, headers=HTMX).content.decode()
    assert "sedang membalas" in line
    assert Reply.objects.get().text == "mulai"


def test_a_blocked_answer_stays_with_its_text_and_says_why(client: Client, post: Post) -> None:
    status, shown = send(client, post, f"NIK {NIK}")
    assert status == 422
    assert "Tidak boleh keluar" in shown
    assert "UU 27/2022" in shown
    assert f"NIK {NIK}</textarea>" in shown
    assert not Scripted.sent


def test_too_long_is_said_before_it_is_sent(client: Client, post: Post) -> None:
    line = client.post(
        reverse("thread_draft", args=[post.pk]), {"text": "a" * 101}, headers=HTMX
    ).content.decode()
    assert "terlalu panjang" in line
    status, shown = send(client, post, "a" * 101)
    assert (status, "101 dari 100" in shown) == (422, True)


def test_an_answer_goes_out_once_and_stands_in_the_thread(client: Client, post: Post) -> None:
    status, shown = send(client, post, "Terima kasih, kami teruskan.")
    assert (status, "Menunggu giliran kirim" in shown) == (200, True)
    assert send(client, post, "Terima kasih, kami teruskan.")[0] == 422, (
        "the same form twice sends nothing twice"
    )
    work.run("send"), work.run("replies")
    talk = client.get(reverse("thread_talk", args=[post.pk])).content.decode()
    assert "Terima kasih, kami teruskan." in talk
    assert "terkirim" in talk
    assert len(Scripted.sent) == 1


def test_an_unknown_outcome_is_shown_and_settled_by_a_person(client: Client, post: Post) -> None:
    Scripted.answers = [OutcomeUnknown("tidak ada jawaban"), CannotTell("tidak bisa ditanya")]
    send(client, post, "Baik.")
    work.run("send"), work.run("replies")
    shown = box(client, post)
    assert "Hasil belum diketahui" in shown
    assert "tidak mengirim dua kali" in shown
    reply = Reply.objects.get()
    client.post(reverse("reply_settle", args=[reply.pk]), {"what": "arrived"}, headers=HTMX)
    reply.refresh_from_db()
    assert reply.delivery is not None
    assert reply.delivery.state == "sent"
    assert len(Scripted.sent) == 1


def test_a_failed_send_keeps_the_text_and_can_be_tried_again(client: Client, post: Post) -> None:
    Scripted.answers = [Permanent("Jendela balasan sudah tertutup.")]
    send(client, post, "Baik, Kak.")
    work.run("send"), work.run("replies")
    shown = box(client, post)
    assert "Balasan tidak terkirim." in shown
    assert "Jendela balasan sudah tertutup." in shown
    assert "Baik, Kak." in shown
    reply = Reply.objects.get()
    client.post(reverse("reply_settle", args=[reply.pk]), {"what": "retry"}, headers=HTMX)
    work.run("send")
    reply.refresh_from_db()
    assert reply.delivery is not None
    assert reply.delivery.state == "sent"


def test_a_colleague_s_draft_is_shown_and_taken_over(
    client: Client, post: Post, officer: Member, as_member: Callable[[Member], Client]
) -> None:
    client.post(reverse("thread_draft", args=[post.pk]), {"text": "mulai"}, headers=HTMX)
    other = as_member(a_member(officer.unit))
    shown = box(other, post)
    assert "sedang membalas" in shown
    assert "<textarea" not in shown
    other.post(reverse("reply_take_over", args=[Reply.objects.get().pk]), headers=HTMX)
    assert "mulai</textarea>" in box(other, post)


def test_where_approval_is_wanted_nobody_approves_an_own_answer(
    post: Post, town: Government, coordinator: Member, as_member: Callable[[Member], Client]
) -> None:
    type(town).objects.filter(pk=town.pk).update(reply_needs_approval=True)
    author = as_member(coordinator)
    assert "Minta persetujuan" in box(author, post)
    send(author, post, "Mohon disetujui.")
    reply = Reply.objects.get()
    assert "Setujui dan kirim" not in box(author, post)
    assert author.post(reverse("reply_approve", args=[reply.pk]), headers=HTMX).status_code == 403
    chief = as_member(a_member(coordinator.unit, "coordinator"))
    assert "Setujui dan kirim" in box(chief, post)
    chief.post(reverse("reply_refuse", args=[reply.pk]), {"why": "kurang sopan"}, headers=HTMX)
    assert "kurang sopan" in box(author, post)
    author.post(reverse("thread_draft", args=[post.pk]), {"text": ""}, headers=HTMX)
    assert "kurang sopan" in box(author, post), "the reason stays while the author writes anew"
    send(author, post, "Mohon disetujui ya.")
    chief.post(reverse("reply_approve", args=[reply.pk]), headers=HTMX)
    work.run("send")
    assert [one.text for one in Scripted.sent] == ["Mohon disetujui ya."]


def test_a_channel_worked_by_hand_is_answered_there_and_marked_here(
    client: Client, post: Post, channel: Channel
) -> None:
    Channel.objects.filter(pk=channel.pk).update(health=Health.MANUAL)
    shown = box(client, post)
    assert "Salin teks" in shown
    assert "Tandai terjawab" in shown
    client.post(
        reverse("thread_by_hand", args=[post.pk]),
        {"text": "Sudah dijawab", "url": "https://contoh.test/1"},
        headers=HTMX,
    )
    post.refresh_from_db()
    assert post.answered_at
    assert not Scripted.sent


def test_who_may_not_answer_reads_only(
    post: Post, officer: Member, as_member: Callable[[Member], Client]
) -> None:
    viewer = as_member(a_member(officer.unit, "viewer"))
    assert "Peran Anda membaca saja" in box(viewer, post)
    assert viewer.post(reverse("thread_send", args=[post.pk]), {"text": "x"}).status_code == 403


def test_answers_to_similar_matters_are_brought_when_asked_for(
    client: Client, channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_words(monkeypatch)
    case = a_case(a_post(channel, "jalan depan pasar berlubang besar"), coordinator)
    work.run("vectors")
    post = a_post(channel, "jalan dekat pasar berlubang besar")
    address = reverse("thread_answers", args=[post.pk])
    assert address in box(client, post)
    assert "Belum ada jawaban untuk hal serupa." in client.get(address, headers=HTMX).content.decode()
    send(client, case.links.get().post, "Kami tambal <b>pekan ini</b>.")
    work.run("send"), work.run("replies")
    shown = client.get(address, headers=HTMX).content.decode()
    assert "Kami tambal &lt;b&gt;pekan ini&lt;/b&gt;." in shown
    assert reverse("case", args=[case.number]) in shown
    assert "Pakai" in shown


def test_who_may_not_answer_is_brought_no_answers(
    post: Post, desk: Unit, as_member: Callable[[Member], Client]
) -> None:
    viewer = as_member(a_member(desk, "viewer"))
    assert viewer.get(reverse("thread_answers", args=[post.pk])).status_code == 403
    assert reverse("thread_answers", args=[post.pk]) not in box(viewer, post)
