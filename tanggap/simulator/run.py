"""Runs a planned day against a Mastodon server and a hook address, and writes down what was really said."""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final

from tanggap.simulator.day import Day, Event
from tanggap.simulator.lines import contract_line, external_id, mention_offset
from tanggap.simulator.mastodon import Mastodon, MastodonError, Status
from tanggap.simulator.truth import TruthFile
from tanggap.simulator.webhook import SHAPES, Delivery, Hook

_TRIES: Final = 8
_LONGEST_PAUSE: Final = 30.0
_BATCH: Final = 20
_REACTION: Final = (0.5, 60.0)


@dataclass
class Result:
    """What a run did: deeds by kind that were delivered or given up, posts seen answered, the longest delay."""

    delivered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    late_seconds: float = 0.0
    seconds: float = 0.0
    stopped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "delivered": dict(self.delivered),
            "failed": dict(self.failed),
            "skipped": dict(self.skipped),
            "answered": self.answered,
            "late_seconds": round(self.late_seconds, 2),
            "seconds": round(self.seconds, 1),
            "stopped": self.stopped,
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a run may go on: `seconds` in all, and `wait` for answers after the last post; `poll` looks for them."""

    seconds: float
    wait: float = 0.0
    poll: float = 2.0


def speed_for(posts: int, rate: float) -> float:
    """The speed at which a day of `posts` messages goes by at `rate` messages a minute on average."""
    return 24 * 60 / (posts / rate)


class CityRun:
    """One run of one day. Call `go` once; `stop` (from a signal handler) ends it in order."""

    def __init__(
        self,
        day: Day,
        run: int,
        truth: TruthFile,
        bounds: Bounds,
        *,
        mastodon: Mastodon | None = None,
        hook: Hook | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.result = Result()
        self._day, self._run, self._truth, self._bounds = day, run, truth, bounds
        self._mastodon, self._hook = mastodon, hook
        self._clock, self._sleep = clock, sleep
        self._order = count()
        self._due: list[tuple[float, int, Event | Delivery]] = []
        self._events = {event.number: event for event in day.events}
        self._awaiting: dict[int, list[Event]] = defaultdict(list)
        self._statuses: dict[int, Status] = {}
        self._heard: dict[str, int] = {}
        self._reply_to: dict[int, str] = {}
        self._deliveries: dict[int, Delivery] = {}
        self._lines: dict[int, dict[str, Any]] = {}
        self._tries: Counter[int] = Counter()
        self._gone: set[int] = set()
        self._answered: set[int] = set()
        self._last_answer: str | None = None

    def stop(self) -> None:
        """Ends the run after the deed at hand."""
        self.result.stopped = True

    def go(self) -> Result:
        """Does everything that is due until nothing is left, the time is up or `stop` was called."""
        began = last = self._clock()
        for event in self._day.events:
            if event.awaits_answer and event.about is not None:
                self._awaiting[event.about].append(event)
            else:
                self._push(began + self._day.delay(event), event)
        listened = began
        while not self.result.stopped and self._clock() - began < self._bounds.seconds:
            now = self._clock()
            if self._mastodon and now - listened >= self._bounds.poll:
                self._listen()
                listened = self._clock()
            if self._due and self._due[0][0] <= now:
                due, _, task = heapq.heappop(self._due)
                self.result.late_seconds = max(self.result.late_seconds, now - due)
                self._do(task)
                last = self._clock()
            elif not self._due and (not self._awaiting or now - last >= self._bounds.wait):
                break
            else:
                until_next = self._due[0][0] - now if self._due else self._bounds.poll
                self._sleep(max(0.01, min(until_next, self._bounds.poll, 0.5)))
        self.result.seconds = self._clock() - began
        return self.result

    def _push(self, due: float, task: Event | Delivery) -> None:
        heapq.heappush(self._due, (due, next(self._order), task))

    def _do(self, task: Event | Delivery) -> None:
        if isinstance(task, Delivery):
            self._deliver(task)
        elif task.platform == "mastodon":
            self._on_mastodon(task)
        elif task.kind == "duplicate":
            self._repeat(task)
        else:
            self._on_hook(task)

    # Mastodon

    def _on_mastodon(self, event: Event) -> None:
        if self._mastodon is None or (event.about is not None and not self._parent_there(event)):
            self._skip(event)
            return
        try:
            status = self._toot(self._mastodon, event)
        except MastodonError as error:
            self._again_or_give_up(event, error)
            return
        self._statuses[event.number] = status
        if event.kind not in ("edit", "delete"):
            root = event.about if event.about is not None else event.number
            self._heard[status.id] = root
        self.result.delivered[event.kind] += 1
        shift = mention_offset("mastodon")
        self._truth.add(
            event,
            True,
            external_id=self._mastodon.whole_id(status.id),
            status=status.id,
            uri=status.uri,
            url=status.url,
            text=f"@{self._mastodon.official} {event.said.text}" if event.said else None,
            in_reply_to=status.in_reply_to,
            tries=self._tries[event.number] + 1,
            shift=shift,
        )

    def _toot(self, server: Mastodon, event: Event) -> Status:
        text = event.said.text if event.said else ""
        about = self._statuses.get(event.about) if event.about is not None else None
        if event.kind == "edit" and about:
            return server.edit(event.citizen, about.id, text)
        if event.kind == "delete" and about:
            server.delete(event.citizen, about.id)
            self._gone.add(event.about if event.about is not None else -1)
            return about
        target = self._reply_to.get(event.number) or (about.id if about else None)
        return server.post(event.citizen, text, f"{self._run}-{event.number}", target)

    def _parent_there(self, event: Event) -> bool:
        return event.about in self._statuses and event.about not in self._gone

    def _skip(self, event: Event) -> None:
        """Leaves out what has nothing to refer to, unless its parent is still being tried."""
        if (
            event.about is not None
            and 0 < self._tries[event.about] < _TRIES
            and event.about not in self._gone
        ):
            self._push(self._clock() + 1.0, event)
        else:
            self.result.skipped[event.kind] += 1

    def _again_or_give_up(self, event: Event, error: MastodonError) -> None:
        self._tries[event.number] += 1
        if error.retry and self._tries[event.number] < _TRIES:
            self._push(self._clock() + _pause(self._tries[event.number]), event)
            return
        self._tries[event.number] = _TRIES
        self.result.failed[event.kind] += 1
        self._truth.add(event, False, problem=str(error), tries=self._tries[event.number])

    def _listen(self) -> None:
        """Looks for new answers of the government and lets the people concerned react."""
        if self._mastodon is None or not self._heard:
            return
        try:
            answers = self._mastodon.answers(since=self._last_answer)
        except MastodonError:
            return  # the next look sees them
        for answer in answers:
            self._last_answer = answer.id
            number = self._heard.get(answer.in_reply_to or "")
            if number is not None:
                self._react(number, answer)

    def _react(self, number: int, answer: Status) -> None:
        self._answered.add(number)
        self.result.answered = len(self._answered)
        waiting = self._awaiting.get(number, [])
        wanted = "answer" if "?" in answer.text and any(e.kind == "answer" for e in waiting) else "thanks"
        chosen = next((event for event in waiting if event.kind == wanted), None)
        if chosen is None:
            return
        waiting.remove(chosen)
        if not waiting:
            del self._awaiting[number]
        planned = (chosen.at - self._events[number].at).total_seconds() / self._day.speed
        self._reply_to[chosen.number] = answer.id
        self._push(self._clock() + min(max(planned, _REACTION[0]), _REACTION[1]), chosen)

    # Signed webhook

    def _on_hook(self, event: Event) -> None:
        """Delivers an event, together with what else is due on the hook by now, as one body."""
        if self._hook is None:
            self.result.skipped[event.kind] += 1
            return
        together = [event]
        while len(together) < _BATCH and (joining := self._next_to_join()) is not None:
            together.append(joining)
        shape = SHAPES[event.number % len(SHAPES)] if len(together) == 1 else SHAPES[1 + event.number % 2]
        for one in together:
            self._lines[one.number] = self._line(one)
        numbers = [one.number for one in together]
        lines = [self._lines[number] for number in numbers]
        delivery = Delivery(f"msg_{self._run}_{event.number}", lines, numbers, shape)
        self._deliveries.update(dict.fromkeys(delivery.numbers, delivery))
        self._deliver(delivery)

    def _next_to_join(self) -> Event | None:
        """Takes the next thing that is due, if it is an item for the hook."""
        if not self._due or self._due[0][0] > self._clock():
            return None
        task = self._due[0][2]
        if not isinstance(task, Event) or task.platform == "mastodon" or task.kind == "duplicate":
            return None
        heapq.heappop(self._due)
        return task

    def _line(self, event: Event) -> dict[str, Any]:
        """The contract line of an event; an edit or deletion is told with `action`, under the id of what it changes."""
        now = datetime.now().astimezone()
        text = event.said.text if event.said else ""
        about = self._lines.get(event.about) if event.about is not None else None
        identity = external_id(event.platform, self._run, event.number)
        if event.kind == "edit" and about:
            changed = contract_line(event.citizen, event.platform, identity, text, now)["text"]
            return {
                **about,
                "text": changed,
                "action": "edit",
                "edited_at": now.isoformat(timespec="seconds"),
            }
        if event.kind == "delete" and about:
            known = {name: about[name] for name in ("platform", "external_id", "kind", "created_at")}
            return {**known, "text": "", "action": "delete"}
        parent = about["external_id"] if about else None
        return contract_line(event.citizen, event.platform, identity, text, now, parent=parent)

    def _deliver(self, delivery: Delivery) -> None:
        if self._hook is None:
            return
        if self._hook.try_once(delivery):
            self._settle(delivery, taken=True)
        elif delivery.tries < _TRIES:
            self._push(self._clock() + _pause(delivery.tries), delivery)
        else:
            self._settle(delivery, taken=False)

    def _settle(self, delivery: Delivery, *, taken: bool) -> None:
        for number in delivery.numbers:
            event = self._events[number]
            line = self._lines[number]
            (self.result.delivered if taken else self.result.failed)[event.kind] += 1
            self._truth.add(
                event,
                taken,
                external_id=line["external_id"],
                text=line["text"] if event.said else None,
                in_reply_to=line.get("in_reply_to"),
                tries=delivery.tries,
                problem=delivery.problem,
                delivery=delivery.identity,
                shift=mention_offset(event.platform),
            )

    def _repeat(self, event: Event) -> None:
        """Delivers a body again: as a retry with the same id, or as a second delivery of the same item."""
        first = self._deliveries.get(event.about) if event.about is not None else None
        if first is None or event.about is None:
            self.result.skipped[event.kind] += 1
            return
        self._lines[event.number] = line = self._lines[event.about]
        if event.number % 2:
            again = Delivery(first.identity, first.lines, [event.number], first.shape)
        else:
            again = Delivery(f"msg_{self._run}_{event.number}", [line], [event.number], "array")
        self._deliver(again)


def _pause(tries: int) -> float:
    """Seconds before the next try: 0.5, 1, 2, 4 … at most 30."""
    return float(min(_LONGEST_PAUSE, 0.5 * 2 ** (tries - 1)))
