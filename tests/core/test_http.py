"""The door to the network: what it refuses, what it cuts off, and what its errors promise."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
import pytest
import requests

from tanggap.core import http
from tanggap.core.http.guard import Backend

INWARD = [
    "127.0.0.1", "127.8.9.1", "10.0.0.8", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "168.63.129.16",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
]  # fmt: skip
OUTWARD = [
    "8.8.8.8",
    "103.28.12.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


@pytest.mark.parametrize("address", INWARD)
def test_inward_addresses_are_not_public(address: str) -> None:
    assert not http.is_public(address)


@pytest.mark.parametrize("address", OUTWARD)
def test_outward_addresses_are_public(address: str) -> None:
    assert http.is_public(address)


@pytest.mark.fault(50)
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://localhost./", "http://[::1]/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/", "http://10.1.2.3:8080/", "http://[fe80::1]/", "http://0/",
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://8.8.8.8/", "http://officer:secret@8.8.8.8/",
        "https://token@example.invalid/",
    ],
)  # fmt: skip
def test_forbidden_addresses_never_leave(url: str) -> None:
    with http.Client() as client, pytest.raises(http.NotSent):
        client.request("GET", url)
    with http.Client() as client, pytest.raises(http.NotSent):
        client.request("POST", url, content=b"x")


def test_blocked_names_are_told_from_unreachable_ones() -> None:
    with http.Client() as client, pytest.raises(http.Blocked):
        client.request("GET", "http://127.0.0.1:9/")


class _Wire(httpcore.NetworkBackend):
    """Notes where a connection goes and refuses it."""

    def __init__(self) -> None:
        self.went: list[str] = []

    def connect_tcp(self, host: str, *_: object, **__: object) -> httpcore.NetworkStream:
        self.went.append(host)
        raise httpcore.ConnectError("closed")


@pytest.mark.fault(50)
def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked = iter([["8.8.8.8"], ["127.0.0.1"]])
    wire = _Wire()
    backend = Backend(frozenset(), lambda host, port: next(asked), wire)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("rebinding.example", 80)
    with pytest.raises(http.Blocked):
        backend.connect_tcp("rebinding.example", 80)
    assert wire.went == ["8.8.8.8"]


def test_one_inward_address_among_several_is_enough_to_refuse() -> None:
    wire = _Wire()
    backend = Backend(frozenset(), lambda host, port: ["8.8.8.8", "10.0.0.1"], wire)
    with pytest.raises(http.Blocked):
        backend.connect_tcp("both.example", 80)
    assert wire.went == []


def test_trust_is_for_one_port_of_one_host() -> None:
    wire = _Wire()
    backend = Backend(frozenset({"127.0.0.1:8081"}), None, wire)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("127.0.0.1", 8081)
    with pytest.raises(http.Blocked):
        backend.connect_tcp("127.0.0.1", 8082)
    assert wire.went == ["127.0.0.1"]


def _answers(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(handler)


@pytest.mark.parametrize("target", ["http://user:pw@8.8.8.8/", "gopher://8.8.8.8/", "file:///etc/passwd"])
def test_redirects_pass_the_same_door(target: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": target})

    with http.swapped(_answers(handler)), http.Client() as client, pytest.raises(http.HttpError):
        client.request("GET", "https://cdn.example/a.jpg")


def test_redirects_into_a_private_network_are_blocked() -> None:
    with (
        _server(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n") as origin,
        http.Client(trusted={origin}) as client,
        pytest.raises(http.Blocked),
    ):
        client.request("GET", f"http://{origin}/")


def test_posts_do_not_follow_redirects() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(307, headers={"location": "/other"})

    with http.swapped(_answers(handler)), http.Client() as client:
        assert client.request("POST", "https://a.example/first", data={"a": "b"}).status == 307
    assert seen == ["/first"]


@contextmanager
def _server(answer: bytes, drip: float = 0, close: bool = True) -> Iterator[str]:
    """A raw server on a free port that gives every caller the same bytes, one by one where `drip` is set."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    try:
                        peer.recv(65536)
                        for piece in [answer[i : i + 1] for i in range(len(answer))] if drip else [answer]:
                            peer.sendall(piece)
                            time.sleep(drip)
                        if not close:
                            stop.wait(5)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)


