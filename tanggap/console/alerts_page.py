"""Official warnings: what came, whom it concerns, what became of its draft; its sources; one message by upload."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

import tanggap.publishing
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import following
from tanggap.publishing.models import Alert, AlertKind, AlertSource, AlertStatus, Publication
from tanggap.publishing.warnings import alert_feeds, alerts
from tanggap.publishing.warnings.xml_tree import MOST_BYTES

PAGE = 30
SEVERITIES = {
    "Extreme": Word(gettext_lazy("Luar biasa"), "octagon-alert", "red"),
    "Severe": Word(gettext_lazy("Berat"), "triangle-alert", "red"),
    "Moderate": Word(gettext_lazy("Sedang"), "triangle-alert", "amber"),
    "Minor": Word(gettext_lazy("Ringan"), "info", "blue"),
    "Unknown": Word(gettext_lazy("Tingkat tidak disebut"), "circle-question-mark"),
}
URGENCIES = {
    "Immediate": gettext_lazy("Segera"), "Expected": gettext_lazy("Dalam satu jam"), "Future": gettext_lazy("Nanti"),
    "Past": gettext_lazy("Sudah lewat"), "Unknown": gettext_lazy("Tidak disebut"),
}  # fmt: skip
CERTAINTIES = {
    "Observed": gettext_lazy("Sudah terjadi"), "Likely": gettext_lazy("Kemungkinan besar"),
    "Possible": gettext_lazy("Mungkin"), "Unlikely": gettext_lazy("Kecil kemungkinan"),
    "Unknown": gettext_lazy("Tidak disebut"),
}  # fmt: skip
STATES = {
    "draft": Word(gettext_lazy("Draf siap diperiksa"), "square-pen", "amber"),
    "review": Word(gettext_lazy("Menunggu persetujuan"), "stamp", "amber"),
    "approved": Word(gettext_lazy("Disetujui, sedang terbit"), "send", "blue"),
    "out": Word(gettext_lazy("Terbit"), "circle-check", "green"),
    "failed": Word(gettext_lazy("Gagal terbit di sebagian kanal"), "circle-x", "red"),
    "withdrawn": Word(gettext_lazy("Draf ditarik"), "circle-slash"),
    "expired": Word(gettext_lazy("Kedaluwarsa, tidak diterbitkan"), "hourglass"),
    "superseded": Word(gettext_lazy("Digantikan pesan yang lebih baru"), "history"),
    "none": Word(gettext_lazy("Belum ada draf"), "circle-dashed", "amber"),
    "elsewhere": Word(gettext_lazy("Wilayah lain"), "map-pin"),
    "exercise": Word(gettext_lazy("Latihan atau uji, tidak diterbitkan"), "shield"),
    "closed": Word(gettext_lazy("Pesan tertutup, tidak diterbitkan"), "lock"),
}
REASONS = {
    "code": gettext_lazy("kode wilayahnya adalah wilayah kita"),
    "listed": gettext_lazy("nama wilayahnya terdaftar pada sumber"),
    "name": gettext_lazy("nama wilayahnya disebut"),
    "words": gettext_lazy("uraiannya menyebut wilayah kita"),
    "point": gettext_lazy("batas wilayahnya memuat wilayah kita"),
    "before": gettext_lazy("pesan sebelumnya menyangkut wilayah kita"),
}  # fmt: skip
VIEWS = (
    ("ours", gettext_lazy("Wilayah kita")),
    ("elsewhere", gettext_lazy("Wilayah lain")),
    ("test", gettext_lazy("Latihan dan uji")),
    ("all", gettext_lazy("Semua")),
)
_SUGGESTED = Path(tanggap.publishing.__file__).parent / "data" / "alert_sources.json"


@dataclass(frozen=True, slots=True)
class Line:
    """A warning as its row shows it."""

    of: Alert
    severity: Word
    state: Word
    area: str
    over: bool
    publication: Publication | None


@screen()
def alerts_list(request: StaffRequest) -> HttpResponse:
    """This will list what came, newest first, and take one CAP file."""
    return _list(request)


@require_POST
@screen("publication.write")
def alerts_upload(request: StaffRequest) -> HttpResponse:
    """This will take in one CAP file."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refusal(_("Pilih berkas pesan CAP (XML)."), "file")
        if (file.size or 0) > MOST_BYTES:
            raise Refusal(_("Berkas ini lebih besar dari 1 MB. Tidak ada yang disimpan."), "file")
        alert, new = alerts.upload(request.member, file.read(), timezone.now())
    except Refusal as refusal:
        return _list(request, Tried.of("upload", request, refusal))
    said = (
        _("Pesan dibaca dan disimpan.")
        if new
        else _("Pesan ini sudah pernah diterima. Tidak ada yang ganda.")
    )
    return done(request, said, reverse("alerts_one", args=[alert.pk]))


