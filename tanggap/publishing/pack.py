"""A government's own setting of the checks, as plain values: rules on or off, how grave, who answers, own words.

Own words are plain words, never patterns, and are matched by the same automaton as the tables
(understanding/phrases.py): an office can make no rule that runs long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from tanggap.publishing.check import Check, Finding, Severity
from tanggap.understanding.phrases import Hit, Phrases

OWN_WORDS = "own_words"
BLOCK, PASS = "block", "pass"
MOST_WORDS, LONGEST = 500, 80
_WORDY = re.compile(r"[^\W_]+(?:[ ’'.&/-]{1,2}[^\W_]+){0,11}\*?")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a rule stands: `severity` "" and `by` () leave what the rule itself says; `reason` why it was changed."""

    on: bool = True
    severity: str = ""
    by: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase of the house: stopped (`block`, as of the class `rule`) or let pass by that rule (`pass`)."""

    phrase: str
    list: str
    rule: str
    reason: str
    severity: str = "blocks"
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that a government changed; number 0 is what is shipped."""

    number: int = 0
    settings: Mapping[str, Setting] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    def setting(self, rule: str) -> Setting:
        """This will return how a rule stands."""
        return self.settings.get(rule, _AS_SHIPPED)

    def judged(self, check: Check, text: str, findings: Iterable[Finding]) -> list[Finding]:
        """This will return what is left of a rule's findings in a text, as this pack has them told."""
        setting = self.setting(check.id)
        if not check.overridable:
            return list(findings)
        if not setting.on:
            return []
        passing = [(one.start, one.end) for one in self.found(PASS, text) if one.group == check.id]
        return [
            _told(one, check, setting)
            for one in findings
            if one.start == one.end
            or not any(start <= one.start and one.end <= end for start, end in passing)
        ]

    def found(self, list_: str, text: str) -> list[Hit]:
        """This will find own words in a text; the group of a find is the rule of a passing word, and the index of a
        stopped one."""
        words = tuple(one for one in self.words if one.list == list_)
        return _table(words).find(text) if words else []

    def own(self, text: str) -> list[Finding]:
        """This will find the stopped words of the house, each as gravely as the list says."""
        words = [one for one in self.words if one.list == BLOCK]
        return [
            Finding(
                OWN_WORDS, Severity(words[int(hit.group)].severity or Severity.BLOCKS), hit.start, hit.end,
                text[hit.start : hit.end],
                _("Ada dalam daftar kata pemerintah daerah Anda: %(reason)s")
                % {"reason": words[int(hit.group)].reason},
                mend=_("Ganti dengan kata lain."), by=words[int(hit.group)].by,
            )
            for hit in self.found(BLOCK, text)
        ]  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """This will write the pack down as it is kept."""
        return {
            "rules": {
                rule: {"on": one.on, "severity": one.severity, "by": list(one.by), "reason": one.reason}
                for rule, one in sorted(self.settings.items()) if one != _AS_SHIPPED
            },
            "words": [
                {"phrase": one.phrase, "list": one.list, "rule": one.rule, "reason": one.reason,
                 "severity": one.severity, "by": list(one.by)}
                for one in self.words
            ],
        }  # fmt: skip


_AS_SHIPPED = Setting()


def read(content: Mapping[str, Any], number: int = 0) -> Pack:
    """This will read a pack as it is kept; ValueError for one that cannot be understood whole."""
    try:
        settings = {
            rule: Setting(
                _flag(one["on"]), _grave(one["severity"]), tuple(map(str, one["by"])), str(one["reason"])
            )
            for rule, one in content["rules"].items()
        }
        words = tuple(
            Word(checked(one["phrase"]), one["list"], str(one["rule"]), str(one["reason"]), _grave(one["severity"]),
                 tuple(map(str, one["by"])))
            for one in content["words"]
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"a rule pack lacks {wrong}") from wrong
    if len(words) > MOST_WORDS or any(one.list not in (BLOCK, PASS) for one in words):
        raise ValueError("a rule pack holds words of no list, or too many")
    return Pack(number, settings, words)


def checked(phrase: Any) -> str:
    """This will return a phrase as it is matched; ValueError for one that is no plain words or would match too much."""
    plain = " ".join(str(phrase).split())
    if not _WORDY.fullmatch(plain) or not 3 <= len(plain) <= LONGEST:
        raise ValueError(plain)
    return plain


def touched(before: Pack, after: Pack) -> set[str]:
    """This will return the rules that may judge a text otherwise once `after` stands in place of `before`."""
    rules = {
        rule for rule in {*before.settings, *after.settings} if before.setting(rule) != after.setting(rule)
    }
    changed = set(before.words) ^ set(after.words)
    return rules | {OWN_WORDS if one.list == BLOCK else one.rule for one in changed}


def _told(finding: Finding, check: Check, setting: Setting) -> Finding:
    by = setting.by or finding.by
    if not setting.severity:
        return replace(finding, by=by)
    # what a rule that only warns blocks all the same (a link that runs a script) is not made lighter with the rest
    lighter = Severity.BLOCKS not in (setting.severity, check.gives)
    kept = finding.severity == Severity.BLOCKS and lighter
    return replace(finding, by=by, severity=finding.severity if kept else Severity(setting.severity))


@lru_cache(maxsize=32)
def _table(words: Sequence[Word]) -> Phrases:
    return Phrases(f"{one.rule if one.list == PASS else at}\t{one.phrase}" for at, one in enumerate(words))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("on")
    return value


def _grave(value: Any) -> str:
    if value not in ("", *map(str, Severity)):
        raise ValueError(f"{value} is no severity")
    return str(value)
