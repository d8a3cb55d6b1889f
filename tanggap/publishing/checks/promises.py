"""Promises of a date or money in an answer that name no basis."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Context, Finding, Severity
from tanggap.publishing.wording import Said, Wording


class Promises(Wording):
    """Promises in answers."""

    id = "promises"
    name = _("Janji tanpa dasar")
    gives = Severity.INFORMS
    groups = {
        "promise": Said(
            Severity.INFORMS,
            _("Ini janji. Apakah ada dasarnya?"),
            "",
            _("Sebut dasar atau jadwalnya, atau tulis langkah yang sudah dilakukan."),
        ),
        "time": Said(
            Severity.INFORMS,
            _("Ini menjanjikan waktu. Apakah ada dasarnya?"),
            "",
            _("Sebut dasar atau jadwalnya, atau tulis langkah yang sudah dilakukan."),
        ),
        "money": Said(
            Severity.INFORMS,
            _("Ini menjanjikan uang. Apakah ada dasarnya?"),
            "",
            _("Sebut dasar atau jadwalnya, atau tulis langkah yang sudah dilakukan."),
        ),
    }

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will look at answers; a post of one's own is planned and approved."""
        return super().find(text, context) if context.kind != "post" else ()
