"""What a hook missed a sweep finds, counts and shows; each of two channels of one account gets its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from tanggap.agencies.models import Role, Unit
from tanggap.channels import connector as registry
from tanggap.channels.connector import (
    Ability,
    Action,
    Author,
    Connector,
    Fetched,
    Gone,
    Item,
    Raw,
    Receipt,
    Temporary,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import App, Channel, Recovery
from tanggap.core import scope, work
from tanggap.posts import completing, sweeping, taking_in
from tanggap.posts.models import Post, RawItem, Version
from tanggap.publishing.models import Delivery
from tests.city import a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
OLD = datetime.now(UTC) - timedelta(minutes=10)


class Page(Connector):
    """Comments of a page, by hook and by fetch; its messages belong to another platform on the same account."""

    platform: ClassVar[str] = "pages"
    name: ClassVar[str] = "Halaman"
    abilities: ClassVar[frozenset[Ability]] = frozenset({Ability.HOOK, Ability.FETCH})
    limits: ClassVar[Limits] = Limits(most=500)
    poll_seconds: ClassVar[int] = 60
    sweep_seconds: ClassVar[int] = 900
    found: ClassVar[list[bytes]] = []
    stands: ClassVar[dict[str, str]] = {}

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        said = json.loads(raw.body)
        receipt = said.get("receipt")
        return [] if "look" in said or "points" in said else [
            Item(
                platform=said.get("platform", "pages"), external_id=said["id"], kind="comment",
                text=said.get("text", ""), created_at=OLD, author=Author("warga"), account="page-1",
                action=Action.RECEIPT if receipt else Action.CREATE, receipt=Receipt(receipt) if receipt else None,
                reference=said.get("reference", ""),
            )
        ]  # fmt: skip

    @classmethod
    def nudges(cls, raw: Raw) -> Sequence[tuple[str, str]]:
        return [("pages", "page-1")] if json.loads(raw.body).get("look") else ()

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        return Fetched(self.found, {"n": 1})


class Inbox(Page):
    platform: ClassVar[str] = "inbox"


class Family(Page):
    """The app whose one address brings the traffic of both."""

    platform: ClassVar[str] = "family"


@pytest.fixture(autouse=True)
def _platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "pages", Page)
    monkeypatch.setitem(registry._found, "inbox", Inbox)
    monkeypatch.setitem(registry._found, "family", Family)


@pytest.fixture
def unit() -> Unit:
    unit = a_unit(a_government(), "DISKOMINFO")
    a_member(unit, Role.ADMINISTRATOR)
    return unit


@pytest.fixture
def app() -> App:
    return App.objects.create(key="meta", platform="family", name="Aplikasi")


@pytest.fixture
def channel(unit: Unit, app: App) -> Channel:
    return a_channel(unit, "pages", app=app, external_id="page-1", fetch_due_at=timezone.now())


def hooked(app: App, **said: Any) -> None:
    RawItem.objects.create(app=app, source="hook", body=json.dumps(said).encode())
    work.run("digest")


def swept(channel: Channel, *said: dict[str, Any]) -> None:
    Page.found = [json.dumps(one).encode() for one in said]
    Channel._base_manager.filter(pk=channel.pk).update(fetch_due_at=timezone.now())
    taking_in.fetch(timezone.now())
    work.run("digest")


def due_in(channel: Channel) -> float:
    channel.refresh_from_db()
    assert channel.fetch_due_at is not None
    return (channel.fetch_due_at - timezone.now()).total_seconds()


@pytest.mark.fault(7)
def test_what_the_hook_missed_is_counted_with_its_period_and_the_hook_is_doubted_for_a_while(
    channel: Channel, app: App
) -> None:
    hooked(app, id="1", text="Jalan rusak")
    swept(channel, {"id": "1", "text": "Jalan rusak"}, {"id": "2", "text": "Lampu mati"})
    one = Recovery._base_manager.get()
    assert (one.channel_id, one.found, one.since, one.until) == (channel.pk, 1, OLD, OLD)
    assert 800 < due_in(channel) <= 900
    Recovery._base_manager.update(until=timezone.now())
    swept(channel, {"id": "2", "text": "Lampu mati"})
    assert Recovery._base_manager.count() == 1
    assert due_in(channel) <= 60


def test_a_channel_whose_hook_never_spoke_is_fetched_at_the_usual_pace_and_counts_nothing(
    channel: Channel,
) -> None:
    swept(channel, {"id": "2", "text": "Lampu mati"})
    assert not Recovery._base_manager.exists()
    assert due_in(channel) <= 60
    assert sweeping.pause(channel, timezone.now()) == 60


def test_two_channels_of_one_account_each_get_their_own(channel: Channel, app: App, unit: Unit) -> None:
    other = a_channel(unit, "inbox", app=app, external_id="page-1")
    hooked(app, id="1", text="Komentar")
    hooked(app, id="m1", text="Pesan", platform="inbox")
    kept = dict(Post._base_manager.values_list("external_id", "channel_id"))
    assert kept == {"1": channel.pk, "m1": other.pk}


def test_messages_of_an_account_whose_messages_are_not_connected_wait_in_quarantine(
    channel: Channel, app: App
) -> None:
    hooked(app, id="m1", text="Pesan", platform="inbox")
    raw = RawItem.objects.get()
    assert (raw.state, "belum tersambung" in raw.reason) == ("quarantined", True)
    assert not Post._base_manager.exists()


def test_a_delivery_that_only_points_has_its_channel_fetched_at_once(channel: Channel, app: App) -> None:
    Channel._base_manager.filter(pk=channel.pk).update(fetch_due_at=timezone.now() + timedelta(hours=1))
    hooked(app, look=True)
    assert due_in(channel) <= 0
    assert RawItem.objects.get().state == "digested"


@pytest.mark.parametrize("order", [("delivered", "read"), ("read", "delivered")])
def test_receipts_keep_the_furthest_state(channel: Channel, app: App, order: tuple[str, str]) -> None:
    one = a_delivery(channel, state="sent", external_id="wamid.1")
    for receipt in order:
        hooked(app, id="wamid.1", receipt=receipt)
    one.refresh_from_db()
    assert one.receipt == "read"
    hooked(app, id="wamid.1", receipt="failed", text="Nomor tidak aktif")
    one.refresh_from_db()
    assert (one.receipt, one.error, one.state) == ("failed", "Nomor tidak aktif", "sent")


@pytest.mark.fault(29)
def test_a_receipt_with_our_reference_settles_a_send_whose_answer_was_lost(
    channel: Channel, app: App
) -> None:
    one = a_delivery(channel, state="unknown")
    hooked(app, id="wamid.9", receipt="sent", reference=str(one.reference))
    one.refresh_from_db()
    assert (one.state, one.external_id, one.receipt) == ("sent", "wamid.9", "sent")
    hooked(app, id="wamid.10", receipt="sent", reference="bukan acuan kami")


def test_other_words_at_a_later_look_are_an_edit_where_the_platform_tells_of_none(
    channel: Channel, app: App
) -> None:
    hooked(app, id="1", text="Jalan rusak")
    swept(channel, {"id": "1", "text": "Jalan rusak parah"})
    post = Post._base_manager.get()
    assert (post.text, post.edited_at is not None) == ("Jalan rusak parah", True)
    assert list(Version._base_manager.values_list("text", flat=True)) == ["Jalan rusak"]
    hooked(app, id="1", text="Jalan rusak")
    post.refresh_from_db()
    assert post.text == "Jalan rusak parah", "a delivery that comes late says what was first said"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each look asked for; `Page.stands` tells what it shows."""
    looks: list[list[str]] = []

    def recheck(self: Page, ids: Sequence[str]) -> Fetched:
        looks.append(sorted(ids))
        return Fetched(
            [json.dumps({"id": key, "text": Page.stands.get(key, "Lampu mati")}).encode() for key in ids], {}
        )

    monkeypatch.setattr(Page, "abilities", Page.abilities | {Ability.RECHECK})
    monkeypatch.setattr(Page, "recheck", recheck)
    monkeypatch.setattr(Page, "stands", {})
    return looks


