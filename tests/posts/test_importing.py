from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook
from pytest_django.fixtures import Settings

from tanggap.agencies.models import Government, Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.audit import System
from tanggap.core.refusal import Refusal
from tanggap.posts import by_hand, importing, mapping
from tanggap.posts.models import Post, RawItem
from tests.city import a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
ME = System("test")


@pytest.fixture
def city() -> Government:
    return a_government()


@pytest.fixture
def channel(city: Government) -> Channel:
    return importing.import_channel(city, "arsip")


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.TANGGAP_DATA = tmp_path
    return tmp_path


def line(number: int, **more: object) -> str:
    post = {
        "platform": "x",
        "external_id": str(number),
        "text": f"jalan berlubang {number}",
        "created_at": "2026-11-20T08:00:00+07:00",
    }
    return json.dumps(post | more)


def run(file: Path, channel: Channel, form: str = "ndjson") -> work.Job:
    job = importing.start(ME, file, file.name, channel, form)
    work.run("jobs")
    job.refresh_from_db()
    return job


def digested(channel: Channel) -> int:
    work.run("digest")
    with scope.government(channel.government_id):
        return Post.objects.count()


def test_bad_lines_are_put_aside_with_their_number_and_the_rest_comes_in(
    folder: Path, channel: Channel
) -> None:
    file = folder / "a.ndjson"
    lines = ["\ufeff" + line(1), "{broken", "", line(2, created_at="kemarin"), line(3), '{"platform":"x"}']
    file.write_text("\n".join(lines))
    job = run(file, channel)
    assert (job.state, job.done, job.failed, job.total) == ("done", 5, 3, 5)
    rejected = [json.loads(one) for one in Path(job.result["rejected_file"]).read_text().splitlines()]
    assert [one["line"] for one in rejected] == [2, 4, 6]
    assert all(one["error"] for one in rejected)
    assert digested(channel) == 2


def test_a_second_import_adds_nothing(folder: Path, channel: Channel) -> None:
    file = folder / "a.ndjson"
    file.write_text("\n".join(line(number) for number in range(20)))
    run(file, channel)
    assert digested(channel) == 20
    run(file, channel)
    assert digested(channel) == 20
    assert RawItem.objects.count() == 40


