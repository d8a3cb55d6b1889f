"""How many texts a process may read deeply: so many a second, saved up for a short burst."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.conf import settings

_SAVED_SECONDS = 5


class Budget:
    """A token bucket (ITU-T I.371, continuous-state form): it fills at `per_second` up to `_SAVED_SECONDS` of it."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._clock = per_second, clock
        self._mutex = threading.Lock()
        self._left, self._seen = per_second * _SAVED_SECONDS, clock()

    def take(self, wanted: int) -> int:
        """This will return how many of the wanted readings may be done now, and count them as done."""
        with self._mutex:
            now = self._clock()
            filled = self._left + (now - self._seen) * self._per_second
            self._left, self._seen = min(filled, self._per_second * _SAVED_SECONDS), now
            given = min(wanted, int(self._left))
            self._left -= given
            return given


DEEP = Budget(settings.TANGGAP_DEEP_PER_SECOND)