@screen()
def alerts_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show a warning: what it says, why it concerns us, its draft, what came before and after, its bytes."""
    one = get_object_or_404(Alert.objects.select_related("publication__unit", "source"), pk=pk)
    now = timezone.now()
    line = _line(one, request, now)
    before = alerts.referenced(one)
    page = {
        "line": line, "one": one, "now": now, "urgency": URGENCIES.get(one.info.get("urgency", ""), ""),
        "certainty": CERTAINTIES.get(one.info.get("certainty", ""), ""),
        "reason": REASONS.get(one.info.get("by", ""), ""),
        "before": before, "after": alerts.superseded_by(one), "stands": _stands(one), "ringed": _ringed(one),
        "may_draft": request.member.may("publication.write") and one.info.get("public") and not line.over
        and (one.publication is None or one.publication.state == "cancelled"),
    }  # fmt: skip
    return render(request, "publishing/alert.html", page)


@require_POST
@screen("publication.write")
def alerts_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """This will make the draft of a warning that the machine left alone."""
    one = get_object_or_404(Alert.objects, pk=pk)
    made = alerts.draft_by_hand(one, request.member, timezone.now())
    return done(request, _("Draf dibuat. Periksa, lalu ajukan."), reverse("publication", args=[made.pk]))


@screen("publication.rules")
def alerts_sources(request: StaffRequest) -> HttpResponse:
    """This will list the sources, add one, and try an address without keeping anything."""
    tried, found = Tried(), None
    if request.method == "POST":
        given, areas = request.POST, _areas(request.POST.get("areas", ""))
        try:
            if given.get("do") == "try":
                found = alert_feeds.try_out(request.member, given.get("url", ""), areas)
                tried = Tried("", given.dict())
            else:
                alert_feeds.define(
                    request.member, name=given.get("name", ""), url=given.get("url", ""), areas=areas
                )
                return done(request, _("Sumber ditambahkan dan segera ditanya."), reverse("alerts_sources"))
        except Refusal as refusal:
            tried = Tried.of("source", request, refusal)
    known = set(AlertSource.objects.values_list("url", flat=True))
    suggested = json.loads(_SUGGESTED.read_text(encoding="utf-8"))["sources"]
    page = {
        "sources": AlertSource.objects.order_by("-active", "name"), "tried": tried, "found": found,
        "suggested": [one for one in suggested if one["url"] not in known],
    }  # fmt: skip
    return render(request, "publishing/alert_sources.html", page, status=422 if tried.form else 200)


@screen("publication.rules")
def alerts_source(request: StaffRequest, pk: int) -> HttpResponse:
    """This will change a source, pause it, or forget it."""
    one = get_object_or_404(AlertSource.objects, pk=pk)
    tried, found = Tried(), None
    if request.method == "POST":
        given, areas, do = request.POST, _areas(request.POST.get("areas", "")), request.POST.get("do", "")
        try:
            if do == "try":
                found = alert_feeds.try_out(request.member, given.get("url", ""), areas)
                tried = Tried("", given.dict())
            else:
                return done(request, _change(request, one, do, areas), reverse("alerts_sources"))
        except Refusal as refusal:
            tried = Tried.of("source", request, refusal)
    page = {"one": one, "tried": tried, "found": found, "areas": "\n".join(one.areas)}
    return render(request, "publishing/alert_source.html", page, status=422 if tried.form else 200)


def _change(request: StaffRequest, one: AlertSource, do: str, areas: Sequence[str]) -> str:
    given = request.POST
    if do == "remove":
        alert_feeds.remove(one, request.member)
        return _("Sumber dihapus. Pesan yang sudah diterima tetap ada.")
    if do in {"pause", "resume"}:
        alert_feeds.switch(one, request.member, active=do == "resume")
        return (
            _("Sumber ditanya lagi.") if do == "resume" else _("Sumber tidak ditanya sampai dinyalakan lagi.")
        )
    alert_feeds.define(
        request.member, name=given.get("name", ""), url=given.get("url", ""), areas=areas, source=one
    )
    return _("Perubahan disimpan.")


def _list(request: StaffRequest, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    view = request.GET.get("view", "ours")
    now = timezone.now()
    rows = Alert.objects.select_related("publication__unit").order_by("-sent", "-id")
    real = Q(status=AlertStatus.ACTUAL)
    kept = {"ours": rows.filter(real, concerns_us=True), "elsewhere": rows.filter(real, concerns_us=False),
            "test": rows.exclude(real), "all": rows}  # fmt: skip
    view = view if view in kept else "ours"
    found = Paginator(kept[view], PAGE).get_page(request.GET.get("page"))
    sources = AlertSource.objects.filter(active=True)
    page = {
        "lines": [_line(one, request, now) for one in found.object_list], "page": found, "view": view, "views": VIEWS,
        "tried": tried, "sources": sources, "broken": [one for one in sources if one.error], "now": now,
        "may_write": request.member.may("publication.write"), "may_rule": request.member.may("publication.rules"),
        "any": Alert.objects.exists(),
    }  # fmt: skip
    return render(request, "publishing/alerts.html", page, status=422 if tried.form else 200)


def _line(one: Alert, request: StaffRequest, now: Any) -> Line:
    places = one.info.get("places") or [str(area["name"]) for area in one.areas if area["name"]]
    mine = one.publication
    if mine is not None and not request.member.sees_all and mine.unit_id not in request.member.unit_ids():
        mine = None
    over = one.expires is not None and one.expires <= now and one.kind != AlertKind.CANCEL
    return Line(
        one, SEVERITIES.get(one.info.get("severity", ""), SEVERITIES["Unknown"]), STATES[alerts.standing_of(one, now)],
        ", ".join(places)[:300], over, mine,
    )  # fmt: skip


def _stands(one: Alert) -> list[Any]:
    return list(following.standing(one.publication).values()) if one.publication is not None else []


def _ringed(one: Alert) -> int:
    return sum(len(area["polygons"]) + len(area["circles"]) for area in one.areas)


def _areas(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