def much_later(channel: Channel) -> None:
    channel.refresh_from_db()
    looked = {**channel.cursor.get(sweeping.LOOKED, {}), "at": 0}
    Channel._base_manager.filter(pk=channel.pk).update(cursor={**channel.cursor, sweeping.LOOKED: looked})


@pytest.mark.fault(12)
def test_a_sweep_looks_again_at_what_is_known_and_keeps_only_what_changed(
    channel: Channel, app: App, asked: list[list[str]]
) -> None:
    for number in ("1", "2"):
        hooked(app, id=number, text="Lampu mati")
    Page.stands["2"] = "Lampu menyala lagi"
    much_later(channel)
    swept(channel)
    assert asked == [["1", "2"]]
    assert dict(Post._base_manager.values_list("external_id", "text")) == {
        "1": "Lampu mati", "2": "Lampu menyala lagi",
    }  # fmt: skip
    assert RawItem.objects.filter(source="sweep").count() == 1
    much_later(channel)
    Page.stands["2"] = "Lampu mati lagi"
    swept(channel)
    assert Post._base_manager.get(external_id="2").text == "Lampu mati lagi", (
        "a second edit, told of by nobody"
    )
    assert set(Version._base_manager.values_list("text", flat=True)) == {"Lampu mati", "Lampu menyala lagi"}