@pytest.mark.fault(24)
def test_an_import_that_dies_goes_on_where_it_was(
    folder: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "a.ndjson"
    bad = {3, 7}
    file.write_text("\n".join("{" if number in bad else line(number) for number in range(10)))
    monkeypatch.setattr(importing, "PIECE", 2)
    job = importing.start(ME, file, "a", channel, "ndjson")
    pieces = importing.run_import(job)
    next(pieces), next(pieces)
    job = work.Job.objects.get(pk=job.pk)
    for _piece in importing.run_import(job):
        pass
    assert (job.done, job.failed) == (10, 2)
    assert RawItem.objects.count() == 8
    rejected = [json.loads(one) for one in Path(job.result["rejected_file"]).read_text().splitlines()]
    assert [one["line"] for one in rejected] == [4, 8]


@pytest.mark.fault(54)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_usual_encodings_and_delimiters(
    folder: Path, channel: Channel, encoding: str, delimiter: str
) -> None:
    rows = [
        ["platform", "external_id", "text", "created_at", "author_id", "author_name", "lat", "lon"],
        ["facebook", "7", '"jalan, rusak;\nparah\té"', "2026-11-20 08:00", "w1", "Sri", "-7.8", "110.36"],
    ]
    file = folder / "a.csv"
    file.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert run(file, channel, "csv").failed == 0
    assert digested(channel) == 1
    with scope.government(channel.government_id):
        post = Post.objects.select_related("author").get()
    assert post.text == "jalan, rusak;\nparah\té"
    assert post.author
    assert post.author.name == "Sri"
    assert post.location == {"lat": -7.8, "lon": 110.36}
    assert post.created_at.isoformat() == "2026-11-20T01:00:00+00:00"


def test_a_preview_says_what_would_be_refused(folder: Path) -> None:
    file = folder / "a.ndjson"
    file.write_text(line(1) + "\n{")
    seen = mapping.preview(file, "ndjson", "Asia/Jakarta")
    assert [one["external_id"] for one in seen.good] == ["1"]
    assert seen.bad[0][0] == 2


def test_a_key_of_another_kind_of_channel_is_refused(city: Government) -> None:
    taken = a_channel(a_unit(city, "A"))
    with pytest.raises(Refusal, match="sudah dipakai"):
        importing.import_channel(city, taken.key)
    with pytest.raises(Refusal, match="XLSX, CSV, atau NDJSON"):
        importing.format_of("laporan.pdf")


def test_an_upload_needs_the_right(city: Government) -> None:
    member: Member = a_member(a_unit(city, "A"), Role.OFFICER)
    with scope.government(city.pk):
        with pytest.raises(NotAllowed):
            importing.keep_upload(member, [b"{}"], "a.ndjson")
        with pytest.raises(NotAllowed):
            importing.start_kept(member, Path("a.ndjson"), "a.ndjson", "arsip")


def test_what_a_colleague_writes_down_becomes_a_post_of_the_office(city: Government) -> None:
    reporter = a_member(a_unit(city, "LOKET"), Role.REPORTER)
    with scope.government(city.pk):
        raw = by_hand.add(
            reporter, source="phone", text="Lampu jalan mati di depan pasar", author_name="Bu Sri"
        )
        with pytest.raises(Refusal, match="kata-katanya"):
            by_hand.add(reporter, source="phone", text=" ")
        with pytest.raises(Refusal, match="https"):
            by_hand.add(reporter, source="link", text="x", link="javascript:alert(1)")
    work.run("digest")
    raw.refresh_from_db()
    assert (raw.state, raw.reason) == ("digested", "")
    with scope.government(city.pk):
        post = Post.objects.seen_by(reporter).get()
        assert (post.kind, post.history, str(post.author)) == ("report", False, "Bu Sri")


@pytest.mark.fault(44)
def test_what_follows_a_line_beyond_reason_comes_in(folder: Path, channel: Channel) -> None:
    file = folder / "a.ndjson"
    file.write_text("\n".join([line(1), line(2, text="a" * 5_000_000), line(3), line(4)]))
    job = run(file, channel)
    assert (job.state, job.done, job.failed) == ("done", 4, 1)
    assert digested(channel) == 3


def a_book(place: Path, rows: int) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["No Tiket", "Tanggal", "Isi"])
    for number in range(rows):
        sheet.append(
            [f"T-{number}", "31/02/2026" if number in {3, 7} else "01/02/2026", f"jalan rusak {number}"]
        )
    book.save(place)
    return place


@pytest.mark.fault(24)
@pytest.mark.fault(54)
def test_a_sheet_that_dies_goes_on_where_it_was(
    folder: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_book(folder / "a.xlsx", 10)
    monkeypatch.setattr(importing, "PIECE", 2)
    job = importing.start(ME, file, "a", channel, "xlsx")
    pieces = importing.run_import(job)
    next(pieces), next(pieces), next(pieces)
    job = work.Job.objects.get(pk=job.pk)
    assert 0 < job.done < 10
    for _piece in importing.run_import(job):
        pass
    assert (job.total, job.done, job.failed) == (10, 10, 2)
    assert RawItem.objects.count() == 8
    refused = [json.loads(one) for one in Path(job.result["rejected_file"]).read_text().splitlines()]
    assert [(one["line"], one["cells"][0]) for one in refused] == [(5, "T-3"), (9, "T-7")]
    assert not list(folder.glob("*.rows"))
    assert digested(channel) == 8


def test_a_table_whose_columns_nobody_knows_is_not_begun(folder: Path, channel: Channel) -> None:
    file = folder / "a.csv"
    file.write_text("x;y\n1;2\n")
    with pytest.raises(Refusal, match="belum ditunjuk"):
        importing.start(ME, file, "a", channel, "csv")
    with pytest.raises(Refusal, match="Tracking ID"):
        importing.start(ME, file, "a", channel, "lapor")
    assert not work.Job.objects.exists()


def test_what_was_remembered_is_used_by_the_next_import(folder: Path, channel: Channel) -> None:
    file = folder / "a.csv"
    file.write_text("x;y\nlampu padam;04/03/2026\n")
    with scope.government(channel.government_id):
        plan = mapping.preview(file, "csv", "Asia/Jakarta").plan
        assert plan is not None
        mapping.remember(channel, replace(plan, columns={"text": 0, "created_at": 1}))
    assert run(file, channel, "csv").failed == 0
    assert digested(channel) == 1
