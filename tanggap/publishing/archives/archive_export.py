"""Writes the archive of what was said into one ZIP, as a job: lines of JSON, a table, files, and their SHA-256.

Safe to stop at any moment: lines go to files in pieces, each piece with the sizes behind it, and what lies beyond them
is cut off when the job goes on. The ZIP is put in its place whole or not at all. Its format stands in the README.md
inside and in docs/publishing.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import orjson
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, NotAllowed, Role
from tanggap.core import audit, scope, work
from tanggap.core.files import StoredFile
from tanggap.core.work import Job, JobState
from tanggap.publishing.archives import archive
from tanggap.publishing.archives.archive import Wanted
from tanggap.publishing.archives.archive_records import CSV_HEADINGS, csv_row, publication_record, record
from tanggap.publishing.models import Delivery, Publication
from tanggap.publishing.plans.tables import csv_lines

KIND = "archive"
PIECE = 500
KEPT = timedelta(days=7)
"""How long a finished file can be fetched."""
PRIVATE_TOO = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
"""Who may ask for what was said to one person alone as well; it is noted in the record."""
FORMAT = "tanggap-archive/1"
_LAW = Path(__file__).parents[1] / "data" / "archive_law.json"
_LINES, _TABLE, _STORIES = "records.jsonl", "deliveries.csv", "publications.jsonl"


def start(by: Member, wanted: Wanted, *, private: bool = False) -> Job:
    """This will begin an export of what the member sees and looks for; NotAllowed for private answers by others."""
    if private and by.role not in PRIVATE_TOO:
        raise NotAllowed(_("Balasan pribadi hanya dapat diekspor oleh koordinator atau administrator."))
    _sweep(by.government_id, timezone.now())
    with transaction.atomic():
        made = work.start(
            KIND, _("Ekspor arsip"), by, government_id=by.government_id, wanted=wanted.as_json(), private=private,
            member=by.pk, until=timezone.now().isoformat(),
        )  # fmt: skip
        audit.record("archive.export", made, by, private=private, filters=sorted(wanted.as_json()))
    return made


def finished(job: Job, by: Member) -> Path | None:
    """This will return a finished export's file, noted in the record; None for whoever may not see all of it."""
    mine = job.params.get("member") == by.pk or by.role in PRIVATE_TOO
    if job.kind != KIND or job.government_id != by.government_id or not mine:
        return None
    place = folder() / f"{job.pk}.zip"
    if job.state != JobState.DONE or not place.is_file():
        return None
    with transaction.atomic():
        audit.record("archive.download", job, by, private=bool(job.params.get("private")))
    return place


def exports(by: Member) -> list[Job]:
    """This will return the newest exports that a member may fetch."""
    rows = Job.objects.filter(kind=KIND, government_id=by.government_id).order_by("-id")
    if by.role not in PRIVATE_TOO:
        rows = rows.filter(params__member=by.pk)
    return list(rows[:5])


def folder() -> Path:
    """This will return the folder of finished exports."""
    place = Path(settings.TANGGAP_DATA) / "archive"
    place.mkdir(parents=True, exist_ok=True)
    return place


@work.job(KIND)
def export(job: Job) -> Iterator[None]:
    """This will write the lines piece by piece, then the ZIP."""
    assert job.government_id is not None
    with scope.government(job.government_id):
        half = folder() / f".half-{job.pk}"
        half.mkdir(exist_ok=True)
        rows = _rows(job)
        if job.total is None:
            job.total = rows.count()
        _cut(half, job.cursor.get("sizes") or {})
        while not job.cursor.get("written"):
            _write_piece(job, half, rows)
            yield
        yield from _pack(job, half)


def _rows(job: Job) -> models.QuerySet[Delivery]:
    by = Member.objects.get(pk=job.params["member"])
    until = datetime.fromisoformat(job.params["until"])
    rows = archive.seen_by(by) if job.params["private"] else archive.public(archive.seen_by(by))
    found = archive.find(rows.filter(sent_at__lte=until), Wanted.of(job.params["wanted"]), by.government.zone)
    return found.order_by("pk")


def _write_piece(job: Job, half: Path, rows: models.QuerySet[Delivery]) -> None:
    """Writes the next lines and the publications that they are the first to name, then notes how far it came."""
    batch = list(
        rows.filter(pk__gt=job.cursor.get("pk", 0)).select_related("variant__publication__route")[:PIECE]
    )
    files = [file for one in batch for file in one.media]
    stored = StoredFile.objects.in_bulk([file["file"] for file in files])
    _append(half / _LINES, b"".join(orjson.dumps(record(one, stored)) + b"\n" for one in batch))
    _append(half / _TABLE, csv_lines([csv_row(one) for one in batch]).encode("utf-8", "replace"))
    _append(half / _STORIES, b"".join(_stories(batch, int(job.cursor.get("pk", 0)), rows)))
    sizes = {name: (half / name).stat().st_size for name in (_LINES, _TABLE, _STORIES)}
    last = batch[-1].pk if batch else job.cursor.get("pk", 0)
    with transaction.atomic():
        job.advance(done=len(batch), cursor={"pk": last, "sizes": sizes, "written": len(batch) < PIECE})


