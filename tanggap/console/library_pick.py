"""Choosing from the library for a publication: a grid, then one item with its description and its crop.

Both stand in a dialog of the composer (htmx) and on a page of their own (without scripts). What is chosen is sent to
the route `publication_media`: channel, item, alt, decorative, crop.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from tanggap.channels.limits import MediaLimits
from tanggap.channels.models import Channel
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.publishing.media_library import crops, library, library_listing, licences
from tanggap.publishing.media_library.library_listing import Filters
from tanggap.publishing.models import MediaItem, Publication, Variant


@require_safe
@screen("publication.write")
def library_pick(request: StaffRequest) -> HttpResponse:
    """This will show what can be chosen for a publication (`for`) on one channel (`channel`) or on all.

    With `item` it shows that one, with the ratios that the channel takes. A fragment is asked for by htmx.
    """
    wanted, channel = request.GET.get("for", ""), request.GET.get("channel", "")
    publication = Publication.objects.seen_by(request.member).get(pk=_number(wanted))
    limits = _limits(publication, channel)
    page: dict[str, Any] = {
        "publication": publication,
        "channel": channel if channel.isdecimal() else "",
        "here": "publications",
        "send_to": _address(publication),
        "limits": limits,
        "takes_films": limits is None or any(one.startswith("video/") for one in limits.bytes_by_type),
    }
    if chosen := _number(request.GET.get("item", "")):
        item = MediaItem.objects.seen_by(request.member).select_related("file").get(pk=chosen)
        page |= _one(item, limits)
    else:
        filters = Filters.from_query(request.GET)
        page |= {"filters": filters, "page": library_listing.page(request.member, filters, most=24)}
    whole = not getattr(request, "htmx", False)
    return render(
        request, "publishing/library_pick_page.html" if whole else "publishing/library_pick.html", page
    )


def _one(item: MediaItem, limits: MediaLimits | None) -> dict[str, Any]:
    """The second step. Without scripts too every ratio stands for a crop: the greatest around the middle."""
    width, height = item.width or 0, item.height or 0
    suggested = crops.suggested(width, height, limits)
    ratios = [
        {"name": name, "ratio": ratio, "value": ",".join(map(str, crops.central(width, height, ratio)))}
        for name, ratio in crops.allowed(limits)
    ]
    size = limits.bytes_by_type.get(item.file.media_type) if limits else None
    return {
        "item": item,
        "needs": library_listing.needs(item),
        "ratios": ratios if licences.of(item.licence).derive and not item.film else [],
        "suggested": suggested,
        "must_cut": bool(suggested),
        "shrinks": bool(limits and not item.film and (size is None or item.file.size > size)),
        "alt_most": (limits.alt_most if limits else 0) or 1500,
    }


def _limits(publication: Publication, channel: str) -> MediaLimits | None:
    rows = Variant.objects.filter(publication=publication).select_related("channel__app")
    if channel.isdecimal():
        rows = rows.filter(channel_id=int(channel))
    channels: list[Channel] = [one.channel for one in rows]
    return library.strictest(channels)


def _address(publication: Publication) -> str:
    try:
        return reverse("publication_media", args=[publication.pk])
    except NoReverseMatch:
        return ""


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0
