"""Imports posts from a file: every line is stored raw before it counts, a bad line goes to a file of its own.

NDJSON is taken as it stands. Tables (CSV, XLSX, the complaint service's export) become lines of the public format by
a plan: which column is which field (columns.py). The job's cursor is the number of lines dealt with, kept in the
transaction that stores them: after a crash it goes on there. Importing the same file again adds nothing, for the
digest knows what it has.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, require
from tanggap.channels.models import Channel
from tanggap.core import audit, bulk, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import columns, mapping, rejected, spreadsheets, tables
from tanggap.posts.columns import Plan
from tanggap.posts.lines import Line, count, lines
from tanggap.posts.models import RawItem
from tanggap.posts.rejected import Refused

FORMATS = ("ndjson", "csv", "xlsx", "lapor")
PIECE = 1000
_MOST_UPLOAD = 1024 * 1024 * 1024


def format_of(name: str) -> str:
    """This will tell the format by a file's name; Refusal with what is possible for an unknown one."""
    ending = Path(name).suffix.lower()
    known = {
        ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv", ".tsv": "csv", ".txt": "csv",
        ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx",
    }  # fmt: skip
    if ending not in known:
        raise Refusal(
            _("Jenis berkas %(ending)s belum dapat diimpor. Pakai XLSX, CSV, atau NDJSON.")
            % {"ending": ending or "?"},
            "file",
        )
    return known[ending]


def import_channel(government: Government, key: str) -> Channel:
    """This will return the import channel of a key, made where it is new; Refusal where the key means another."""
    with scope.government(government.pk):
        channel, _made = Channel.objects.get_or_create(
            key=key, defaults={"government": government, "platform": "import", "name": key}
        )
    if channel.platform != "import":
        raise Refusal(
            _("Kunci %(key)s sudah dipakai kanal %(name)s yang bukan kanal impor. Pilih kunci lain.")
            % {"key": key, "name": channel.name}, "key",
        )  # fmt: skip
    return channel


def keep_upload(by: Member, content: Iterable[bytes], name: str) -> Path:
    """This will keep an uploaded file under its own digest, so that it can be looked at before it is imported."""
    require(by, "posts.import")
    form = format_of(name)
    folder = _folder()
    digest, size = hashlib.sha256(), 0
    half = folder / f".half-{by.pk}-{timezone.now().timestamp()}"
    try:
        with half.open("wb") as out:
            for chunk in content:
                digest.update(chunk)
                size += len(chunk)
                if size > _MOST_UPLOAD:
                    raise Refusal(_("Berkas lebih besar dari 1 GB. Bagi menjadi beberapa berkas."), "file")
                out.write(chunk)
        if form == "xlsx":
            spreadsheets.check(half)
        return half.replace(folder / f"{digest.hexdigest()[:32]}.{form}")
    finally:
        half.unlink(missing_ok=True)


def kept(name: str) -> Path:
    """This will return a file that `keep_upload` kept; Refusal where it is gone."""
    place = _folder() / Path(name).name
    if not place.is_file():
        raise Refusal(_("Berkas itu sudah tidak ada di server. Unggah sekali lagi."), "file")
    return place


def start_kept(
    by: Member,
    file: Path,
    name: str,
    key: str,
    *,
    plan: Plan | None = None,
    form: str = "",
    only: str = "good",
) -> work.Job:
    """This will import a kept file as a job that can be watched, stopped and resumed; its plan is remembered."""
    require(by, "posts.import")
    form = form or format_of(file.name)
    if plan is not None and form != "lapor":
        plan.require()
    channel = import_channel(by.government, key)
    if plan is not None and form != "lapor":
        mapping.remember(channel, plan)
    return start(by, file, name, channel, form, plan=plan, only=only)


