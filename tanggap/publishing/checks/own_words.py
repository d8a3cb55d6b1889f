"""Words and phrases that a government itself put on its list (rule packs)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Check, Context, Finding
from tanggap.publishing.pack import OWN_WORDS


class OwnWords(Check):
    """Finds what the government's own list names."""

    id = OWN_WORDS
    name = _("Kata dan frasa sendiri")
    by = COORDINATORS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find the words of the pack that stands, each as gravely as the list says."""
        return context.pack.own(text) if context.pack else ()
