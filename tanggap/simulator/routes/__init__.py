"""The ways by which citizens reach the government: a Mastodon server, the simulated platforms, a signed webhook.

run.py decides when something is said; a route says it, one file each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanggap.simulator.day import Event

Known = dict[str, Any]
"""What is known of a deed once it was tried, for the truth file: external_id, text, url, shift, …"""


@dataclass
class Task:
    """What is told in one go; `body` is what a route keeps of it between tries."""

    events: list[Event]
    tries: int = 0
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that the government said: to the event `number`, with its own `id` on the platform."""

    number: int
    id: str
    text: str


class RouteError(Exception):
    """What was to be said was not taken; `retry` says whether another try may help, `known` what is known by event."""

    def __init__(self, text: str, *, retry: bool, known: Sequence[Known] = ()) -> None:
        super().__init__(text)
        self.retry, self.known = retry, known


class Route(ABC):
    """One way. `listens` is whether answers of the government can be seen on it."""

    listens = False

    def joins(self, task: Task, event: Event) -> bool:
        """This will say whether another due event can go with what is about to be told."""
        return False

    @abstractmethod
    def tell(self, task: Task, replies: Mapping[int, str]) -> list[Known | None]:
        """This will carry out a task; None for an event that has nothing to refer to (any more).

        `replies` names, by event, the answer of the government that it reacts to. RouteError where it was not taken.
        """

    def answers(self) -> list[Answer]:
        """This will return what the government answered since the last look; RouteError where that cannot be seen."""
        return []

    def is_gone(self, number: int) -> bool:
        """This will say whether what an event said was taken back."""
        return False
