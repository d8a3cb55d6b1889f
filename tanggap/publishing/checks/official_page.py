"""A link to the official page on which the whole of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.addresses import hosts, official
from tanggap.publishing.asked import asked
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding
from tanggap.understanding.phrases import Hit

_WITHOUT_LINKS = frozenset({"instagram", "tiktok"})
"""Platforms that make no link of an address in a text; there the profile's link is named instead."""
_PROFILE = re.compile(r"\b(?:tautan|link|linktree) (?:ada )?(?:di|pada) (?:bio|profil)", re.IGNORECASE)
_SAID = Said(
    Severity.WARNS,
    _("Belum ada tautan ke halaman resmi."),
    "",
    _("Tautkan halaman pada laman resmi yang memuat keterangan lengkapnya."),
)


class OfficialPage(Check):
    """Finds publications that lead to no official page."""

    id = "official_page"
    name = _("Tautan halaman resmi")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find a post of a kind that asks for it without an official address, beside it or in the profile."""
        severity = asked("page", context)
        whole = f"{text}\n{context.beside}"
        if not severity or not text.strip() or any(official(host, context.hosts) for host in hosts(whole)):
            return
        if not (context.platform in _WITHOUT_LINKS and _PROFILE.search(whole)):
            yield finding(self.id, text, Hit("", 0, 0), _SAID, severity)
