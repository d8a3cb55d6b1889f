"""What is agreed on leaves once for its minute, whoever presses twice, cancels or stops it at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import ForbiddenMove, Lost
from tanggap.publishing import contents, queue, releasing, review, sending, writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Delivery, Publication, SilentPeriod, Stop
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed


@pytest.fixture
def writer(db: None) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        yield a_member(unit, Role.OFFICER)


@pytest.fixture
def chief(writer: Member) -> Member:
    return a_member(writer.unit, Role.COORDINATOR)


@pytest.fixture
def channel(writer: Member) -> Channel:
    return a_channel(writer.unit)


class TestTwice:
    @pytest.mark.fault(35)
    def test_handing_in_twice_asks_once_and_agreeing_twice_publishes_once(
        self, writer: Member, chief: Member, channel: Channel
    ) -> None:
        one = a_publication(writer, channel)
        handed_in = approving.hand_in(one, writer)
        with pytest.raises(Lost):
            approving.hand_in(one, writer)
        assert one.versions.count() == 1
        approving.decide(handed_in, chief, hash_=handed_in.hash, approve=True)
        with pytest.raises(Lost):
            approving.decide(handed_in, chief, hash_=handed_in.hash, approve=True)
        assert Delivery.objects.count() == 1

    @pytest.mark.fault(35)
    def test_the_database_lets_no_part_be_scheduled_twice_for_one_minute(
        self, writer: Member, chief: Member, channel: Channel
    ) -> None:
        at = timezone.now() + timedelta(hours=1)
        one = agreed(a_publication(writer, channel, due_at=at), chief)
        with pytest.raises(IntegrityError), transaction.atomic():
            releasing.schedule(one, writer, timezone.now())
        releasing.schedule(one, writer, timezone.now(), at + timedelta(days=1))
        assert Delivery.objects.count() == 2

    @pytest.mark.fault(35)
    def test_retry_and_confirm_pressed_twice_count_once(
        self, writer: Member, chief: Member, channel: Channel
    ) -> None:
        agreed(a_publication(writer, channel), chief)
        Delivery.objects.update(state="held")
        first, second = Delivery.objects.get(), Delivery.objects.get()
        releasing.confirm(first, writer)
        with pytest.raises(Lost):
            releasing.confirm(second, writer)
        with pytest.raises(ForbiddenMove):
            queue.retry(first, writer)
        work.run("send")
        assert len(Scripted.sent) == 1


class TestOneSignTooMany:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Scripted, "limits", Limits(40))

    @pytest.mark.fault(33)
    def test_the_link_with_its_marks_counts_as_it_will_stand(
        self, writer: Member, channel: Channel, chief: Member
    ) -> None:
        link, marks = "https://kota.example/a", {"campaign": "banjir"}
        tight = a_publication(writer, channel, text="x" * (40 - len(link) - 2), link=link)
        assert not any(found.stopping for found in review.look(tight, timezone.now()))
        over = a_publication(writer, channel, text="Air mati besok.", link=link, utm=marks)
        (part,) = contents.parts(over)
        assert len(part.text) > 40
        assert review.look(over, timezone.now())[0].stopping[0].code == "text"
        with pytest.raises(approving.Held):
            approving.hand_in(over, writer)
        over.refresh_from_db()
        assert (over.state, over.text) == ("draft", "Air mati besok.")

    @pytest.mark.fault(33)
    def test_a_limit_that_shrank_meanwhile_is_seen_before_the_call(
        self, writer: Member, channel: Channel, chief: Member
    ) -> None:
        agreed(a_publication(writer, channel, text="Air mati besok di Kelurahan Baru."), chief)
        Channel.objects.update(settings={"limits": {"most": 20}})
        work.run("send")
        row = Delivery.objects.get()
        assert (row.state, "33 dari 20" in row.error, Scripted.sent) == ("failed", True, [])


class TestChanged:
    @pytest.mark.fault(34)
    def test_what_stands_is_never_changed_and_never_sent_again(
        self, writer: Member, chief: Member, channel: Channel
    ) -> None:
        one = agreed(a_publication(writer, channel), chief)
        work.run("send")
        work.run("publications")
        one.refresh_from_db()
        with pytest.raises(Refusal):
            writing.save(one, writer, one.revision, {"text": "Lusa air mati."})
        with pytest.raises(Refusal):
            releasing.move(one, writer, timezone.now() + timedelta(days=1))
        with pytest.raises(Refusal):
            writing.discard(one, writer)
        work.run("send")
        assert len(Scripted.sent) == 1

    @pytest.mark.fault(34)
    def test_a_minute_in_the_past_is_refused_however_it_comes(
        self, writer: Member, chief: Member, channel: Channel
    ) -> None:
        past = timezone.now() - timedelta(hours=1)
        with pytest.raises(Refusal):
            approving.hand_in(a_publication(writer, channel, due_at=past), writer)
        one = agreed(a_publication(writer, channel, due_at=timezone.now() + timedelta(hours=1)), chief)
        with pytest.raises(Refusal):
            releasing.move(one, writer, past)
        assert Delivery.objects.get().due_at > timezone.now()


def test_silence_holds_what_falls_due_and_a_confirmation_counts_after_it(
    writer: Member, chief: Member, channel: Channel
) -> None:
    now = timezone.now()
    period = SilentPeriod.objects.create(
        name="Masa duka", kind="mourning", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1),
        but=["warning"], made_by="test",
    )  # fmt: skip
    agreed(a_publication(writer, channel, comment="Info: 112"), chief)
    agreed(a_publication(writer, a_channel(writer.unit), kind="warning"), chief)
    work.run("send")
    row = Delivery.objects.get(channel=channel, part=0)
    assert (row.state, "Masa duka" in row.error, len(Scripted.sent)) == ("held", True, 1)
    with pytest.raises(Refusal, match="Masa duka"):
        releasing.confirm(row, writer)
    SilentPeriod.objects.filter(pk=period.pk).update(lifted_at=timezone.now())
    releasing.confirm(row, writer)
    for _ in range(2):
        work.run("send")
    assert len(Scripted.sent) == 3


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """With connections of their own, as workers have them."""

    @pytest.fixture
    def few(self, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
        monkeypatch.setattr(sending, "AT_ONCE", 4)
        monkeypatch.setattr(sending, "PATIENCE", 0.1)

    @pytest.fixture
    def twelve(self, few: None, writer: Member, chief: Member) -> list[Publication]:
        return [
            agreed(a_publication(writer, a_channel(writer.unit), text=f"Kabar nomor {number}."), chief)
            for number in range(12)
        ]

    def test_a_slow_platform_holds_up_no_other(
        self, twelve: list[Publication], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out: list[str] = []

        def send(_self: Scripted, one: Outgoing) -> Sent:
            if one.text == "Kabar nomor 0.":
                until = time.monotonic() + 20
                while len(out) < 11 and time.monotonic() < until:
                    time.sleep(0.02)
            out.append(one.text)
            return Sent(f"sent-{one.reference}")

        monkeypatch.setattr(Scripted, "send", send)
        assert work.STEPS["send"].run(timezone.now()) == 12
        assert out[-1] == "Kabar nomor 0."
        assert {row.state for row in Delivery.objects.all()} == {"sent"}

    @pytest.mark.fault(39)
    def test_a_stop_in_the_midst_lets_nothing_new_leave_and_everything_go_on_later(
        self, twelve: list[Publication], writer: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out: list[str] = []
        stopped = threading.Event()

        def send(_self: Scripted, one: Outgoing) -> Sent:
            if not stopped.is_set():
                stopped.set()
                with scope.government(writer.government_id):
                    Stop.objects.create(since=timezone.now(), by=writer, reason="Gempa")
                connection.close()
                time.sleep(0.5)  # the places of the others are free long before
            out.append(one.text)
            return Sent(f"sent-{one.reference}")

        monkeypatch.setattr(Scripted, "send", send)
        work.run("send")
        assert len(out) == 4
        Stop.objects.update(lifted_at=timezone.now())
        work.run("send")
        assert sorted(out) == sorted(one.text for one in twelve)

    @pytest.mark.fault(40)
    def test_cancelled_or_published_and_never_both(
        self, twelve: list[Publication], writer: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out: list[str] = []

        def send(_self: Scripted, one: Outgoing) -> Sent:
            time.sleep(0.02)
            out.append(one.text)
            return Sent(f"sent-{one.reference}")

        def cancel() -> list[str]:
            gone = []
            with scope.government(writer.government_id):
                for row in Delivery.objects.order_by("-pk"):
                    try:
                        queue.cancel(row, writer)
                        gone.append(row.text)
                    except (Lost, ForbiddenMove):
                        continue
            connection.close()
            return gone

        monkeypatch.setattr(Scripted, "send", send)
        with ThreadPoolExecutor(1) as pool:
            cancelling = pool.submit(cancel)
            work.run("send")
            gone = cancelling.result()
        work.run("send")
        assert sorted(out + gone) == sorted(one.text for one in twelve)
        states = {row.text: row.state for row in Delivery.objects.all()}
        assert {states[text] for text in out} <= {"sent"}
        assert {states[text] for text in gone} <= {"cancelled"}
