"""X: mentions, replies and direct messages by API v2, hooks of the X Activity API, and recent search.

Plain API v2 over channels.speaking instead of tweepy: refusals carry a meaning for sending once, and what came is kept
as it came. X has no idempotency key: what became of a send is asked of the account's own timeline, by text and target.

The X Activity API tells of mentions, replies, own posts and messages; others' deletions and most edits show only when
asked for. Access is paid for by use (docs.x.com/x-api/getting-started/pricing), so the fetch asks for little.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tanggap.channels import oauth_token
from tanggap.channels.connector import (
    Ability,
    Account,
    BadSignature,
    Connector,
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
)  # fmt: skip
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import x_figures, x_sending
from tanggap.channels.platforms.x_api import DM, TWEET, Api, Json, stamp
from tanggap.channels.platforms.x_items import id_at, items
from tanggap.channels.platforms.x_query import compiled
from tanggap.channels.platforms.x_timeline import Walk, standing

CHECKED = "2026-11-22"
_DOCS = "https://docs.x.com"
_PAGE = 100
_MEMORY = timedelta(days=7) - timedelta(minutes=10)
_INDEXED = timedelta(minutes=5)
_EVENTS = (
    "post.create", "post.delete", "post.mention.create", "post.reply.create", "post.quote.create", "dm.received",
    "dm.sent",
)  # fmt: skip


class X(Connector):
    """An official account on X."""

    platform = "x"
    name = "X"
    abilities = frozenset(set(Ability) - {Ability.STREAM, Ability.RECEIPTS})
    settings = (
        Setting("token", "Token akses pengguna", secret=True, help="Berlaku 2 jam; biasanya diisi oleh tombol masuk"),
        Setting(
            "refresh_token", "Token pembaru", secret=True, required=False, help="Untuk memperpanjang token akses"
        ),
    )  # fmt: skip
    app_token = Setting(
        "app_token", "Bearer token aplikasi", secret=True, required=False,
        help="Console X → Keys and tokens; untuk menemukan webhook dan melanggankan akun",
    )  # fmt: skip
    oauth = OAuth(
        authorize_url="https://x.com/i/oauth2/authorize",
        token_url="https://api.x.com/2/oauth2/token",  # noqa: S106  an address, not a secret
        scopes=(
            Scope("tweet.read", "membaca sebutan dan balasan"),
            Scope("users.read", "mengetahui nama penulisnya"),
            Scope("tweet.write", "menjawab, menerbitkan, dan menarik kiriman sendiri"),
            Scope("tweet.moderate.write", "menyembunyikan balasan kasar"),
            Scope("dm.read", "membaca pesan langsung"),
            Scope("dm.write", "menjawab pesan langsung"),
            Scope("media.write", "mengunggah gambar dan video"),
            Scope("offline.access", "tetap tersambung tanpa masuk lagi tiap dua jam"),
        ),
    )
    limits = Limits(
        most=280, count="x_weighted", url_length=23, leading_mentions_free=True, checked_on=CHECKED,
        source_url=f"{_DOCS}/fundamentals/counting-characters",
    )  # fmt: skip
    limits_by_kind = {
        "private_reply": Limits(
            most=10000, checked_on=CHECKED,
            source_url=f"{_DOCS}/x-api/direct-messages/manage/introduction",
        )
    }  # fmt: skip
    media = MediaLimits(
        most=4,
        bytes_by_type={
            **dict.fromkeys(("image/jpeg", "image/png", "image/webp"), 5 * 1024 * 1024),
            "image/gif": 15 * 1024 * 1024, "video/mp4": 512 * 1024 * 1024,
        },
        alone=("video",), alt_most=1000, source_url=f"{_DOCS}/x-api/media/quickstart/best-practices",
        checked_on=CHECKED,
    )  # fmt: skip
    rates = (
        Rate(("post", "reply"), 100, 900, f"{_DOCS}/x-api/fundamentals/rate-limits", CHECKED),
        Rate(("post", "reply"), 300, 10800, f"{_DOCS}/x-api/posts/manage-tweets/integrate", CHECKED),
        Rate(("private_reply",), 15, 900, f"{_DOCS}/x-api/fundamentals/rate-limits", CHECKED),
        Rate(("private_reply",), 1440, 86400, f"{_DOCS}/x-api/fundamentals/rate-limits", CHECKED),
        Rate(("hide",), 50, 900, f"{_DOCS}/x-api/fundamentals/rate-limits", CHECKED),
        Rate(("withdraw",), 50, 900, f"{_DOCS}/x-api/posts/manage-tweets/migrate/overview", CHECKED),
    )
    told = Told(
        ("views", "likes", "comments", "shares", "clicks", "saves"), 100, checked_on=CHECKED,
        source_url=f"{_DOCS}/x-api/fundamentals/metrics",
    )  # fmt: skip
    lacks = (
        "X API berbayar menurut pemakaian: tiap kiriman yang dibaca dan tiap jawaban yang dikirim memotong kredit.",
        "Lewat API hanya penulis yang menyebut atau mengutip akun kita yang dapat dibalas (kecuali paket Enterprise).",
        "Penghapusan oleh warga tidak diberitahukan: diketahui saat kiriman sehari terakhir ditanyakan kembali.",
        "Isi pesan terenkripsi (XChat) tidak diberikan kepada siapa pun lewat API.",
        "Hanya balasan dalam percakapan yang kita mulai yang dapat disembunyikan.",
        "Jangkauan tidak diberikan, klik hanya selama 30 hari; tiap pembacaan angka memotong kredit sekali sehari.",
    )
    search_lacks = (
        "Hanya tujuh hari terakhir dan kiriman umum; tiap kiriman yang ditemukan memotong kredit. Akun terkunci, pesan "
        "langsung, dan kiriman yang ditahan di suatu negara tidak terlihat."
    )
    poll_seconds = 90  # GET /2/dm_events may be asked 15 times in 15 minutes
    recheck_days = 1  # a post that is read costs credits, once a day however often

    @property
    def api(self) -> Api:
        if not hasattr(self, "_api"):
            self._api = Api(self.account)
        return self._api

    # -- hooks -----------------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check X's HMAC over the raw body, made with the app's consumer secret."""
        given = headers.get("x-twitter-webhooks-signature", "").encode("utf-8", "replace")
        if not any(hmac.compare_digest(given, _signed(one, body).encode()) for one in secrets):
            raise BadSignature("Tanda tangan X tidak cocok.")

    @classmethod
    def challenge(cls, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> bytes | None:
        """This will answer the challenge-response check, which X makes at registration and every hour."""
        token = query.get("crc_token")
        if token is None or not secrets:
            return None
        return json.dumps({"response_token": _signed(secrets[0], token.encode())}).encode()

    def subscribe(self) -> None:
        """This will ask for the account's events at the app's webhook; without an app token it is only polled."""
        hook = self.api.webhook()
        for event in _EVENTS if hook else ():
            try:
                self.api.ask(
                    "/2/activity/subscriptions",
                    {
                        "event_type": event, "filter": {"user_id": self.account.external_id}, "webhook_id": hook,
                        "tag": "tanggap",
                    },
                )  # fmt: skip
            except Permanent as error:
                if "exist" not in str(error).lower() and "duplicate" not in str(error).lower():
                    raise

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask X whose token this is."""
        me = self.api.read("/2/users/me")["data"]
        return Identity(str(me["id"]), f"@{me['username']}", str(me.get("name") or me["username"]))

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn the code of a log-in into the account's two tokens."""
        answer = oauth_token.token(cls.name, developer, cls.oauth, code, redirect, verifier, basic=True)
        return [cls._grant(developer, answer, {})]

    def refresh(self) -> Grant | None:
        """This will renew the access token, which lives two hours; X gives a new refresh token each time."""
        old = self.account.secrets.get("refresh_token", "")
        if not old:
            return None
        answer = oauth_token.newer(self.name, self.account.developer, self.oauth, old, basic=True)
        return self._grant(self.account.developer, answer, self.account.secrets)

    @classmethod
    def _grant(cls, developer: Developer, answer: Mapping[str, Any], before: Mapping[str, str]) -> Grant:
        token = str(answer["access_token"])
        secrets = {**before, "token": token}
        if answer.get("refresh_token"):
            secrets["refresh_token"] = str(answer["refresh_token"])
        account = Account(
            token=token, secrets=secrets, api_base=developer.api_base, trusted_base=developer.trusted_base
        )
        found = cls(account).identify()
        until = oauth_token.expires_at(answer, datetime.now(UTC))
        return Grant(Identity(found.external_id, found.handle, found.name, expires_at=until), secrets)

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring new mentions, own posts and messages."""
        if "mentions" not in cursor:
            return Fetched([], self._begun())
        kept: Json = {}
        bodies, more = list[bytes](), False
        for name in ("mentions", "tweets", "messages"):
            kind = "message" if name == "messages" else "post"
            walk = Walk(cursor.get(name) or {})
            rows, beside, on = walk.page(partial(self._page, name, walk.since))
            bodies += [self._body(kind, one, beside) for one in rows]
            kept[name], more = walk.kept(), more or on
        return Fetched(bodies, kept, more)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at posts: X tells nobody of others' deletions, and each edit has an id of its own."""
        lost, shown, beside = standing(self.api, ids)
        bodies = [self._body("delete", key, {}) for key in lost]
        return Fetched([*bodies, *(self._body("post", one, beside) for one in shown)], {})

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out messages, which cannot be asked for by their ids."""
        return kind != "message"

    def _begun(self) -> Json:
        return {
            name: Walk.begun(self._page(name, "", "", most=5).get("data") or [])
            for name in ("mentions", "tweets", "messages")
        }

    def _page(self, name: str, since: str, token: str, *, most: int = _PAGE) -> Json:
        if name == "messages":
            return self.api.read(
                "/2/dm_events", {**DM, "max_results": most, "pagination_token": token or None}
            )
        query = {
            **TWEET, "max_results": most, "since_id": since if since.strip("0") else None,
            "pagination_token": token or None,
        }  # fmt: skip
        return self.api.read(f"/2/users/{self.account.external_id}/{name}", query)

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page of mentions (X keeps the newest 800), then of messages (30 days)."""
        kind, token = str(cursor.get("kind") or "post"), str(cursor.get("token") or "")
        if kind == "post":
            query = {**TWEET, "max_results": _PAGE, "start_time": stamp(cursor["until"])}
            path = f"/2/users/{self.account.external_id}/mentions"
            found = self.api.read(path, {**query, "pagination_token": token or None})
        else:
            found = self._page("messages", "", token)
        rows, beside = found.get("data") or [], found.get("includes") or {}
        token = str((found.get("meta") or {}).get("next_token") or "")
        before = bool(rows) and str(rows[-1].get("created_at") or "") < str(cursor["until"])
        on = bool(token) and not (kind == "message" and before)
        after = {
            **cursor,
            "kind": kind if on or kind == "message" else "message",
            "token": token if on else "",
        }
        return Fetched([self._body(kind, one, beside) for one in rows], after, more=on or kind == "post")

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will join words with OR into queries of at most 512 characters."""
        return compiled(words, excluded)

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring public posts of a query since the cursor, at most from the last seven days."""
        now = datetime.now(UTC)
        if "since" not in cursor:
            return Fetched([], {"since": str(id_at(now) - 1)})
        oldest, missed = id_at(now - _MEMORY), ""
        if int(cursor["since"]) < oldest and not cursor.get("next"):
            cursor = {"since": str(oldest)}
            missed = (
                "Pencarian X hanya mengingat tujuh hari; kiriman yang lebih lama tidak dapat diambil lagi."
            )
        walk = Walk(cursor)

        def ask(token: str) -> Json:
            asked = {
                "query": query,
                "max_results": _PAGE,
                "since_id": walk.since,
                "next_token": token or None,
            }
            return self.api.read("/2/tweets/search/recent", {**TWEET, **asked})

        rows, beside, more = walk.page(ask)
        if not more:  # a word that nobody says must not fall out of X's memory
            walk.since = str(max(int(walk.since), id_at(now - _INDEXED)))
        return Fetched([self._body("post", one, beside) for one in rows], walk.kept(), more, missed=missed)

    def _body(self, kind: str, payload: Any, includes: Json) -> bytes:
        """One thing with what stands beside it; only what concerns it, since a page shares its includes."""
        body = {
            "x": kind, "me": self.account.external_id, "payload": payload, "includes": _beside(payload, includes),
        }  # fmt: skip
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one body; see x_items."""
        return items(raw)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will post, answer, write or hide once; see x_sending."""
        return x_sending.send(self.api, self.account.external_id, out)

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for a send among the account's own since it was made; see x_sending."""
        return x_sending.look_up(self.api, self.account.external_id, out)

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own posts; see x_figures."""
        return x_figures.figures(self.api, ids)


def _signed(secret: str, body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _beside(payload: Any, includes: Json) -> Json:
    """What stands beside one thing of a page: its author, its media, and what it answers."""
    if not isinstance(payload, dict):
        return {}
    wanted = {
        "users": ("id", {str(payload.get("author_id") or payload.get("sender_id"))}),
        "media": ("media_key", set((payload.get("attachments") or {}).get("media_keys") or ())),
        "tweets": ("id", {str(one.get("id")) for one in payload.get("referenced_tweets") or ()}),
    }
    found = {
        name: [one for one in includes.get(name) or () if str(one.get(key)) in keys]
        for name, (key, keys) in wanted.items()
    }
    return {name: rows for name, rows in found.items() if rows}
