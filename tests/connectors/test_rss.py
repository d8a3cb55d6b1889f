"""Feeds as sites write them, and a news site with rules of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import Account, Action, Gone, Item, Permanent, Raw, Temporary, Unreadable
from tanggap.channels.connectors import rss
from tanggap.channels.connectors.rss import Rss
from tanggap.channels.platforms import feed_pages, feeds
from tanggap.core import http
from tanggap.simulator.platforms.rss import Rss as Site
from tests.connectors.conformance.stage_rss import STAGE
from tests.connectors.conformance.stages import LONG_AGO, Play

FOLDER = Path(__file__).parent / "fixtures" / "rss"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
URL = "https://kabar.example/feed"
FEEDS = [one.read_bytes() for one in sorted(FOLDER.glob("*.xml"))]


def read(name: str) -> list[feeds.Entry]:
    return feeds.read((FOLDER / f"{name}.xml").read_bytes(), URL).entries


def item(entry: feeds.Entry, **more: Any) -> Item:
    body = {"feed": {"url": URL, "title": "Kabar Melati"}, "entry": entry.as_json(), "changed": False, **more}
    (found,) = Rss.parse(Raw(orjson.dumps(body), {}, NOW))
    return found


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    monkeypatch.setattr(rss, "_MANNERS", feed_pages.Manners())
    monkeypatch.setattr(feed_pages, "_PAUSE", 0.0)
    with STAGE.open() as opened:
        opened.begin()
        yield opened


def site(play: Play) -> Site:
    assert isinstance(play.platform, Site)
    return play.platform


def connected(play: Play, **more: str) -> Rss:
    account = play.stage.account(play.platform)
    return Rss(replace(account, settings={**account.settings, **more}))


def texts(bodies: Any) -> list[str]:
    return [one.text for body in bodies for one in Rss.parse(Raw(body, {}, datetime.now(UTC)))]


# -- reading -------------------------------------------------------------------------------------------------
def test_rss_2() -> None:
    first, second = read("rss2")
    found = item(first)
    assert found.external_id == "kabar.example/88123"
    assert found.text == (
        "Jembatan Kenanga retak, warga diminta memutar\n\nDinas PU menutup jembatan sejak Minggu pagi.\n\n"
        "Perbaikan dua minggu."
    )
    assert found.author is not None
    assert (found.author.external_id, found.author.name) == ("kabar.example/Redaksi", "Redaksi")
    assert found.created_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert found.media == [{"type": "image", "url": "https://kabar.example/foto/jembatan.jpg", "alt": ""}]
    assert item(second).external_id.startswith("kabar.example/sha256:")
    assert item(second).created_at == NOW


def test_atom_with_a_correction() -> None:
    (entry,) = read("atom")
    found = item(entry, changed=True)
    assert (found.action, found.edited_at) == (Action.EDIT, datetime(2026, 11, 22, 3, 0, tzinfo=UTC))
    assert found.url == "https://kabar.example/pengumuman/1"
    assert found.text == "Pengumuman 💡\n\nPemadaman bergilir."
    assert found.external_id == "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a"


def test_rss_1_and_what_only_looks_like_a_feed() -> None:
    assert [one.id for one in read("rdf")] == ["https://lama.example/1"]
    assert next(one.title for one in read("broken")) == "Harga cabai naik & turun"
    assert not feeds.read(b"<html><body>halo</body></html>", URL).known


def test_the_longer_text_goes_before_the_summary() -> None:
    (entry,) = read("atom")
    assert item(entry, page={"text": "Pemadaman bergilir di lima kelurahan."}).text.endswith(
        "lima kelurahan."
    )
    assert item(entry, page={"why": "robots.txt"}).text.endswith("Pemadaman bergilir.")


def _bomb() -> bytes:
    lines = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "hahahaha">{lines}]>'
    return f"{head}<rss version='2.0'><channel><item><title>&l9;</title></item></channel></rss>".encode()


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "body",
    [
        _bomb(),
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&x;',
        b"<rss version='2.0'><channel>" + b"<item><title>a</title></item>" * 60_000,
        b"<rss version='2.0'><channel><item><title>" + b"<b>" * 100_000,
        b"<rss version='2.0'><channel><item><description>"
        + b"&lt;div&gt;" * 90_000
        + b"</description></item>",
        b"<a>" * 200_000,
    ],
    ids=["laughs", "file", "many", "deep title", "deep text", "deep"],
)
def test_hostile_feeds_are_bounded(body: bytes) -> None:
    begun = time.monotonic()
    feed = feeds.read(body, URL)
    assert time.monotonic() - begun < 20
    assert len(feed.entries) <= feeds.MOST_ENTRIES
    assert all(len(one.title) <= 500 and "root:" not in one.title for one in feed.entries)


@pytest.mark.fault(11)
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FEEDS), st.integers(0, 3000), st.binary(max_size=30), st.integers(0, 60))
def test_mutated_feeds_are_read_or_known_as_none(body: bytes, at: int, junk: bytes, cut: int) -> None:
    at %= len(body)
    for one in feeds.read(body[:at] + junk + body[at + cut :], URL).entries:
        assert item(one).external_id


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["feed", "entry", "url", "title", "id", "text", "link", "published", "changed", "page"]), inner
    ),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.fault(11)
@settings(max_examples=80, deadline=None)
@given(_JSON | st.binary(max_size=50))
def test_any_stored_body_is_read_or_refused(value: Any) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    try:
        assert all(isinstance(one, Item) for one in Rss.parse(Raw(body, {}, NOW)))
    except Unreadable:
        pass


# -- the site ------------------------------------------------------------------------------------------------
def test_an_unchanged_feed_costs_nothing(play: Play) -> None:
    play.said("Berita pagi")
    site(play).calls.clear()
    page = play.connector.fetch(play.cursor)
    assert (page.bodies, page.more, dict(page.cursor)) == ([], False, dict(play.cursor))


def test_only_what_holds_the_words_comes_in(play: Play) -> None:
    one = connected(play, words="Kota Melati, wali kota")
    cursor = one.fetch({}).cursor
    for text in ("Kota Melati banjir", "Kotak Melati dijual", "Kata Wali  Kota: siap", "Harga cabai"):
        play.platform.say(text)
    assert sorted(texts(one.fetch(cursor).bodies)) == ["Kata Wali Kota: siap", "Kota Melati banjir"]


def test_terms_are_searched_in_one_request(play: Play) -> None:
    (query,) = Rss.compile(['jalan "rusak"', "lampu", " "], ["iklan"])
    assert query == '"jalan rusak" | "lampu" -"iklan"'
    assert Rss.compile([], ["x"]) == []
    cursor = play.connector.search(query, {}).cursor
    for text in ("Jalan rusak di Melati", "Lampu padam (iklan)", "lampu merah mati", "jalanrusak"):
        play.platform.say(text)
    page = play.connector.search(query, cursor)
    assert sorted(texts(page.bodies)) == ["Jalan rusak di Melati", "lampu merah mati"]
    assert play.connector.search(query, page.cursor).bodies == []


def test_pages_are_read_with_manners_and_in_small_numbers(play: Play) -> None:
    one = connected(play, page_text="ya")
    cursor = one.fetch({}).cursor
    first = play.platform.say("Jembatan retak")
    site(play).blocked.append(f"/berita/{first.id}")
    for number in range(6):
        play.platform.say(f"Berita ke-{number}")
    page = one.fetch(cursor)
    assert (len(page.bodies), page.more) == (5, True)
    blocked, read_ = (orjson.loads(body)["page"] for body in page.bodies[:2])
    assert blocked["why"] == "robots.txt"
    assert "Paragraf 3" in read_["text"]
    assert "Beranda Politik" not in read_["text"]
    rest = one.fetch(page.cursor)
    assert (len(rest.bodies), rest.more) == (2, False)
    assert sum(path == "/robots.txt" for _, path in site(play).calls) == 1


def test_the_pages_of_a_failing_site_wait(play: Play) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if request.url.path == "/robots.txt" else 200, text="<html>halo</html>")

    with http.swapped(httpx.MockTransport(answer)), http.Client() as client:
        found = feed_pages.page(client, feed_pages.Manners(), "https://a.example/1")
    assert found["why"] == "robots.txt"


def test_a_host_is_not_asked_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(feed_pages.time, "sleep", slept.append)  # type: ignore[attr-defined]
    robots = "User-agent: *\nCrawl-delay: 900"
    with (
        http.swapped(httpx.MockTransport(lambda _: httpx.Response(200, text=robots))),
        http.Client() as client,
    ):
        manners = feed_pages.Manners()
        for url in ("https://a.example/1", "https://b.example/1", "https://a.example/2"):
            manners.wait(client, url)
    assert len(slept) == 1
    assert 9 < slept[0] <= 10


def test_history_is_what_the_feed_still_lists(play: Play) -> None:
    play.platform.say("Berita lama sekali", at=1.6e9)
    play.platform.say("Berita kemarin")
    page = connected(play, page_text="ya").backfill({"until": LONG_AGO})
    assert [one.splitlines()[0] for one in texts(page.bodies)] == ["Berita kemarin"]
    assert page.missed


def test_a_page_that_announces_its_feed_is_enough(play: Play) -> None:
    found = connected(play, feed_url="https://rss.simulated/").identify()
    assert found.settings == {"feed_url": "https://rss.simulated/feed.xml"}
    assert found.name == "Kabar Melati"


def _answers(**answer: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(**answer)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status_code": 410}, Gone),
        ({"status_code": 404}, Gone),
        ({"status_code": 403}, Permanent),
        ({"status_code": 429, "headers": {"Retry-After": "30"}}, Temporary),
        ({"status_code": 502}, Temporary),
        ({"status_code": 200, "text": "<html>sedang dirawat</html>"}, Temporary),
        ({"status_code": 200, "content": b"x" * 5_000_000}, Permanent),
    ],
)
def test_what_a_site_may_answer(answer: dict[str, Any], error: type[Exception]) -> None:
    with http.swapped(httpx.MockTransport(_answers(**answer))), pytest.raises(error) as raised:
        Rss(Account(settings={"feed_url": URL})).fetch({"seen": {}})
    if answer["status_code"] == 429:
        assert getattr(raised.value, "retry_after", None) == 30


@pytest.mark.fault(50)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/feed", "http://[::1]/", "file:///etc/passwd", "gopher://x/", ""]
)
def test_feeds_of_inner_networks_are_not_read(url: str) -> None:
    with pytest.raises(Permanent):
        Rss(Account(settings={"feed_url": url})).identify()


@pytest.mark.fault(52)
def test_pages_beyond_measure_give_no_text_soon() -> None:
    for body in (b"<div>" * 100_000, b"<p>a" * 300_000, b"\xff\xfe" * 100_000, b""):
        begun = time.monotonic()
        feed_pages.text_of(b"<html><body>" + body, URL)
        assert time.monotonic() - begun < 8
