"""Facebook Pages: comments, visitors' posts and mentions; replies, private replies, hiding and publishing.

Sources, seen 2026-11-22: developers.facebook.com/docs/pages-api (comments-mentions, posts, manage-pages),
…/docs/graph-api/reference/page, …/docs/graph-api/reference/comment,
…/documentation/business-messaging/messenger-platform/discovery/private-replies.

Why not facebook-business: docs/decisions/meta-adapter.md.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tanggap.channels.connector import (
    Ability,
    CannotTell,
    Fetched,
    Gone,
    Item,
    Outgoing,
    Permanent,
    Raw,
    Scope,
    Sent,
    Setting,
    Told,
    Window,
)  # fmt: skip
from tanggap.channels.connectors import meta
from tanggap.channels.errors import OutcomeUnknown
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import facebook_reading as reading
from tanggap.channels.platforms import meta_figures, meta_withdrawing
from tanggap.channels.platforms.facebook_sending import comment, publish
from tanggap.channels.platforms.meta_again import together
from tanggap.channels.values import as_documented, inside, members, time_of
from tanggap.core import http

_DOCS = "https://developers.facebook.com/docs"
_CHECKED = "2026-11-22"
_OVERLAP = 120
_POSTS, _COMMENTS, _CALLS, _PAGES = 50, 100, 10, 2
_SKEW = 300


class Facebook(meta.PageAccount):
    """A government's Page."""

    platform = "facebook"
    name = "Facebook"
    app_platform = "meta"
    abilities = frozenset(
        {
            Ability.HOOK, Ability.FETCH, Ability.BACKFILL, Ability.REPLY, Ability.PRIVATE_REPLY, Ability.PUBLISH,
            Ability.MEDIA, Ability.HIDE, Ability.EDITS, Ability.DELETES, Ability.RECHECK, Ability.LOOK_UP,
            Ability.FIGURES, Ability.WITHDRAW,
        }
    )  # fmt: skip
    settings = (
        Setting(
            "token",
            "Token Halaman",
            secret=True,
            help="Token akses Halaman (Page access token) dari pengguna sistem di Business Manager",
        ),
    )
    oauth = meta.login(
        Scope("pages_show_list", "melihat Halaman mana yang Anda kelola"),
        Scope("pages_read_engagement", "membaca kiriman Halaman dan jumlah tanggapannya"),
        Scope("read_insights", "membaca berapa kali kiriman Halaman dilihat dan diklik"),
        Scope("pages_read_user_content", "membaca komentar, kiriman, dan sebutan warga beserta penulisnya"),
        Scope("pages_manage_engagement", "membalas, menyembunyikan, dan menampilkan komentar"),
        Scope("pages_manage_posts", "menerbitkan dan menarik kiriman Halaman"),
        Scope("pages_manage_metadata", "meminta Facebook mengirim kejadian Halaman ke sini"),
        Scope("pages_messaging", "membalas sebuah komentar secara pribadi"),
        Scope("business_management", "melihat Halaman yang dimiliki lewat Business Manager"),
    )
    limits = Limits(
        most=63_206, checked_on=_CHECKED, source_url=f"{_DOCS}/graph-api/reference/page/feed/",
    )  # fmt: skip
    limits_by_kind = {
        "reply": Limits(most=8_000, checked_on=_CHECKED, source_url=f"{_DOCS}/graph-api/reference/comment/"),
        "private_reply": Limits(
            most=2_000, count="utf16", checked_on=_CHECKED,
            source_url="https://developers.facebook.com/documentation/business-messaging/messenger-platform/"
            "reference/send-api",
        ),
    }  # fmt: skip
    media = MediaLimits(
        most=10, alone=("video",), alt_most=1_000,
        bytes_by_type={
            "image/jpeg": 4_000_000, "image/png": 4_000_000, "image/gif": 4_000_000, "video/mp4": 100_000_000,
        },
        checked_on=_CHECKED, source_url=f"{_DOCS}/graph-api/reference/page/photos/",
    )  # fmt: skip
    windows = (
        Window(
            "private_reply", 7 * 24, "the_post", once=True, checked_on=_CHECKED,
            otherwise="Balas di kolom komentar dan minta warga mengirim pesan lebih dulu.",
            source_url="https://developers.facebook.com/documentation/business-messaging/messenger-platform/"
            "discovery/private-replies",
        ),
    )  # fmt: skip
    told = Told(
        ("views", "reach", "likes", "comments", "shares", "clicks"), 25, "read_insights", checked_on=_CHECKED,
        source_url=f"{_DOCS}/graph-api/reference/insights/",
    )  # fmt: skip
    lacks = (
        "Facebook tidak memberi pencarian kiriman umum; hanya yang ada di Halaman atau menyebutnya yang terlihat.",
        "Nama penulis hanya diberikan sesudah tinjauan aplikasi (pages_read_user_content).",
        "Suntingan dan hapusan sebutan di luar Halaman yang kirimannya hilang di jalan tidak ditemukan kembali.",
        "Komentar pada kiriman yang lebih lama dari seratus kiriman terakhir hanya datang lewat webhook.",
        "Sebutan di komentar Halaman lain sering datang tanpa teks; buka tautannya.",
        "Tayangan, jangkauan, dan klik hanya untuk Halaman dengan 100 suka atau lebih, diperbarui sekali sehari.",
        "Jumlah simpanan sebuah kiriman tidak diberikan, dan jumlah bagikan hanya bila sudah ada.",
    )

    # -- who we are --------------------------------------------------------------------------------------
    def subscribe(self) -> None:
        """This will ask Facebook to deliver the Page's feed and mentions."""
        meta.subscribe(self.line, self.page, self.account.developer.client_id, ("feed", "mention"))

    # -- taking in ---------------------------------------------------------------------------------------
    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a delivery or a fetched node; Unreadable where it is neither."""
        with as_documented("Facebook"):
            return reading.items_of(raw)

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring new posts, mentions, and comments on posts that were touched since the cursor.

        The cursor holds `since` (Unix seconds) and, in the middle of a sweep, the posts whose comments are still
        to be read. A post is touched when its updated_time says so: Facebook moves it with each comment.
        """
        if "since" not in cursor:
            return Fetched([], {"since": int(time.time())})
        since, bodies, state = int(cursor["since"]) - _OVERLAP, list[bytes](), dict(cursor)
        if "pending" not in state:
            bodies = self._touched(since, state)
        calls = 0
        while state["pending"] and calls < _CALLS:
            bodies += self._comments_of(state, since)
            calls += 1
        if state["pending"]:
            return Fetched(bodies, state, more=True)
        return Fetched(bodies, {"since": max(int(cursor["since"]), int(state["newest"]))})

    def _touched(self, since: float, state: dict[str, Any]) -> list[bytes]:
        bodies, pending, newest, after = list[bytes](), list[str](), 0.0, None
        for _ in range(_PAGES):
            posts, after = self._read(f"/{self.page}/feed", reading.POST_FIELDS, _POSTS, after)
            for post in posts:
                created = time_of(post["created_time"]).timestamp()
                updated = time_of(post.get("updated_time") or post["created_time"]).timestamp()
                newest = max(newest, created, updated)
                if created >= since:
                    bodies.append(reading.body_of("post", self.page, post))
                if updated >= since:
                    pending.append(str(post["id"]))
            if not after:
                break
        tagged, _ = self._read(f"/{self.page}/tagged", reading.POST_FIELDS, _POSTS, None)
        bodies += [
            reading.body_of("tagged", self.page, one)
            for one in tagged
            if time_of(one["created_time"]).timestamp() >= since
        ]
        state.update(pending=pending, after=None, newest=newest)
        return bodies

    def _comments_of(self, state: dict[str, Any], since: float) -> list[bytes]:
        """Reads the next page of comments, nested ones too, of the first pending post, newest first."""
        post = state["pending"][0]
        try:
            nodes, after = self._read(
                f"/{post}/comments", reading.COMMENT_FIELDS, _COMMENTS, state.get("after"),
                filter="stream", order="reverse_chronological",
            )  # fmt: skip
        except Gone:
            nodes, after = [], None
        fresh = [one for one in nodes if time_of(one["created_time"]).timestamp() >= since]
        state["after"] = after if len(fresh) == len(nodes) else None
        if not state["after"]:
            state["pending"] = state["pending"][1:]
        return [reading.body_of("comment", self.page, one, post) for one in fresh]

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at comments and at posts on the Page."""
        found = together(self.line, ids, reading.COMMON_FIELDS)
        return Fetched([self._again(key, node) for key, node in found.items()], {})

    def _again(self, key: str, node: Mapping[str, Any] | None) -> bytes:
        if node is None:
            return reading.body_of("gone", self.page, {"id": key})
        if self._is_post(key):
            return reading.body_of("post", self.page, node)
        return reading.body_of("comment", self.page, node, f"{self.page}_{key.partition('_')[0]}")

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out mentions: what stands elsewhere Facebook may simply not show."""
        return kind in {"comment", "post"}

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring older posts page by page, and all comments of each before the next page."""
        until, state = time_of(cursor["until"]).timestamp(), dict(cursor)
        if state.get("pending"):
            bodies = self._comments_of(state, 0)
            return Fetched(bodies, state, bool(state["pending"] or state.get("older")))
        posts, older = self._read(f"/{self.page}/feed", reading.POST_FIELDS, _POSTS, state.get("older"))
        wanted = [one for one in posts if time_of(one["created_time"]).timestamp() >= until]
        state.update(
            pending=[str(one["id"]) for one in wanted],
            older=older if len(wanted) == len(posts) else None,
            after=None,
        )
        bodies = [reading.body_of("post", self.page, one) for one in wanted]
        return Fetched(bodies, state, bool(state["pending"] or state["older"]))

    def _read(
        self, path: str, fields: str, limit: int, after: str | None, **query: str
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        found = self.line.read(path, {"fields": fields, "limit": limit, "after": after, **query})
        # The address in paging.next carries the token; the cursor says the same.
        return list(members(found, "data")), (
            inside(found, "paging", "cursors", "after") if inside(found, "paging", "next") else None
        )

    # -- sending -----------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will send once; Facebook takes no reference of ours, so `look_up` compares texts."""
        if out.kind == "post":
            large = sum(len(one.content) for one in out.media) > 4_000_000
            caps = http.Caps(read=120, total=600) if large else None
            return publish(meta.graph(self.account, name=self.name, caps=caps), self.page, out)
        if out.kind == "reply":
            return comment(self.line, out.target_external_id, out)
        if out.kind == "private_reply":
            return self._private(out)
        if out.kind == "hide":
            hidden = "true" if out.options.get("hidden", True) else "false"
            self.line.write(f"/{out.target_external_id}", data={"is_hidden": hidden})
            return Sent(out.target_external_id)
        if out.kind == "withdraw":
            return meta_withdrawing.withdraw(self.line, out)
        raise Permanent(f"Facebook tidak mengenal tindakan {out.kind}.")

    def _private(self, out: Outgoing) -> Sent:
        key = "post_id" if self._is_post(out.target_external_id) else "comment_id"
        form = {
            "recipient": {key: out.target_external_id}, "message": {"text": out.text}, "messaging_type": "RESPONSE",
        }  # fmt: skip
        found = self.line.write(f"/{self.page}/messages", json=form)
        try:
            return Sent(str(found["message_id"]))
        except (KeyError, TypeError) as error:
            raise OutcomeUnknown("Jawaban Facebook sesudah balasan pribadi tidak terbaca.") from error

    def _is_post(self, key: str) -> bool:
        return key.startswith(f"{self.page}_")

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the send where it would stand: same text, by the Page, since the delivery was made."""
        if out.kind == "hide":
            node = self.line.read(f"/{out.target_external_id}", {"fields": "is_hidden"})
            return (
                Sent(out.target_external_id)
                if node.get("is_hidden") is bool(out.options.get("hidden", True))
                else None
            )
        if out.kind == "withdraw":
            return meta_withdrawing.withdrawn(self.line, out)
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di Facebook.")
        if out.kind == "post":
            return self._among(f"/{self.page}/feed", out, out.created_at)
        if out.kind == "private_reply":
            return self._in_conversation(out, out.created_at)
        found = self._among(f"/{out.target_external_id}/comments", out, out.created_at)
        # Facebook nests two levels only: an answer to an answer stands beside it.
        if found is None and not self._is_post(out.target_external_id):
            node = self.line.read(f"/{out.target_external_id}", {"fields": "parent{id}"})
            if above := inside(node, "parent", "id"):
                found = self._among(f"/{above}/comments", out, out.created_at)
        return found

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about posts on the Page; without read_insights their views, reach and clicks stay unknown."""
        return meta_figures.of_page(self.line, ids)

    def _in_conversation(self, out: Outgoing, since: datetime) -> Sent | None:
        if self._is_post(out.target_external_id):
            raise CannotTell(
                "Balasan pribadi untuk kiriman tidak dapat dicari; periksa di kotak masuk Halaman."
            )
        node = self.line.read(f"/{out.target_external_id}", {"fields": "private_reply_conversation{id}"})
        talk = inside(node, "private_reply_conversation", "id")
        return self._among(f"/{talk}/messages", out, since) if talk else None

    def _among(self, path: str, out: Outgoing, since: datetime) -> Sent | None:
        taken: Sequence[str] = out.options.get("taken", ())
        after: str | None = None
        order = {"order": "reverse_chronological"} if path.endswith("/comments") else {}
        for _ in range(_CALLS):
            nodes, after = self._read(
                path, "id,message,created_time,from{id},permalink_url", 50, after, **order
            )
            for one in nodes:
                if time_of(one["created_time"]).timestamp() < since.timestamp() - _SKEW:
                    return None
                ours = str(inside(one, "from", "id")) == self.page
                if ours and _same(one.get("message"), out.text) and str(one["id"]) not in taken:
                    return Sent(str(one["id"]), str(one.get("permalink_url") or ""))
            if not after:
                return None
        raise CannotTell("Terlalu banyak kiriman sesudahnya untuk diperiksa sendiri; periksa di Facebook.")


def _same(one: Any, other: str) -> bool:
    return isinstance(one, str) and " ".join(one.split()) == " ".join(other.split())
