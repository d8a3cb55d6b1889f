"""What the pages of the media library ask of an item."""

from __future__ import annotations

from django import template

from tanggap.publishing.media_library import library_listing
from tanggap.publishing.media_library.library_listing import Filters, Need
from tanggap.publishing.models import MediaItem

register = template.Library()


@register.filter
def media_needs(item: MediaItem) -> list[Need]:
    """This will say what should be looked at before an item is used."""
    return library_listing.needs(item)


@register.simple_tag
def library_query(filters: Filters, step: int) -> str:
    """This will write the address of the page before or after."""
    return filters.as_query(page=filters.page + step)
