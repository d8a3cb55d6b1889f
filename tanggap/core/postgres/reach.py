"""This will choose whom PostgreSQL runs as when we are root, and a place that this user may enter."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from tanggap.core.postgres.errors import PostgresError

CLOSED_FOLDER_HOME = Path("/var/lib/tanggap")


def home(data: Path) -> Path:
    """This will give the folder that holds cluster, socket and locks, and make it on first use."""
    place = data.absolute() / "postgres"
    try:
        if not data.is_dir():
            data.mkdir(parents=True)
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not os.path.lexists(place):
            _make(place)
        (place / "lock").touch(mode=0o600)
    except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        raise PostgresError(
            f"The data folder {data} cannot be used: {error.strerror} ({error.filename}).",
            do="Run as the user it belongs to, or name another folder with --data.",
        ) from None
    return place.resolve()


def _make(place: Path) -> None:
    """This will make the folder; where the server may not enter it, elsewhere, with a link in its place.

    PostgreSQL refuses to run as root, and we do not open root's folders to everyone for its sake.
    """
    if os.geteuid() or reachable(place.parent, unprivileged(place)):
        place.mkdir(exist_ok=True)
        place.chmod(0o700 if os.geteuid() else 0o711)
        return
    CLOSED_FOLDER_HOME.mkdir(parents=True, exist_ok=True)
    elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=CLOSED_FOLDER_HOME))
    for folder in (CLOSED_FOLDER_HOME, elsewhere):
        folder.chmod(0o711)
    try:
        place.symlink_to(elsewhere)
    except FileExistsError:  # another command was first
        elsewhere.rmdir()


def unprivileged(place: Path) -> pwd.struct_passwd:
    """This will choose whom PostgreSQL runs as under root: the owner of cluster or data, postgres, or nobody."""
    for path in (place / "cluster", place.parent):
        if path.exists() and path.stat().st_uid:
            with suppress(KeyError):  # initdb wants a name for the user id
                return pwd.getpwuid(path.stat().st_uid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`.",
        do="Run as an ordinary user, or set DATABASE_URL.",
    )


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """This will tell whether the user may enter every folder down to `path` and enter or run it."""
    path = path.resolve()
    for part in (*path.parents, path):
        found = part.stat()
        if found.st_uid == user.pw_uid:
            bit = stat.S_IXUSR
        else:
            bit = stat.S_IXGRP if found.st_gid == user.pw_gid else stat.S_IXOTH
        if not found.st_mode & bit:
            return False
    return True
