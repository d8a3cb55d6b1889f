"""Tables as offices send them: dates, numbers, encodings, merged cells, and files that would burst."""

from __future__ import annotations

import time as clock
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tanggap.core.refusal import Refusal
from tanggap.posts import cells, columns, lapor, rejected, spreadsheets, tables
from tanggap.posts.cells import Wrong
from tanggap.posts.columns import Plan
from tanggap.posts.lines import lines
from tanggap.posts.rejected import Refused

pytestmark = pytest.mark.fault(54)
WIB = "Asia/Jakarta"


def book(place: Path, *rows: Any, more: Callable[[Any], None] | None = None) -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if more:
        more(sheet)
    made.save(place)
    return place


def read(file: Path, sheet: str = "") -> list[list[cells.Cell]]:
    return [row for _number, row in spreadsheets.rows(file, sheet)]


# -- cells ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "order", "at"),
    [
        ("03/04/2026", "dmy", "2026-04-02T17:00:00+00:00"),
        ("03/04/2026", "mdy", "2026-03-03T17:00:00+00:00"),
        ("3-4-26 08.30", "dmy", "2026-04-03T01:30:00+00:00"),
        ("03.04.2026 08:30:15", "dmy", "2026-04-03T01:30:15+00:00"),
        ("3 Jan 2026", "dmy", "2026-01-02T17:00:00+00:00"),
        ("Senin, 3 Agustus 2026 pukul 10.30 WIB", "dmy", "2026-08-03T03:30:00+00:00"),
        ("3-Mei-2026 1:05 PM", "dmy", "2026-05-03T06:05:00+00:00"),
        ("3 Desember 2026 10:00 WIT", "dmy", "2026-12-03T01:00:00+00:00"),
        ("2026/11/22 07:00", "dmy", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22T07:00:00Z", "dmy", "2026-11-22T07:00:00+00:00"),
        (46348.5, "dmy", "2026-11-22T05:00:00+00:00"),
        (46348, "mdy", "2026-11-21T17:00:00+00:00"),
        (datetime(2026, 11, 22, 8, 0), "dmy", "2026-11-22T01:00:00+00:00"),  # noqa: DTZ001
        (date(2026, 11, 22), "dmy", "2026-11-21T17:00:00+00:00"),
    ],
)
def test_dates(written: cells.Cell, order: str, at: str) -> None:
    assert cells.moment(written, None, order, WIB).astimezone(UTC).isoformat() == at


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("13/25/2026", "dmy"), ("02/13/2026", "dmy"), ("13/02/2026", "mdy"), ("31/02/2026", "dmy"), ("kemarin", "dmy"),
        ("", "dmy"), (None, "dmy"), (7, "dmy"), (1e9, "dmy"), ("3 Foo 2026", "dmy"), ("2026-02-30", "dmy"),
        (True, "dmy"),
    ],
)  # fmt: skip
def test_dates_that_are_none_are_never_guessed(written: cells.Cell, order: str) -> None:
    with pytest.raises(Wrong):
        cells.moment(written, None, order, WIB)


@pytest.mark.parametrize(
    "cell",
    ["10:05", "10.05", "10:05:00", time(10, 5), timedelta(hours=10, minutes=5), 605 / 1440, "10:05 AM WIB"],
)
def test_a_day_and_a_clock_in_two_columns(cell: cells.Cell) -> None:
    at = cells.moment("3 Jan 2026", cell, "dmy", WIB)
    assert at.astimezone(UTC).isoformat() == "2026-01-03T03:05:00+00:00"
    with pytest.raises(Wrong):
        cells.moment("3 Jan 2026", "25:99", "dmy", WIB)


def test_a_column_says_its_order_where_it_can() -> None:
    assert cells.order_of(["01/02/2026", "13/02/2026"]) == ("dmy", True)
    assert cells.order_of(["01/02/2026", "02/13/2026 10:00"]) == ("mdy", True)
    assert cells.order_of(["01/02/2026", 3, None]) == ("dmy", False)
    assert cells.order_of(["13/02/2026", "02/13/2026"]) == ("dmy", True)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("-7,801", -7.801),
        ("-7.801", -7.801),
        ("1.234.567,8", 1234567.8),
    ],
)
def test_numbers_with_either_sign(written: cells.Cell, number: float) -> None:
    assert cells.number(written) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.234", 1234), ("1,234,567", 1234567), ("12", 12), (7.0, 7), ("12,00", 12), ("1 234", 1234)],
)
def test_whole_numbers(written: cells.Cell, number: int) -> None:
    assert cells.whole(written) == number


