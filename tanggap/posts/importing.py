"""Imports posts from a file: every line is stored raw before it counts, a bad line goes to a file of its own.

The job's cursor is the number of lines dealt with, kept in the transaction that stores them: after a crash it goes on
there. Importing the same file again adds nothing, for the digest knows what it has.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, require
from tanggap.channels.connector import Raw, Unreadable, connector
from tanggap.channels.models import Channel
from tanggap.core import audit, bulk, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts.models import RawItem

FORMATS = ("ndjson", "csv")
PIECE = 1000
_MOST_LINE = 1_500_000


@dataclass(frozen=True, slots=True)
class Preview:
    """The first lines of a file as they would be taken in, before anything is stored."""

    format: str
    good: list[dict[str, Any]]
    bad: list[tuple[int, str]]


def preview(file: Path, form: str, zone: str, most: int = 20) -> Preview:
    """This will read the first lines of a file and say which would be refused, and why."""
    good, bad = [], []
    for number, line in itertools.islice(_lines(file, form), most):
        error = _fault(line, zone)
        if error:
            bad.append((number, error))
        else:
            good.append(orjson.loads(line))
    return Preview(form, good, bad)


def format_of(name: str) -> str:
    """This will tell the format by a file's name; Refusal with what is possible for an unknown one."""
    ending = Path(name).suffix.lower()
    known = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv"}
    if ending not in known:
        raise Refusal(
            _("Jenis berkas %(ending)s belum dapat diimpor. Pakai NDJSON atau CSV.")
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
    digest = hashlib.sha256()
    half = folder / f".half-{by.pk}-{timezone.now().timestamp()}"
    with half.open("wb") as out:
        for chunk in content:
            digest.update(chunk)
            out.write(chunk)
    return half.replace(folder / f"{digest.hexdigest()[:32]}.{form}")


def kept(name: str) -> Path:
    """This will return a file that `keep_upload` kept; Refusal where it is gone."""
    place = _folder() / Path(name).name
    if not place.is_file():
        raise Refusal(_("Berkas itu sudah tidak ada di server. Unggah sekali lagi."), "file")
    return place


def start_upload(by: Member, content: Iterable[bytes], name: str, key: str) -> work.Job:
    """This will keep an uploaded file and import it as a job that can be watched, stopped and resumed."""
    return start_kept(by, keep_upload(by, content, name), name, key)


def start_kept(by: Member, file: Path, name: str, key: str) -> work.Job:
    """This will import a kept file as a job that can be watched, stopped and resumed."""
    require(by, "posts.import")
    return start(by, file, name, import_channel(by.government, key), format_of(file.name))


def start(by: audit.Actor, file: Path, name: str, channel: Channel, form: str) -> work.Job:
    """This will start the job that imports a file into a channel."""
    return work.start(
        "import", _("Impor %(name)s") % {"name": name}, by, government_id=channel.government_id,
        file=str(file.resolve()), channel=channel.pk, format=form,
    )  # fmt: skip


@work.job("import")
def run_import(job: work.Job) -> Iterator[None]:
    """This will take in a file in pieces of 1,000 lines."""
    channel = Channel._base_manager.select_related("government").get(pk=job.params["channel"])
    file = Path(job.params["file"])
    if job.total is None:
        job.total = sum(1 for _line in _lines(file, job.params["format"]))
    rejected = _folder() / f"{file.stem}.{job.pk}.ditolak.ndjson"
    seen, kept_bytes = job.cursor.get("lines", 0), job.cursor.get("rejected_bytes", 0)
    if rejected.exists() or kept_bytes:
        with rejected.open("ab") as out:
            out.truncate(kept_bytes)
    lines = itertools.islice(_lines(file, job.params["format"]), seen, None)
    while piece := list(itertools.islice(lines, PIECE)):
        good, bad = _sorted(piece, channel.government.timezone)
        kept_bytes = _write_rejected(rejected, bad)
        with transaction.atomic(), scope.government(channel.government_id):
            _store(good, channel)
            seen += len(piece)
            if bad:
                job.result["rejected_file"] = str(rejected)
            job.advance(
                done=len(piece), failed=len(bad), cursor={"lines": seen, "rejected_bytes": kept_bytes}
            )
        yield


def _sorted(piece: list[tuple[int, bytes]], zone: str) -> tuple[list[bytes], list[dict[str, Any]]]:
    good, bad = [], []
    for number, line in piece:
        error = _fault(line, zone)
        if error is None:
            good.append(line)
        else:
            bad.append({"line": number, "error": error, "text": line[:20_000].decode("utf-8", "replace")})
    return good, bad


def _fault(line: bytes, zone: str) -> str | None:
    if len(line) > _MOST_LINE:
        return _("Baris lebih panjang dari 1,5 MB.")
    try:
        connector("import").parse(Raw(line, {}, timezone.now(), zone))
    except Unreadable as error:
        return str(error)
    return None


def _store(lines: list[bytes], channel: Channel) -> None:
    now = timezone.now()
    rows = [
        RawItem(source="import", channel=channel, history=True, body=line, received_at=now, headers={})
        for line in lines
    ]
    bulk.copy(rows)
    live.wake("digest")


def _write_rejected(place: Path, bad: list[dict[str, Any]]) -> int:
    if bad:
        with place.open("ab") as out:
            out.writelines(orjson.dumps(one) + b"\n" for one in bad)
    return place.stat().st_size if place.exists() else 0


def _folder() -> Path:
    folder = Path(settings.TANGGAP_DATA) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _lines(file: Path, form: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, each as one line by the contract."""
    return _ndjson(file) if form == "ndjson" else _csv(file)


def _ndjson(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as source:
        number = 0
        while line := source.readline(_MOST_LINE + 1):
            number += 1
            rest = line
            while len(line) > _MOST_LINE and rest and not rest.endswith(b"\n"):
                rest = source.readline(_MOST_LINE)  # of a line that is refused anyway, and not kept in memory
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line.rstrip(b"\r\n")


_AUTHOR = {
    "author_id": "id",
    "author_handle": "handle",
    "author_name": "name",
    "author_followers": "followers",
}
_LOCATION = {"lat": "lat", "lon": "lon", "area_code": "code"}


def _csv(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as source:
        head = source.read(64_000)
    with file.open(encoding=_encoding(head), newline="") as text:
        sample = head.decode(_encoding(head), "replace").split("\n", 1)[0]
        delimiter = max(",;\t|", key=sample.count)
        csv.field_size_limit(_MOST_LINE)
        reader = csv.DictReader(text, delimiter=delimiter)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, orjson.dumps({"error": str(error)})
                continue
            yield reader.line_num, orjson.dumps(_contract_line(row))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "cp1252"
    return "utf-8-sig"


def _contract_line(row: dict[str | None, Any]) -> dict[str, Any]:
    """A CSV row by the contract's names; author_* and lat, lon, area_code become its objects."""
    line: dict[str, Any] = {
        str(key).strip(): value for key, value in row.items() if key and value not in (None, "")
    }
    author = {into: line.pop(name) for name, into in _AUTHOR.items() if name in line}
    location = {into: line.pop(name) for name, into in _LOCATION.items() if name in line}
    if author:
        line["author"] = author | (
            {"followers": int(author["followers"])} if str(author.get("followers", "")).isdigit() else {}
        )
    if location:
        line["location"] = {
            key: _number(value) if key != "code" else value for key, value in location.items()
        }
    return line


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


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
