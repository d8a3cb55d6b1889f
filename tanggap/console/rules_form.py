"""The form of the checks' rules: read from a draft or from what was sent, and made into a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tanggap.core.refusal import Refusal
from tanggap.publishing import checks, pack
from tanggap.publishing.check import Check
from tanggap.publishing.models import RulePackDraft
from tanggap.publishing.pack import MOST_WORDS, OWN_WORDS, Pack, Setting, Word

_EMPTY = 2
_MORE = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table of words as it was typed."""

    phrase: str = ""
    list: str = "block"
    rule: str = "excluded_information"
    severity: str = "blocks"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The draft as the page shows it; days as they were typed (ISO 8601)."""

    revision: int
    settings: Mapping[str, Setting]
    lines: tuple[Line, ...]
    valid_from: str = ""
    valid_until: str = ""
    basis: str = ""
    note: str = ""

    def setting(self, check: Check) -> Setting:
        """This will return how a rule stands in the form, with the roles that answer as it is shipped."""
        one = self.settings.get(check.id, Setting())
        return one if one.by else replace(one, by=tuple(sorted(check.by)))

    def longer(self) -> Form:
        """This will add empty rows."""
        return replace(self, lines=(*self.lines, *(Line() for _row in range(_MORE))))

    def at(self, draft: RulePackDraft | None) -> Form:
        """This will keep what was typed beside the number of the draft as it stands."""
        return replace(self, revision=draft.revision) if draft else self

    def day(self, name: str) -> date | None:
        """This will read a typed day; Refusal for one that is none."""
        typed = str(getattr(self, name)).strip()
        if not typed:
            return None
        try:
            return date.fromisoformat(typed)
        except ValueError as wrong:
            raise Refusal(_("Tanggal itu tidak ada. Draf belum disimpan."), name) from wrong

    def pack(self) -> Pack:
        """This will make a pack of what was typed; Refusal names the field at fault."""
        lines = [one for one in self.lines if one.phrase.strip()]
        return Pack(
            0,
            {rule: one for rule, one in self.settings.items() if one != Setting()},
            tuple(map(_word, lines)),
        )


def of_draft(draft: RulePackDraft) -> Form:
    """This will show a draft."""
    read = pack.read(draft.content)
    lines = tuple(Line(one.phrase, one.list, one.rule, one.severity, one.reason) for one in read.words)
    return Form(
        draft.revision, read.settings, (*lines, *(Line() for _row in range(_EMPTY))), _typed(draft.valid_from),
        _typed(draft.valid_until), draft.basis, draft.note,
    )  # fmt: skip


def of_request(request: HttpRequest) -> Form:
    """This will read what was sent."""
    sent = request.POST
    count = sent.get("count", "")
    rows = min(int(count), MOST_WORDS + _MORE) if count.isdigit() else 0
    lines = tuple(
        Line(
            *(sent.get(f"word-{at}-{name}", "") for name in ("phrase", "list", "rule", "severity", "reason"))
        )
        for at in range(rows)
    )
    revision = sent.get("revision", "")
    return Form(
        int(revision) if revision.isdigit() else -1, {one.id: _setting(request, one) for one in checks.all_checks()},
        lines, sent.get("valid_from", ""), sent.get("valid_until", ""), sent.get("basis", "").strip()[:300],
        sent.get("note", "").strip()[:300],
    )  # fmt: skip


def _setting(request: HttpRequest, check: Check) -> Setting:
    """A rule as it was ticked; what is as shipped is kept as such, so that a later version of the rule counts."""
    sent, name = request.POST, f"rule-{check.id}"
    if check.id == OWN_WORDS or not check.overridable or f"{name}-shown" not in sent:
        return Setting()
    by = tuple(sorted(sent.getlist(f"{name}-by")))
    severity = sent.get(f"{name}-severity", "")
    if severity not in ("", "blocks", "warns", "informs"):
        raise Refusal(_("Pilihan itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), name)
    return Setting(
        f"{name}-on" in sent,
        severity,
        () if set(by) == check.by else by,
        sent.get(f"{name}-reason", "").strip()[:300],
    )


def _word(line: Line) -> Word:
    try:
        phrase = pack.checked(line.phrase)
    except ValueError as wrong:
        raise Refusal(
            _("“%(phrase)s” bukan kata atau frasa biasa: 3 sampai 80 huruf dan angka; * hanya di akhir.")
            % {"phrase": line.phrase[:80]},
            "words",
        ) from wrong
    if line.list not in (pack.BLOCK, pack.PASS) or line.severity not in ("blocks", "warns", "informs"):
        raise Refusal(_("Pilihan itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), "words")
    return Word(phrase, line.list, line.rule, line.reason.strip()[:300], line.severity)


def _typed(day: date | None) -> str:
    return day.isoformat() if day else ""
