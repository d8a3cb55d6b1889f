"""All simulated platforms at once: lost and doubled hooks, answers that never come, workers killed every few seconds.

Nothing may be lost, nothing stand twice, nothing be answered twice: the history checker compares what was said and
answered on the platforms with what the product holds. Then hooks while one platform is dead and one asks for pauses.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bench import harness
from bench.harness import Report

PLATFORMS = (
    "bluesky", "facebook", "instagram", "messenger", "telegram", "threads", "tiktok", "whatsapp", "x", "youtube",
)  # fmt: skip
_EDITED, _DELETED, _ANSWERED = 0.04, 0.02, 0.05
_MOST_ANSWERS = {"x": 90, "youtube": 60}
"""YouTube grants 10,000 units a day and an answer costs 50; X takes 100 answers in 15 minutes."""
_START_SECONDS, _QUIET_SECONDS, _SETTLE_SECONDS = 300.0, 1200.0, 90.0
_SPEAKS = ("send", "send_again", "settle", "fetch", "fetch_again")


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state what was lost, doubled and left open, and how fast hooks are answered meanwhile."""
    os.environ.setdefault("TANGGAP_URL", "https://tanggap.example")  # platforms deliver to https only
    with harness.database(options.data) as data:
        from bench.parts import server, staff, town

        owner = staff.government()
        staff.hook(owner)
        with server.web(data) as port, town.standing(port, list(PLATFORMS)) as people:
            channels = town.connected(owner, people)
            with town.Workers(data, options.kill_every) as workers:
                run = _Run(people, channels, options.items)
                run.wait_until_listening()
                run.let_it_go_wrong()
                run.talk(options.rate)
                workers.calm()
                run.settle_down()
                report.figure("workers_killed", workers.killed)
            verdict = run.verdict(owner)
            _state(report, run, verdict)
            _parsing(report)
            _hooks(report, port, data, run, options)


