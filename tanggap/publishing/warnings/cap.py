"""Reads official warnings in the Common Alerting Protocol 1.2; anything else becomes a CapError, never a half message.

Source: https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html, section 3.2. Own, because what PyPI has either
composes warnings inside a Wagtail site or was last kept in 2024, and reading is small. Signatures are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.warnings import xml_tree
from tanggap.publishing.warnings.xml_tree import Element

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel")
SCOPES = ("Public", "Restricted", "Private")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
_MOST = {"identifier": 300, "sender": 200, "event": 300, "headline": 500, "url": 600}
_MOST_TEXT, _MOST_INFOS, _MOST_AREAS, _MOST_POINTS, _MOST_REFERENCES = 8000, 20, 200, 5000, 50
_BROKEN = {
    "broken": _("Berkas ini bukan XML yang utuh."),
    "doctype": _("Berkas ini memuat DOCTYPE; pesan CAP tidak pernah memerlukannya, jadi ditolak."),
    "big": _("Berkas ini lebih besar dari 1 MB; pesan CAP tidak pernah sebesar itu."),
    "deep": _("Susunan berkas ini terlalu dalam untuk pesan CAP."),
}


class CapError(ValueError):
    """The bytes are no warning in CAP 1.2; the text says why in plain words."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a warning holds: words, codes [(kind, value)] and rings of (latitude, longitude)."""

    name: str
    geocodes: tuple[tuple[str, str], ...] = ()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Info:
    """What a warning says in one language."""

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    sender_name: str
    headline: str
    description: str
    instruction: str
    web: str
    contact: str
    areas: tuple[Area, ...]

    def as_json(self) -> dict[str, Any]:
        """This will return it as the row keeps it: areas apart, times in ISO 8601."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "areas"}
        return {
            key: value.isoformat() if isinstance(value, datetime) else value for key, value in told.items()
        }


@dataclass(frozen=True, slots=True)
class Message:
    """A whole CAP message. `references` are (sender, identifier, sent as written)."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    kind: str
    scope: str
    note: str
    references: tuple[tuple[str, str, str], ...]
    infos: tuple[Info, ...]

    @property
    def public(self) -> bool:
        """Whether it may ever become a public text: real, and meant for everybody."""
        return self.status == "Actual" and self.scope == "Public"

    def chosen(self, languages: Sequence[str] = ("id", "en")) -> Info | None:
        """This will return its gravest info in the first language that it has, with all areas of that language."""
        for language in (*languages, ""):
            mine = [one for one in self.infos if one.language.lower().startswith(language)]
            if mine:
                gravest = min(mine, key=lambda one: SEVERITIES.index(one.severity))
                told = {name: getattr(gravest, name) for name in Info.__slots__}
                areas = tuple(dict.fromkeys(area for one in mine for area in one.areas))
                return Info(**{**told, "areas": areas})
        return None


def parse(body: bytes) -> Message:
    """This will read a CAP 1.2 message; CapError says what is wrong with any other bytes."""
    try:
        root = xml_tree.read(body)
    except xml_tree.XmlError as error:
        raise CapError(str(_BROKEN[str(error)])) from error
    if root.name != "alert":
        raise CapError(_("Berkas ini bukan pesan peringatan CAP: unsur pertamanya “%s”.") % root.name[:40])
    if root.space != SPACE:
        raise CapError(
            _("Hanya CAP 1.2 yang dibaca; berkas ini memakai “%s”.")
            % (root.space[:80] or _("tanpa ruang nama"))
        )
    kind = root.said("msgType")
    if kind in {"Ack", "Error"}:
        raise CapError(_("Pesan %s hanya untuk antarmesin, bukan peringatan.") % kind)
    infos = tuple(_info(one) for one in _first(root.all("info"), _MOST_INFOS))
    if not infos and kind != "Cancel":
        raise CapError(_("Pesan ini tidak memuat isi peringatan (info)."))
    return Message(
        identifier=_name(root, "identifier"), sender=_name(root, "sender"), sent=_required_time(root, "sent"),
        status=_one_of(root, "status", STATUSES), kind=_one_of(root, "msgType", KINDS),
        scope=_one_of(root, "scope", SCOPES), note=_text(root, "note"), references=_references(root), infos=infos,
    )  # fmt: skip


def is_cap(body: bytes) -> bool:
    """This will tell whether bytes look like a CAP message rather than a feed of them."""
    return (
        b"urn:oasis:names:tc:emergency:cap" in body[:2000]
        and re.search(rb"<(?:\w+:)?alert[\s>]", body[:4000]) is not None
    )