@pytest.mark.parametrize("written", ["12,5", "1.23.4", "banyak", "", None, True, 1.5, "1e9"])
def test_what_is_no_whole_number(written: cells.Cell) -> None:
    with pytest.raises(Wrong):
        cells.whole(written)


def test_ids_that_the_spreadsheet_rounded_are_refused() -> None:
    assert cells.name(5049672.0) == "5049672"
    assert cells.name("1785678901234567890") == "1785678901234567890"
    with pytest.raises(Wrong, match="dibulatkan"):
        cells.name(1.78567890123457e18)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.floats() | st.integers() | st.booleans() | st.times() | st.dates())
def test_any_cell_is_read_or_refused(cell: Any) -> None:
    for attempt in (
        lambda: cells.moment(cell, None, "dmy", WIB), lambda: cells.moment("1/1/2026", cell, "mdy", WIB),
        lambda: cells.number(cell), lambda: cells.whole(cell), lambda: cells.name(cell), lambda: cells.text(cell),
    ):  # fmt: skip
        try:
            attempt()
        except Wrong:
            continue


# -- headings and plans --------------------------------------------------------------------------------------
def plan_of(file: Path, form: str) -> Plan:
    found = tables.heading(tables.first(file), columns.known)
    sample = [row for number, row in tables.rows(file, form) if number > found.row]
    return columns.guess(found, sample)


def test_headings_below_a_title_with_doubled_and_empty_names(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx", ["REKAP PENGADUAN KOTA MELATI"], ["Dicetak", datetime(2026, 11, 1)], [],  # noqa: DTZ001
        ["No Tiket", "Tanggal", None, "Tanggal", "Isi  Laporan", "Nama Pelapor"],
        ["T-1", "1/2/2026", "x", "y", "rusak", "Sri"],
    )  # fmt: skip
    found = tables.heading(tables.first(file), columns.known)
    assert found.row == 4
    assert list(found.names) == ["No Tiket", "Tanggal", "(C)", "Tanggal (2)", "Isi Laporan", "Nama Pelapor"]
    plan = plan_of(file, "xlsx")
    assert plan.columns == {"external_id": 0, "created_at": 1, "text": 4, "author_name": 5}
    ((number, line),) = lines(file, "xlsx", plan, WIB)
    assert number == 5
    assert b'"created_at":"2026-02-01T00:00:00+07:00"' in bytes(line)  # type: ignore[arg-type]


def test_a_row_without_a_number_has_the_same_one_each_time() -> None:
    plan = Plan({"text": 0, "created_at": 1}, names=["Isi", "Tanggal"])
    first, again, other = (columns.line([text, "1/2/2026"], plan, WIB) for text in ("a", "a", "b"))
    assert first == again
    assert first["external_id"] != other["external_id"]
    assert first["platform"] == "import"


def test_what_is_wrong_names_its_column() -> None:
    plan = Plan({"text": 0, "created_at": 1, "likes": 2}, names=["Isi", "Tgl", "Suka"])
    for row, why in (
        (["", "1/2/2026"], "Isi: kosong"),
        (["a", "x"], "Tgl: "),
        (["a", "1/2/2026", "1,5"], "Suka: "),
    ):
        with pytest.raises(Wrong, match=why):
            columns.line(row, plan, WIB)


def test_places_counts_and_names_of_platforms() -> None:
    names = ["text", "created_at", "platform", "lat", "lon", "likes", "author_followers", "kind"]
    plan = Plan({name: at for at, name in enumerate(names)}, names=names)
    made = columns.line(["a", "1/2/2026", "Twitter", "-7,80", "110.36", "1.234", 12.0, "Komentar"], plan, WIB)
    assert (made["platform"], made["kind"], made["metrics"]) == ("x", "comment", {"likes": 1234})
    assert made["location"] == {"lat": -7.8, "lon": 110.36}


