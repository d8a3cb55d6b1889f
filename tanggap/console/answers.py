"""What a finished deed answers, and how a form checks a chosen code; shared by the screens that are plain forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tanggap.core.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was sent and refused: its name, what was typed, and the sentence at the field at fault."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    at: str = ""

    @classmethod
    def of(cls, form: str, request: HttpRequest, refusal: Refusal) -> Tried:
        """This will keep what was typed beside the reason of a refusal."""
        return cls(form, request.POST.dict(), str(refusal), refusal.field)


def done(request: HttpRequest, text: str, to: str) -> HttpResponse:
    """This will lead on to a page that says what was done, for htmx and for plain forms alike."""
    messages.success(request, text)
    if not getattr(request, "htmx", False):
        return redirect(to)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = to
    return response


def chosen(value: str, allowed: Collection[str], at: str) -> str:
    """This will return a code that a form offered; Refusal for one that it did not."""
    if value in allowed:
        return value
    raise Refusal(_("Pilihan itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), at)
