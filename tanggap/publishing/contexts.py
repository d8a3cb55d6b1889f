"""What the checks may know of a text that leaves: plain values, gathered from a government's rows and settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from tanggap.agencies.models import Government
from tanggap.publishing import rule_packs
from tanggap.publishing.check import Context
from tanggap.publishing.models import Publication

log = logging.getLogger(__name__)


def context_of(
    government: Government, now: datetime, *, kind: str, platform: str, public: bool = True,
    scheduled_at: datetime | None = None, media: Sequence[Mapping[str, Any]] = (),
    publication: Publication | None = None, role: str = "post", beside: str = "",
) -> Context:  # fmt: skip
    """This will gather the context of a text; `kind` is "reply" or "post", `media` are joined entries (library.joined).

    Of a part of a publication: its `role`, and what else is said `beside` it. A rule pack that cannot be read is told
    as such: then nothing leaves.

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
        hosts=frozenset(sites), election=kept.get("election"), media=media, role=role, beside=beside,
        **_of(publication), **_pack(government, scheduled_at or now),
    )  # fmt: skip


def _of(publication: Publication | None) -> dict[str, Any]:
    if publication is None:
        return {}
    return {
        "publication_kind": publication.kind, "source": publication.source, "checked_by": publication.checked_by,
        "responsible": publication.responsible,
    }  # fmt: skip


def _pack(government: Government, moment: datetime) -> dict[str, Any]:
    try:
        with transaction.atomic():
            return {"pack": rule_packs.standing(government, moment)}
    except Exception:
        log.exception("the rule pack of government %s cannot be read", government.pk)
        return {"pack_broken": True}
