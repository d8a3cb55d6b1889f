"""Contract lines to a signed webhook, as platforms deliver: several at once, repeated until taken, some told twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tanggap.simulator.day import Event
from tanggap.simulator.lines import contract_line, external_id, mention_offset
from tanggap.simulator.routes import Known, Route, RouteError, Task
from tanggap.simulator.webhook import SHAPES, Delivery, Hook

_BATCH: Final = 20


class HookRoute(Route):
    """Delivers what was said on any platform to `hook`; `run` goes into ids."""

    def __init__(self, hook: Hook, run: int) -> None:
        self._hook, self._run = hook, run
        self._lines: dict[int, dict[str, Any]] = {}
        self._deliveries: dict[int, Delivery] = {}

    def joins(self, task: Task, event: Event) -> bool:
        """This will let what is due by now go as one body; a repetition goes alone."""
        return len(task.events) < _BATCH and "duplicate" not in (task.events[0].kind, event.kind)

    def tell(self, task: Task, replies: Mapping[int, str]) -> list[Known | None]:
        """This will deliver a task's lines once; later tries send the same body under the same id."""
        if task.body is None:
            task.body = self._delivery(task.events)
        delivery: Delivery | None = task.body
        if delivery is None:
            return [None]
        taken = self._hook.try_once(delivery)
        known = [self._known(event, delivery) for event in task.events]
        if not taken:
            raise RouteError(delivery.problem or "", retry=True, known=known)
        return list(known)

    def _delivery(self, events: list[Event]) -> Delivery | None:
        first = events[0]
        if first.kind == "duplicate":
            return self._again(first)
        shape = SHAPES[first.number % len(SHAPES)] if len(events) == 1 else SHAPES[1 + first.number % 2]
        for one in events:
            self._lines[one.number] = self._line(one)
        numbers = [one.number for one in events]
        lines = [self._lines[number] for number in numbers]
        delivery = Delivery(f"msg_{self._run}_{first.number}", lines, numbers, shape)
        self._deliveries.update(dict.fromkeys(numbers, delivery))
        return delivery

    def _line(self, event: Event) -> dict[str, Any]:
        """The contract line of an event; an edit or deletion is told with `action`, under the id of what it changes."""
        now = datetime.now().astimezone()
        text = event.said.text if event.said else ""
        about = self._lines.get(event.about) if event.about is not None else None
        identity = external_id(event.platform, self._run, event.number)
        if event.kind == "edit" and about:
            changed = contract_line(event.citizen, event.platform, identity, text, now)["text"]
            edited_at = now.isoformat(timespec="seconds")
            return {**about, "text": changed, "action": "edit", "edited_at": edited_at}
        if event.kind == "delete" and about:
            known = {name: about[name] for name in ("platform", "external_id", "kind", "created_at")}
            return {**known, "text": "", "action": "delete"}
        parent = about["external_id"] if about else None
        return contract_line(event.citizen, event.platform, identity, text, now, parent=parent)

    def _again(self, event: Event) -> Delivery | None:
        """A body again: as a retry with the same id, or as a second delivery of the same item."""
        first = self._deliveries.get(event.about) if event.about is not None else None
        if first is None or event.about is None:
            return None
        self._lines[event.number] = line = self._lines[event.about]
        if event.number % 2:
            return Delivery(first.identity, first.lines, [event.number], first.shape)
        return Delivery(f"msg_{self._run}_{event.number}", [line], [event.number], "array")

    def _known(self, event: Event, delivery: Delivery) -> Known:
        line = self._lines[event.number]
        return {
            "external_id": line["external_id"], "text": line["text"] if event.said else None,
            "in_reply_to": line.get("in_reply_to"), "delivery": delivery.identity,
            "shift": mention_offset(event.platform), "problem": delivery.problem,
        }  # fmt: skip
