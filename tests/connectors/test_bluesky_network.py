"""The Bluesky connector against a real server of the network; runs where TANGGAP_TEST_PDS names one that is for tests.

The server must let anybody open accounts (https://github.com/bluesky-social/atproto, packages/dev-env, does).
"""

from __future__ import annotations

import io
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest
from PIL import Image

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    Gone,
    Item,
    NeedsLogin,
    Outgoing,
    Permanent,
    Raw,
)
from tanggap.channels.connectors.bluesky import Bluesky
from tanggap.channels.platforms import bluesky_api
from tanggap.channels.platforms.bluesky_text import record_key

PDS = os.environ.get("TANGGAP_TEST_PDS", "")
pytestmark = [
    pytest.mark.skipif(not PDS, reason="TANGGAP_TEST_PDS names no server"),
    pytest.mark.timeout(600),
]
_names = itertools.count(int(time.time()) % 10_000_000)


class Person:
    """An account that speaks to the server by itself."""

    def __init__(self, role: str) -> None:
        self.handle = f"{role}{next(_names)}.test"
        self._line = httpx.Client(base_url=f"{PDS}/xrpc/", timeout=30, trust_env=False)
        made = self.call(
            "com.atproto.server.createAccount", handle=self.handle, email=f"{self.handle}@example.org",
            password="kata-sandi-uji",
        )  # fmt: skip
        self.did: str = made["did"]
        self._line.headers["Authorization"] = f"Bearer {made['accessJwt']}"

    def call(self, method: str, **body: Any) -> Any:
        answer = self._line.post(method, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def app_password(self, name: str = "tanggap") -> str:
        return str(self.call("com.atproto.server.createAppPassword", name=name)["password"])

    def say(
        self, text: str, to: Person | None = None, reply: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post", "text": text, "createdAt": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        if to:
            record["text"] = f"@{to.handle} {text}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": to.did}
            record["facets"] = [
                {"index": {"byteStart": 0, "byteEnd": len(to.handle) + 1}, "features": [feature]}
            ]
        if reply:
            record["reply"] = reply
        made = self.call(
            "com.atproto.repo.createRecord", repo=self.did, collection="app.bsky.feed.post", record=record
        )
        return {"uri": made["uri"], "cid": made["cid"]}

    def delete(self, uri: str) -> None:
        self.call(
            "com.atproto.repo.deleteRecord",
            repo=self.did,
            collection="app.bsky.feed.post",
            rkey=uri.rsplit("/", maxsplit=1)[-1],
        )

    def thread(self, uri: str) -> Any:
        answer = self._line.get("app.bsky.feed.getPostThread", params={"uri": uri})
        return answer.json().get("thread", {})


class Desk:
    """The official account as the product keeps it: plain values and a cursor, a fresh connector for every call."""

    def __init__(self) -> None:
        self.person = Person("pemkot")
        self.account = Account(
            api_base=PDS, trusted_base=True, token=self.person.app_password(),
            settings={"handle": self.person.handle},
        )  # fmt: skip
        # A young account is known to the rest of the network a moment later.
        wait(lambda: [self.connector.fetch({})])
        self.cursor: Mapping[str, Any] = self.connector.fetch({}).cursor

    @property
    def connector(self) -> Bluesky:
        return Bluesky(self.account)

    def news(self) -> list[Item]:
        found: list[Item] = []
        while True:
            page = self.connector.fetch(self.cursor)
            self.cursor = json.loads(json.dumps(page.cursor))
            found += read(page.bodies)
            if not page.more:
                return found

    def look_now(self) -> None:
        """Lets the slow part of the next fetch come due."""
        self.cursor = {**self.cursor, "slow": 0}

    def out(self, kind: str, text: str, target: str = "", **more: Any) -> Outgoing:
        return Outgoing(
            kind, text, more.pop("reference", f"ref-{next(_names)}"), target, created_at=datetime.now(UTC), **more
        )  # fmt: skip


def read(bodies: Any) -> list[Item]:
    return [
        item
        for body in bodies
        for item in Bluesky.parse(Raw(body=body, headers={}, received_at=datetime.now(UTC)))
    ]


def wait(asked: Callable[[], list[Any]], seconds: float = 40, pause: float = 0.25) -> list[Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if found := asked():
                return found
        except (Permanent, IndexError, KeyError):
            pass
        time.sleep(pause)
    raise AssertionError("nothing came")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    bluesky_api.forget_sessions()
    yield Desk()
    bluesky_api.forget_sessions()


@pytest.fixture(scope="module")
def citizen() -> Person:
    return Person("warga")


def test_a_mention_comes_within_five_seconds(desk: Desk, citizen: Person) -> None:
    """At the worst moment: said right after a look, it waits for the next one."""
    line, taken = desk.connector.stream(), []
    assert next(line) == b""
    for number in range(5):
        assert next(line) == b""
        begun = time.monotonic()
        made = citizen.say(f"lampu jalan nomor {number} padam", to=desk.person)
        (item,) = read([next(body for body in line if body)])
        taken.append(time.monotonic() - begun)
        assert (item.external_id, item.kind) == (made["uri"], "mention")
        assert item.author is not None
        assert item.author.external_id == citizen.did
        assert next(line) == b""
    print(f"mention to item: {', '.join(f'{one:.2f}' for one in taken)} s")
    assert max(taken) < 5
    desk.news()


@pytest.mark.fault(29)
def test_an_answer_stands_in_the_thread_once_however_often_it_is_sent(desk: Desk, citizen: Person) -> None:
    root = citizen.say("air mati sejak subuh", to=desk.person)
    (first,) = wait(desk.news)
    out = desk.out("reply", "Regu sedang menuju ke sana. #air https://contoh.example/air", first.external_id)
    assert desk.connector.look_up(out) is None
    sent = desk.connector.send(out)
    assert desk.connector.send(out).external_id == sent.external_id
    found = desk.connector.look_up(out)
    assert found is not None
    assert found.external_id == sent.external_id
    replies = wait(lambda: citizen.thread(root["uri"])["replies"])
    assert [one["post"]["uri"] for one in replies] == [sent.external_id]
    record = replies[0]["post"]["record"]
    assert record["langs"] == ["id"]
    assert [one["features"][0]["$type"].partition("#")[2] for one in record["facets"]] == ["tag", "link"]
    citizen.say(
        "terima kasih", reply={"root": root, "parent": {"uri": sent.external_id, "cid": replies[0]["post"]["cid"]}}
    )  # fmt: skip
    back = wait(lambda: [one for one in desk.news() if one.text == "terima kasih"])
    assert (back[0].kind, back[0].in_reply_to, back[0].thread) == ("comment", sent.external_id, root["uri"])


@pytest.mark.fault(12)
def test_what_is_taken_away_is_told(desk: Desk, citizen: Person) -> None:
    made = citizen.say("saya hapus nanti", to=desk.person)
    wait(lambda: [one for one in desk.news() if one.external_id == made["uri"]])
    assert not desk.connector.recheck([made["uri"]]).bodies
    begun = time.monotonic()
    citizen.delete(made["uri"])
    (gone,) = wait(lambda: read(desk.connector.recheck([made["uri"]]).bodies), pause=0.1)
    print(f"deletion shows after {time.monotonic() - begun:.2f} s")
    assert gone.action == Action.DELETE
    assert gone.external_id == made["uri"]
    with pytest.raises(Gone):
        desk.connector.send(desk.out("reply", "Terlambat", made["uri"]))


@pytest.mark.fault(13)
def test_what_a_colleague_says_in_the_app_comes_as_ours(desk: Desk) -> None:
    made = desk.person.say("Dijawab langsung dari aplikasi")
    desk.look_now()
    ours = [one for one in desk.news() if one.external_id == made["uri"]]
    assert [one.author.external_id for one in ours if one.author] == [desk.person.did]
    assert ours[0].kind == "post"


def test_a_post_with_a_picture_and_a_hidden_reply(desk: Desk, citizen: Person) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(picture, "PNG")
    sent = desk.connector.send(
        desk.out(
            "post", "Pemadaman air besok 💧", media=[Attachment(picture.getvalue(), "image/png", "Peta pemadaman")]
        )
    )  # fmt: skip
    shown = wait(lambda: [citizen.thread(sent.external_id)["post"]])[0]
    assert shown["record"]["embed"]["images"][0]["aspectRatio"] == {"width": 60, "height": 40}
    assert shown["embed"]["images"][0]["alt"] == "Peta pemadaman"
    root = {"uri": sent.external_id, "cid": shown["cid"]}
    rude = citizen.say("kata kotor", reply={"root": root, "parent": root})
    (item,) = wait(lambda: [one for one in desk.news() if one.external_id == rude["uri"]])
    for hidden, listed in ((True, [rude["uri"]]), (True, [rude["uri"]]), (False, [])):
        desk.connector.send(desk.out("hide", "", item.external_id, options={"hidden": hidden}))
        key = sent.external_id.split("/")[-1]
        gate = desk.connector.api.record(desk.person.did, "app.bsky.feed.threadgate", key)
        assert gate["value"]["hiddenReplies"] == listed
    with pytest.raises(Permanent, match="sendiri"):
        desk.connector.send(desk.out("hide", "", citizen.say("kiriman lain", to=desk.person)["uri"]))


def test_public_talk_is_found_once(desk: Desk, citizen: Person) -> None:
    word = f"banjirkampung{next(_names)}"
    (query,) = Bluesky.compile([word], ["lomba"])
    cursor = desk.connector.search(query, {}).cursor
    citizen.say(f"{word} lagi di gang tiga")
    citizen.say(f"{word} lomba foto")
    found: list[Item] = []
    for _ in range(20):
        page = desk.connector.search(query, cursor)
        cursor, found = page.cursor, found + read(page.bodies)
        time.sleep(0.5)
        if found:
            break
    assert [one.text for one in found] == [f"{word} lagi di gang tiga"]
    assert not desk.connector.search(query, cursor).bodies


@pytest.mark.fault(8)
def test_nothing_is_lost_or_doubled_over_restarts(desk: Desk, citizen: Person) -> None:
    """Every page may die before it is stored, with all sessions: then it is fetched again from the cursor before."""
    chance, stored = Random(3), Counter[str]()
    others = [citizen, Person("warga"), Person("warga")]
    wait(lambda: [True] if not desk.news() else [])
    said = []
    begun = time.monotonic()
    for number in range(210):
        made = others[number % 3].say(f"laporan nomor {number}", to=desk.person)
        said.append(made["uri"])
        if number % 30 == 29:
            stored.update(_fetched_badly(desk, chance))
    for _ in range(20):
        stored.update(_fetched_badly(desk, chance))
        if set(said) <= set(stored):
            break
        time.sleep(1)
    doubled = sum(count - 1 for uri, count in stored.items() if uri in said)
    print(
        f"{len(said)} mentions, {len(set(said) - set(stored))} lost, {doubled} fetched twice,"
        f" {time.monotonic() - begun:.0f} s"
    )
    assert set(said) <= set(stored)
    assert doubled == 0


def _fetched_badly(desk: Desk, chance: Random) -> list[str]:
    found: list[str] = []
    for _ in range(60):
        page = desk.connector.fetch(desk.cursor)
        if chance.random() < 0.3:
            bluesky_api.forget_sessions()
            continue
        desk.cursor = json.loads(json.dumps(page.cursor))
        found += [one.external_id for one in read(page.bodies) if one.action == Action.CREATE]
        if not page.more:
            break
    return found


def test_history_comes_back_to_the_beginning(desk: Desk) -> None:
    cursor: Mapping[str, Any] = {"until": "2020-01-01T00:00:00+00:00"}
    found = set[str]()
    for _ in range(60):
        page = desk.connector.backfill(cursor)
        cursor, found = page.cursor, found | {one.external_id for one in read(page.bodies)}
        if not page.more:
            break
    assert len(found) > 200


@pytest.mark.fault(32)
def test_an_app_password_that_was_taken_away_asks_for_a_log_in(desk: Desk) -> None:
    account = Account(
        api_base=PDS, trusted_base=True, token=desk.person.app_password("sementara"),
        settings={"handle": desk.person.handle},
    )  # fmt: skip
    assert Bluesky(account).identify().external_id == desk.person.did
    desk.person.call("com.atproto.server.revokeAppPassword", name="sementara")
    bluesky_api.forget_sessions()
    with pytest.raises(NeedsLogin):
        Bluesky(account).identify()


def test_the_server_takes_our_record_keys(desk: Desk) -> None:
    keys = {record_key(f"ref-{number}", datetime.now(UTC)) for number in range(200)}
    assert len(keys) == 200
    sent = desk.connector.send(desk.out("post", "Uji kunci", reference="ref-kunci"))
    assert len(sent.external_id.split("/")[-1]) == 13
