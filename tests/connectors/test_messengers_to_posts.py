"""WhatsApp and Telegram through the product: from the app's address to the inbox, and a report that settles a send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

import tanggap.cases.digest  # noqa: F401  registers the step
from tanggap.channels.models import App, Channel
from tanggap.core import scope, work
from tanggap.posts.models import Post, RawItem, RawState
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import NOW, a_channel, a_government, a_unit

FIXTURES = Path(__file__).parent / "fixtures"
REFERENCE = UUID("6f1c1a52-0000-4000-8000-000000000001")


@pytest.fixture(autouse=True)
def _all_governments() -> Iterator[None]:
    with scope.crossing("what these tests look at"):
        yield


def hooked(app: App, name: str) -> RawItem:
    body = (FIXTURES / app.name / f"{name}.json").read_bytes()
    return RawItem.objects.create(source="hook", app=app, body=body, received_at=NOW)


@pytest.fixture
def telegram() -> Channel:
    app = App.objects.create(key="bot", platform="telegram", name="telegram")
    return a_channel(
        a_unit(a_government(), "A"), "telegram", app=app, external_id="7000000001", handle="@tirtakencana_bot",
        settings={"channel_id": "-1001000000001"},
    )  # fmt: skip


@pytest.fixture
def whatsapp() -> Channel:
    app = App.objects.create(key="meta", platform="meta", name="whatsapp")
    return a_channel(a_unit(a_government(), "A"), "whatsapp", app=app, external_id="106540352242922")


@pytest.mark.django_db
def test_updates_find_their_bot_though_they_do_not_name_it(telegram: Channel) -> None:
    assert telegram.app
    for name in ("channel_post", "comment", "mention", "another_bot", "private"):
        hooked(telegram.app, name)
    work.run("digest")
    found = {post.kind: post for post in Post.objects.select_related("author")}
    assert {kind: post.text for kind, post in found.items()} == {
        "post": "Jadwal pemadaman air",
        "comment": "Sampai jam berapa?",
        "mention": "💡💡 @Tirtakencana_Bot lampu mati",
        "message": "Lampu jalan di Gang Kenanga mati 💡",
    }
    assert {post.channel_id for post in found.values()} == {telegram.pk}
    assert found["post"].author is not None
    assert found["post"].author.external_id == telegram.external_id


@pytest.mark.django_db
def test_a_bot_whose_app_serves_two_is_put_aside_and_read_again_later(telegram: Channel) -> None:
    assert telegram.app
    assert telegram.unit
    second = a_channel(telegram.unit, "telegram", app=telegram.app)
    raw = hooked(telegram.app, "private")
    work.run("digest")
    raw.refresh_from_db()
    assert raw.state == RawState.QUARANTINED
    second.delete()
    RawItem.flow.move(raw, RawState.RECEIVED, reason="")
    work.run("digest")
    assert Post.objects.get().external_id == "111222333/101"


@pytest.mark.django_db
@pytest.mark.fault(29)
def test_a_report_settles_a_send_whose_answer_was_lost(whatsapp: Channel) -> None:
    assert whatsapp.app
    lost = Delivery.objects.create(
        government_id=whatsapp.government_id, channel=whatsapp, kind="reply", text="Terima kasih", due_at=NOW,
        thread="106540352242922/ID.13491208655302741", reference=REFERENCE, state=DeliveryState.UNKNOWN, created_at=NOW,
    )  # fmt: skip
    hooked(whatsapp.app, "delivered")
    work.run("digest")
    lost.refresh_from_db()
    assert (lost.state, lost.receipt) == (DeliveryState.SENT, "delivered")
    assert lost.external_id.startswith("wamid.")


@pytest.mark.django_db
@pytest.mark.fault(36)
def test_a_late_refusal_shows_on_the_answer_with_what_to_do(whatsapp: Channel) -> None:
    assert whatsapp.app
    sent = Delivery.objects.create(
        government_id=whatsapp.government_id, channel=whatsapp, kind="reply", text="Terlambat", due_at=NOW,
        reference=REFERENCE, state=DeliveryState.SENT, external_id="wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABEYEkI5OUFB",
        created_at=NOW,
    )  # fmt: skip
    hooked(whatsapp.app, "failed")
    work.run("digest")
    sent.refresh_from_db()
    assert sent.receipt == "failed"
    assert "templat" in sent.error
