"""What `tanggap doctor` looks at: each examination yields what it found, in words, with what to do."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import connection

from tanggap.agencies.models import Government, Member
from tanggap.channels.models import App, Channel, Health
from tanggap.config import guard, migrating, standing
from tanggap.core import audit, scope, secrets

_LEAST_FREE = 2 * 1024**3
_BEHIND_SECONDS = 600
_KEY_FILES = ("secret.key", "tokens.key")
_OLDEST_SERVER = 150_000
_SECRETS = {
    App._meta.db_table: ("secrets", "verify_token", "client"),
    Channel._meta.db_table: ("token",),
}


@dataclass(frozen=True)
class Found:
    """One finding. `bad` has to be mended, a `hint` is worth knowing."""

    subject: str
    state: Literal["ok", "hint", "bad"]
    text: str


def examine(data: Path, now: datetime) -> Iterator[Found]:
    """This will look at everything; an examination that breaks is itself a finding."""
    with scope.crossing("the doctor looks at the whole installation"):
        yield from _database()
        yield from _disk(data)
        yield from _keys(data)
        yield from _safety()
        yield from _audit()
        yield from _people()
        yield from _channels()
        yield from _steps(now)
    yield from _front_end()
    yield from _calendars(now)


def _database() -> Iterator[Found]:
    version = connection.cursor().connection.info.server_version
    shown = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < _OLDEST_SERVER:
        yield Found("database", "bad", f"{shown} is too old; use 15 or newer.")
    else:
        yield Found("database", "ok", f"{shown} answers.")
    yield from _roles()
    missing = migrating.missing()
    if missing:
        yield Found("tables", "bad", f"{len(missing)} migrations are missing; run: tanggap migrate")
    else:
        yield Found("tables", "ok", "up to date.")


def _roles() -> Iterator[Found]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_has_role(current_user, relowner, 'usage') from pg_class where oid = 'core_entry'::regclass"
        )
        owns = cursor.fetchone()[0]
    if owns:
        yield Found(
            "database roles", "hint",
            "the application owns the tables, so it could switch off what the database guards (approvals, the audit "
            "record). Give it a role of its own: docs/operating.md, two roles.",
        )  # fmt: skip
    else:
        yield Found("database roles", "ok", "the application owns no table.")


def _disk(data: Path) -> Iterator[Found]:
    free = shutil.disk_usage(data).free
    state: Literal["ok", "bad"] = "ok" if free >= _LEAST_FREE else "bad"
    more = "" if state == "ok" else "; free some, or deliveries will be refused when it is full"
    yield Found("disk", state, f"{free / 1024**3:.1f} GB free below {data}{more}.")
    for folder in (data, data / "media", data / "log"):
        if folder.exists() and not _writable(folder):
            yield Found("disk", "bad", f"{folder} cannot be written; give it to the user that runs Tanggap.")


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _keys(data: Path) -> Iterator[Found]:
    for name in _KEY_FILES:
        if (data / name).exists() and stat.S_IMODE((data / name).stat().st_mode) & 0o077:
            yield Found("keys", "bad", f"{data / name} can be read by others; run: chmod 600 {data / name}")
    unreadable = [key for key in _sealed_things() if key]
    if unreadable:
        yield Found(
            "keys", "bad",
            f"the secrets of {', '.join(sorted(unreadable))} cannot be decrypted; put the key that was in use before "
            "into TANGGAP_KEYS (after the newest), or connect them again.",
        )  # fmt: skip
    else:
        yield Found("keys", "ok", "stored secrets can be decrypted.")


def _sealed_things() -> Iterator[str]:
    """Keys of apps and channels whose secrets no key of this installation opens."""
    with connection.cursor() as cursor:
        for table, columns in _SECRETS.items():
            cursor.execute(f"select key, {', '.join(columns)} from {table}")  # noqa: S608  names of our own columns
            for key, *kept in cursor.fetchall():
                try:
                    for one in filter(None, kept):
                        secrets.decrypt(one)
                except secrets.Unreadable:
                    yield key


def _safety() -> Iterator[Found]:
    wrong = list(guard.mistakes()) if not (settings.TANGGAP_DEMO or _only_demo()) else []
    for one in wrong:
        yield Found("safety", "bad", one)
    if not wrong:
        yield Found("safety", "ok", "no debug mode, default key or demo account on a real installation.")
    if not settings.TANGGAP_URL.startswith("https://") and not _only_demo():
        yield Found(
            "safety",
            "hint",
            "TANGGAP_URL is not https://; set it once a proxy with TLS stands before the server.",
        )


def _only_demo() -> bool:
    return guard.demo_accounts() > 0 and not Government.objects.filter(is_demo=False).exists()


def _audit() -> Iterator[Found]:
    chains: list[int | None] = [None, *Government.objects.values_list("pk", flat=True)]
    broken = [text for text in (audit.verify(one) for one in chains) if text]
    for text in broken:
        yield Found(
            "audit record",
            "bad",
            f"{text} Somebody changed the database behind the program: restore and ask.",
        )
    if not broken:
        sealed = audit.Entry.objects.filter(seal__isnull=False).count()
        yield Found("audit record", "ok", f"{sealed} sealed entries were verified.")


def _people() -> Iterator[Found]:
    for government in Government.objects.order_by("code"):
        if not Member.objects.filter(government=government, role="administrator").exists():
            yield Found(
                "people", "hint",
                f"{government.name} has no administrator: tanggap member add E-MAIL NAME --role administrator "
                f"--government {government.code}",
            )  # fmt: skip


def _channels() -> Iterator[Found]:
    ill = (Health.FAILING, Health.NEEDS_LOGIN)
    rows = Channel.objects.filter(closed_at__isnull=True)
    for one in rows.filter(health__in=ill):
        yield Found(
            "channels",
            "bad",
            f"{one.key} ({one.platform}) is {one.health}: {one.health_text or 'no reason given'}",
        )
    yield Found("channels", "ok", f"{rows.exclude(health__in=ill).count()} are well or rest on purpose.")


def _steps(now: datetime) -> Iterator[Found]:
    found = standing.collect(now)
    behind = [one for one in found["steps"] if one["due"] and one["oldest_seconds"] > _BEHIND_SECONDS]
    for one in behind:
        yield Found(
            "work", "bad",
            f"{one['due']} wait in {one['name']}, the oldest for {one['oldest_seconds'] / 60:.0f} minutes; is a worker "
            "running (tanggap work)? Its log says what fails.",
        )  # fmt: skip
    aside = found["raw_items"]["failed"] + found["raw_items"]["quarantined"]
    if aside:
        yield Found("work", "hint", f"{aside} deliveries were put aside; after mending: tanggap raw again")
    if not behind:
        yield Found("work", "ok", "no step is behind.")


def _front_end() -> Iterator[Found]:
    built = settings.BASE_DIR / "console" / "static" / "dist"
    if built.is_dir() and any(built.iterdir()):
        yield Found("front end", "ok", "style and scripts are built.")
    else:
        yield Found(
            "front end", "bad", f"{built} is empty; run bin/setup, or install the wheel, which has it."
        )


def _calendars(now: datetime) -> Iterator[Found]:
    from tanggap.agencies.calendar_file import calendar_of
    from tanggap.agencies.government_file import GovernmentFileError
    from tanggap.agencies.national_holidays import has_joint_leave

    for code in sorted(set(Government.objects.values_list("code", flat=True))):
        try:
            decided = calendar_of(code).decided_until
        except (GovernmentFileError, ValueError) as error:
            yield Found("calendar", "bad", f"{code}: {error}")
            continue
        known = date(decided if not has_joint_leave(decided + 1) else decided + 1, 12, 31)
        days = (known - now.date()).days
        state: Literal["ok", "hint"] = "ok" if days > 60 else "hint"
        more = (
            ""
            if state == "ok"
            else "; deadlines beyond are provisional until the decree of the next year is put in"
        )
        yield Found("calendar", state, f"{code}: holidays are known until {known.isoformat()}{more}.")
