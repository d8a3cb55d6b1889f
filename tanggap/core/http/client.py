"""Sends requests within the guards and caps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx

from tanggap.core.http.caps import Caps, capped, deadline, lines_of
from tanggap.core.http.errors import named_errors
from tanggap.core.http.guard import Backend, Door, network


class Client:
    """Sends requests within the guards and caps; close it, or use it in a `with`."""

    def __init__(
        self,
        *,
        trusted: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        caps: Caps | None = None,
    ) -> None:
        self.caps = caps or Caps()
        inner = _swapped or network(Backend(frozenset(trusted)))
        self._client = httpx.Client(
            transport=Door(inner),
            headers={"User-Agent": "Tanggap", "Accept-Encoding": "gzip", **(headers or {})},
            timeout=httpx.Timeout(self.caps.read, connect=self.caps.connect),
            max_redirects=self.caps.redirects,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        follow: bool | None = None,
    ) -> Answer:
        """This will send a request and return its whole answer; redirects are followed for GET and HEAD only.

        NotSent, Blocked, NoAnswer and TooLarge as their names say; ValueError for an address that is none.
        """
        follow = method in {"GET", "HEAD"} if follow is None else follow
        with (
            deadline(self.caps.total),
            self._opened(method, url, headers, params, data, content, follow) as answer,
        ):
            body = b"".join(capped(answer, self.caps))
            return Answer(answer.status_code, dict(answer.headers), body, str(answer.url))

    @contextmanager
    def lines(
        self, url: str, *, headers: Mapping[str, str] | None = None, params: Any = None, idle: float = 90
    ) -> Iterator[tuple[int, Iterator[str]]]:
        """This will open an endless answer (server-sent events): its status and its lines as they come.

        Without a total time; NoAnswer after `idle` seconds of silence, TooLarge for a line beyond the size cap.
        """
        caps = replace(self.caps, read=idle)
        with self._opened("GET", url, headers, params, None, None, True, timeout=idle) as answer:
            yield answer.status_code, lines_of(answer, caps)

    @contextmanager
    def _opened(
        self, method: str, url: str, headers: Mapping[str, str] | None, params: Any,
        data: Mapping[str, Any] | None, content: bytes | None, follow: bool, timeout: float | None = None,
    ) -> Iterator[httpx.Response]:  # fmt: skip
        extra: dict[str, Any] = (
            {} if timeout is None else {"timeout": httpx.Timeout(timeout, connect=self.caps.connect)}
        )
        with named_errors():
            request = self._client.build_request(
                method, url, headers=dict(headers or {}), params=params, data=data, content=content, **extra
            )
            answer = self._client.send(request, stream=True, follow_redirects=follow)
        try:
            with named_errors():
                yield answer
        finally:
            answer.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """Any whole answer, whatever its status; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """This will read the body as JSON; ValueError where it is not, or nested beyond reason."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


@contextmanager
def swapped(transport: httpx.BaseTransport) -> Iterator[None]:
    """This will let requests end in `transport` instead of the network: the seam for tests."""
    global _swapped  # noqa: PLW0603  one process, one network
    before, _swapped = _swapped, _Streaming(transport)
    try:
        yield
    finally:
        _swapped = before


_swapped: httpx.BaseTransport | None = None


class _Streaming(httpx.BaseTransport):
    """Makes a stand-in's ready answers readable piece by piece, as the network's are."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Pieces(answer.read()))


class _Pieces(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
