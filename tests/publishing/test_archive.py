"""The archive: everything said is found, proved, kept from whoever may not see it, and exported without a loss."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import files, scope, work
from tanggap.core.audit import Entry
from tanggap.core.work import Job, JobState
from tanggap.publishing import queue
from tanggap.publishing.archives import archive, archive_export
from tanggap.publishing.archives.archive import Wanted
from tanggap.publishing.models import Amendment, Delivery, Publication
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed
from tests.console.pictures import a_picture

pytestmark = pytest.mark.django_db


@dataclass
class Desk:
    officer: Member
    coordinator: Member
    channel: Channel
    elsewhere: Channel


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Iterator[Desk]:
    settings.TANGGAP_DATA = tmp_path
    Scripted.answers, Scripted.sent = [], []
    government = a_government()
    unit, other = a_unit(government, "DLH"), a_unit(government, "DISHUB")
    made = Desk(a_member(unit), a_member(unit, Role.COORDINATOR), a_channel(unit), a_channel(other))
    with scope.government(government.pk):
        yield made


def an_answer(channel: Channel, by: Member, text: str, kind: str = "reply", **options: object) -> Delivery:
    one = queue.enqueue(channel, kind, text, by, timezone.now(), target="t1", options=options)
    queue.conclude(one, "sending", by, timezone.now())
    queue.conclude(one, "sent", by, timezone.now(), sent_at=timezone.now(), external_id=f"e{one.pk}")
    return one


def a_post(desk: Desk, text: str = "Jadwal angkut sampah berubah mulai Senin.", **fields: Any) -> Publication:
    one = agreed(a_publication(desk.officer, desk.channel, text=text, **fields), desk.coordinator)
    work.run("send")
    work.run("publications")
    one.refresh_from_db()
    return one


def a_picture_of(desk: Desk) -> list[dict[str, Any]]:
    file = files.keep_picture(desk.officer.government_id, a_picture(), "taman.png")
    return [{
        "item": 0, "file": file.pk, "sha256": file.sha256, "type": file.media_type, "alt": "Taman kota di pagi hari",
        "size": file.size, "width": 8, "height": 8, "name": file.name,
    }]  # fmt: skip


def found(desk: Desk, by: Member | None = None, **wanted: Any) -> set[str]:
    by = by or desk.coordinator
    rows = archive.find(archive.seen_by(by), Wanted(**wanted), by.government.zone)
    return {one.text for one in rows}


class TestFinding:
    def test_posts_answers_and_what_was_sent_by_hand_are_found_by_their_stems(self, desk: Desk) -> None:
        a_post(desk, "Pengangkutan sampah pindah ke hari Senin.")
        an_answer(desk.channel, desk.officer, "Sampah akan kami angkut besok.")
        queue.record_by_hand(
            desk.channel,
            "reply",
            "Lampu sudah diperbaiki.",
            desk.officer,
            timezone.now(),
            target="t",
            thread="",
            url="",
        )
        assert len(found(desk)) == 3
        assert found(desk, words="angkut") == {
            "Pengangkutan sampah pindah ke hari Senin.", "Sampah akan kami angkut besok.",
        }  # fmt: skip
        assert found(desk, words="memperbaiki") == {"Lampu sudah diperbaiki."}
        assert found(desk, words="sampah -senin") == {"Sampah akan kami angkut besok."}
        assert found(desk, words="( & | !'") == set()

    def test_what_has_not_left_was_not_said(self, desk: Desk) -> None:
        queue.enqueue(desk.channel, "reply", "Belum dikirim", desk.officer, timezone.now())
        queue.enqueue(desk.channel, "hide", "", desk.officer, timezone.now())
        assert found(desk) == set()

    def test_filters_keep_what_is_asked_for(self, desk: Desk) -> None:
        post = a_post(desk, kind="service")
        an_answer(desk.elsewhere, desk.officer, "Jalan dialihkan.")
        assert found(desk, kind="service") == found(desk, kind="post") == {post.text}
        assert found(desk, kind="reply", channel=desk.elsewhere.pk) == {"Jalan dialihkan."}
        assert found(desk, unit=desk.elsewhere.unit_id) == {"Jalan dialihkan."}
        assert found(desk, unit=desk.channel.unit_id) == {post.text}
        today = timezone.localtime(timezone.now(), desk.officer.government.zone).date()
        assert len(found(desk, since=today, until=today)) == 2
        assert found(desk, until=today - timedelta(days=1)) == set()

    def test_what_was_corrected_or_withdrawn_is_told_apart(self, desk: Desk) -> None:
        stands, corrected, gone = (
            a_post(desk, f"Pengumuman nomor {n} untuk warga.") for n in "satu dua tiga".split()
        )
        for one, kind in ((corrected, "correction"), (gone, "withdrawal")):
            Amendment.objects.create(
                publication=one, kind=kind, text="x", by=desk.coordinator, at=timezone.now()
            )
        assert found(desk, state="amended") == {corrected.text}
        assert found(desk, state="withdrawn") == {gone.text}
        assert found(desk, state="stands") == {stands.text, corrected.text}

    def test_private_answers_are_for_their_office_and_those_who_see_all(self, desk: Desk) -> None:
        an_answer(desk.channel, desk.officer, "Nomor laporan Anda kami kirim.", "private_reply")
        an_answer(desk.channel, desk.officer, "Balasan pesan.", window={"to_message": True})
        an_answer(desk.channel, desk.officer, "Balasan terbuka.", window={"to_message": False})
        stranger = a_member(desk.elsewhere.unit)  # type: ignore[arg-type]
        assert found(desk, stranger) == {"Balasan terbuka."}
        assert len(found(desk, desk.officer)) == len(found(desk, desk.coordinator)) == 3


class TestProof:
    def test_what_left_is_what_was_approved(self, desk: Desk) -> None:
        one = Delivery.objects.get(variant__publication=a_post(desk, media=a_picture_of(desk)))
        assert archive.prove(one) == archive.Proof("match", one.hash)
        place = files.StoredFile.objects.get().path
        place.write_bytes(b"lain")
        assert archive.prove(one) == archive.Proof("differs", one.hash, ("taman.png",))
        place.unlink()
        assert archive.prove(one).result == "differs"

    def test_an_answer_is_proved_by_the_record_of_its_approval(self, desk: Desk) -> None:
        one = an_answer(desk.channel, desk.officer, "Sudah kami tangani.")
        assert archive.prove(one).result == "record"
        Delivery.objects.filter(pk=one.pk).update(text="Tidak akan kami tangani.")
        one.refresh_from_db()
        assert archive.prove(one).result == "differs"
        now = timezone.now()
        unknown = Delivery.objects.create(
            channel=desk.channel,
            kind="reply",
            text="x",
            state="sent",
            due_at=now,
            created_by="x",
            created_at=now,
        )
        assert archive.prove(unknown).result == "none"

    def test_the_history_holds_versions_decisions_and_posts(self, desk: Desk) -> None:
        one = a_post(desk)
        told = archive.history(one)
        assert [each.number for each in told.versions] == [1]
        assert [(each.approver, each.decision) for each in told.approvals] == [(desk.coordinator, "approved")]
        assert archive.stage_names(told.approvals[0]) == "Persetujuan"
        assert len(told.deliveries) == 1


def ran(job: Job) -> zipfile.ZipFile:
    work.run("jobs")
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return zipfile.ZipFile(archive_export.folder() / f"{job.pk}.zip")


def lines(packed: zipfile.ZipFile, name: str = "records.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in packed.read(name).splitlines()]


class TestExport:
    @pytest.mark.parametrize("many", [0, 1, 4, 5, 11])
    def test_n_deliveries_are_exactly_n_records(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, many: int
    ) -> None:
        monkeypatch.setattr(archive_export, "PIECE", 5)
        made = [an_answer(desk.channel, desk.officer, f"Balasan {n}") for n in range(many)]
        job = archive_export.start(desk.coordinator, Wanted())
        packed = ran(job)
        assert [one["id"] for one in lines(packed)] == [one.pk for one in made]
        assert (job.done, job.total) == (many, many)
        assert len(packed.read("deliveries.csv").decode("utf-8-sig").splitlines()) == many + 1
        assert json.loads(packed.read("manifest.json"))["records"] == many

    def test_it_names_every_file_with_its_digest_and_says_how_to_check_them(self, desk: Desk) -> None:
        one = a_post(desk, media=a_picture_of(desk))
        packed = ran(archive_export.start(desk.coordinator, Wanted()))
        manifest = json.loads(packed.read("manifest.json"))
        assert {
            name: hashlib.sha256(packed.read(name)).hexdigest() for name in manifest["sha256"]
        } == manifest["sha256"]
        assert set(packed.namelist()) == {*manifest["sha256"], "manifest.json"}
        (told,) = lines(packed)
        assert packed.read(told["media"][0]["path"]) == files.StoredFile.objects.get().read()
        (story,) = lines(packed, "publications.jsonl")
        version = story["versions"][0]
        assert (
            hashlib.sha256(version["content"].encode()).hexdigest()
            == version["sha256"]
            == told["approved_sha256"]
        )
        assert [each["decision"] for each in story["approvals"]] == ["approved"]
        assert story["id"] == told["publication"] == one.pk
        assert not any(row["verified"] for row in manifest["legal_basis"])
        assert "[belum diverifikasi]" in packed.read("README.md").decode()

    def test_a_file_that_is_gone_is_told_and_the_rest_is_there(self, desk: Desk) -> None:
        a_post(desk, media=a_picture_of(desk))
        files.StoredFile.objects.get().path.unlink()
        packed = ran(archive_export.start(desk.coordinator, Wanted()))
        assert len(json.loads(packed.read("manifest.json"))["missing_or_changed_files"]) == 1
        assert len(lines(packed)) == 1

    @pytest.mark.fault(26)
    def test_a_worker_that_dies_in_a_piece_loses_and_doubles_nothing(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(archive_export, "PIECE", 2)
        for number in range(3):
            a_post(desk, f"Pengumuman nomor {number} untuk seluruh warga kota.")
        made = [an_answer(desk.channel, desk.officer, f"Balasan {number}") for number in range(4)]
        job = archive_export.start(desk.coordinator, Wanted())
        pieces = archive_export.export(job)
        next(pieces)
        pieces.close()
        half = archive_export.folder() / f".half-{job.pk}"
        for name in ("records.jsonl", "deliveries.csv", "publications.jsonl"):
            with (half / name).open("ab") as out:  # the next piece was written, its end never noted
                out.write(b'{"id": 0}\n')
        packed = ran(Job.objects.get(pk=job.pk))
        assert len(lines(packed)) == len({one["id"] for one in lines(packed)}) == 3 + len(made)
        assert len(lines(packed, "publications.jsonl")) == 3
        assert not half.exists()

    def test_private_answers_leave_only_when_a_coordinator_asks(self, desk: Desk) -> None:
        an_answer(desk.channel, desk.officer, "Rahasia Anda aman.", "private_reply")
        an_answer(desk.channel, desk.officer, "Terbuka.")
        assert [one["text"] for one in lines(ran(archive_export.start(desk.coordinator, Wanted())))] == [
            "Terbuka."
        ]
        with pytest.raises(NotAllowed):
            archive_export.start(desk.officer, Wanted(), private=True)
        job = archive_export.start(desk.coordinator, Wanted(), private=True)
        assert {one["private"] for one in lines(ran(job))} == {True, False}
        assert Entry.objects.filter(action="archive.export", fields__private=True).count() == 1
        assert archive_export.finished(job, desk.officer) is None
        assert archive_export.finished(job, desk.coordinator) is not None
        assert Entry.objects.filter(action="archive.download", actor=desk.coordinator.audit_name).exists()

    def test_filters_and_sight_of_whoever_asks_hold(self, desk: Desk) -> None:
        an_answer(desk.channel, desk.officer, "Sampah diangkut.")
        an_answer(desk.channel, desk.officer, "Lampu menyala.")
        packed = ran(archive_export.start(desk.officer, Wanted(words="sampah")))
        assert [one["text"] for one in lines(packed)] == ["Sampah diangkut."]

    def test_another_government_s_export_is_not_there(self, desk: Desk) -> None:
        job = archive_export.start(desk.coordinator, Wanted())
        ran(job)
        far = a_government("99.72")
        with scope.government(far.pk):
            stranger = a_member(a_unit(far, "KOM"), Role.ADMINISTRATOR)
            assert archive_export.finished(job, stranger) is None
            assert archive_export.exports(stranger) == []