# -- XLSX ----------------------------------------------------------------------------------------------------
def test_merged_cells_say_their_value_in_every_row(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A2:A4")
        sheet.merge_cells("C1:D1")

    rows = [
        ["Tanggal", "Isi", "x"],
        ["1/2/2026", "satu"],
        [None, "dua"],
        [None, "tiga"],
        ["2/2/2026", "empat"],
    ]
    found = read(book(tmp_path / "a.xlsx", *rows, more=merge))
    assert [row[0] for row in found[1:]] == ["1/2/2026", "1/2/2026", "1/2/2026", "2/2/2026"]


def test_formulas_count_by_their_results(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx", ["Isi", "Tanggal"], ['=CONCAT("a";"b")', "1/2/2026"], ["=1+1", "1/2/2026"]
    )
    plan = plan_of(file, "xlsx")
    refused = [line for _number, line in lines(file, "xlsx", plan, WIB)]
    assert all(isinstance(one, Refused) and "rumus" in one.why for one in refused)


def test_texts_types_and_hidden_sheets(tmp_path: Path) -> None:
    made = Workbook()
    first = made.active
    assert first is not None
    first.title, first.sheet_state = "rahasia", "hidden"
    first.append(["tersembunyi"])
    shown = made.create_sheet("Data")
    shown.append(["é 😕 <b>", 1.5, 7, True, datetime(2026, 1, 2, 3, 4), date(2026, 1, 2), None, ""])  # noqa: DTZ001
    made.save(tmp_path / "a.xlsx")
    assert spreadsheets.sheets(tmp_path / "a.xlsx") == ["Data"]
    assert read(tmp_path / "a.xlsx") == [
        ["é 😕 <b>", 1.5, 7, True, datetime(2026, 1, 2, 3, 4), datetime(2026, 1, 2)]  # noqa: DTZ001
    ]


def test_what_was_laid_down_is_what_was_read(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx",
        *([f"teks {n}", n, n / 3, date(2026, 1, 1) + timedelta(n)] for n in range(50)),
    )
    before = list(tables.rows(file, "xlsx"))
    list(tables.lay_down(file, ""))
    assert tables.laid_down(file, "").is_file()
    assert list(tables.rows(file, "xlsx")) == before


def zipped(place: Path, **parts: bytes) -> Path:
    """A small file with some of its parts replaced; shared strings are told of where they are among them."""
    source = book(place.with_name("whole.xlsx"), ["Isi", "Tanggal"], ["a", "1/2/2026"])
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    told = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        for name in whole.namelist():
            content = parts.pop(name.rpartition("/")[2].partition(".")[0], whole.read(name))
            if name == "[Content_Types].xml" and "sharedStrings" in parts:
                content = content.replace(b"</Types>", told)
            out.writestr(name, content)
        for name, content in parts.items():
            out.writestr(f"xl/{name}.xml", content)
    return place


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_shared_texts_are_read_from_disk_whatever_their_form(tmp_path: Path) -> None:
    texts = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<si><t xml:space="preserve"> a </t></si><si><r><t>tebal</t></r><r><rPr/><t> dan \xf0\x9f\x98\x95</t></r>'
        b"<rPh><t>yomi</t></rPh></si><si><t/></si></sst>"
    )
    row = b"".join(b'<c r="%c1" t="s"><v>%d</v></c>' % (65 + at, at) for at in range(3))
    file = zipped(tmp_path / "a.xlsx", sharedStrings=texts, sheet1=_SHEET % (b'<row r="1">%s</row>' % row))
    assert read(file) == [[" a ", "tebal dan 😕"]]


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "parts",
    [
        {"sheet1": _SHEET % (b"<row/>" * 9_000_000)},
        {"sharedStrings": b"<sst><si><t>" + b"a" * 60_000_000 + b"</t></si></sst>"},
        {"sharedStrings": b'<!DOCTYPE a [<!ENTITY x "y">]><sst><si><t>&x;</t></si></sst>'},
        {"sheet1": b'<!DOCTYPE a [<!ENTITY x "y">]>' + _SHEET % b""},
        {"sharedStrings": b"<sst><si><t>" + bytes(range(65, 91)) * 6000 + b"</t></si></sst>"},
        {"workbook": b"<rusak"},
        {"sheet1": b"<worksheet><sheetData><row><c"},
        {"styles": b"<a>" * 50},
    ],
    ids=["rows", "text", "entities", "entities in a sheet", "long text", "workbook", "sheet", "styles"],
)
def test_files_that_would_burst_or_are_broken_are_refused_soon(
    tmp_path: Path, parts: dict[str, bytes]
) -> None:
    asks = (
        {"sheet1": _SHEET % b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>'}
        if "sharedStrings" in parts
        else {}
    )
    file = zipped(tmp_path / "a.xlsx", **parts, **asks)
    begun = clock.monotonic()
    with pytest.raises(Refusal):
        read(file)
    assert clock.monotonic() - begun < 10


def test_columns_beyond_reason_are_left_out(tmp_path: Path) -> None:
    wide = (
        _SHEET
        % b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>7</v></c></row>'
    )
    begun = clock.monotonic()
    assert read(zipped(tmp_path / "a.xlsx", sheet1=wide)) == [[7]]
    assert clock.monotonic() - begun < 20


@pytest.mark.parametrize(
    "content", [b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"PK\x03\x04rusak", b"<html><table>", b""]
)
def test_what_is_no_xlsx_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(Refusal, match=r"xlsx|XLSX"):
        spreadsheets.check(tmp_path / "a.xlsx")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=20))
