"""Flow: declared moves between states, each made by one conditional update.

The update says "where id and old state", so of two workers that move the same row one wins and the other gets
`Lost`, without locks held across calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models


class Lost(Exception):
    """Somebody else moved the row first; what they did stands, and nothing of this move was written."""


class ForbiddenMove(Exception):
    """The flow has no such edge: a programming error, or a stale form."""


class Flow:
    """The states of one field and the moves between them.

    `edges` maps every state to the states that may follow; a state without followers is final. All states must
    be reachable from `start`: checked at import.
    """

    def __init__(self, field: str, start: str, edges: Mapping[str, Collection[str]]) -> None:
        self.field, self.start = field, start
        self.edges = {state: frozenset(after) for state, after in edges.items()}
        unknown = {after for many in self.edges.values() for after in many} - self.edges.keys()
        if unknown:
            raise ValueError(f"Flow {field}: moves to undeclared states {sorted(unknown)}.")
        unreachable = self.edges.keys() - self._reachable()
        if unreachable:
            raise ValueError(f"Flow {field}: never reached from {start}: {sorted(unreachable)}.")

    def allows(self, before: str, after: str) -> bool:
        """This will tell whether the move is declared."""
        return after in self.edges.get(before, frozenset())

    def move(self, row: models.Model, after: str, **changes: Any) -> None:
        """This will move the row and set `changes` with it, in one conditional update.

        Raises ForbiddenMove when the edge is not declared and Lost when the row is no longer in the state that
        this object shows. On success the object carries the new values.
        """
        before = getattr(row, self.field)
        if not self.allows(before, after):
            raise ForbiddenMove(f"{type(row).__name__} {row.pk}: no move from {before} to {after}.")
        rows = type(row)._base_manager.filter(pk=row.pk, **{self.field: before})
        if not rows.update(**{self.field: after}, **changes):
            raise Lost(f"{type(row).__name__} {row.pk} is no longer in state {before}.")
        for name, value in {self.field: after, **changes}.items():
            setattr(row, name, value)

    def _reachable(self) -> set[str]:
        seen, todo = set(), [self.start]
        while todo:
            state = todo.pop()
            if state not in seen:
                seen.add(state)
                todo.extend(self.edges[state])
        return seen
