"""What follows on the first words: more words, edits, deletions, answers given elsewhere, our own echo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Notice, Role
from tanggap.cases import deeds, replies
from tanggap.cases.models import Case, CasePost, CaseState, Secrecy
from tanggap.channels.connector import Sent
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts import intake
from tanggap.posts.models import Deletion, Post, RawItem, RawState, Version
from tanggap.publishing.models import Delivery
from tests.city import NOW, Scripted, a_channel, a_government, a_member, a_unit, hear

pytestmark = pytest.mark.django_db
LAMP = "Min tolong lampu jalan mati sudah 3 bulan, gelap dan rawan begal"
SRI = {"id": "sri", "handle": "sri"}


@pytest.fixture
def coordinator() -> Member:
    desk = a_unit(a_government(), "KOMINFO")
    a_unit(desk.government, "DISHUB", "penerangan")
    a_unit(desk.government, "INSPEKTORAT", "pengawasan", kind="inspektorat")
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def channel(coordinator: Member) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(coordinator.unit)


@pytest.fixture(autouse=True)
def inside(coordinator: Member):  # type: ignore[no-untyped-def]
    with scope.government(coordinator.government_id):
        yield


@pytest.fixture
def case(channel: Channel) -> Case:
    hear(channel, LAMP, external_id="1", author=SRI)
    work.run("digest")
    return Case.objects.get()


def say(channel: Channel, text: str, **line: Any) -> Post:
    raw = hear(channel, text, **line)
    work.run("digest")
    raw.refresh_from_db()
    assert raw.state == RawState.DIGESTED, raw.reason
    return Post.objects.order_by("-id")[0]


def test_the_reporters_next_words_join_the_case_and_wake_it(
    channel: Channel, case: Case, coordinator: Member
) -> None:
    deeds.ask_reporter(case, coordinator)
    post = say(channel, "di depan pasar min", in_reply_to="1", thread="1", author=SRI)
    case.refresh_from_db()
    assert CasePost.objects.get(post=post).case == case
    assert (post.triage, post.thread, case.state) == ("same_thread", "1", CaseState.REPORTER_REPLIED)
    assert case.paused_since is None
    assert Case.objects.count() == 1


def test_a_bystander_joins_without_moving_the_case(channel: Channel, case: Case) -> None:
    before = case.state
    post = say(
        channel, "sama di gang saya juga mati", in_reply_to="1", author={"id": "lain", "handle": "lain"}
    )
    case.refresh_from_db()
    assert post.case_link.case == case
    assert case.state == before


def test_an_answer_to_our_answer_stays_in_its_thread(
    channel: Channel, case: Case, coordinator: Member
) -> None:
    Scripted.answers = [Sent("kami-1")]
    replies.submit(replies.draft(Post.objects.get(), coordinator, "Di mana tepatnya?"), coordinator)
    work.run("send")
    post = say(channel, "Depan pasar", in_reply_to="kami-1", author=SRI)
    assert post.thread == "1"
    assert post.case_link.case == case


@pytest.mark.parametrize("known", [True, False])
def test_our_own_echo_never_becomes_a_post(
    channel: Channel, case: Case, coordinator: Member, known: bool
) -> None:
    Scripted.answers = [Sent("kami-1")]
    replies.submit(replies.draft(Post.objects.get(), coordinator, "Sudah kami teruskan."), coordinator)
    if known:
        work.run("send")
    else:  # the echo comes before the answer to our request
        Delivery.objects.update(state="sending", sending_since=timezone.now())
    hear(
        channel,
        "@sri Sudah kami teruskan.",
        external_id="kami-1",
        in_reply_to="1",
        author={"id": channel.external_id},
    )
    work.run("digest")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.external_id) == ("sent", "kami-1")
    assert Post.objects.count() == 1


@pytest.mark.fault(13)
def test_a_colleagues_answer_on_the_platform_stops_the_clock(channel: Channel, case: Case) -> None:
    own = say(
        channel,
        "Siap, tim meluncur",
        external_id="kami-9",
        in_reply_to="1",
        author={"id": channel.external_id},
    )
    case.refresh_from_db()
    assert (own.ours, own.desk) == (True, "done")
    assert case.responded_at == NOW
    assert Post.objects.get(external_id="1").answered_at == NOW


@pytest.mark.fault(12)
def test_a_deleted_post_stays_as_evidence_of_its_case(channel: Channel, case: Case) -> None:
    hear(channel, "", external_id="1", action="delete")
    work.run("digest")
    post = Post.objects.get(external_id="1")
    assert post.deleted_at is not None
    assert post.text == LAMP


def test_an_edit_is_read_again_and_the_old_words_are_kept(channel: Channel, case: Case) -> None:
    later = (NOW + timedelta(minutes=5)).isoformat()
    hear(
        channel,
        "Maksud saya sampah menumpuk di depan pasar",
        external_id="1",
        author=SRI,
        action="edit",
        edited_at=later,
    )
    work.run("digest")
    post = Post.objects.get(external_id="1")
    assert (post.topic, post.edited_at) == ("sampah", NOW + timedelta(minutes=5))
    assert [one.text for one in Version.objects.filter(post=post)] == [LAMP]


def test_a_complaint_about_levies_goes_to_the_inspectorate_alone(
    channel: Channel, coordinator: Member
) -> None:
    leader = a_member(coordinator.unit, Role.LEADER)
    say(channel, "Oknum petugas loket minta pungli 200 ribu supaya KTP cepat jadi")
    case = Case.objects.get()
    assert (case.case_class, case.secrecy) == ("pengaduan_pengawasan", Secrecy.CONFIDENTIAL)
    assert [task.unit.code for task in case.assignments.all()] == ["INSPEKTORAT"]
    assert not Post.objects.seen_by(leader).exists()
    assert coordinator.pk in case.named


def test_history_is_read_but_nobody_is_bothered(channel: Channel) -> None:
    Notice.objects.all().delete()
    post = say(channel, LAMP, history=True)
    assert (post.intent, post.triage, post.desk) == ("complaint", "backfill", "done")
    assert not Case.objects.exists()
    assert not Notice.objects.exists()


def test_what_cannot_be_read_is_kept_and_can_be_read_again(channel: Channel, coordinator: Member) -> None:
    raw = hear(channel, LAMP)
    good = bytes(raw.body)
    RawItem.objects.filter(pk=raw.pk).update(body=b'{"platform":')
    hear(channel, LAMP)
    work.run("digest")
    raw.refresh_from_db()
    assert raw.state == RawState.QUARANTINED
    assert raw.reason
    assert Post.objects.count() == 1
    RawItem.objects.filter(pk=raw.pk).update(body=good)
    assert intake.read_again([raw.pk], coordinator) == 1
    work.run("digest")
    assert Post.objects.count() == 2


@pytest.mark.fault(43)
def test_characters_that_the_database_cannot_hold_do_not_stop_the_batch(channel: Channel) -> None:
    RawItem.objects.create(
        source="hook", channel=channel, received_at=NOW,
        body=b'{"platform":"scripted","external_id":"z","kind":"mention","created_at":"2026-11-23T10:00:00+07:00",'
        b'"text":"lampu \\u0000 mati \\ud83d tolong"}',
    )  # fmt: skip
    hear(channel, LAMP)
    work.run("digest")
    assert set(RawItem.objects.values_list("state", flat=True)) <= {"digested", "quarantined"}
    assert Post.objects.filter(text=LAMP).exists()


@pytest.mark.fault(2)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_deletion_that_comes_first_is_remembered(channel: Channel, at_once: bool) -> None:
    hear(channel, "", external_id="7", action="delete")
    hear(channel, "", external_id="of-a-stranger", action="delete")
    if not at_once:
        work.run("digest")
        assert not Post.objects.exists()
    hear(channel, LAMP, external_id="7", author=SRI)
    work.run("digest")
    post = Post.objects.get()
    assert (post.external_id, post.desk) == ("7", "done")
    assert post.deleted_at is not None
    assert not Case.objects.exists()


@pytest.mark.fault(2)
def test_a_post_and_its_deletion_that_passed_each_other_meet_later(channel: Channel) -> None:
    post = say(channel, LAMP, external_id="7")
    Post.objects.update(received_at=timezone.now())
    Deletion.objects.create(platform=post.platform, external_id="7", at=NOW)
    assert (work.run("deletions"), work.run("deletions")) == (1, 0)
    assert Post.objects.get().deleted_at is not None


OFFICIAL = "terbitan-7"
"""A post of the government's own, below which everybody writes."""


