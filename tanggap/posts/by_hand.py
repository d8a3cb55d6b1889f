"""Adds an item by hand: a link, a screenshot, a phone call, a letter, somebody at the counter; in twenty seconds.

It becomes a raw item like any other, so that the same digest, clocks and counts hold.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, files, live
from tanggap.core.refusal import Refusal
from tanggap.posts.models import RawItem

PREFIX = "hand:"
"""How the ids of what people add begin: no platform knows them, so an answer cannot be sent there from here."""
SOURCES = ("link", "screenshot", "phone", "paper", "walk_in")


def add(
    by: Member,
    *,
    source: str,
    text: str,
    link: str = "",
    author_name: str = "",
    platform: str = "",
    picture: tuple[str, bytes] | None = None,
    said_at: datetime | None = None,
    channel: Channel | None = None,
) -> RawItem:
    """This will store what a colleague heard or saw; `picture` is (name, bytes). Refusal for empty input.

    `channel` is the official account that it was said to, of whatever platform.
    """
    require(by, "post.add")
    if source not in SOURCES:
        raise Refusal(_("Pilih asal laporan."), "source")
    if not text.strip():
        raise Refusal(_("Tulis apa yang disampaikan warga, dengan kata-katanya sendiri."), "text")
    if link and not link.startswith(("https://", "http://")):
        raise Refusal(_("Tautan harus diawali https://."), "link")
    now = timezone.now()
    said_by = author_name.strip()
    platform = channel.platform if channel else platform
    with transaction.atomic():
        media = []
        if picture:
            try:
                file = files.keep_picture(by.government_id, picture[1], picture[0])
            except files.Refused as error:
                raise Refusal(str(error), "picture") from error
            media.append({"type": "image", "file": file.pk, "alt": ""})
        line = {
            "platform": platform or "web", "external_id": f"{PREFIX}{secrets.token_hex(8)}", "kind": "report",
            "text": text.strip(), "created_at": (said_at or now).isoformat(), "url": link or None, "media": media,
            "author": {"id": f"hand:{secrets.token_hex(6)}", "name": said_by} if said_by else None,
            "via": source,
        }  # fmt: skip
        raw = RawItem.objects.create(
            source="hand",
            channel=channel or _channel(by),
            body=orjson.dumps(line),
            headers={"by": by.audit_name},
            received_at=now,
        )
        audit.record("post.add_by_hand", raw, by, source=source)
        live.wake("digest")
    return raw


def _channel(by: Member) -> Channel:
    """The office's own channel for what its people add by hand."""
    channel, _made = Channel.objects.get_or_create(
        key=f"tangan-{by.unit_id}",
        defaults={
            "government": by.government, "platform": "manual", "unit": by.unit,
            "name": _("Dicatat petugas: %(unit)s") % {"unit": by.unit}, "health": Health.MANUAL,
        },
    )  # fmt: skip
    return channel
