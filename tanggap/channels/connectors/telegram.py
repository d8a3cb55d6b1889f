"""A Telegram bot: private messages, mentions in groups, comments under the official channel's posts, and posts there.

Deliveries come by webhook (an App of its own for each bot) or are fetched with getUpdates; Telegram lets a bot have
only one of the two at a time and keeps what was not delivered for at most 24 hours. It does not sign bodies: the
header X-Telegram-Bot-Api-Secret-Token repeats a secret that we chose. A webhook's sweep therefore cannot fetch; it
looks whether the webhook still stands, sets it again where it was removed, and names a gap that is longer than
Telegram's memory.

Why not python-telegram-bot or aiogram: both are asynchronous throughout and bring an HTTP client of their own beside
core.http; of what they offer only a dozen calls are needed, and stored bodies are read without a live bot.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tanggap.channels.connector import (
    Ability,
    Attachment,
    BadSignature,
    CannotTell,
    Connector,
    Fetched,
    Gone,
    Identity,
    Item,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Sent,
    Setting,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.limits import Limits, MediaLimits, count
from tanggap.channels.multipart import Part
from tanggap.channels.platforms.telegram_api import Bot, Migrated
from tanggap.channels.platforms.telegram_reading import PLATFORM, Ours, items
from tanggap.channels.values import as_documented

_SEEN = "2026-11-22"
_API = "https://core.telegram.org/bots/api"
_PAGE = 100
_MOST_TEXT = 100_000
_MEMORY = timedelta(hours=24)
_IDS_LAST = timedelta(days=6)
"""After a week without updates Telegram begins their numbers anew; an old offset would then throw new ones away."""
_JUST_FAILED = 600
_WANTED = ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MB = 1_000_000
_CAPTION = Limits(most=1024, count="utf16")
_METHODS = {"image": "Photo", "video": "Video", "audio": "Audio"}


class Telegram(Connector):
    """An official bot, and the channel that it may post in."""

    platform = PLATFORM
    name = "Telegram"
    abilities = frozenset(
        {
            Ability.HOOK,
            Ability.FETCH,
            Ability.REPLY,
            Ability.PUBLISH,
            Ability.MEDIA,
            Ability.HIDE,
            Ability.EDITS,
            Ability.WITHDRAW,
        }
    )
    settings = (
        Setting("token", "Token bot", secret=True, help="Dari @BotFather, misalnya 123456789:AAH…"),
        Setting(
            "channel", "Kanal resmi", required=False,
            help="Misalnya @pemkottirtakencana; bot harus menjadi adminnya. Kosongkan bila tidak ada",
        ),
        Setting(
            "mode", "Cara menerima", required=False,
            help="webhook atau getUpdates; bila kosong: webhook bila aplikasi dipilih, selain itu getUpdates",
        ),
    )  # fmt: skip
    limits = Limits(most=4096, count="utf16", source_url=f"{_API}#sendmessage", checked_on=_SEEN)
    media = MediaLimits(
        most=10,
        bytes_by_type={
            **dict.fromkeys(("image/jpeg", "image/png", "image/webp"), 10 * _MB),
            **dict.fromkeys(("video/mp4", "audio/mpeg", "audio/mp4", "application/pdf"), 50 * _MB),
        },
        alone=("audio", "application"), source_url=f"{_API}#sending-files", checked_on=_SEEN,
    )  # fmt: skip
    rates = (
        Rate(
            ("reply", "post", "hide", "withdraw"), 30, 1, checked_on=_SEEN,
            source_url="https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this",
        ),
        # What is published goes to one chat: a minute takes twenty of them.
        Rate(
            ("post",), 20, 60, checked_on=_SEEN,
            source_url="https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this",
        ),
    )  # fmt: skip
    lacks = (
        "Pesan lama tidak dapat diambil; Telegram menyimpan yang belum terkirim paling lama 24 jam.",
        "Penghapusan oleh warga tidak diberitahukan kepada bot.",
        "Di grup, hanya pesan yang menyebut atau menjawab bot yang masuk; balasan antarwarga di bawah komentar tidak.",
        "Bot tidak dapat memulai percakapan pribadi; warga harus menulis kepada bot lebih dulu.",
        "Menyembunyikan berarti menghapus: pesan yang dihapus tidak dapat ditampilkan lagi.",
        "Di tiap percakapan paling banyak satu pesan per detik, dan di tiap grup 20 pesan per menit.",
        "Bot tidak diberi tahu berapa kali sebuah kiriman dilihat, disukai, atau diteruskan.",
        "Menarik kiriman hanya pasti dalam 48 jam; sesudahnya bot memerlukan hak admin menghapus pesan.",
        "Dari sebuah album hanya pesan pertamanya yang ditarik dari sini; hapus lainnya di Telegram.",
    )
    poll_seconds = 5
    sweep_seconds = 300

    @property
    def bot(self) -> Bot:
        if not hasattr(self, "_bot"):
            self._bot = Bot(self.account)
        return self._bot

    @property
    def by_hook(self) -> bool:
        """This will tell whether the bot's updates come by webhook."""
        mode = str(self.account.settings.get("mode") or "").strip().lower()
        return mode == "webhook" or (mode == "" and bool(self.account.developer.hook_url))

    # -- taking in -------------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will compare the secret that Telegram repeats; the body itself is not signed."""
        given = headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "surrogateescape")
        # Every secret is compared, so that the time taken tells nothing about which one fits.
        fits = [hmac.compare_digest(hook_token(one).encode(), given) for one in secrets if one]
        if not any(fits):
            raise BadSignature("Token rahasia webhook tidak cocok dengan rahasia aplikasi ini.")

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one update; what is not said to or about the bot gives no item."""
        ours = Ours(raw.account, raw.handle, str(raw.settings.get("channel_id") or ""))
        with as_documented("Telegram"):
            found = items(orjson.loads(raw.body), ours)
        if any(len(one.text) > _MOST_TEXT for one in found):
            raise Unreadable(f"Teks terlalu panjang; paling banyak {_MOST_TEXT} karakter.")
        return found

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will get waiting updates, or look after the webhook; `missed` after more than 24 hours away."""
        now = datetime.now(UTC)
        if self.by_hook:
            return self._looked_after(cursor, now)
        asked: dict[str, Any] = {"limit": _PAGE, "timeout": 0, "allowed_updates": _WANTED}
        seen = _at(cursor.get("seen"))
        offset = cursor.get("offset")
        if isinstance(offset, int) and seen is not None and now - seen < _IDS_LAST:
            asked["offset"] = offset
        updates = self.bot.ask("getUpdates", **asked)
        after = {**cursor, "at": now.isoformat()}
        if updates:
            newest = max(int(one["update_id"]) for one in updates)
            after |= {"offset": newest + 1, "seen": now.isoformat()}
        bodies = [orjson.dumps(one) for one in updates]
        return Fetched(bodies, after, more=len(updates) >= _PAGE, missed=_gap(cursor, now))

    def _looked_after(self, cursor: Mapping[str, Any], now: datetime) -> Fetched:
        wanted, found = self.account.developer.hook_url, self.bot.ask("getWebhookInfo")
        stands = str(found.get("url") or "")
        if not stands:
            self.subscribe()
        elif wanted and stands != wanted:
            raise Permanent(
                "Webhook bot ini diarahkan ke alamat lain. Bila itu bukan disengaja, sambungkan ulang bot dan ganti "
                "tokennya."
            )
        waiting, failed = int(found.get("pending_update_count") or 0), int(found.get("last_error_date") or 0)
        if waiting and now.timestamp() - failed < _JUST_FAILED:
            said = str(found.get("last_error_message") or "")[:200]
            raise Temporary(
                f"Telegram tidak dapat mengantar ke alamat webhook ({said}); {waiting} kiriman menunggu, paling lama "
                "24 jam."
            )
        return Fetched([], {**cursor, "at": now.isoformat()}, missed=_gap(cursor, now))

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will send once; a group that moved is followed, as Telegram then surely took nothing."""
        if out.kind in {"hide", "withdraw"}:
            return self._delete(out)
        if out.kind not in {"reply", "post"}:
            raise Permanent(
                "Bot Telegram tidak dapat memulai pesan pribadi. Minta warga menulis kepada bot, lalu balas di sana."
            )
        chat, message = self._place(out)
        values: dict[str, Any] = {"chat_id": chat}
        if message:
            values["reply_parameters"] = {"message_id": int(message)}
        try:
            return self._said(out, values)
        except Migrated as moved:
            # The message numbers of the old group mean nothing in the new one.
            return self._said(out, {"chat_id": moved.chat})
        except Gone as error:
            raise Permanent("Pesan yang dijawab sudah dihapus di Telegram; jawaban tidak dikirim.") from error
        except Temporary as error:
            if not chat.startswith("-"):
                raise
            # A group has a budget of its own (20 a minute); others need not wait for it.
            raise Temporary(str(error), error.retry_after, everywhere=False) from error

    def _place(self, out: Outgoing) -> tuple[str, str]:
        """The chat to send to and the message to answer there, if any."""
        if out.kind == "post":
            channel = str(
                self.account.settings.get("channel_id") or self.account.settings.get("channel") or ""
            )
            if not channel:
                raise Permanent("Kanal resmi belum diisi pada sambungan bot ini; isi, lalu kirim lagi.")
            return channel, ""
        chat, _, message = (out.target_external_id or out.thread).partition("/")
        if not chat.removeprefix("-").isdecimal():
            raise Permanent("Percakapan ini tidak menyebut tempatnya di Telegram; jawab di aplikasinya.")
        return chat, message if message.isdecimal() else ""

    def _said(self, out: Outgoing, values: dict[str, Any]) -> Sent:
        if not out.media:
            return self._sent(self.bot.act("sendMessage", {**values, "text": out.text}))
        if not count(out.text, _CAPTION).fits:
            raise Permanent(
                "Keterangan gambar di Telegram paling banyak 1.024 karakter; persingkat, atau kirim tanpa gambar."
            )
        families = {_family(one) for one in out.media}
        if len(out.media) > 1 and families & {"audio", "document"}:
            raise Permanent(
                "Album Telegram hanya berisi gambar dan video; kirim berkas lain sendiri-sendiri."
            )
        if len(out.media) > 10:
            raise Permanent("Album Telegram paling banyak berisi 10 gambar dan video.")
        return self._album(out, values) if len(out.media) > 1 else self._file(out, values)

    def _file(self, out: Outgoing, values: dict[str, Any]) -> Sent:
        one = out.media[0]
        method = f"send{_METHODS.get(_family(one), 'Document')}"
        field = method.removeprefix("send").lower()
        caption = {"caption": out.text} if out.text else {}
        return self._sent(self.bot.act(method, {**_plain(values), **caption}, [_part(field, one)]))

    def _album(self, out: Outgoing, values: dict[str, Any]) -> Sent:
        parts = [_part(f"f{number}", one) for number, one in enumerate(out.media)]
        album = [
            {"type": "photo" if _family(one) == "image" else "video", "media": f"attach://{part.field}"}
            for one, part in zip(out.media, parts, strict=True)
        ]
        if out.text:
            album[0]["caption"] = out.text
        messages = self.bot.act("sendMediaGroup", {**_plain(values), "media": album}, parts)
        return self._sent(messages[0] if isinstance(messages, list) and messages else None)

    def _sent(self, message: Any) -> Sent:
        try:
            chat, number = message["chat"], message["message_id"]
            name = chat.get("username") if chat["type"] in {"channel", "supergroup"} else None
            return Sent(f"{chat['id']}/{number}", f"https://t.me/{name}/{number}" if name else "")
        except (KeyError, TypeError, AttributeError) as error:
            raise OutcomeUnknown("Jawaban Telegram sesudah kiriman tidak terbaca.") from error

    def _delete(self, out: Outgoing) -> Sent:
        if out.options.get("hidden") is False:
            raise Permanent(
                "Di Telegram pesan yang disembunyikan sudah dihapus dan tidak dapat ditampilkan lagi."
            )
        chat, _, message = out.target_external_id.partition("/")
        if not (chat.removeprefix("-").isdecimal() and message.isdecimal()):
            raise Permanent("Catatan ini bukan pesan di Telegram dan tidak dapat dihapus di sana.")
        try:
            self.bot.act("deleteMessage", {"chat_id": chat, "message_id": int(message)})
        except Gone:
            pass  # somebody deleted it before us: what was asked for is so
        return Sent(out.target_external_id)

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will say that it cannot: a bot sees no history, not even its own."""
        raise CannotTell(
            "Telegram tidak memperlihatkan riwayat kepada bot; lihat percakapannya di aplikasi Telegram."
        )

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask whose token this is, and whether the bot knows the official channel where one is named."""
        me = self.bot.ask("getMe")
        known: dict[str, Any] = {"reads_groups": bool(me.get("can_read_all_group_messages"))}
        if channel := str(self.account.settings.get("channel") or "").strip():
            found = self.bot.ask("getChat", chat_id=channel)
            known |= {"channel_id": str(found["id"]), "channel_title": str(found.get("title") or "")}
        return Identity(
            external_id=str(me["id"]), handle=f"@{me['username']}", name=str(me.get("first_name") or me["username"]),
            settings=known,
        )  # fmt: skip

    def subscribe(self) -> None:
        """This will set the webhook with its secret, or take it away where updates are fetched."""
        if not self.by_hook:
            self.bot.ask("deleteWebhook", drop_pending_updates=False)
            return
        developer = self.account.developer
        if not (developer.hook_url and developer.hook_secret):
            raise Permanent(
                "Webhook memerlukan aplikasi Telegram di server ini. Pilih aplikasinya, atau pilih cara getUpdates."
            )
        self.bot.ask(
            "setWebhook", url=developer.hook_url, secret_token=hook_token(developer.hook_secret),
            allowed_updates=_WANTED, drop_pending_updates=False,
        )  # fmt: skip


def hook_token(secret: str) -> str:
    """This will return what Telegram repeats in its header for an app's secret; it takes only A-Z a-z 0-9 _ and -."""
    return secret if _SECRET.fullmatch(secret) else hashlib.sha256(secret.encode()).hexdigest()


def _gap(cursor: Mapping[str, Any], now: datetime) -> str:
    since = _at(cursor.get("at"))
    if since is None or now - since <= _MEMORY:
        return ""
    return (
        f"Telegram menyimpan kiriman paling lama 24 jam: yang dikirim warga antara {since:%d-%m-%Y %H.%M} dan "
        f"{now - _MEMORY:%d-%m-%Y %H.%M} UTC mungkin hilang."
    )


def _at(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one if isinstance(one, dict) else str(one) for key, one in values.items()}


def _part(field: str, one: Attachment) -> Part:
    return Part(field, one.name or "lampiran", one.type, one.content)


def _family(one: Attachment) -> str:
    family = one.type.partition("/")[0]
    return family if family in _METHODS else "document"
