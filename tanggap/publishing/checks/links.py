"""Links: short ones that hide where they go, strangers that look official, letters of other scripts in an address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.addresses import LINK, official
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding
from tanggap.understanding.phrases import Hit

_SHORT = frozenset(
    (
        "bit.ly s.id tinyurl.com cutt.ly t.ly goo.gl linktr.ee shorturl.at rebrand.ly wa.link is.gd ow.ly t.co"
        " shope.ee s.shopee.co.id tokopedia.link adf.ly rb.gy v.gd bl.ink lynk.id heylink.me qr.ae buff.ly"
    ).split()
)
_FORMS = (
    "forms.gle",
    "docs.google.com",
    "drive.google.com",
    "forms.office.com",
    "jotform.com",
    "typeform.com",
)
_GROUPS_HOSTS = ("chat.whatsapp.com", "t.me/joinchat")
_KNOWN_ENDS = frozenset(
    "com id net org info xyz top click co io me my link gl ly ee at gd app site online web dev".split()
)
_ALSO_KNOWN = frozenset({"turnbackhoax.id", "cekfakta.com"})
_GROUPS = {
    "short": Said(
        Severity.WARNS,
        _("Tautan pendek menyembunyikan tujuannya."),
        "",
        _("Pakai alamat lengkap laman resmi."),
    ),
    "form": Said(
        Severity.WARNS,
        _("Formulir dan berkas di luar laman resmi mudah ditiru penipu."),
        "",
        _("Tautkan dari laman resmi, atau pindahkan formulirnya ke sana."),
    ),
    "stranger": Said(
        Severity.WARNS, _("Alamat ini bukan laman resmi."), "", _("Tautkan halaman resmi pada alamat .go.id.")
    ),
    "alike": Said(
        Severity.BLOCKS,
        _("Alamat ini meniru alamat lain: ada huruf yang serupa, atau alamat asli yang tersembunyi."),
        "",
        _("Ketik ulang alamat resminya."),
    ),
    "script": Said(
        Severity.BLOCKS,
        _("Tautan ini menjalankan sesuatu, bukan membuka halaman."),
        "",
        _("Hapus tautannya."),
    ),
}


class Links(Check):
    """Finds links that a citizen should not trust."""

    id = "links"
    name = _("Tautan")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find short links, strangers, imitations and scripts."""
        for one in LINK.finditer(text):
            group = _group(one.group(), context)
            if group:
                yield finding(self.id, text, Hit(group, *one.span()), _GROUPS[group])


def _group(link: str, context: Context) -> str:
    if link.lower().startswith(("javascript:", "data:", "ftp:")):
        return "script"
    written = "://" in link
    try:
        parts = urlsplit(link if written else f"https://{link}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "stranger"
    if not written and host.rpartition(".")[2] not in _KNOWN_ENDS:
        return ""
    if "@" in parts.netloc or not host.isascii() or "xn--" in host:
        return "alike"
    if official(host, context.hosts) or host.removeprefix("www.") in _ALSO_KNOWN:
        return ""
    if ".go.id." in f"{host}." or "-go.id" in host or re.search(r"\.g0\.|go-id|\.go\.id", host):
        return "alike"
    if host.removeprefix("www.") in _SHORT:
        return "short"
    if host in _FORMS or host in _GROUPS_HOSTS:
        return "form"
    return "stranger"
