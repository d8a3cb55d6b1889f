"""What is asked of YouTube, and what the simulated one answers, against Google's own discovery document.

Runs where TANGGAP_TEST_YOUTUBE names a server that checks requests by that document and answers with generated values
(its values mean nothing: only paths, parameters and shapes are compared).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from tanggap.channels.connector import Account, ConnectorError, Outgoing
from tanggap.channels.connectors.youtube import YouTube
from tanggap.core import http
from tests.connectors.conformance.stage_youtube import STAGE

SERVER = os.environ.get("TANGGAP_TEST_YOUTUBE", "").rstrip("/")
pytestmark = pytest.mark.skipif(not SERVER, reason="TANGGAP_TEST_YOUTUBE names no server")

CHANNEL = "UCkota00000000000000000x"


class Recorded(httpx.BaseTransport):
    """Asks the server and keeps what was asked and how it answered."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response] = []
        self._client = httpx.Client(timeout=30)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        answer = self._client.request(
            request.method, SERVER + path, content=request.read(),
            headers={"Content-Type": request.headers.get("content-type", "application/json")},
        )  # fmt: skip
        answer.request = request
        self.answers.append(answer)
        return httpx.Response(answer.status_code, content=answer.content)


def asked(call: Callable[[YouTube], object]) -> list[httpx.Response]:
    recorded = Recorded()
    connector = YouTube(
        Account(CHANNEL, api_base="https://youtube.example", token="t", settings={"uploads": "UUkota"})
    )
    with http.swapped(recorded):
        try:
            call(connector)
        except ConnectorError:
            pass  # generated values mean nothing; what was asked is looked at below
    return recorded.answers


CALLS: dict[str, Callable[[YouTube], object]] = {
    "identify": lambda one: one.identify(),
    "begin": lambda one: one.fetch({}),
    "fetch": lambda one: one.fetch(
        {"floor": "2026", "known": {"a": ["2026", "x"]}, "threads": {"b": 1}, "videos": []}
    ),
    "backfill": lambda one: one.backfill({"until": "2026-01-01T00:00:00+00:00"}),
    "search": lambda one: one.search("banjir", {"since": "2026-11-22T00:00:00Z"}),
    "reply": lambda one: one.send(Outgoing("reply", "Terima kasih", "r", "UgzA")),
    "hide": lambda one: one.send(Outgoing("hide", "", "r", "UgzA")),
    "look_up": lambda one: one.look_up(
        Outgoing("reply", "Terima kasih", "r", "UgzA", created_at=datetime.now(UTC))
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_request_is_one_that_the_document_knows(name: str) -> None:
    answers = asked(CALLS[name])
    assert answers
    for answer in answers:
        assert answer.status_code in {200, 204}, (str(answer.request.url), answer.text[:300])


def keys(value: object, prefix: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{prefix}{key}" for key in value} | {
            one for key, inner in value.items() for one in keys(inner, f"{prefix}{key}.")
        }
    if isinstance(value, list):
        return {one for inner in value[:1] for one in keys(inner, prefix)}
    return set()


@pytest.mark.parametrize("what", ["commentThreads", "comments", "playlistItems", "channels", "search"])
def test_the_simulated_one_has_no_key_that_the_document_lacks(what: str) -> None:
    query = {
        "commentThreads": {"part": "snippet,replies", "allThreadsRelatedToChannelId": "x"},
        "comments": {"part": "snippet", "parentId": "x"},
        "playlistItems": {"part": "snippet,contentDetails", "playlistId": "x"},
        "channels": {"part": "snippet,contentDetails", "mine": "true"},
        "search": {"part": "snippet", "q": "profil"},
    }[what]
    # Each generated answer leaves some optional keys and lists out.
    documented: set[str] = set()
    for _ in range(20):
        documented |= keys(httpx.get(f"{SERVER}/youtube/v3/{what}", params=query, timeout=30).json())
    with STAGE.open() as play:
        official = play.platform.official
        top = play.platform.say("Lampu padam")
        play.platform.say("Di sini juga", parent=top.id)
        here = {
            **query, "allThreadsRelatedToChannelId": official.id, "parentId": top.id,
            "playlistId": f"UU{official.id[2:]}",
        }  # fmt: skip
        answer = httpx.Client(transport=httpx.WSGITransport(app=play.platform)).get(
            f"https://youtube.simulated/youtube/v3/{what}",
            params={key: here[key] for key in query},
            headers={"Authorization": f"Bearer {official.token}"},
        )
    assert answer.status_code == 200
    assert answer.json()["items"]
    assert keys(answer.json()) <= documented, keys(answer.json()) - documented