def test_what_others_say_below_the_same_official_post_is_a_matter_of_its_own(channel: Channel) -> None:
    first = say(
        channel, LAMP, external_id="k1", kind="comment", in_reply_to=OFFICIAL, thread=OFFICIAL, author=SRI
    )
    other = say(
        channel, "Min sampah di pasar Melati menumpuk seminggu, bau sekali", external_id="k2", kind="comment",
        in_reply_to=OFFICIAL, thread=OFFICIAL, author={"id": "budi", "handle": "budi"},
    )  # fmt: skip
    cases = {link.post_id: link.case_id for link in CasePost.objects.all()}
    assert cases[first.pk] != cases[other.pk]
    again = say(
        channel, "masih gelap min", external_id="k3", kind="comment", in_reply_to=OFFICIAL, thread=OFFICIAL,
        author=SRI,
    )  # fmt: skip
    assert CasePost.objects.get(post=again).case_id == cases[first.pk]


def test_who_answers_a_citizen_or_our_answer_to_one_speaks_of_that_case(channel: Channel) -> None:
    first = say(
        channel, LAMP, external_id="k1", kind="comment", in_reply_to=OFFICIAL, thread=OFFICIAL, author=SRI
    )
    case = CasePost.objects.get(post=first).case
    now = timezone.now()
    Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind="reply", text="Terima kasih", due_at=now,
        created_at=now, created_by="test", state="sent", external_id="jawaban-1", target_external_id="k1",
        thread=OFFICIAL,
    )  # fmt: skip
    for number, parent in enumerate(("k1", "jawaban-1")):
        post = say(
            channel, "di RT saya juga min", external_id=f"b{number}", kind="comment", in_reply_to=parent,
            thread=OFFICIAL, author={"id": f"tetangga{number}", "handle": f"tetangga{number}"},
        )  # fmt: skip
        assert CasePost.objects.get(post=post).case == case
