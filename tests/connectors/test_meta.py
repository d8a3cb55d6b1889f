"""What the Meta connectors share: signature, challenge, parting a delivery, error bodies, log-in."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from tanggap.channels import errors
from tanggap.channels.connector import Account, BadSignature, Developer, NeedsLogin, Temporary, Unreadable
from tanggap.channels.connectors import meta
from tanggap.channels.connectors.facebook import Facebook
from tanggap.core import http
from tanggap.simulator.platforms.facebook import Facebook as Simulated
from tests.connectors.conformance.stages import Wire
from tests.connectors.payloads import ANYTHING, payload, raw, reads_or_refuses

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
BASE = "https://facebook.simulated"


@pytest.fixture
def platform() -> Iterator[Simulated]:
    simulated = Simulated()
    with http.swapped(Wire({"facebook.simulated": simulated})):
        yield simulated


def developer(platform: Simulated) -> Developer:
    return Developer(platform.client_id, platform.client_secret, BASE)


def facebook(platform: Simulated, **more: Any) -> Facebook:
    token = more.pop("token", platform.official.token)
    return Facebook(Account(platform.official.id, token=token, developer=developer(platform), **more))


def signature(secret: str, body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


# -- the app's address -------------------------------------------------------------------------------------------
@pytest.mark.fault(3)
def test_any_of_the_secrets_may_have_signed() -> None:
    body = b'{"object":"page"}'
    meta.MetaApp.verify(["baru", "lama"], signature("lama", body), body, NOW)
    for headers in (
        {},
        signature("asing", body),
        {"x-hub-signature-256": "sha256=é"},
        {"x-hub-signature-256": ""},
    ):
        with pytest.raises(BadSignature):
            meta.MetaApp.verify(["baru", "lama"], headers, body, NOW)
    with pytest.raises(BadSignature):
        meta.MetaApp.verify([], signature("", body), body, NOW)


@pytest.mark.fault(3)
def test_the_signature_is_over_the_raw_bytes() -> None:
    body = '{"message":"aé"}'.encode()
    escaped = b'{"message":"a\\u00e9"}'
    with pytest.raises(BadSignature):
        meta.MetaApp.verify(["rahasia"], signature("rahasia", escaped), body, NOW)


def test_the_challenge_is_answered_to_who_knows_the_word(platform: Simulated) -> None:
    asked = platform.address_test()
    assert meta.MetaApp.challenge([], platform.verify_token, asked) == asked["hub.challenge"].encode()
    assert meta.MetaApp.challenge([], "lain", asked) is None
    assert meta.MetaApp.challenge([], "", {**asked, "hub.verify_token": ""}) is None
    assert meta.MetaApp.challenge([], platform.verify_token, {**asked, "hub.mode": "unsubscribe"}) is None
    assert meta.MetaApp.challenge([], platform.verify_token, {**asked, "hub.challenge": "<b>"}) is None


def test_one_delivery_of_many_pages_is_parted() -> None:
    whole = payload("meta", "many_pages")
    pieces = meta.MetaApp.pieces(json.dumps(whole).encode())
    assert len(pieces) == 3
    items = [item for piece in pieces for item in meta.MetaApp.parse(raw(piece))]
    assert [(one.platform, one.account, one.text) for one in items] == [
        ("facebook", "104700000000001", "Satu"),
        ("facebook", "104700000000001", "Dua"),
        ("messenger", "104700000000002", "Tiga"),
    ]
    assert meta.MetaApp.parse(raw(whole)) == items


def test_a_delivery_of_one_event_stays_as_it_came() -> None:
    body = json.dumps(payload("facebook", "comment_add"), indent=3).encode()
    assert meta.MetaApp.pieces(body) == [body]
    assert meta.MetaApp.pieces(b"not json") == [b"not json"]


def test_a_thousand_updates_are_parted_one_by_one(platform: Simulated) -> None:
    platform.batch = 1000
    for number in range(1000):
        platform.say(f"Laporan {number}")
    (hooked,) = platform.deliveries()
    pieces = meta.MetaApp.pieces(hooked.body)
    assert len(pieces) == 1000
    assert meta.MetaApp.parse(raw(pieces[999]))[0].text == "Laporan 999"


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"object":"user","entry":[{"changes":[{}]}]}', b'{"entry":3}']
)
def test_what_no_product_reads_is_put_aside(body: bytes) -> None:
    with pytest.raises(Unreadable):
        meta.MetaApp.parse(raw(body))


@pytest.mark.fault(11)
@given(ANYTHING)
def test_any_body_is_read_or_refused(body: Any) -> None:
    reads_or_refuses(meta.MetaApp.parse, body)
    reads_or_refuses(meta.MetaApp.parse, {"object": "page", "entry": body})
    reads_or_refuses(
        meta.MetaApp.parse, {"object": "page", "entry": [{"id": "1", "time": 1, "changes": body}]}
    )
    assert meta.MetaApp.pieces(json.dumps({"object": "page", "entry": body}).encode())


# -- error bodies ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "case", payload("meta", "errors"), ids=lambda case: f"{case['body']['error']['code']}"
)
def test_an_error_body_means_what_the_documentation_says(case: dict[str, Any]) -> None:
    answer = http.Answer(case["status"], {}, json.dumps(case["body"]).encode(), BASE)
    for sent in (False, True):
        found = meta.refusal(answer, sent)
        wanted = case.get("sent", case["means"]) if sent else case["means"]
        assert isinstance(found, getattr(errors, wanted)), found
        assert case["says"] in str(found)
        assert "EAA" not in str(found)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"error": "nothing"}', b'{"error": {"code": "x"}}', b"<html>"]
)
def test_what_is_no_error_body_has_the_usual_meaning(body: bytes) -> None:
    assert meta.refusal(http.Answer(400, {}, body, BASE), False) is None


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (
            {"x-business-use-case-usage": '{"1":[{"type":"pages","estimated_time_to_regain_access":19}]}'},
            1140,
        ),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"x-app-usage": '{"call_count":100,"estimated_time_to_regain_access":3}'}, 180),
        ({"x-business-use-case-usage": "not json"}, None),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":true}]}'}, None),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":-5},7]}'}, None),
        ({}, None),
    ],
)
def test_how_long_a_limit_lasts_is_told_in_minutes(told: dict[str, str], seconds: float | None) -> None:
    assert meta.wait_of(told) == seconds


@pytest.mark.fault(30)
def test_the_wait_reaches_the_caller(platform: Simulated) -> None:
    platform.faults.refuse, platform.faults.retry_after = 1, "600"
    with pytest.raises(Temporary) as raised:
        facebook(platform).identify()
    assert raised.value.retry_after == 600


# -- tokens ------------------------------------------------------------------------------------------------------
@pytest.mark.fault(32)
@pytest.mark.parametrize("subcode", [458, 459, 460, 464, 467, 492])
def test_each_way_a_token_ends_has_its_sentence(platform: Simulated, subcode: int) -> None:
    platform.ended_by = subcode
    platform.revoke()
    with pytest.raises(NeedsLogin) as raised:
        facebook(platform).identify()
    assert "Sambungkan akun lagi" in str(raised.value)
    assert platform.official.token not in str(raised.value)


def test_before_app_review_permissions_are_missing(platform: Simulated) -> None:
    platform.granted.clear()
    one = facebook(platform)
    with pytest.raises(NeedsLogin, match="pages_read_engagement"):
        one.fetch({"since": 0})


def test_every_call_proves_that_it_comes_from_the_app(platform: Simulated) -> None:
    platform.require_proof = True
    assert facebook(platform).identify().external_id == platform.official.id
    wrong = Developer(platform.client_id, "rahasia-aplikasi-lain", BASE)
    with pytest.raises(NeedsLogin, match="aplikasi lain"):
        Facebook(Account(token=platform.official.token, developer=wrong)).identify()


def test_the_token_stands_in_no_address(platform: Simulated) -> None:
    addresses: list[str] = []
    inner = platform.official_of
    platform.official_of = lambda request: addresses.append(request.url) or inner(request)  # type: ignore[method-assign, func-returns-value]
    facebook(platform).fetch({"since": 0})
    assert addresses
    assert not any(platform.official.token in one for one in addresses)


def test_a_log_in_gives_every_page_with_its_own_token(platform: Simulated) -> None:
    second = platform.open_account("104700000000002", "dishubsukamaju", "Dinas Perhubungan", "EAAhalaman2")
    second.expires_at = (datetime.now(UTC) + timedelta(days=40)).timestamp()
    code, back = "AQkode", "https://tanggap.example/kembali"
    platform.codes[code] = back
    grants = Facebook.exchange(developer(platform), code, back, "")
    assert [(one.identity.handle, one.secrets["token"]) for one in grants] == [
        ("@pemkotsukamaju", "EAAhalaman1"), ("@dishubsukamaju", "EAAhalaman2"),
    ]  # fmt: skip
    assert grants[0].identity.expires_at is None
    assert grants[1].identity.expires_at == datetime.fromtimestamp(int(second.expires_at), UTC)
    with pytest.raises(errors.ConnectorError):
        Facebook.exchange(developer(platform), code, back, "")


def test_a_code_for_another_return_address_opens_nothing(platform: Simulated) -> None:
    platform.codes["AQkode"] = "https://tanggap.example/kembali"
    with pytest.raises(errors.Permanent, match="redirect_uri"):
        Facebook.exchange(developer(platform), "AQkode", "https://lain.example/", "")


def test_a_token_that_will_end_says_when(platform: Simulated) -> None:
    platform.official.expires_at = (datetime.now(UTC) + timedelta(days=12)).timestamp()
    ends = facebook(platform).identify().expires_at
    assert ends == datetime.fromtimestamp(int(platform.official.expires_at), UTC)


def test_two_channels_of_a_page_leave_each_other_their_events(platform: Simulated) -> None:
    one = facebook(platform)
    line = meta.graph(one.account)
    meta.subscribe(line, platform.official.id, platform.client_id, ("messages",))
    one.subscribe()
    assert platform.subscribed[platform.official.id] == ["messages", "feed", "mention"]
    calls = len(platform.calls)
    one.subscribe()
    assert [method for method, _ in platform.calls[calls:]] == ["GET"]
