"""Announcements of services: whom to ask or to complain to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.asked import asked
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding
from tanggap.understanding.phrases import Hit

_CONTACT = re.compile(
    r"(?:\+62|\b0|\()[\d() .-]{7,18}\d|\b1500[- ]?\d{3}\b|wa\.me/|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{2,40}"
    r"|\b(?:hubungi|telepon|telp|tlp|hotline|call center|whatsapp|wa|sms|psc|sapa|lapor|darurat|nomor)\b[^.!?\n]{0,40}"
    r"?\b1\d{2,3}\b|\bsp4n|\blapor\.go\.id|\blapor!|\bkotak saran"
    r"|\b(?:dm|pesan pribadi|pesan langsung|inbox|direct message)\b",
    re.IGNORECASE,
)
_SAID = Said(
    Severity.INFORMS,
    _("Belum ada tempat bertanya atau mengadu."),
    "",
    _("Tambahkan nomor, surel, atau kanal aduan, misalnya “Pertanyaan? WhatsApp …”."),
)


class ContactGiven(Check):
    """Finds announcements of services that say nobody to ask."""

    id = "contact_given"
    name = _("Tempat bertanya")
    gives = Severity.INFORMS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find an announcement without telephone, mail, hotline or channel, beside it neither."""
        severity = asked("contact", context)
        if severity and text.strip() and not _CONTACT.search(f"{text}\n{context.beside}"):
            yield finding(self.id, text, Hit("", 0, 0), _SAID, severity)
