from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tanggap.agencies.models import Member, NotAllowed, Notice, Role
from tanggap.cases import making, replies
from tanggap.cases.models import CaseState, Reply, Secrecy
from tanggap.channels.connector import OutcomeUnknown, Sent
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post
from tests.city import Scripted, a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO", "bina_marga"), Role.OFFICER)


@pytest.fixture
def channel(officer: Member) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(officer.unit)


@pytest.fixture(autouse=True)
def inside(officer: Member):  # type: ignore[no-untyped-def]
    with scope.government(officer.government_id):
        yield


def test_a_reply_leaves_once_and_answers_the_case(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    case = making.from_post(post, officer)
    reply = replies.submit(replies.draft(post, officer, "Sudah kami teruskan.", closes=True), officer)
    assert work.run("send") == work.run("replies") == 1
    reply.refresh_from_db()
    case.refresh_from_db()
    post.refresh_from_db()
    assert reply.delivery
    assert reply.delivery.state == "sent"
    assert Scripted.sent[0].target_external_id == post.external_id
    assert case.state == CaseState.ANSWERED
    assert case.responded_at == post.answered_at is not None
    assert post.desk == "done"


@pytest.mark.fault(35)
def test_pressing_send_twice_or_two_officers_at_once_sends_one_reply(
    channel: Channel, officer: Member
) -> None:
    post, colleague = a_post(channel), a_member(officer.unit)
    reply = replies.draft(post, officer, "Satu")
    with pytest.raises(Refusal, match="sedang membalas"):
        replies.draft(post, colleague, "Dua")
    replies.submit(reply, officer)
    with pytest.raises(Refusal, match="sudah dikirim"):
        replies.submit(reply, officer)
    with pytest.raises(NotAllowed):
        replies.submit(reply, colleague)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.create(post=post, text="Dua", author=colleague, created_at=reply.created_at)
    work.run("send")
    assert [out.text for out in Scripted.sent] == ["Satu"]


def test_a_colleague_takes_a_draft_over_with_its_text(channel: Channel, officer: Member) -> None:
    post, colleague = a_post(channel), a_member(officer.unit)
    replies.take_over(replies.draft(post, officer, "Baik, Pak"), colleague)
    mine = replies.open_reply(post)
    assert mine
    assert (mine.author, mine.text) == (colleague, "Baik, Pak")


def test_only_an_own_draft_that_was_not_sent_is_thrown_away_and_its_words_stand_on_no_record(
    channel: Channel, officer: Member
) -> None:
    draft = replies.draft(a_post(channel), officer, "kata yang dibuang")
    with pytest.raises(NotAllowed):
        replies.discard(draft, a_member(officer.unit))
    replies.discard(draft, officer)
    assert not Reply.objects.exists()
    entry = Entry.objects.get(action="reply.discard")
    assert (entry.actor, entry.target_id) == (officer.audit_name, str(draft.pk))
    assert "dibuang" not in str(entry.fields)
    sent = replies.submit(replies.draft(a_post(channel), officer, "Sudah"), officer)
    with pytest.raises(Refusal, match="sudah dikirim"):
        replies.discard(sent, officer)
    assert Reply.objects.get() == sent


@pytest.mark.fault(70)
@pytest.mark.parametrize("text", ["NIK Bapak 3471010101900001 sudah kami catat", "NIK 3471 0101 0190 0001"])
def test_personal_data_does_not_leave_in_public(channel: Channel, officer: Member, text: str) -> None:
    reply = replies.draft(a_post(channel), officer, text)
    with pytest.raises(replies.Held) as held:
        replies.submit(reply, officer, [replies.Override("personal_data", "warga meminta")])
    assert held.value.findings[0].rule == "personal_data"
    reply.refresh_from_db()
    assert (reply.state, reply.text) == ("draft", text)


@pytest.mark.fault(33)
def test_a_text_over_the_limit_is_kept_and_not_sent(channel: Channel, officer: Member) -> None:
    reply = replies.draft(a_post(channel), officer, "x" * 101)
    with pytest.raises(Refusal, match="101 dari 100"):
        replies.submit(reply, officer)
    assert Reply.objects.get(pk=reply.pk).text == "x" * 101


def test_a_confidential_case_is_answered_in_private_only(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    making.from_post(post, officer, secrecy=Secrecy.CONFIDENTIAL)
    with pytest.raises(Refusal, match="rahasia"):
        replies.submit(replies.draft(post, officer, "Kami proses."), officer)
    replies.submit(replies.draft(post, officer, "Kami proses.", private=True), officer)
    work.run("send")
    assert Scripted.sent[0].kind == "private_reply"


def test_approval_is_by_another_person(channel: Channel, officer: Member) -> None:
    officer.government.reply_needs_approval = True
    officer.government.save()
    one, two = a_member(officer.unit, Role.COORDINATOR), a_member(officer.unit, Role.COORDINATOR)
    reply = replies.submit(replies.draft(a_post(channel), one, "Sudah."), one)
    assert reply.state == "waiting_approval"
    assert work.run("send") == 0
    assert Notice.objects.get(kind="reply_to_approve").member == two
    with pytest.raises(NotAllowed):
        replies.approve(reply, one)
    with pytest.raises(NotAllowed):
        replies.approve(reply, officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(approver=one)
    replies.refuse(reply, two, "Sebut jadwalnya")
    reply.refresh_from_db()
    assert (reply.state, reply.refusal) == ("draft", "Sebut jadwalnya")
    replies.approve(replies.submit(reply, one), two)
    assert work.run("send") == 1


def test_an_unknown_outcome_reaches_its_author_once(channel: Channel, officer: Member) -> None:
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    replies.submit(replies.draft(a_post(channel), officer, "Sudah."), officer)
    work.run("send")
    assert (work.run("replies"), work.run("replies")) == (1, 0)
    assert Notice.objects.filter(kind="reply_unknown", member=officer).count() == 1


def test_an_answer_given_by_hand_counts_with_the_same_clock(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    case = making.from_post(post, officer)
    reply = replies.mark_answered_by_hand(
        post, officer, "Sudah dibalas di sana", "https://panggung/1", closes=True
    )
    case.refresh_from_db()
    assert reply.delivery
    assert (reply.delivery.state, reply.delivery.manual) == ("sent", True)
    assert case.state == CaseState.ANSWERED
    assert case.responded_at is not None
    assert not Scripted.sent


@pytest.mark.fault(34)
def test_what_was_approved_is_what_leaves(channel: Channel, officer: Member) -> None:
    reply = replies.submit(replies.draft(a_post(channel), officer, "Teks resmi"), officer)
    Reply.objects.filter(pk=reply.pk).update(text="Teks lain")
    with pytest.raises(Refusal):
        replies.draft(Post.objects.get(pk=reply.post_id), officer, "Teks lain")
    Scripted.answers = [Sent("1")]
    work.run("send")
    assert Scripted.sent[0].text == "Teks resmi"


def test_only_the_role_that_a_rule_names_answers_for_it(channel: Channel, officer: Member) -> None:
    post, text = a_post(channel), "Nota dinas Sekda berisi daftar mutasi."
    answer = [replies.Override("excluded_information", "sudah dibuka oleh PPID")]
    reply = replies.draft(post, officer, text)
    with pytest.raises(replies.Held) as held:
        replies.submit(reply, officer, answer)
    assert {one.rule for one in held.value.findings} == {"excluded_information"}
    coordinator = a_member(officer.unit, Role.COORDINATOR)
    reply = replies.take_over(reply, coordinator)
    with pytest.raises(Refusal, match="alasan"):
        replies.submit(reply, coordinator, [replies.Override("excluded_information", " ")])
    reply = replies.submit(reply, coordinator, answer)
    assert reply.overrides == [{"rule": "excluded_information", "reason": "sudah dibuka oleh PPID"}]
    work.run("send")
    assert [out.text for out in Scripted.sent] == [text]
