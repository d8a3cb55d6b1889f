"""Looking again where platforms are particular: batches of Meta's, what is no evidence, pages of other limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tanggap.channels.connector import Account, Action, Connector, NeedsLogin, Temporary
from tanggap.channels.connectors.facebook import Facebook
from tanggap.channels.connectors.instagram import Instagram
from tanggap.channels.connectors.messenger import Messenger
from tanggap.channels.connectors.threads import Threads
from tanggap.channels.connectors.tiktok import TikTok
from tanggap.channels.connectors.x import X
from tanggap.channels.connectors.youtube import YouTube
from tanggap.channels.platforms import meta_again
from tanggap.core import http
from tests.connectors.payloads import raw

GONE = {
    "error": {
        "message": "Unsupported get request.",
        "type": "GraphMethodException",
        "code": 100,
        "error_subcode": 33,
    }
}
UNSEEN = {"error": {"message": "(#10) This endpoint requires …", "type": "OAuthException", "code": 10}}
LIMITED = {"error": {"message": "(#32) Page request limit reached", "type": "OAuthException", "code": 32}}
ENDED = {
    "error": {"message": "Session has expired", "type": "OAuthException", "code": 190, "error_subcode": 463}
}
COMMENT = {
    "id": "1_2",
    "message": "Jalan rusak",
    "created_time": "2026-11-22T04:00:00+0000",
    "from": {"id": "9"},
}


@contextmanager
def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Iterator[list[httpx.Request]]:
    """Every request is answered so; they are returned."""
    asked: list[httpx.Request] = []

    class Platform(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return answer(request)

    with http.swapped(Platform()):
        yield asked


def parts(*bodies: Any) -> httpx.Response:
    told = [body and {"code": 400 if "error" in body else 200, "body": json.dumps(body)} for body in bodies]
    return httpx.Response(200, json=told)


def connected(kind: type[Connector], **more: Any) -> Any:
    return kind(Account("104", handle="@kota", token="t", api_base="https://platform.test", **more))


def items(one: Connector, ids: list[str]) -> dict[str, tuple[Action, str]]:
    return {
        item.external_id: (item.action, item.text)
        for body in one.recheck(ids).bodies
        for item in one.parse(raw(body))
    }


def test_of_a_batch_each_part_speaks_for_itself() -> None:
    with answering(lambda request: parts(COMMENT, GONE, UNSEEN, None)) as asked:
        found = items(connected(Facebook), ["1_2", "1_3", "1_4", "1_5"])
    assert found == {"1_2": (Action.CREATE, "Jalan rusak"), "1_3": (Action.DELETE, "")}
    form = httpx.QueryParams(asked[0].content.decode())
    assert (asked[0].method, form["include_headers"]) == ("POST", "false")
    assert json.loads(form["batch"])[0]["relative_url"].startswith("1_2?fields=id%2Cmessage")


def test_a_batch_holds_fifty() -> None:
    ids = [f"1_{number}" for number in range(60)]

    def answer(request: httpx.Request) -> httpx.Response:
        batch = json.loads(httpx.QueryParams(request.content.decode())["batch"])
        return parts(*[{**COMMENT, "id": one["relative_url"].partition("?")[0]} for one in batch])

    with answering(answer) as asked:
        assert list(items(connected(Facebook), ids)) == ids
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (parts(LIMITED, None), Temporary), (parts(ENDED, ENDED), NeedsLogin), (parts(COMMENT), Temporary),
        (httpx.Response(200, json={}), Temporary), (httpx.Response(400, json=ENDED), NeedsLogin),
        (httpx.Response(500, text="oops"), Temporary),
    ],
)  # fmt: skip
def test_what_concerns_more_than_one_object_is_passed_on(
    answer: httpx.Response, error: type[Exception]
) -> None:
    with answering(lambda request: answer), pytest.raises(error):
        connected(Facebook).recheck(["1_2", "1_3"])


def test_messages_that_are_not_shown_may_simply_be_old() -> None:
    node = {"id": "m_1", "created_time": "2026-11-22T04:00:00+0000", "message": "Ralat", "from": {"id": "7"},
            "to": {"data": [{"id": "104"}]}}  # fmt: skip
    with answering(lambda request: parts(node, GONE)):
        assert items(connected(Messenger), ["m_1", "m_2"]) == {"m_1": (Action.CREATE, "Ralat")}
    with answering(lambda request: httpx.Response(400, json=GONE)):
        assert items(connected(Instagram), ["aWdfZAG1", "17860000000000001"]) == {
            "17860000000000001": (Action.DELETE, "")
        }


def test_where_one_after_the_other_is_asked_for_time_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meta_again, "_SECONDS", -1.0)
    with answering(lambda request: httpx.Response(400, json=GONE)) as asked:
        assert items(connected(Threads), ["1", "2"]) == {}
    assert asked == []


def test_tiktok_is_asked_by_video_and_not_too_often() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.url.params["comment_ids"])
        row = {
            "comment_id": asked[0],
            "text": "Jalan rusak",
            "create_time": "1795320000",
            "unique_identifier": "u",
        }
        return httpx.Response(200, json={"code": 0, "data": {"comments": [row]}})

    with answering(answer) as asked:
        found = items(
            connected(TikTok), [*(f"v/{number}" for number in range(31)), *(f"w{n}/1" for n in range(20))]
        )
    assert [request.url.params["video_id"] for request in asked][:3] == ["v", "v", "w0"]
    assert len(asked) == 10, "40 calls a minute are granted, of which the sweep takes 30"
    assert found["v/0"] == (Action.CREATE, "Jalan rusak")
    assert found["v/29"] == (Action.DELETE, "")
    assert "w19/1" not in found


@pytest.mark.parametrize(("gone", "calls"), [(set(), 1), ({"c3"}, 9)])
def test_youtube_refusing_a_list_for_one_that_is_gone_takes_none_other_away(
    gone: set[str], calls: int
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params["id"].split(",")
        if gone & {*asked}:
            error = {"code": 404, "errors": [{"reason": "commentNotFound"}], "message": "not found"}
            return httpx.Response(404, json={"error": error})
        rows = [{"id": key, "snippet": {"textOriginal": "Halo", "publishedAt": "2026-11-22T04:00:00Z",
                 "authorDisplayName": "@warga"}} for key in asked]  # fmt: skip
        return httpx.Response(200, json={"items": rows})

    one = connected(YouTube)
    with answering(answer) as asked:
        found = items(one, [f"c{number}" for number in range(10)])
    assert {key for key, (action, _) in found.items() if action == Action.DELETE} == gone
    assert (len(asked), one.api.cost) == (calls, calls)
    with answering(answer):
        assert one.recheck(["c1"]).cost == 1, "what was spent before is not counted again"


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Facebook, {"comment", "post"}), (Instagram, {"comment", "message"}), (Threads, {"comment"}),
        (Messenger, {"comment", "mention", "message", "post"}), (TikTok, {"comment"}),
        (X, {"comment", "mention", "post"}), (YouTube, {"comment"}),
    ],
)  # fmt: skip
def test_only_what_a_platform_surely_shows_is_asked_for(kind: type[Connector], asked: set[str]) -> None:
    assert {one for one in ("comment", "mention", "message", "post") if kind.rechecks(one, "")} == asked
    assert kind.rechecks("comment", "atas") is (kind is not TikTok)
