"""How well the checks find: precision and recall of a rule on texts that a person labelled."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tanggap.publishing import checks
from tanggap.publishing.checks import Check, Context, Severity
from tanggap.publishing.wording import Weighed

_MOMENT = datetime.fromisoformat("2026-11-22T09:00:00+07:00")
"""Sets of texts name their days as seen from here; a text may name another moment."""
_OF_REPLIES = frozenset({"promises", "tone"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and whether a rule must find something in it, with what the context says beside the usual."""

    id: str
    text: str
    found: bool
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule did on labelled texts; `missed` and `wrong` are ids of texts."""

    rule: str
    texts: int
    right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        said = self.right + len(self.wrong)
        return self.right / said if said else 1.0

    @property
    def recall(self) -> float:
        true = self.right + len(self.missed)
        return self.right / true if true else 1.0

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule, "texts": self.texts, "precision": round(self.precision, 4),
            "recall": round(self.recall, 4), "missed": list(self.missed), "wrong": list(self.wrong),
        }  # fmt: skip


def labelled(path: Path) -> list[Labelled]:
    """This will read labelled texts: a JSON object a line, {id, text, found, context?}; ValueError says which line."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            rows.append(Labelled(str(row["id"]), row["text"], row["found"] is True, row.get("context", {})))
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"{path.name}, line {number}: {wrong}") from wrong
    return rows


def figures(check: Check, rows: Iterable[Labelled], context: Context) -> Figures:
    """This will run one rule over labelled texts; a rule that can block is right only where it blocks."""
    least = {Severity.BLOCKS} if check.gives == Severity.BLOCKS else set(Severity)
    second = (
        str(check.judged.why) if isinstance(check, Weighed) else None
    )  # the second opinion alone only warns
    missed: list[str] = []
    wrong: list[str] = []
    right = count = 0
    for row in rows:
        count += 1
        found = check.find(row.text, _context(context, row.context))
        said = any(one.severity in least or one.why == second for one in found)
        if said and row.found:
            right += 1
        elif said != row.found:
            (missed if row.found else wrong).append(row.id)
    return Figures(check.id, count, right, tuple(missed), tuple(wrong))


def measured(path: Path) -> Figures:
    """This will measure the rule that a file is named for, as on 22 November 2026 within an election period."""
    check = rule_of(path)
    if check is None:
        raise ValueError(f"{path.name}: no rule of this name")
    usual = Context(kind="reply" if check.id in _OF_REPLIES else "post", now=_MOMENT, election=True)
    return figures(check, labelled(path), usual)


def rule_of(path: Path) -> Check | None:
    """This will return the rule that a file of texts is named for: "tone_held.jsonl" is for "tone"."""
    return checks.check_of(path.stem.removesuffix("_held"))


def _context(usual: Context, more: Mapping[str, Any]) -> Context:
    moments = {"now", "scheduled_at"}
    changes: dict[str, Any] = {
        key: datetime.fromisoformat(value) if key in moments else value for key, value in more.items()
    }
    return replace(usual, **changes)


def write_table(folder: Path) -> None:
    """This will measure every rule on the texts that it was not tuned on, and keep the figures beside the rules.

    Texts written after the rules (later/) come before those held apart.
    """
    table = {}
    for check in checks.all_checks():
        later, held = folder / "later" / f"{check.id}.jsonl", folder / f"{check.id}_held.jsonl"
        path = later if later.exists() else held
        if not path.exists():
            continue
        found = measured(path)
        table[check.id] = {
            "texts": found.texts, "right": found.right, "wrong": len(found.wrong), "missed": len(found.missed),
            "unseen": path == later,
        }  # fmt: skip
    whole = json.dumps(dict(sorted(table.items())), indent=1)
    (Path(__file__).parent / "data" / "rule_figures.json").write_text(f"{whole}\n", "utf-8")


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_I18N=False)
    write_table(Path(sys.argv[1]))
