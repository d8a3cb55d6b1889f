"""WhatsApp Cloud API: messages to an official number, answers within 24 hours, templates after that, and reports.

Ids: a message is its whole "wamid.…"; the account is the phone number's id; how authors and conversations are named
stands in whatsapp_reading. Our reference travels as `biz_opaque_callback_data` and comes back with every report, so
that a send whose answer was lost is settled by the first report; the platform itself cannot be asked.

Why not pywa: its objects are made for handlers that run while the delivery is answered, and its calls go through an
HTTP client of its own beside core.http; reading a stored body again needs neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from tanggap.channels.connector import (
    Ability,
    Attachment,
    CannotTell,
    Connector,
    Identity,
    Item,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Sent,
    Setting,
    Unreadable,
    Window,
)  # fmt: skip
from tanggap.channels.connectors.meta import token_ends
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms.whatsapp_api import Line, Template, filled, templates
from tanggap.channels.platforms.whatsapp_reading import GROUP, PLATFORM, items
from tanggap.channels.values import as_documented

_DOCS = "https://developers.facebook.com/documentation/business-messaging/whatsapp"
_SEEN = "2026-11-22"
_MOST_TEXT = 100_000
_CAPTION = 1024
_MB = 1024 * 1024
_LINK = re.compile(r"https?://")


class WhatsApp(Connector):
    """An official number on the WhatsApp Cloud API."""

    platform = PLATFORM
    name = "WhatsApp"
    abilities = frozenset(
        {
            Ability.HOOK,
            Ability.REPLY,
            Ability.MEDIA,
            Ability.EDITS,
            Ability.DELETES,
            Ability.RECEIPTS,
        }
    )
    settings = (
        Setting("phone_number_id", "ID nomor telepon", help="WhatsApp Manager → Penyiapan API; bukan nomor teleponnya"),
        Setting("waba_id", "ID akun WhatsApp Business", help="Di halaman yang sama, di atas ID nomor telepon"),
        Setting(
            "token", "Token pengguna sistem", secret=True,
            help="Izin whatsapp_business_messaging dan whatsapp_business_management; pilih tanpa batas waktu",
        ),
    )  # fmt: skip
    limits = Limits(most=4096, source_url=f"{_DOCS}/messages/text-messages", checked_on=_SEEN)
    media = MediaLimits(
        most=1,
        bytes_by_type={
            "image/jpeg": 5 * _MB, "image/png": 5 * _MB,
            "video/mp4": 16 * _MB, "video/3gpp": 16 * _MB,
            **dict.fromkeys(("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"), 16 * _MB),
            "application/pdf": 100 * _MB, "text/plain": 100 * _MB,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 100 * _MB,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": 100 * _MB,
        },
        source_url=f"{_DOCS}/business-phone-numbers/media", checked_on=_SEEN,
    )  # fmt: skip
    windows = (
        Window(
            "reply", 24, "their_last_message",
            "Kirim templat yang sudah disetujui, atau tunggu warga menulis lagi.",
            source_url=f"{_DOCS}/messages/send-messages#customer-service-windows", checked_on=_SEEN,
        ),
    )  # fmt: skip
    rates = (Rate(("reply",), 80, 1, source_url=f"{_DOCS}/throughput", checked_on=_SEEN),)
    lacks = (
        (
            "Pesan lama tidak dapat diambil, dan pesan yang terlewat tidak dapat ditarik: Meta mengantar ulang selama "
            "paling lama 7 hari, sesudah itu hilang."
        ),
        "Sesudah 24 jam sejak pesan terakhir warga, hanya templat yang disetujui Meta yang dapat dikirim.",
        "Meta menagih per pesan yang sampai, menurut tarifnya.",
        (
            "Perubahan dan penghapusan pesan oleh warga hanya disampaikan untuk nomor yang juga dipakai di aplikasi "
            "WhatsApp Business."
        ),
        "Pesan yang sudah dikirim tidak dapat ditarik lewat antarmuka ini, dan saluran WhatsApp tidak dapat diisi.",
        "Grup biasa tidak terlihat; hanya grup yang dibuat lewat antarmuka resmi.",
    )
    app_platform = "meta"

    @property
    def line(self) -> Line:
        if not hasattr(self, "_line"):
            self._line = Line(self.account)
        return self._line

    # -- taking in -------------------------------------------------------------------------------------------
    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one delivery; news about templates, quality and the account itself give no item."""
        with as_documented("WhatsApp"):
            whole = orjson.loads(raw.body)
            if whole.get("object") != "whatsapp_business_account":
                raise Unreadable("Kiriman ini bukan dari WhatsApp Business.")
            found = items(whole)
        if any(len(one.text) > _MOST_TEXT for one in found):
            raise Unreadable(f"Teks terlalu panjang; paling banyak {_MOST_TEXT} karakter.")
        return found

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will send one message; a file is uploaded first, which reaches nobody by itself."""
        if out.kind != "reply":
            raise Permanent(_NOT_HERE.get(out.kind, f"WhatsApp tidak mengenal tindakan {out.kind}."))
        body = {"messaging_product": "whatsapp", **_whom(out.thread), **self._content(out)}
        if out.target_external_id:
            body["context"] = {"message_id": out.target_external_id}
        body["biz_opaque_callback_data"] = out.reference
        answer = self.line.write(f"/{self.line.number}/messages", json=body)
        try:
            return Sent(str(answer["messages"][0]["id"]))
        except (KeyError, IndexError, TypeError) as error:
            raise OutcomeUnknown("Jawaban WhatsApp sesudah kiriman tidak terbaca.") from error

    def _content(self, out: Outgoing) -> dict[str, Any]:
        template = out.options.get("template")
        if isinstance(template, Mapping):
            return {"type": "template", "template": filled(template)}
        if not out.media:
            text = {"body": out.text, "preview_url": bool(_LINK.search(out.text))}
            return {"type": "text", "text": text}
        if len(out.media) > 1:
            raise Permanent(
                "WhatsApp mengirim satu lampiran per pesan; kirim yang lain sebagai pesan tersendiri."
            )
        kind = _family(out.media[0])
        if kind == "audio" and out.text or len(out.text) > _CAPTION:
            raise Permanent(
                f"Keterangan lampiran WhatsApp paling banyak {_CAPTION} karakter, dan suara tidak diberi keterangan; "
                "kirim teksnya sebagai pesan tersendiri."
            )
        held: dict[str, Any] = {"id": self.line.upload(out.media[0])}
        if out.text:
            held["caption"] = out.text
        if kind == "document":
            held["filename"] = out.media[0].name or "lampiran"
        return {"type": kind, kind: held}

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will say that it cannot: only a report that comes by itself tells of a message."""
        raise CannotTell(
            "WhatsApp tidak dapat ditanya. Bila pesannya terkirim, laporannya datang sendiri dalam beberapa menit dan "
            "hasilnya tercatat; bila tidak, periksa di ponsel nomor resmi sebelum mengirim ulang."
        )

    def templates(self) -> list[Template]:
        """This will list the templates that Meta approved, for the reply box; errors as of any reading call."""
        return templates(self.line)

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask whose number this is, and when the token ends where the app's secret is known."""
        found = self.line.read(
            f"/{self.line.number}", {"fields": "id,display_phone_number,verified_name,quality_rating"}
        )
        number = str(found["id"])
        if number != self.line.number:
            raise Permanent("ID nomor telepon ini milik nomor lain; periksa di WhatsApp Manager.")
        handle = f"+{str(found.get('display_phone_number') or '').lstrip('+')}"
        return Identity(
            external_id=number, handle=handle, name=str(found.get("verified_name") or handle),
            expires_at=token_ends(self.account.developer, self.account.token),
            settings={"quality_rating": str(found.get("quality_rating") or "")},
        )  # fmt: skip

    def subscribe(self) -> None:
        """This will ask Meta to deliver the business account's events to the app's address."""
        self.line.ask(f"/{self.line.business}/subscribed_apps", data={})


_NOT_HERE = {
    "private_reply": "Percakapan WhatsApp sudah pribadi; kirim sebagai balasan biasa.",
    "hide": "Pesan WhatsApp tidak dapat disembunyikan; hanya warga itu dan nomor resmi yang melihatnya.",
    "post": "WhatsApp tidak punya tempat terbitan umum di antarmuka ini; terbitkan di kanal lain.",
}


def _whom(thread: str) -> dict[str, str]:
    """Whom a conversation is with: a group, a telephone number, or a business-scoped user id (with a point)."""
    whom = thread.partition("/")[2]
    if not whom:
        raise Permanent(
            "Percakapan ini tidak menyebut warga mana yang dijawab; jawab dari ponsel nomor resmi."
        )
    if whom.startswith(GROUP):
        return {"recipient_type": "group", "to": whom.removeprefix(GROUP)}
    return {"recipient_type": "individual", ("recipient" if "." in whom else "to"): whom}


def _family(one: Attachment) -> str:
    family = one.type.partition("/")[0]
    return family if family in {"image", "video", "audio"} else "document"
