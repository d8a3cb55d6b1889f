"""What is kept of a delivery's headers: all that helps to understand it, and no secret."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.api.hooks import kept_headers

COVER = "••••••"


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "proxy-authorization", "cookie", "x-hub-signature-256", "webhook-signature",
        "x-telegram-bot-api-secret-token", "x-twitter-webhooks-signature", "tiktok-signature", "x-api-key",
        "x-auth-user",
    ],
)  # fmt: skip
def test_secrets_are_covered(name: str) -> None:
    assert json.loads(kept_headers({name: "rahasia"})) == {name: COVER}


def test_the_rest_is_kept_as_it_came() -> None:
    sent = {"host": "x", "user-agent": "facebookexternalua", "content-type": "application/json"}
    assert json.loads(kept_headers(sent)) == sent


@given(
    st.dictionaries(
        st.text(st.characters(max_codepoint=255), max_size=40), st.text(max_size=900), max_size=40
    )
)
def test_never_more_than_two_kilobytes_and_those_for_reading_first(others: dict[str, str]) -> None:
    kept = kept_headers({**others, "webhook-id": "msg_1", "content-type": "application/json"})
    read = json.loads(kept)
    assert (read["content-type"], read["webhook-id"]) == ("application/json", "msg_1")
    assert sum(len(name) + len(value) for name, value in read.items()) <= 2048
    assert "\\u0000" not in "".join(read.values())
