"""Which column of a file is which field of the public format: guessed by its heading, corrected by a person, kept.

The plan is plain values (JSON), so that a job, a channel and a form can hold it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.core.refusal import Refusal
from tanggap.posts import cells
from tanggap.posts.cells import Cell, Wrong
from tanggap.posts.tables import Heading

FIELDS: dict[str, Any] = {
    "text": gettext_lazy("Isi laporan"),
    "title": gettext_lazy("Judul"),
    "created_at": gettext_lazy("Tanggal, atau tanggal dan jam"),
    "created_time": gettext_lazy("Jam"),
    "platform": gettext_lazy("Platform"),
    "external_id": gettext_lazy("Nomor unik"),
    "kind": gettext_lazy("Jenis"),
    "url": gettext_lazy("Tautan"),
    "author_name": gettext_lazy("Nama pelapor"),
    "author_handle": gettext_lazy("Nama akun pelapor"),
    "author_id": gettext_lazy("Nomor akun pelapor"),
    "author_followers": gettext_lazy("Pengikut"),
    "in_reply_to": gettext_lazy("Membalas nomor"),
    "thread": gettext_lazy("Nomor percakapan"),
    "lat": gettext_lazy("Lintang"),
    "lon": gettext_lazy("Bujur"),
    "area_code": gettext_lazy("Kode wilayah"),
    "likes": gettext_lazy("Jumlah suka"),
    "comments": gettext_lazy("Jumlah komentar"),
    "shares": gettext_lazy("Jumlah dibagikan"),
    "views": gettext_lazy("Jumlah dilihat"),
    "action": gettext_lazy("Tindakan (edit, delete)"),
    "edited_at": gettext_lazy("Tanggal suntingan"),
    "account": gettext_lazy("Akun resmi tujuan"),
}
NEEDED = ("text", "created_at")
KINDS = ("report", "post", "comment", "mention", "message", "article")

_NAMES = {
    "text": "isi, isi laporan, isi aduan, isi pengaduan, isi pesan, isi laporan awal, teks, pesan, komentar, uraian,"
    " deskripsi, aduan, pengaduan, laporan, keluhan, konten, content, message, description, body, comment, caption,"
    " tweet",
    "title": "judul, judul laporan, judul aduan, perihal, subjek, subject, headline",
    "created_at": "tanggal, tgl, tanggal laporan, tanggal masuk, tanggal laporan masuk, tanggal aduan, tanggal dibuat,"
    " waktu, waktu dibuat, tanggal kirim, timestamp, date, datetime, created, published, posted at, created time",
    "created_time": "jam, waktu laporan masuk, jam masuk, jam laporan, pukul, time",
    "platform": "kanal, media, media sosial, sumber, sumber laporan, channel, source, network",
    "external_id": "id, nomor, no tiket, nomor tiket, tiket, kode, kode laporan, nomor laporan, id laporan,"
    " tracking id, ticket, ticket number, ticket id, post id, message id, comment id, reference",
    "kind": "jenis pesan",
    "url": "tautan, link, alamat, permalink, post url",
    "author_name": "nama, nama pelapor, pelapor, nama lengkap, pengirim, nama pengirim, penulis, name, author,"
    " reporter, full name, sender",
    "author_handle": "akun, username, nama akun, user, handle, screen name",
    "author_id": "id akun, user id, id pelapor, id pengguna",
    "author_followers": "pengikut, followers, jumlah pengikut, followers count",
    "in_reply_to": "balasan untuk, reply to, in reply to id, parent id",
    "thread": "percakapan, id percakapan, conversation id, thread id",
    "lat": "lintang, latitude",
    "lon": "bujur, longitude, lng, long",
    "area_code": "kode wilayah, kode kelurahan, kode desa, area",
    "likes": "suka, jumlah suka, like count, reactions",
    "comments": "jumlah komentar, comment count, replies",
    "shares": "dibagikan, jumlah dibagikan, share count, retweets, reposts",
    "views": "dilihat, tayangan, view count, impressions",
}


def _bare(name: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", name.casefold().replace("_", " ")).split())


_FIELD_OF = {_bare(one): key for key, names in _NAMES.items() for one in names.split(",")} | {
    _bare(key): key for key in FIELDS
}


def known(name: str) -> bool:
    """This will tell whether a heading is one that is understood."""
    return _bare(name) in _FIELD_OF


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file becomes lines: the column of each field, the row of headings, and what the file does not say.

    `order` is dmy or mdy. `platform` and `kind` stand for rows without their own; `sheet` of an XLSX file.
    """

    columns: Mapping[str, int] = field(default_factory=dict)
    row: int = 1
    names: Sequence[str] = ()
    order: str = "dmy"
    platform: str = "import"
    kind: str = "report"
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": dict(self.columns), "names": list(self.names)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        return replace(cls(), **{key: value[key] for key in cls.__slots__ if key in value})

    @property
    def missing(self) -> list[str]:
        """This will name the fields without which nothing can be imported."""
        return [key for key in NEEDED if key not in self.columns]

    def require(self) -> None:
        """This will refuse a plan that lacks what every line needs."""
        if self.missing:
            labels = ", ".join(str(FIELDS[key]) for key in self.missing)
            raise Refusal(
                _("Kolom untuk %(fields)s belum ditunjuk. Pilih kolomnya di daftar kolom.")
                % {"fields": labels},
                "columns",
            )


