"""The log of deliveries: filter, look into one, read again, put aside with a reason, take out as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tanggap.channels.models import Channel
from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.core.work import Job
from tanggap.posts import raw_log, reading_again, retention
from tanggap.posts.models import RawState

SOURCE_WORDS = {
    "hook": gettext_lazy("Kiriman langsung"),
    "fetch": gettext_lazy("Ditarik"),
    "stream": gettext_lazy("Aliran langsung"),
    "import": gettext_lazy("Impor"),
    "hand": gettext_lazy("Dicatat petugas"),
}


@screen("raw.read")
def channels_log(request: StaffRequest) -> HttpResponse:
    """This will list deliveries by filter, newest first, without their bodies."""
    return _show(request, raw_log.Filters.from_query(request.GET.dict()))


@screen("raw.read")
def channels_raw_item(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show one delivery with secrets and personal data covered; who looked is put on record."""
    raw = reading_again.of_the_government(request.member).select_related("channel", "app").get(pk=pk)
    page = {
        "raw": raw,
        "source": SOURCE_WORDS.get(raw.source, raw.source),
        "size": len(raw.body),
        "headers": raw_log.covered_headers(raw),
        "body": reading_again.look(raw, request.member),
        "posts": raw_log.posts_of(raw, request.member) if raw.state == RawState.DIGESTED else [],
        "here": "channels",
    }
    return render(request, "channels/raw_item.html", page)


@require_POST
@screen("raw.read")
def channels_log_again(request: StaffRequest) -> HttpResponse:
    """This will put the chosen deliveries, or all that the filter shows, back into the queue."""
    filters = _posted(request)
    if request.POST.get("all") != "1":
        chosen = _ids(request)
        if not chosen:
            return _show(request, filters, _("Pilih dahulu kirimannya. Tidak ada yang diubah."))
        n = reading_again.again(request.member, chosen)
        return done(request, _read(n), _address(filters))
    answer = raw_log.read_again(request.member, filters)
    if isinstance(answer, Job):
        return done(request, _("Membaca ulang berjalan; kemajuannya tampak di Proses."), reverse("jobs"))
    return done(request, _read(answer), _address(filters))


@require_POST
@screen("raw.read")
def channels_log_aside(request: StaffRequest) -> HttpResponse:
    """This will put the chosen deliveries aside with a reason."""
    filters, chosen = _posted(request), _ids(request)
    try:
        if not chosen:
            raise Refusal(_("Pilih dahulu kirimannya. Tidak ada yang diubah."))
        n = raw_log.quarantine(request.member, chosen, request.POST.get("reason", ""))
    except Refusal as refusal:
        return _show(request, filters, str(refusal), chosen)
    said = ngettext("%(n)s kiriman disisihkan.", "%(n)s kiriman disisihkan.", n) % {"n": n}
    return done(request, said, _address(filters))


@screen("raw.read")
def channels_log_export(request: StaffRequest) -> StreamingHttpResponse:
    """This will write the newest deliveries of the filter as lines of JSON, covered as on the screen."""
    lines = raw_log.export(request.member, raw_log.Filters.from_query(request.GET.dict()))
    answer = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    name = f"kiriman-{timezone.localdate().isoformat()}.ndjson"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _show(
    request: StaffRequest, filters: raw_log.Filters, wrong: str = "", chosen: list[int] | None = None
) -> HttpResponse:
    member = request.member
    found = raw_log.page(member, filters)
    page: dict[str, Any] = {
        "filters": filters,
        "query": filters.as_query(),
        "rows": [(raw, SOURCE_WORDS.get(raw.source, raw.source)) for raw in found.rows],
        "more": found.more,
        "troubled": raw_log.troubled(member),
        "states": RawState.choices,
        "sources": list(SOURCE_WORDS.items()),
        "channels": Channel.objects.order_by("name").values_list("key", "name"),
        "days": member.government.raw_days,
        "trouble_days": retention.TROUBLE.days(member.government.raw_days),
        "why_kept": retention.TROUBLE.why,
        "most_exported": raw_log.MOST_EXPORTED,
        "wrong": wrong,
        "chosen": chosen or [],
        "here": "channels",
    }
    return render(request, "channels/log.html", page, status=422 if wrong else 200)


def _posted(request: StaffRequest) -> raw_log.Filters:
    return raw_log.Filters.from_query(request.POST.dict() | {"before": ""})


def _ids(request: StaffRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 19]


def _address(filters: raw_log.Filters) -> str:
    query = filters.as_query()
    return f"{reverse('channels_log')}?{query}" if query else reverse("channels_log")


def _read(n: int) -> str:
    return ngettext("%(n)s kiriman dibaca ulang.", "%(n)s kiriman dibaca ulang.", n) % {"n": n}
