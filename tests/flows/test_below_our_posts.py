"""What is said below a publication comes in by itself, and what we said ourselves becomes nobody's report.

Played on two simulated platforms: Facebook, whose hooks tell of everything, and Bluesky, which is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

import tanggap.cases.digest  # noqa: F401  registers the step
from tanggap.agencies.models import Member, Role
from tanggap.channels import connect
from tanggap.channels.models import App, Channel
from tanggap.core import scope, work
from tanggap.posts.models import Post, RawItem
from tanggap.publishing.models import Delivery, DeliveryState, Publication
from tests.city import a_channel, a_government, a_member, a_publication, a_unit, agreed
from tests.connectors.conformance.stages import Play, stages

pytestmark = pytest.mark.django_db
TEXT = "Pemadaman air besok pukul 09.00 di Kelurahan Melati."
COMMENT = "Jadwal lengkap ada di kantor kelurahan."
STAGES = {stage.name: stage for stage in stages()}


@pytest.fixture(params=["facebook", "bluesky"])
def play(request: pytest.FixtureRequest) -> Iterator[Play]:
    with STAGES[request.param].open() as opened:
        opened.begin()
        opened.platform.deliveries()
        yield opened


@pytest.fixture
def writer() -> Iterator[Member]:
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        yield a_member(unit)


@pytest.fixture
def channel(play: Play, writer: Member, monkeypatch: pytest.MonkeyPatch) -> Channel:
    app = App.objects.create(key="aplikasi", platform=play.stage.connector.app_platform or play.stage.name)
    monkeypatch.setattr(connect, "instance", lambda channel: play.connector)
    official = play.platform.official
    return a_channel(writer.unit, play.stage.name, external_id=official.id, handle=official.handle, app=app)


def publish(writer: Member, channel: Channel, **more: object) -> Publication:
    head = a_member(writer.unit, Role.COORDINATOR)
    one = agreed(a_publication(writer, channel, text=TEXT, comment=COMMENT, **more), head)
    for _ in range(4):
        work.run("send")
    return one


def take_in(play: Play, channel: Channel) -> None:
    """Hooks are stored as they came, and the channel is swept besides; then all of it is digested."""
    now = timezone.now()
    for hooked in play.platform.deliveries():
        RawItem.objects.create(source="hook", app=channel.app, body=hooked.body, received_at=now)
    page = play.connector.fetch({**play.cursor, "slow": 0} if "slow" in play.cursor else play.cursor)
    play.cursor = page.cursor
    for body in page.bodies:
        RawItem.objects.create(source="fetch", channel=channel, body=body, received_at=now)
    work.run("digest")


def piece_of(play: Play, text: str) -> str:
    return next(one.id for one in play.platform.pieces.values() if one.text == text)


def test_comments_come_in_by_themselves_and_our_own_words_do_not(
    play: Play, writer: Member, channel: Channel
) -> None:
    publish(writer, channel)
    states = set(Delivery.objects.values_list("state", flat=True))
    assert states == {DeliveryState.SENT}
    play.platform.say("Sampai jam berapa airnya mati?", parent=piece_of(play, TEXT))
    play.platform.say("Balai kelurahan yang mana?", parent=piece_of(play, COMMENT), author="warga2")
    take_in(play, channel)
    take_in(play, channel)
    said = {one.text: one for one in Post.objects.filter(ours=False)}
    assert set(said) == {"Sampai jam berapa airnya mati?", "Balai kelurahan yang mana?"}
    assert not Post.objects.filter(text__in=[TEXT, COMMENT]).exists()
    post = Delivery.objects.get(part=0)
    assert said["Sampai jam berapa airnya mati?"].in_reply_to == post.external_id


@pytest.mark.fault(13)
@pytest.mark.fault(29)
def test_an_echo_settles_a_publication_whose_answer_was_lost(
    play: Play, writer: Member, channel: Channel
) -> None:
    play.platform.faults.lose_answer = 1
    publish(writer, channel)
    post, comment = Delivery.objects.order_by("part")
    assert (post.state, comment.state) == (DeliveryState.UNKNOWN, DeliveryState.WAITING)
    take_in(play, channel)
    post.refresh_from_db()
    assert post.state == DeliveryState.SENT
    assert piece_of(play, TEXT) in post.external_id
    play.platform.faults.lose_answer = 1
    work.run("send_again")  # one lost answer makes the next send wait for its turn
    work.run("send")
    comment.refresh_from_db()
    assert comment.state == DeliveryState.UNKNOWN
    take_in(play, channel)
    comment.refresh_from_db()
    assert comment.state == DeliveryState.SENT
    assert piece_of(play, COMMENT) in comment.external_id
    assert not Post.objects.filter(text__in=[TEXT, COMMENT]).exists()
    ours = [one for one in play.platform.pieces.values() if one.ours and one.text in {TEXT, COMMENT}]
    assert len(ours) == 2
