"""A real run: citizens on the mock server and a hook that fails now and then; nothing is lost, all is written down."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tanggap.simulator.__main__ import main
from tanggap.simulator.city import OFFICIAL_HANDLE, citizens, load_city
from tanggap.simulator.day import plan
from tanggap.simulator.mastodon import Mastodon, MastodonError, token_of
from tanggap.simulator.mock_mastodon import STATE_FILE, MockError, MockMastodon
from tanggap.simulator.run import Bounds, CityRun, speed_for
from tanggap.simulator.truth import TruthFile, read_truth
from tanggap.simulator.verdict import judge
from tanggap.simulator.webhook import Hook

SECRET = "whsec_" + base64.b64encode(b"rahasia kota rekaan").decode()
MIDNIGHT = datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=7)))
POSTS = 30


class Receiver(ThreadingHTTPServer):
    """A hook address that checks signatures and, for every third body, fails once before and once after keeping it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lines: list[dict[str, Any]] = []
        self.bodies: Counter[str] = Counter()
        self.address = f"http://127.0.0.1:{self.server_address[1]}/hooks/kunci"

    def take(self, identity: str, lines: list[dict[str, Any]]) -> int:
        """Keeps a body and says with which status to answer."""
        self.bodies[identity] += 1
        unlucky = int(identity.rsplit("_", 1)[1]) % 3 == 0
        if unlucky and self.bodies[identity] == 1:
            return 503
        self.lines += lines
        return 500 if unlucky and self.bodies[identity] == 2 else 202


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        Webhook(SECRET).verify(body, dict(self.headers), json_parse=False)
        if self.headers["content-type"] == "application/x-ndjson":
            lines = [json.loads(line) for line in body.splitlines()]
        else:
            found = json.loads(body)
            lines = found if isinstance(found, list) else [found]
        self.send_response(self.server.take(self.headers["webhook-id"], lines))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base names it so
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockMastodon]:
    pytest.importorskip("mastodon_mock")
    folder = tmp_path_factory.mktemp("mastodon")
    with MockMastodon(folder, _free_port(), citizens(load_city())) as running:
        yield running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _official_answers(address: str, stop: threading.Event) -> None:
    """Answers every mention once: first with a question, what comes back with thanks."""
    headers = {"Authorization": f"Bearer {token_of(OFFICIAL_HANDLE)}"}
    done: set[str] = set()
    with httpx.Client(base_url=address, headers=headers, timeout=10) as client:
        while not stop.wait(0.1):
            for notice in client.get("/api/v1/notifications", params={"limit": 40}).json():
                status = notice.get("status")
                if notice["type"] != "mention" or status is None or status["id"] in done:
                    continue
                done.add(status["id"])
                text = "Di mana tepatnya?" if status["in_reply_to_id"] is None else "Baik, kami catat."
                form = {"status": f"@{status['account']['acct']} {text}", "in_reply_to_id": status["id"]}
                client.post("/api/v1/statuses", data=form)


def test_a_day_reaches_both_addresses_and_people_react_to_answers(
    server: MockMastodon, receiver: Receiver, tmp_path: Path
) -> None:
    stop = threading.Event()
    official = threading.Thread(target=_official_answers, args=(server.address, stop))
    official.start()
    truth_file = tmp_path / "truth.ndjson"
    mastodon, hook = Mastodon(server.address), Hook(receiver.address, SECRET)
    day = plan(213, POSTS, MIDNIGHT, speed_for(POSTS, 600))
    try:
        with truth_file.open("w", encoding="utf-8") as file:
            bounds = Bounds(seconds=60, wait=3, poll=0.2)
            result = CityRun(day, 1, TruthFile(file), bounds, mastodon=mastodon, hook=hook).go()
        truth = list(read_truth(truth_file))
        verdict = judge(truth, mastodon.answers())
        _check_counts(day.events, result.delivered, result.failed)
        _check_hook(truth, receiver)
        _check_server(truth, mastodon)
        assert result.answered > 0
        assert result.delivered["answer"] > 0, "nobody answered the government's question"
        assert verdict.answered >= result.answered
        assert verdict.answered_twice == 0
    finally:
        stop.set()
        official.join()
        mastodon.close()
        hook.close()


def _check_counts(events: tuple[Any, ...], delivered: Counter[str], failed: Counter[str]) -> None:
    planned = Counter(event.kind for event in events if not event.awaits_answer)
    assert failed == Counter()
    assert {kind: delivered[kind] for kind in planned} == dict(planned)


def _check_hook(truth: list[dict[str, Any]], receiver: Receiver) -> None:
    sent = [line for line in truth if line["platform"] != "mastodon"]
    said = {(line["external_id"], line["text"]) for line in sent if "text" in line}
    assert said
    assert {(line["external_id"], line["text"]) for line in receiver.lines if line["text"]} == said
    assert len(receiver.lines) > len(sent), "a body kept before a 500 comes twice"
    assert any(line["tries"] > 1 for line in sent)
    for what in ("edit", "delete"):
        told = {line["external_id"] for line in receiver.lines if line.get("action") == what}
        assert told == {line["external_id"] for line in sent if line["what"] == what}


