"""The worker's tasks: every step of core.work as a procrastinate task with a schedule."""

from __future__ import annotations

from typing import Any

from procrastinate import App


def on_app_ready(app: App) -> None:
    """This will register the tasks once Django's apps are loaded."""
