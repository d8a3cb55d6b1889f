"""TikTok API for Business: comments on an account's videos, answers, hiding, and publishing of videos and photos.

Ids: a video is its item id, a comment or reply "<video>/<comment>", because TikTok asks for both in every call. A
commenter is TikTok's unique_identifier; what the account itself wrote bears the account's open_id.

A delivery to the app's address (comment.update, within five minutes) tells of a new comment but not who wrote it, nor
whether it was we: it nudges, and the comment is fetched. Deletions and what became of a publication are read from the
delivery itself. A fetched raw body is one event as JSON: {"event": "comment", "video" or "gone", "account", "payload"}.

Access must be granted by TikTok, and sources disagree about it: channels/guides/tiktok.md. Endpoints:
business-api.tiktok.com/portal/docs?id=1760232109619202 (comments), …?id=1762228496095234 (publishing), …
?id=1759978319341570 (deliveries), …?id=1759978341579777 (signature); 2026-11-22.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
    Grant,
    Identity,
    Item,
    NeedsLogin,
    OAuth,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Scope,
    Sent,
    Told,
)  # fmt: skip
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import tiktok_figures
from tanggap.channels.platforms.tiktok_api import ADDRESS, VERSION, Api, Json, ask, at, expiry, reason, rows
from tanggap.channels.platforms.tiktok_reading import (
    PLATFORM,
    comment_item,
    delivered,
    gone_item,
    receipt_item,
    video_item,
    whole,
)
from tanggap.channels.platforms.tiktok_watch import Watch, again, history
from tanggap.channels.values import as_documented

_DOCS = "https://business-api.tiktok.com/portal/docs?id="
_CHECKED = "2026-11-22"
_RATES = f"{_DOCS}1740029171730433"
_PUBLISHING = f"{_DOCS}1762228496095234"
_SKEW_SECONDS = 300
_TOLERANCE = 73 * 3600
"""TikTok tries a delivery again for 72 hours and does not say whether it signs again; what comes twice is known."""
_FUTURE = 300
_MOST_REPLY = 150
_PAGES = 10


class TikTok(Connector):
    """An official TikTok account, through TikTok API for Business."""

    platform = PLATFORM
    name = "TikTok"
    abilities = frozenset(
        {
            Ability.HOOK, Ability.FETCH, Ability.BACKFILL, Ability.REPLY, Ability.HIDE, Ability.PUBLISH,
            Ability.MEDIA, Ability.DELETES, Ability.RECEIPTS, Ability.RECHECK, Ability.LOOK_UP, Ability.FIGURES,
        }
    )  # fmt: skip
    oauth = OAuth(
        authorize_url="https://www.tiktok.com/v2/auth/authorize/",
        token_url=f"{ADDRESS}{VERSION}/tt_user/oauth2/token/",
        scopes=(
            Scope("user.info.basic", "mengenali akun yang disambungkan"),
            Scope("user.info.username", "menampilkan nama akunnya"),
            Scope("video.list", "membaca daftar video akun sendiri"),
            Scope("comment.list", "membaca komentar pada video sendiri, dan diberi tahu bila ada yang baru"),
            Scope("comment.list.manage", "membalas dan menyembunyikan komentar"),
            Scope("video.publish", "menerbitkan video dan foto"),
        ),
        pkce=False,
        separator=",",
        client_id_name="client_key",
        # Else an owner who has agreed once is sent back without a code.
        extra={"disable_auto_auth": "1"},
    )
    limits = Limits(most=2200, count="utf16", mentions_most=30, source_url=_PUBLISHING, checked_on=_CHECKED)
    limits_by_kind = {
        "reply": Limits(most=_MOST_REPLY, source_url=f"{_DOCS}1762228448779266", checked_on=_CHECKED)
    }
    media = MediaLimits(
        most=35, required=True, alone=("video",), source_url=_PUBLISHING, checked_on=_CHECKED,
        bytes_by_type={
            **dict.fromkeys(("video/mp4", "video/quicktime", "video/webm"), 1024**3),
            **dict.fromkeys(("image/jpeg", "image/webp"), 20 * 1024**2),
        },
    )  # fmt: skip
    rates = (
        Rate(("post",), 6, 60, source_url=_PUBLISHING, checked_on=_CHECKED),
        Rate(("post",), 15, 24 * 3600, source_url=_PUBLISHING, checked_on=_CHECKED),
        Rate(("reply",), 40, 60, source_url=_RATES, checked_on=_CHECKED),
        Rate(("hide",), 40, 60, source_url=_RATES, checked_on=_CHECKED),
    )
    told = Told(
        ("views", "reach", "likes", "comments", "shares", "saves"), 20, "video.list", f"{_DOCS}1762228399168514",
        _CHECKED,
    )  # fmt: skip
    lacks = (
        "Akses komentar harus disetujui TikTok dahulu (formulir Accounts API, tinjauan aplikasi); perorangan ditolak.",
        "Sumber berbeda pendapat apakah semua pemohon diberi akses. Sampai disetujui, pakai kanal ini secara manual.",
        "Tidak ada balasan pribadi: TikTok melarang menyapa lebih dulu orang yang belum mengirim pesan.",
        "Pesan langsung dan sebutan (mention) belum ikut masuk; keduanya izin terpisah di TikTok.",
        "Tidak ada kiriman teks saja. TikTok mengambil video atau foto dari alamat publik yang sudah diverifikasi.",
        "Komentar baru di luar lima video terbaru dapat terlambat: 100 video diperiksa bergiliran.",
        "Balasan yang dihapus hanya diketahui dari pemberitahuan TikTok; komentar utama ditanyakan kembali.",
        "Komentar pertama di bawah video sendiri belum dikirim dari sini.",
        "Kiriman tidak dapat ditarik dari sini: hapus di TikTok. Angkanya terlambat 24 sampai 48 jam, tanpa klik.",
    )
    poll_seconds = 300
    sweep_seconds = 600

    @property
    def api(self) -> Api:
        if not hasattr(self, "_api"):
            self._api = Api(self.account)
        return self._api

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask for the account behind the token; TikTok must be told which, by its open_id."""
        about = self.api.read("business/get", fields=["username", "display_name", "profile_image"])
        username = str(about.get("username") or "")
        name = str(about.get("display_name") or username or self.account.external_id)
        return Identity(self.account.external_id, f"@{username}" if username else name, name)

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn TikTok's code (ten minutes, once) into the account, with a token that can be renewed."""
        token = ask(
            developer, "tt_user/oauth2/token", client_id=developer.client_id, grant_type="authorization_code",
            client_secret=developer.client_secret, auth_code=code, redirect_uri=redirect,
        )  # fmt: skip
        missing = {"comment.list", "comment.list.manage"} - set(str(token.get("scope") or "").split(","))
        if missing:
            raise Permanent(
                f"TikTok tidak memberi izin {', '.join(sorted(missing))}. Izin itu harus disetujui pada aplikasinya, "
                "lalu dicentang pemilik akun."
            )
        account = Account(
            external_id=str(token["open_id"]), api_base=developer.api_base, token=str(token["access_token"]),
            trusted_base=developer.trusted_base, developer=developer,
        )  # fmt: skip
        known = cls(account).identify()
        return [_grant(token, known.external_id, known.handle, known.name)]

    def refresh(self) -> Grant | None:
        """This will get a token for the next day; the one that renews lives a year and may change too."""
        kept, developer = self.account.secrets.get("refresh_token", ""), self.account.developer
        if not kept:
            raise NeedsLogin("Token perpanjangan tidak ada. Sambungkan akun lagi.")
        token = ask(
            developer, "tt_user/oauth2/refresh_token", client_id=developer.client_id, grant_type="refresh_token",
            client_secret=developer.client_secret, refresh_token=kept,
        )  # fmt: skip
        token = {"refresh_token": kept, **token}
        return _grant(token, self.account.external_id, self.account.handle, self.account.handle)

    def subscribe(self) -> None:
        """This will tell TikTok where the app takes deliveries: one address for all accounts of the app."""
        developer = self.account.developer
        if not developer.hook_url:
            return
        for event in ("COMMENT", "VIDEO"):
            ask(
                developer, "business/webhook/update", app_id=developer.client_id, secret=developer.client_secret,
                event_type=event, callback_url=developer.hook_url,
            )  # fmt: skip

    # -- taking in -------------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will accept "t=<seconds>,s=<hex>", HMAC-SHA256 of "<t>.<body>", by any of the secrets."""
        parts = dict(
            one.strip().partition("=")[::2] for one in headers.get("tiktok-signature", "").split(",")[:4]
        )
        stamp, given = parts.get("t", ""), parts.get("s", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and given):
            raise BadSignature("Kiriman tanpa TikTok-Signature yang dikenal.")
        if not -_FUTURE <= now.timestamp() - int(stamp) <= _TOLERANCE:
            raise BadSignature("Waktu pada TikTok-Signature terlalu jauh dari jam server ini.")
        signed = f"{stamp}.".encode() + body
        offered = given.lower().encode("utf-8", "replace")
        # All are compared, so that the time taken tells nothing about which one fits.
        fits = [
            hmac.compare_digest(hmac.digest(one.encode(), signed, "sha256").hex().encode(), offered)
            for one in secrets
        ]
        if not any(fits):
            raise BadSignature("Tanda tangan tidak cocok dengan rahasia aplikasi ini.")

    @classmethod
    def nudges(cls, raw: Raw) -> Sequence[tuple[str, str]]:
        """This will name the account of a new comment, and of a permission that was taken back."""
        event, content = delivered(raw.body)
        told = event.get("event")
        new = told == "comment.update" and content.get("comment_action") == "insert"
        account = str(event.get("user_openid") or "")
        return [(cls.platform, account)] if account and (new or told == "authorization.removed") else []

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a fetched event or a delivery; those that only nudge, or are unknown, give no item."""
        with as_documented("TikTok"):
            event, content = delivered(raw.body)
            kind, account = event["event"], str(event.get("user_openid") or event.get("account") or "")
            if kind == "comment":
                return [comment_item(event["payload"], account)]
            if kind == "video":
                return [video_item(event["payload"], account)]
            if kind == "gone":
                return [gone_item(event["payload"], account)]
            if kind == "comment.update" and content.get("comment_action") == "delete":
                return [gone_item(content, account)]
            if isinstance(kind, str) and kind.startswith("post.publish."):
                found = receipt_item(kind, content, account, event.get("create_time"))
                return [found] if found else []
            return []

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will go on with the round through the account's videos."""
        watch, now = Watch(self.api, cursor), int(datetime.now(UTC).timestamp())
        if "floor" not in cursor:
            watch.begin(now)
            return Fetched([], watch.kept())
        bodies = [self._body(event, payload) for event, payload in watch.look(now)]
        return Fetched(bodies, watch.kept(), watch.more, pause=watch.pause(now))

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at top-level comments, by their videos."""
        now = int(datetime.now(UTC).timestamp())
        return Fetched([self._body(event, payload) for event, payload in again(self.api, ids, now)], {})

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out replies: TikTok does not say whether it finds them by their ids."""
        return kind == "comment" and not in_reply_to

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring a page of videos, or of one video's comments with their replies."""
        events, kept, more = history(self.api, cursor)
        return Fetched([self._body(event, payload) for event, payload in events], kept, more)

    def _body(self, event: str, payload: Json) -> bytes:
        body = {"event": event, "account": self.account.external_id, "payload": payload}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will reply, hide, show again or publish once."""
        if out.kind == "post":
            return self._publish(out)
        if out.kind not in {"reply", "hide"}:
            raise Permanent(
                "TikTok tidak mengizinkan menyapa lebih dulu lewat pesan. Balas secara umum dan minta warga "
                "mengirim pesan atau menghubungi kanal resmi lain."
            )
        video, comment = _parted(out.target_external_id)
        if out.kind == "hide":
            action = "UNHIDE" if out.options.get("hidden") is False else "HIDE"
            self.api.write("business/comment/hide", video_id=video, comment_id=comment, action=action)
            return Sent(out.target_external_id)
        told = self.api.write(
            "business/comment/reply/create", video_id=video, comment_id=_thread(out), text=_addressed(out)
        )
        if not told.get("comment_id"):
            raise OutcomeUnknown("Jawaban TikTok sesudah balasan tidak menyebut id-nya.")
        return self._sent(video, str(told["comment_id"]))

    def _publish(self, out: Outgoing) -> Sent:
        """Returns the publishing task: the post itself appears minutes later, and a delivery says how it went."""
        urls = [one.url for one in out.media]
        if not urls:
            raise Permanent("TikTok tidak menerbitkan teks saja: lampirkan satu video atau sampai 35 foto.")
        if not all(one.startswith("https://") for one in urls):
            raise Permanent("TikTok mengambil berkas dari alamat publik (https); berkas ini belum punya.")
        if out.media[0].type.startswith("video/"):
            told = self.api.write(
                "business/video/publish", video_url=urls[0], post_info={"caption": out.text}
            )
        else:
            title = (
                out.text.strip().partition("\n")[0].encode("utf-16-le")[:180].decode("utf-16-le", "ignore")
            )
            seen_by = out.options.get("visibility", "PUBLIC_TO_EVERYONE")
            about = {"title": title, "caption": out.text, "privacy_level": seen_by}
            told = self.api.write(
                "business/photo/publish", photo_images=urls, photo_cover_index=0, post_info=about
            )
        task = str(told.get("share_id") or "")
        if not task:
            raise OutcomeUnknown("Jawaban TikTok sesudah terbitan tidak menyebut tugasnya.")
        self._refuse_failed(task)
        return Sent(task)

    def _refuse_failed(self, task: str) -> None:
        try:
            state = self.api.read("business/publish/status", publish_id=task)
        except ConnectorError:
            return  # it was taken; what became of it comes by delivery
        if state.get("status") == "FAILED":
            raise Permanent(f"TikTok tidak menerbitkannya: {reason(str(state.get('reason') or ''))}.")

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for our reply in its thread, or for our post among the videos.

        None is sure only where the thread shows as many replies as TikTok counts: it may hold some back.
        """
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di TikTok.")
        since = int(out.created_at.timestamp()) - _SKEW_SECONDS
        if out.kind == "reply":
            return self._own_reply(out, since)
        if out.kind == "post":
            listed = self.api.videos(None)
            for one in rows(listed, "videos"):
                if at(one) >= since and whole(str(one.get("caption") or "")) == whole(out.text):
                    return Sent(str(one["item_id"]), str(one.get("share_url") or ""))
        raise CannotTell("TikTok belum menunjukkan kiriman ini; periksa di aplikasinya.")

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own posts; see tiktok_figures."""
        return tiktok_figures.figures(self.api, ids)

    def _own_reply(self, out: Outgoing, since: int) -> Sent | None:
        video, _ = _parted(out.target_external_id)
        thread, wanted, shown = _thread(out), whole(_addressed(out)), 0
        for one in self.api.replies(video, thread, _PAGES):
            shown += 1
            key = f"{video}/{one.get('comment_id')}"
            ours = one.get("owner") is True and whole(str(one.get("text") or "")) == wanted
            if ours and at(one) >= since and key not in out.options.get("taken", ()):
                return self._sent(video, str(one["comment_id"]))
        about = rows(self.api.comments(video, None, comment_ids=[thread]), "comments")
        if not about or int(about[0].get("replies") or 0) > shown:
            raise CannotTell("TikTok tidak menunjukkan semua balasan di utas ini; periksa di aplikasinya.")
        return None

    def _sent(self, video: str, comment: str) -> Sent:
        handle = self.account.handle
        where = f"https://www.tiktok.com/{handle}/video/{video}" if handle.startswith("@") else ""
        return Sent(f"{video}/{comment}", where)


def _grant(token: Json, key: str, handle: str, name: str) -> Grant:
    until = {"refresh_until": expiry(token, "refresh_token_expires_in").isoformat()}
    settings = until if "refresh_token_expires_in" in token else {}
    identity = Identity(key, handle, name, expires_at=expiry(token), settings=settings)
    return Grant(
        identity, {"token": str(token["access_token"]), "refresh_token": str(token["refresh_token"])}
    )


def _parted(external_id: str) -> tuple[str, str]:
    video, _, comment = external_id.partition("/")
    if not (video and comment):
        raise Permanent(
            "Kiriman ini bukan komentar TikTok; komentar pertama di bawah video ditulis di TikTok."
        )
    return video, comment


def _thread(out: Outgoing) -> str:
    """The top-level comment that is replied to: threads on TikTok are one level deep."""
    video, comment = _parted(out.target_external_id)
    above = out.thread.removeprefix(f"{video}/")
    return above if above != out.thread and above else comment


def _addressed(out: Outgoing) -> str:
    """The text as it goes out: an answer to a reply names its author, where there is room."""
    handle = str(out.options.get("handle") or "")
    named = f"{handle} {out.text}"
    answers_reply = not out.target_external_id.endswith(f"/{_thread(out)}")
    fits = handle.startswith("@") and handle not in out.text.split() and len(named) <= _MOST_REPLY
    return named if answers_reply and fits else out.text
