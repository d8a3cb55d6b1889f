"""What the checks may know of a text that leaves: plain values, gathered from a government's rows and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tanggap.agencies.models import Government
from tanggap.publishing.check import Context


def context_of(
    government: Government, now: datetime, *, kind: str, platform: str, public: bool = True,
    scheduled_at: datetime | None = None, media: Sequence[Mapping[str, Any]] = (),
) -> Context:  # fmt: skip
    """This will gather the context of a text; `kind` is "reply" or "post", `media` are joined entries (library.joined).

    The government's file may hold `sites` (addresses of its own pages) and `election` (true or false, where the
    calendar of election periods does not fit).
    """
    kept = government.file or {}
    sites = [
        urlsplit(site if "://" in site else f"https://{site}").hostname or ""
        for site in kept.get("sites", ())
    ]
    return Context(
        public=public, platform=platform, kind=kind, now=now, scheduled_at=scheduled_at, zone=government.timezone,
        hosts=frozenset(sites), election=kept.get("election"), media=media,
    )  # fmt: skip
