"""Instagram: comments, mentions, messages, private replies, hiding, publishing with pictures, and hashtags.

Two log-ins lead to one account. Instagram's own (the usual one: no Facebook Page needed) has an app id, a secret and a
hook address of its own, and speaks at graph.instagram.com; a token of Facebook's log-in (it begins with EAA) speaks at
graph.facebook.com, and then the Meta app's address may bring the deliveries instead. Hashtags can be searched with
Facebook's log-in only. Sources at the readers and senders beside (channels/instagram_*.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from tanggap.channels.connector import (
    Ability,
    Account,
    BadSignature,
    Connector,
    ConnectorError,
    Developer,
    Fetched,
    Grant,
    Identity,
    Item,
    OAuth,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Scope,
    Sent,
    Setting,
    Told,
    Window,
)  # fmt: skip
from tanggap.channels.connectors import meta
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import instagram_reading as reading
from tanggap.channels.platforms import meta_figures
from tanggap.channels.platforms.instagram_sending import SUBCODES, Sending
from tanggap.channels.platforms.instagram_sweep import Sweep
from tanggap.channels.platforms.meta_line import Line, door, ending
from tanggap.channels.values import as_documented, inside, members

_HOST = "https://graph.instagram.com"
_GIVES_TOKENS = "https://api.instagram.com"
_DOCS = "https://developers.facebook.com/documentation/instagram-platform"
_CHECKED = "2026-11-22"
_FIELDS = "comments,live_comments,mentions,messages,message_edit,messaging_seen,messaging_postbacks"
_MOST_TAGS = 30
_MEGA = 1024 * 1024


class Instagram(Connector):
    """A professional account on Instagram."""

    platform = "instagram"
    name = "Instagram"
    abilities = frozenset(set(Ability) - {Ability.STREAM, Ability.WITHDRAW})
    settings = (
        Setting(
            "token", "Token akun Instagram", secret=True,
            help="Tidak perlu diisi bila akun disambungkan lewat halaman masuk Instagram.",
        ),
        Setting(
            "search_token", "Token Facebook untuk pencarian tagar", secret=True, required=False,
            help="Hanya bila fitur Instagram Public Content Access sudah disetujui Meta.",
        ),
        Setting(
            "human_agent", "Fitur Human Agent sudah disetujui (ya atau kosong)", required=False,
            help="Bila Meta menyetujuinya, petugas dapat membalas pesan sampai 7 hari sesudah pesan terakhir warga.",
        ),
    )  # fmt: skip
    oauth = OAuth(
        authorize_url="https://www.instagram.com/oauth/authorize",
        token_url=f"{_GIVES_TOKENS}/oauth/access_token",
        scopes=(
            Scope(
                "instagram_business_basic", "Membaca profil dan kiriman akun sendiri; dasar semua izin lain."
            ),
            Scope("instagram_business_manage_comments", "Membaca, membalas, dan menyembunyikan komentar."),
            Scope("instagram_business_manage_messages", "Membaca dan membalas pesan warga."),
            Scope("instagram_business_content_publish", "Menerbitkan kiriman yang sudah disetujui."),
            Scope("instagram_business_manage_insights", "Membaca berapa kali kiriman akun ini dilihat."),
        ),
        pkce=False,
        separator=",",
        extra={"enable_fb_login": "0"},
    )
    limits = Limits(
        most=2_200, hashtags_most=30, mentions_most=20, checked_on=_CHECKED,
        source_url=f"{_DOCS}/instagram-graph-api/reference/ig-user/media",
    )  # fmt: skip
    limits_by_kind = dict.fromkeys(
        ("private_reply", "message"),
        Limits(
            most=1_000, bytes_most=1_000, checked_on=_CHECKED,
            source_url=f"{_DOCS}/instagram-api-with-instagram-login/messaging-api",
        ),
    )  # fmt: skip
    media = MediaLimits(
        most=10, bytes_by_type={"image/jpeg": 8 * _MEGA, "video/mp4": 300 * _MEGA}, required=True, alt_most=1_000,
        ratio=(0.8, 1.91), checked_on=_CHECKED, source_url=f"{_DOCS}/instagram-graph-api/reference/ig-user/media",
    )  # fmt: skip
    windows = (
        Window(
            "private_reply", 7 * 24, "the_post", once=True, checked_on=_CHECKED,
            otherwise="Balas di kolom komentar dan minta warga mengirim pesan lebih dulu.",
            source_url=f"{_DOCS}/private-replies",
        ),
        Window(
            "message", 24, "their_last_message", checked_on=_CHECKED,
            otherwise="Dengan fitur Human Agent petugas dapat membalas sampai 7 hari; sesudahnya tunggu warga menulis "
            "lagi, atau hubungi lewat kanal lain.",
            source_url=f"{_DOCS}/instagram-api-with-instagram-login/messaging-api",
        ),
        Window(
            "human_agent", 7 * 24, "their_last_message", checked_on=_CHECKED,
            otherwise="Tunggu warga menulis lagi, atau hubungi lewat kanal lain.",
            source_url=f"{_DOCS}/instagram-api-with-instagram-login/messaging-api",
        ),
    )  # fmt: skip
    rates = (
        Rate(("post",), 100, 86_400, f"{_DOCS}/content-publishing", _CHECKED),
        Rate(
            ("private_reply",), 750, 3_600, checked_on=_CHECKED,
            source_url="https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview/"
            "rate-limiting",
        ),
    )  # fmt: skip
    told = Told(
        ("views", "reach", "likes", "comments", "shares", "saves"), 50, "instagram_business_manage_insights",
        checked_on=_CHECKED, source_url=f"{_DOCS}/reference/instagram-media/insights",
    )  # fmt: skip
    lacks = (
        "Tidak ada kiriman tanpa gambar atau video, dan gambarnya harus punya alamat publik.",
        "Kiriman yang sudah terbit tidak dapat dihapus, ditarik, atau diubah dari sini: hapus di aplikasi Instagram.",
        "Klik pada kiriman tidak diberikan; angka lain dapat terlambat sampai 48 jam.",
        "Jawaban selalu berdiri di bawah komentar tingkat pertama; komentar tersembunyi tidak dapat dijawab.",
        "Suntingan dan hapusan komentar tidak diberitahukan; keduanya terlihat saat penyisiran.",
        "Sebutan dalam keterangan kiriman orang lain hanya datang lewat webhook dan tidak dapat ditarik ulang.",
        "Foto yang menandai akun tidak dapat dijawab dari sini.",
    )
    search_lacks = (
        "Hanya tagar, bukan kata: paling banyak 30 tagar berbeda dalam 7 hari, dan kiriman publik 24 jam terakhir. "
        "Penulisnya tidak pernah disebut, cerita tidak terlihat, dan kirimannya tidak dapat dijawab dari sini. Perlu "
        "token Facebook dengan fitur Instagram Public Content Access."
    )

    @cached_property
    def line(self) -> Line:
        """The line that everything but the search goes over."""
        host = meta.HOST if self._by_facebook else _HOST
        return Line(self.account, host, meta.VERSION, self.name, SUBCODES)

    @property
    def _by_facebook(self) -> bool:
        return self.account.token.startswith("EAA")

    @cached_property
    def _sweep(self) -> Sweep:
        return Sweep(self.line, self.account)

    # -- taking in -------------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check X-Hub-Signature-256 by the Instagram app's secret; BadSignature where it fails."""
        try:
            meta.signed(secrets, headers, body)
        except BadSignature as error:
            raise BadSignature(
                f"{error} Pakai rahasia aplikasi Instagram, bukan rahasia aplikasi Meta."
            ) from error

    @classmethod
    def challenge(cls, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> bytes | None:
        """This will answer Meta's test of the address."""
        return meta.hub_challenge(verify_token, query)

    @classmethod
    def pieces(cls, body: bytes) -> list[bytes]:
        """This will part a delivery into one for each comment or message."""
        return meta.MetaApp.pieces(body)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a delivery or what was fetched; mentions without their text give no item (`points`)."""
        with as_documented("Instagram"):
            return reading.read(raw)

    @classmethod
    def points(cls, raw: Raw) -> tuple[str, str] | None:
        """This will name the account of a mention that came without its text: Instagram lists mentions nowhere."""
        named = cls._named(raw)
        return (cls.platform, named[0][0]) if named else None

    @classmethod
    def _named(cls, raw: Raw) -> list[tuple[str, str, str]]:
        try:
            return reading.named(raw)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            return []  # parse says what is wrong with it

    def complete(self, raw: Raw) -> list[bytes]:
        """This will fetch what a delivery names without telling it; bodies to store. Gone where nobody may see it."""
        mine = self.account.external_id
        return [
            self._sweep.mention(media, comment) for whose, media, comment in self._named(raw) if whose == mine
        ]

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will find what the hook missed, what was edited or deleted, and photos that tag the account."""
        return self._sweep.fetch(cursor)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at comments, and at messages for other words."""
        return Fetched(self._sweep.again(ids), {})

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out what stands on other people's media: Instagram does not show it by its id."""
        return kind in {"comment", "message"}

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring own media with their comments, newest first, then what conversations still hold."""
        return self._sweep.backfill(cursor)

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will make hashtags of collection terms: Instagram can be asked for 30 of them in a week."""
        tags = ["".join(sign for sign in word if sign.isalnum() or sign == "_") for word in words]
        return list(dict.fromkeys(tag.lower() for tag in tags if tag))[:_MOST_TAGS]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring public media with a hashtag; Permanent without a token of Facebook's log-in."""
        token = self.account.secrets.get("search_token") or (self.account.token if self._by_facebook else "")
        if not token:
            raise Permanent(
                "Pencarian tagar perlu token Facebook dengan fitur Instagram Public Content Access. "
                "Isi token itu di setelan kanal."
            )
        line = Line(replace(self.account, token=token), meta.HOST, meta.VERSION, self.name, SUBCODES)
        return self._sweep.search(query, cursor, line)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will answer, write, hide or publish once."""
        return self._sending.send(out)

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the send where it would stand; None when it is surely not there."""
        return self._sending.look_up(out)

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own media; without the insights permission only likes and comments are known."""
        return meta_figures.of_media(self.line, ids)

    @property
    def _sending(self) -> Sending:
        return Sending(self.line, self.account, self._sweep)

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask whose token this is and how much the account may publish a day."""
        if self._by_facebook:
            asked = {"fields": "instagram_business_account{id,username,name}"}
            me = inside(self.line.read("/me", asked), "instagram_business_account")
            if not isinstance(me, dict):
                raise Permanent(
                    "Token ini bukan token Halaman yang terhubung dengan akun Instagram profesional."
                )
            key, name = str(me["id"]), str(me["username"])
        else:
            me = self.line.read("/me", {"fields": "user_id,username,name"})
            key, name = str(me["user_id"]), str(me["username"])
        rates = self._rates(key)
        return Identity(
            key, f"@{name}", str(me.get("name") or name), settings={"rates": rates} if rates else {}
        )

    def _rates(self, key: str) -> dict[str, list[int]]:
        asked = {"fields": "config,quota_usage"}
        try:
            told = self.line.read(f"/{key}/content_publishing_limit", asked)
        except ConnectorError:
            return {}  # the shipped figures stand
        for one in members(told, "data"):
            most, seconds = inside(one, "config", "quota_total"), inside(one, "config", "quota_duration")
            if isinstance(most, int) and isinstance(seconds, int):
                return {"post": [most, seconds]}
        return {}

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn the code of a log-in into a token for 60 days."""
        form = {
            "client_id": developer.client_id, "client_secret": developer.client_secret,
            "grant_type": "authorization_code", "redirect_uri": redirect, "code": code.removesuffix("#_"),
        }  # fmt: skip
        told = door(cls.name, _GIVES_TOKENS, developer).ask("/oauth/access_token", data=form)
        # The documentation shows the answer in a list, deliveries come without it.
        short = next(members(told, "data"), told)
        asked = {"grant_type": "ig_exchange_token", "client_secret": developer.client_secret}
        long = door(cls.name, _HOST, developer).read(
            "/access_token", {**asked, "access_token": str(short["access_token"])}
        )
        token = str(long["access_token"])
        identity = cls(Account(token=token, developer=developer)).identify()
        return [Grant(ending(identity, long), {"token": token})]

    def refresh(self) -> Grant | None:
        """This will renew the token for another 60 days; of Facebook's log-in there is nothing to renew here."""
        if self._by_facebook:
            return None
        account = self.account
        asked = {"grant_type": "ig_refresh_token", "access_token": account.token}
        long = door(self.name, _HOST, account.developer, account).read("/refresh_access_token", asked)
        identity = Identity(account.external_id, account.handle, account.handle)
        return Grant(ending(identity, long), {**account.secrets, "token": str(long["access_token"])})

    def subscribe(self) -> None:
        """This will ask Instagram to deliver the account's comments and messages to its app's address."""
        if not self._by_facebook:
            whose = self.account.external_id or "me"
            self.line.write(f"/{whose}/subscribed_apps", data={"subscribed_fields": _FIELDS})
            return
        # With Facebook's log-in it is the Page whose messages are asked for; comments follow the app's page at Meta.
        self.line.write("/me/subscribed_apps", data={"subscribed_fields": "messages,messaging_postbacks"})
