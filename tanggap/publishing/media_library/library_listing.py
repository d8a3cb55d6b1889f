"""What stands in the library: filters as an address, what an item still needs, and where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tanggap.agencies.models import Member
from tanggap.publishing.media_library import licences
from tanggap.publishing.models import Consent, MediaItem, Publication, Variant

PAGE = 48
KINDS = (("picture", _("Gambar")), ("film", _("Film")))
FLAGS = (
    ("check", _("Perlu diperiksa")),
    ("alt", _("Tanpa teks alternatif")),
    ("rights", _("Hak belum dicatat")),
    ("consent", _("Izin orang belum jelas")),
    ("unused", _("Belum pernah dipakai")),
    ("archived", _("Diarsipkan")),
)
_FILM = Q(file__media_type__startswith="video/")
_OPEN_CONSENT = Q(consent__in=[Consent.UNKNOWN, Consent.MISSING])
_SEEN = Q(found__faces__gt=0, consent=Consent.UNKNOWN) | ~Q(found__personal_data=[]) & Q(
    found__personal_data__isnull=False
)
_BY_FLAG = {
    "check": _SEEN,
    "alt": Q(alt=""),
    "rights": Q(licence=""),
    "consent": _OPEN_CONSENT,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked of the grid; the same as the page's address. `page` counts from 1."""

    q: str = ""
    kind: str = ""
    unit: str = ""
    flag: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, values: Mapping[str, str]) -> Filters:
        """This will read filters from an address; what it does not know is left out."""
        known = {one.name: str(values.get(one.name, ""))[:100] for one in fields(cls) if one.name != "page"}
        page = str(values.get("page", "1"))
        return cls(**known, page=max(int(page), 1) if page.isdecimal() and len(page) < 7 else 1)

    def as_query(self, **changes: Any) -> str:
        """This will write the filters as an address, with some of them changed."""
        made = replace(self, **{"page": 1, **changes})
        given = {one.name: getattr(made, one.name) for one in fields(made)}
        return urlencode(
            {key: value for key, value in given.items() if value and (key, value) != ("page", 1)}
        )

    @property
    def any(self) -> bool:
        return bool(self.q or self.kind or self.unit or self.flag)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the grid."""

    items: Sequence[MediaItem]
    more: bool
    used: frozenset[int]


@dataclass(frozen=True, slots=True)
class Need:
    """What an item lacks or what the machine saw: `tone` is amber, blue or empty; never a verdict."""

    icon: str
    text: Any
    tone: str = "amber"


def page(member: Member, filters: Filters, most: int = PAGE) -> Page:
    """This will return a page of the library's newest versions, newest first."""
    rows = (
        matching(member, filters)
        .select_related("file", "unit", "added_by__user")
        .order_by("-added_at", "-pk")
    )
    start = (filters.page - 1) * most
    found = list(rows[start : start + most + 1])
    return Page(found[:most], len(found) > most, used_among(found))


def matching(member: Member, filters: Filters) -> QuerySet[MediaItem]:
    """This will return what the filters leave; older versions are reached through the newest."""
    rows = MediaItem.objects.seen_by(member).filter(
        replaced_by=None, archived_at__isnull=filters.flag != "archived"
    )
    if filters.kind in {"film", "picture"}:
        rows = rows.filter(_FILM) if filters.kind == "film" else rows.exclude(_FILM)
    if filters.unit.isdecimal():
        rows = rows.filter(unit_id=int(filters.unit))
    for word in filters.q.split()[:6]:
        rows = rows.filter(Q(name__icontains=word) | Q(alt__icontains=word) | Q(credit__icontains=word))
    if filters.flag in _BY_FLAG:
        rows = rows.filter(_BY_FLAG[filters.flag])
    if filters.flag == "unused":
        rows = rows.exclude(pk__in=_used(member.government_id))
    return rows


def needs(item: MediaItem) -> list[Need]:
    """This will say what should be looked at before an item is used, gravest first."""
    found = item.found or {}
    said: list[Need] = []
    if types := found.get("personal_data"):
        n = len(types)
        told = ngettext("%(n)s data pribadi terbaca: periksa", "%(n)s data pribadi terbaca: periksa", n)
        said.append(Need("shield-alert", told % {"n": n}))
    faces = found.get("faces")
    if faces and item.consent in {Consent.UNKNOWN, Consent.MISSING}:
        told = ngettext("%(n)s wajah: periksa izin", "%(n)s wajah: periksa izin", faces)
        said.append(Need("user", told % {"n": faces}))
    elif item.consent == Consent.MISSING:
        said.append(Need("user", _("Izin belum ada")))
    if item.children and not guardian_noted(item.consent, item.consent_note):
        said.append(Need("users", _("Anak: izin wali belum dicatat")))
    if not item.alt:
        said.append(Need("eye-off", _("Tanpa teks alternatif"), "line"))
    if not item.licence:
        said.append(Need("circle-question-mark", _("Hak belum dicatat"), "line"))
    elif not licences.of(item.licence).publish:
        said.append(Need("ban", _("Lisensi melarang terbit")))
    if item.film and not item.captions:
        said.append(Need("message-square", _("Tanpa takarir"), "line"))
    return said


def guardian_noted(consent: str, note: str) -> bool:
    """This will tell whether the consent of a child's guardian is noted: given, and by whom."""
    return consent == Consent.GIVEN and bool(note.strip())


def used_in(item: MediaItem, member: Member) -> list[Publication]:
    """This will return the publications that an item stands in, on any channel, newest change first."""
    entry = [{"item": item.pk}]
    own = Q(pk__in=Variant.objects.filter(linked=False, media__contains=entry).values("publication"))
    rows = Publication.objects.seen_by(member).filter(Q(media__contains=entry) | own)
    return list(rows.order_by("-changed_at")[:100])


def versions(item: MediaItem) -> list[MediaItem]:
    """This will return every version of an item, newest first."""
    newest, steps = item, 0
    while newest.replaced_by is not None and steps < 100:
        newest, steps = newest.replaced_by, steps + 1
    found, edge = [newest], [newest.pk]
    while edge and len(found) < 100:
        older = list(MediaItem.objects.filter(replaced_by__in=edge).select_related("file", "added_by__user"))
        found += older
        edge = [one.pk for one in older]
    return found


def used_among(items: Iterable[MediaItem]) -> frozenset[int]:
    """This will return which of the items stand in any publication of their government."""
    listed = list(items)
    if not listed:
        return frozenset()
    return _used(listed[0].government_id) & {one.pk for one in listed}


def _used(government: int) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct (entry->>'item')::bigint from ("
            " select media from publishing_publication where government_id = %s and media <> '[]'"
            " union all"
            " select media from publishing_variant where government_id = %s and media <> '[]'"
            ") as kept, jsonb_array_elements(kept.media) as entry where entry->>'item' is not null",
            [government, government],
        )
        return frozenset(row[0] for row in cursor.fetchall())
