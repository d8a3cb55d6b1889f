"""A simulated day through the whole path without a browser, judged: came in, read, cases, answered, late, lost, twice.

Citizens write to the Mastodon server and the signed webhook; the installation's own workers do the rest; an officer,
a coordinator and the offices' liaisons act through the same deeds as the screens. The simulator's truth file says what
was really said, and the Mastodon server what really stands there.
"""

from __future__ import annotations

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
from tanggap.config import standing
from tanggap.config.demo import Demo
from tanggap.config.supervisor import Child, Supervisor
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.posts import desk
from tanggap.posts.models import Post
from tanggap.publishing.models import Delivery, DeliveryState

_RATE = 150.0
"""Posts a minute: a day of 200 goes by in a minute and a half."""
_ANSWERS = 40
_QUIET_SECONDS = 180.0
_TURN = 1.0
_TEXT = (
    "Terima kasih atas laporannya. {office} sudah menerima dan menindaklanjuti. Nomor kasus {number}; "
    "kabar berikutnya kami sampaikan di sini."
)
_THANKS = "Terima kasih sudah menghubungi kami. Pesan ini sudah kami catat dan kami teruskan kepada petugas yang tepat."


@dataclass
class Table:
    """What the check found; `wrong` lists, in words, everything that is off."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

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
        yield from (f"OFF: {one}" for one in self.wrong)
        yield "Everything is as it should be." if self.good else f"{len(self.wrong)} thing(s) are off."


class Rehearsal:
    """One run of the check."""

    def __init__(self, demo: Demo, supervisor: Supervisor, address: str, *, posts: int, seed: int) -> None:
        self.demo, self.supervisor, self.address = demo, supervisor, address
        self.posts, self.seed = posts, seed
        self.began = timezone.now()
        self.answered: set[int] = set()
        self.held = 0
        self.citizens: Child

    def go(self, look: Callable[[], None], asked: threading.Event) -> Table:
        """This will let the day go by and return what is to be said about it; `look` keeps the processes running."""
        click.echo(
            f"A day with {self.posts} posts goes by; this takes about {self.posts / _RATE + 1:.0f} minutes …"
        )
        run = int(time.time())
        self.citizens = self.supervisor.start(
            Child(
                "citizens",
                lambda: self.demo.day(self.address, self.seed, self.posts, _RATE, wait=10.0, run=run),
                again=False,
                environment={"TANGGAP_SIMULATOR_SECRET": self.demo.kept["secret"]},
            )
        )
        with scope.government(self.demo.government.pk):
            while self.citizens.running() and not asked.wait(_TURN):
                look()
                self._staff_acts()
            self._staff_acts()
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
        room = max(min(_ANSWERS, self.posts // 3) - len(self.answered), 0)
        rows = Post.objects.seen_by(officer).filter(
            platform="mastodon", received_at__gte=self.began, answered_at__isnull=True, deleted_at__isnull=True,
            ours=False, spam=False, intent__in=["complaint", "information_request"],
        )  # fmt: skip
        return list(
            rows.exclude(pk__in=self.answered)
            .select_related("channel", "government")
            .order_by("pk")[: min(room, 5)]
        )

    def _answer(self, post: Post, officer: Member) -> None:
        self.answered.add(post.pk)
        try:
            desk.open_(post, officer)
            case = Case.objects.filter(links__post=post).first() or making.from_post(post, officer)
            first = case.assignments.select_related("unit").first()
            text = _TEXT.format(office=first.unit if first else post.government.name, number=case.number)
            replies.submit(replies.draft(post, officer, text, closes=True), officer)
        except (Refusal, Lost) as refused:
            self.held += 1
            click.echo(f"  not answered: {refused}", err=True)

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
        now = timezone.now()
        table = Table()
        lines = read_truth(self.demo.truth)
        said = _said(lines)
        wanted = {(line["platform"], line["external_id"]) for line in said}
        rows = Post.objects.filter(received_at__gte=self.began).values_list(
            "platform", "external_id", "model"
        )
        there = {(platform, external): model for platform, external, model in rows}
        cases = Case.objects.filter(opened_at__gte=self.began)
        verdict = self._verdict()
        table.row("posts said", len(wanted))
        table.row("came in", len(wanted & there.keys()))
        table.must("read", sum(1 for one in wanted if there.get(one)), len(wanted & there.keys()),
                   "{number} of {wanted} posts that came in were read")  # fmt: skip
        table.row("became cases", cases.count())
        table.row("in the hands of an office", cases.filter(assignments__isnull=False).distinct().count())
        table.row("closed", cases.filter(state=CaseState.CLOSED).count())
        sent = Reply.objects.filter(pk__in=self._replies(), delivery__state=DeliveryState.SENT).count()
        gone = self._gone_meanwhile(lines)
        table.row("answers written", len(self.answered))
        table.must("answers held back", self.held, 0, "{number} answers were held back, see above")
        table.row("questions deleted before the answer left", gone)
        wanted_sent = len(self.answered) - self.held - gone
        table.must("answers sent", sent, wanted_sent, "{number} of {wanted} answers were sent")
        stand = int(verdict["answers"])
        table.must(
            "answers that stand on the platform",
            stand,
            sent,
            "{number} answers stand there, {wanted} were sent",
        )
        if not sent:
            table.wrong.append("nothing was answered")
        table.row("late", self._late(cases, now))
        table.must("lost", len(wanted - there.keys()), 0, "{number} posts that were said are not there")
        table.must("done twice", self._twice(verdict), 0, "{number} things were done twice")
        self._judge_machinery(table, verdict, gone)
        return table

    def _gone_meanwhile(self, lines: list[dict[str, Any]]) -> int:
        """Answers that could not leave because the citizen had deleted the post: nobody is at fault."""
        deleted = [line["external_id"] for line in lines if line["delivered"] and line["what"] == "delete"]
        rows = Delivery.objects.filter(created_at__gte=self.began, state=DeliveryState.FAILED)
        return rows.filter(target_external_id__in=deleted).count()

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
        open_answers = sum(found["deliveries"][state] for state in states) - gone
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
        posts = Delivery.objects.filter(created_at__gte=self.began).values_list("target_external_id", "text")
        return int(verdict["answered_twice"]) + sum(n - 1 for n in Counter(posts).values())

    def _verdict(self) -> dict[str, Any]:
        words = self.demo.verdict()
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode not in {0, 1} or not done.stdout.strip():
            raise click.ClickException(
                f"The verdict on the Mastodon server could not be had: {done.stderr.strip()}"
            )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    @staticmethod
    def _late(cases: Any, now: datetime) -> int:
        late_open = cases.filter(state__in=OPEN_STATES, due_at__lt=now).count()
        return int(late_open + cases.filter(closed_at__gt=F("due_at")).count())


def read_truth(place: Path) -> list[dict[str, Any]]:
    """This will return the lines of the simulator's truth file."""
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines() if line.strip()]


def _said(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that a platform or our hook took, deleted things included; edits and deletions are no new items."""
    items = {"post", "reply", "answer", "thanks", "duplicate"}
    return [line for line in lines if line["delivered"] and line["what"] in items]