def _check_server(truth: list[dict[str, Any]], mastodon: Mastodon) -> None:
    gone = {line.get("status") for line in truth if line["what"] == "delete"}
    for line in truth:
        if "status" in line:
            assert mastodon.exists(line["status"]) is (line["status"] not in gone)
            assert line["external_id"] == f"{mastodon.host}/{line['status']}"


def test_a_repeated_call_does_not_post_twice(server: MockMastodon) -> None:
    mastodon, person = Mastodon(server.address), citizens(load_city())[0]
    first = mastodon.post(person, "sekali saja", "kunci-1")
    assert mastodon.post(person, "sekali saja", "kunci-1").id == first.id
    assert first.text == f"@{OFFICIAL_HANDLE} sekali saja"
    mastodon.delete(person, first.id)
    assert not mastodon.exists(first.id)
    mastodon.close()


def test_a_fault_of_the_server_is_tried_again(server: MockMastodon) -> None:
    fault = {
        "match": {"path": "/api/v1/statuses", "methods": ["POST"]},
        "effect": {"type": "status", "status": 503},
        "count": 2,
    }
    httpx.post(f"{server.address}/api/v1/_mock/faults", json=fault).raise_for_status()
    mastodon, truth = Mastodon(server.address), io.StringIO()
    day = plan(5, 3, MIDNIGHT, speed=1e6, platforms=["mastodon"])
    result = CityRun(day, 2, TruthFile(truth), Bounds(seconds=30), mastodon=mastodon).go()
    mastodon.close()
    lines = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert result.delivered["post"] + result.delivered["reply"] == 3
    assert result.failed == Counter()
    assert sum(line["tries"] - 1 for line in lines) == 2


def test_a_refusal_is_not_tried_again(server: MockMastodon) -> None:
    stranger = Mastodon(server.address)
    person = citizens(load_city(), 1, seed=1)[0]
    with pytest.raises(MastodonError) as refused:
        stranger.edit(person, "1", "bukan milik saya")
    assert not refused.value.retry
    stranger.close()


def test_a_hook_that_is_gone_is_given_up_and_written_down() -> None:
    now, truth = [0.0], io.StringIO()
    hook = Hook(f"http://127.0.0.1:{_free_port()}/hooks/kunci", SECRET)
    day = plan(5, 4, MIDNIGHT, speed=1e6, platforms=["facebook"])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    run = CityRun(day, 3, TruthFile(truth), Bounds(seconds=600), hook=hook, clock=lambda: now[0], sleep=sleep)
    result = run.go()
    hook.close()
    assert result.failed["post"] + result.failed["reply"] == 4
    assert result.delivered == Counter()
    lines = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert all(not line["delivered"] and "ConnectError" in line["problem"] for line in lines)


def test_a_run_ends_when_its_time_is_up() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    hook = Hook("http://127.0.0.1:9/hooks/kunci", SECRET)
    day = plan(5, 4, MIDNIGHT, speed=1.0, platforms=["facebook"])
    run = CityRun(
        day, 4, TruthFile(io.StringIO()), Bounds(seconds=60), hook=hook, clock=lambda: now[0], sleep=sleep
    )
    assert run.go().seconds == pytest.approx(60, abs=2)
    hook.close()


def test_the_state_file_names_every_account_for_the_owner_only(server: MockMastodon) -> None:
    folder = server.folder
    state = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
    assert state["address"] == server.address
    assert len(state["citizens"]) == 200
    assert (folder / STATE_FILE).stat().st_mode & 0o077 == 0
    answer = httpx.get(
        f"{server.address}/api/v1/accounts/verify_credentials",
        headers={"Authorization": f"Bearer {state['official']['token']}"},
    )
    assert answer.json()["acct"] == OFFICIAL_HANDLE


def test_a_taken_port_is_reported(server: MockMastodon, tmp_path: Path) -> None:
    port = int(server.address.rsplit(":", 1)[1])
    with pytest.raises(MockError, match="did not come up"), MockMastodon(tmp_path, port, ()):
        pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--posts", "3"], "--mastodon"),
        (["--hooks", "http://127.0.0.1:9/hooks/a", "--secret", ""], "secret"),
        (["generate", "--posts", "3", "--platforms", "faksimile"], "platforms"),
        (["verdict", "--truth", "tidak-ada.ndjson", "--mastodon", "http://127.0.0.1:9"], "127.0.0.1"),
    ],
)
def test_misuse_is_said_and_ends_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TANGGAP_SIMULATOR_SECRET", raising=False)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
