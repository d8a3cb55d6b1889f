"""A simulated Instagram: media, comments, mentions, tags, messages, private replies, publishing, hashtags, hooks.

Built from developers.facebook.com/documentation/instagram-platform (seen 2026-11-22): webhooks/examples (comments,
mentions with ids only, messages, message_edit, messaging_seen; nothing of comments edited or deleted),
instagram-graph-api/reference (ig-user/media, tags, mentioned_comment, mentioned_media, mentions,
content_publishing_limit, ig-media/comments with 50 a page, ig-comment/replies, ig-hashtag-search,
ig-hashtag/recent-media, error-codes), private-replies, content-publishing, instagram-api-with-instagram-login
(business-login, conversations-api, messaging-api), reference/access_token and refresh_access_token; self messages and
comments as …/docs/instagram-platform/self-messaging shows them.

The account's first media stands there from the beginning. A comment without a parent is said below it; a mention
without one is a caption on somebody else's media, with one a comment there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Official, Piece
from tanggap.simulator.platforms.instagram_shapes import InstagramShapes, scoped
from tanggap.simulator.platforms.meta_graph import (
    GraphError,
    answer,
    gone,
    names_of,
    newest_first,
    picked,
    time_of,
)
from tanggap.simulator.platforms.meta_logins import DAY

_NAMED = re.compile(r"mentioned_(comment|media)\.(?:comment|media)_id\((\d+)\)\{([^}]*)\}")


class SimulatedInstagram(InstagramShapes):
    """Instagram with one official account; `processing` is how many looks a container needs to get ready."""

    platform = "instagram"
    kinds = ("comment", "mention", "message")
    prefix, mark, making = "ig", "IGAA", "media"
    permissions = (
        "instagram_business_basic", "instagram_business_manage_comments", "instagram_business_manage_messages",
        "instagram_business_content_publish", "instagram_public_content_access", "human_agent",
        "instagram_business_manage_insights",
    )  # fmt: skip

    def begin(self) -> None:
        """This will open the account @pemkot.tirtakencana and its first media."""
        self.containers: dict[str, dict[str, Any]] = {}
        self.hashtags: dict[str, str] = {}
        self.private: set[str] = set()
        self.processing, self.quota = 0, 100
        account = self.open_account(
            "17841405822304914", "@pemkot.tirtakencana", "Pemkot Tirtakencana", self.new_token()
        )
        picture = {"kind": "IMAGE", "url": "https://gambar.example/balai-kota.jpg"}
        self.first_post = self.add(
            "post", OFFICIAL, "Balai kota hari ini.", account=account.id, media=(picture,)
        ).id

    def rules(self) -> Iterable[Rule]:
        """This will return the routes of graph.instagram.com, and of graph.facebook.com for hashtags."""
        get, post = ["GET"], ["POST"]
        shared = [one for one in self.shared_rules() if one.rule == "/<account>/subscribed_apps"]
        return [
            *shared,
            *self.login_rules(),
            Rule("/ig_hashtag_search", endpoint=self._hashtag, methods=get),
            Rule("/<key>/recent_media", endpoint=self._recent, methods=get),
            Rule("/me/conversations", endpoint=self._conversations, methods=get),
            Rule("/me/messages", endpoint=self._write, methods=post),
            Rule("/<user>/media", endpoint=self._media, methods=get),
            Rule("/<user>/media", endpoint=self._container, methods=post),
            Rule("/<user>/media_publish", endpoint=self._publish, methods=post),
            Rule("/<user>/content_publishing_limit", endpoint=self._limit, methods=get),
            Rule("/<user>/tags", endpoint=self._tags, methods=get),
            Rule("/<user>/mentions", endpoint=self._answer_mention, methods=post),
            Rule("/<key>/comments", endpoint=self._comments, methods=["GET", "POST"]),
            Rule("/<key>/replies", endpoint=self._replies, methods=get),
            Rule("/<key>/replies", endpoint=self._reply, methods=post),
            Rule("/<key>/insights", endpoint=self.insights, methods=get),
            Rule("/<key>", endpoint=self._node, methods=get),
            Rule("/<key>", endpoint=self._change, methods=post),
        ]

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there, where its kind stands."""
        if kind == "comment":
            above = self.pieces.get(more.get("parent") or self.first_post)
            parent = above.id if above else self.first_post
            # Answers to answers stand below the top-level comment.
            if above and above.kind == "comment" and above.parent != above.root:
                parent = above.parent
            more["parent"] = parent
        elif kind == "message":
            number = next(self.numbers)
            more.setdefault(
                "id", base64.urlsafe_b64encode(f"aWdfZAG{number:09}".encode()).decode().rstrip("=")
            )
            more.setdefault("root", f"dm-{more.pop('partner', author)}")
        return super().add(kind, author, text, **more)

    def new_id(self) -> str:
        """This will return an id as Instagram forms them."""
        return str(17_860_000_000_000_000 + next(self.numbers))

    # -- reading -------------------------------------------------------------------------------------------
    def _mine(self, request: Request, user: str, *permissions: str) -> Official:
        official = self.official_of(request)
        if user not in {"me", official.id}:
            raise gone(user)
        self.need("instagram_business_basic", *permissions)
        return official

    def _standing(self, key: str, *kinds: str) -> Piece:
        piece = self.pieces.get(key)
        if piece is None or piece.deleted or piece.kind not in kinds:
            raise gone(key)
        return piece

    def _node(self, request: Request, key: str) -> Response:
        official = self.official_of(request)
        fields = request.args.get("fields", "")
        if key in {"me", official.id}:
            return answer(self._me(official, fields))
        if key in self.containers:
            return answer(picked(self._state(key), fields))
        piece = self._standing(key, "post", "comment", "message", "tag")
        if piece.kind == "comment":
            self.need("instagram_business_manage_comments")
            return answer(self.comment_shape(piece, fields))
        shape = self.message_shape(piece) if piece.kind == "message" else self.media_shape(piece)
        return answer(picked(shape, fields))

    def _me(self, official: Official, fields: str) -> dict[str, Any]:
        found: dict[str, Any] = {"id": official.id}
        for kind, key, asked in _NAMED.findall(fields):
            self.need("instagram_business_manage_comments")
            piece = self._standing(key, "mention", "comment")
            if kind == "comment":
                node = self.comment_shape(piece, "")
                node["media"] = {"id": piece.root}
                node.pop("from")
            else:
                node = self.media_shape(piece)
            found[f"mentioned_{kind}"] = picked(node, asked)
        node = {
            "id": scoped(official.id), "user_id": official.id, "username": official.handle.lstrip("@"),
            "name": official.name, "account_type": "BUSINESS",
        }  # fmt: skip
        wanted = set(names_of(fields))
        return {**{name: one for name, one in node.items() if name in wanted or name == "id"}, **found}

    def _media(self, request: Request, user: str) -> Response:
        me = self._mine(request, user)
        kept = newest_first(self.pieces.values(), lambda one: one.kind == "post" and one.account == me.id)
        return self.listed(request, [self.media_shape(one) for one in kept])

    def _tags(self, request: Request, user: str) -> Response:
        me = self._mine(request, user, "instagram_business_manage_comments")
        kept = newest_first(self.pieces.values(), lambda one: one.kind == "tag" and one.account == me.id)
        return self.listed(request, [self.media_shape(one) for one in kept])

    def _comments(self, request: Request, key: str) -> Response:
        me = self.official_of(request)
        self.need("instagram_business_manage_comments")
        self._standing(key, "post")
        if request.method == "POST":
            return self._said("comment", request.values.get("message", ""), parent=key, account=me.id)
        return self._listed_comments(request, key)

    def _replies(self, request: Request, key: str) -> Response:
        self.official_of(request)
        self.need("instagram_business_manage_comments")
        self._standing(key, "comment")
        return self._listed_comments(request, key)

    def _listed_comments(self, request: Request, parent: str) -> Response:
        kept = newest_first(self.pieces.values(), lambda one: one.kind == "comment" and one.parent == parent)
        fields = request.args.get("fields", "id,text,timestamp")
        return self.listed(request, [self.comment_shape(one, fields) for one in kept], most=50)

    def _conversations(self, request: Request) -> Response:
        me = self.official_of(request)
        self.need("instagram_business_manage_messages")
        if request.args.get("platform") != "instagram":
            raise GraphError(100, "(#100) Param platform must be one of {MESSENGER, INSTAGRAM}")
        talks: dict[str, list[Piece]] = {}
        kept = newest_first(self.pieces.values(), lambda one: one.kind == "message" and one.account == me.id)
        for one in kept:
            talks.setdefault(one.root, []).append(one)
        wanted = request.args.get("user_id")
        nodes = [
            {
                "id": f"aWdf{scoped(root)}", "updated_time": time_of(said[0].at),
                "participants": {"data": [
                    {"id": me.id, "username": me.handle.lstrip("@")},
                    {"id": scoped(root.removeprefix("dm-")), "username": root.removeprefix("dm-")},
                ]},
                "messages": {"data": [self.message_shape(one) for one in said[:20]]},
            }
            for root, said in talks.items()
            if wanted in {None, scoped(root.removeprefix("dm-"))}
        ]  # fmt: skip
        return self.listed(request, nodes)

    def _hashtag(self, request: Request) -> Response:
        me = self.official_of(request)
        self.need("instagram_public_content_access")
        if request.args.get("user_id") != me.id:
            raise GraphError(100, "(#100) Param user_id must be the user's id")
        tag = request.args.get("q", "").casefold()
        if not tag.isalnum():
            raise GraphError(100, "(#100) Param q must be a hashtag")
        key = str(17_843_000_000_000_000 + int(hashlib.sha256(tag.encode()).hexdigest()[:9], 16))
        if key not in self.hashtags and len(self.hashtags) >= 30:
            raise GraphError(
                18, "(#18) This api call has exceeded the limit of 30 unique hashtags", subcode=2207034
            )
        self.hashtags[key] = tag
        return answer({"data": [{"id": key}]})

    def _recent(self, request: Request, key: str) -> Response:
        self.official_of(request)
        self.need("instagram_public_content_access")
        if key not in self.hashtags:
            raise gone(key)
        if "username" in request.args.get("fields", ""):
            raise GraphError(100, "(#100) Tried accessing nonexisting field (username)")
        mark = f"#{self.hashtags[key]}"
        kept = newest_first(
            self.pieces.values(),
            lambda one: (
                one.kind in {"post", "foreign", "tag", "mention"} and not one.parent
                and mark in one.text.casefold().split() and one.at >= self.clock() - DAY
            ),
        )  # fmt: skip
        return self.listed(request, [self.media_shape(one) for one in kept], most=50)

    def _limit(self, request: Request, user: str) -> Response:
        self._mine(request, user, "instagram_business_content_publish")
        node = {"quota_usage": self._used(), "config": {"quota_total": self.quota, "quota_duration": DAY}}
        asked = request.args.get("fields", "quota_usage").split(",")
        return answer({"data": [{name: one for name, one in node.items() if name in asked}]})

    def _used(self) -> int:
        since = self.clock() - DAY
        return sum(
            one.kind == "post" and bool(one.reference) and one.at >= since for one in self.pieces.values()
        )

    # -- writing -------------------------------------------------------------------------------------------
    def _reply(self, request: Request, key: str) -> Response:
        me = self.official_of(request)
        self.need("instagram_business_manage_comments")
        piece = self._standing(key, "comment")
        if piece.hidden:
            raise GraphError(100, "(#100) Cannot reply to a hidden comment.")
        return self._said("comment", request.values.get("message", ""), parent=piece.id, account=me.id)

    def _answer_mention(self, request: Request, user: str) -> Response:
        me = self._mine(request, user, "instagram_business_manage_comments")
        given = request.values
        piece = self._standing(given.get("comment_id") or given.get("media_id", ""), "mention")
        if piece.root != given.get("media_id"):
            raise gone(given.get("media_id", ""))
        return self._said("mention", given.get("message", ""), parent=piece.id, account=me.id, quiet=True)

    def _said(self, kind: str, text: str, *, quiet: bool = False, **more: Any) -> Response:
        if not text:
            raise GraphError(100, "(#100) The parameter message is required.")
        if len(text) > 2200:
            raise GraphError(100, "(#100) The comment is too long.")
        piece = self.add(kind, OFFICIAL, text, **more)
        if not quiet:
            self.emit("create", piece)
        return answer({"id": piece.id})

    def _change(self, request: Request, key: str) -> Response:
        self.official_of(request)
        self.need("instagram_business_manage_comments")
        piece = self._standing(key, "comment")
        if "hide" not in request.values:
            raise GraphError(100, "(#100) The parameter hide is required.")
        self.pieces[key] = replace(piece, hidden=request.values["hide"] == "true")
        return answer({"success": True})

    def _write(self, request: Request) -> Response:
        me = self.official_of(request)
        self.need("instagram_business_manage_messages")
        given = request.get_json()
        text = given["message"]["text"]
        if len(text.encode()) > 1000:
            raise GraphError(
                100,
                "(#100) Length of param message[text] must be less than or equal to 1000",
                subcode=2534007,
            )
        parent = str(given["recipient"].get("comment_id", ""))
        person = self._answered_privately(parent) if parent else self._talking(given)
        piece = self.add("message", OFFICIAL, text, parent=parent, partner=person, account=me.id)
        self.emit("create", piece)
        return answer({"recipient_id": scoped(person), "message_id": piece.id})

    def _answered_privately(self, comment: str) -> str:
        piece = self._standing(comment, "comment")
        if comment in self.private:
            raise GraphError(10900, "(#10900) Activity already replied to", subcode=2534025)
        if piece.at < self.clock() - 7 * DAY:
            raise GraphError(10903, "(#10903) This user cant reply to this activity")
        self.private.add(comment)
        return piece.author

    def _talking(self, given: Mapping[str, Any]) -> str:
        wanted = given["recipient"]["id"]
        theirs = [one for one in self.pieces.values() if one.kind == "message" and not one.ours]
        mine = [one for one in theirs if scoped(one.author) == wanted]
        if not mine:
            raise GraphError(100, "(#100) No matching user found", subcode=2534014)
        age = self.clock() - max(one.at for one in mine)
        if given.get("tag") == "HUMAN_AGENT":
            self.need("human_agent")
            age -= 6 * DAY
        if age > DAY:
            raise GraphError(
                10, "(#10) This message is sent outside of allowed window.", subcode=2534022, status=403
            )
        return mine[0].author

    def _container(self, request: Request, user: str) -> Response:
        self._mine(request, user, "instagram_business_content_publish")
        form = request.values.to_dict()
        kind = form.get("media_type", "IMAGE")
        wanted = {"IMAGE": "image_url", "CAROUSEL": "children"}.get(kind, "video_url")
        if kind not in {"IMAGE", "VIDEO", "REELS", "CAROUSEL", "STORIES"} or not form.get(wanted):
            raise GraphError(100, f"(#100) The parameter {wanted} is required.")
        if kind == "VIDEO" and form.get("is_carousel_item") != "true":
            raise GraphError(
                100, "(#100) The media type VIDEO is no longer supported. Use REELS.", subcode=2207067
            )
        if len(form.get("caption", "")) > 2200:
            raise GraphError(100, "The caption was too long.", subcode=2207010)
        link = form.get("image_url") or form.get("video_url") or ""
        if "tidak-ada" in link:
            raise GraphError(
                9004, "The media could not be fetched from this URI", subcode=2207052,
                user_message=f"The media could not be fetched from this URI: {link}",
            )  # fmt: skip
        key = self.new_id()
        self.containers[key] = {
            **form, "media_type": kind, "looks": 0, "at": self.clock(),
            "needs": 0 if kind == "IMAGE" else self.processing, "ends": "ERROR" if "rusak" in link else "FINISHED",
        }  # fmt: skip
        return answer({"id": key})

    def _state(self, key: str) -> dict[str, Any]:
        kept = self.containers[key]
        kept["looks"] += 1
        code = kept["ends"] if kept["looks"] > kept["needs"] else "IN_PROGRESS"
        said = {"ERROR": "Error: Media upload has failed with error code 2207026"}.get(code, code.title())
        return {"id": key, "status_code": code, "status": said}

    def _publish(self, request: Request, user: str) -> Response:
        me = self._mine(request, user, "instagram_business_content_publish")
        key = request.values.get("creation_id", "")
        kept = self.containers.get(key)
        if kept is None or kept["at"] < self.clock() - DAY:
            raise GraphError(24, "The requested resource does not exist", subcode=2207008)
        if self._state(key)["status_code"] != "FINISHED":
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
        if self._used() >= self.quota:
            raise GraphError(9, "Application request limit reached", subcode=2207042, status=403)
        media = tuple(self._pictures(self.containers.pop(key)))
        piece = self.add("post", OFFICIAL, kept.get("caption", ""), account=me.id, reference=key, media=media)
        return answer({"id": piece.id})

    def _pictures(self, kept: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        if kept["media_type"] == "CAROUSEL":
            for child in kept["children"].split(","):
                yield from self._pictures(self.containers.pop(child))
        else:
            kind = "IMAGE" if kept["media_type"] == "IMAGE" else "VIDEO"
            link = kept.get("image_url") or kept.get("video_url")
            yield {"kind": kind, "url": link, "alt": kept.get("alt_text", "")}