def start(
    by: audit.Actor, file: Path, name: str, channel: Channel, form: str, *, plan: Plan | None = None,
    only: str = "good",
) -> work.Job:  # fmt: skip
    """This will start the job that imports a file into a channel; `only` is "good" lines, or "all" or none at all.

    A table without a plan is read by the channel's remembered one, else by a guess.
    """
    if form != "ndjson" and plan is None:
        with scope.government(channel.government_id):
            form, plan = mapping.guessed(file, form)
            if form != "lapor":
                known = mapping.remembered(plan)
                plan = columns.at_row(known[1], plan) if known else plan
                plan.require()
    return work.start(
        "import", _("Impor %(name)s") % {"name": name}, by, government_id=channel.government_id,
        file=str(file.resolve()), channel=channel.pk, format=form, only=only,
        plan=plan.as_json() if plan else None,
    )  # fmt: skip


@work.job("import")
def run_import(job: work.Job) -> Iterator[None]:
    """This will take in a file in pieces of 1,000 lines; where all or none is wanted, after looking at all of them."""
    channel = Channel._base_manager.select_related("government").get(pk=job.params["channel"])
    file, zone = Path(job.params["file"]), channel.government.timezone
    plan = Plan.from_json(job.params["plan"]) if job.params.get("plan") else None
    if plan is not None and tables.kind_of(file) == "xlsx":
        for _done in tables.lay_down(file, plan.sheet):
            job.advance(done=0, cursor=job.cursor)
            yield
    if job.total is None:
        job.total = count(file, plan)
    place = _folder() / f"{file.stem}.{job.pk}.ditolak.ndjson"
    found = partial(lines, file, job.params["format"], plan, zone)
    if job.params.get("only") == "all" and not job.cursor.get("sound"):
        yield from _look_at_all(job, found, place)
    if not job.result.get("nothing"):
        yield from _take_in(job, found, place, channel)
    if plan is not None:
        tables.laid_down(file, plan.sheet).unlink(missing_ok=True)


def _look_at_all(job: work.Job, found: Callable[[int], Iterator[Line]], place: Path) -> Iterator[None]:
    """Looks at every line and stores none; where one is bad, the job ends with nothing taken in."""
    place.unlink(missing_ok=True)
    bad, source = 0, found(0)
    while piece := list(itertools.islice(source, PIECE)):
        refused = _parted(piece)[1]
        rejected.append(place, refused)
        bad += len(refused)
        job.advance(done=0, cursor={})
        yield
    if bad:
        job.result |= {"rejected_file": str(place), "nothing": True}
        job.advance(done=job.total or 0, failed=bad, cursor={})
    else:
        job.advance(done=0, cursor={"sound": True})


def _take_in(
    job: work.Job, found: Callable[[int], Iterator[Line]], place: Path, channel: Channel
) -> Iterator[None]:
    seen, kept_bytes = job.cursor.get("lines", 0), job.cursor.get("rejected_bytes", 0)
    if place.exists() or kept_bytes:
        with place.open("ab") as out:
            out.truncate(kept_bytes)
    source = found(seen)
    while piece := list(itertools.islice(source, PIECE)):
        good, bad = _parted(piece)
        kept_bytes = rejected.append(place, bad)
        with transaction.atomic(), scope.government(channel.government_id):
            _store(good, channel)
            seen += len(piece)
            if bad:
                job.result["rejected_file"] = str(place)
            cursor = {**job.cursor, "lines": seen, "rejected_bytes": kept_bytes}
            job.advance(done=len(piece), failed=len(bad), cursor=cursor)
        yield


def _parted(piece: list[Line]) -> tuple[list[bytes], list[Refused]]:
    good = [line for _number, line in piece if isinstance(line, bytes)]
    return good, [line for _number, line in piece if isinstance(line, Refused)]


def _store(lines: list[bytes], channel: Channel) -> None:
    now = timezone.now()
    rows = [
        RawItem(source="import", channel=channel, history=True, body=line, received_at=now, headers={})
        for line in lines
    ]
    bulk.copy(rows)
    live.wake("digest")


def _folder() -> Path:
    folder = Path(settings.TANGGAP_DATA) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_copy(file: Path) -> Path:
    """This will copy a file from elsewhere into the data folder, so that a resumed job finds it."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    folder = _folder()
    kept = folder / f"{digest.hexdigest()[:32]}{file.suffix.lower()}"
    if not kept.exists():
        half = kept.with_suffix(".half")
        shutil.copyfile(file, half)
        half.replace(kept)
    return kept
