"""How the installation fares, as plain values: what `status`, `doctor` and the demo's check read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from tanggap import __version__
from tanggap.cases.models import Case, CaseState
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts.models import Post, RawItem, RawState
from tanggap.publishing.models import Delivery, DeliveryState


def collect(now: datetime) -> dict[str, Any]:
    """This will return counts by state, channels with their health, and what is due in every step.

    The keys are a contract with outside programs (README of the command line): add some, never take one away.
    """
    with scope.crossing("operations look at the whole installation"):
        return {
            "version": __version__,
            "at": now.isoformat(timespec="seconds"),
            "raw_items": _by_state(RawItem.objects.all(), "state", RawState.values),
            "posts": Post.objects.count(),
            "cases": _by_state(Case.objects.all(), "state", CaseState.values),
            "deliveries": _by_state(Delivery.objects.all(), "state", DeliveryState.values),
            "jobs": _by_state(work.Job.objects.all(), "state", work.JobState.values),
            "channels": _channels(),
            "steps": [_step(step, now) for step in sorted(work.STEPS.values(), key=lambda step: step.name)],
        }


def as_text(found: dict[str, Any]) -> str:
    """This will lay the same out for a person."""
    lines = [f"Tanggap {found['version']}, {found['at']}", "", f"{'posts':<12}{found['posts']:>10}"]
    for part in ("raw_items", "cases", "deliveries", "jobs"):
        counts = {state: n for state, n in found[part].items() if n}
        listed = ", ".join(f"{state} {n}" for state, n in counts.items())
        lines.append(f"{part:<12}{sum(counts.values()):>10}   {listed}")
    lines += ["", "channels" if found["channels"] else "no channel is connected yet"]
    for one in found["channels"]:
        named = f"  {one['government']} {one['key']:<24} {one['platform']:<10} {one['health']:<12}"
        lines.append(f"{named} {one['last_sync'] or 'never'}")
    waiting = [one for one in found["steps"] if one["due"]]
    lines += ["", "waiting" if waiting else "nothing waits"]
    lines += [
        f"  {one['name']:<24} {one['due']:>8}   oldest {one['oldest_seconds']:.0f} s" for one in waiting
    ]
    return "\n".join(lines)


def _by_state(rows: models.QuerySet[Any], field: str, states: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys((str(state) for state in states), 0)
    for state, number in rows.order_by().values_list(field).annotate(number=models.Count("pk")):
        counts[state] = number
    return counts


def _channels() -> list[dict[str, Any]]:
    rows = (
        Channel.objects.filter(closed_at__isnull=True)
        .select_related("government")
        .order_by("government", "key")
    )
    return [
        {
            "key": row.key,
            "government": row.government.code,
            "platform": row.platform,
            "health": row.health,
            "health_text": row.health_text,
            "last_sync": row.last_sync_at.isoformat(timespec="seconds") if row.last_sync_at else None,
        }
        for row in rows
    ]


def _step(step: work.Step, now: datetime) -> dict[str, Any]:
    due = step.due(now).order_by()
    found = due.aggregate(number=models.Count("pk"), since=models.Min(step.oldest))
    since = found["since"]
    return {
        "name": step.name,
        "due": found["number"],
        "oldest_seconds": max((now - since).total_seconds(), 0.0) if since else 0.0,
    }
