"""Raw bodies of Mastodon to items: recorded payloads, and anything else in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import Action, Item, Raw, Unreadable
from tanggap.channels.connectors.mastodon import Mastodon
from tanggap.channels.html_text import plain

FIXTURES = Path(__file__).parent / "fixtures" / "mastodon"
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def parse(body: bytes) -> list[Item]:
    return Mastodon.parse(Raw(body=body, headers={}, received_at=NOW))


def one(name: str) -> Item:
    (item,) = parse((FIXTURES / f"{name}.json").read_bytes())
    return item


def test_a_mention_is_read_whole() -> None:
    item = one("mention")
    assert (item.external_id, item.kind, item.action) == (
        "mastodon.example/103270115826048975",
        "mention",
        "create",
    )
    assert item.text == (
        "@pemkot lampu jalan di Jl. Melati mati & gelap sekali.\nSudah 3 malam <tolong>\n\n"
        "Foto: https://foto.example/a/b/c?x=1&y=2"
    )
    assert item.created_at == datetime(2026, 11, 22, 1, 2, 3, 456000, tzinfo=UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle) == (
        "sekar@mastodon.example",
        "@sekar@mastodon.example",
    )
    assert (item.author.name, item.author.followers) == ("Sekar 🌾", 83)
    assert item.url == "https://mastodon.example/@sekar/103270115826048975"
    assert (item.in_reply_to, item.thread) == ("", item.external_id)
    assert item.metrics == {"likes": 6, "shares": 1, "comments": 2}
    assert item.media == [
        {
            "type": "image",
            "url": "https://files.mastodon.example/media/lampu.jpg",
            "alt": "Tiang lampu yang padam",
        }
    ]


def test_a_reply_from_another_server_is_a_comment_with_its_warning() -> None:
    item = one("remote_reply")
    assert (item.kind, item.in_reply_to, item.thread) == (
        "comment",
        "mastodon.example/103270110000000000",
        "",
    )
    assert item.author is not None
    assert item.author.external_id == "dimas@sosial.example"
    assert item.text == "banjir\n\nKapan dikerjakan?\n\n• RT 03\n• RT 04"


def test_kinds_follow_visibility_and_author() -> None:
    assert one("direct").kind == "message"
    assert one("own_post").kind == "post"
    own = one("own_post").author
    assert own is not None
    assert own.external_id == "pemkot@mastodon.example"


@pytest.mark.fault(12)
def test_an_edit_and_a_deletion_meet_the_post_by_its_id() -> None:
    edit, gone = one("edit"), one("delete")
    assert edit.external_id == gone.external_id == one("mention").external_id
    assert (edit.action, edit.edited_at) == (Action.EDIT, datetime(2026, 11, 22, 1, 30, tzinfo=UTC))
    assert gone.action == Action.DELETE


def test_what_says_nothing_gives_no_item() -> None:
    assert parse((FIXTURES / "favourite.json").read_bytes()) == []
    body = {"event": "filters_changed", "host": "mastodon.example", "payload": None}
    assert parse(json.dumps(body).encode()) == []
    boost = json.loads((FIXTURES / "own_post.json").read_text())
    boost["payload"]["reblog"] = {"id": "5"}
    assert parse(json.dumps(boost).encode()) == []


_leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*at, key))
    return found


MENTION = json.loads((FIXTURES / "mention.json").read_text())


@pytest.mark.fault(11)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_paths(MENTION)), _leaf | st.just(...))
def test_missing_fields_and_wrong_types_are_read_or_refused_in_words(
    path: tuple[Any, ...], leaf: Any
) -> None:
    value = json.loads(json.dumps(MENTION))
    spot = value
    for key in path[:-1]:
        spot = spot[key]
    if leaf is ...:
        del spot[path[-1]]
    else:
        spot[path[-1]] = leaf
    try:
        items = parse(json.dumps(value).encode())
    except Unreadable as error:
        assert "Mastodon" in str(error)  # noqa: PT017  both outcomes are right, neither may be another error
        return
    for item in items:
        assert item.external_id.startswith(f"{value['host']}/")
        assert isinstance(item.text, str)
        assert item.author is None or item.author.followers is None or isinstance(item.author.followers, int)
        assert all(number is None or isinstance(number, int) for number in item.metrics.values())


@pytest.mark.fault(44)
def test_a_text_beyond_reason_is_put_aside() -> None:
    value = json.loads(json.dumps(MENTION))
    value["payload"]["status"]["content"] = "<p>" + "a " * 500_000
    with pytest.raises(Unreadable, match="paling banyak"):
        parse(json.dumps(value).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"event": "update"}', b"\xff"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("<p>&amp;lt;script&amp;gt;</p>", "&lt;script&gt;"),
        ("<style>p{}</style>x<script>alert(1)</script>", "x"),
        ("<p>a<p>b", "a\n\nb"),
        ("<b><i><a href='javascript:1'>klik</a></i>", "klik"),
        ("a\xa0b", "a b"),
        ("", ""),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_html_becomes_what_a_reader_sees(source: str, wanted: str) -> None:
    assert plain(source) == wanted
