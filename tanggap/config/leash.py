"""Ends a child process when the one that started it is gone, so that kill -9 of `tanggap up` leaves no strays."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT = "TANGGAP_PARENT"
_SECONDS = 1.0


def follow_parent() -> None:
    """This will watch the parent that TANGGAP_PARENT names, and send this process SIGTERM once it is gone."""
    named = os.environ.pop(PARENT, "")
    if named.isdigit():
        threading.Thread(target=_watch, args=(int(named),), name="leash", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