def _info(one: Element) -> Info:
    return Info(
        language=(one.said("language") or "en-US")[:20], event=_short(one, "event", "event") or "–",
        urgency=_one_of(one, "urgency", URGENCIES), severity=_one_of(one, "severity", SEVERITIES),
        certainty=_one_of(one, "certainty", CERTAINTIES), effective=_time(one, "effective"),
        onset=_time(one, "onset"), expires=_time(one, "expires"), sender_name=_short(one, "senderName", "sender"),
        headline=_short(one, "headline", "headline"), description=_text(one, "description"),
        instruction=_text(one, "instruction"), web=_link(one.said("web")), contact=_short(one, "contact", "headline"),
        areas=tuple(_area(area) for area in _first(one.all("area"), _MOST_AREAS)),
    )  # fmt: skip


def _area(one: Element) -> Area:
    codes = tuple(
        (code.said("valueName")[:80], code.said("value")[:80])
        for code in _first(one.all("geocode"), 1000)
        if code.said("value")
    )
    return Area(
        " ".join(one.said("areaDesc").split())[:2000], codes,
        tuple(ring for found in one.all("polygon") if (ring := _ring(found.text))),
        tuple(circle for found in one.all("circle") if (circle := _circle(found.text))),
    )  # fmt: skip


def _ring(text: str) -> tuple[tuple[float, float], ...]:
    points = []
    for pair in text.split()[:_MOST_POINTS]:
        latitude, _comma, longitude = pair.partition(",")
        point = _point(latitude, longitude)
        if point is None:
            raise CapError(_("Batas wilayah (polygon) tidak terbaca: “%s”.") % pair[:40])
        points.append(point)
    return tuple(points) if len(points) >= 3 else ()


def _circle(text: str) -> tuple[float, float, float] | None:
    centre, _space, radius = " ".join(text.split()).partition(" ")
    latitude, _comma, longitude = centre.partition(",")
    point = _point(latitude, longitude)
    try:
        kilometres = float(radius)
    except ValueError:
        kilometres = -1.0
    if point is None or not 0 <= kilometres <= 20_040:
        raise CapError(_("Batas wilayah (circle) tidak terbaca: “%s”.") % text.strip()[:40])
    return (*point, kilometres)


def _point(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        found = float(latitude), float(longitude)
    except ValueError:
        return None
    return found if abs(found[0]) <= 90 and abs(found[1]) <= 180 else None


def _references(root: Element) -> tuple[tuple[str, str, str], ...]:
    found = []
    for given in root.said("references").split()[:_MOST_REFERENCES]:
        parts = given.split(",")
        if len(parts) != 3 or not all(parts):
            raise CapError(_("Rujukan ke pesan sebelumnya tidak terbaca: “%s”.") % given[:80])
        found.append((parts[0][:200], parts[1][:300], parts[2][:40]))
    return tuple(found)


def _name(root: Element, name: str) -> str:
    # Section 3.2.1: no spaces, commas or restricted characters; without it messages cannot be told apart.
    text = root.said(name)
    if not text or len(text) > _MOST[name] or re.search(r"[\s,<&]", text):
        raise CapError(_("“%s” kosong atau memuat tanda yang tidak boleh.") % name)
    return text


def _one_of(one: Element, name: str, allowed: Sequence[str]) -> str:
    text = one.said(name)
    if text not in allowed:
        raise CapError(
            _("“%(name)s” berisi “%(text)s”, yang tidak ada dalam CAP 1.2.")
            % {"name": name, "text": text[:40]}
        )
    return text


def _required_time(one: Element, name: str) -> datetime:
    found = _time(one, name)
    if found is None:
        raise CapError(_("Waktu “%s” tidak ada.") % name)
    return found


def _time(one: Element, name: str) -> datetime | None:
    text = one.said(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or not 1990 <= at.year <= 2100:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CapError(
            _("Waktu “%(name)s” tidak terbaca atau tanpa zona: “%(text)s”.")
            % {"name": name, "text": text[:40]}
        ) from error


def _short(one: Element, name: str, cap: str) -> str:
    return " ".join(one.said(name).split())[: _MOST[cap]]


def _text(one: Element, name: str) -> str:
    lines = (" ".join(line.split()) for line in one.said(name).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_MOST_TEXT]


def _link(text: str) -> str:
    return text if re.fullmatch(r"https?://[^\s<>\"']+", text) and len(text) <= _MOST["url"] else ""


def _first(found: Any, most: int) -> list[Element]:
    listed = list(found)
    if len(listed) > most:
        raise CapError(_("Pesan ini memuat terlalu banyak bagian (%s).") % len(listed))
    return listed