def _get(origin: str, **caps: float) -> http.Answer:
    with http.Client(trusted={origin}, caps=http.Caps(**caps)) as client:  # type: ignore[arg-type]
        return client.request("GET", f"http://{origin}/")


def test_a_whole_answer_comes_back() -> None:
    with _server(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\nX-Here: yes\r\n\r\n{"a": 1}') as origin:
        got = _get(origin)
    assert (got.status, got.headers["x-here"], got.json()) == (200, "yes", {"a": 1})


@pytest.mark.fault(51)
def test_a_drip_of_header_bytes_ends_at_the_total_time() -> None:
    with _server(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, drip=0.05) as origin:
        began = time.monotonic()
        with pytest.raises(http.NoAnswer):
            _get(origin, total=0.5, read=5)
        assert time.monotonic() - began < 2


@pytest.mark.fault(51)
def test_silence_ends_at_the_read_time() -> None:
    with (
        _server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", close=False) as origin,
        pytest.raises(http.NoAnswer),
    ):
        _get(origin, read=0.2)


@pytest.mark.fault(51)
def test_an_endless_answer_is_dropped_at_the_size_cap() -> None:
    with _server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000) as origin, pytest.raises(http.TooLarge):
        _get(origin, most_bytes=100_000)


@pytest.mark.fault(51)
def test_a_gzip_bomb_is_dropped_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with _server(head + bomb) as origin, pytest.raises(http.TooLarge):
        _get(origin, most_bytes=100_000_000)


def test_packed_answers_are_unpacked() -> None:
    body = gzip.compress(b"halo " * 1000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with _server(head + body) as origin:
        assert _get(origin).body == b"halo " * 1000


def test_an_unasked_packing_is_refused() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"
    with _server(head) as origin, pytest.raises(http.NoAnswer):
        _get(origin)


def test_refused_connection_is_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with http.Client(trusted={f"127.0.0.1:{port}"}) as client, pytest.raises(http.NotSent):
        client.request("POST", f"http://127.0.0.1:{port}/", content=b"x")


def test_a_closed_connection_after_sending_is_unknown() -> None:
    with _server(b"") as origin, http.Client(trusted={origin}) as client, pytest.raises(http.NoAnswer):
        client.request("POST", f"http://{origin}/", content=b"x")


def test_lines_of_a_stream_arrive_and_its_end_is_told() -> None:
    with (
        _server(b"HTTP/1.1 200 OK\r\n\r\n:hi\n\nevent: a\r\ndata: b\n\n") as origin,
        http.Client(trusted={origin}) as client,
        client.lines(f"http://{origin}/") as (status, lines),
    ):
        assert status == 200
        assert list(lines) == [":hi", "", "event: a", "data: b", ""]


def test_a_silent_stream_ends_after_its_idle_time() -> None:
    with (
        _server(b"HTTP/1.1 200 OK\r\n\r\n:hi\n", close=False) as origin,
        http.Client(trusted={origin}) as client,
        pytest.raises(http.NoAnswer),
        client.lines(f"http://{origin}/", idle=0.2) as (_, lines),
    ):
        list(lines)


def test_deep_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="deep"):
        http.Answer(200, {}, b"[" * 100_000, "").json()


def test_a_session_for_sdks_has_the_same_guard() -> None:
    with http.sdk_session() as session, pytest.raises(requests.ConnectionError):
        session.get("http://169.254.169.254/latest/meta-data/")
    with (
        _server(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n") as origin,
        http.sdk_session(trusted={origin}) as session,
        pytest.raises(requests.ConnectionError),
    ):
        session.get(f"http://{origin}/")


def test_a_session_for_sdks_reads_answers_and_caps() -> None:
    with (
        _server(b'HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{"a": 1}') as origin,
        http.sdk_session(trusted={origin}) as session,
    ):
        got = session.post(f"http://{origin}/", data={"x": "y"})
    assert (got.status_code, got.json()) == (201, {"a": 1})
    with (
        _server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3000) as origin,
        pytest.raises(requests.ReadTimeout),
        http.sdk_session(trusted={origin}, caps=http.Caps(most_bytes=1000)) as session,
    ):
        session.get(f"http://{origin}/")
