"""Brings the tables up to date, once, whoever comes first."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tanggap.core.refusal import Refusal

Names = set[tuple[str, str]]


def bring_up_to_date() -> bool:
    """This will apply the migrations that are missing; returns whether there were any.

    Two processes at once: the second waits for the first and then finds nothing to do. Each migration is one
    transaction, so one that is cut off leaves the tables as they were and is applied the next time. Refusal
    where the database was made by a newer Tanggap.
    """
    if not missing():
        return False
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('tanggap.migrate'))")
        try:
            if not missing():
                return False
            call_command("migrate", interactive=False, verbosity=0)
            return True
        finally:
            cursor.execute("select pg_advisory_unlock(hashtext('tanggap.migrate'))")


def missing() -> Names:
    """This will return the migrations on disk that the database has not seen, without importing them."""
    shipped, seen = on_disk(), applied()
    ours = our_labels()
    unknown = {one for one in seen - shipped if one[0] in ours}
    if unknown:
        raise Refusal(
            f"This database was made by a newer Tanggap (it knows {', '.join(sorted(map('.'.join, unknown)))}). "
            "Nothing was changed. Install that version, or restore a backup that is as old as this one."
        )
    return shipped - seen


def on_disk() -> Names:
    """This will return (app label, migration name) of every installed app."""
    found: Names = set()
    for app in apps.get_app_configs():
        spec = importlib.util.find_spec(f"{app.name}.migrations") if _has_migrations(app.path) else None
        for folder in (spec.submodule_search_locations or []) if spec else []:
            found.update((app.label, path.stem) for path in Path(folder).glob("[!_]*.py"))
    return found


def our_labels() -> set[str]:
    """This will return the labels of Tanggap's own apps."""
    return {app.label for app in apps.get_app_configs() if app.name.startswith("tanggap.")}


def applied() -> Names:
    """This will return what the database says was applied; empty for an empty one."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('django_migrations')")
        if cursor.fetchone()[0] is None:
            return set()
        cursor.execute("select app, name from django_migrations")
        return set(cursor.fetchall())


def _has_migrations(path: str) -> bool:
    return (Path(path) / "migrations").is_dir()
