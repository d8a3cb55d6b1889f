"""A simulated day through the whole path without a browser, judged: came in, read, cases, answered, late, lost, twice.

Citizens write on the Mastodon server and the simulated platforms; the installation's own workers do the rest; an
officer, a coordinator and the offices' liaisons act through the same deeds as the screens. The simulator's truth file
says what was really said, and the platforms what really stands there.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.db.models import F
from django.utils import timezone

from tanggap.agencies.models import Member
from tanggap.cases import deeds, making, replies
from tanggap.cases.models import OPEN_STATES, Assignment, AssignmentState, Case, CaseState, Reply
from tanggap.channels import connect
from tanggap.channels.connector import Ability, all_connectors, connector
from tanggap.channels.models import Channel
from tanggap.config import demo_content, standing
from tanggap.config.demo import Demo
from tanggap.config.supervisor import Child, Supervisor
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.posts import desk
from tanggap.posts.models import Post
from tanggap.publishing.models import Delivery, DeliveryState, Publication

_RATE = 200.0
"""Posts a minute: a day of 200 goes by in a minute."""
_ANSWERS = 40
_ROUND, _EACH = 6, 4
"""Answers in one turn, and on one platform: those that are asked every few minutes only come late."""
_ROOM = 30
"""Characters that an answer leaves free, for names that a platform puts before it."""
_QUIET_SECONDS = 180.0
_TURN = 1.0
_FETCH_TURNS = 15
_TEXT = (
    "Terima kasih atas laporannya. {office} sudah menerima dan menindaklanjuti. Nomor kasus {number}; "
    "kabar berikutnya kami sampaikan di sini."
)
_SHORT = "Terima kasih, sudah diterima {office} dan ditindaklanjuti. Nomor kasus {number}."
_SHORTEST = "Terima kasih, laporan Anda kami tindak lanjuti. Nomor kasus {number}."


@dataclass
class Table:
    """What the check found; `wrong` lists, in words, everything that is off."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    platforms: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.wrong

    def row(self, name: str, number: int | str) -> None:
        self.rows.append((name, str(number)))

    def must(self, name: str, number: int, wanted: int, why: str) -> None:
        """This will add a row and hold against the installation every number but the wanted one."""
        self.row(name, number)
        if number != wanted:
            self.wrong.append(why.format(number=number, wanted=wanted))

    def lines(self) -> Iterator[str]:
        width = max(len(name) for name, _ in self.rows)
        yield from (f"{name:<{width}}  {number:>8}" for name, number in self.rows)
        yield ""
        for name, *numbers in self.platforms:
            yield f"{name:<12}" + "".join(f"{number:>13}" for number in numbers)
        if self.platforms:
            yield ""
        yield from (f"OFF: {one}" for one in self.wrong)
        yield "Everything is as it should be." if self.good else f"{len(self.wrong)} thing(s) are off."


