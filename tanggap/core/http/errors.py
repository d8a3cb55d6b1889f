"""What went wrong, and whether the other side may have got the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx


class HttpError(Exception):
    """A request brought no whole answer; the subclass tells whether the other side may have got it."""


class NotSent(HttpError):
    """The request surely did not leave: no address, no connection, or no time left before one stood."""


class Blocked(NotSent):
    """The guard refused the address; nothing left."""


class NoAnswer(HttpError):
    """The request left, or may have, and no whole answer came back: what the other side did is unknown."""


class TooLarge(NoAnswer):
    """The answer passed a size cap and was dropped."""


_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


@contextmanager
def named_errors() -> Iterator[None]:
    try:
        yield
    except _NEVER_LEFT as error:
        raise NotSent(f"No connection: {error}") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise NoAnswer(f"No whole answer: {type(error).__name__} {error}".rstrip()) from error
