"""Puts fields and files into one multipart/form-data body (RFC 7578), for platforms that take uploads that way."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_options


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a form: the field it stands in, its name, MIME type and bytes."""

    field: str
    name: str
    type: str
    content: bytes = with_options(repr=False)


def form(fields: Mapping[str, str], files: Sequence[Part]) -> tuple[bytes, str]:
    """This will return the body and the Content-Type that names its boundary."""
    boundary = f"tanggap-{secrets.token_hex(16)}"
    pieces: list[bytes] = []
    for key, value in fields.items():
        pieces.append(_head(boundary, f'name="{_quoted(key)}"', "") + value.encode("utf-8", "replace"))
    for one in files:
        names = f'name="{_quoted(one.field)}"; filename="{_quoted(one.name)}"'
        pieces.append(_head(boundary, names, one.type) + one.content)
    body = b"".join(piece + b"\r\n" for piece in pieces) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _head(boundary: str, names: str, kind: str) -> bytes:
    lines = [f"--{boundary}", f"Content-Disposition: form-data; {names}"]
    lines += [f"Content-Type: {_line(kind)}"] if kind else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def _quoted(text: str) -> str:
    # As browsers do it (WHATWG HTML, multipart/form-data encoding): a name can never end its line or its quotes.
    return text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")


def _line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
