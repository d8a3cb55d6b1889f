"""Threads: replies to own posts and mentions, answers, posts, hiding, and search by keyword.

Threads has an app id and a secret of its own beside those of the Meta app that it belongs to, so its App is its own
too: its hooks come signed with the Threads app's secret. Ids are numbers that are whole within Threads. There are no
private messages in its interface. The packages on PyPI are months old, so this is our own adapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.connector import (
    Ability,
    Account,
    BadSignature,
    CannotTell,
    Connector,
    ConnectorError,
    Developer,
    Fetched,
    Gone,
    Grant,
    Identity,
    Item,
    OAuth,
    Outgoing,
    Permanent,
    Quota,
    Rate,
    Raw,
    Scope,
    Sent,
    Setting,
    Temporary,
    Told,
)  # fmt: skip
from tanggap.channels.connectors.meta import hub_challenge, signed
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import meta_containers as containers
from tanggap.channels.platforms import meta_figures, meta_withdrawing
from tanggap.channels.platforms.meta_line import Line, Table, door, ending
from tanggap.channels.platforms.threads_reading import read
from tanggap.channels.platforms.threads_sweep import Sweep
from tanggap.channels.values import as_documented

_HOST = "https://graph.threads.net"
_VERSION = "v1.0"
_DOCS = "https://developers.facebook.com/documentation/threads"
_CHECKED = "2026-11-22"
_SKEW = timedelta(minutes=5)
_MEGA = 1024 * 1024
_SUBCODES: Table = {
    4279009: lambda said: Temporary(
        "Threads belum menemukan kiriman yang disiapkan; belum ada yang terbit.", 60.0, everywhere=False
    ),
}
"""4279009 (code 24, "Media Not Found") comes when publishing what is not ready; seen in the field."""


class Threads(Connector):
    """An official account on Threads."""

    platform = "threads"
    name = "Threads"
    abilities = frozenset(
        {
            Ability.HOOK, Ability.FETCH, Ability.BACKFILL, Ability.SEARCH, Ability.REPLY, Ability.PUBLISH,
            Ability.MEDIA, Ability.HIDE, Ability.EDITS, Ability.DELETES, Ability.RECHECK, Ability.LOOK_UP,
            Ability.FIGURES, Ability.WITHDRAW,
        }
    )  # fmt: skip
    settings = (
        Setting(
            "token", "Token Threads berjangka 60 hari", secret=True,
            help="Tidak perlu diisi bila akun disambungkan lewat halaman masuk Threads.",
        ),
    )  # fmt: skip
    oauth = OAuth(
        authorize_url="https://threads.net/oauth/authorize",
        token_url=f"{_HOST}/oauth/access_token",
        scopes=(
            Scope("threads_basic", "Membaca profil dan kiriman akun sendiri; dasar semua izin lain."),
            Scope("threads_read_replies", "Membaca balasan warga di bawah kiriman akun ini."),
            Scope("threads_manage_replies", "Membalas, serta menyembunyikan balasan yang melanggar aturan."),
            Scope("threads_manage_mentions", "Membaca kiriman publik yang menyebut akun ini."),
            Scope("threads_content_publish", "Menerbitkan kiriman yang sudah disetujui."),
            Scope("threads_keyword_search", "Mencari percakapan publik dengan kata kunci."),
            Scope("threads_manage_insights", "Membaca berapa kali kiriman akun ini dilihat dan ditanggapi."),
            Scope("threads_delete", "Menarik kiriman sendiri bila isinya keliru."),
        ),
        pkce=False,
        separator=",",
    )
    limits = Limits(
        most=500, count="emoji_utf8", links_most=5, source_url=f"{_DOCS}/posts", checked_on=_CHECKED
    )
    media = MediaLimits(
        most=20,
        bytes_by_type={
            "image/jpeg": 8 * _MEGA, "image/png": 8 * _MEGA, "video/mp4": 1024 * _MEGA,
            "video/quicktime": 1024 * _MEGA,
        },
        alt_most=1000, ratio=(0.1, 10.0), source_url=f"{_DOCS}/overview", checked_on=_CHECKED,
    )  # fmt: skip
    rates = (
        Rate(("post",), 250, 86_400, f"{_DOCS}/overview", _CHECKED),
        Rate(("reply",), 1_000, 86_400, f"{_DOCS}/retrieve-and-manage-replies", _CHECKED),
        Rate(("withdraw",), 100, 86_400, f"{_DOCS}/posts/delete-posts", _CHECKED),
    )
    quota = Quota(2_200, {"search": 1}, source_url=f"{_DOCS}/keyword-search", checked_on=_CHECKED)
    told = Told(
        ("views", "likes", "comments", "shares"), 50, "threads_manage_insights", f"{_DOCS}/insights", _CHECKED
    )
    lacks = (
        "Tidak ada pesan pribadi lewat antarmukanya: jawaban pribadi harus lewat kanal lain.",
        "Yang dapat disembunyikan hanya balasan tingkat pertama di bawah kiriman sendiri, dengan semua di bawahnya.",
        "Penyuntingan dan penghapusan balasan tidak diberitahukan; keduanya terlihat saat penyisiran.",
        "Balasan dan sebutan dari akun privat tidak terlihat.",
        "Jangkauan, klik, dan simpanan sebuah kiriman tidak diberikan.",
    )
    search_lacks = (
        "Hanya kiriman publik, paling banyak 2.200 pencarian per 24 jam. Sebelum Meta menyetujui izin "
        "threads_keyword_search, hanya kiriman akun sendiri yang ditemukan. Kata yang dianggap peka oleh Meta "
        "selalu memberi hasil kosong."
    )

    @property
    def _line(self) -> Line:
        if not hasattr(self, "_graph"):
            self._graph = Line(self.account, _HOST, _VERSION, self.name, _SUBCODES)
        return self._graph

    @property
    def _sweep(self) -> Sweep:
        return Sweep(self._line, self.account)

    # -- taking in -------------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check X-Hub-Signature-256 by the Threads app's secret; BadSignature where it fails."""
        try:
            signed(secrets, headers, body)
        except BadSignature as error:
            raise BadSignature(
                f"{error} Pakai rahasia aplikasi Threads, bukan rahasia aplikasi Meta."
            ) from error

    @classmethod
    def challenge(cls, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> bytes | None:
        """This will answer Meta's test of the address."""
        return hub_challenge(verify_token, query)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a delivery or what was fetched; news of publishing and of other fields give no item."""
        with as_documented("Threads"):
            return read(raw)

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will find what the hook missed, and what was edited or deleted, which no hook tells."""
        return self._sweep.fetch(cursor)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at replies below own posts."""
        return Fetched(self._sweep.again(ids), {})

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out mentions and found posts: Threads may not show other people's posts by their id."""
        return kind == "comment"

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring own posts with the replies below them, then mentions, newest first."""
        return self._sweep.backfill(cursor)

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring public posts with a keyword, or of a topic where the query begins with #."""
        return self._sweep.search(query, cursor)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will answer, publish or hide once; a container that came to nothing publishes nothing."""
        if out.kind == "hide":
            return self._hide(out)
        if out.kind == "withdraw":
            return meta_withdrawing.withdraw(self._line, out)
        if out.kind == "private_reply":
            raise Permanent(
                "Threads tidak membuka pesan pribadi lewat antarmukanya. Balas di tempat umum tanpa data pribadi, "
                "dan arahkan warga ke kanal pribadi (WhatsApp, e-mail, atau formulir)."
            )
        if out.kind not in {"reply", "post"}:
            raise Permanent(f"Threads tidak mengenal tindakan {out.kind}.")
        answered = {"reply_to_id": out.target_external_id} if out.kind == "reply" else {}
        container = self._container(out, answered)
        key = containers.published(self._line, f"{self._me}/threads_publish", container)
        return Sent(key, containers.permalink(self._line, key))

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the send among what the account published since; None when it is surely not there."""
        if out.kind == "hide":
            return self._hidden(out)
        if out.kind == "withdraw":
            return meta_withdrawing.withdrawn(self._line, out)
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di Threads.")
        edge, since = "replies" if out.kind == "reply" else "threads", out.created_at - _SKEW
        wanted, taken = " ".join(out.text.split()), set(out.options.get("taken", ()))
        for one in self._sweep.own(edge, since.timestamp()):
            answers = str((one.get("replied_to") or {}).get("id") or "")
            same = " ".join(str(one.get("text") or "").split()) == wanted
            if same and answers == out.target_external_id and str(one["id"]) not in taken:
                return Sent(str(one["id"]), str(one.get("permalink") or ""))
        return None

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own posts; Permanent where the permission for it was not given."""
        return meta_figures.of_threads(self._line, ids)

    @property
    def _me(self) -> str:
        return f"/{self.account.external_id or 'me'}"

    def _container(self, out: Outgoing, answered: Mapping[str, str]) -> str:
        media = containers.addresses(self.name, out.media)
        path, line = f"{self._me}/threads", self._line
        if not media:
            container = containers.made(line, path, {"media_type": "TEXT", "text": out.text, **answered})
            containers.ready(line, container, state="status", why="error_message")
            return container
        parts = [
            {
                "media_type": "VIDEO" if film else "IMAGE", "video_url" if film else "image_url": one.url,
                **({"alt_text": one.alt} if one.alt else {}),
            }
            for one, film in media
        ]  # fmt: skip
        if len(parts) == 1:
            container = containers.made(line, path, {**parts[0], "text": out.text, **answered})
        else:
            children = [containers.made(line, path, {**one, "is_carousel_item": "true"}) for one in parts]
            for child in children:
                containers.ready(line, child, state="status", why="error_message")
            whole = {"media_type": "CAROUSEL", "children": ",".join(children), "text": out.text}
            container = containers.made(line, path, {**whole, **answered})
        containers.ready(line, container, state="status", why="error_message")
        return container

    def _hide(self, out: Outgoing) -> Sent:
        hide = "true" if out.options.get("hidden", True) else "false"
        try:
            self._line.write(f"/{out.target_external_id}/manage_reply", data={"hide": hide})
        except Gone as error:
            raise Gone("Balasan ini sudah tidak ada di Threads.") from error
        except Permanent as error:
            raise Permanent(
                f"{error} Yang dapat disembunyikan hanya balasan tingkat pertama di bawah kiriman sendiri."
            ) from error
        return Sent(out.target_external_id)

    def _hidden(self, out: Outgoing) -> Sent | None:
        wanted = bool(out.options.get("hidden", True))
        told = self._line.read(f"/{out.target_external_id}", {"fields": "hide_status"})
        return Sent(out.target_external_id) if (told.get("hide_status") == "HIDDEN") == wanted else None

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask whose token this is, when it ends, and how much may be published a day."""
        me = self._line.read("/me", {"fields": "id,username,name"})
        key, name = str(me["id"]), str(me["username"])
        return Identity(
            external_id=key, handle=f"@{name}", name=str(me.get("name") or name), expires_at=self._ends(),
            settings={"rates": rates} if (rates := self._rates(key)) else {},
        )  # fmt: skip

    def _ends(self) -> datetime | None:
        try:
            told = self._line.read("/debug_token", {"input_token": self.account.token}).get("data") or {}
        except ConnectorError:
            return None  # the token was accepted a moment ago; that its end cannot be asked is no failure
        ends = told.get("expires_at")
        return datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) and ends > 0 else None

    def _rates(self, key: str) -> dict[str, list[int]]:
        fields = "quota_usage,config,reply_quota_usage,reply_config"
        try:
            told = self._line.read(f"/{key}/threads_publishing_limit", {"fields": fields})
            (now,) = told["data"]
        except (ConnectorError, KeyError, TypeError, ValueError):
            return {}  # the shipped figures stand
        found = {"post": now.get("config"), "reply": now.get("reply_config")}
        return {
            kind: [int(one["quota_total"]), int(one["quota_duration"])]
            for kind, one in found.items()
            if isinstance(one, dict) and one.get("quota_total") and one.get("quota_duration")
        }

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn the code of a log-in into a token for 60 days."""
        line = door(cls.name, _HOST, developer)
        form = {
            "client_id": developer.client_id, "client_secret": developer.client_secret,
            "grant_type": "authorization_code", "redirect_uri": redirect, "code": code.removesuffix("#_"),
        }  # fmt: skip
        short = line.ask("/oauth/access_token", data=form)
        asked = {"grant_type": "th_exchange_token", "client_secret": developer.client_secret}
        long = line.read("/access_token", {**asked, "access_token": str(short["access_token"])})
        token = str(long["access_token"])
        identity = cls(Account(token=token, developer=developer)).identify()
        return [Grant(ending(identity, long), {"token": token})]

    def refresh(self) -> Grant | None:
        """This will renew the token for another 60 days; Threads renews those at least a day old and not ended."""
        account = self.account
        asked = {"grant_type": "th_refresh_token", "access_token": account.token}
        line = door(self.name, _HOST, account.developer, account)
        long = line.read("/refresh_access_token", asked)
        identity = Identity(account.external_id, account.handle, account.handle)
        return Grant(ending(identity, long), {**account.secrets, "token": str(long["access_token"])})
