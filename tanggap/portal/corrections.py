"""What was corrected, made clear or withdrawn after it was published: a page and a feed, in the open."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import feedgenerator, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap.cases import public
from tanggap.publishing import public_log

_PAGE = 30


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """This will show the notes, newest first, by month."""
    governments = public.government_codes()
    code, number = _code(request, governments), _number(request.GET.get("hal", ""))
    found = public_log.amendments(code, most=_PAGE + 1, after=_PAGE * (number - 1))
    notes = found[:_PAGE]
    zone = ZoneInfo(notes[0].zone) if notes else None
    with timezone.override(zone):
        months = [
            (month, list(group))
            for month, group in groupby(
                notes, key=lambda one: timezone.localtime(one.at).date().replace(day=1)
            )
        ]
        context = {
            "months": months, "governments": governments, "code": code, "number": number, "more": len(found) > _PAGE,
            "government": dict(governments).get(code, "") or (governments[0][1] if len(governments) == 1 else ""),
        }  # fmt: skip
        return render(request, "portal/corrections.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """This will write the same as RSS 2.0."""
    governments = public.government_codes()
    code = _code(request, governments)
    name = dict(governments).get(code, "") or (governments[0][1] if len(governments) == 1 else "")
    page = settings.TANGGAP_URL.rstrip("/") + reverse("portal:corrections")
    made = feedgenerator.Rss201rev2Feed(
        title=" · ".join(filter(None, (_("Koreksi dan penarikan"), name))), link=page,
        description=_("Apa yang diperbaiki, diperjelas, atau ditarik setelah terbit."), language=get_language(),
        feed_url=settings.TANGGAP_URL.rstrip("/") + request.get_full_path(),
    )  # fmt: skip
    for one in public_log.amendments(code):
        made.add_item(
            title=f"{one.words} · {one.office}", link=f"{page}#catatan-{one.number}", description=one.text,
            unique_id=f"{page}#catatan-{one.number}", pubdate=one.at,
        )  # fmt: skip
    return HttpResponse(made.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


def _code(request: HttpRequest, governments: list[tuple[str, str]]) -> str:
    """The government that was asked for; all of them where none is, or an unknown one."""
    asked = request.GET.get("kota", "")[:13]
    return asked if asked in dict(governments) else ""


def _number(asked: str) -> int:
    return min(max(int(asked), 1), 1000) if asked.isdecimal() and len(asked) < 6 else 1
