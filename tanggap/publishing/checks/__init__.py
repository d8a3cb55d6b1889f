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
    "COORDINATORS", "WRITERS", "Check", "Context", "Finding", "Severity", "all_checks", "blocking", "check_of",
    "may_answer", "run",
]  # fmt: skip

log = logging.getLogger(__name__)


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
    for check in all_checks():
        try:
            findings += check.find(text, context)
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
    answered = {check.id for check in all_checks() if check.id in given and may_answer(check, role)}
    return [one for one in findings if one.severity == Severity.BLOCKS and one.rule not in answered]


def may_answer(check: Check, role: str | None) -> bool:
    """This will say whether a role may let the findings of a rule pass."""
    return check.overridable and (role is None or role in check.by)


def check_of(rule: str) -> Check | None:
    """This will return the rule of an id."""
    return next((check for check in all_checks() if check.id == rule), None)
