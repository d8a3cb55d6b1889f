"""Imports: a file is looked at first, then runs as a job that can be stopped, resumed and asked for what it refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from tanggap.agencies.models import Member, Role, Unit
from tanggap.core import work
from tanggap.core.work import Job, JobState
from tanggap.posts.models import RawItem
from tests.city import a_government, a_member, a_unit

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def boss(coordinator: Member, as_member: As) -> Client:
    return as_member(coordinator)


def a_file(name: str = "lapor.ndjson", lines: int = 2, broken: int = 1) -> SimpleUploadedFile:
    line = {"platform": "x", "kind": "post", "created_at": "2026-11-20T10:00:00+07:00"}
    good = [json.dumps(line | {"external_id": f"{name}{n}", "text": f"teks ke-{n}"}) for n in range(lines)]
    return SimpleUploadedFile(name, "\n".join([*good, *["{rusak"] * broken]).encode())


def a_job(by: Member, title: str = "Impor") -> Job:
    return work.start("import", title, by, government_id=by.government_id, file="x", channel=1, format="csv")


def staged(boss: Client, file: Any) -> str:
    answer = boss.post(reverse("jobs_upload"), {"file": file})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_file_is_looked_at_before_anything_is_stored(boss: Client) -> None:
    shown = boss.get(staged(boss, a_file())).content.decode()
    for text in ("teks ke-0", "teks ke-1", "1 dari 3 baris pertama akan ditolak"):
        assert text in shown
    assert not Job.objects.exists()
    assert not RawItem.objects.exists()


def test_the_job_runs_and_gives_back_what_it_refused(boss: Client) -> None:
    look = staged(boss, a_file())
    assert "Impor dimulai" in boss.post(look, {"key": "Arsip 2026"}, follow=True).content.decode()
    shown = boss.get(reverse("jobs")).content.decode()
    assert "Menunggu giliran" in shown
    assert 'role="progressbar"' in shown
    work.run("jobs")
    job = Job.objects.get()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 3, 1)
    assert set(RawItem.objects.values_list("channel__key", flat=True)) == {"arsip-2026"}
    rejected = boss.get(reverse("jobs_rejected", args=[job.pk]))
    assert b"{rusak" in b"".join(rejected.streaming_content)  # type: ignore[attr-defined]
    assert "Berkas yang sama pernah diunggah" in boss.get(staged(boss, a_file())).content.decode()


def test_stopping_and_going_on(boss: Client) -> None:
    boss.post(staged(boss, a_file()), {"key": "impor"})
    job = Job.objects.get()
    boss.post(reverse("jobs_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert "Lanjutkan" in boss.get(reverse("jobs")).content.decode()
    boss.post(reverse("jobs_resume", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == JobState.WAITING


def test_other_kinds_of_file_and_no_file_are_refused_in_words(boss: Client) -> None:
    answer = boss.post(reverse("jobs_upload"), {"file": SimpleUploadedFile("lapor.pdf", b"PK")})
    assert answer.status_code == 422
    assert "belum dapat diimpor" in answer.content.decode()
    answer = boss.post(reverse("jobs_upload"), {"file": SimpleUploadedFile("lapor.xlsx", b"PK")})
    assert answer.status_code == 422
    assert "bukan XLSX yang utuh" in answer.content.decode()
    assert "Pilih berkas" in boss.post(reverse("jobs_upload")).content.decode()


def test_a_file_without_a_good_line_is_not_offered(boss: Client) -> None:
    shown = boss.get(staged(boss, a_file(lines=0, broken=2))).content.decode()
    assert "Tidak ada baris yang dapat masuk" in shown
    assert "Mulai impor" not in shown


ROWS: list[Any] = [
    ["Rekap pengaduan"], ["Tgl", "Keluhan warga", "Pelapor", "Catatan"], ["03/04/2026", "lampu padam", "Sri", "x"],
    ["04/04/2026", "jalan rusak", "Budi", "=1+1"], ["04/14/2026", "=cmd", "Tono", "y"],
]  # fmt: skip


def a_sheet(rows: list[Any] = ROWS) -> SimpleUploadedFile:
    book, content = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell in (cell for line in sheet.iter_rows() for cell in line if str(cell.value).startswith("=")):
        cell.data_type = "s"
    book.save(content)
    return SimpleUploadedFile("rekap.xlsx", content.getvalue())


@pytest.mark.fault(54)
def test_columns_of_a_sheet_are_corrected_before_the_import_and_remembered(boss: Client) -> None:
    look = staged(boss, a_sheet())
    shown = boss.get(look).content.decode()
    assert "Keluhan warga" in shown
    assert "Belum ditunjuk:" in shown
    assert "Mulai impor" not in shown
    plan = {"row": "2", "shown_row": "2", "column-0": "created_at", "column-1": "text", "column-2": "author_name",
            "order": "dmy", "platform": "Loket", "kind": "report", "key": "loket"}  # fmt: skip
    refused = boss.post(look, plan | {"column-3": "text"})
    assert refused.status_code == 422
    assert "dipilih untuk dua kolom" in refused.content.decode()
    seen = boss.post(look, plan | {"do": "look"}).content.decode()
    for text in ("lampu padam", "1 dari 3 baris pertama akan ditolak", "bulan/hari/tahun", "Mulai impor"):
        assert text in seen
    assert not Job.objects.exists()
    boss.post(look, plan | {"do": "start"})
    work.run("jobs")
    job = Job.objects.get()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 3, 1)
    bodies = [json.loads(bytes(one)) for one in RawItem.objects.values_list("body", flat=True)]
    assert {one["text"] for one in bodies} == {"lampu padam", "jalan rusak"}
    assert {one["platform"] for one in bodies} == {"loket"}
    assert "seperti impor sebelumnya ke “loket”" in boss.get(staged(boss, a_sheet())).content.decode()


@pytest.mark.fault(55)
def test_what_a_sheet_was_refused_for_comes_back_as_a_table(boss: Client) -> None:
    plan = {"row": "2", "column-0": "created_at", "column-1": "text"}
    boss.post(staged(boss, a_sheet()), plan)
    work.run("jobs")
    where = reverse("jobs_rejected", args=[Job.objects.get().pk])
    assert "bentuk=xlsx" in boss.get(reverse("jobs")).content.decode()
    table = b"".join(boss.get(f"{where}?bentuk=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = table.splitlines()
    assert head == "Baris;Alasan;Tgl;Keluhan warga;Pelapor;Catatan"
    assert row.startswith('5;"Tgl: ')
    assert row.endswith(";04/14/2026;'=cmd;Tono;y")
    content = b"".join(boss.get(f"{where}?bentuk=xlsx").streaming_content)  # type: ignore[attr-defined]
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][2:] == ["04/14/2026", "=cmd", "Tono", "y"]
    assert all(cell.data_type != "f" for cell in sheet[2])


def test_all_or_nothing(boss: Client) -> None:
    plan = {"row": "2", "column-0": "created_at", "column-1": "text", "only": "all"}
    boss.post(staged(boss, a_sheet()), plan)
    work.run("jobs")
    assert (Job.objects.get().failed, RawItem.objects.count()) == (1, 0)
    assert "Tidak ada yang dimasukkan" in boss.get(reverse("jobs")).content.decode()
    boss.post(staged(boss, a_sheet(ROWS[:4])), plan)
    work.run("jobs")
    assert RawItem.objects.count() == 2


def test_an_export_of_the_complaint_service_needs_no_plan(boss: Client) -> None:
    rows = [["Judul Laporan"], ["Tracking ID", "Tanggal Laporan Masuk", "Isi Laporan Awal", "Tipe Laporan"],
            [5049672, "3 Jan 2026", "lampu padam", ""], [5049673, "3 Jan 2026", "gaji", "Rahasia"]]  # fmt: skip
    look = staged(boss, a_sheet(rows))
    shown = boss.get(look).content.decode()
    assert "Ekspor SP4N-LAPOR! dikenali" in shown
    assert "gaji" not in shown
    boss.post(look, {"key": "lapor"})
    work.run("jobs")
    (body,) = RawItem.objects.values_list("body", flat=True)
    assert json.loads(bytes(body))["external_id"] == "5049672"


def test_a_key_of_another_kind_of_channel_is_refused(boss: Client, channel: Any) -> None:
    answer = boss.post(staged(boss, a_file()), {"key": channel.key})
    assert answer.status_code == 422
    assert "bukan kanal impor" in answer.content.decode()


def test_a_look_belongs_to_who_uploaded(boss: Client, desk: Unit, as_member: As) -> None:
    look = staged(boss, a_file())
    assert as_member(a_member(desk, Role.COORDINATOR)).get(look).status_code == 404
    assert boss.get(look[:-3] + "xx/").status_code == 404


def test_another_governments_jobs_are_missing(boss: Client) -> None:
    stranger = a_member(a_unit(a_government("34.71", "Kota Lain"), "ASING"), Role.COORDINATOR)
    job = a_job(stranger, "Impor rahasia")
    for route in ("jobs_cancel", "jobs_resume"):
        assert boss.post(reverse(route, args=[job.pk])).status_code == 404
    assert boss.get(reverse("jobs_rejected", args=[job.pk])).status_code == 404
    assert "Impor rahasia" not in boss.get(reverse("jobs")).content.decode()


def test_a_job_gives_out_no_file_from_elsewhere(boss: Client, coordinator: Member) -> None:
    job = a_job(coordinator)
    Job.objects.filter(pk=job.pk).update(result={"rejected_file": "/etc/passwd"})
    assert boss.get(reverse("jobs_rejected", args=[job.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.VIEWER, Role.REPORTER])
def test_others_import_nothing(desk: Unit, as_member: As, role: Role) -> None:
    browser = as_member(a_member(desk, role))
    assert browser.get(reverse("jobs")).status_code == 403
    assert browser.post(reverse("jobs_upload"), {"file": a_file()}).status_code == 403
