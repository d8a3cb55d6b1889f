"""The only way out: every request of the product to another machine leaves through this file.

Guards: only http and https; no credentials in an address; every address that a name resolves to is checked at the
moment of connecting, and the connection goes to the checked address (so a second DNS answer changes nothing);
redirects pass the same door. Caps: time per read and in total, bytes after unpacking, and how far a packed answer may
swell. Exceptions are only the origins in `trusted`, which come from settings, never from a form or from content.

Nothing is tried twice here: the steps above know what may be repeated.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tanggap.core.http.caps import Caps
from tanggap.core.http.client import Answer, Client, swapped
from tanggap.core.http.errors import Blocked, HttpError, NoAnswer, NotSent, TooLarge
from tanggap.core.http.guard import is_public, resolve
from tanggap.core.http.sdk import sdk_session

__all__ = [
    "Answer", "Blocked", "Caps", "Client", "HttpError", "NoAnswer", "NotSent", "TooLarge", "is_public",
    "origin_of", "resolve", "sdk_session", "swapped",
]  # fmt: skip


def origin_of(url: str) -> str:
    """This will return "host:port" of an address: the unit that `trusted` is made of. ValueError without a host."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"No host in {url!r}.")
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