def _stories(batch: Sequence[Delivery], before: int, rows: models.QuerySet[Delivery]) -> Iterator[bytes]:
    named = {one.variant.publication_id for one in batch if one.variant is not None}
    told = rows.filter(pk__lte=before, variant__publication_id__in=named)
    fresh = named - set(told.values_list("variant__publication_id", flat=True))
    for one in Publication.objects.filter(pk__in=fresh).select_related("unit", "route").order_by("pk"):
        yield orjson.dumps(publication_record(archive.history(one))) + b"\n"


def _append(place: Path, content: bytes) -> None:
    with place.open("ab") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _cut(half: Path, sizes: dict[str, int]) -> None:
    """Cuts off what a piece wrote whose end was never noted."""
    for name in (_LINES, _TABLE, _STORIES):
        with (half / name).open("ab") as out:
            out.truncate(sizes.get(name, 0))


def _pack(job: Job, half: Path) -> Iterator[None]:
    """Builds the ZIP anew from the lines; a stop in the middle costs only this."""
    place, making = folder() / f"{job.pk}.zip", half / "making.zip"
    sums: dict[str, str] = {}
    missing: list[str] = []
    with zipfile.ZipFile(making, "w", zipfile.ZIP_DEFLATED) as out:
        _add(out, _LINES, (half / _LINES).open("rb"), sums)
        heading = b"\xef\xbb\xbf" + csv_lines([CSV_HEADINGS]).encode()
        _add(out, _TABLE, (half / _TABLE).open("rb"), sums, heading)
        _add(out, _STORIES, (half / _STORIES).open("rb"), sums)
        for name, file in _files(half / _LINES):
            if not file.path.is_file():
                missing.append(name)
                continue
            _add(out, name, file.path.open("rb"), sums)
            if sums[name] != file.sha256:
                missing.append(name)
            yield
        manifest = _manifest(job, sums, missing)
        _add_text(out, "README.md", _readme(manifest), sums)
        out.writestr("manifest.json", json.dumps({**manifest, "sha256": sums}, ensure_ascii=False, indent=1))
    with making.open("rb") as made:
        os.fsync(made.fileno())
    making.replace(place)
    shutil.rmtree(half, ignore_errors=True)
    job.result = {"size": place.stat().st_size, "records": job.done, "missing": missing[:50]}
    with transaction.atomic():
        job.advance(done=0, cursor={**job.cursor, "packed": True})
    yield


def _files(lines: Path) -> Iterator[tuple[str, StoredFile]]:
    """The files that the lines name, each once."""
    seen: set[str] = set()
    with lines.open("rb") as source:
        for line in source:
            for one in orjson.loads(line)["media"]:
                if one["path"] and one["path"] not in seen:
                    seen.add(one["path"])
                    file = StoredFile.objects.filter(pk=one["file"]).first()
                    if file is not None:
                        yield one["path"], file


def _add(
    out: zipfile.ZipFile, name: str, source: IO[bytes], sums: dict[str, str], first: bytes = b""
) -> None:
    digest = hashlib.sha256(first)
    with source, out.open(name, "w", force_zip64=True) as into:
        into.write(first)
        while chunk := source.read(1024 * 1024):
            digest.update(chunk)
            into.write(chunk)
    sums[name] = digest.hexdigest()


def _add_text(out: zipfile.ZipFile, name: str, text: str, sums: dict[str, str]) -> None:
    out.writestr(name, text)
    sums[name] = hashlib.sha256(text.encode()).hexdigest()


def _manifest(job: Job, sums: dict[str, str], missing: list[str]) -> dict[str, Any]:
    assert job.government_id is not None
    government = Government.objects.get(pk=job.government_id)
    return {
        "format": FORMAT,
        "government": {"code": government.code, "name": government.name, "timezone": government.timezone},
        "made_at": timezone.now().isoformat(), "made_by": job.started_by, "until": job.params["until"],
        "filters": job.params["wanted"], "private_replies": job.params["private"], "records": job.done,
        "files": sum(name.startswith("files/") for name in sums), "missing_or_changed_files": missing,
        "legal_basis": json.loads(_LAW.read_text(encoding="utf-8"))["basis"],
    }  # fmt: skip


def _readme(manifest: dict[str, Any]) -> str:
    template = (Path(__file__).parents[1] / "data" / "archive_readme.md").read_text(encoding="utf-8")
    law = "\n".join(
        f"- {one['title']}: {one['about']} ({one['source_url']})"
        + ("" if one["verified"] else " [belum diverifikasi]")
        for one in manifest["legal_basis"]
    )
    return template.format(
        name=manifest["government"]["name"], made=manifest["made_at"], records=manifest["records"], law=law,
        private="ya" if manifest["private_replies"] else "tidak", form=manifest["format"],
    )  # fmt: skip


def _sweep(government_id: int, now: datetime) -> None:
    """Forgets files that were there long enough to be fetched, and half ones of jobs that ended."""
    old = Job.objects.filter(kind=KIND, government_id=government_id, ended_at__lt=now - KEPT)
    for pk in old.values_list("pk", flat=True):
        (folder() / f"{pk}.zip").unlink(missing_ok=True)
        shutil.rmtree(folder() / f".half-{pk}", ignore_errors=True)
