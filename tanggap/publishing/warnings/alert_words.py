"""Puts an official warning into plain Indonesian, from the whole text down to one line, for platforms of any length.

The wording stands in data/alert_words.json. What the source says in another language than Indonesian is not copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from tanggap.agencies.models import Government
from tanggap.agencies.time_words import ZONE_LABELS, Words
from tanggap.channels import allowances
from tanggap.channels.limits import count
from tanggap.channels.models import Channel
from tanggap.publishing import windows
from tanggap.publishing.models import Alert, AlertKind

_MONTHS = 3
_MOST_AREAS = 6


@dataclass(frozen=True, slots=True)
class Said:
    """What a warning says, ready to be put into sentences; `area` in words, `link` of its source, `first` of ours."""

    kind: str
    event: str
    area: str
    part: str
    since: str
    until: str
    until_short: str
    severity: str
    certainty: str
    description: str
    instruction: str
    note: str
    source: str
    link: str
    first: str = ""


def said(alert: Alert, government: Government, now: datetime, event: str = "") -> Said:
    """This will gather the words of a warning in the government's own time; `event` where the message has none."""
    info, words = alert.info, _words()
    indonesian = str(info.get("language", "")).lower()[:2] in {"id", "in"}
    onset = _moment(info.get("onset") or info.get("effective"))
    begins = onset is not None and onset > now
    return Said(
        kind=alert.kind, event=_event(str(info.get("event") or event or info.get("headline") or "cuaca")),
        area=_area(info.get("places") or [], government), part=words["part_of"].format(government=government.name),
        since=_full(onset, government) if begins else "", until=_full(alert.expires, government),
        until_short=_short(alert.expires, government), severity=words["severity"].get(info.get("severity"), ""),
        certainty=words["certainty"].get(info.get("certainty"), ""),
        description=str(info.get("description") or "") if indonesian else "",
        instruction=str(info.get("instruction") or "") if indonesian else "", note=str(info.get("note") or ""),
        source=str(info.get("sender_name") or "").rstrip(".") or alert.sender, link=str(info.get("web") or ""),
    )  # fmt: skip


def master(one: Said) -> str:
    """This will return the whole text."""
    return next(versions(one))


def fitting(one: Said, channel: Channel, kind: str = "post", *, first: str = "") -> str:
    """This will return the longest version that fits a channel; `first` is a link to what it follows, where needed.

    Where none fits, the shortest one: the checks then say by how much it is too long.
    """
    limits = windows.rules_of(channel, kind).limits
    text = ""
    for text in versions(replace(one, first=first)):
        if count(text, limits).fits and not list(allowances.of_text(limits, text)):
            break
    return text


def versions(one: Said) -> Iterator[str]:
    """This will yield the text from whole to one line."""
    lines, head = _words()["lines"], _words()["headings"][one.kind].format(event=one.event)
    body = [_line(lines["area"], area=one.area), _validity(one), _line(lines["level"], severity=one.severity)]
    if one.kind == AlertKind.CANCEL:
        body = [lines["cancelled"].format(area=one.area), _line(lines["note"], note=one.note)]
    facts = "\n".join(filter(None, body))
    instruction = _line(lines["do"], instruction=one.instruction)
    source = (lines["source_link"] if one.link else lines["source"]).format(source=one.source, link=one.link)
    first = _line(lines["first"], first=one.first)
    if one.kind != AlertKind.CANCEL:
        yield _paragraphs(head, facts, one.description, instruction, source, first)
        yield _paragraphs(head, facts, instruction, source, first)
        yield _paragraphs(
            head, facts, _line(lines["do"], instruction=_first_sentence(one.instruction)), source, first
        )
    yield _paragraphs(head, facts, source, first)
    bare = lines["source"].format(source=one.source)
    for area in (one.area, one.part):
        brief = _brief(replace(one, area=area))
        yield f"{brief} {source} {first}".strip()
        yield f"{brief} {bare} {first}".strip()
    yield _brief(replace(one, area=one.part))


def _brief(one: Said) -> str:
    words = _words()
    ended = one.until_short or one.kind == AlertKind.CANCEL
    form = words["brief" if ended else "brief_no_end"][one.kind]
    return str(form.format(event=one.event, area=one.area, until=one.until_short))


def _validity(one: Said) -> str:
    lines = _words()["lines"]
    if not one.until:
        return ""
    return str(lines["from_until" if one.since else "until"].format(since=one.since, until=one.until))


def _line(form: str, **values: str) -> str:
    return form.format(**values) if all(values.values()) else ""


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]


def _event(text: str) -> str:
    """As it is written in a sentence: a headline all in capitals is not shouted."""
    text = " ".join(text.split()).rstrip(".")
    return text.capitalize() if text.isupper() else text


def _area(places: Sequence[str], government: Government) -> str:
    if not places:
        return government.name
    shown = ", ".join(places[:_MOST_AREAS])
    more = len(places) - _MOST_AREAS
    named = _words()["more_areas"].format(areas=shown, n=more) if more > 0 else shown
    return f"{named} ({government.name})"


def _full(at: datetime | None, government: Government) -> str:
    if at is None:
        return ""
    return Words("id").moment(timezone.localtime(at, government.zone), government.timezone)


def _short(at: datetime | None, government: Government) -> str:
    if at is None:
        return ""
    local = timezone.localtime(at, government.zone)
    month = Words("id").day(local.date()).split()[2][:_MONTHS]
    zone = ZONE_LABELS.get(government.timezone) or f"UTC{local:%z}"
    return f"{local.day} {month} {local.year} pukul {local:%H.%M} {zone}"


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@cache
def _words() -> dict[str, Any]:
    place = Path(__file__).parents[1] / "data" / "alert_words.json"
    return dict(json.loads(place.read_text(encoding="utf-8")))
