"""The government publishes: much at the same minute, the stop switch in the midst of it, and a campaign in bad weather.

Everything is written, handed in, agreed on by somebody else and given its minute as officers do it. In the campaign
workers are killed, answers never come after the platform accepted, platforms ask for pauses and one token is revoked:
the history checker says whether every post stands exactly once, or is shown as needing a person.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from bench import harness
from bench.harness import Report

PLATFORMS = ("bluesky", "facebook", "telegram", "threads", "x")
DUE = ("bluesky", "facebook", "x")
"""Threads lets 250 posts a day through and Telegram 20 a minute to one chat: those are the campaign's."""
REVOKED = "threads"
_LATENCY = 0.3
_RATES = {"post": [100_000, 900]}
"""What these accounts are told as their own shares: the queue's speed is measured, not the platforms' patience."""
_LOST, _REFUSED = 0.05, 0.1
_REFUSALS_ON_MASTODON = 20
_OPEN = ("waiting", "sending", "held")
_AWAY, _QUIET_SECONDS = timedelta(hours=1), 900.0


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state how late posts of one minute are out, what stood twice, and how soon the stop switch holds."""
    os.environ.setdefault("TANGGAP_URL", "https://tanggap.example")  # platforms deliver to https only
    with harness.database(options.data) as data:
        from bench.parts import networks, server, staff, town

        owner = staff.government()
        with (
            server.web(data) as port,
            town.standing(port, list(PLATFORMS), latency=_LATENCY) as people,
            networks.mastodon(data) as mastodon,
        ):
            desk = _Desk(owner, people, mastodon)
            used = harness.Processor()
            with town.Workers(data, 0):
                _due(report, desk, options.posts)
                _stop(report, desk, options.stop_posts)
            report.busy(used, "_due")
            with town.Workers(data, options.kill_every) as workers:
                campaign = _campaign(desk, options.campaign, mastodon, workers)
            report.figure("workers_killed", workers.killed)
            _state(report, desk, campaign, mastodon)


class _Desk:
    """Who writes and who agrees, and the channels that they publish on."""

    def __init__(self, owner: Any, people: Any, mastodon: Any) -> None:
        from bench.networks import _connected
        from bench.parts import staff, town
        from tanggap.agencies.models import Role
        from tanggap.channels.models import Channel

        self.owner, self.people, self.numbers = owner, people, 0
        self.channels = town.connected(owner, people)
        for platform in DUE:
            channel = self.channels[platform]
            Channel._base_manager.filter(pk=channel.pk).update(settings={**channel.settings, "rates": _RATES})
        self.channels["mastodon"] = _connected(owner, mastodon)
        coordinator, self.writer, *_others = staff.officers(owner)
        assert coordinator.role == Role.COORDINATOR
        self.decides = coordinator

    def publish(self, many: int, platforms: tuple[str, ...]) -> list[Any]:
        """This will have so many publications written, checked and agreed on, for a minute far away."""
        from django.utils import timezone

        from tanggap.core import scope
        from tanggap.publishing import writing
        from tanggap.publishing.approval import approving
        from tanggap.simulator.history import mark

        made, away = [], timezone.now() + _AWAY
        with scope.government(self.owner.pk):
            channels = [self.channels[one] for one in platforms]
            for _ in range(many):
                self.numbers += 1
                text = f"Mobil pelayanan keliling singgah di balai kelurahan pekan ini. {mark(self.numbers)}"
                one = writing.begin(self.writer, channels=channels, text=text, due_at=away)
                one = approving.hand_in(one, self.writer)
                made.append(approving.decide(one, self.decides, hash_=one.hash, approve=True))
        return made

    def give(self, publications: list[Any], due: datetime) -> None:
        """This will give publications their minute."""
        from tanggap.core import scope
        from tanggap.publishing import releasing

        with scope.government(self.owner.pk):
            for one in publications:
                releasing.move(one, self.writer, due)


def _due(report: Report, desk: _Desk, posts: int) -> None:
    """All of them at one minute; a post's time counts from it to the platform's answer."""
    from django.utils import timezone

    publications = desk.publish(-(-posts // len(DUE)), DUE)
    due = timezone.now() + timedelta(seconds=10 + 0.02 * len(publications))
    desk.give(publications, due)
    rows = _deliveries(publications)
    _wait(lambda: not rows.filter(state__in=[*_OPEN, "unknown"]).exists(), 600)
    seconds = [(at - due).total_seconds() for at in rows.values_list("sent_at", flat=True) if at]
    states = Counter(rows.values_list("state", flat=True))
    report.figure("due_posts", dict(states))
    if seconds:
        report.figure("due_out_s", harness.spread(seconds))
        harness.table(
            "due at one minute",
            ("posts", "out", "p99, s"),
            [(sum(states.values()), states["sent"], harness.percentile(seconds, 0.99))],
        )
    whole = states["sent"] == len(publications) * len(DUE)
    report.goal(
        "due_out_s_p99",
        harness.percentile(seconds, 0.99) if whole else None,
        "" if whole else f"of {sum(states.values())} posts {states['sent']} were out",
    )


def _stop(report: Report, desk: _Desk, posts: int) -> None:
    """The switch is turned while they leave; what the platforms saw last counts."""
    from django.utils import timezone

    from tanggap.core import scope
    from tanggap.publishing import stopping

    publications = desk.publish(-(-posts // len(DUE)), DUE)
    desk.give(publications, timezone.now())
    rows = _deliveries(publications)
    _wait(lambda: rows.filter(state="sent").count() >= min(posts // 10, 40), 120)
    with scope.government(desk.owner.pk):
        stop = stopping.stop(desk.decides, "Tolok ukur")
    time.sleep(8)
    marks = {_mark(one.text) for one in publications}
    last = max(
        piece["at"]
        for platform in DUE
        for piece in desk.people.pieces(platform)
        if _mark(piece["text"]) in marks
    )
    left, held = rows.filter(state="sent").count(), rows.filter(state="waiting").count()
    report.figure("stop", {"out_before": left, "held": held})
    seconds = max(0.0, last - stop.since.timestamp())
    report.goal("stop_s", seconds if held else None, "" if held else "everything had left before")
    harness.table("stopped", ("out before", "held", "last left after, s"), [(left, held, seconds)])
    with scope.government(desk.owner.pk):
        stopping.lift(desk.decides)
    _wait(lambda: not rows.filter(state__in=_OPEN).exists(), 300)


def _campaign(desk: _Desk, posts: int, mastodon: Any, workers: Any) -> list[Any]:
    from django.utils import timezone

    publications = desk.publish(posts, (*PLATFORMS, "mastodon"))
    for platform in PLATFORMS:
        desk.people.faults(platform, answers_lost=_LOST, refused=_REFUSED, retry_after="2")
    desk.give(publications, timezone.now())
    rows = _deliveries(publications)
    end = threading.Event()
    weather = threading.Thread(target=_refuse_now_and_then, args=(mastodon, end), daemon=True)
    weather.start()
    _wait(lambda: rows.filter(state="sent", channel__platform=REVOKED).count() >= posts // 3, 300)
    desk.people.revoke(REVOKED)
    _wait(lambda: rows.filter(state="sent").count() > posts * 4, _QUIET_SECONDS)
    end.set()
    weather.join(10)
    print(
        f"bad weather: {rows.filter(state='sent').count()} of {rows.count()} out, {workers.killed} kills",
        flush=True,
    )
    workers.calm()
    _wait(lambda: not _moving(rows).exists(), _QUIET_SECONDS)
    return publications


def _refuse_now_and_then(mastodon: Any, end: threading.Event) -> None:
    """The Mastodon server asks for a pause as often as the simulated platforms do."""
    import httpx

    rule = {
        "match": {"path": "/api/v1/statuses", "methods": ["POST"]}, "count": 1,
        "effect": {"type": "ratelimit", "headers": {"Retry-After": "2"}},
    }  # fmt: skip
    for _ in range(_REFUSALS_ON_MASTODON):
        httpx.post(f"{mastodon.api_base}/api/v1/_mock/faults", json=rule)
        if end.wait(3):
            return


def _moving(rows: Any) -> Any:
    """What still happens by itself: a person is asked about everything else that is not out."""
    from django.db.models import Q
    from django.utils import timezone

    soon = timezone.now() + timedelta(days=1)
    stuck = Q(channel__health="needs_login")
    return rows.filter(
        Q(state__in=["waiting", "sending"]) & ~stuck | Q(state="unknown", due_at__lt=soon) & ~stuck
    )


def _state(report: Report, desk: _Desk, publications: list[Any], mastodon: Any) -> None:
    from tanggap.publishing.models import Delivery
    from tanggap.simulator.history import Send, judge

    everything = Delivery._base_manager.filter(variant__isnull=False).select_related("channel")
    pieces = {platform: desk.people.pieces(platform) for platform in PLATFORMS}
    pieces["mastodon"] = mastodon.pieces()
    sends = [Send(one.channel.platform, one.text, one.state) for one in everything]
    none = dict.fromkeys(pieces, False)
    verdict = judge(pieces, [], sends, edits=none, deletes=none)
    rows = _deliveries(publications)
    states: dict[str, Counter[str]] = {}
    for platform, state in rows.values_list("channel__platform", "state"):
        states.setdefault(platform, Counter())[state] += 1
    names = ("sent", "waiting", "unknown", "failed", "held", "sending")
    harness.table(
        "the campaign, by platform", ("platform", *names, "standing"),
        [
            (one, *(found[name] for name in names), verdict.by_platform[one]["answers"])
            for one, found in sorted(states.items())
        ],
    )  # fmt: skip
    out, moving = rows.filter(state="sent").count(), _moving(rows).count()
    report.figure("campaign_posts", rows.count())
    report.figure("campaign_out", out)
    report.figure("campaign_for_a_person", rows.count() - out - moving)
    report.figure("campaign_neither_out_nor_shown", moving)
    for name in ("sent_twice", "never_arrived", "unclaimed", "open_unknown"):
        found = getattr(verdict, name)
        report.figure(name, {"n": len(found), "first": found[:10]})
    report.goal(
        "doubled", len(verdict.sent_twice) + len(verdict.never_arrived) + len(verdict.unclaimed) + moving
    )


def _deliveries(publications: list[Any]) -> Any:
    from tanggap.publishing.models import Delivery

    return Delivery._base_manager.filter(variant__publication__in=[one.pk for one in publications])


def _mark(text: str) -> str:
    from tanggap.simulator.history import mark_of

    return mark_of(text)


def _wait(there: Any, seconds: float) -> None:
    """Goes on after `seconds` all the same: the figures say what was missing."""
    until = time.monotonic() + seconds
    while not there() and time.monotonic() < until:
        time.sleep(0.5)


if __name__ == "__main__":
    harness.run("publish", measure, {"posts": 1000, "stop_posts": 300, "campaign": 200, "kill_every": 5.0})
