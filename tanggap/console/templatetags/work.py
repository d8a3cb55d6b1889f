"""Template words of the screens for cases, imports and settings."""

from __future__ import annotations

from django import template
from django.utils.translation import ngettext

register = template.Library()
_MINUTE, _HOUR = 60, 3600


@register.filter
def tens(percent: int) -> int:
    """This will round a percentage down to tens, so that a screen reader hears of progress ten times at most."""
    return percent // 10 * 10


@register.filter
def long(seconds: int) -> str:
    """This will say a stretch of time roughly: "40 detik", "3 menit", "2 jam"."""
    if seconds < _MINUTE:
        return ngettext("%(n)s detik", "%(n)s detik", seconds) % {"n": seconds}
    if seconds < _HOUR:
        n = round(seconds / _MINUTE)
        return ngettext("%(n)s menit", "%(n)s menit", n) % {"n": n}
    n = round(seconds / _HOUR)
    return ngettext("%(n)s jam", "%(n)s jam", n) % {"n": n}
