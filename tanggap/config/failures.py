"""What an operator reads when a command fails: what happened, what was kept, what to do next."""

from __future__ import annotations

import errno
import os
import traceback
from datetime import UTC, datetime

import psycopg

from tanggap.config.attach import folder


def tell(error: Exception) -> str:
    """This will explain an error; one that nobody foresaw goes with its trace to log/tanggap.log in the data folder."""
    if os.environ.get("TANGGAP_DEBUG") == "1":
        raise error
    return _explain(error) or _unforeseen(error)


def _explain(error: Exception) -> str | None:
    from tanggap.agencies.government_file import GovernmentFileError
    from tanggap.core.postgres import PostgresError
    from tanggap.core.refusal import Refusal

    if isinstance(error, PostgresError | Refusal | GovernmentFileError):
        return str(error)
    if type(error).__name__ in {"NotAllowed", "Unreadable", "Refused"}:  # their modules need Django
        return str(error)
    chain = [error]
    while before := chain[-1].__cause__ or chain[-1].__context__:
        if not isinstance(before, Exception):
            break
        chain.append(before)
    for one in chain:
        if text := _of_the_machine(one):
            return text
    return None


def _of_the_machine(error: Exception) -> str | None:
    if isinstance(error, psycopg.errors.DiskFull) or getattr(error, "errno", None) in {
        errno.ENOSPC,
        errno.EDQUOT,
    }:
        return (
            f"The disk is full ({_last_line(error)}). What was accepted before is kept, nothing half-written stays. "
            "Free some space and start the command again."
        )
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"{error.filename or 'A file'} may not be written or read here ({error.strerror}). Nothing was changed. "
            "Run as the user that owns the data folder, or name another one with --data."
        )
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return (
            f"The database does not answer ({_last_line(error)}). What was committed is kept. "
            "Start the command again; `tanggap doctor` looks closer."
        )
    return None


def _unforeseen(error: Exception) -> str:
    where = folder() / "log" / "tanggap.log"
    trace = "".join(traceback.format_exception(error))
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with where.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{trace}\n")
        more = f"The whole trace is in {where}"
    except OSError:
        more = f"The trace:\n{trace}"
    return (
        f"unexpected error, {type(error).__name__}: {_last_line(error)}. What was committed before it is kept. "
        f"{more}; please report it."
    )


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".")[:300] if lines else type(error).__name__