class _Run:
    """What citizens do and the government answers, by platform."""

    def __init__(self, people: Any, channels: dict[str, Any], items: int) -> None:
        self.people, self.channels, self.items = people, channels, items
        self.said: dict[str, list[dict[str, Any]]] = {platform: [] for platform in channels}
        self.answers: Counter[str] = Counter()
        self.seconds, self.sweeps, self.late = 0.0, 0, list[str]()
        self._random = random.Random(7)
        self._answered: set[str] = set()

    def wait_until_listening(self) -> None:
        """This will wait for the first fetch of each channel: what was said before it is history, not news."""
        from tanggap.channels.models import Channel

        silent = Channel._base_manager.filter(fetch_due_at__isnull=False, last_sync_at=None)
        until = time.monotonic() + _START_SECONDS
        while silent.exists():
            if time.monotonic() > until:
                raise SystemExit(f"Not fetched at all: {sorted(silent.values_list('platform', flat=True))}")
            time.sleep(0.5)

    def let_it_go_wrong(self) -> None:
        from tanggap.channels.connector import Ability, connector

        for platform in self.channels:
            declared = connector(platform)
            # Where the platform keeps no history a lost delivery is gone for everybody: it tries again instead.
            swept = Ability.FETCH in declared.abilities and not self._by_hook_only(platform)
            self.people.faults(
                platform,
                hooks_lost=0.05 if swept else 0.0,
                hooks_doubled=0.05,
                hooks_delayed=0.02,
                answers_lost=0.02,
            )

    def _by_hook_only(self, platform: str) -> bool:
        return bool(self.channels[platform].settings.get("mode") == "webhook")

    def talk(self, rate: float) -> None:
        """This will let citizens speak at a rate, now and then edit or delete, and officers answer meanwhile."""
        from tanggap.channels.connector import Ability, connector
        from tanggap.simulator.history import mark

        began = time.monotonic()
        for number, platform in zip(range(self.items), itertools.cycle(self.channels)):
            behind = began + number / rate - time.monotonic()
            if behind > 0:
                time.sleep(behind)
            text = f"Jalan di depan rumah saya rusak sejak bulan lalu {mark(number)}"
            piece = self.people.say(platform, text, author=f"warga{number % 997}")
            self.said[platform].append({**piece, "number": number})
            can, dice = connector(platform).abilities, self._random.random()
            earlier = self._random.choice(self.said[platform][-50:])
            if dice < _EDITED and Ability.EDITS in can:
                self.people.edit(
                    platform, earlier["id"], f"Diperbarui: masih rusak {mark(earlier['number'])}"
                )
            elif dice < _EDITED + _DELETED and Ability.DELETES in can:
                self.people.delete(platform, earlier["id"])
            if number % 200 == 199:
                self._answer()
        self.seconds = time.monotonic() - began

    def _answer(self) -> None:
        """Officers answer some of what came in lately; each answer carries a mark of its own."""
        from django.db import transaction
        from django.utils import timezone

        from tanggap.core import audit, scope
        from tanggap.posts.models import Post
        from tanggap.publishing import queue
        from tanggap.simulator.history import mark_of

        owner = next(iter(self.channels.values())).government_id
        with scope.government(owner), transaction.atomic():
            newest = Post.objects.filter(ours=False, deleted_at=None).order_by("-id")[:400]
            wanted = [post for post in newest if self._random.random() < _ANSWERED * 2]
            for post in wanted:
                mark = mark_of(post.text)
                key = f"{post.platform}:{mark}"
                if (
                    not mark
                    or key in self._answered
                    or self.answers[post.platform] >= _MOST_ANSWERS.get(post.platform, 10**6)
                ):
                    continue
                self._answered.add(key)
                self.answers[post.platform] += 1
                queue.enqueue(
                    self.channels[post.platform], "reply", f"Terima kasih, kami teruskan. {mark}j",
                    audit.System("bench"), timezone.now(), target=post.external_id, thread=post.thread,
                )  # fmt: skip

    def settle_down(self) -> None:
        """This will heal the platforms and wait until nothing moves any more, with sweeps in between.

        At least so many that each channel was fetched twice and every post was looked at again.
        """
        from tanggap.posts.sweeping import IN_TURN

        for platform in self.channels:
            self.people.faults(
                platform, hooks_lost=0.0, hooks_doubled=0.0, hooks_delayed=0.0, answers_lost=0.0
            )
        most = max(len(said) for said in self.said.values())
        until, before = time.monotonic() + _QUIET_SECONDS, None
        for number in itertools.count(1):
            swept = self._sweep(until)
            now = self._moving()
            quiet = now == before and not now[0] and not now[1]
            if not swept or (quiet and number >= 2 + -(-most // IN_TURN)):
                break
            before = now
        self.sweeps = number
        self._wait_for_unknown()

    def _sweep(self, until: float) -> bool:
        """Has every channel fetched once, as though its time had come; one that a killed worker held takes as long as
        its lease. False where that did not come about in time."""
        from django.utils import timezone

        from tanggap.channels.models import Channel
        from tanggap.core import live

        began = timezone.now()
        fetched = Channel._base_manager.filter(fetch_due_at__isnull=False, closed_at=None)
        fetched.update(fetch_due_at=began)
        while late := [one for one in fetched.all() if not _was_fetched(one, began)]:
            if time.monotonic() > until:
                self.late = sorted(one.platform for one in late)
                return False
            for one in late:
                _let_time_pass(one, began)
            live.wake("fetch")
            time.sleep(1)
        return True

    def _moving(self) -> tuple[int, int, int]:
        """What waits at the platforms, what waits here, and what is stored."""
        from tanggap.posts.models import Post, RawItem
        from tanggap.publishing.models import Delivery

        hooks = sum(self.people.waiting(platform)["hooks"] for platform in self.channels)
        here = RawItem.objects.filter(state="received").count()
        here += Delivery._base_manager.filter(state__in=["waiting", "sending"]).count()
        return hooks, here, Post._base_manager.count()

    @staticmethod
    def _wait_for_unknown() -> None:
        from tanggap.publishing.models import Delivery

        until = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < until and Delivery._base_manager.filter(state="unknown").exists():
            time.sleep(2)

    def verdict(self, owner: Any) -> Any:
        """This will compare both sides."""
        from tanggap.channels.connector import Ability, connector
        from tanggap.posts.models import Post
        from tanggap.publishing.models import Delivery
        from tanggap.simulator.history import Kept, Send, judge

        pieces = {platform: self.people.pieces(platform) for platform in self.channels}
        posts = Post._base_manager.filter(government=owner, ours=False).iterator(5000)
        kept: Iterator[Kept] = (Kept(one.platform, one.text, one.deleted_at is not None) for one in posts)
        sends = [
            Send(one.channel.platform, one.text, one.state)
            for one in Delivery._base_manager.filter(kind="reply").select_related("channel")
        ]
        abilities = {platform: connector(platform).abilities for platform in pieces}
        return judge(
            pieces, kept, sends,
            edits={platform: Ability.EDITS in can for platform, can in abilities.items()},
            deletes={platform: Ability.DELETES in can for platform, can in abilities.items()},
        )  # fmt: skip


def _was_fetched(channel: Any, since: datetime) -> bool:
    """Whether a channel was fetched whole since then, and its posts looked at again where that can be."""
    from tanggap.channels.connector import Ability, connector
    from tanggap.posts.sweeping import LOOKED

    waits = channel.fetch_due_at <= since or channel.fetch_lease_until is not None
    if waits or Ability.RECHECK not in connector(channel.platform).abilities:
        return not waits
    return bool(channel.cursor.get(LOOKED, {}).get("at", 0) >= int(since.timestamp()))


def _let_time_pass(channel: Any, since: datetime) -> None:
    """Makes a look at known posts due, unless a worker has the channel just now."""
    from tanggap.channels.models import Channel
    from tanggap.posts.sweeping import LOOKED

    looked = {**channel.cursor.get(LOOKED, {}), "at": 0}
    free = Channel._base_manager.filter(pk=channel.pk, fetch_lease_until=None, cursor=channel.cursor)
    free.update(cursor={**channel.cursor, LOOKED: looked}, fetch_due_at=since)


def _state(report: Report, run: _Run, verdict: Any) -> None:
    from django.db.models import Sum
    from django.utils import timezone

    from tanggap.channels.models import Recovery
    from tanggap.publishing.models import Delivery

    recovered = Recovery._base_manager.aggregate(found=Sum("found"))["found"] or 0
    lost = Counter(one.partition(":")[0] for one in verdict.lost)
    rows = [
        (
            platform,
            counted["said"],
            counted["stored"],
            lost[platform],
            run.answers[platform],
            counted["answers"],
        )
        for platform, counted in sorted(verdict.by_platform.items())
    ]
    columns = ("platform", "said", "stored", "lost", "answers asked", "answers standing")
    harness.table("by platform", columns, rows)
    report.figure(
        "missed", list(Recovery._base_manager.exclude(missed="").values_list("channel__platform", "missed"))
    )
    for name, found in verdict.as_dict().items():
        if name != "by_platform":
            report.figure(name, found)
    report.figure("recovered_by_sweeps", recovered)
    report.figure("sweeps_until_quiet", run.sweeps)
    report.figure("not_fetched_in_time", run.late)
    report.figure("said_per_s", run.items / run.seconds)
    # One that its platform could not tell about waits for a person and is asked no more (publishing/sending.py).
    soon = timezone.now() + timedelta(days=1)
    tellable = Delivery._base_manager.filter(state="unknown", due_at__lt=soon).count()
    wrong = [*verdict.lost, *verdict.stale, *verdict.undeleted, *verdict.never_arrived]
    report.goal("lost", len(wrong))
    report.goal("doubled", len(verdict.doubled) + len(verdict.sent_twice) + len(verdict.unclaimed))
    report.goal("open_unknown", tellable)


def _parsing(report: Report) -> None:
    """How many deliveries a second each connector reads, on those that this run left."""
    from tanggap.channels.connector import connector
    from tanggap.posts.models import RawItem
    from tanggap.posts.origins import Origins

    rows = []
    for platform in PLATFORMS:
        kept = RawItem.objects.filter(headers__isnull=False).select_related(None)
        mine = list(kept.filter(channel__platform=platform)[:2000]) or list(
            kept.filter(app__key=f"sim-{platform}")[:2000]
        )
        if not mine:
            continue
        origins = Origins(mine)
        ready = [(connector(origins.platform(row)), origins.raw(row)) for row in mine]
        began, items = time.process_time(), 0
        for one, raw in ready:
            items += len(one.parse(raw))
        seconds = time.process_time() - began
        rows.append((platform, len(ready), items, items / seconds if seconds else 0.0))
    harness.table("reading deliveries, one core", ("platform", "deliveries", "items", "items/s"), rows)
    report.figure("parsed_per_s", {row[0]: harness.rounded(row[3]) for row in rows})


def _hooks(report: Report, port: int, data: Any, run: _Run, options: argparse.Namespace) -> None:
    """Hooks as in the benchmark of that name while workers speak with a dead platform and one that asks for pauses."""
    from bench.hooks import send
    from bench.parts import town

    dead, busy = "facebook", "threads"
    run.people.faults(dead, down=True)
    run.people.faults(busy, refuse=10**9, retry_after="3")
    run._answered.clear()
    run._answer()
    with town.Workers(data, 0, *_SPEAKS):
        send(port, 200, 3, seed=11)
        used = harness.Processor()
        result = send(port, options.hook_rate, options.hook_seconds, seed=12)
        report.busy(used, "_hooks")
    report.figure("hooks", {key: result[key] for key in ("offered", "answered", "refused", "ms")})
    whole = result["answered"] == result["offered"]
    report.goal(
        "hooks_p99_ms_one_platform_down",
        result["ms"]["p99"] if whole and result["ms"] else None,
        "" if whole else f"only {result['answered']} of {result['offered']} were taken",
    )


if __name__ == "__main__":
    asked = {"items": 20_000, "rate": 80.0, "kill_every": 5.0, "hook_rate": 1000, "hook_seconds": 60}
    harness.run("channels", measure, asked)
