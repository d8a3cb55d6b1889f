"""The public line format: what is taken, what is refused and with which words, against the schema itself."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import Action, Raw, Unreadable
from tanggap.channels.contract_lines import pieces, read_body

SCHEMA = json.loads((Path(__file__).parent.parent / "contracts" / "post.schema.json").read_text())
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LINE: dict[str, Any] = {
    "platform": "x",
    "external_id": "17",
    "kind": "mention",
    "text": "Lampu jalan mati di Kotabaru",
    "author": {"id": "u1", "handle": "@warga", "name": "Warga", "followers": 12},
    "created_at": "2026-11-22T08:00:00+07:00",
    "url": "https://x.example/17",
    "in_reply_to": None,
    "thread": None,
    "media": [{"type": "image", "url": "https://x.example/a.jpg", "alt": "tiang"}],
    "metrics": {"likes": 3, "views": None},
    "location": {"lat": -7.78, "lon": 110.37, "code": "34.71.01"},
}


def raw(body: bytes, zone: str = "Asia/Jakarta") -> Raw:
    return Raw(body=body, headers={}, received_at=NOW, zone=zone)


def line(**changes: Any) -> bytes:
    value = {**LINE, **changes}
    return json.dumps({k: v for k, v in value.items() if v is not ...}).encode()


def test_a_whole_line_becomes_an_item() -> None:
    (item,) = read_body(raw(line()))
    assert (item.platform, item.external_id, item.kind, item.action) == ("x", "17", "mention", Action.CREATE)
    assert item.text == "Lampu jalan mati di Kotabaru"
    assert item.created_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.followers) == ("u1", "@warga", 12)
    assert (item.in_reply_to, item.thread, item.account) == ("", "", "")
    assert item.metrics == {"likes": 3, "views": None}
    assert item.location == {"lat": -7.78, "lon": 110.37, "code": "34.71.01"}


@pytest.mark.parametrize(
    ("zone", "given", "wanted"),
    [
        ("Asia/Jakarta", "2026-11-22T08:00:00", "2026-11-22T01:00:00+00:00"),
        ("Asia/Makassar", "2026-11-22T08:00:00", "2026-11-22T00:00:00+00:00"),
        ("Asia/Jayapura", "2026-11-22 08:00", "2026-11-21T23:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-22t08:00:00z", "2026-11-22T08:00:00+00:00"),
        ("Asia/Jakarta", "2026-11-22T08:00:00.123456-05:00", "2026-11-22T13:00:00.123456+00:00"),
        ("Asia/Jakarta", "2026-11-22", "2026-11-21T17:00:00+00:00"),
    ],
)
def test_times_without_a_zone_take_the_governments(zone: str, given: str, wanted: str) -> None:
    (item,) = read_body(raw(line(created_at=given), zone))
    assert item.created_at.isoformat() == wanted


def test_one_body_may_hold_an_array_or_a_line_each() -> None:
    one, two = line(), line(external_id="18")
    for body in (b"[" + one + b"," + two + b"]", one + b"\n" + two, one + b"\r\n\r\n" + two + b"\n"):
        assert [item.external_id for item in read_body(raw(body))] == ["17", "18"]


def test_lines_are_parted_only_where_each_is_an_object() -> None:
    one, two = line(), line(external_id="18")
    assert pieces(one + b"\n" + two + b"\n") == [one, two]
    assert pieces(one + b"\n{broken\n") == [one, b"{broken"]
    for whole in (one, b"[" + one + b",\n" + two + b"]", json.dumps(LINE, indent=1).encode(), b"", b"\n\n"):
        assert pieces(whole) == [whole]


def test_an_edit_and_a_deletion_say_so() -> None:
    (edit,) = read_body(raw(line(action="edit")))
    assert (edit.action, edit.edited_at) == (Action.EDIT, NOW)
    body = json.dumps({"action": "delete", "platform": "x", "external_id": "17"}).encode()
    (gone,) = read_body(raw(body))
    assert (gone.action, gone.external_id, gone.text) == (Action.DELETE, "17", "")


REFUSED = [
    (b"", "kosong"),
    (b"   \n ", "kosong"),
    (b"{", "JSON"),
    (b"12", "objek"),
    (b'"x"', "objek"),
    (b"[]", "0 butir"),
    (b"[1]", "Butir 1"),
    (b"\xff\xfe{", "UTF-8"),
    (b'{"a": "\x00"}', "NUL"),
    (b'{"platform": "x", "platform": "y"}', "dua kali"),
    (b'{"metrics": NaN}', "NaN"),
    (b'{"metrics": -Infinity}', "Infinity"),
    (b"[" * 10_000, "dalam"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "dalam"),
    (b'{"a": ' + b"9" * 10_000 + b"}", "besar"),
    (line(text="x" * 1_100_000), "paling banyak"),
    (line(platform=...), "platform"),
    (line(platform="X Corp!"), "platform"),
    (line(external_id=""), "external_id kosong"),
    (line(external_id="\u0000"), "external_id"),
    (line(external_id="x" * 301), "300"),
    (line(text=None), "text harus teks"),
    (line(created_at="kemarin"), "ISO 8601"),
    (line(created_at="0001-01-01T00:00:00+14:00"), "ISO 8601"),
    (line(created_at="1850-01-01T00:00:00Z"), "1990"),
    (line(kind="tweet"), "kind"),
    (line(kind=[]), "kind"),
    (line(action="burn"), "action"),
    (line(author="warga"), "author"),
    (line(metrics={"likes": 2**63}), "terlalu besar"),
    (line(metrics={"likes": 1.5}), "bulat"),
    (line(metrics={"likes": True}), "bulat"),
    (line(location={"lat": "-7"}), "location.lat"),
    (line() + b"\n{broken", "Baris 2"),
    (b"[" + line() + b"," + line(text=1) + b"]", "Butir 2"),
]


@pytest.mark.fault(44)
@pytest.mark.parametrize(("body", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_read_says_why(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_body(raw(body))
    assert words in str(refused.value)
    assert len(str(refused.value)) <= 400


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"url": "javascript:alert(1)"}, "url", ""),
        ({"location": {"lat": 123, "lon": 5}}, "location", None),
        ({"location": {"lat": 10**400, "lon": 5, "code": "34.71"}}, "location", {"code": "34.71"}),
        ({"metrics": {"likes": -1}}, "metrics", {"likes": None}),
        ({"author": {"name": "tanpa id"}}, "author", None),
        (
            {"media": [{"type": "image", "url": "file:///etc/passwd"}]},
            "media",
            [{"type": "image", "url": ""}],
        ),
        ({"text": "a\u0000b\ud800c"}, "text", "a\ufffdb\ufffdc"),
    ],
)
def test_what_is_of_no_use_is_left_out_and_the_words_are_kept(
    changes: dict[str, Any], field: str, wanted: Any
) -> None:
    (item,) = read_body(raw(line(**changes)))
    assert getattr(item, field) == wanted


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_mutations = st.dictionaries(
    st.sampled_from([*LINE, "action", "edited_at", "account", "further"]),
    _anything | st.just(...),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(_mutations)
def test_nothing_outside_the_schema_becomes_an_item(changes: dict[str, Any]) -> None:
    body = line(**changes)
    try:
        items = read_body(raw(body))
    except Unreadable:
        return
    if changes.get("action") != "delete":
        jsonschema.validate(json.loads(body), SCHEMA)
    (item,) = items
    item.text.encode()
    assert item.created_at.tzinfo is not None
    assert all(number is None or 0 <= number < 2**63 for number in item.metrics.values())
    assert item.location is None or all(math.isfinite(v) for k, v in item.location.items() if k != "code")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0 e1-nN\n', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(body: bytes) -> None:
    words = "read"
    try:
        read_body(raw(body))
    except Unreadable as error:
        words = str(error)
    assert 0 < len(words) <= 400


_id = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=200)
_naive = st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1))  # noqa: DTZ001  times without zone are meant
_fit = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["x", "email", "lapor"]),
        "external_id": _id,
        "text": st.text(),
        "created_at": _naive.map(datetime.isoformat),
    },
    optional={
        "kind": st.sampled_from(["post", "comment", "report"]),
        "url": st.none() | st.text(),
        "author": st.none() | st.fixed_dictionaries({}, optional={"id": _id, "name": st.text(max_size=300)}),
        "metrics": st.dictionaries(st.text(max_size=9), st.none() | st.integers(0, 2**62), max_size=4),
    },
)


@settings(max_examples=200, deadline=None)
@given(_fit)
def test_every_fitting_line_is_taken(value: dict[str, Any]) -> None:
    (item,) = read_body(raw(json.dumps(value).encode()))
    assert item.external_id == value["external_id"]
