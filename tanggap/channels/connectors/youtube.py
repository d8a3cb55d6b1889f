"""YouTube: comments on a channel's videos and their replies, moderation, uploads, and search for videos.

YouTube tells nobody of comments, so a channel is asked (channels/platforms/youtube_watch.py). Ids are its own: a
comment "Ugx…", a reply "<comment>.<reply>", a video its eleven characters.

A raw body is one event as JSON: {"event", "channel", "video", "payload"}; event is "comment" or "edit" (a comment
resource), "delete" (its id), "video" (an item of the uploads list) or "found" (a search result).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tanggap.channels.connector import (
    Ability,
    Account,
    Action,
    CannotTell,
    Connector,
    Developer,
    Fetched,
    Gone,
    Grant,
    Identity,
    Item,
    NeedsLogin,
    OAuth,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Quota,
    Raw,
    Scope,
    Sent,
    Told,
)  # fmt: skip
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import youtube_figures
from tanggap.channels.platforms.youtube_api import (
    PACIFIC,
    Api,
    Json,
    ask_token,
    count_of,
    expiry,
    items,
    parts,
)
from tanggap.channels.platforms.youtube_reading import (
    PLATFORM,
    address,
    comment_item,
    found_item,
    id_of,
    time_of,
    upload_item,
    whole,
)
from tanggap.channels.platforms.youtube_texts import addressed, quoted, thread_of, title
from tanggap.channels.platforms.youtube_watch import PAGE, Watch
from tanggap.channels.values import as_documented

_DOCS = "https://developers.google.com/youtube/v3"
_CHECKED = "2026-11-22"
_SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
_SKEW_SECONDS = 300
_MOST_DESCRIPTION = 5000
_MOST_FILM = 256 * 1024 * 1024
_LOOK_PAGES = 10
_SEARCH_SEEN = 200
_SEARCH_LATE = timedelta(hours=6)
_QUERY = 200


class YouTube(Connector):
    """An official channel on YouTube."""

    platform = PLATFORM
    name = "YouTube"
    abilities = frozenset(
        {
            Ability.FETCH, Ability.BACKFILL, Ability.SEARCH, Ability.REPLY, Ability.PUBLISH, Ability.MEDIA,
            Ability.HIDE, Ability.EDITS, Ability.DELETES, Ability.RECHECK, Ability.LOOK_UP, Ability.FIGURES,
            Ability.WITHDRAW,
        }
    )  # fmt: skip
    oauth = OAuth(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106  an address
        scopes=(Scope(_SCOPE, "membaca, membalas, dan menyembunyikan komentar; mengunggah video"),),
        extra={"access_type": "offline", "prompt": "consent"},
    )
    limits = Limits(
        most=_MOST_DESCRIPTION, bytes_most=_MOST_DESCRIPTION, forbidden="<>",
        source_url=f"{_DOCS}/docs/videos#snippet.description", checked_on=_CHECKED,
    )  # fmt: skip
    limits_by_kind = {
        "reply": Limits(most=10_000, source_url=f"{_DOCS}/docs/comments/insert", checked_on=_CHECKED)
    }
    media = MediaLimits(
        most=1, required=True, alone=("video",), source_url=f"{_DOCS}/docs/videos/insert", checked_on=_CHECKED,
        bytes_by_type=dict.fromkeys(("video/mp4", "video/quicktime", "video/webm"), _MOST_FILM),
    )  # fmt: skip
    quota = Quota(
        units=10_000, zone=PACIFIC, source_url=f"{_DOCS}/determine_quota_cost", checked_on=_CHECKED,
        # A search and an upload have 100 calls a day of their own: counted as 100 units they stay within either rule.
        costs={"fetch": 4, "backfill": 1, "recheck": 2, "search": 100, "reply": 50, "hide": 50, "publish": 100,
               "figures": 1, "withdraw": 50},
    )  # fmt: skip
    told = Told(
        ("views", "likes", "comments"), 50, source_url=f"{_DOCS}/docs/videos#statistics", checked_on=_CHECKED
    )
    lacks = (
        "YouTube tidak memberi tahu bila ada komentar; komentar ditarik setiap dua menit.",
        "Tidak ada pesan pribadi di YouTube, jadi balasan pribadi tidak dapat dikirim.",
        "Obrolan siaran langsung dan tab Komunitas tidak ikut masuk.",
        "Suntingan dan penghapusan dicari seminggu, bergiliran; balasan di utas lama untuk 200 utas terbaru.",
        "Tidak ada kiriman teks saja: setiap terbitan harus berisi satu video, dari sini paling besar 256 MB.",
        "Video dari proyek Google yang belum lolos audit hanya terbit sebagai video privat.",
        "Komentar pertama di bawah video sendiri belum dikirim dari sini.",
        "Bagikan, simpanan, dan klik tidak diberikan; angka yang disembunyikan pemilik kanal juga tidak.",
        "Kuota 10.000 satuan sehari dipakai bersama oleh semua kanal pada satu proyek Google.",
    )
    search_lacks = (
        "Hanya video (judul dan uraian), bukan komentar di kanal orang lain; urutan dan kelengkapannya ditentukan "
        "YouTube, paling banyak 100 pencarian sehari."
    )
    poll_seconds = 120

    @property
    def api(self) -> Api:
        if not hasattr(self, "_api"):
            self._api = Api(self.account)
        return self._api

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask for the channel behind the token; its list of uploads is kept for later."""
        found = items(self.api.read("channels", part="snippet,contentDetails", mine="true"))
        if not found:
            raise Permanent("Akun Google ini tidak punya kanal YouTube. Masuklah dengan akun kanalnya.")
        about, lists = found[0].get("snippet") or {}, found[0].get("contentDetails") or {}
        return Identity(
            external_id=str(found[0]["id"]),
            handle=str(about.get("customUrl") or about.get("title") or ""),
            name=str(about.get("title") or found[0]["id"]),
            settings={"uploads": str((lists.get("relatedPlaylists") or {}).get("uploads") or "")},
        )

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn Google's code into the channel that its owner chose, with a token that can be renewed."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        answer = ask_token(developer, {**form, **({"code_verifier": verifier} if verifier else {})})
        if _SCOPE not in str(answer.get("scope") or _SCOPE).split():
            raise Permanent("Izin mengelola YouTube tidak dicentang di halaman Google. Ulangi dan centang.")
        if not answer.get("refresh_token"):
            raise Permanent(
                "Google tidak memberi token perpanjangan. Cabut akses aplikasi ini di "
                "myaccount.google.com/permissions, lalu sambungkan lagi."
            )
        account = Account(
            api_base=developer.api_base, token=answer["access_token"], trusted_base=developer.trusted_base
        )
        identity = replace(cls(account).identify(), expires_at=expiry(answer))
        return [
            Grant(
                identity, {"token": account.token, "refresh_token": str(answer["refresh_token"])}
            )
        ]  # fmt: skip

    def refresh(self) -> Grant | None:
        """This will get a token for the next hour; the one that renews stays, unless Google gives another."""
        kept = self.account.secrets.get("refresh_token", "")
        if not kept:
            raise NeedsLogin("Token perpanjangan tidak ada. Sambungkan kanal lagi.")
        form = {"grant_type": "refresh_token", "refresh_token": kept}
        answer = ask_token(self.account.developer, form)
        identity = Identity(
            self.account.external_id, self.account.handle, self.account.handle, expires_at=expiry(answer)
        )
        renewed = str(answer.get("refresh_token") or kept)
        return Grant(identity, {"token": answer["access_token"], "refresh_token": renewed})

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring comments, replies, edits, deletions and uploads since the cursor."""
        watch = Watch(self.api, self.account.external_id, self._uploads(), cursor)
        if "floor" not in cursor:
            watch.begin()
            return Fetched([], watch.kept(), cost=self.api.cost)
        bodies = [self._body(event, video, payload) for event, video, payload in watch.news()]
        return Fetched(bodies, watch.kept(), watch.more, self.api.cost)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at comments and replies."""
        before = self.api.cost
        found = self.api.comments(ids)
        bodies = [
            self._body("comment", "", found[key]) if key in found else self._body("delete", "", key)
            for key in ids
        ]
        return Fetched(bodies, {}, cost=self.api.cost - before)

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out videos that a search found."""
        return kind == "comment"

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page of threads with all their replies."""
        page = self.api.read(
            "commentThreads", part="snippet,replies", allThreadsRelatedToChannelId=self.account.external_id,
            order="time", maxResults=PAGE, textFormat="plainText", pageToken=cursor.get("page") or None,
        )  # fmt: skip
        bodies, oldest = [], ""
        for thread in items(page):
            top, video, replies = parts(thread)
            if count_of(thread) > len(replies):
                replies = list(self.api.replies(str(thread.get("id")), _LOOK_PAGES))
            bodies += [self._body("comment", video, one) for one in [top, *replies]]
            oldest = str((top.get("snippet") or {}).get("publishedAt") or "")
        token = str(page.get("nextPageToken") or "")
        more = bool(token and oldest) and time_of(oldest) >= time_of(str(cursor["until"]))
        return Fetched(bodies, {**cursor, "page": token}, more, self.api.cost)

    def _uploads(self) -> str:
        # Every channel's list of uploads has the channel's id with UU in the place of UC.
        return str(self.account.settings.get("uploads") or f"UU{self.account.external_id[2:]}")

    def _body(self, event: str, video: str, payload: Any) -> bytes:
        body = {"event": event, "channel": self.account.external_id, "video": video, "payload": payload}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one event; those of an unknown kind give no item."""
        with as_documented("YouTube"):
            event = json.loads(raw.body)
            kind, payload = event["event"], event["payload"]
            if kind in {"comment", "edit"}:
                return [comment_item(payload, str(event.get("video") or ""), edited=kind == "edit")]
            if kind == "delete":
                return [
                    Item(cls.platform, id_of(payload), "comment", "", raw.received_at, action=Action.DELETE)
                ]  # fmt: skip
            if kind == "video":
                return [upload_item(payload, str(event["channel"]))]
            return [found_item(payload)] if kind == "found" else []

    # -- public talk -----------------------------------------------------------------------------------------
    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will join words by "or" into queries of bearable length; excluded ones stand in each."""
        without = "".join(f" -{quoted(word)}" for word in excluded if word.strip())
        queries: list[str] = []
        for word in (quoted(one) for one in words if one.strip()):
            if queries and len(queries[-1]) + len(word) + len(without) < _QUERY:
                queries[-1] += f"|{word}"
            else:
                queries.append(word)
        return [query + without for query in queries]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring videos that came up since the cursor; YouTube shows some of them hours late."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if "since" not in cursor:
            return Fetched([], {"since": now, "seen": []})
        after = (time_of(cursor["since"]) - _SEARCH_LATE).strftime("%Y-%m-%dT%H:%M:%SZ")
        page = self.api.read(
            "search", cost=100, part="snippet", type="video", order="date", q=query, maxResults=50,
            publishedAfter=after, regionCode="ID", relevanceLanguage="id", pageToken=cursor.get("page") or None,
        )  # fmt: skip
        seen = list(cursor.get("seen") or ())
        new = [one for one in items(page) if (one.get("id") or {}).get("videoId") not in seen]
        seen = [*((one.get("id") or {}).get("videoId") for one in new), *seen][:_SEARCH_SEEN]
        token = str(page.get("nextPageToken") or "") if new else ""
        kept = {
            "since": cursor["since"] if token else now,
            "seen": seen,
            **({"page": token} if token else {}),
        }
        return Fetched([self._body("found", "", one) for one in new], kept, bool(token), self.api.cost)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will reply, hide, show again or publish once."""
        if out.kind == "reply":
            return self._reply(out)
        if out.kind == "hide":
            return self._moderate(out)
        if out.kind == "post":
            return self._publish(out)
        if out.kind == "withdraw":
            return youtube_figures.withdraw(self.api, out)
        raise Permanent(
            "YouTube tidak punya pesan pribadi. Balas secara umum dan minta warga menghubungi kanal resmi lain."
        )

    def _reply(self, out: Outgoing) -> Sent:
        if len(out.target_external_id) == 11:
            raise Permanent(
                "Komentar pertama di bawah video sendiri belum dikirim dari sini; tulis di YouTube."
            )
        asked = {"snippet": {"parentId": thread_of(out.target_external_id), "textOriginal": addressed(out)}}
        answer = self.api.write("comments", cost=50, query={"part": "snippet"}, json=asked)
        if not answer.get("id"):
            raise OutcomeUnknown("Jawaban YouTube sesudah balasan tidak menyebut id-nya.")
        return self._sent(answer, out)

    def _moderate(self, out: Outgoing) -> Sent:
        shown = out.options.get("hidden") is False
        asked = {"id": out.target_external_id, "moderationStatus": "published" if shown else "heldForReview"}
        self.api.write("comments/setModerationStatus", cost=50, query=asked)
        return Sent(out.target_external_id)

    def _publish(self, out: Outgoing) -> Sent:
        if len(out.media) != 1 or not out.media[0].type.startswith("video/"):
            raise Permanent("YouTube hanya menerbitkan video: lampirkan tepat satu video.")
        about = {"title": title(out), "description": out.text, "categoryId": "22"}
        if set("<>") & set(about["title"] + out.text):
            raise Permanent("YouTube tidak menerima < dan > dalam judul atau uraian.")
        if len(out.text.encode()) > _MOST_DESCRIPTION:
            raise Permanent("Uraian video lebih dari 5.000 bita. Pendekkan lalu kirim lagi.")
        status = {
            "privacyStatus": out.options.get("visibility", "public"), "selfDeclaredMadeForKids": False,
        }  # fmt: skip
        video = self.api.upload({"snippet": about, "status": status}, out.media[0])
        return Sent(video["id"], f"https://www.youtube.com/watch?v={video['id']}")

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for our reply among those of its thread, or for our video among the uploads.

        None is sure for a reply once all replies of the thread were seen; a video may still be on its way.
        """
        if out.kind == "withdraw":
            return youtube_figures.withdrawn(self.api, out)
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di YouTube.")
        since = out.created_at.timestamp() - _SKEW_SECONDS
        if out.kind == "reply":
            return self._own_reply(out, since)
        if out.kind == "post":
            for one in items(self._uploaded()):
                item = upload_item(one, self.account.external_id)
                if item.created_at.timestamp() >= since and item.text == whole(title(out), out.text):
                    return Sent(item.external_id, item.url)
        raise CannotTell("YouTube belum menunjukkan kiriman ini; periksa di YouTube Studio.")

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own videos; see youtube_figures."""
        return youtube_figures.figures(self.api, ids)

    def _own_reply(self, out: Outgoing, since: float) -> Sent | None:
        wanted = " ".join(addressed(out).split())
        try:
            for one in self.api.replies(thread_of(out.target_external_id), _LOOK_PAGES, cut=_too_many()):
                item = comment_item(one, "", edited=False)
                ours = item.author is not None and item.author.external_id == self.account.external_id
                same = ours and " ".join(item.text.split()) == wanted
                taken = item.external_id in out.options.get("taken", ())
                if same and not taken and item.created_at.timestamp() >= since:
                    return self._sent(one, out)
        except Gone:
            return None
        return None

    def _uploaded(self) -> Json:
        return self.api.read(
            "playlistItems", part="snippet,contentDetails", playlistId=self._uploads(), maxResults=50
        )

    def _sent(self, comment: Json, out: Outgoing) -> Sent:
        key = str(comment["id"])
        asked = parse_qs(urlsplit(str(out.options.get("url") or "")).query)
        video = str((comment.get("snippet") or {}).get("videoId") or (asked.get("v") or [""])[0])
        return Sent(key, address(video, key))


def _too_many() -> CannotTell:
    return CannotTell("Terlalu banyak balasan di utas ini untuk diperiksa sendiri; periksa di YouTube.")
