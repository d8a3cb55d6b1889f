"""YouTube Data API v3 as far as comments, moderation, uploads and search need it, and Google's token address.

After developers.google.com/youtube/v3/docs/commentThreads, …/comments, …/channels, …/playlistItems, …/search/list,
…/videos/insert, …/docs/errors, …/determine_quota_cost, …/guides/using_resumable_upload_protocol, Google's discovery
document (revision 20261104) and developers.google.com/identity/protocols/oauth2/web-server; all seen 2026-11-22.

YouTube calls nobody: comments are asked for. Threads come newest first with five replies at most; a comment held for
review (`hidden`) stands only in the list of those; what is deleted is left out of a list by ids. Each call uses up
units of `quota_left`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Any, ClassVar

import orjson
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Piece, Simulated

_INLINE = 5
_CHANNEL = "UCsimulasi0000000000kota"
_VIDEO = "simulasi001"


class YouTube(Simulated):
    """One channel with one video to begin with; `hold` keeps a comment for review as YouTube's filters do."""

    platform = "youtube"
    has_hooks = False
    kinds: ClassVar[tuple[str, ...]] = ("comment",)

    def begin(self) -> None:
        self.quota_left, self.quota_day = 10_000, int(self.clock() // 86_400)
        self.refresh_token, self.code = "1//simulated-refresh", "4/simulated-code"
        self.videos: dict[str, str] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        official = self.open_account(_CHANNEL, "@pemkotcontoh", "Pemerintah Kota Contoh", "ya29.simulated")
        self.add("post", OFFICIAL, "Profil kota\n\nSelamat datang", id=_VIDEO, account=official.id)

    def rules(self) -> Iterable[Rule]:
        asked: list[tuple[str, str, Callable[[Request, str], Response]]] = [
            ("GET", "channels", self._channels),
            ("GET", "commentThreads", self._threads),
            ("GET", "comments", self._comments),
            ("GET", "playlistItems", self._playlist),
            ("GET", "videos", self._statistics),
            ("DELETE", "videos", self._remove),
            ("DELETE", "comments", self._remove),
            ("GET", "search", self._search),
            ("POST", "comments", self._insert),
            ("POST", "comments/setModerationStatus", self._moderate),
        ]
        for method, what, answer in asked:
            yield Rule(f"/youtube/v3/{what}", methods=[method], endpoint=self._opened(what, method, answer))
        yield Rule(
            "/upload/youtube/v3/videos",
            methods=["POST"],
            endpoint=self._opened("videos", "POST", self._upload),
        )
        yield Rule("/upload/youtube/v3/videos", methods=["PUT"], endpoint=self._uploaded)
        yield Rule("/token", methods=["POST"], endpoint=self._token)

    # -- what citizens and filters do --------------------------------------------------------------------
    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there; a comment's `parent` may be a video, which is kept apart from its thread."""
        parent = more.pop("parent", "")
        above = self.pieces.get(parent)
        if kind == "comment" and above is not None and above.kind == "comment":
            more |= {"parent": above.root, "id": f"{above.root}.{self._suffix('9', 22)}"}
            video = self.videos[above.root]
        else:
            video = parent if above is not None else _VIDEO
            more.setdefault("id", self._suffix("simulasi", 11) if kind == "post" else self._suffix("Ugz", 26))
        piece = super().add(kind, author, text, **more)
        if kind == "comment":
            self.videos[piece.id] = video
        return piece

    def hold(self, key: str) -> None:
        """This will hold a comment for review."""
        with self.lock:
            self.pieces[key] = replace(self.pieces[key], hidden=True)

    def upload_natively(self, text: str) -> Piece:
        """This will let a colleague upload a video in YouTube's own studio."""
        with self.lock:
            return self.add("post", OFFICIAL, text, account=self.official.id)

    def _suffix(self, begin: str, length: int) -> str:
        return begin + str(next(self.numbers)).zfill(length - len(begin))

    # -- refusals ----------------------------------------------------------------------------------------
    def refused(self) -> Response:
        if self.faults.retry_after is None:
            return _error(
                403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota."
            )
        answer = _error(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
        answer.headers["Retry-After"] = self.faults.retry_after
        return answer

    def failed(self) -> Response:
        return _error(503, "backendError", "Backend Error", domain="global")

    def _opened(
        self, what: str, method: str, answer: Callable[[Request, str], Response]
    ) -> Callable[[Request], Response]:  # fmt: skip
        cost = 100 if what == "search" else 1 if method == "GET" else 50

        def open_(request: Request) -> Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            official = self.owner_of(token)
            if official is None or official.revoked or (official.expires_at or inf) < self.clock():
                return _error(
                    401, "authError", "Invalid Credentials", domain="global", status="UNAUTHENTICATED"
                )
            if (today := int(self.clock() // 86_400)) != self.quota_day:
                self.quota_left, self.quota_day = 10_000, today
            if self.quota_left < cost:
                text = "The request cannot be completed because you have exceeded your quota."
                return _error(403, "quotaExceeded", text, domain="youtube.quota")
            self.quota_left -= cost
            if not request.args.get("part") and method != "DELETE" and what != "comments/setModerationStatus":
                return _error(400, "missingRequiredParameter", "No part was given.")
            return answer(request, official.id)

        return open_

    # -- reading -----------------------------------------------------------------------------------------
    def _channels(self, request: Request, channel: str) -> Response:
        official = self.officials[channel]
        about = {"title": official.name, "description": "", "customUrl": official.handle, "country": "ID"}
        lists = {"relatedPlaylists": {"likes": "", "uploads": f"UU{channel[2:]}"}}
        item = {"kind": "youtube#channel", "id": channel, "snippet": about, "contentDetails": lists}
        return _listed("channel", [item] if request.args.get("mine") == "true" else [])

    def _threads(self, request: Request, channel: str) -> Response:
        args = request.args
        if args.get("id"):
            wanted = args["id"].split(",")
            return _listed("commentThread", [self._thread(one) for one in self._tops() if one.id in wanted])
        if args.get("allThreadsRelatedToChannelId") != channel:
            return _error(404, "channelNotFound", "The channel could not be found.")
        held = args.get("moderationStatus") == "heldForReview"
        tops = [one for one in self._tops() if self._stands(one, held=held)]
        tops.sort(key=lambda one: (one.at, one.id), reverse=True)
        return self._page(request, "commentThread", [self._thread(one) for one in tops])

    def _comments(self, request: Request, channel: str) -> Response:
        if ids := request.args.get("id"):
            wanted = ids.split(",")
            found = [one for one in self.pieces.values() if one.id in wanted and not one.deleted]
            return _listed("comment", [self._comment(one) for one in found if one.kind == "comment"])
        parent = self.pieces.get(request.args.get("parentId", ""))
        if parent is None or parent.deleted:
            return _error(404, "commentNotFound", "One or more of the specified comments cannot be found.")
        return self._page(request, "comment", [self._comment(one) for one in self._replies(parent.id)])

    def _playlist(self, request: Request, channel: str) -> Response:
        videos = [one for one in self.pieces.values() if one.kind == "post" and one.ours and not one.deleted]
        if request.args.get("playlistId") != f"UU{channel[2:]}" or not videos:
            return _error(404, "playlistNotFound", "The playlist cannot be found.")
        return self._page(
            request, "playlistItem", [self._upload_item(one, channel) for one in reversed(videos)]
        )

    def _statistics(self, request: Request, channel: str) -> Response:
        wanted = request.args.get("id", "").split(",")
        if len(wanted) > 50:
            return _error(400, "invalidFilters", "The request specifies an invalid filter parameter.")
        found = [self.pieces[key] for key in wanted if key in self.pieces and not self.pieces[key].deleted]
        return _listed("video", [self._counted(one) for one in found if one.kind == "post"])

    def _counted(self, piece: Piece) -> dict[str, Any]:
        below = sum(one.kind == "comment" and self.videos[one.id] == piece.id for one in self.pieces.values())
        told = {
            "viewCount": self.figure(piece, "views"), "likeCount": self.figure(piece, "likes"), "favoriteCount": 0,
            "commentCount": self.figure(piece, "comments", below),
        }  # fmt: skip
        numbers = {name: str(count) for name, count in told.items() if count is not None}
        return {"kind": "youtube#video", "etag": "e", "id": piece.id, "statistics": numbers}

    def _remove(self, request: Request, channel: str) -> Response:
        piece = self.pieces.get(request.args.get("id", ""))
        if piece is None or piece.deleted:
            return _error(404, "videoNotFound", "The video that you are trying to delete cannot be found.")
        if not piece.ours:
            return _error(403, "forbidden", "The video that you are trying to delete cannot be deleted.")
        self.pieces[piece.id] = replace(piece, deleted=True)
        return Response(status=204)

    def _search(self, request: Request, channel: str) -> Response:
        words = [one.strip('"').lower() for one in request.args.get("q", "").split(" -")[0].split("|")]
        after = request.args.get("publishedAfter", "")
        videos = [
            one for one in self.pieces.values()
            if one.kind == "post" and any(word in one.text.lower() for word in words) and _time(one.at) > after
        ]  # fmt: skip
        return self._page(request, "searchResult", [self._result(one) for one in reversed(videos)])

    def _tops(self) -> list[Piece]:
        return [
            one
            for one in self.pieces.values()
            if one.kind == "comment" and not one.parent and not one.deleted
        ]

    def _replies(self, key: str) -> list[Piece]:
        return [one for one in self.pieces.values() if one.parent == key and not one.deleted]

    def _stands(self, top: Piece, *, held: bool) -> bool:
        return any(one.hidden for one in [top, *self._replies(top.id)]) if held else not top.hidden

    def _thread(self, top: Piece) -> dict[str, Any]:
        replies = self._replies(top.id)
        about = {
            "channelId": self.official.id, "videoId": self.videos[top.id], "topLevelComment": self._comment(top),
            "canReply": True, "totalReplyCount": len(replies), "isPublic": True,
        }  # fmt: skip
        thread: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "etag": "e",
            "id": top.id,
            "snippet": about,
        }
        if replies:
            thread["replies"] = {"comments": [self._comment(one) for one in replies[-_INLINE:]]}
        return thread

    def _comment(self, piece: Piece) -> dict[str, Any]:
        official = self.officials[piece.account or self.official.id] if piece.ours else None
        author = official.id if official else f"UC{piece.author}"
        handle = official.handle if official else f"@{piece.author}"
        about: dict[str, Any] = {
            "channelId": self.official.id, "videoId": self.videos[piece.id], "textDisplay": piece.text,
            "authorDisplayName": handle, "authorChannelUrl": f"http://www.youtube.com/{handle}",
            "authorProfileImageUrl": "https://yt3.ggpht.com/simulasi", "authorChannelId": {"value": author},
            "canRate": True, "viewerRating": "none", "likeCount": 0, "publishedAt": _time(piece.at),
            "updatedAt": _time(piece.edited_at or piece.at),
        }  # fmt: skip
        if piece.ours:
            about["textOriginal"] = piece.text
        if piece.parent:
            about["parentId"] = piece.parent
        if piece.hidden:
            about["moderationStatus"] = "heldForReview"
        return {"kind": "youtube#comment", "etag": "e", "id": piece.id, "snippet": about}

    def _upload_item(self, piece: Piece, channel: str) -> dict[str, Any]:
        title, _, description = piece.text.partition("\n\n")
        about = {
            "publishedAt": _time(piece.at), "channelId": channel, "title": title, "description": description,
            "channelTitle": self.officials[channel].name, "playlistId": f"UU{channel[2:]}", "position": 0,
            "resourceId": {"kind": "youtube#video", "videoId": piece.id},
        }  # fmt: skip
        details = {"videoId": piece.id, "videoPublishedAt": _time(piece.at)}
        return {
            "kind": "youtube#playlistItem",
            "id": f"UU{piece.id}",
            "snippet": about,
            "contentDetails": details,
        }

    def _result(self, piece: Piece) -> dict[str, Any]:
        title, _, description = piece.text.partition("\n\n")
        about = {
            "publishedAt": _time(piece.at), "channelId": self.official.id if piece.ours else f"UC{piece.author}",
            "title": title.replace("&", "&amp;").replace("'", "&#39;"), "description": description,
            "channelTitle": piece.author, "liveBroadcastContent": "none",
        }  # fmt: skip
        return {
            "kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": piece.id}, "snippet": about,
        }  # fmt: skip

    def _page(self, request: Request, kind: str, found: list[dict[str, Any]]) -> Response:
        size = min(int(request.args.get("maxResults") or 20), 100)
        token = request.args.get("pageToken", "")
        try:
            start = int(base64.urlsafe_b64decode(token)) if token else 0
        except ValueError:
            return _error(400, "invalidPageToken", "The request specifies an invalid page token.")
        more = start + size < len(found)
        after = base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else ""
        return _listed(kind, found[start : start + size], after, len(found))

    # -- writing -----------------------------------------------------------------------------------------
    def _insert(self, request: Request, channel: str) -> Response:
        about = (request.get_json(silent=True) or {}).get("snippet") or {}
        text, parent = str(about.get("textOriginal") or ""), self.pieces.get(str(about.get("parentId") or ""))
        if not about.get("parentId"):
            return _error(400, "parentIdMissing", "The comment must specify a value for snippet.parentId.")
        if not text.strip():
            return _error(400, "commentTextRequired", "Comments cannot be empty.")
        if len(text) > 10_000:
            return _error(400, "commentTextTooLong", "The comment contains too many characters.")
        if parent is None or parent.deleted or parent.parent:
            return _error(404, "parentCommentNotFound", "The specified parent comment could not be found.")
        piece = self.add("comment", OFFICIAL, text, parent=parent.id, account=channel)
        return _json(self._comment(piece))

    def _moderate(self, request: Request, channel: str) -> Response:
        piece = self.pieces.get(request.args.get("id", ""))
        if piece is None or piece.deleted:
            return _error(404, "commentNotFound", "One or more of the specified comments cannot be found.")
        status = request.args.get("moderationStatus")
        if status not in {"heldForReview", "published", "rejected"}:
            return _error(400, "invalidModerationStatus", "The moderation status is not known.")
        self.pieces[piece.id] = replace(piece, hidden=status != "published", deleted=status == "rejected")
        return Response(status=204)

    def _upload(self, request: Request, channel: str) -> Response:
        about = request.get_json(silent=True) or {}
        title, description = ((about.get("snippet") or {}).get(one) or "" for one in ("title", "description"))
        if not title or len(title) > 100 or set("<>") & set(title):
            return _error(
                400, "invalidTitle", "The request metadata specifies an invalid or empty video title."
            )
        if len(description.encode()) > 5000 or set("<>") & set(description):
            return _error(400, "invalidDescription", "The request metadata specifies an invalid description.")
        key = self._suffix("unggah", 12)
        size = int(request.headers["X-Upload-Content-Length"])
        self.uploads[key] = {"about": about, "size": size, "got": b"", "channel": channel}
        where = f"{request.url_root}upload/youtube/v3/videos?uploadType=resumable&upload_id={key}"
        return Response(status=200, headers={"Location": where})

    def _uploaded(self, request: Request) -> Response:
        kept = self.uploads.get(request.args.get("upload_id", ""))
        if kept is None:
            return Response(status=404)
        if "video" in kept:
            return _json(kept["video"], 200)
        span = request.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")[0]
        if span != "*" and int(span.partition("-")[0]) == len(kept["got"]):
            kept["got"] += request.get_data()
        if len(kept["got"]) < kept["size"]:
            end = len(kept["got"]) - 1
            return Response(status=308, headers={"Range": f"bytes=0-{end}"} if end >= 0 else {})
        about = kept["about"]["snippet"]
        piece = self.add(
            "post", OFFICIAL, f"{about['title']}\n\n{about['description']}", account=kept["channel"]
        )
        film = {
            "type": "video",
            "bytes": len(kept["got"]),
            "privacy": kept["about"]["status"]["privacyStatus"],
        }
        self.pieces[piece.id] = replace(piece, media=(film,))
        kept["video"] = {"kind": "youtube#video", "id": piece.id, "status": {"uploadStatus": "uploaded"}}
        return _json(kept["video"], 201)

    def _token(self, request: Request) -> Response:
        form = request.form
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _json({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
        by_code = form.get("grant_type") == "authorization_code"
        given = form.get("code") == self.code if by_code else form.get("refresh_token") == self.refresh_token
        if not given or self.official.revoked:
            text = "Bad Request" if by_code else "Token has been expired or revoked."
            return _json({"error": "invalid_grant", "error_description": text}, 400)
        token = self.restore()
        self.official.expires_at = self.clock() + 3600
        answer = {
            "access_token": token, "expires_in": 3599, "token_type": "Bearer",
            "scope": "https://www.googleapis.com/auth/youtube.force-ssl",
        }  # fmt: skip
        return _json({**answer, "refresh_token": self.refresh_token} if by_code else answer)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json; charset=UTF-8")


def _listed(kind: str, found: list[dict[str, Any]], after: str = "", total: int | None = None) -> Response:
    about = {"totalResults": len(found) if total is None else total, "resultsPerPage": len(found)}
    page = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": about, "items": found}
    return _json({**page, "nextPageToken": after} if after else page)


def _error(
    code: int, reason: str, message: str, *, domain: str = "youtube.api", status: str = ""
) -> Response:
    listed = [{"message": message, "domain": domain, "reason": reason}]
    error = {"code": code, "message": message, "errors": listed, **({"status": status} if status else {})}
    return _json({"error": error}, code)
