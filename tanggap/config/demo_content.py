"""What the demo's city publishes: something out today, planned, waiting for approval, returned, and still a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format

from tanggap.agencies.models import Member
from tanggap.channels.allowances import of_text
from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel
from tanggap.publishing import writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Publication
from tanggap.publishing.windows import rules_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A publication of the demo. `day` counts from today, `hour` is local, None: as soon as it is approved; `ends` is
    how far it has come; `{day}` in the text is its day in words."""

    kind: str
    title: str
    text: str
    day: int
    hour: int | None
    ends: str
    note: str = ""


PIECES = (
    Piece(
        "service", "Perbaikan pipa Jalan Melati",
        "Perbaikan pipa di Jalan Melati hari ini pukul 22.00 sampai 04.00. Air di Kelurahan Melati dan Kenanga "
        "mengalir kecil. Tangki air gratis: hubungi 112.",
        0, None, "approved",
    ),
    Piece(
        "agenda", "Pasar murah kecamatan",
        "Pasar murah di halaman Kecamatan Kota, {day}, pukul 08.00–12.00. Beras, minyak, telur. Bawa tas belanja "
        "sendiri.",
        4, 7, "approved",
    ),
    Piece(
        "service", "Jam layanan KTP akhir pekan",
        "Layanan rekam KTP buka {day}, pukul 08.00–13.00 di kantor Disdukcapil. Tanpa daftar dulu; bawa kartu "
        "keluarga.",
        6, 6, "review",
    ),
    Piece(
        "information", "Cegah demam berdarah",
        "Musim hujan: kuras bak, tutup tempayan, kubur barang bekas seminggu sekali. Demam tinggi dua hari? Periksa ke "
        "puskesmas terdekat.",
        2, 9, "returned", "Sebutkan jam buka puskesmas dan nomor yang bisa dihubungi.",
    ),
    Piece(
        "policy", "Jalur sepeda Jalan Pahlawan",
        "Jalur sepeda di Jalan Pahlawan mulai dipakai. Parkir di jalurnya tidak diperbolehkan.",
        9, 10, "draft",
    ),
)  # fmt: skip


def publish(officer: Member, coordinator: Member) -> list[Publication]:
    """This will write the demo's publications, once; inside its government's scope."""
    if Publication.objects.exists():
        return []
    with translation.override("id"):
        return [_made(piece, officer, coordinator) for piece in PIECES]


def publishing_channels(text: str) -> list[Channel]:
    """This will return the channels on which a text alone can be published from here."""
    channels = Channel.objects.filter(closed_at=None).select_related("app").order_by("id")
    return [one for one in channels if _takes(one, text)]


def say(officer: Member, coordinator: Member, text: str) -> Publication:
    """This will publish a text at once wherever it can be, as two people would."""
    one = _begun(officer, text, publishing_channels(text), kind="information", title=text[:60])
    return _agreed(one, officer, coordinator)


def _made(piece: Piece, officer: Member, coordinator: Member) -> Publication:
    due_at = _due(piece, officer)
    text = piece.text.format(day=date_format(due_at, "l, j F Y")) if due_at else piece.text
    one = _begun(officer, text, publishing_channels(text), kind=piece.kind, title=piece.title, due_at=due_at)
    if piece.ends == "approved":
        return _agreed(one, officer, coordinator)
    if piece.ends in {"review", "returned"}:
        one = approving.hand_in(one, officer)
    if piece.ends == "returned":
        one = approving.decide(one, coordinator, hash_=one.hash, approve=False, note=piece.note)
    return one


def _begun(officer: Member, text: str, channels: Sequence[Channel], **fields: Any) -> Publication:
    return writing.begin(
        officer, channels=channels, text=text, source="Perangkat daerah terkait", checked_by="Dewi Lestari",
        responsible="Kepala Diskominfo", **fields,
    )  # fmt: skip


def _agreed(one: Publication, officer: Member, coordinator: Member) -> Publication:
    one = approving.hand_in(one, officer)
    return approving.decide(one, coordinator, hash_=one.hash, approve=True)


def _due(piece: Piece, officer: Member) -> datetime | None:
    if piece.hour is None:
        return None
    today = timezone.now().astimezone(officer.government.zone)
    return today.replace(hour=piece.hour, minute=0, second=0, microsecond=0) + timedelta(days=piece.day)


def _takes(channel: Channel, text: str) -> bool:
    declared = connector(channel.platform)
    if Ability.PUBLISH not in declared.abilities or (declared.media and declared.media.required):
        return False
    return not list(of_text(rules_of(channel, "post").limits, text))
