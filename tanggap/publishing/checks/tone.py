"""Blame, curtness and sarcasm towards the citizen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Severity
from tanggap.publishing.wording import Said, Wording


class Tone(Wording):
    """Blame, curtness and sarcasm towards the citizen."""

    id = "tone"
    name = _("Nada terhadap warga")
    gives = Severity.WARNS
    groups = {
        "blame": Said(
            Severity.WARNS,
            _("Kalimat ini menyalahkan warga."),
            "",
            _("Jelaskan apa yang dapat dilakukan sekarang."),
        ),
        "curt": Said(
            Severity.WARNS,
            _("Kalimat ini terdengar ketus."),
            "",
            _("Tulis, misalnya, “Izin kami jelaskan lagi, ya.”"),
        ),
        "sarcasm": Said(
            Severity.WARNS,
            _("Kalimat ini dapat dibaca sebagai sindiran."),
            "",
            _("Sampaikan maksudnya secara langsung."),
        ),
    }
