"""Praise of one business, promotion and affiliate links."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Severity
from tanggap.publishing.wording import Said, Wording


class CommercialEndorsement(Wording):
    """Praise of one business, promotion and affiliate links."""

    id = "commercial_endorsement"
    name = _("Promosi dagang")
    gives = Severity.WARNS
    groups = {
        "promo": Said(
            Severity.WARNS,
            _("Ini terbaca sebagai promosi dagang."),
            "",
            _("Hapus ajakan membeli, kode dan tautan promosi."),
        ),
        "praise": Said(
            Severity.WARNS,
            _("Ini memuji satu usaha atau merek."),
            "",
            _("Sebut semua pelaku usaha setara, atau jangan menilai."),
        ),
        "link": Said(
            Severity.WARNS,
            _("Tautan toko daring terbaca sebagai iklan."),
            "",
            _("Tautkan laman resmi."),
        ),
    }
