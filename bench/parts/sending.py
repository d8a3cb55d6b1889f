"""The load process: signed deliveries at a fixed rate over a few kept connections.

It sends by the clock, whatever the server does: a delivery's time counts from when it was due, so that a server that
falls behind cannot hide it by slowing its senders down.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass

from bench import harness
from bench.parts.deliveries import signed

CUT = -1  # the status of a delivery whose connection ended without an answer


@dataclass(slots=True, eq=False)
class Delivery:
    """A whole request as bytes, when it is due (seconds after the start), and what became of it."""

    request: bytes
    external_id: str
    due: float = 0.0
    answered: float = 0.0
    status: int = 0


class Connection(asyncio.Protocol):
    """One kept connection: sends a delivery, waits for its answer, sends the next."""

    def __init__(self, waiting: deque[Delivery], began: float, free: list[Connection]) -> None:
        self._waiting, self._began, self._free = waiting, began, free
        self._now: Delivery | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._free.append(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self in self._free:
            self._free.remove(self)
        if self._now:
            self._now.status = CUT

    def send(self, delivery: Delivery) -> None:
        assert self._transport
        self._now = delivery
        self._transport.write(delivery.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, parted, rest = self._buffer.partition(b"\r\n\r\n")
        if not parted or len(rest) < _length(head):
            return
        self._buffer = b""
        assert self._now
        self._now.status = int(head[9:12])
        self._now.answered = time.perf_counter() - self._began
        if self._waiting:
            self.send(self._waiting.popleft())
        else:
            self._now = None
            self._free.append(self)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def deliver(deliveries: list[Delivery], host: str, port: int, rate: float, connections: int) -> None:
    """This will send every delivery at its time and wait until all are answered, or 30 s longer."""
    loop, waiting, free = asyncio.get_running_loop(), deque[Delivery](), list[Connection]()
    began = time.perf_counter() + 0.5
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(waiting, began, free), host, port)
    for number, one in enumerate(deliveries):
        one.due = number / rate
        await asyncio.sleep(max(0.0, one.due - (time.perf_counter() - began)))
        if free:
            free.pop().send(one)
        else:
            waiting.append(one)
    for _ in range(300):
        if all(one.status for one in deliveries):
            return
        await asyncio.sleep(0.1)


def prepared(many: int, host: str, app: str, seed: int) -> list[Delivery]:
    """This will sign `many` deliveries of one comment each."""
    made = []
    for headers, body in signed(many, seed):
        lines = [f"POST /hooks/{app} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        identity = json.loads(body)["external_id"]
        made.append(Delivery("\r\n".join(lines).encode() + b"\r\n\r\n" + body, identity))
    return made


def main() -> None:
    """This will send at the offered rate and print what was answered, when."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("app")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", action="store_true", help="say of each delivery when it was answered")
    chosen = parser.parse_args()
    deliveries = prepared(int(chosen.rate * chosen.seconds), chosen.host, chosen.app, chosen.seed)
    gc.collect()
    gc.freeze()
    gc.disable()
    harness.ready()
    started = time.time() + 0.5
    asyncio.run(deliver(deliveries, chosen.host, chosen.port, chosen.rate, chosen.connections))
    good = [one for one in deliveries if 200 <= one.status < 300]
    times = [1000 * (one.answered - one.due) for one in good]
    last = max((one.answered for one in good), default=0.0)
    result: dict[str, object] = {
        "offered": len(deliveries),
        "answered": len(good),
        "refused": dict(
            Counter(one.status for one in deliveries if one.status and not 200 <= one.status < 300)
        ),
        "per_s": len(good) / last if last else 0.0,
        "ms": harness.spread(times) if times else {},
    }
    if chosen.times:
        result["at"] = {one.external_id: started + one.answered for one in good}
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