def test_a_look_comes_once_in_a_sweep_s_time_however_often_is_fetched(
    channel: Channel, app: App, asked: list[list[str]]
) -> None:
    hooked(app, id="1", text="Lampu mati")
    before = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    channel.cursor = {sweeping.LOOKED: {"at": int(before.timestamp()), "id": 0}}
    for seconds, wanted in ((899, set()), (900, {"1"})):
        known = sweeping.to_recheck(channel, before + timedelta(seconds=seconds))
        assert set(known.texts) == wanted


def test_a_look_waits_for_the_last_page_and_is_made_up_for_after_a_failure(
    channel: Channel, app: App, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(app, id="1", text="Lampu mati")
    pages = iter([Fetched([], {"n": 1}, more=True), Fetched([], {"n": 2}), Fetched([], {"n": 3})])
    monkeypatch.setattr(Page, "fetch", lambda self, cursor: next(pages))
    refused = [Temporary("jeda")]
    answers = Page.recheck
    monkeypatch.setattr(Page, "recheck", lambda self, ids: _first(refused, answers, self, ids))
    left = []
    for _ in range(3):
        swept(channel)
        left.append((len(asked), len(refused)))
    assert left == [(0, 1), (0, 0), (1, 0)]


def _first(errors: list[Temporary], then: Callable[..., Fetched], *given: Any) -> Fetched:
    if errors:
        raise errors.pop()
    return then(*given)


@pytest.mark.fault(12)
def test_looks_go_round_through_all_posts_beside_the_newest(
    channel: Channel, app: App, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_NEWEST", 1)
    monkeypatch.setattr(sweeping, "IN_TURN", 2)
    for number in range(6):
        hooked(app, id=str(number), text="Lampu mati")
    for _ in range(4):
        much_later(channel)
        swept(channel)
    assert asked == [["3", "4", "5"], ["1", "2", "5"], ["0", "4", "5"], ["2", "3", "5"]]
    Post._base_manager.update(received_at=timezone.now() - timedelta(days=8))
    much_later(channel)
    swept(channel)
    assert len(asked) == 4, "what is old rests"


def test_what_a_platform_cannot_surely_tell_of_is_not_asked_for(
    channel: Channel, app: App, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Page, "rechecks", classmethod(lambda cls, kind, in_reply_to: False))
    hooked(app, id="1", text="Lampu mati")
    much_later(channel)
    swept(channel)
    assert asked == []


@pytest.mark.fault(1)
def test_a_delivery_of_an_edit_made_after_the_look_has_the_last_word(
    channel: Channel, app: App, asked: list[list[str]]
) -> None:
    hooked(app, id="1", text="Lampu mati")
    edited = timezone.now() + timedelta(seconds=30)
    Post._base_manager.update(text="Lampu menyala", edited_at=edited)
    swept(channel, {"id": "1", "text": "Lampu mati"})
    post = Post._base_manager.get()
    assert (post.text, post.edited_at) == ("Lampu menyala", edited)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ([b'{"id": "9", "text": "Isinya"}'], "digested"),
        (Gone("tidak ada"), "quarantined"),
        (Temporary("mati"), "pointing"),
    ],
)
def test_the_words_of_a_delivery_that_only_points_are_asked_for(
    channel: Channel, app: App, monkeypatch: pytest.MonkeyPatch, answer: Any, state: str
) -> None:
    def complete(self: Page, raw: Raw) -> Sequence[bytes]:
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    monkeypatch.setattr(Page, "complete", complete)
    monkeypatch.setattr(
        Page, "points", classmethod(lambda cls, raw: ("pages", "page-1") if b"points" in raw.body else None)
    )
    hooked(app, points="9")
    first = RawItem.objects.get()
    assert (first.state, first.channel_id) == ("pointing", channel.pk)
    work.run("complete", limit=1)
    work.run("digest")
    first.refresh_from_db()
    assert first.state == state
    assert list(Post._base_manager.values_list("text", flat=True)) == (
        ["Isinya"] if state == "digested" else []
    )
    assert not completing.complete(timezone.now()), "asked again only after a while"


def a_delivery(channel: Channel, **fields: Any) -> Delivery:
    now = timezone.now()
    with scope.government(channel.government_id):
        return Delivery.objects.create(
            government_id=channel.government_id, channel=channel, kind="reply", text="Terima kasih", due_at=now,
            created_at=now, created_by="test", **fields,
        )  # fmt: skip
