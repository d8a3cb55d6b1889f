"""Numbers rounded to so many decimals in the language in force; `number` cuts them off."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def rounded(value: float | None, decimals: int = 0) -> str:
    """This will write a share or a coefficient; a dash for none."""
    return "–" if value is None else str(number_format(round(value, decimals), decimals))
