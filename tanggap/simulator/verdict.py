"""Compares a truth file with what the Mastodon server holds: what was said, answered, and answered twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from tanggap.simulator.mastodon import Status

MESSAGES: Final = ("post", "reply", "answer", "thanks")


@dataclass
class Verdict:
    """Counts of one run.

    `expected` is how many different items the product must hold, by platform: every (platform, external_id) that a
    platform took, deleted ones included. `answered` counts citizens' statuses with at least one official reply,
    `answered_twice` those where the same text stands more than once, `several` those with different replies.
    `stray` are official replies to statuses that this run did not make.
    """

    sent: int = 0
    expected: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    deleted: int = 0
    answerable: int = 0
    answered: int = 0
    answered_twice: int = 0
    several: int = 0
    answers: int = 0
    stray: int = 0
    doubled: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def judge(truth: Iterable[dict[str, Any]], answers: Iterable[Status]) -> Verdict:
    """Counts what a run said and how often the government answered. `answers` may hold other runs' too."""
    verdict = Verdict()
    kinds: Counter[str] = Counter()
    items: dict[str, set[str]] = defaultdict(set)
    own: dict[str, str] = {}
    for line in truth:
        if not line["delivered"]:
            verdict.failed += 1
            continue
        kinds[line["what"]] += 1
        if line["what"] in (*MESSAGES, "duplicate"):
            items[line["platform"]].add(line["external_id"])
            if "status" in line:
                own[line["status"]] = line["external_id"]
    _count_answers(verdict, own, answers)
    verdict.sent = sum(kinds[kind] for kind in MESSAGES)
    verdict.expected = {platform: len(ids) for platform, ids in sorted(items.items())}
    verdict.by_kind = dict(sorted(kinds.items()))
    verdict.deleted = kinds["delete"]
    verdict.answerable = len(own)
    return verdict


def _count_answers(verdict: Verdict, own: dict[str, str], answers: Iterable[Status]) -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    for answer in answers:
        if answer.in_reply_to in own:
            texts[answer.in_reply_to or ""].append(answer.text.strip())
        else:
            verdict.stray += 1
    verdict.answered = len(texts)
    verdict.answers = sum(len(found) for found in texts.values())
    twice = [status for status, found in texts.items() if len(set(found)) < len(found)]
    verdict.answered_twice = len(twice)
    verdict.several = sum(1 for found in texts.values() if len(set(found)) > 1)
    verdict.doubled = [own[status] for status in twice][:20]