def guess(found: Heading, sample: Sequence[Sequence[Cell]], sheet: str = "") -> Plan:
    """This will guess the plan of a file by its headings, and the order of its dates by its first rows."""
    columns: dict[str, int] = {}
    # The format's own names win over what a heading may also mean.
    for exact in (True, False):
        for number, name in enumerate(found.names):
            key = _FIELD_OF.get(_bare(name), "")
            if (
                key
                and key not in columns
                and number not in columns.values()
                and (_bare(key) == _bare(name)) >= exact
            ):
                columns[key] = number
    if "text" not in columns and "title" in columns:
        columns["text"] = columns.pop("title")
    day = columns.get("created_at")
    order, _sure = cells.order_of(row[day] for row in sample if day is not None and day < len(row))
    return Plan(columns, found.row, list(found.names), order, sheet=sheet)


def at_row(kept: Plan, found: Plan) -> Plan:
    """This will return a remembered plan with the row, the sheet and the order of dates that this file has."""
    return replace(kept, row=found.row, names=found.names, sheet=found.sheet, order=found.order)


def line(row: Sequence[Cell], plan: Plan, zone: str) -> dict[str, Any]:
    """This will make a line of the public format from a row; Wrong names the column and what is amiss.

    A row without a number of its own gets one from its words, so that the same file again adds nothing.
    """
    made: dict[str, Any] = {}
    for key in ("platform", "kind", "url", "action", "account", "in_reply_to", "thread", "external_id"):
        if value := _of(row, plan, key, cells.name if key in _IDS else cells.text):
            made[key] = value
    made["platform"] = _platform(made.get("platform") or plan.platform)
    made["kind"] = _kind(made.get("kind") or plan.kind)
    made["text"] = _words(row, plan)
    made["created_at"] = _moment(row, plan, zone)
    if edited := _of(row, plan, "edited_at", lambda cell: cells.moment(cell, None, plan.order, zone)):
        made["edited_at"] = edited.isoformat()
    _put_author(made, row, plan)
    _put_numbers(made, row, plan)
    if "external_id" not in made:
        said = (made["platform"], made["created_at"], made["text"], str(made.get("author", "")))
        made["external_id"] = f"impor:{hashlib.sha256(chr(31).join(said).encode()).hexdigest()[:32]}"
    return made


_IDS = frozenset({"external_id", "in_reply_to", "thread", "account"})


def _cell(row: Sequence[Cell], plan: Plan, key: str) -> Cell:
    at = plan.columns.get(key)
    return row[at] if at is not None and 0 <= at < len(row) else None


def _of(row: Sequence[Cell], plan: Plan, key: str, read: Any) -> Any:
    """A cell by its field; what is wrong with it is told with its column's name."""
    cell = _cell(row, plan, key)
    if cell is None or cell == "":
        return None
    try:
        return read(cell)
    except Wrong as error:
        raise Wrong(f"{_column(plan, key)}: {error}.") from error


def _column(plan: Plan, key: str) -> str:
    at = plan.columns.get(key, -1)
    return plan.names[at] if 0 <= at < len(plan.names) else str(FIELDS[key])


def _words(row: Sequence[Cell], plan: Plan) -> str:
    said, title = cells.text(_cell(row, plan, "text")), cells.text(_cell(row, plan, "title"))
    if not (said or title):
        raise Wrong(
            _("%(column)s: kosong (bila berisi rumus, simpan lagi di Excel agar hasilnya ikut tersimpan).")
            % {"column": _column(plan, "text")}
        )
    return f"{title}\n\n{said}".strip() if title and not said.startswith(title) else said


def _moment(row: Sequence[Cell], plan: Plan, zone: str) -> str:
    clock = _cell(row, plan, "created_time")
    try:
        return cells.moment(_cell(row, plan, "created_at"), clock, plan.order, zone).isoformat()
    except Wrong as error:
        raise Wrong(f"{_column(plan, 'created_at')}: {error}.") from error


_KINDS = {
    "laporan": "report", "aduan": "report", "pengaduan": "report", "komentar": "comment", "balasan": "comment",
    "pesan": "message", "dm": "message", "sebutan": "mention", "unggahan": "post", "kiriman": "post",
    "berita": "article", "artikel": "article",
}  # fmt: skip


def _kind(name: str) -> str:
    return _KINDS.get(name.strip().lower(), name.strip().lower())


_PLATFORMS = {
    "twitter": "x",
    "fb": "facebook",
    "ig": "instagram",
    "wa": "whatsapp",
    "surel": "email",
    "yt": "youtube",
}


def _platform(name: str) -> str:
    """A platform's code as the format wants it; a longer name of somebody's own is shortened."""
    bare = re.sub(r"[^a-z0-9_]", "", name.strip().lower().replace(" ", "_").replace("-", "_"))
    bare = _PLATFORMS.get(bare, bare)
    return bare[:12].strip("_") or "import"


def _put_author(made: dict[str, Any], row: Sequence[Cell], plan: Plan) -> None:
    known_ = {
        "id": _of(row, plan, "author_id", cells.name),
        "handle": _of(row, plan, "author_handle", cells.text),
        "name": _of(row, plan, "author_name", cells.text),
    }
    if followers := _of(row, plan, "author_followers", cells.whole):
        known_["followers"] = followers
    author = {key: value for key, value in known_.items() if value}
    if author:
        made["author"] = author


def _put_numbers(made: dict[str, Any], row: Sequence[Cell], plan: Plan) -> None:
    lat, lon = (_of(row, plan, key, cells.number) for key in ("lat", "lon"))
    code = _of(row, plan, "area_code", cells.text)
    place = {key: value for key, value in (("lat", lat), ("lon", lon), ("code", code)) if value is not None}
    if place:
        made["location"] = place
    counts = {key: _of(row, plan, key, cells.whole) for key in ("likes", "comments", "shares", "views")}
    metrics = {key: value for key, value in counts.items() if value is not None}
    if metrics:
        made["metrics"] = metrics