class Rehearsal:
    """One run of the check."""

    def __init__(self, demo: Demo, supervisor: Supervisor, *, posts: int, seed: int) -> None:
        self.demo, self.supervisor = demo, supervisor
        self.posts, self.seed = posts, seed
        self.began = timezone.now()
        self.answered: set[int] = set()
        self.answers_on: Counter[str] = Counter()
        self.held = 0
        self.citizens: Child
        self.said: Publication

    def go(self, look: Callable[[], None], asked: threading.Event) -> Table:
        """This will let the day go by and return what is to be said about it; `look` keeps the processes running."""
        click.echo(
            f"A day with {self.posts} posts goes by; this takes about {self.posts / _RATE + 1:.0f} minutes …"
        )
        run = int(time.time())
        self.citizens = self.supervisor.start(
            Child(
                "citizens",
                lambda: self.demo.day(self.seed, self.posts, _RATE, wait=10.0, run=run),
                again=False,
            )
        )
        with scope.government(self.demo.government.pk):
            self.said = demo_content.say(
                self.demo.member("officer"),
                self.demo.member("coordinator"),
                f"Geladi layanan ke-{run}: semua kanal.",
            )
            turns = itertools.count(1)
            while self.citizens.running() and not asked.wait(_TURN):
                look()
                self._staff_acts()
                if next(turns) % _FETCH_TURNS == 0:
                    self._fetch_all()
            self._staff_acts()
            self._fetch_all()
            self._wait_until_quiet(look, asked)
            return self._judge()

    # -- what people do --------------------------------------------------------------------------------------
    def _staff_acts(self) -> None:
        """The officer answers what can be answered; liaisons take on and finish tasks; the coordinator closes."""
        officer, coordinator = self.demo.member("officer"), self.demo.member("coordinator")
        for post in self._answerable(officer):
            self._answer(post, officer)
        for liaison in Member.objects.filter(role="liaison").select_related("unit", "user", "government"):
            self._do_tasks(liaison)
        for case in self._finished():
            try:
                deeds.close(case, coordinator)
            except Lost:
                continue

    def _answerable(self, officer: Member) -> list[Post]:
        """Some of what came in, of those platforms first that were answered least."""
        room = max(min(_ANSWERS, self.posts // 3) - len(self.answered), 0)
        rows = Post.objects.seen_by(officer).filter(
            received_at__gte=self.began, answered_at__isnull=True, deleted_at__isnull=True, ours=False, spam=False,
            intent__in=["complaint", "information_request"],
        )  # fmt: skip
        found = (
            rows.exclude(pk__in=self.answered).select_related("channel", "government").order_by("pk")[:200]
        )
        able = [one for one in found if Ability.REPLY in connector(one.platform).abilities]
        able.sort(key=lambda one: self.answers_on[one.platform])
        first: dict[str, Post] = {}
        for one in able:
            if self.answers_on[one.platform] < _EACH:
                first.setdefault(one.platform, one)
        return list(first.values())[: min(room, _ROUND)]

    def _answer(self, post: Post, officer: Member) -> None:
        self.answered.add(post.pk)
        self.answers_on[post.platform] += 1
        try:
            desk.open_(post, officer)
            case = Case.objects.filter(links__post=post).first() or making.from_post(post, officer)
            first = case.assignments.select_related("unit").first()
            office = first.unit if first else post.government.name
            most = connect.limits_of(post.channel, "reply").most if post.channel else 0
            texts = [one.format(office=office, number=case.number) for one in (_TEXT, _SHORT, _SHORTEST)]
            text = next((one for one in texts if len(one) <= most - _ROOM), texts[-1])
            replies.submit(replies.draft(post, officer, text, closes=True), officer)
        except (Refusal, Lost) as refused:
            self.held += 1
            click.echo(f"  not answered ({post.platform}): {refused}", err=True)

    def _do_tasks(self, liaison: Member) -> None:
        tasks = Assignment.objects.filter(
            unit=liaison.unit, state__in=[AssignmentState.SENT, AssignmentState.ACCEPTED]
        )
        for task in tasks.select_related("case__government", "unit").order_by("pk")[:5]:
            try:
                if task.state == AssignmentState.SENT:
                    deeds.accept(task, liaison)
                deeds.finish_task(task, liaison, "Sudah diperiksa petugas di lapangan dan ditangani.")
            except (Refusal, Lost) as refused:
                click.echo(f"  task not done: {refused}", err=True)

    def _finished(self) -> list[Case]:
        open_tasks = Assignment.objects.filter(state__in=[AssignmentState.SENT, AssignmentState.ACCEPTED])
        rows = Case.objects.filter(state=CaseState.ANSWERED, opened_at__gte=self.began)
        return list(rows.exclude(pk__in=open_tasks.values("case"))[:5])

    def _fetch_all(self) -> None:
        """What is asked for every few minutes only is asked for now; sweeps find edits that no delivery tells of."""
        Channel.objects.filter(fetch_due_at__isnull=False).update(fetch_due_at=timezone.now())

    # -- what came of it -------------------------------------------------------------------------------------
    def _wait_until_quiet(self, look: Callable[[], None], asked: threading.Event) -> None:
        """Waits until nothing is due and every answer has its outcome."""
        until = time.monotonic() + _QUIET_SECONDS
        while time.monotonic() < until and not asked.wait(_TURN):
            look()
            found = standing.collect(timezone.now())
            due = [
                one["name"]
                for one in found["steps"]
                if one["due"] and one["name"] not in {"seal", "notice_mail"}
            ]
            unsettled = self._undecided().exists()
            if not due and not found["raw_items"]["received"] and not unsettled:
                return

    def _undecided(self) -> Any:
        rows = Reply.objects.filter(pk__in=self._replies(), settled_at__isnull=True)
        return rows.exclude(delivery__state=DeliveryState.FAILED)

    def _replies(self) -> Any:
        return Reply.objects.filter(post__in=self.answered, delivery__isnull=False).values("pk")

    def _judge(self) -> Table:
        now, table = timezone.now(), Table()
        lines = read_truth(self.demo.truth)
        cases = Case.objects.filter(opened_at__gte=self.began)
        verdict = self._verdict()
        town: dict[str, Any] = verdict["town"]
        on_mastodon = self._on_mastodon(lines)
        came = len(on_mastodon[0] & on_mastodon[1].keys()) + town["stored"]
        table.row("posts said", len(on_mastodon[0]) + town["said"])
        table.row("came in", came)
        unread = Post.objects.filter(
            received_at__gte=self.began, ours=False, model="", deleted_at=None
        ).count()
        table.must("not read", unread, 0, "{number} posts that came in were not read")
        table.row("became cases", cases.count())
        table.row("in the hands of an office", cases.filter(assignments__isnull=False).distinct().count())
        table.row("closed", cases.filter(state=CaseState.CLOSED).count())
        gone = self._gone_meanwhile(lines)
        self._judge_answers(table, verdict, gone)
        self._judge_publication(table)
        table.row("late", self._late(cases, now))
        lost = len(on_mastodon[0] - on_mastodon[1].keys()) + town["lost"]["n"]
        table.must("lost", lost, 0, "{number} posts that were said are not there: " + _first(town, "lost"))
        twice = self._twice(verdict) + town["doubled"]["n"] + town["sent_twice"]["n"]
        table.must("done twice", twice, 0, "{number} things were done twice")
        for name, what in (("stale", "edits not taken over"), ("undeleted", "deletions not taken over")):
            table.must(what, town[name]["n"], 0, f"{{number}} {what}: {_first(town, name)}")
        self._judge_machinery(table, verdict, gone)
        self._by_platform(table, town, on_mastodon, int(verdict["answers"]))
        return table

    def _judge_answers(self, table: Table, verdict: dict[str, Any], gone: int) -> None:
        town = verdict["town"]
        sent = Reply.objects.filter(pk__in=self._replies(), delivery__state=DeliveryState.SENT).count()
        stand = int(verdict["answers"]) + sum(one["answers"] for one in town["by_platform"].values())
        table.row("answers written", len(self.answered))
        table.must("answers held back", self.held, 0, "{number} answers were held back, see above")
        table.row("questions deleted before the answer left", gone)
        wanted = len(self.answered) - self.held - gone
        table.must("answers sent", sent, wanted, "{number} of {wanted} answers were sent")
        why = "{number} answers stand there, {wanted} were sent"
        table.must("answers that stand on the platforms", stand, sent, why)
        if not sent:
            table.wrong.append("nothing was answered")

    def _judge_publication(self, table: Table) -> None:
        """What two people agreed on stands once on every channel that takes it, and nowhere else."""
        rows = Delivery.objects.filter(variant__publication=self.said).select_related("channel")
        sent = rows.filter(state=DeliveryState.SENT).count()
        table.must(
            "published on channels", sent, len(rows), "{number} of {wanted} channels have the publication"
        )
        simulated = [one.channel.platform for one in rows if one.channel.platform != "mastodon"]
        there = Counter(
            name for name in simulated for text in self.demo.standing(name) if self.said.text in text
        )
        wrong = sorted(name for name in simulated if there[name] != 1)
        table.must("published not exactly once", len(wrong), 0, f"{{number}} channels: {', '.join(wrong)}")

    def _on_mastodon(self, lines: list[dict[str, Any]]) -> tuple[set[str], dict[str, str]]:
        """What was said there, and what of it is here, by id."""
        wanted = {line["external_id"] for line in _said(lines) if line["platform"] == "mastodon"}
        rows = Post.objects.filter(received_at__gte=self.began, platform="mastodon", external_id__in=wanted)
        return wanted, dict(rows.values_list("external_id", "model"))

    def _by_platform(
        self, table: Table, town: dict[str, Any], on_mastodon: tuple[set[str], dict[str, str]], answers: int
    ) -> None:
        told = dict(town["by_platform"])
        told["mastodon"] = {"said": len(on_mastodon[0]), "stored": len(on_mastodon[1]), "answers": answers}
        table.platforms.append(("platform", "said", "came in", "answered", "stand there"))
        for name, one in sorted(told.items()):
            numbers = (one["said"], one["stored"], self.answers_on[name], one["answers"])
            table.platforms.append((name, *map(str, numbers)))

    def _gone_meanwhile(self, lines: list[dict[str, Any]]) -> int:
        """Answers that could not leave because the citizen had deleted the post: nobody is at fault."""
        deleted = tuple(
            line["external_id"] for line in lines if line["delivered"] and line["what"] == "delete"
        )
        rows = Delivery.objects.filter(created_at__gte=self.began, state=DeliveryState.FAILED)
        return sum(one.endswith(deleted) for one in rows.values_list("target_external_id", flat=True))

    def _judge_machinery(self, table: Table, verdict: dict[str, Any], gone: int) -> None:
        found = standing.collect(timezone.now())
        stuck = found["raw_items"]
        table.must(
            "deliveries not read yet", stuck["received"], 0, "{number} deliveries still wait to be read"
        )
        table.must(
            "deliveries put aside",
            stuck["failed"] + stuck["quarantined"],
            0,
            "{number} deliveries were put aside",
        )
        states = ("waiting", "sending", "unknown", "failed")
        now = timezone.now()
        open_answers = Delivery.objects.filter(state__in=states, due_at__lte=now).count() - gone
        table.must("answers without an outcome", open_answers, 0, "{number} answers have no good outcome")
        table.must(
            "not delivered by the citizens", int(verdict["failed"]), 0, "{number} posts never reached us"
        )
        if self.citizens.process is not None and self.citizens.process.returncode not in {0, None}:
            table.wrong.append(
                f"the citizens' program ended with {self.citizens.process.returncode}; see citizens.log"
            )
        while audit.seal():
            pass
        if broken := audit.verify(self.demo.government.pk):
            table.wrong.append(broken)
        table.row("audit entries, sealed and verified", audit.head(self.demo.government.pk)[0])

    def _twice(self, verdict: dict[str, Any]) -> int:
        """Answers that stand twice, and deliveries of one answer beyond the first."""
        answers = Delivery.objects.filter(created_at__gte=self.began, variant=None)
        posts = answers.values_list("target_external_id", "text")
        return int(verdict["answered_twice"]) + sum(n - 1 for n in Counter(posts).values())

    def _verdict(self) -> dict[str, Any]:
        held = self.demo.folder / "held.json"
        held.write_text(json.dumps(self._held()), encoding="utf-8")
        words = self.demo.verdict(held)
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode not in {0, 1} or not done.stdout.strip():
            raise click.ClickException(
                f"The verdict on the platforms could not be had: {done.stderr.strip()}"
            )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def _held(self) -> dict[str, Any]:
        """What this installation holds and has sent, as the verdict takes it."""
        posts = Post.objects.filter(received_at__gte=self.began, ours=False)
        sends = Delivery.objects.filter(created_at__gte=self.began, kind="reply").select_related("channel")
        known = all_connectors().items()
        return {
            "kept": [
                {"platform": one.platform, "external_id": one.external_id, "text": one.text,
                 "deleted": one.deleted_at is not None}
                for one in posts.iterator(2000)
            ],
            "sends": [
                {"platform": one.channel.platform, "target": one.target_external_id, "text": one.text,
                 "state": one.state}
                for one in sends
            ],
            "edits": [name for name, one in known if Ability.EDITS in one.abilities],
            "deletes": [name for name, one in known if Ability.DELETES in one.abilities],
        }  # fmt: skip

    @staticmethod
    def _late(cases: Any, now: datetime) -> int:
        late_open = cases.filter(state__in=OPEN_STATES, due_at__lt=now).count()
        return int(late_open + cases.filter(closed_at__gt=F("due_at")).count())


def _first(town: dict[str, Any], name: str) -> str:
    return ", ".join(town[name]["first"][:5]) or "-"


def read_truth(place: Path) -> list[dict[str, Any]]:
    """This will return the lines of the simulator's truth file."""
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines() if line.strip()]


def _said(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that a platform or our hook took, deleted things included; edits and deletions are no new items."""
    items = {"post", "reply", "answer", "thanks", "duplicate"}
    return [line for line in lines if line["delivered"] and line["what"] in items]
