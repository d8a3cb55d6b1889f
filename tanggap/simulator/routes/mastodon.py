"""Citizens on a Mastodon server, each with an own account there."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.simulator.day import Event
from tanggap.simulator.lines import mention_offset
from tanggap.simulator.mastodon import Mastodon, MastodonError, Status
from tanggap.simulator.routes import Answer, Known, Route, RouteError, Task


class MastodonRoute(Route):
    """Says things on `server`; `run` goes into the keys that keep a repeated call from posting twice."""

    listens = True

    def __init__(self, server: Mastodon, run: int) -> None:
        self._server, self._run = server, run
        self._statuses: dict[int, Status] = {}
        self._heard: dict[str, int] = {}
        self._gone: set[int] = set()
        self._last_answer: str | None = None

    def tell(self, task: Task, replies: Mapping[int, str]) -> list[Known | None]:
        """This will post, answer, edit or delete."""
        (event,) = task.events
        if event.about is not None and (event.about not in self._statuses or event.about in self._gone):
            return [None]
        try:
            status = self._toot(event, replies.get(event.number))
        except MastodonError as error:
            raise RouteError(str(error), retry=error.retry) from error
        self._statuses[event.number] = status
        if event.kind not in ("edit", "delete"):
            self._heard[status.id] = event.about if event.about is not None else event.number
        return [
            {
                "external_id": self._server.whole_id(status.id), "status": status.id, "uri": status.uri,
                "url": status.url, "text": f"@{self._server.official} {event.said.text}" if event.said else None,
                "in_reply_to": status.in_reply_to, "shift": mention_offset("mastodon"),
            }
        ]  # fmt: skip

    def _toot(self, event: Event, answered: str | None) -> Status:
        text = event.said.text if event.said else ""
        about = self._statuses.get(event.about) if event.about is not None else None
        if event.kind == "edit" and about:
            return self._server.edit(event.citizen, about.id, text)
        if event.kind == "delete" and about and event.about is not None:
            self._server.delete(event.citizen, about.id)
            self._gone.add(event.about)
            return about
        target = answered or (about.id if about else None)
        return self._server.post(event.citizen, text, f"{self._run}-{event.number}", target)

    def answers(self) -> list[Answer]:
        """This will return the official account's new replies to what was said in this run."""
        if not self._heard:
            return []
        try:
            found = self._server.answers(since=self._last_answer)
        except MastodonError as error:
            raise RouteError(str(error), retry=True) from error
        if found:
            self._last_answer = found[-1].id
        return [
            Answer(self._heard[one.in_reply_to], one.id, one.text)
            for one in found
            if one.in_reply_to in self._heard
        ]

    def is_gone(self, number: int) -> bool:
        return number in self._gone
