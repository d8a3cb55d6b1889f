"""Citizens on the simulated platforms of a town: posts, comments, mentions and messages as each platform has them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from tanggap.simulator.day import Event
from tanggap.simulator.routes import Answer, Known, Route, RouteError, Task
from tanggap.simulator.townspeople import TownError, Townspeople

# How people speak to a government where a platform has several ways; the rest of a platform's kinds is not used.
_WAYS: Final = {"comment": 6, "mention": 3, "message": 2, "article": 1}
# A group's talk among citizens is not told to the government there: what is meant for it stands below its own post.
_AMONG_THEMSELVES: Final = ("telegram",)
_NAME_SIGNS: Final = {"bluesky": ("_", "-")}


class TownRoute(Route):
    """Says things on the platforms of `people`'s town. Truth lines carry the id of the piece on its platform.

    A product may know a piece by a longer id that ends in this one (at://…/id, chat/id).
    """

    listens = True

    def __init__(self, people: Townspeople, seed: int = 0) -> None:
        self._people, self._dice = people, random.Random(f"town-{seed}")
        self._platforms = people.platforms()
        self._pieces: dict[int, dict[str, Any]] = {}
        self._heard: dict[tuple[str, str], int] = {}
        self._gone: set[int] = set()
        # What stands there already was answered to other runs.
        self._newest = max((one["at"] for said in people.answers().values() for one in said), default=0.0)

    @property
    def platforms(self) -> frozenset[str]:
        """The names of the town's platforms."""
        return frozenset(self._platforms)

    def tell(self, task: Task, replies: Mapping[int, str]) -> list[Known | None]:
        """This will say, change, take back, or let the platform tell a second time what it told."""
        (event,) = task.events
        about = self._pieces.get(event.about) if event.about is not None else None
        if event.about is not None and (about is None or event.about in self._gone):
            return [None]
        try:
            piece = self._do(event, about, replies.get(event.number))
        except TownError as error:
            raise RouteError(str(error), retry=error.retry) from error
        if piece is None:
            return [None]
        if event.kind not in ("edit", "delete", "duplicate"):
            self._pieces[event.number] = piece
            root = event.about if event.awaits_answer and event.about is not None else event.number
            self._heard[event.platform, piece["id"]] = root
        text = str(piece["text"]) if event.said else None
        return [
            {
                "external_id": piece["id"], "piece": piece["id"], "way": piece["kind"], "text": text,
                "in_reply_to": piece["parent"] or None,
                "shift": len(text) - len(event.said.text) if text and event.said else 0,
            }
        ]  # fmt: skip

    def _do(self, event: Event, about: dict[str, Any] | None, answered: str | None) -> dict[str, Any] | None:
        text = event.said.text if event.said else ""
        if about is not None and event.about is not None:
            if event.kind == "edit":
                return self._people.edit(event.platform, about["id"], f"{about['lead']}{text}")
            if event.kind == "delete":
                self._gone.add(event.about)
                return self._people.delete(event.platform, about["id"])
            if event.kind == "duplicate":
                told_again = self._platforms[event.platform]["hooks"]
                return self._people.repeat(event.platform, about["id"]) if told_again else None
        kind, parent = self._place(event, about, answered)
        return self._say(event, kind, parent, text) if kind else None

    def _place(self, event: Event, about: dict[str, Any] | None, answered: str | None) -> tuple[str, str]:
        """As what, and below what, an event is said; no kind where it cannot be said."""
        kinds = self._platforms[event.platform]["kinds"]
        if about is not None and event.awaits_answer:
            # Whoever wrote in a comment and was answered in private has nothing to answer to here.
            return (about["kind"], answered or "") if about["kind"] in kinds else ("", "")
        if about is not None and about["kind"] == "comment" and event.platform not in _AMONG_THEMSELVES:
            return "comment", about["id"]
        ways = [kind for kind in kinds if kind in _WAYS]
        return self._dice.choices(ways, [_WAYS[kind] for kind in ways])[0], ""

    def _say(self, event: Event, kind: str, parent: str, text: str) -> dict[str, Any]:
        handle = str(self._platforms[event.platform]["handle"]).lstrip("@")
        lead = f"@{handle} " if kind == "mention" and not parent else ""
        author = event.citizen.handle.replace(*_NAME_SIGNS.get(event.platform, ("", "")))
        piece = self._people.say(event.platform, lead + text, author=author, kind=kind, parent=parent)
        return {**piece, "lead": lead}

    def answers(self) -> list[Answer]:
        """This will return what official accounts answered to what was said in this run, on any platform."""
        try:
            found = self._people.answers(self._newest)
        except TownError as error:
            raise RouteError(str(error), retry=True) from error
        answers = []
        for platform, said in found.items():
            for one in said:
                self._newest = max(self._newest, one["at"])
                number = self._heard.get((platform, one["parent"]))
                if number is not None:
                    answers.append(Answer(number, one["id"], one["text"]))
        return answers

    def is_gone(self, number: int) -> bool:
        return number in self._gone
