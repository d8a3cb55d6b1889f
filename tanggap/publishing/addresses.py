"""Addresses in a text: where they stand, which host they lead to and whether it is a public body's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

LINK = re.compile(
    r"(?:https?|javascript|data|ftp):[^\s<>\"”]{1,2000}"
    r"|(?<![\w@.])(?:[\w-]{1,63}\.){1,5}[a-z]{2,15}(?:/[^\s<>\"”]{0,500})?",
    re.IGNORECASE,
)
_OFFICIAL = (".go.id", ".sch.id", ".ac.id", ".desa.id", ".mil.id")


def hosts(text: str) -> Iterator[str]:
    """This will give the host of every address in a text, in small letters."""
    for one in LINK.finditer(text):
        link = one.group()
        try:
            host = urlsplit(link if "://" in link else f"https://{link}").hostname or ""
        except ValueError:
            continue
        yield host.rstrip(".")


def official(host: str, own: frozenset[str]) -> bool:
    """This will say whether a host is a public body's, or one of the government's own."""
    return host.endswith(_OFFICIAL) or host in own
