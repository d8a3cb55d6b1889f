"""A Mastodon server, and with --pds a Bluesky one: a thousand mentions each while workers are killed every few seconds.

The history checker says whether everything came in once and every answer stands once; besides, how long a mention
takes until the inbox has it.
"""

from __future__ import annotations

import argparse
import random
import time
from contextlib import ExitStack
from typing import Any

from bench import harness
from bench.harness import Report


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state, by network, what was lost or doubled and how long mentions and answers took."""
    with harness.database(options.data) as data, ExitStack() as open_things:
        from bench.parts import networks, staff, town

        owner = staff.government()
        found: list[networks.Network] = [open_things.enter_context(networks.mastodon(data))]
        if options.pds:
            found.append(networks.OnBluesky(options.pds))
        channels = {one.platform: _connected(owner, one) for one in found}
        with town.Workers(data, options.kill_every) as workers:
            time.sleep(8)  # the first mention is not to wait for a worker's start
            _talk(found, channels, options)
            workers.calm()
            _settle_down(found, channels)
            report.figure("workers_killed", workers.killed)
        _state(report, owner, found)


def _connected(owner: Any, network: Any) -> Any:
    from bench.parts.town import administrator
    from tanggap.channels import connect
    from tanggap.channels.models import App
    from tanggap.core import scope

    with scope.government(owner.pk):
        App.objects.create(
            key=f"net-{network.platform}", platform=network.platform, name=network.platform,
            api_base=network.api_base, trusted_base=True,
        )  # fmt: skip
        return connect.connect(administrator(owner), platform=network.platform, values=network.values)


def _talk(found: list[Any], channels: dict[str, Any], options: argparse.Namespace) -> None:
    from tanggap.simulator.history import mark

    began, dice, answered = time.monotonic(), random.Random(3), set[int]()
    for number in range(options.items):
        behind = began + number / options.rate - time.monotonic()
        if behind > 0:
            time.sleep(behind)
        for network in found:
            network.say(number, f"Lampu jalan di gang kami mati {mark(number)}")
        if number % 50 == 49:
            _answer(channels, dice, answered)


def _answer(channels: dict[str, Any], dice: random.Random, answered: set[int]) -> None:
    """Officers answer a tenth of what came in."""
    from django.db import transaction
    from django.utils import timezone

    from tanggap.core import audit, scope
    from tanggap.posts.models import Post
    from tanggap.publishing import queue
    from tanggap.simulator.history import mark_of

    owner = next(iter(channels.values())).government_id
    with scope.government(owner), transaction.atomic():
        for post in Post.objects.filter(ours=False).order_by("-id")[:150]:
            if post.pk in answered or dice.random() > 0.1:
                answered.add(post.pk)
                continue
            answered.add(post.pk)
            text = f"Terima kasih, petugas kami ke sana. {mark_of(post.text)}j"
            queue.enqueue(
                channels[post.platform], "reply", text, audit.System("bench"), timezone.now(),
                target=post.external_id, thread=post.thread,
            )  # fmt: skip


def _settle_down(found: list[Any], channels: dict[str, Any], within: float = 420) -> None:
    """A killed worker's fetch is taken over after three minutes: until then nothing is called lost."""
    from tanggap.posts.models import Post, RawItem
    from tanggap.publishing.models import Delivery

    until = time.monotonic() + within
    wanted = {one.platform: sum(piece["author"] != "official" for piece in one.pieces()) for one in found}
    while time.monotonic() < until:
        open_ = Delivery._base_manager.filter(state__in=["waiting", "sending", "unknown"]).exists()
        here = {name: Post._base_manager.filter(platform=name, ours=False).count() for name in wanted}
        if not open_ and here == wanted and not RawItem.objects.filter(state="received").exists():
            return
        time.sleep(2)


def _state(report: Report, owner: Any, found: list[Any]) -> None:
    from tanggap.posts.models import Post
    from tanggap.publishing.models import Delivery
    from tanggap.simulator.history import Kept, Send, judge

    pieces = {one.platform: one.pieces() for one in found}
    posts = list(Post._base_manager.filter(government=owner, ours=False))
    kept = [Kept(one.platform, one.text, one.deleted_at is not None) for one in posts]
    sends = list(Delivery._base_manager.filter(kind="reply").select_related("channel"))
    verdict = judge(
        pieces, kept, [Send(one.channel.platform, one.text, one.state) for one in sends],
        edits={}, deletes={},
    )  # fmt: skip
    rows = []
    for platform, counted in verdict.by_platform.items():
        late = sorted(
            (one.received_at - one.created_at).total_seconds() for one in posts if one.platform == platform
        )
        sent = sorted(
            (one.sent_at - one.created_at).total_seconds()
            for one in sends
            if one.channel.platform == platform and one.sent_at
        )
        times = [
            harness.percentile(values, share) if values else 0.0
            for values in (late, sent)
            for share in (0.5, 0.95)
        ]
        rows.append((platform, *counted.values(), *times))
        report.figure(
            f"{platform}_s", dict(zip(("in_p50", "in_p95", "out_p50", "out_p95"), times, strict=True))
        )
    harness.table(
        "by network", ("network", "said", "stored", "answers", "in p50 s", "p95", "out p50 s", "p95"), rows
    )
    for name, value in verdict.as_dict().items():
        if name != "by_platform":
            report.figure(name, value)
    report.goal("lost", len(verdict.lost) + len(verdict.never_arrived))
    report.goal("doubled", len(verdict.doubled) + len(verdict.sent_twice) + len(verdict.unclaimed))
    print("verdict:", "whole" if verdict.whole and not verdict.open_unknown else "NOT WHOLE")


if __name__ == "__main__":
    harness.run("networks", measure, {"items": 1000, "rate": 5.0, "kill_every": 5.0, "pds": ""})
