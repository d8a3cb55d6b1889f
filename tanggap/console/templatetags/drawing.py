"""Small pictures of numbers, drawn by the server: no script, no inline style."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_STEP, _HEIGHT = 5, 28


@register.simple_tag
def spark(values: Sequence[int], words: str) -> SafeString:
    """This will draw one column for each number, the tallest as high as the picture; `words` say what it shows."""
    most = max(values, default=0) or 1
    heights = [max(2, round(_HEIGHT * value / most)) if value else 1 for value in values]
    columns = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        (
            (number * _STEP, _HEIGHT - height, _STEP - 1, height)
            for number, height in enumerate(heights)
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="spark" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}" '
        'preserveAspectRatio="xMaxYMax meet"><title>{}</title>{}</svg>',
        words, max(1, len(heights)) * _STEP, _HEIGHT, max(1, len(heights)) * _STEP, _HEIGHT, words, columns,
    )  # fmt: skip
