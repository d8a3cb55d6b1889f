"""The archive on the screen: found by words and filters in the address, shown with its record, exported."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Government, Member
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.core.work import Job
from tanggap.publishing import queue
from tanggap.publishing.models import Delivery, Publication
from tests.city import a_member, a_publication, a_unit, agreed


def page(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def post(officer: Member, coordinator: Member, channel: Channel, inside: None) -> Publication:
    one = agreed(a_publication(officer, channel, text="Jadwal angkut sampah pindah ke Senin."), coordinator)
    work.run("send")
    work.run("publications")
    return one


def an_answer(channel: Channel, by: Member, text: str, kind: str = "reply") -> Delivery:
    one = queue.enqueue(channel, kind, text, by, timezone.now(), target="t")
    queue.conclude(one, "sending", by, timezone.now())
    queue.conclude(one, "sent", by, timezone.now(), sent_at=timezone.now())
    return one


def test_an_empty_archive_says_how_it_fills(client: Client, inside: None) -> None:
    assert "Belum ada yang terbit" in page(client, "archive")
    assert "Tidak ada yang cocok" in page(client, "archive", q="banjir")


def test_what_was_said_is_found_by_the_address(
    client: Client, post: Publication, channel: Channel, officer: Member
) -> None:
    an_answer(channel, officer, "Lampu jalan sudah menyala.")
    assert "Lampu jalan" in page(client, "archive")
    found = page(client, "archive", q="mengangkut", kanal=channel.pk, jenis="post", keadaan="stands")
    assert "Jadwal angkut sampah" in found
    assert "Lampu jalan" not in found
    assert "Jadwal angkut" not in page(client, "archive", sampai="2020-01-01")
    assert page(client, "archive", kanal="x", page="0", sejak="31-02-2026", jenis="<b>")


def test_one_is_shown_with_its_proof_and_decisions(
    client: Client, post: Publication, coordinator: Member
) -> None:
    one = Delivery.objects.get()
    shown = page(client, "archive_one", one.pk)
    for words in ("Isi cocok dengan yang disetujui", one.hash, "Persetujuan", str(coordinator), "Versi 1"):
        assert words in shown


def test_other_offices_read_the_post_but_not_its_decisions_nor_private_answers(
    as_member: Callable[[Member], Client],
    post: Publication,
    channel: Channel,
    officer: Member,
    town: Government,
) -> None:
    private = an_answer(channel, officer, "Nomor laporan Anda kami kirim.", "private_reply")
    stranger = as_member(a_member(a_unit(town, "DISHUB")))
    shown = page(stranger, "archive_one", Delivery.objects.get(kind="post").pk)
    assert "Jadwal angkut" in shown
    assert "Keputusan</h2>" not in shown
    assert "Nomor laporan" not in page(stranger, "archive")
    assert stranger.get(reverse("archive_one", args=[private.pk])).status_code == 404


def test_an_export_is_begun_watched_and_fetched(
    as_member: Callable[[Member], Client], coordinator: Member, post: Publication, channel: Channel, officer: Member,
    settings: Any, tmp_path: Path,
) -> None:  # fmt: skip
    settings.TANGGAP_DATA = tmp_path
    an_answer(channel, officer, "Lampu jalan sudah menyala.", "private_reply")
    client = as_member(coordinator)
    client.post(reverse("archive_begin"), {"q": "lampu", "private": "1", "query": "q=lampu"})
    job = Job.objects.get()
    assert job.params["wanted"] == {"words": "lampu"}
    work.run("jobs")
    assert "Unduh 1 catatan" in page(client, "archive")
    answer = client.get(reverse("archive_download", args=[job.pk]))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert packed.testzip() is None
    other = as_member(officer)
    assert other.get(reverse("archive_download", args=[job.pk])).status_code == 404
    assert other.post(reverse("archive_begin"), {"private": "1"}).status_code == 403
    assert "Sertakan balasan pribadi" not in page(other, "archive")
