"""The one way in for staff: every screen says who may enter, and every refusal gets a readable answer.

`RULES` lists what each view asks for; an architecture test walks the routes and refuses one without a rule.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tanggap.agencies.models import MAY, NotAllowed, Role
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.core.state import ForbiddenMove, Lost

log = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may enter a route. `open_why` says why a route asks for no member at all."""

    view: str
    deed: str | None = None
    roles: frozenset[str] | None = None
    open_why: str = ""

    def admits(self, role: str) -> bool:
        """This will tell whether a member with the role may enter."""
        return (self.deed is None or role in MAY[self.deed]) and (self.roles is None or role in self.roles)


def screen(
    deed: str | None = None, roles: set[Role] | frozenset[Role] | None = None
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """This will guard a view: a member is asked for, the deed and the roles too where given.

    NotAllowed, Lost, ForbiddenMove and Refusal from inside become a page, a toast (htmx) or a message on the
    page that the form came from. Nothing that a screen shows may be stored by a browser.
    """
    if deed is not None and deed not in MAY:
        raise ValueError(f"No role was ever given the deed {deed!r}.")

    def guard(
        view: Callable[Concatenate[StaffRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        rule = Rule(f"{view.__module__}.{view.__name__}", deed, frozenset(roles) if roles else None)

        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = _enter(request, rule) or _answer(request, view, args, kwargs)
            patch_cache_control(response, no_store=True, private=True)
            return response

        guarded.rule = rule  # type: ignore[attr-defined]
        return guarded

    return guard


def open_to_all(view: View, why: str) -> View:
    """This will let a view be reached without a member, and keep the reason."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    opened.rule = Rule(getattr(view, "__name__", str(view)), open_why=why)  # type: ignore[attr-defined]
    return opened


def toast(
    response: HttpResponse, text: str, *, kind: str = "done", undo: str = "", **events: Any
) -> HttpResponse:
    """This will have the page show a short message; `undo` is the token of a deed that can be taken back.

    `events` are told to the page as well, for instance desk=True to have the lists read again.
    """
    told = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(
        {**told, **events, "toast": {"text": str(text), "kind": kind, "undo": undo}}
    )
    return response


def back(
    request: HttpRequest, text: str = "", *, to: str = "", kind: str = "done", undo: str = "", **events: Any
) -> HttpResponse:
    """This will answer a deed: a toast for htmx, else a message and the page that the form came from.

    `to` names the page for plain forms; a form may say it itself in a field `next`.
    """
    if getattr(request, "htmx", False):
        return toast(HttpResponse(status=204), text, kind=kind, undo=undo, **events)
    if text:
        level = messages.ERROR if kind == "error" else messages.SUCCESS
        messages.add_message(request, level, text, extra_tags=f"undo:{undo}" if undo else "")
    wanted = request.POST.get("next", "") or to or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return redirect(wanted if safe else settings.LOGIN_REDIRECT_URL)


def failed(request: HttpRequest, status: int, title: str, text: str, *, kept: str = "") -> HttpResponse:
    """This will show an error page (for htmx: a toast) with a reference code that also stands in the log."""
    code = secrets.token_hex(4).upper()
    log.warning("refused", extra={"code": code, "status": status, "path": request.path})
    if getattr(request, "htmx", False):
        answer = HttpResponse(status=status)
        answer.headers["HX-Reswap"] = "none"
        return toast(answer, text, kind="error")
    page = {"status": status, "title": title, "text": text, "kept": kept, "code": code}
    return render(request, "error.html", page, status=status)


def _enter(request: HttpRequest, rule: Rule) -> HttpResponse | None:
    """Returns the answer for somebody who may not enter, else None."""
    if not request.user.is_authenticated:
        if getattr(request, "htmx", False):
            # A fragment must not be replaced by the log-in page: the whole page goes there, typed text stays.
            answer = HttpResponse(status=401)
            answer.headers["HX-Reswap"] = "none"
            return toast(
                answer,
                _("Sesi Anda berakhir. Teks Anda tersimpan di peramban ini. Masuk lagi."),
                kind="error",
                session=True,
            )
        return cast(HttpResponse, redirect_to_login(request.get_full_path()))
    member = getattr(request, "member", None)
    if member is None:
        return failed(
            request, 403, _("Akun ini belum punya tempat"),
            _(
                "Akun Anda tidak terdaftar pada pemerintah daerah mana pun, atau masa tugasnya sudah berakhir. "
                "Hubungi administrator."
            ),
        )  # fmt: skip
    if not rule.admits(member.role):
        return failed(
            request, 403, _("Halaman ini bukan untuk peran Anda"),
            _(
                "Peran Anda (%(role)s) tidak mengizinkan halaman ini. "
                "Hubungi administrator bila menurut Anda ini keliru."
            )
            % {"role": member.get_role_display()},
        )  # fmt: skip
    return None


def _answer(
    request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
) -> HttpResponseBase:
    try:
        return view(cast(StaffRequest, request), *args, **kwargs)
    except NotAllowed as error:
        text = str(error) or _("Peran Anda tidak mengizinkan tindakan ini. Tidak ada yang diubah.")
        return _refused(request, 403, _("Tidak diizinkan"), text)
    except (Lost, ForbiddenMove):
        text = _(
            "Rekan Anda sudah mengubahnya lebih dulu. Perubahan Anda tidak disimpan; "
            "muat ulang untuk melihat keadaan terbaru."
        )
        return _refused(request, 409, _("Sudah diubah orang lain"), text)
    except Refusal as error:
        return _refused(request, 422, _("Belum dapat dilakukan"), str(error))
    except ObjectDoesNotExist as error:
        raise Http404(str(error)) from error


def _refused(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.method == "POST" and not getattr(request, "htmx", False) and request.headers.get("Referer"):
        return back(request, text, kind="error")
    return failed(request, status, title, text)
