"""CAP 1.2 as sent by weather agencies: what is read, in which language, and what is refused with which words."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.publishing.warnings import cap
from tests.publishing.warnings import a_cap


def test_a_message_is_read_whole() -> None:
    one = cap.parse(a_cap(references="bmkg,A-0,2026-11-22T10:00:00+07:00"))
    assert (one.sender, one.identifier, one.kind, one.status, one.scope) == (
        "peringatan@cuaca.test", "A-1", "Alert", "Actual", "Public",
    )  # fmt: skip
    assert one.sent == datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert one.references == (("bmkg", "A-0", "2026-11-22T10:00:00+07:00"),)
    info = one.chosen()
    assert info is not None
    assert (info.language, info.severity, info.urgency, info.certainty) == (
        "id-ID",
        "Severe",
        "Immediate",
        "Likely",
    )
    assert info.expires == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert info.areas[0].name == "Kota Uji"
    assert info.areas[0].geocodes == (("Kemendagri", "99.71"),)
    assert info.areas[0].polygons[0][0] == (-7.7, 110.3)
    assert one.public


def test_indonesian_goes_before_english_and_english_before_others() -> None:
    english = "<language>en-US</language><event>Heavy rain</event>"
    javanese = "<language>jv</language><event>Udan deres</event>"
    both = cap.parse(a_cap(more_infos=(english, javanese))).chosen()
    assert both is not None
    assert both.event == "Hujan Lebat"
    foreign = cap.parse(a_cap(language="jv", more_infos=(english,))).chosen()
    assert foreign is not None
    assert foreign.event == "Heavy rain"
    only = cap.parse(a_cap(language="jv")).chosen()
    assert only is not None
    assert only.event == "Hujan Lebat"


def test_the_gravest_block_speaks_for_all_areas_of_its_language() -> None:
    graver = "<language>id</language><event>Banjir bandang</event><severity>Extreme</severity>"
    info = cap.parse(a_cap(more_infos=(graver,))).chosen()
    assert info is not None
    assert (info.event, info.severity) == ("Banjir bandang", "Extreme")
    assert {area.name for area in info.areas} == {"Kota Uji", "Tempat lain"}


@pytest.mark.parametrize(
    ("status", "scope"), [("Exercise", "Public"), ("Test", "Public"), ("Actual", "Private")]
)
def test_exercises_and_private_messages_are_never_public(status: str, scope: str) -> None:
    assert not cap.parse(a_cap(status=status, scope=scope)).public


def test_a_cancel_needs_no_info() -> None:
    assert cap.parse(a_cap(kind="Cancel", info=False)).chosen() is None
    with pytest.raises(cap.CapError, match="tidak memuat isi"):
        cap.parse(a_cap(kind="Update", info=False))


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><alert>&c;</alert>'
OUTSIDE = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><alert/>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "bukan XML"), (b"halo", "bukan XML"), (BOMB, "DOCTYPE"), (OUTSIDE, "DOCTYPE"),
        (b"<rss/>", "bukan pesan peringatan"), (b'<alert xmlns="urn:x"/>', "Hanya CAP 1.2"),
        (b"<a>" * 100, "terlalu dalam"), (b"<a>" + b"x" * 2**20 + b"</a>", "lebih besar"),
        (a_cap(kind="Ack"), "antarmesin"), (a_cap(sent="2026-11-22T11:00:00"), "tanpa zona"),
        (a_cap(sent="kemarin"), "tidak terbaca"), (a_cap(sent="9999-12-31T23:59:59-14:00"), "tidak terbaca"),
        (a_cap(identifier=""), "identifier"), (a_cap(identifier="a,b"), "identifier"),
        (a_cap(severity="Gawat"), "Gawat"), (a_cap(references="satu,dua"), "Rujukan"),
        (a_cap(polygon="-7.7,110.3 abc"), "polygon"), (a_cap(polygon="-97.7,110.3"), "polygon"),
    ],
)  # fmt: skip
def test_what_is_no_warning_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(cap.CapError, match=words):
        cap.parse(body)


def test_a_link_that_is_none_is_left_out() -> None:
    info = cap.parse(a_cap(web="javascript:alert(1)")).chosen()
    assert info is not None
    assert info.web == ""


_PIECES = st.sampled_from([
    b"<alert", b' xmlns="urn:oasis:names:tc:emergency:cap:1.2">', b"</alert>", b"<info>", b"</info>", b"<area>",
    b"</area>", b"<sent>2026-11-22T11:00:00+07:00</sent>", b"<sent>-1</sent>", b"<status>Actual</status>", b"&#0;",
    b"<polygon>1,2 nan,4</polygon>", b"<msgType>Alert</msgType>", b"<identifier>a</identifier>", b"<!DOCTYPE x>",
    b"<sender>b</sender>", b"<scope>Public</scope>", b"<circle>1,2 inf</circle>", b"\xff", b"<![CDATA[", b"]]>",
    b"<expires>2026-02-30T00:00:00Z</expires>",
])  # fmt: skip


@pytest.mark.fault(11)
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=30).map(b"".join)))
def test_any_bytes_are_a_message_or_a_clear_error(body: bytes) -> None:
    _reads_or_refuses(body)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_message_is_a_message_or_a_clear_error(data: st.DataObject) -> None:
    whole = bytearray(a_cap())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        cut = data.draw(st.integers(0, 60))
        whole[at : at + cut] = data.draw(st.one_of(st.binary(max_size=8), _PIECES))
        if not whole:
            break
    _reads_or_refuses(bytes(whole))


def _reads_or_refuses(body: bytes) -> None:
    found = None
    with contextlib.suppress(cap.CapError):  # any other error fails the test
        found = cap.parse(body)
    if found is not None:
        assert found.kind in cap.KINDS
        assert found.sent.tzinfo is not None
        rings = [ring for info in found.infos for area in info.areas for ring in area.polygons]
        assert all(abs(latitude) <= 90 for ring in rings for latitude, _longitude in ring)
