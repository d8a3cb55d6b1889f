"""Brings the tables up to date, once, whoever comes first; as their owner, which nothing else runs as."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tanggap.config.database import database
from tanggap.core.refusal import Refusal

Names = set[tuple[str, str]]


def bring_up_to_date() -> bool:
    """This will apply the migrations that are missing; returns whether there were any.

    Two processes at once: the second waits for the first and then finds nothing to do. Each migration is one
    transaction, so one that is cut off leaves the tables as they were and is applied the next time. Refusal
    where the database was made by a newer Tanggap.
    """
    if not missing() and granted():
        return False
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('tanggap.migrate'))")
        try:
            behind = bool(missing())
            if behind:
                call_command("migrate", interactive=False, verbosity=0)
            grant(application())
            return behind
        finally:
            cursor.execute("select pg_advisory_unlock(hashtext('tanggap.migrate'))")


@contextmanager
def as_owner(url: str) -> Iterator[None]:
    """This will let Django speak as the tables' owner inside the block."""
    before = connection.settings_dict
    connection.close()
    connection.settings_dict = {**before, **database(url)}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def application() -> str:
    """This will return the role that everything but this runs as."""
    return str(settings.DATABASES["default"]["USER"])


def grant(role: str) -> None:
    """This will let a role read and write the rows of every table, and no more: it owns none, empties none (TRUNCATE)
    and disables no trigger. Nothing is done for the owner itself."""
    with connection.cursor() as cursor:
        cursor.execute("select current_user = %s", [role])
        if cursor.fetchone()[0]:
            return
        for statement in _GRANTS:
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


_GRANTS = (
    "grant usage on schema public to {role}",
    "grant select, insert, update, delete on all tables in schema public to {role}",
    "grant usage, select, update on all sequences in schema public to {role}",
    "alter default privileges in schema public grant select, insert, update, delete on tables to {role}",
    "alter default privileges in schema public grant usage, select, update on sequences to {role}",
)


def granted() -> bool:
    """This will tell whether the application's role may read what it works on."""
    with connection.cursor() as cursor:
        cursor.execute("select has_table_privilege(%s, 'django_migrations', 'select')", [application()])
        return bool(cursor.fetchone()[0])


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
