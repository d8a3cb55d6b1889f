"""The template words of the console: icons, times, chips, figures, masked text."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tanggap.console import labels, moments
from tanggap.understanding.translate import standard

register = template.Library()
_DIST = Path(__file__).resolve().parent.parent / "static" / "dist"
_NOTHING = mark_safe("")
_HIDDEN = mark_safe(' class="visually-hidden"')


@register.simple_tag
def asset(path: str) -> str:
    """This will return the address of a built file with its age in it, so that browsers may keep it."""
    return _stamped(path) if settings.DEBUG else _kept(path)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """This will draw an icon of the sprite; it is hidden from screen readers, so a word must stand beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" '
        'stroke-linecap="round" stroke-linejoin="round"><use href="{}#{}"/></svg>',
        extra, asset("icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def platform(code: str, extra: str = "") -> SafeString:
    """This will draw a platform's tile with its name for hover and screen readers."""
    word = labels.word("platform", code)
    return format_html(
        '<span class="tile {}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        extra, word.name, icon(word.icon or "radio"), word.name,
    )  # fmt: skip


@register.simple_tag
def word(kind: str, code: str) -> str:
    """This will say a code in words; empty for an empty code."""
    return str(labels.word(kind, code).name) if code else ""


@register.simple_tag
def chip(kind: str, code: str, score: float | None = None, extra: str = "") -> SafeString:
    """This will show a label as a quiet chip; `score` below 0.6 gets a question mark. Nothing for an empty code.

    `extra` is a class; "bare" shows the icon alone, with the word on hover and for screen readers.
    """
    if not code:
        return _NOTHING
    named = labels.word(kind, code)
    unsure = score is not None and score < 0.6
    bare = extra == "bare" and bool(named.icon)
    sure = {"label": named.name, "percent": round((score or 0) * 100)}
    title = named.name if score is None else _("%(label)s, keyakinan %(percent)s %%") % sure
    return format_html(
        '<span class="chip {} {} {}"{}>{}<span{}>{}{}</span></span>',
        named.tone, "unsure" if unsure else "", extra,
        format_html(' title="{}"', title) if score is not None or bare else "",
        icon(named.icon) if named.icon else "", _HIDDEN if bare else "", named.name, "?" if unsure else "",
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> SafeString:
    """This will say how long ago a moment was; the full moment stands on hover."""
    if at is None:
        return _NOTHING
    return _time(at, moments.ago(at, _now(context)), "ago")


@register.simple_tag(takes_context=True)
def age(context: template.Context, at: datetime | None) -> SafeString:
    """This will say a waiting time in short; the page keeps it current."""
    if at is None:
        return _NOTHING
    return _time(at, moments.age(at, _now(context)), "age")


@register.simple_tag
def clock(at: datetime | None) -> SafeString:
    """This will say the time of day of a moment, in full on hover."""
    return _NOTHING if at is None else _time(at, moments.clock(at), "clock")


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """This will say a moment in full."""
    return _NOTHING if at is None else _time(at, moments.full(at), "full")


@register.simple_tag
def day(at: Any) -> str:
    """This will say a date in short, with its year."""
    return "" if at is None else moments.day(at, year=True)


@register.simple_tag(takes_context=True)
def due(
    context: template.Context,
    at: datetime | None,
    done: Any = False,
    paused: Any = False,
    short: bool = False,
) -> SafeString:
    """This will show a deadline's pill; nothing where there is no deadline."""
    if at is None:
        return _NOTHING
    member = context.get("member")
    government = member.government if member else None
    said = moments.due(at, _now(context), government, done=bool(done), paused=bool(paused), short=short)
    return format_html(
        '<span class="due {}" title="{}">{}<time datetime="{}">{}</time></span>',
        said.tone, said.full, icon(said.icon), at.isoformat(), said.text,
    )  # fmt: skip


@register.simple_tag
def masked(spans: Any) -> SafeString:
    """This will write a text with its masked spans; their kind stands on hover and for screen readers."""
    parts = [masked_span(span) if span.masked else format_html("{}", span.text) for span in spans]
    return format_html('<bdi class="said">{}</bdi>', format_html_join("", "{}", ((part,) for part in parts)))


def masked_span(span: Any) -> SafeString:
    """This will write one covered piece, with the kind of what it covers."""
    return format_html(
        '<span class="masked" title="{}">{}</span>',
        _("%(kind)s disamarkan") % {"kind": labels.word("personal", span.masked).name}, span.text,
    )  # fmt: skip


@register.simple_tag
def said(spans: Any, language: str = "") -> SafeString:
    """This will write a citizen's words as `masked` does; slang and regional words have their meaning on hover."""
    parts = (
        masked_span(span) if span.masked else _with_meanings(span.text, language)
        for span in spans
    )  # fmt: skip
    return format_html('<bdi class="said">{}</bdi>', format_html_join("", "{}", ((part,) for part in parts)))


@register.simple_tag
def meanings(spans: Any, language: str = "") -> list[tuple[str, str]]:
    """This will list the words of a text that have a meaning to show, each once, for fingers and screen readers."""
    found = {
        span.text[start:end].lower(): meant
        for span in spans
        if not span.masked
        for start, end, meant in standard(span.text, language or None)
    }
    return list(found.items())


def _with_meanings(text: str, language: str) -> SafeString:
    pieces, at = [], 0
    for start, end, meant in standard(text, language or None):
        pieces += [(format_html("{}", text[at:start]),)]
        pieces += [(format_html('<abbr class="means" title="{}">{}</abbr>', meant, text[start:end]),)]
        at = end
    return format_html_join("", "{}", [*pieces, (format_html("{}", text[at:]),)])


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """This will write a number, rounded, in the language in force: 1.234,5 in Indonesian."""
    if value is None:
        return "-"
    if isinstance(value, float):
        value = round(value, decimals)  # number_format cuts off what is too long
    return str(number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True))


@register.filter
def capped(value: int, most: int = 1000) -> str:
    """This will write a count that is only known up to a cap: "999+"."""
    return f"{most - 1}+" if value >= most else number(value)


@register.filter
def initials(name: Any) -> str:
    """This will return up to two letters for a person's mark."""
    words = [part for part in str(name or "?").replace("@", " ").split() if part[0].isalnum()]
    return "".join(part[0] for part in (words[:1] + words[1:][-1:])).upper() or "?"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """This will look a key up in a mapping."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def percent(value: float | None) -> str:
    """This will write a share between 0 and 1 as a whole percentage."""
    return "" if value is None else f"{round(value * 100)} %"


@register.filter
def hides(line: Any) -> bool:
    """This will tell whether something in a line's text is masked."""
    return any(span.masked for span in line.spans)


@register.filter
def undo_token(tags: Any) -> str:
    """This will return the undo token that a message carries, or nothing."""
    return str(tags or "").removeprefix("undo:") if str(tags or "").startswith("undo:") else ""


@register.filter
def styled(field: BoundField) -> SafeString:
    """This will draw a form field in the console's style, tied to its hint and its errors."""
    widget = field.field.widget
    kind = (
        "textarea"
        if isinstance(widget, forms.Textarea)
        else "select"
        if isinstance(widget, forms.Select)
        else "input"
    )
    kind = "checkbox" if isinstance(widget, forms.CheckboxInput) else kind
    extra: dict[str, str | bool] = {"class": f"{kind} {widget.attrs.get('class', '')}".strip()}
    if field.errors:
        extra |= {"aria-invalid": "true", "aria-describedby": f"{field.auto_id}_error"}
    return field.as_widget(attrs=extra)


def _stamped(path: str) -> str:
    try:
        stamp = int(Path(f"{_DIST}/{path}").stat().st_mtime)
    except OSError:
        stamp = 0
    return f"{static(f'dist/{path}')}?v={stamp:x}"


_kept = lru_cache(maxsize=256)(_stamped)


def _time(at: datetime, text: str, kind: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}" data-time="{}">{}</time>',
        at.isoformat(),
        moments.full(at),
        kind,
        text,
    )


def _now(context: template.Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()
