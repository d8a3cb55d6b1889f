"""Manual mode: any platform, the same clocks and counts, answered there and marked here; and what nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.cases import answerable, replies
from tanggap.cases.models import Case, Reply
from tanggap.channels import apps_here, manual_accounts
from tanggap.channels.connector import Ability, CannotTell, OutcomeUnknown, Permanent, Window
from tanggap.channels.models import Channel, Health
from tanggap.core import work
from tanggap.core.refusal import Refusal
from tanggap.posts.models import DeskState, Post, RawItem, RawState
from tanggap.publishing.models import Delivery
from tests.city import NOW, Scripted, a_case, a_member, a_post, a_unit

As = Callable[[Member], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def admin(desk: Unit) -> Member:
    return a_member(desk, Role.ADMINISTRATOR)


@pytest.fixture
def account(admin: Member) -> Channel:
    return manual_accounts.open_by_hand(admin, platform="bluesky", handle="@pemkot.uji", unit=admin.unit)


def box(client: Client, post: Post) -> str:
    return client.get(reverse("thread_reply", args=[post.pk]), headers=HTMX).content.decode()


def heard(
    client: Client, account: Channel, text: str = "Lampu jalan depan SD Melati mati sejak kemarin"
) -> Post:
    """Writes down what somebody said to the account, and has it digested."""
    typed = {
        "source": "link", "text": text, "link": "https://bsky.app/profile/a/post/1", "platform": f"kanal:{account.key}",
    }  # fmt: skip
    client.post(reverse("add"), typed)
    raw = RawItem.objects.latest("pk")
    work.run("digest")
    raw.refresh_from_db()
    assert raw.state == RawState.DIGESTED, raw.reason
    return Post.objects.latest("pk")


@pytest.mark.parametrize("platform", sorted(apps_here.accounts()))
def test_an_account_of_any_platform_is_worked_by_hand(
    client: Client, admin: Member, as_member: As, platform: str
) -> None:
    chief = as_member(admin)
    answer = chief.post(reverse("channel_by_hand", args=[platform]), {"handle": "@pemkot"}, follow=True)
    assert "Catat pesan" in answer.content.decode()
    channel = Channel.objects.get(platform=platform)
    assert (channel.health, channel.token, channel.fetch_due_at) == (Health.MANUAL, None, None)
    channel.unit = admin.unit
    channel.save(update_fields=["unit"])
    post = heard(client, channel)
    assert (post.platform, post.channel_id) == (platform, channel.pk)
    assert post.external_id.startswith("hand:")
    shown = box(client, post)
    for text in ("Kanal ini dikerjakan manual", "Salin jawaban", "Buka di platform", "Tandai terjawab"):
        assert text in shown
    one = apps_here.accounts()[platform]
    limits = one.limits_by_kind.get("reply", one.limits)
    assert answerable.counted(post, "x").most in {limits.most, limits.bytes_most}


def test_the_same_name_is_not_added_twice(admin: Member, account: Channel) -> None:
    with pytest.raises(Refusal, match="sudah ada"):
        manual_accounts.open_by_hand(admin, platform="bluesky", handle="PEMKOT.uji")
    with pytest.raises(Refusal, match="Tulis nama akun"):
        manual_accounts.open_by_hand(admin, platform="bluesky", handle=" ")


def test_an_answer_by_hand_stops_the_clock_and_counts_as_manual(
    client: Client, account: Channel, officer: Member
) -> None:
    post = heard(client, account)
    case = Case.objects.filter(links__post=post).first() or a_case(post, officer)
    line = client.post(
        reverse("thread_draft", args=[post.pk]), {"text": "NIK 3471010101900001"}, headers=HTMX
    )
    assert "<mark>" in line.content.decode(), "what is copied is checked like what is sent"
    typed = {"text": "Terima kasih, petugas berangkat.", "url": "https://bsky.app/profile/k/post/2"}
    client.post(reverse("thread_by_hand", args=[post.pk]), typed, headers=HTMX)
    delivery = Delivery.objects.get()
    assert (delivery.manual, delivery.state, delivery.url, delivery.channel_id) == (
        True, "sent", typed["url"], account.pk,
    )  # fmt: skip
    post.refresh_from_db()
    case.refresh_from_db()
    assert post.answered_at is not None
    assert case.responded_at is not None
    assert post.desk == DeskState.DONE
    assert "dijawab di platform" in client.get(reverse("thread_talk", args=[post.pk])).content.decode()


def test_a_link_that_is_none_is_refused(account: Channel, officer: Member) -> None:
    post = a_post(account)
    with pytest.raises(Refusal, match="https://"):
        replies.mark_answered_by_hand(post, officer, "Sudah.", "javascript:alert(1)")
    assert not Reply.objects.exists()


def test_what_was_written_down_stays_by_hand_after_connecting(client: Client, channel: Channel) -> None:
    post = a_post(channel, external_id="hand:1")
    assert "platform tidak mengenalnya dari sini" in box(client, post)
    answer = client.post(reverse("thread_send", args=[post.pk]), {"text": "Baik."}, headers=HTMX)
    assert answer.status_code == 422
    assert "Draf tersimpan" in answer.content.decode()
    assert Scripted.sent == []


def test_a_platform_that_cannot_be_answered_is_answered_by_hand(
    client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "abilities", frozenset({Ability.FETCH}))
    post = a_post(channel, url="https://contoh.test/1")
    shown = box(client, post)
    assert "Platform ini tidak dapat dibalas dari sini." in shown
    client.post(reverse("thread_by_hand", args=[post.pk]), {"text": "Baik."}, headers=HTMX)
    assert Delivery.objects.get().manual


def test_after_the_window_a_message_is_answered_by_hand(
    client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window("reply", 24, "their_last_message", "Pakai templat yang disetujui.")
    monkeypatch.setattr(Scripted, "windows", (window,))
    monkeypatch.setattr(Scripted, "abilities", frozenset({Ability.REPLY}))
    now = timezone.now()
    fresh = a_post(channel, kind="message", created_at=now - timedelta(hours=1), thread="a")
    late = a_post(channel, kind="message", created_at=now - timedelta(hours=25), thread="b")
    assert "Kirim" in box(client, fresh)
    assert "tidak lagi menerima jawaban dari sini" not in box(client, fresh)
    shown = box(client, late)
    assert "tidak lagi menerima jawaban dari sini" in shown
    assert "Pakai templat yang disetujui." in shown
    assert "Tandai terjawab" in shown


def test_a_connected_channel_is_answered_there_too(client: Client, channel: Channel) -> None:
    post = a_post(channel)
    assert "Dijawab langsung di platform?" in box(client, post)
    client.post(reverse("thread_by_hand", args=[post.pk]), {"text": "Baik."}, headers=HTMX)
    assert Delivery.objects.get().manual
    assert Scripted.sent == []


def test_a_send_that_was_refused_is_finished_by_hand(client: Client, channel: Channel) -> None:
    post = a_post(channel)
    Scripted.answers = [Permanent("Jendela 24 jam sudah lewat.")]
    client.post(reverse("thread_send", args=[post.pk]), {"text": "Baik, terima kasih."}, headers=HTMX)
    work.run("send")
    work.run("replies")
    shown = box(client, post)
    assert "Jendela 24 jam sudah lewat." in shown
    assert "Dijawab langsung di platform?" in shown
    assert "Baik, terima kasih.</textarea>" in shown
    client.post(reverse("thread_by_hand", args=[post.pk]), {"text": "Baik, terima kasih."}, headers=HTMX)
    assert sorted(Delivery.objects.values_list("state", "manual")) == [("cancelled", False), ("sent", True)]
    work.run("replies")
    assert not Reply.objects.filter(settled_at=None).exists()
    post.refresh_from_db()
    assert post.answered_at is not None


@pytest.mark.fault(29)
def test_a_person_settles_an_unknown_outcome_with_both_texts_shown(client: Client, channel: Channel) -> None:
    post = a_post(channel)
    Scripted.answers = [OutcomeUnknown("Tidak ada jawaban."), CannotTell("Panggung tidak dapat ditanya.")]
    client.post(reverse("thread_send", args=[post.pk]), {"text": "Segera kami periksa."}, headers=HTMX)
    work.run("send")
    Delivery.objects.update(due_at=NOW)
    work.run("settle")
    shown = box(client, post)
    assert "Yang dikirim dari sini" in shown
    assert "Segera kami periksa." in shown
    assert "Tanggap belum melihat kiriman akun resmi" in shown
    delivery = Delivery.objects.get()
    assert delivery.sending_since is not None
    a_post(
        channel, "Segera kami periksa ya.", ours=True, thread=post.thread, in_reply_to=post.external_id,
        created_at=delivery.sending_since, url="https://contoh.test/jawaban",
    )  # fmt: skip
    a_post(channel, "Obrolan lain.", ours=True, created_at=delivery.sending_since)
    shown = box(client, post)
    assert "Segera kami periksa ya." in shown
    assert "Ini balasannya" in shown
    assert "Obrolan lain." not in shown
    reply = Reply.objects.get()
    typed = {"what": "arrived", "url": "https://contoh.test/jawaban"}
    client.post(reverse("reply_settle", args=[reply.pk]), typed, headers=HTMX)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.url, len(Scripted.sent)) == ("sent", "https://contoh.test/jawaban", 1)


def test_an_account_of_another_office_is_not_offered(
    client: Client, desk: Unit, admin: Member, account: Channel, as_member: As
) -> None:
    other = a_unit(desk.government, "DINKES")
    elsewhere = manual_accounts.open_by_hand(admin, platform="x", handle="@dinkes", unit=other)
    page = client.get(reverse("add")).content.decode()
    assert f"kanal:{account.key}" in page
    assert f"kanal:{elsewhere.key}" not in page
    typed = {"source": "link", "text": "Antre lama", "platform": f"kanal:{elsewhere.key}"}
    assert client.post(reverse("add"), typed).status_code == 422
    assert not RawItem.objects.exists()
