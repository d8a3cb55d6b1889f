from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tanggap.agencies import notices
from tanggap.agencies.models import Member, Notice, Role
from tanggap.core import scope, work
from tests.city import NOW, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return a_member(a_unit(a_government(), "A"), Role.LIAISON)


@pytest.fixture(autouse=True)
def inside(member: Member):  # type: ignore[no-untyped-def]
    with scope.government(member.government_id):
        yield


def test_a_notice_is_read_once_and_mailed_where_it_cannot_wait(member: Member) -> None:
    notices.tell([member], "task_new", "/tugas/1/", number="K26-00001", unit="DLH", due="–")
    notices.tell([member], "due_soon", "/kasus/K26-00001/", number="K26-00001", due="–")
    assert [notices.text(one) for one in notices.unread(member)][-1].startswith("Kasus K26-00001")
    assert work.run("notice_mail") == 1
    assert work.run("notice_mail") == 0
    (message,) = mail.outbox
    assert message.to == [member.user.email]
    assert "K26-00001" in message.body
    assert "/tugas/1/" in message.body
    assert notices.mark_read(member, NOW) == 2
    assert not notices.unread(member).exists()


def test_a_mail_that_fails_is_tried_again_and_then_given_up(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object, **_kwargs: object) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refused)
    notices.tell([member], "overdue", "/kasus/1/", number="K26-00001", due="–")
    for attempt in range(1, 7):
        Notice.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))
        assert work.run("notice_mail", limit=1) == 1
        assert Notice.objects.get().mail_attempts == attempt
    assert Notice.objects.get().mail_state == "failed"
    assert work.run("notice_mail") == 0


def test_every_text_can_be_made_and_an_unknown_kind_is_refused(member: Member) -> None:
    values = dict.fromkeys(
        ("number", "unit", "due", "channel", "year", "many", "days", "title", "stage", "name", "event"), "x"
    )
    for kind in notices.TEXTS:
        notices.tell([member], kind, "/", **values)
    assert all("%(" not in notices.text(one) for one in notices.unread(member))
    with pytest.raises(KeyError):
        notices.tell([member], "nonsense", "/")
