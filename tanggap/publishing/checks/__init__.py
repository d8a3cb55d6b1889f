"""What is looked at before anything leaves. One file per rule; a new check is one new file.

Publishing fails closed: a rule that breaks blocks, and says so. Drafting stays open.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext as _

from tanggap.publishing.check import COORDINATORS, WRITERS, Check, Context, Finding, Severity

__all__ = [
    "COORDINATORS", "PACK", "WRITERS", "Check", "Context", "Finding", "Severity", "all_checks", "answers", "blocking",
    "check_of", "may_answer", "run", "who_answers",
]  # fmt: skip

log = logging.getLogger(__name__)
PACK = "rule_pack"
"""The rule of the finding that keeps everything in while a government's rule pack cannot be read."""


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """This will import every file of this folder and return the rules; a broken file raises at once."""
    found: list[Check] = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [
            one()
            for one in vars(loaded).values()
            if isinstance(one, type) and issubclass(one, Check) and one.__module__ == loaded.__name__
        ]
    return tuple(found)


def run(text: str, context: Context) -> list[Finding]:
    """This will run every rule over a text, in the order of the text; a rule that breaks blocks."""
    findings: list[Finding] = []
    if context.pack_broken:
        findings.append(_unread())
    for check in all_checks():
        try:
            found = list(check.find(text, context))
            findings += context.pack.judged(check, text, found) if context.pack else found
        except Exception:
            log.exception("check %s broke", check.id)
            findings.append(
                Finding(
                    check.id, Severity.BLOCKS, 0, 0, "",
                    _("Pemeriksaan “%(name)s” sedang tidak berjalan, jadi teks belum boleh keluar. Draf tersimpan.")
                    % {"name": check.name},
                )
            )  # fmt: skip
    return sorted(findings, key=lambda one: (one.start, one.rule))


def blocking(
    findings: Iterable[Finding], overridden: Iterable[str], role: str | None = None
) -> list[Finding]:
    """This will return the findings that still keep a text in, given the rules that its author answered for.

    `role` is the author's: an answer for a rule that asks for another role counts for nothing. Without a role every
    answer counts.
    """
    given = set(overridden)
    return [
        one
        for one in findings
        if one.severity == Severity.BLOCKS and not (one.rule in given and answers(one, role))
    ]


def answers(finding: Finding, role: str | None) -> bool:
    """This will say whether a role may let a finding pass: as the government's pack says, else as its rule."""
    check = check_of(finding.rule)
    return check is not None and check.overridable and (role is None or role in (finding.by or check.by))


def who_answers(finding: Finding, role: str) -> str:
    """This will say who may let a finding pass: "self", another ("coordinator"), or nobody ("")."""
    check = check_of(finding.rule)
    if check is None or not check.overridable:
        return ""
    return "self" if answers(finding, role) else "coordinator"


def may_answer(check: Check, role: str | None) -> bool:
    """This will say whether a role may let the findings of a rule pass, as it is shipped."""
    return check.overridable and (role is None or role in check.by)


def _unread() -> Finding:
    return Finding(
        PACK, Severity.BLOCKS, 0, 0, "",
        _("Aturan pemerintah daerah Anda tidak dapat dibaca, jadi teks belum boleh keluar. Draf tersimpan."),
    )  # fmt: skip


def check_of(rule: str) -> Check | None:
    """This will return the rule of an id."""
    return next((check for check in all_checks() if check.id == rule), None)
