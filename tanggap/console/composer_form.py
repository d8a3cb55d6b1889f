"""Reads what was typed in the composer: fields of the master and of the channels, as writing.save takes them.

A field that is half typed (an address, a date without its time) is left as it was and named in `problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.channels.allowances import as_kept
from tanggap.publishing.composing.attaching import described
from tanggap.publishing.models import Campaign, Publication, PublicationKind

_CLIPPED = {
    "title": 200,
    "source": 300,
    "checked_by": 120,
    "responsible": 120,
    "text": 100_000,
    "comment": 20_000,
}
LATE = (15, 30, 60, 120, 180, 360, 720, 1440)
"""Minutes after its time that may be chosen as the end of leaving by itself."""
MASTER = "all"
"""The name of the master among the channels' keys."""


@dataclass(slots=True)
class Typed:
    """What a form said: `fields` of the master, `variants` by channel id, and what could not be taken, by field."""

    fields: dict[str, Any] = field(default_factory=dict)
    variants: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read(post: QueryDict, one: Publication) -> Typed:
    """This will read a composer's form; what it does not hold stays as it is."""
    typed = Typed()
    for name, most in _CLIPPED.items():
        if name in post:
            typed.fields[name] = as_kept(post.get(name, ""))[:most]
    if post.get("kind") in PublicationKind.values:
        typed.fields["kind"] = post["kind"]
    _link(post, typed)
    _when(post, typed)
    _campaign(post, typed)
    if any(key.startswith(f"m-{MASTER}-") for key in post):
        typed.fields["media"] = _media(post, MASTER, one.media)
    for row in one.variants.all():
        given = _variant(post, row.channel_id, linked=row.linked, media=row.media)
        if given:
            typed.variants[row.channel_id] = given
    return typed


def _link(post: QueryDict, typed: Typed) -> None:
    if "link" in post:
        link = post.get("link", "").strip()
        if link and "://" not in link:
            link = f"https://{link}"
        try:
            if link:
                URLValidator(schemes=["http", "https"])(link)
            typed.fields["link"] = link[:600]
        except ValidationError:
            typed.problems["link"] = _(
                "Tautan belum lengkap, misalnya https://situs.go.id/halaman. Yang lama masih berlaku."
            )
    if "utm_here" in post:
        given = {key: post.get(f"utm_{key}", "").strip()[:80] for key in ("source", "medium", "campaign")}
        marked = {key: value for key, value in given.items() if value}
        typed.fields["utm"] = (marked or {"medium": "social"}) if post.get("utm") == "1" else {}


def _when(post: QueryDict, typed: Typed) -> None:
    if post.get("when") == "soon":
        typed.fields["due_at"] = None
    elif post.get("when") == "at":
        try:
            day = date.fromisoformat(post.get("due_date", ""))
            at = time.fromisoformat(post.get("due_time", ""))
            typed.fields["due_at"] = timezone.make_aware(datetime.combine(day, at))
        except ValueError:
            typed.problems["due_at"] = _("Isi tanggal dan jam terbit.")
    if "late_minutes" in post:
        value = post.get("late_minutes", "")
        typed.fields["late_minutes"] = int(value) if value.isdecimal() and int(value) <= 10_080 else None


def _campaign(post: QueryDict, typed: Typed) -> None:
    if "campaign" not in post:
        return
    value = post.get("campaign", "")
    typed.fields["campaign"] = Campaign.objects.filter(pk=int(value)).first() if value.isdecimal() else None


def _variant(post: QueryDict, channel: int, *, linked: bool, media: list[dict[str, Any]]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if f"v{channel}-threaded" in post:
        given["thread"] = [as_kept(part) for part in post.getlist(f"v{channel}-thread")]
    if linked:
        return given
    for name in ("text", "comment"):
        if f"v{channel}-{name}" in post:
            given[name] = as_kept(post.get(f"v{channel}-{name}", ""))[: _CLIPPED[name]]
    if any(key.startswith(f"m-{channel}-") for key in post):
        given["media"] = _media(post, str(channel), media)
    return given


def _media(post: QueryDict, where: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    said: dict[int, Mapping[str, str]] = {
        at: {
            "alt": post.get(f"m-{where}-{at}-alt", entry.get("alt", "")),
            "decorative": post.get(f"m-{where}-{at}-decorative", entry.get("decorative", "")),
        }
        for at, entry in enumerate(entries)
    }
    return described(entries, said)
