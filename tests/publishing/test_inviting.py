"""A link for one decision: no word of the draft in its mail, used once, ended by time, by hand and by every change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from tanggap.agencies.models import NotAllowed, Role
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import public, writing
from tanggap.publishing.approval import approving, delegating, inviting
from tanggap.publishing.models import Approval, Invitation, Publication, PublicationState
from tests.city import a_member, a_publication
from tests.publishing.offices import Office, a_route

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(office: Office) -> Publication:
    return approving.hand_in(a_publication(office.writer, office.channel), office.writer)


def send(one: Publication, office: Office, **more: Any) -> str:
    """Returns the secret, as it stands in the mail."""
    values = {"name": "Ahli Hukum", "email": "ahli@contoh.test", "hash_": one.hash} | more
    inviting.send(one, values.pop("by", office.head), **values)
    return secret_of(str(mail.outbox[-1].body))


def secret_of(body: str) -> str:
    found = re.search(r"/publik/putusan/([\w-]+)/", body)
    assert found
    return found[1]


def test_the_mail_leads_there_and_says_nothing_of_the_draft(waiting: Publication, office: Office) -> None:
    secret = send(waiting, office)
    message = mail.outbox[0]
    assert message.to == ["ahli@contoh.test"]
    assert "air mati" not in f"{message.subject} {message.body}"
    assert len(secret) >= 22  # 128 bits in base 64
    row = Invitation.objects.get()
    kept = " ".join(str(value) for value in Invitation.objects.values().get().values())
    assert secret not in kept + str(list(Entry.objects.values_list("fields", flat=True)))
    assert row.digest == inviting.digest_of(secret)
    assert "ahli@contoh.test" not in str(list(Entry.objects.values_list("fields", flat=True)))


def test_somebody_outside_agrees_once(waiting: Publication, office: Office) -> None:
    secret = send(waiting, office)
    shown = public.asked(secret)
    assert shown is not None
    assert (shown.standing, shown.parts[0].text) == ("open", waiting.text)
    public.decide(secret, approve=True, name="Ahli Hukum", note="Sesuai perda.")
    waiting.refresh_from_db()
    assert waiting.state == PublicationState.APPROVED
    assert Approval.objects.get().note == "Ahli Hukum: Sesuai perda."
    assert Entry.objects.filter(action="publication.approve", actor__startswith="system:invitation-").exists()
    with pytest.raises(Refusal):
        public.decide(secret, approve=True, name="Ahli Hukum", note="")
    after = public.asked(secret)
    assert after is not None
    assert (after.standing, after.parts) == ("approved", ())


def test_or_returns_it_with_a_reason(waiting: Publication, office: Office) -> None:
    secret = send(waiting, office)
    for name, note, field in (("", "x", "name"), ("Ahli", " ", "note")):
        with pytest.raises(Refusal) as told:
            public.decide(secret, approve=False, name=name, note=note)
        assert told.value.field == field
    public.decide(secret, approve=False, name="Ahli", note="Sebut dasar hukumnya.")
    waiting.refresh_from_db()
    assert waiting.state == PublicationState.DRAFT
    after = public.asked(secret)
    assert after is not None
    assert after.standing == "returned"


@pytest.mark.fault(34)
def test_an_edit_ends_the_link(waiting: Publication, office: Office) -> None:
    secret = send(waiting, office)
    one = writing.save(waiting, office.writer, waiting.revision, {"text": "Lusa air mati."})
    approving.hand_in(one, office.writer)
    shown = public.asked(secret)
    assert shown is not None
    assert (shown.standing, shown.parts, public.picture(secret, 0)) == ("changed", (), None)
    with pytest.raises(Refusal):
        public.decide(secret, approve=True, name="Ahli", note="")
    assert not Approval.objects.exists()
    assert Invitation.objects.get().used_at is None


def test_time_and_its_sender_end_the_link(waiting: Publication, office: Office) -> None:
    late, ended = send(waiting, office), send(waiting, office, email="lain@contoh.test")
    Invitation.objects.filter(digest=inviting.digest_of(late)).update(expires_at=timezone.now())
    with pytest.raises(NotAllowed):
        inviting.revoke(Invitation.objects.latest("id"), a_member(office.unit))
    inviting.revoke(Invitation.objects.latest("id"), office.head)
    for secret in (late, ended):
        shown = public.asked(secret)
        assert shown is not None
        assert (shown.standing, shown.parts) == ("expired", ())
        with pytest.raises(Refusal):
            public.decide(secret, approve=True, name="Ahli", note="")
    assert not inviting.open_of(waiting).exists()


def test_a_second_link_to_the_same_person_ends_the_first(waiting: Publication, office: Office) -> None:
    first, second = send(waiting, office), send(waiting, office)
    standings = [shown.standing for shown in (public.asked(first), public.asked(second)) if shown]
    assert standings == ["expired", "open"]


def test_a_used_link_is_not_ended(waiting: Publication, office: Office) -> None:
    public.decide(send(waiting, office), approve=True, name="Ahli", note="")
    with pytest.raises(Lost):
        inviting.revoke(Invitation.objects.get(), office.head)


def test_only_who_may_decide_by_themselves_sends_one(waiting: Publication, office: Office) -> None:
    with pytest.raises(NotAllowed):
        send(waiting, office, by=office.writer)
    deputy = a_member(office.unit)
    now = timezone.now()
    delegating.appoint(office.head, deputy, now, now + timedelta(days=1))
    assert approving.may_decide(waiting, deputy)
    assert not inviting.may_invite(waiting, deputy)
    with pytest.raises(NotAllowed):
        send(waiting, office, by=deputy)
    with pytest.raises(approving.Newer):
        send(waiting, office, hash_="0" * 64)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"), [({"name": " "}, "name"), ({"email": "ahli"}, "email"), ({"hours": 9999}, "hours")]
)
def test_a_form_says_what_is_missing(
    waiting: Publication, office: Office, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refusal) as told:
        send(waiting, office, **more)
    assert told.value.field == field


def test_colleagues_decide_with_their_own_log_in(waiting: Publication, office: Office) -> None:
    with pytest.raises(Refusal) as told:
        send(waiting, office, email=office.writer.user.email.upper())
    assert told.value.field == "email"


def test_a_mail_that_cannot_be_sent_leaves_no_link_open(
    waiting: Publication, office: Office, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.publishing.offices.NoMail"
    with pytest.raises(Refusal, match="dibatalkan"):
        inviting.send(waiting, office.head, name="Ahli", email="ahli@contoh.test", hash_=waiting.hash)
    assert not inviting.open_of(waiting).exists()


def test_the_senders_word_counts_where_another_is_asked_for(office: Office) -> None:
    a_route(office, Role.LEADER, Role.LEADER, others=True)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    public.decide(send(one, office), approve=True, name="Ahli", note="")
    one.refresh_from_db()
    assert one.stage == "t2"
    standing = approving.standing_of(one, office.head)
    assert (standing.may, standing.code) == (False, "agreed")


def test_after_its_minute_only_a_member_says_when_it_leaves(waiting: Publication, office: Office) -> None:
    secret = send(waiting, office)
    Publication.objects.update(due_at=timezone.now() - timedelta(hours=1))
    shown = public.asked(secret)
    assert shown is not None
    assert shown.standing == "passed"
    with pytest.raises(Refusal, match="Waktu terbitnya"):
        public.decide(secret, approve=True, name="Ahli", note="")
    assert Invitation.objects.get().used_at is None
    public.decide(secret, approve=False, name="Ahli", note="Sudah lewat.")


def test_a_link_that_never_was(office: Office) -> None:
    assert public.asked("tidak-ada") is None
    with pytest.raises(Refusal):
        public.decide("tidak-ada", approve=True, name="Ahli", note="")
