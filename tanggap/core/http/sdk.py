"""The same door for kept SDKs that speak through a requests session."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from tanggap.core.http.caps import Caps
from tanggap.core.http.client import Client
from tanggap.core.http.errors import HttpError, NotSent


def sdk_session(*, trusted: Iterable[str] = (), caps: Caps | None = None) -> requests.Session:
    """This will return a requests session within the same guards and caps, for kept SDKs that take one.

    Errors come as requests' own: ConnectionError where nothing left, ReadTimeout where the outcome is unknown.
    Answers are read whole before they are handed on, so it is not for endless streams.
    """
    session = requests.Session()
    session.trust_env = False
    door = RequestsDoor(Client(trusted=trusted, caps=caps))
    session.mount("http://", door)
    session.mount("https://", door)
    return session


class RequestsDoor(BaseAdapter):
    """Lets a requests session speak through a Client."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            got = self._client.request(
                request.method or "GET", request.url or "", headers=dict(request.headers),
                content=body if isinstance(body, bytes) else b"".join(body or ()), follow=False,
            )  # fmt: skip
        except NotSent as error:
            raise requests.ConnectionError(str(error), request=request) from error
        except HttpError as error:
            raise requests.ReadTimeout(str(error), request=request) from error
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = got.status, got.url, request
        plain = {k: v for k, v in got.headers.items() if k not in {"content-encoding", "content-length"}}
        answer.headers = CaseInsensitiveDict(plain)
        answer.raw = HTTPResponse(
            io.BytesIO(got.body), headers=plain, status=got.status, preload_content=False
        )
        return answer

    def close(self) -> None:
        self._client.close()
