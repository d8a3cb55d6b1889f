"""The media library: what there is, uploading, and one item with all that must be known of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Unit
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core import files
from tanggap.core.refusal import Refusal
from tanggap.publishing.data_names import NAMES
from tanggap.publishing.media_library import library as deeds
from tanggap.publishing.media_library import library_listing, licences, seeing, uploads
from tanggap.publishing.media_library.library_listing import Filters
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import Captions, Consent, MediaItem

_FIELDS = ("name", "alt", "credit", "licence", "licence_note", "consent", "consent_note", "captions")
MOST_AT_ONCE = 30


@screen()
def library(request: StaffRequest) -> HttpResponse:
    """This will show the library as a grid; a fragment of it for htmx."""
    filters = Filters.from_query(request.GET)
    page: dict[str, Any] = {
        "filters": filters,
        "page": library_listing.page(request.member, filters),
        "flags": library_listing.FLAGS,
        "kinds": library_listing.KINDS,
        "here": "publications",
    }
    if getattr(request, "htmx", False) and not request.htmx.boosted:
        return render(request, "publishing/library_grid.html", page)
    page |= {
        "units": _units(request),
        "room": uploads.room(request.member.government),
        "picture_most": files.MOST_BYTES,
        "film_most": uploads.most_film_bytes(),
        "may_write": request.member.may("publication.write"),
    }
    return render(request, "publishing/library.html", page)


@require_POST
@screen("publication.write")
def library_add(request: StaffRequest) -> HttpResponse:
    """This will keep uploaded files; a script sends them one by one and gets each one's card back."""
    sent = request.FILES.getlist("files")[:MOST_AT_ONCE]
    if not sent:
        raise Refusal(_("Pilih paling sedikit satu gambar atau film."), "files")
    unit = _unit(request)
    added, refused = [], []
    for one in sent:
        try:
            added.append(deeds.add(request.member, _upload(one), unit=unit))
        except Refusal as refusal:
            refused.append(str(refusal))
    if request.POST.get("card"):
        page = {"added": added, "refused": refused}
        return render(request, "publishing/library_added.html", page, status=200 if added else 422)
    new = [one for one in added if not one.twin]
    twins = len(added) - len(new)
    said = []
    if new:
        told = ngettext("%(n)s berkas disimpan.", "%(n)s berkas disimpan.", len(new))
        said.append(told % {"n": len(new)})
    if twins:
        told = ngettext("%(n)s berkas sudah ada di pustaka.", "%(n)s berkas sudah ada di pustaka.", twins)
        said.append(told % {"n": twins})
    text = " ".join([*said, *refused])
    if not added:
        raise Refusal(text, "files")
    to = reverse("library_one", args=[added[0].item.pk]) if len(added) == 1 else reverse("library")
    return done(request, text, to)


@screen()
def library_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show an item and take what is written of it; a refusal keeps what was typed."""
    item = find(request, pk)
    tried = Tried()
    if request.method == "POST":
        try:
            given = {key: request.POST[key] for key in _FIELDS if key in request.POST}
            deeds.describe(item, request.member, {**given, "children": bool(request.POST.get("children"))})
            return done(request, _("Keterangan tersimpan."), reverse("library_one", args=[pk]))
        except Refusal as refusal:
            tried = Tried.of("describe", request, refusal)
    return render(
        request, "publishing/library_one.html", _page(request, item, tried), status=422 if tried.form else 200
    )


@require_POST
@screen("publication.write")
def library_replace(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put a newer version in an item's place."""
    sent = request.FILES.get("file")
    if sent is None:
        raise Refusal(_("Pilih berkas untuk versi baru."), "file")
    made = deeds.replace_with(find(request, pk), request.member, _upload(sent))
    text = _("Versi baru disimpan. Yang sudah terbit tetap memakai versi lama. Periksa keterangannya.")
    return done(request, text, reverse("library_one", args=[made.pk]))


@require_POST
@screen("publication.write")
def library_blur(request: StaffRequest, pk: int) -> HttpResponse:
    """This will make a new version with the faces made unrecognisable."""
    made = deeds.blur_faces(find(request, pk), request.member)
    text = _("Wajah yang ditemukan mesin disamarkan dalam versi baru. Lihat apakah masih ada yang terlewat.")
    return done(request, text, reverse("library_one", args=[made.pk]))


@require_POST
@screen("publication.write")
def library_look(request: StaffRequest, pk: int) -> HttpResponse:
    """This will have the machine look again."""
    deeds.look_again(find(request, pk), request.member)
    return done(request, _("Mesin akan memeriksa lagi."), reverse("library_one", args=[pk]))


@require_POST
@screen("publication.write")
def library_archive(request: StaffRequest, pk: int) -> HttpResponse:
    """This will archive an item, or bring it back."""
    back = bool(request.POST.get("back"))
    deed: Callable[..., None] = deeds.restore if back else deeds.archive
    deed(find(request, pk), request.member)
    text = (
        _("Berkas dapat dipakai lagi.") if back else _("Berkas diarsipkan. Yang sudah terbit tidak berubah.")
    )
    return done(request, text, reverse("library_one", args=[pk]))


def find(request: StaffRequest, pk: int) -> MediaItem:
    """This will return an item that the member sees; MediaItem.DoesNotExist alike for missing and foreign."""
    rows = MediaItem.objects.seen_by(request.member).select_related(
        "file", "unit", "added_by__user", "replaced_by"
    )
    return rows.get(pk=pk)


def _page(request: StaffRequest, item: MediaItem, tried: Tried) -> dict[str, Any]:
    member = request.member
    own = item.unit_id is None or member.sees_all or item.unit_id in member.unit_ids()
    found = item.found or {}
    return {
        "item": item,
        "form": tried.typed or {key: getattr(item, key) for key in _FIELDS} | {"children": item.children},
        "tried": tried,
        "needs": library_listing.needs(item),
        "used": library_listing.used_in(item, member),
        "versions": library_listing.versions(item),
        "licences": list(licences.all_licences().values()),
        "licence": licences.of(item.licence),
        "consents": Consent.choices,
        "captions": Captions.choices,
        "data_names": [NAMES[one] for one in found.get("personal_data") or () if one in NAMES],
        "eyes": seeing.state_of(item),
        "may_write": own and member.may("publication.write"),
        "here": "publications",
    }


def _upload(sent: UploadedFile[Any]) -> Upload:
    return Upload(str(sent.name), sent.size or 0, sent.chunks())


def _unit(request: StaffRequest) -> Unit | None:
    wanted = request.POST.get("unit", "")
    return Unit.objects.get(pk=int(wanted)) if wanted.isdecimal() else None


def _units(request: StaffRequest) -> list[Unit]:
    rows = Unit.objects.filter(pk__in=MediaItem.objects.seen_by(request.member).values("unit")).order_by(
        "short_name"
    )
    return list(rows)
