"""Lets a planned day go by: decides when something is said, by which route, and writes down what was really said."""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from tanggap.simulator.day import Day, Event
from tanggap.simulator.mastodon import Mastodon
from tanggap.simulator.routes import Answer, Known, Route, RouteError, Task
from tanggap.simulator.routes.hook import HookRoute
from tanggap.simulator.routes.mastodon import MastodonRoute
from tanggap.simulator.routes.town import TownRoute
from tanggap.simulator.townspeople import Townspeople
from tanggap.simulator.truth import TruthFile
from tanggap.simulator.webhook import Hook

_TRIES: Final = 8
_LONGEST_PAUSE: Final = 30.0
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
    """One run of one day. Call `go` once; `stop` (from a signal handler) ends it in order.

    What is said on a platform of the town goes there, Mastodon to its server, all else to the hook.
    """

    def __init__(
        self,
        day: Day,
        run: int,
        truth: TruthFile,
        bounds: Bounds,
        *,
        mastodon: Mastodon | None = None,
        hook: Hook | None = None,
        town: Townspeople | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.result = Result()
        self._day, self._truth, self._bounds = day, truth, bounds
        self._mastodon = MastodonRoute(mastodon, run) if mastodon else None
        self._town = TownRoute(town, run) if town else None
        self._hook = HookRoute(hook, run) if hook else None
        self._clock, self._sleep = clock, sleep
        self._order = count()
        self._due: list[tuple[float, int, Task]] = []
        self._events = {event.number: event for event in day.events}
        self._awaiting: dict[int, list[Event]] = defaultdict(list)
        self._replies: dict[int, str] = {}
        self._trying: set[int] = set()
        self._answered: set[int] = set()

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
                self._push(began + self._day.delay(event), Task([event]))
        listened = began
        while not self.result.stopped and self._clock() - began < self._bounds.seconds:
            now = self._clock()
            if now - listened >= self._bounds.poll:
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

    def _push(self, due: float, task: Task) -> None:
        heapq.heappush(self._due, (due, next(self._order), task))

    def _route(self, platform: str) -> Route | None:
        if platform == "mastodon":
            return self._mastodon
        return self._town if self._town and platform in self._town.platforms else self._hook

    def _do(self, task: Task) -> None:
        route = self._route(task.events[0].platform)
        if route is None:
            self.result.skipped[task.events[0].kind] += 1
            return
        while task.tries == 0 and (joining := self._next_to_join(route, task)) is not None:
            task.events.append(joining)
        task.tries += 1
        try:
            told = route.tell(task, self._replies)
        except RouteError as error:
            self._again_or_give_up(task, error)
            return
        for event, known in zip(task.events, told, strict=True):
            self._trying.discard(event.number)
            if known is None:
                self._skip(event, route)
            else:
                self.result.delivered[event.kind] += 1
                self._truth.add(event, True, **{**known, "tries": task.tries})

    def _next_to_join(self, route: Route, task: Task) -> Event | None:
        """Takes the next thing that is due, if it can be told together with the task."""
        if not self._due or self._due[0][0] > self._clock():
            return None
        following = self._due[0][2]
        (event, *more) = following.events
        if more or following.tries or self._route(event.platform) is not route:
            return None
        if not route.joins(task, event):
            return None
        heapq.heappop(self._due)
        return event

    def _skip(self, event: Event, route: Route) -> None:
        """Leaves out what has nothing to refer to, unless its parent is still being tried."""
        if event.about in self._trying and not route.is_gone(event.about):
            self._push(self._clock() + 1.0, Task([event]))
        else:
            self.result.skipped[event.kind] += 1

    def _again_or_give_up(self, task: Task, error: RouteError) -> None:
        numbers = [event.number for event in task.events]
        if error.retry and task.tries < _TRIES:
            self._trying.update(numbers)
            self._push(self._clock() + _pause(task.tries), task)
            return
        self._trying.difference_update(numbers)
        known: list[Known] = [*error.known] or [{} for _ in task.events]
        for event, one in zip(task.events, known, strict=True):
            self.result.failed[event.kind] += 1
            self._truth.add(event, False, **{"problem": str(error), **one, "tries": task.tries})

    def _listen(self) -> None:
        """Looks for new answers of the government and lets the people concerned react."""
        for route in (self._mastodon, self._town):
            if route is None:
                continue
            try:
                answers = route.answers()
            except RouteError:
                continue  # the next look sees them
            for answer in answers:
                self._react(answer)

    def _react(self, answer: Answer) -> None:
        number = answer.number
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
        self._replies[chosen.number] = answer.id
        self._push(self._clock() + min(max(planned, _REACTION[0]), _REACTION[1]), Task([chosen]))


def _pause(tries: int) -> float:
    """Seconds before the next try: 0.5, 1, 2, 4 … at most 30."""
    return float(min(_LONGEST_PAUSE, 0.5 * 2 ** (tries - 1)))