def test_a_mutated_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    content = bytearray(book(folder / "a.xlsx", ["Isi", "Tanggal"], ["a", "1/2/2026"]).read_bytes())
    content[at % len(content) : at % len(content) + len(junk)] = junk
    (folder / "a.xlsx").write_bytes(bytes(content))
    try:
        read(folder / "a.xlsx")
    except Refusal:
        pass


# -- CSV -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"sep=|\nisi|tanggal\na;b|1/2/2026\n", ["a;b", "1/2/2026"]),
        ('isi,tanggal\n"a;b;c\n;;;",1/2/2026\n'.encode("utf-16"), ["a;b;c\n;;;", "1/2/2026"]),
        ("isi;tanggal\n1,5 km;1/2/2026\n".encode("utf-16-le"), ["1,5 km", "1/2/2026"]),
        ("isi\ttanggal\ncafé\t1/2/2026\n".encode("cp1252"), ["café", "1/2/2026"]),
        (b"isi,tanggal\na\0b,1/2/2026\n", ["ab", "1/2/2026"]),
        (b"Rekap pengaduan\n\nisi;tanggal\na;1/2/2026\n", ["a", "1/2/2026"]),
    ],
)
def test_csv_as_programs_write_it(tmp_path: Path, content: bytes, row: list[str]) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    found = tables.heading(tables.first(tmp_path / "a.csv"), columns.known)
    assert list(found.names) == ["isi", "tanggal"]
    assert [cells_ for number, cells_ in tables.rows(tmp_path / "a.csv", "csv") if number > found.row] == [
        row
    ]


# -- the complaint service's export --------------------------------------------------------------------------
HEAD = [
    "Tracking ID", "Tanggal Laporan Masuk", "Waktu Laporan Masuk", "Nama Pelapor", "Klasifikasi Laporan",
    "Judul Laporan", "Isi Laporan Awal", "Isi Laporan Akhir", "Tipe Laporan (Anonim/Rahasia)", "Rating",
]  # fmt: skip


def report(number: Any = 5049672, secrecy: str = "") -> list[Any]:
    said = ["Sri", "Pengaduan", "Lampu", "Lampu padam", "Lampu padam.", secrecy, 4]
    return [number, "3 Jan 2026", "10:05:00", *said]


def test_an_export_of_the_complaint_service(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx", ["Judul Laporan", "Rekap"], ["Nama Instansi", "Kota"], ["Tanggal Generate", "x"], [], HEAD,
        report(), report("5049673", "Anonim"), report(5049674, "Rahasia"), report("LP-1"),
    )  # fmt: skip
    found = tables.heading(tables.first(file), columns.known)
    assert (found.row, lapor.recognised(found)) == (5, True)
    plan = plan_of(file, "xlsx")
    first, anonymous, secret, odd = (line for _number, line in lines(file, "lapor", plan, WIB))
    made = lapor.line(report(), HEAD, WIB)
    assert made["external_id"] == "5049672"
    assert made["created_at"] == "2026-01-03T10:05:00+07:00"
    assert made["text"] == "Lampu padam"
    assert made["lapor"]["Isi Laporan Akhir"] == "Lampu padam."
    assert made["author"] == {"id": "lapor-5049672", "name": "Sri"}
    assert isinstance(first, bytes)
    assert isinstance(anonymous, bytes)
    assert b"Sri" not in anonymous
    assert isinstance(secret, Refused)
    assert "rahasia" in secret.why
    assert isinstance(odd, Refused)


# -- what was refused ----------------------------------------------------------------------------------------
@pytest.mark.fault(55)
def test_refused_rows_run_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    bad = ['=HYPERLINK("http://x")', "+62 812", "@SUM(1)", "\t=1", "＝1+1", '"=1', "-2+3", "biasa", "\x01x"]
    place = tmp_path / "a.ndjson"
    rejected.append(place, [Refused(7, "=salah", cells=bad), Refused(9, "rusak", text="{=")])
    text = b"".join(rejected.as_csv(place, ["=kolom"])).decode("utf-8-sig")
    assert "Baris;Alasan;'=kolom" in text
    assert "'+62 812" in text
    assert ";=" not in text
    assert ";＝" not in text
    rejected.write_xlsx(place, ["=kolom"], tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx") as made:
        assert b"<f>" not in made.read("xl/worksheets/sheet1.xml")
    rows = read(tmp_path / "b.xlsx")
    assert rows[0] == ["Baris", "Alasan", "=kolom"]
    assert rows[1][2:5] == ['=HYPERLINK("http://x")', "+62 812", "@SUM(1)"]
