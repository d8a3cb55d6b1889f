"""A simulated Threads: posts, replies, mentions, publishing in two steps, hiding, keyword search, and signed hooks.

Built from developers.facebook.com/documentation/threads: webhooks (one object with `values`, a list as recorded
deliveries have it; replies, mentions, delete and publish, none of edits), posts and reference/publishing (container,
status, threads_publish), reply-management (manage_reply for top-level replies only), reference/reply-management
(replies, conversation), threads-mentions, keyword-search, get-started/long-lived-tokens, troubleshooting
(threads_publishing_limit, container states), overview (500 characters with emoji in bytes, 5 links); seen 2026-11-22.

The first account's first post stands there from the beginning.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Official, Piece
from tanggap.simulator.platforms.meta_graph import (
    GraphError,
    answer,
    gone,
    newest_first,
    time_of,
    token_of,
)
from tanggap.simulator.platforms.meta_insights import insights
from tanggap.simulator.platforms.meta_logins import DAY, OwnLogin

_LINKS = re.compile(r"https?://\S+")


class SimulatedThreads(OwnLogin):
    """Threads with one official account; `processing` is how many looks a picture's container needs to get ready."""

    platform = "threads"
    prefix, mark, making = "th", "THAA", "threads"
    kinds = ("comment", "mention")
    rate_code = 4
    usage_type = "threads"
    permissions = (
        "threads_basic", "threads_content_publish", "threads_read_replies", "threads_manage_replies",
        "threads_manage_mentions", "threads_keyword_search", "threads_manage_insights", "threads_delete",
    )  # fmt: skip

    def begin(self) -> None:
        """This will open the account @pemkot.tirtakencana and its first post."""
        self.containers: dict[str, dict[str, Any]] = {}
        self.processing = 0
        self.removed: list[float] = []
        self.app_id = "990602627938098"
        account = self.open_account(
            "26412345678901234", "@pemkot.tirtakencana", "Pemkot Tirtakencana", self.new_token()
        )
        self.first_post = self.add("post", OFFICIAL, "Selamat datang di Threads kami.", account=account.id).id

    def rules(self) -> Iterable[Rule]:
        """This will return the routes of graph.threads.net."""
        get, post = ["GET"], ["POST"]
        return [
            *self.login_rules(),
            Rule("/debug_token", endpoint=self._debugged, methods=get),
            Rule("/keyword_search", endpoint=self._searched, methods=get),
            Rule("/<user>/threads", endpoint=self._threads, methods=get),
            Rule("/<user>/threads", endpoint=self._container, methods=post),
            Rule("/<user>/threads_publish", endpoint=self._publish, methods=post),
            Rule("/<user>/threads_publishing_limit", endpoint=self._limit, methods=get),
            Rule("/<user>/mentions", endpoint=self._mentions, methods=get),
            Rule("/<key>/replies", endpoint=self._replies, methods=get),
            Rule("/<key>/conversation", endpoint=self._conversation, methods=get),
            Rule("/<key>/manage_reply", endpoint=self._manage, methods=post),
            Rule("/<key>/insights", endpoint=self._insights, methods=get),
            Rule("/<key>", endpoint=self._node, methods=get),
            Rule("/<key>", endpoint=self._remove, methods=["DELETE"]),
        ]

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there; a comment without a parent answers the account's first post."""
        if kind == "comment" and not more.get("parent"):
            more["parent"] = self.first_post
        return super().add(kind, author, text, **more)

    def new_id(self) -> str:
        """This will return an id as Threads forms them."""
        return str(17_900_000_000_000_000 + next(self.numbers))

    # -- hooks ---------------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        """This will tell of replies to own posts, mentions, and own posts published or deleted; never of edits."""
        if event == "edit" or (event == "delete" and not piece.ours):
            return None
        value: dict[str, Any]
        if event == "delete":
            field, target = "delete", piece.id
            value = {
                "id": piece.id, "owner": {"owner_id": piece.account}, "deleted_at": time_of(self.clock()),
                "timestamp": time_of(piece.at), "username": self._name(piece),
            }  # fmt: skip
        elif piece.kind == "comment":
            field, target = "replies", piece.parent
            root = self.pieces[piece.root]
            known = {
                "id",
                "username",
                "text",
                "media_type",
                "permalink",
                "replied_to",
                "shortcode",
                "timestamp",
            }
            value = {key: one for key, one in self.shape(piece).items() if key in known}
            value["root_post"] = {"id": root.id, "owner_id": root.account, "username": self._name(root)}
        elif piece.kind == "mention":
            field, target, value = "mentions", piece.account, self.shape(piece)
        else:
            field, target = "publish", piece.account
            known = {"id", "media_type", "permalink", "timestamp", "username"}
            value = {key: one for key, one in self.shape(piece).items() if key in known}
        body = {
            "app_id": self.app_id, "topic": "interaction" if field in {"mentions", "publish"} else "moderate",
            "target_id": target, "time": int(self.clock()), "subscription_id": "234567", "has_uid_field": False,
            "values": [{"value": value, "field": field}],
        }  # fmt: skip
        return self._signed(json.dumps(body).encode())

    def shape(self, piece: Piece) -> dict[str, Any]:
        """This will return a piece as a Threads media object."""
        name = self._name(piece)
        short = hashlib.sha256(piece.id.encode()).hexdigest()[:11]
        found: dict[str, Any] = {
            "id": piece.id, "media_product_type": "THREADS", "media_type": "TEXT_POST", "text": piece.text,
            "username": name, "permalink": f"https://www.threads.com/@{name}/post/{short}", "shortcode": short,
            "timestamp": time_of(piece.at), "is_quote_post": False, "is_reply": bool(piece.parent),
            "has_replies": any(one.parent == piece.id and not one.deleted for one in self.pieces.values()),
            "hide_status": "HIDDEN" if piece.hidden else "NOT_HUSHED", "is_reply_owned_by_me": piece.ours,
        }  # fmt: skip
        if piece.parent:
            found |= {"replied_to": {"id": piece.parent}, "root_post": {"id": piece.root}}
        for one in piece.media[:1]:
            found |= {"media_type": one["kind"], "media_url": one["url"], "alt_text": one.get("alt", "")}
        if len(piece.media) > 1:
            inside = [{"id": f"{piece.id}{n}", "media_type": one["kind"], "media_url": one["url"]}
                      for n, one in enumerate(piece.media)]  # fmt: skip
            found |= {"media_type": "CAROUSEL_ALBUM", "children": {"data": inside}}
        return found

    def _name(self, piece: Piece) -> str:
        return self.officials[piece.account].handle.lstrip("@") if piece.ours else piece.author

    # -- reading -------------------------------------------------------------------------------------------
    def _mine(self, request: Request, user: str) -> Official:
        official = self.official_of(request)
        if user not in {"me", official.id}:
            raise gone(user)
        return official

    def _shown(self, request: Request, pieces: Iterable[Piece], most: int = 100) -> Response:
        since, until = request.args.get("since"), request.args.get("until")
        kept = newest_first(
            pieces,
            lambda one: (not since or one.at >= int(since)) and (not until or one.at <= int(until)),
        )
        page = self.listed(request, [self.shape(one) for one in kept], most)
        body = json.loads(page.get_data())
        body.get("paging", {}).pop("next", None)  # Threads gives cursors only
        return answer(body)

    def _node(self, request: Request, key: str) -> Response:
        official = self.official_of(request)
        if key in {"me", official.id}:
            node = {"id": official.id, "username": official.handle.lstrip("@"), "name": official.name}
        elif key in self.containers:
            node = self._state(key)
        else:
            piece = self.pieces.get(key)
            if piece is None or piece.deleted:
                raise gone(key)
            node = self.shape(piece)
        asked = {"id", *request.args.get("fields", "id").split(",")}
        return answer({name: one for name, one in node.items() if name in asked})

    def _insights(self, request: Request, key: str) -> Response:
        piece = self._own(request, key, "threads_manage_insights")
        replies = sum(one.root == key and one.id != key and not one.deleted for one in self.pieces.values())
        shares = self.figure(piece, "shares")
        told = {name: self.figure(piece, name) for name in ("views", "likes")}
        told |= {
            "replies": self.figure(piece, "comments", replies),
            "shares": shares and 0,
            "quotes": shares and 1,
        }
        return insights(request, key, {**told, "reposts": shares and shares - 1})

    def _remove(self, request: Request, key: str) -> Response:
        piece = self._own(request, key, "threads_delete")
        since = self.clock() - DAY
        self.removed = [at for at in self.removed if at > since]
        if len(self.removed) >= 100:
            raise GraphError(4, "Application request limit reached", status=403)
        self.removed.append(self.clock())
        self.pieces[key] = replace(piece, deleted=True)
        self.emit("delete", piece)
        return answer({"success": True, "deleted_id": key})

    def _own(self, request: Request, key: str, permission: str) -> Piece:
        official = self.official_of(request)
        self.need("threads_basic", permission)
        piece = self.pieces.get(key)
        if piece is None or piece.deleted or not piece.ours or piece.account != official.id:
            raise gone(key)
        return piece

    def _state(self, key: str) -> dict[str, Any]:
        kept = self.containers[key]
        kept["looks"] += 1
        state = kept["state"] if kept["looks"] > kept["needs"] else "IN_PROGRESS"
        return {"id": key, "status": state, **({"error_message": kept["why"]} if state == "ERROR" else {})}

    def _threads(self, request: Request, user: str) -> Response:
        me = self._mine(request, user)
        self.need("threads_basic")
        return self._shown(
            request, (one for one in self.pieces.values() if one.kind == "post" and one.account == me.id)
        )

    def _mentions(self, request: Request, user: str) -> Response:
        me = self._mine(request, user)
        self.need("threads_manage_mentions")
        return self._shown(
            request, (one for one in self.pieces.values() if one.kind == "mention" and one.account == me.id)
        )

    def _replies(self, request: Request, key: str) -> Response:
        me = self.official_of(request)
        self.need("threads_read_replies")
        every = self.pieces.values()
        if key in {"me", me.id}:
            return self._shown(request, (one for one in every if one.ours and one.parent))
        return self._shown(request, (one for one in every if one.parent == key))

    def _conversation(self, request: Request, key: str) -> Response:
        self.official_of(request)
        self.need("threads_read_replies")
        if key not in self.pieces or self.pieces[key].deleted:
            raise gone(key)
        return self._shown(
            request, (one for one in self.pieces.values() if one.root == key and one.id != key)
        )

    def _searched(self, request: Request) -> Response:
        self.official_of(request)
        self.need("threads_basic")
        words = request.args.get("q", "").casefold().split()
        public = "threads_keyword_search" in self.granted
        return self._shown(
            request,
            (
                one for one in self.pieces.values()
                if not one.parent and (public or one.ours) and all(word in one.text.casefold() for word in words)
            ),
        )  # fmt: skip

    def _limit(self, request: Request, user: str) -> Response:
        self._mine(request, user)
        self.need("threads_basic", "threads_content_publish")
        node = {
            "quota_usage": self._used("post"), "config": {"quota_total": 250, "quota_duration": DAY},
            "reply_quota_usage": self._used("comment"), "reply_config": {"quota_total": 1000, "quota_duration": DAY},
        }  # fmt: skip
        asked = request.args.get("fields", "quota_usage").split(",")
        return answer({"data": [{name: one for name, one in node.items() if name in asked}]})

    def _used(self, kind: str) -> int:
        since = self.clock() - DAY
        made = [one for one in self.pieces.values() if one.ours and one.reference and one.at >= since]
        return sum(one.kind == kind for one in made)

    # -- writing -------------------------------------------------------------------------------------------
    def _container(self, request: Request, user: str) -> Response:
        self._mine(request, user)
        self.need("threads_basic", "threads_content_publish")
        form = request.values.to_dict()
        kind, text = form.get("media_type", ""), form.get("text", "")
        if kind == "TEXT" and not text:
            raise GraphError(100, "(#100) Param text is required.")
        if length(text) > 500:
            raise GraphError(100, "(#100) Param text must be at most 500 characters long.")
        if len(set(_LINKS.findall(text))) > 5:
            raise GraphError(100, "THREADS_API__LINK_LIMIT_EXCEEDED", subcode=4279063)
        if parent := form.get("reply_to_id"):
            self.need("threads_manage_replies")
            if parent not in self.pieces or self.pieces[parent].deleted:
                raise gone(parent)
        wanted = {"IMAGE": "image_url", "VIDEO": "video_url", "CAROUSEL": "children"}.get(kind)
        if wanted and not form.get(wanted):
            raise GraphError(100, f"(#100) Param {wanted} is required.")
        if kind not in {"TEXT", "IMAGE", "VIDEO", "CAROUSEL"}:
            raise GraphError(100, "(#100) Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}.")
        key = self.new_id()
        bad = "rusak" in form.get("video_url", "") + form.get("image_url", "")
        self.containers[key] = {
            **form, "looks": 0, "needs": 0 if kind == "TEXT" else self.processing, "at": self.clock(),
            "state": "ERROR" if bad else "FINISHED", "why": "FAILED_DOWNLOADING_VIDEO",
        }  # fmt: skip
        return answer({"id": key})

    def _publish(self, request: Request, user: str) -> Response:
        me = self._mine(request, user)
        key = request.values.get("creation_id", "")
        kept = self.containers.get(key)
        if kept is None or kept["at"] < self.clock() - DAY or self._state(key)["status"] != "FINISHED":
            raise GraphError(
                24, "The requested resource does not exist", subcode=4279009,
                user_message=f"The media with id {key} cannot be found.",
            )  # fmt: skip
        parent = kept.get("reply_to_id", "")
        if self._used("comment" if parent else "post") >= (1000 if parent else 250):
            raise GraphError(4, "Application request limit reached", subcode=2207042, status=403)
        del self.containers[key]
        piece = self.add(
            "comment" if parent else "post", OFFICIAL, kept.get("text", ""), parent=parent, account=me.id,
            reference=key, media=tuple(self._media(kept)),
        )  # fmt: skip
        self.emit("create", piece)
        return answer({"id": piece.id})

    def _media(self, kept: dict[str, Any]) -> Iterable[dict[str, Any]]:
        if kept["media_type"] == "CAROUSEL":
            for child in kept["children"].split(","):
                yield from self._media(self.containers.pop(child))
        elif kept["media_type"] != "TEXT":
            url = kept.get("image_url") or kept.get("video_url")
            yield {"kind": kept["media_type"], "url": url, "alt": kept.get("alt_text", "")}

    def _manage(self, request: Request, key: str) -> Response:
        me = self.official_of(request)
        self.need("threads_manage_replies")
        piece = self.pieces.get(key)
        if piece is None or piece.deleted:
            raise gone(key)
        root = self.pieces.get(piece.root)
        if root is None or not root.ours or root.account != me.id or piece.parent != root.id:
            raise GraphError(100, "(#100) Only top-level replies to the user's own posts can be hidden.")
        self.pieces[key] = replace(piece, hidden=request.values.get("hide") == "true")
        return answer({"success": True})

    # -- tokens --------------------------------------------------------------------------------------------
    def _debugged(self, request: Request) -> Response:
        self.official_of(request)
        owner = self.owner_of(request.args.get("input_token", ""))
        if owner is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        ends = int(owner.expires_at) if owner.expires_at else 0
        return answer(
            {"data": {"type": "USER", "is_valid": token_of(request) == owner.token, "expires_at": ends}}
        )


def length(text: str) -> int:
    """This will count as Threads says: emoji as their UTF-8 bytes, all else as characters."""
    return sum(len(sign.encode()) if unicodedata.category(sign) == "So" else 1 for sign in text)
