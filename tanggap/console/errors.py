"""Answers for addresses that lead nowhere and for faults of ours, with a reference code."""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tanggap.console.doors import failed

log = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """This will answer an address that leads nowhere, or to something that the member may not see."""
    return failed(
        request, 404, _("Halaman tidak ditemukan"),
        _(
            "Alamat ini tidak menuju ke mana pun, sudah dipindahkan, atau bukan untuk Anda. "
            "Periksa alamatnya atau cari dari halaman awal."
        ),
    )  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """This will answer a form whose token is stale or missing."""
    return failed(
        request, 403, _("Formulir ini kedaluwarsa"),
        _(
            "Demi keamanan, formulir yang lama terbuka tidak diterima. Tidak ada yang berubah. "
            "Kembali, muat ulang halaman, lalu kirim lagi."
        ),
    )  # fmt: skip


def fault(request: HttpRequest) -> HttpResponse:
    """This will answer a fault of ours without touching the database, which may be what failed."""
    code = secrets.token_hex(4).upper()
    log.error("fault", extra={"code": code, "path": request.path})
    return render(request, "500.html", {"code": code, "member": None}, status=500)
