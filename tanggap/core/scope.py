"""Every transaction runs inside one government, or says that it crosses them.

A query through a scoped manager that runs in neither raises `ScopeMissing`: a forgotten scope is a bug that
tests see, never a leak that citizens see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

_M = TypeVar("_M", bound=models.Model, covariant=True)


class ScopeMissing(RuntimeError):
    """Rows of a government were asked for outside any scope."""


class ScopeConflict(RuntimeError):
    """A row of one government was about to be written inside another's scope."""


class _Crossing:
    """Marks code that works across governments; `why` is for the reader of the code and of the log."""

    def __init__(self, why: str) -> None:
        self.why = why


_current: ContextVar[int | _Crossing | None] = ContextVar("tanggap_scope", default=None)


@contextmanager
def government(government_id: int) -> Iterator[None]:
    """This will run the block inside one government: scoped managers return only its rows."""
    token = _current.set(government_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def crossing(why: str) -> Iterator[None]:
    """This will run the block across governments (set-up, digest of mixed batches, operations); say why."""
    token = _current.set(_Crossing(why))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> int | None:
    """This will return the government's id, or None inside `crossing`; outside both it raises ScopeMissing."""
    value = _current.get()
    if value is None:
        raise ScopeMissing(
            "No government is in scope. Wrap the work in scope.government(id), or in scope.crossing(why) "
            "where it truly concerns several governments."
        )
    return None if isinstance(value, _Crossing) else value


class ScopedManager(models.Manager[_M]):
    """The default manager of every model that belongs to a government.

    Models of which a member may see only a part have a manager with `seen_by(member)`: the one entry for doors.
    """

    def get_queryset(self) -> models.QuerySet[_M]:
        queryset = super().get_queryset()
        inside = current()
        return queryset if inside is None else queryset.filter(government_id=inside)


class ScopedModel(models.Model):
    """A row of one government; `government_id` comes from the product's own foreign key."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """This will write the row, filling `government_id` from the scope; another government's row raises."""
        inside = current()
        mine = getattr(self, "government_id", None)
        if mine is None and inside is not None:
            setattr(self, "government_id", inside)  # noqa: B010  the field is declared by the product
        elif inside is not None and mine != inside:
            raise ScopeConflict(f"{type(self).__name__} of government {mine} inside the scope of {inside}.")
        super().save(*args, **kwargs)
