"""Accounts that are worked by hand: an officer adds what was said and answers on the platform itself.

Reviews by a platform take months and some sell access dearly. Such a channel is of its platform, with the platform's
limits and the same clocks and counts; it can be connected later and stays the same channel.
"""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Unit, require
from tanggap.channels import apps_here
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal


def open_by_hand(
    by: Member, *, platform: str, handle: str, name: str = "", unit: Unit | None = None
) -> Channel:
    """This will add an official account that is worked by hand; Refusal where it has no name or is there already."""
    require(by, "channel.manage")
    one = apps_here.accounts().get(platform)
    if one is None:
        raise Refusal(_("Pilih platform dari daftar."), "platform")
    handle = handle.strip()[:200]
    if not handle:
        raise Refusal(_("Tulis nama akun resminya di platform, misalnya @pemkot."), "handle")
    mine = Channel.objects.filter(platform=platform, closed_at=None)
    if any(_same(handle, other) for other in mine.values_list("handle", flat=True)):
        raise Refusal(_("Akun %(handle)s sudah ada. Tidak ada yang diubah.") % {"handle": handle}, "handle")
    with transaction.atomic():
        channel = Channel.objects.create(
            government=by.government, platform=platform, handle=handle, unit=unit, health=Health.MANUAL,
            name=(name.strip() or f"{one.name} {handle}")[:120],
            key=f"{platform}-{slugify(handle)[:36] or 'manual'}-{secrets.token_hex(3)}",
        )  # fmt: skip
        audit.record("channel.open_by_hand", channel, by, platform=platform)
        live.tell(channel.government_id, "channel", [channel.pk])
    return channel


def by_hand_accounts() -> list[Channel]:
    """This will list the accounts that are worked by hand, by name."""
    rows = Channel.objects.filter(health=Health.MANUAL, closed_at=None).exclude(platform="manual")
    return list(rows.order_by("name"))


def _same(one: str, other: str) -> bool:
    return one.lstrip("@").casefold() == other.lstrip("@").casefold()
