"""Messenger: what citizens write to a Page in private, and answers within Meta's windows.

Sources, seen 2026-11-22: developers.facebook.com/documentation/business-messaging/messenger-platform (send-messages,
reference/send-api, conversations, policy, webhooks).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.channels.connector import (
    Ability,
    CannotTell,
    Fetched,
    Item,
    Outgoing,
    Permanent,
    Raw,
    Scope,
    Sent,
    Setting,
    Window,
)  # fmt: skip
from tanggap.channels.connectors import meta
from tanggap.channels.errors import OutcomeUnknown
from tanggap.channels.limits import Limits
from tanggap.channels.platforms import messenger_reading as reading
from tanggap.channels.platforms.meta_again import together
from tanggap.channels.platforms.meta_graph import WindowClosed
from tanggap.channels.values import as_documented, inside, members, time_of

_DOCS = "https://developers.facebook.com/documentation/business-messaging/messenger-platform"
_CHECKED = "2026-11-22"
_OVERLAP, _SKEW = 120, 300
_CONVERSATIONS, _MESSAGES = 20, 20
_FIELDS = (
    "messages", "messaging_postbacks", "message_echoes", "message_edits", "message_deliveries", "message_reads",
)  # fmt: skip
_YES = {"1", "ya", "true", "on", "yes"}


class Messenger(meta.PageAccount):
    """The private messages of a government's Page."""

    platform = "messenger"
    name = "Messenger"
    app_platform = "meta"
    abilities = frozenset(
        {
            Ability.HOOK, Ability.FETCH, Ability.BACKFILL, Ability.REPLY, Ability.EDITS, Ability.RECEIPTS,
            Ability.RECHECK, Ability.LOOK_UP,
        }
    )  # fmt: skip
    settings = (
        Setting(
            "token",
            "Token Halaman",
            secret=True,
            help="Token akses Halaman (Page access token) dengan izin pages_messaging",
        ),
        Setting(
            "human_agent",
            "Fitur Human Agent sudah disetujui (ya atau kosong)",
            required=False,
            help="Bila Meta menyetujuinya, petugas dapat membalas sampai 7 hari sesudah pesan terakhir warga",
        ),
    )
    oauth = meta.login(
        Scope("pages_show_list", "melihat Halaman mana yang Anda kelola"),
        Scope("pages_messaging", "membaca dan membalas pesan Halaman"),
        Scope("pages_manage_metadata", "meminta Facebook mengirim pesan baru ke sini"),
        Scope("pages_read_engagement", "membaca keterangan Halaman"),
        Scope("business_management", "melihat Halaman yang dimiliki lewat Business Manager"),
    )
    limits = Limits(
        # "2000 characters"; an emoji is counted as two, so that nothing counted here is refused there.
        most=2_000, count="utf16", checked_on=_CHECKED, source_url=f"{_DOCS}/reference/send-api",
    )  # fmt: skip
    windows = (
        Window(
            "reply", 24, "their_last_message", checked_on=_CHECKED, source_url=f"{_DOCS}/policy/",
            otherwise="Dengan fitur Human Agent petugas dapat membalas sampai 7 hari; sesudahnya tunggu warga "
            "menulis lagi, atau hubungi lewat kanal lain.",
        ),
        Window(
            "human_agent", 7 * 24, "their_last_message", checked_on=_CHECKED, source_url=f"{_DOCS}/policy/",
            otherwise="Tunggu warga menulis lagi, atau hubungi lewat kanal lain.",
        ),
    )  # fmt: skip
    lacks = (
        "Messenger tidak mengirim pesan lebih dulu: warga harus menulis kepada Halaman.",
        "Hapusan pesan oleh warga tidak diberitahukan.",
        "Tanda dibaca tidak menyebut pesan yang mana; yang dicatat hanya tanda sampai.",
        "Dari tiap percakapan hanya 20 pesan terakhir yang dapat dibaca kembali.",
        "Lampiran dikirim sebagai pesan tersendiri, jadi tidak dari sini; kirim tautannya.",
    )

    # -- who we are --------------------------------------------------------------------------------------
    def subscribe(self) -> None:
        """This will ask Meta to deliver the Page's messages, echoes, edits and receipts."""
        meta.subscribe(self.line, self.page, self.account.developer.client_id, _FIELDS)

    # -- taking in ---------------------------------------------------------------------------------------
    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a delivery or a fetched message; Unreadable where it is neither."""
        with as_documented("Messenger"):
            return reading.items_of(raw)

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring new messages of conversations that were touched since the cursor (`since`, Unix seconds)."""
        if "since" not in cursor:
            return Fetched([], {"since": int(time.time())})
        since, after = int(cursor["since"]), cursor.get("after")
        bodies, newest, older, cut = self._messages(since - _OVERLAP, after)
        newest = max(newest, int(cursor.get("newest") or 0), since)
        missed = (
            "Ada percakapan dengan lebih dari 20 pesan baru; pesan yang lebih lama tidak diberikan Messenger."
            if cut else ""
        )  # fmt: skip
        if older:
            return Fetched(
                bodies, {"since": since, "after": older, "newest": newest}, more=True, missed=missed
            )
        return Fetched(bodies, {"since": newest}, missed=missed)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at messages for other words. That one is not shown says nothing: beyond the 20 newest of
        a conversation Messenger calls every message deleted."""
        found = together(self.line, ids, reading.MESSAGE_FIELDS)
        return Fetched(
            [reading.body_of(self.page, self._partner(one), one) for one in found.values() if one], {}
        )

    def _partner(self, node: Mapping[str, Any]) -> str:
        people = [str(inside(node, "from", "id")), *(str(one["id"]) for one in members(node, "to", "data"))]
        return next((one for one in people if one != self.page), self.page)

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page of conversations, as much of each as Messenger gives."""
        until = time_of(cursor["until"]).timestamp()
        bodies, _, older, _ = self._messages(until, cursor.get("after"))
        return Fetched(bodies, {**cursor, "after": older}, more=bool(older))

    def _messages(self, since: float, after: str | None) -> tuple[list[bytes], int, str | None, bool]:
        """A page of conversations: bodies, the newest time seen, the next page, and whether one was cut short."""
        found = self.line.read(
            f"/{self.page}/conversations",
            {
                "platform": "messenger", "limit": _CONVERSATIONS, "after": after,
                "fields": "id,updated_time,participants{id},"
                f"messages.limit({_MESSAGES}){{{reading.MESSAGE_FIELDS}}}",
            },
        )  # fmt: skip
        bodies, newest, cut, touched = list[bytes](), 0, False, True
        for talk in members(found, "data"):
            updated = time_of(talk["updated_time"]).timestamp()
            newest, touched = max(newest, int(updated)), updated >= since
            if not touched:
                break
            nodes = list(members(talk, "messages", "data"))
            fresh = [one for one in nodes if time_of(one["created_time"]).timestamp() >= since]
            cut = cut or (len(fresh) == len(nodes) and bool(inside(talk, "messages", "paging", "next")))
            person = self._other(talk)
            bodies += [reading.body_of(self.page, person, one) for one in reversed(fresh)]
        more = touched and inside(found, "paging", "next")
        return bodies, newest, inside(found, "paging", "cursors", "after") if more else None, cut

    def _other(self, talk: Mapping[str, Any]) -> str:
        people = [str(one["id"]) for one in members(talk, "participants", "data")]
        return next((one for one in people if one != self.page), self.page)

    # -- sending -----------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will answer once. After 24 hours it goes by the HUMAN_AGENT tag, where Meta approved it for the Page.

        Our reference goes along as metadata; the echo brings it back.
        """
        if out.kind == "private_reply":
            raise Permanent("Pesan Messenger sudah pribadi; pakai balasan biasa.")
        if out.kind != "reply":
            raise Permanent("Messenger hanya untuk menjawab pesan warga; terbitkan lewat Halaman Facebook.")
        if out.media:
            raise Permanent(
                "Messenger mengirim lampiran sebagai pesan tersendiri; taruh tautannya di dalam teks."
            )
        form = {
            "recipient": {"id": self._person(out)}, "messaging_type": "RESPONSE",
            "message": {"text": out.text, "metadata": out.reference},
        }  # fmt: skip
        try:
            return self._sent(form)
        except WindowClosed:
            if str(self.account.settings.get("human_agent", "")).strip().lower() not in _YES:
                raise
        # The first was surely refused, so this is no second message.
        return self._sent({**form, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})

    def _sent(self, form: Mapping[str, Any]) -> Sent:
        found = self.line.write(f"/{self.page}/messages", json=form)
        try:
            return Sent(str(found["message_id"]))
        except (KeyError, TypeError) as error:
            raise OutcomeUnknown("Jawaban Messenger sesudah kiriman tidak terbaca.") from error

    def _person(self, out: Outgoing) -> str:
        person = reading.person_of(out.thread, self.page) or str(out.options.get("author") or "")
        if not person:
            raise Permanent("Penerima pesan ini tidak diketahui; jawab di kotak masuk Halaman.")
        return person

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the answer in the conversation: same text, by the Page, since the delivery was made."""
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di kotak masuk Halaman.")
        found = self.line.read(
            f"/{self.page}/conversations",
            {"platform": "messenger", "user_id": self._person(out), "fields": "id", "limit": 1},
        )
        talk = next(members(found, "data"), None)
        if talk is None:
            return None
        since, taken = out.created_at.timestamp() - _SKEW, out.options.get("taken", ())
        page = self.line.read(
            f"/{talk['id']}/messages", {"fields": "id,created_time,from,message", "limit": _MESSAGES}
        )
        nodes = list(members(page, "data"))
        for one in nodes:
            if time_of(one["created_time"]).timestamp() < since:
                return None
            if self._is_it(one, out.text, taken):
                return Sent(str(one["id"]))
        if inside(page, "paging", "next"):
            raise CannotTell("Terlalu banyak pesan sesudahnya; periksa di kotak masuk Halaman.")
        return None

    def _is_it(self, node: Mapping[str, Any], text: str, taken: Sequence[str]) -> bool:
        said = node.get("message")
        ours = str(inside(node, "from", "id")) == self.page
        return (
            ours
            and isinstance(said, str)
            and " ".join(said.split()) == " ".join(text.split())
            and str(node["id"]) not in taken
        )
