"""TikTok API for Business v1.3 as far as an account's videos, comments and publishing need it, with its deliveries.

After business-api.tiktok.com/portal/docs, pages 1760232109619202 (comment/list), 1762228430145538 (comment/reply/list),
1762228448779266 (comment/reply/create), 1762228474532865 (comment/hide), 1762228496095234 (video/publish),
1803630424390658 (photo/publish), 1816387106635778 (publish/status), 1810521279479810 (webhook/update),
1759978319341570 (events), 1759978341579777 (signature), 1740029171730433 (rate limits) and 1738083939371009
(authorization), as quoted by public client libraries; 2026-11-22. No third-party server exists to compare with.

Every answer has HTTP status 200 and its own code. Ids are texts in answers and numbers in deliveries; a delivery names
a writer by `unique_identifier` only, also of what the account itself wrote. A publication is a task first: it becomes
a post with `finish`, or fails.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

import orjson
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Piece, Simulated

_BASE = "/open_api/v1.3"
_SORTED = 500
"""So many comments are sorted by time; the rest come in no order."""
_FIRST_VIDEO = "7300000000000000001"
_SCOPES = "user.info.basic,user.info.username,video.list,comment.list,comment.list.manage,video.publish"


class TikTok(Simulated):
    """One account with one video to begin with."""

    platform = "tiktok"
    kinds: ClassVar[tuple[str, ...]] = ("comment",)

    def begin(self) -> None:
        self.code, self.refresh_token = "simulated-auth-code", "rft.simulated"
        self.videos: dict[str, str] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, str] = {}
        official = self.open_account(
            "_000simulasi-kota", "pemkotcontoh", "Pemerintah Kota Contoh", "act.simulated"
        )
        self.add("post", OFFICIAL, "Selamat datang di kota kami", id=_FIRST_VIDEO, account=official.id)

    def rules(self) -> Iterable[Rule]:
        for method, what, answer in (
            ("GET", "business/get", self._account),
            ("GET", "business/video/list", self._videos),
            ("GET", "business/comment/list", self._comments),
            ("GET", "business/comment/reply/list", self._reply_list),
            ("GET", "business/publish/status", self._status),
            ("POST", "business/comment/reply/create", self._reply),
            ("POST", "business/comment/hide", self._hide),
            ("POST", "business/video/publish", self._publish),
            ("POST", "business/photo/publish", self._publish),
        ):
            yield Rule(f"{_BASE}/{what}/", methods=[method], endpoint=self._opened(method, answer))
        for what, asked in (
            ("tt_user/oauth2/token", self._token),
            ("tt_user/oauth2/refresh_token", self._token),
            ("business/webhook/update", self._subscribe),
        ):
            yield Rule(f"{_BASE}/{what}/", methods=["POST"], endpoint=asked)

    # -- what citizens and TikTok do ---------------------------------------------------------------------
    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there; a comment's `parent` may be a video, which is kept apart from its thread."""
        parent = more.pop("parent", "")
        above, video = self.pieces.get(parent), _FIRST_VIDEO
        if above is not None and above.kind == "comment":
            more["parent"], video = above.root, self.videos[above.root]
        elif above is not None:
            video = above.id
        piece = super().add(kind, author, text, **more)
        if kind == "comment":
            self.videos[piece.id] = video
        return piece

    def new_id(self) -> str:
        return str(7310000000000000000 + next(self.numbers))

    def finish(self, task: str, reason: str = "") -> Piece | None:
        """This will let a publishing task end: with a public post, or for a reason with a failure."""
        with self.lock:
            kept = self.tasks[task]
            kept["status"], kept["reason"] = ("FAILED", reason) if reason else ("PUBLISH_COMPLETE", "")
            told: dict[str, Any] = {"publish_id": task, "publish_type": "DIRECT_PUBLISH"}
            if reason:
                self.hooks.append(self._signed("post.publish.failed", {**told, "reason": reason}))
                return None
            piece = self.add("post", OFFICIAL, kept["caption"], account=kept["account"])
            self.pieces[piece.id] = piece = replace(piece, media=tuple({"url": one} for one in kept["urls"]))
            kept["post_ids"] = [piece.id]
            self.hooks.append(self._signed("post.publish.complete", told))
            self.hooks.append(self._signed("post.publish.publicly_available", {**told, "post_id": piece.id}))
            return piece

    def revoke(self) -> None:
        super().revoke()
        self.hooks.append(self._signed("authorization.removed", {"reason": 1}))

    # -- deliveries --------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        action = {"create": "insert", "delete": "delete"}.get(event)
        return self._about(piece, action) if action and piece.kind == "comment" else None

    def _about(self, piece: Piece, action: str) -> Hooked:
        content: dict[str, Any] = {
            "comment_id": int(piece.id), "video_id": int(self.videos[piece.id]),
            "comment_type": "reply" if piece.parent else "comment", "comment_action": action,
            "timestamp": int(self.clock()), "unique_identifier": self._unique(piece), "text": piece.text,
        }  # fmt: skip
        if piece.parent:
            content["parent_comment_id"] = int(piece.parent)
        return self._signed("comment.update", content)

    def _signed(self, event: str, content: dict[str, Any]) -> Hooked:
        stamp = int(self.clock())
        body = orjson.dumps(
            {
                "client_key": self.client_id, "event": event, "create_time": stamp,
                "user_openid": self.official.id, "content": orjson.dumps(content).decode(),
            }
        )  # fmt: skip
        given = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Tiktok-Signature": f"t={stamp},s={given}", "Content-Type": "application/json",
            "User-Agent": "tiktok-webhook", "Webhook-Schema-Version": "v1.0",
        }  # fmt: skip
        return Hooked(body, headers)

    def _unique(self, piece: Piece) -> str:
        return "+unik/" + hashlib.sha256(piece.author.encode()).hexdigest()[:40]

    # -- refusals ----------------------------------------------------------------------------------------
    def refused(self) -> Response:
        return _answer(40100, "App reaches the QPM limit 600.")

    def failed(self) -> Response:
        return _answer(50002, "Internal service error. Please retry later.")

    def _opened(
        self, method: str, answer: Callable[[dict[str, Any]], Response]
    ) -> Callable[[Request], Response]:
        def open_(request: Request) -> Response:
            official = self.owner_of(request.headers.get("Access-Token", ""))
            if official is None or official.revoked:
                return _answer(40105, "Access token is incorrect or has been revoked.")
            if official.expires_at is not None and official.expires_at < self.clock():
                return _answer(40102, "Access token has expired.")
            given: dict[str, Any] = request.args.to_dict() if method == "GET" else _given(request)
            if given.get("business_id") != official.id:
                return _answer(40002, "business_id: Invalid value.")
            return answer(given)

        return open_

    # -- reading -----------------------------------------------------------------------------------------
    def _account(self, given: dict[str, Any]) -> Response:
        official = self.officials[given["business_id"]]
        known = {
            "username": official.handle,
            "display_name": official.name,
            "profile_image": "https://p16.tiktokcdn.com/x",
        }
        wanted = orjson.loads(given.get("fields") or '["display_name","profile_image"]')
        return _ok({key: one for key, one in known.items() if key in wanted})

    def _videos(self, given: dict[str, Any]) -> Response:
        before = int(given.get("cursor") or self.clock() * 1000 + 1)
        size = int(given.get("max_count") or 10)
        if size > 20:
            return _answer(40002, "max_count: Must be less than or equal to 20.")
        found = [
            one for one in self.pieces.values()
            if one.kind == "post" and one.ours and not one.deleted and one.at * 1000 < before
        ]  # fmt: skip
        if filters := orjson.loads(given.get("filters") or "null"):
            if len(filters["video_ids"]) > 20:
                return _answer(40002, "filters.video_ids: Length must be less than or equal to 20.")
            found = [one for one in found if one.id in filters["video_ids"]]
        found.sort(key=lambda one: (one.at, one.id), reverse=True)
        wanted = orjson.loads(given.get("fields") or '["item_id"]')
        page, more = found[:size], len(found) > size
        listed = [{key: one for key, one in self._video(piece).items() if key in wanted} for piece in page]
        cursor = int(page[-1].at * 1000) if page else 0
        return _ok({"videos": listed, "cursor": cursor, "has_more": more})

    def _video(self, piece: Piece) -> dict[str, Any]:
        handle = self.officials[piece.account].handle
        comments = sum(
            1 for key, video in self.videos.items() if video == piece.id and not self.pieces[key].deleted
        )
        return {
            "item_id": piece.id, "caption": piece.text, "create_time": str(int(piece.at)), "media_type": "VIDEO",
            "share_url": f"https://www.tiktok.com/@{handle}/video/{piece.id}?utm_source=1",
            "thumbnail_url": "https://p16-sign.tiktokcdn.com/x?x-expires=1", "likes": self.figure(piece, "likes"),
            "comments": self.figure(piece, "comments", comments), "shares": self.figure(piece, "shares"),
            "video_views": self.figure(piece, "views"), "reach": self.figure(piece, "reach"),
            "favorites": self.figure(piece, "saves"),
        }  # fmt: skip

    def _comments(self, given: dict[str, Any]) -> Response:
        video = given.get("video_id", "")
        if video not in self.pieces:
            return _answer(40002, "video_id: The video does not exist.")
        ids = orjson.loads(given.get("comment_ids") or "[]")
        found = [
            one for one in self._standing()
            if self.videos[one.id] == video and (one.id in ids if ids else not one.parent)
        ]  # fmt: skip
        return self._paged(given, found)

    def _reply_list(self, given: dict[str, Any]) -> Response:
        above = self.pieces.get(given.get("comment_id", ""))
        if above is None or above.deleted:
            return _answer(40002, "comment_id: The comment does not exist.")
        return self._paged(given, [one for one in self._standing() if one.parent == above.id])

    def _standing(self) -> list[Piece]:
        return [one for one in self.pieces.values() if one.kind == "comment" and not one.deleted]

    def _paged(self, given: dict[str, Any], found: list[Piece]) -> Response:
        size, start = int(given.get("max_count") or 20), int(given.get("cursor") or 0)
        if size > 30:
            return _answer(40002, "max_count: Must be less than or equal to 30.")
        if given.get("status") == "PUBLIC":
            found = [one for one in found if not one.hidden]
        if given.get("sort_field") == "create_time":
            found.sort(key=lambda one: (one.at, one.id), reverse=given.get("sort_order") == "desc")
            found[_SORTED:] = sorted(found[_SORTED:], key=lambda one: zlib.crc32(one.id.encode()))
        page = [self._comment(one) for one in found[start : start + size]]
        return _ok({"comments": page, "cursor": start + len(page), "has_more": start + size < len(found)})

    def _comment(self, piece: Piece) -> dict[str, Any]:
        official = self.officials[piece.account or self.official.id]
        replies = sum(1 for one in self._standing() if one.parent == piece.id)
        comment: dict[str, Any] = {
            "comment_id": piece.id, "video_id": self.videos[piece.id], "user_id": "x", "text": piece.text,
            "unique_identifier": self._unique(piece), "create_time": str(int(piece.at)), "likes": 0,
            "replies": replies, "owner": piece.ours, "liked": False, "pinned": False,
            "status": "HIDDEN" if piece.hidden else "PUBLIC",
            "username": official.handle if piece.ours else piece.author,
            "display_name": official.name if piece.ours else piece.author.replace("_", " ").title(),
            "profile_image": "https://p16-sign.tiktokcdn.com/y?x-expires=1",
        }  # fmt: skip
        return {**comment, "parent_comment_id": piece.parent} if piece.parent else comment

    # -- writing -----------------------------------------------------------------------------------------
    def _reply(self, given: dict[str, Any]) -> Response:
        above, text = self.pieces.get(str(given.get("comment_id") or "")), str(given.get("text") or "")
        if above is None or above.deleted or self.videos.get(above.id) != given.get("video_id"):
            return _answer(40002, "comment_id: The comment does not exist.")
        if not text or len(text) > 150:
            return _answer(40002, "text: Length must be between 1 and 150.")
        piece = self.add("comment", OFFICIAL, text, parent=above.id, account=given["business_id"])
        self.emit("create", piece)
        about = {"comment_id": piece.id, "parent_comment_id": piece.parent, "video_id": self.videos[piece.id]}
        return _ok(
            {
                **about,
                "text": text,
                "create_time": str(int(piece.at)),
                "unique_identifier": self._unique(piece),
            }
        )

    def _hide(self, given: dict[str, Any]) -> Response:
        piece = self.pieces.get(str(given.get("comment_id") or ""))
        if piece is None or piece.deleted or self.videos.get(piece.id) != given.get("video_id"):
            return _answer(40002, "comment_id: The comment does not exist.")
        if given.get("action") not in {"HIDE", "UNHIDE"}:
            return _answer(40002, "action: Must be one of HIDE, UNHIDE.")
        hidden = given["action"] == "HIDE"
        self.pieces[piece.id] = piece = replace(piece, hidden=hidden)
        self.hooks.append(self._about(piece, "set_to_hidden" if hidden else "set_to_public"))
        return _ok({})

    def _publish(self, given: dict[str, Any]) -> Response:
        urls = given.get("photo_images") or [given.get("video_url") or ""]
        if not all(one.startswith("https://") for one in urls) or len(urls) > 35:
            return _answer(40002, "url_ownership_unverified")
        kind = "p" if given.get("photo_images") else "v"
        task = f"{kind}_pub_url~v1.{self.new_id()}"
        caption = str((given.get("post_info") or {}).get("caption") or "")
        self.tasks[task] = {
            "status": "PROCESSING_DOWNLOAD", "caption": caption, "urls": urls, "account": given["business_id"],
        }  # fmt: skip
        return _ok({"share_id": task})

    def _status(self, given: dict[str, Any]) -> Response:
        task = self.tasks.get(given.get("publish_id", ""))
        if task is None:
            return _answer(40002, "publish_id: Invalid value.")
        return _ok({key: task[key] for key in ("status", "reason", "post_ids") if task.get(key)})

    # -- the app itself ----------------------------------------------------------------------------------
    def _token(self, request: Request) -> Response:
        given = _given(request)
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            return _answer(40101, "App_id and secret are inconsistent.")
        if given.get("grant_type") == "authorization_code":
            if given.get("auth_code") != self.code:
                return _answer(40110, "Auth_code is invalid.")
        elif given.get("refresh_token") != self.refresh_token or self.official.revoked:
            return _answer(40107, "Refresh token is incorrect.")
        token = self.restore()
        self.official.expires_at = self.clock() + 86_400
        self.refresh_token += "+"
        return _ok(
            {
                "access_token": token, "token_type": "Bearer", "scope": _SCOPES, "expires_in": 86_400,
                "refresh_token": self.refresh_token, "refresh_token_expires_in": 31_536_000,
                "open_id": self.official.id,
            }
        )  # fmt: skip

    def _subscribe(self, request: Request) -> Response:
        given = _given(request)
        if (given.get("app_id"), given.get("secret")) != (self.client_id, self.client_secret):
            return _answer(40101, "App_id and secret are inconsistent.")
        if given.get("event_type") not in {"COMMENT", "VIDEO", "DIRECT_MESSAGE", "BRAND_MENTION"}:
            return _answer(40002, "event_type: Invalid value.")
        self.subscriptions[given["event_type"]] = str(given.get("callback_url") or "")
        return _ok({key: given[key] for key in ("app_id", "event_type", "callback_url")})


def _given(request: Request) -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


def _ok(data: dict[str, Any]) -> Response:
    return _answer(0, "OK", data)


def _answer(code: int, message: str, data: dict[str, Any] | None = None) -> Response:
    body = {"code": code, "message": message, "request_id": "20261122000000SIMULASI", "data": data or {}}
    return Response(orjson.dumps(body), content_type="application/json")
