"""The drill: a backup of a working database, restored elsewhere, is proven row by row, seal by seal, file by file."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tanggap.agencies.joining import add_member, load_government
from tanggap.agencies.models import Government, Unit
from tanggap.config import hooks
from tanggap.config.commands.backup import write
from tanggap.core import audit, files, scope
from tests.config.address import url_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> Government:
    government = load_government("34.71")
    with scope.government(government.pk), transaction.atomic():
        unit = Unit.objects.get(code="diskominfosan")
        add_member(audit.System("test"), "ani@uji.go.id", "Ani “Ñ”\t\\", unit, "administrator")
        hooks.open_app(government, "uji", "Uji", "uji")
    files.keep(government.pk, b"bukti foto", "foto.jpg", "image/jpeg")
    while audit.seal():
        pass
    return government


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    """An empty database beside the test database, for a restore."""
    name = f"pulih_{os.getpid()}"
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists {name}")
        server.execute(f"create database {name}")
        yield url_of(name)
        server.execute(f"drop database {name} with (force)")


def _restore(file: Path, data: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tanggap.config.cli", "restore", str(file), "--data", str(data)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tanggap.config.settings"},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def _backup(file: Path, url: str, *, with_keys: bool = False) -> None:
    write(file, Path(settings.TANGGAP_DATA), url, with_keys=with_keys)


@pytest.mark.fault(28)
def test_what_was_backed_up_comes_back(
    city: Government, database_url: str, empty_database: str, tmp_path: Path
) -> None:
    file, data = tmp_path / "b.tar.gz", tmp_path / "data"
    _backup(file, database_url, with_keys=True)
    done = _restore(file, data, empty_database)
    assert done.returncode == 0, done.stderr
    assert "everything is as it was" in done.stdout
    with psycopg.connect(empty_database) as there:
        for table in ("agencies_unit", "agencies_user", "channels_app", "core_entry", "django_content_type"):
            row = there.execute(f"select count(*) from {table}").fetchone()
            with connection.cursor() as cursor:
                cursor.execute(f"select count(*) from {table}")
                assert row == cursor.fetchone(), table
        assert there.execute("select name from agencies_user").fetchone() == ("Ani “Ñ”\t\\",)
        newest = there.execute("select seal from core_entry order by number desc limit 1").fetchone()
        assert newest == (audit.head(city.pk)[1],)
        # New rows must not meet old ids.
        there.execute(
            "insert into core_entry (at, actor, action, target_kind, target_id, fields) "
            "values (now(), 'a', 'b', 'c', 'd', '{}')"
        )
    sha = hashlib.sha256(b"bukti foto").hexdigest()
    assert (data / "media" / sha[:2] / sha[2:4] / sha).read_bytes() == b"bukti foto"
    assert (data / "tokens.key").stat().st_mode & 0o077 == 0

    again = _restore(file, data, empty_database)
    assert again.returncode == 1
    assert "not empty" in again.stderr


@pytest.mark.fault(28)
def test_missing_files_and_changed_rows_are_listed(
    city: Government, database_url: str, empty_database: str, tmp_path: Path
) -> None:
    whole, touched = tmp_path / "b.tar.gz", tmp_path / "c.tar.gz"
    _backup(whole, database_url)
    sha = hashlib.sha256(b"bukti foto").hexdigest()

    def change(name: str, content: bytes) -> bytes | None:
        if name.startswith("table/core_entry/"):
            return content.replace(b"government.load", b"government.lied")
        return None if name == f"media/{sha}" else content

    _rewrite(whole, touched, change)
    done = _restore(touched, tmp_path / "data", empty_database)
    assert done.returncode == 1
    assert f"stored file missing: {sha}" in done.stdout
    assert "core_entry: the rows in the file are not those that were written" in done.stdout
    assert "was changed after it was sealed" in done.stdout


@pytest.mark.fault(28)
def test_a_cut_off_backup_leaves_the_database_empty(
    city: Government, database_url: str, empty_database: str, tmp_path: Path
) -> None:
    file, cut = tmp_path / "b.tar.gz", tmp_path / "cut.tar.gz"
    _backup(file, database_url)
    plain = gzip.decompress(file.read_bytes())
    cut.write_bytes(gzip.compress(plain[: len(plain) * 2 // 3])[:-20])
    done = _restore(cut, tmp_path / "data", empty_database)
    assert done.returncode == 1
    assert "not a whole backup" in done.stderr
    with psycopg.connect(empty_database) as there:
        assert there.execute("select count(*) from agencies_unit").fetchone() == (0,)
    assert _restore(file, tmp_path / "data", empty_database).returncode == 0


def test_a_backup_never_stands_half_and_keeps_keys_out(
    city: Government, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.tar.gz"
    with monkeypatch.context() as patched:
        patched.setattr("tanggap.config.archive.put_media", _full_disk)
        with pytest.raises(OSError, match="No space"):
            _backup(file, database_url)
    assert list(tmp_path.iterdir()) == []
    _backup(file, database_url)
    with tarfile.open(file) as tar:
        names = tar.getnames()
        content = tar.extractfile("manifest.json")
        assert content is not None
        manifest = json.load(content)
    assert not [name for name in names if name.startswith("keys/")]
    assert (names[0], names[-1]) == ("manifest.json", "end.json")
    assert manifest["rows"]["agencies_unit"] == Unit._base_manager.count()
    assert not [name for name in names if "procrastinate" in name]


def test_a_backup_is_one_moment(
    city: Government, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that come in while the backup runs are in none of its tables, so its counts hold."""
    from tanggap.config import archive

    real = archive.put_table

    def slow(*arguments: object) -> str:
        with transaction.atomic():
            audit.record("test.meanwhile", city, audit.System("test"), now=timezone.now())
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(archive, "put_table", slow)
    file = tmp_path / "b.tar.gz"
    before = audit.Entry.objects.count()
    _backup(file, database_url)
    assert audit.Entry.objects.count() > before
    with tarfile.open(file) as tar:
        content = tar.extractfile("table/core_entry/000001")
        assert content is not None
        assert len(content.read().splitlines()) == before


def _full_disk(*arguments: object) -> bool:
    raise OSError(28, "No space left on device")


def _rewrite(old: Path, new: Path, change: object) -> None:
    with tarfile.open(old) as before, tarfile.open(new, "w:gz") as after:
        for info in before:
            source = before.extractfile(info)
            assert source is not None
            content = change(info.name, source.read())  # type: ignore[operator]
            if content is not None:
                info.size = len(content)
                after.addfile(info, io.BytesIO(content))
