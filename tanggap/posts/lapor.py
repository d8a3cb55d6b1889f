"""The Excel export of the national complaint service SP4N-LAPOR!, by the names of its columns.

Rows above the headings tell of the report; the headings are the row whose first cell is exactly `Tracking ID`. A day
is written as `3 Jan 2026`. What the citizen wrote (`Isi Laporan Awal`) is what is read; what an administrator made of
it (`Isi Laporan Akhir`) and all other columns stay in the stored line under `lapor`. The layout is known from the
field, not from a published document (docs/importing.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from tanggap.posts import cells
from tanggap.posts.cells import Cell, Wrong
from tanggap.posts.tables import Heading

PLATFORM = "lapor"
_FIRST = "tracking id"
_NEEDED = ("tracking id", "tanggal laporan masuk", "isi laporan awal")
_MOST_KEPT = 20_000


def recognised(found: Heading) -> bool:
    """This will tell whether a file is such an export."""
    names = {name.casefold() for name in found.names}
    return bool(found.names) and found.names[0].casefold() == _FIRST and names.issuperset(_NEEDED)


def line(row: Sequence[Cell], names: Sequence[str], zone: str) -> dict[str, Any]:
    """This will make a line of the public format from a row of the export; Wrong says what is amiss.

    Confidential reports are refused: an import cannot keep them from colleagues who are not named. Of anonymous ones
    no name is taken over. The service gives persons no number, so that nobody is taken for somebody of the same name.
    """
    told = {name.casefold(): row[at] if at < len(row) else None for at, name in enumerate(names)}
    number = cells.name(told.get("tracking id"))
    if not number.isdigit():
        raise Wrong(_("Tracking ID %(value)s bukan nomor.") % {"value": repr(number[:40])})
    secrecy = next((cells.text(told[key]).casefold() for key in told if key.startswith("tipe laporan")), "")
    if "rahasia" in secrecy:
        raise Wrong(_("Laporan rahasia tidak diimpor; tangani di SP4N-LAPOR!."))
    words, title = cells.text(told.get("isi laporan awal")), cells.text(told.get("judul laporan"))
    if not (words or title):
        raise Wrong(_("Isi Laporan Awal kosong."))
    made: dict[str, Any] = {
        "platform": PLATFORM, "kind": "report", "external_id": number,
        "text": f"{title}\n\n{words}".strip() if not words.startswith(title) else words,
        "created_at": _moment(told, zone),
        "lapor": {
            name: cells.text(row[at])[:_MOST_KEPT]
            for at, name in enumerate(names)
            if at < len(row) and cells.text(row[at]) and not _hides(name, secrecy)
        },
    }  # fmt: skip
    name = cells.text(told.get("nama pelapor"))
    if name and not secrecy.startswith("anonim"):
        made["author"] = {"id": f"lapor-{number}", "name": name}
    rating = told.get("rating")
    if cells.text(rating):
        made["metrics"] = {"rating": cells.whole(rating)}
    return made


def _moment(told: dict[str, Cell], zone: str) -> str:
    try:
        at = cells.moment(told.get("tanggal laporan masuk"), told.get("waktu laporan masuk"), "dmy", zone)
    except Wrong as error:
        raise Wrong(f"Tanggal Laporan Masuk: {error}.") from error
    return at.isoformat()


def _hides(name: str, secrecy: str) -> bool:
    return name.casefold() == "nama pelapor" and secrecy.startswith("anonim")
