"""A simulated Facebook: Pages with posts, comments of two levels, visitors' posts, mentions, and private replies.

Built from developers.facebook.com/docs/pages-api (posts, comments-mentions), …/docs/graph-api/reference/comment,
…/reference/post, …/reference/page (feed, tagged, photos, videos), …/docs/graph-api/webhooks/reference/page and
…/documentation/business-messaging/messenger-platform/discovery/private-replies (seen 2026-11-22).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Piece
from tanggap.simulator.platforms.meta_graph import (
    GraphError,
    MetaGraph,
    answer,
    gone,
    newest_first,
    picked,
    time_of,
)
from tanggap.simulator.platforms.meta_insights import insights

_WEEK = 7 * 24 * 3600
_NUMBER = 122_000_000_000_000
_METRICS = {"post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks"}


class Facebook(MetaGraph):
    """Pages of governments. Citizens comment (on the newest post where none is named) and mention the Page."""

    platform = "facebook"
    kinds = ("comment", "mention")
    permissions = (
        "pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement",
        "pages_manage_posts", "pages_manage_metadata", "pages_messaging", "read_insights",
    )  # fmt: skip

    def __init__(self, **more: Any) -> None:
        self.films: dict[str, str] = {}
        self.waiting: dict[str, Mapping[str, Any]] = {}
        super().__init__(**more)

    def rules(self) -> Iterable[Rule]:
        """This will return the routes of the Page's part of the Graph API."""
        return [
            *self.shared_rules(),
            Rule("/me", endpoint=self._me, methods=["GET"]),
            Rule("/me", endpoint=self.batch_of, methods=["POST"]),
            Rule("/<key>/feed", endpoint=self._feed, methods=["GET", "POST"]),
            Rule("/<key>/tagged", endpoint=self._tagged, methods=["GET"]),
            Rule("/<key>/photos", endpoint=self._photos, methods=["POST"]),
            Rule("/<key>/videos", endpoint=self._videos, methods=["POST"]),
            Rule("/<key>/messages", endpoint=self._messages, methods=["GET", "POST"]),
            Rule("/<key>/comments", endpoint=self._comments, methods=["GET", "POST"]),
            Rule("/<key>/insights", endpoint=self._insights, methods=["GET"]),
            Rule("/<key>", endpoint=self._node, methods=["GET", "POST", "DELETE"]),
        ]

    def begin(self) -> None:
        """This will open the Page of the fictional city with its first post."""
        page = self.open_account(
            "104700000000001", "pemkotsukamaju", "Pemerintah Kota Sukamaju", "EAAhalaman1"
        )
        self.add("post", OFFICIAL, "Selamat datang di Halaman resmi kota.", account=page.id)

    # -- citizens ------------------------------------------------------------------------------------------
    def say(self, text: str, **more: Any) -> Piece:
        """This will let a citizen comment, or mention the Page; a comment stands on the newest post by default."""
        with self.lock:
            kind = more.pop("kind", "") or "comment"
            account = more.get("account") or self.official.id
            if kind == "comment" and not more.get("parent"):
                posts = newest_first(
                    self.pieces.values(), lambda one: one.kind == "post" and one.account == account
                )
                more["parent"] = next(one.id for one in posts if one.ours)
            return super().say(text, kind=kind, **more)

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there: posts are "<page>_<post>", comments "<post>_<comment>", of two levels."""
        number, above = str(_NUMBER + next(self.numbers)), self.pieces.get(more.get("parent", ""))
        if kind == "comment" and above is not None:
            if above.kind == "comment" and above.parent != above.root:
                more["parent"] = above.parent
            more.setdefault("id", f"{above.root.rpartition('_')[2]}_{number}")
        elif kind == "message":
            more.setdefault("id", f"m_{number}Xq")
        else:
            more.setdefault("id", f"{more.get('account') if author == OFFICIAL else _NUMBER}_{number}")
        return super().add(kind, author, text, **more)

    # -- hooks ---------------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        """This will tell of comments and posts by the feed field, of mentions elsewhere by the mention field."""
        if piece.kind == "message":
            return None
        verb = {"create": "add", "edit": "edited", "delete": "remove"}[event]
        value: dict[str, Any] = {"verb": verb, "created_time": int(piece.at), "from": self._who(piece)}
        field = "mention" if piece.kind == "mention" else "feed"
        if piece.kind == "comment":
            value |= {
                "item": "comment",
                "comment_id": piece.id,
                "post_id": piece.root,
                "parent_id": piece.parent,
            }
        else:
            value |= {"item": "post" if piece.kind == "mention" else "status", "post_id": piece.id}
        if event != "delete":
            value["message"] = piece.text
        if piece.media:
            value["photo"] = piece.media[0]["url"]
        change = {"field": field, "value": value}
        return self.hooked({"id": piece.account, "time": int(self.clock()), "changes": [change]})

    # -- the interface -------------------------------------------------------------------------------------
    def _me(self, request: Request) -> Response:
        official = self.official_of(request)
        return answer(picked(self.account_node(official), request.args.get("fields", "name")))

    def _feed(self, request: Request, key: str) -> Response:
        page = self._own(request, key)
        if request.method == "POST":
            self.need("pages_manage_posts")
            media = [
                self.waiting.pop(json.loads(one)["media_fbid"])
                for one in _numbered(request, "attached_media")
            ]
            text = request.form.get("message", "")
            if not text and not media and not request.form.get("link"):
                raise GraphError(100, "(#100) Missing message or attachment")
            return answer({"id": self._publish(page, text, tuple(media)).id})
        self.need("pages_read_engagement")
        return self._posts(request, "post", page)

    def _tagged(self, request: Request, key: str) -> Response:
        page = self._own(request, key)
        self.need("pages_read_user_content")
        return self._posts(request, "mention", page)

    def _posts(self, request: Request, kind: str, page: str) -> Response:
        found = newest_first(self.pieces.values(), lambda one: one.kind == kind and one.account == page)
        return self.listed(request, [self._post_node(one) for one in found])

    def _photos(self, request: Request, key: str) -> Response:
        page = self._own(request, key)
        self.need("pages_manage_posts")
        media = self._picture(request)
        photo = str(_NUMBER + next(self.numbers))
        if request.form.get("published") == "false":
            self.waiting[photo] = media
            return answer({"id": photo})
        return answer(
            {"id": photo, "post_id": self._publish(page, request.form.get("caption", ""), (media,)).id}
        )

    def _videos(self, request: Request, key: str) -> Response:
        page = self._own(request, key)
        self.need("pages_manage_posts")
        film = request.files.get("source")
        if film is None:
            raise GraphError(100, "(#100) No video file was given", subcode=1363019)
        media = {"type": "video", "url": f"https://video.simulated/{_NUMBER + next(self.numbers)}.mp4"}
        piece = self._publish(page, request.form.get("description", ""), (media,))
        video = str(_NUMBER + next(self.numbers))
        self.films[video] = piece.id
        return answer({"id": video})

    def _messages(self, request: Request, key: str) -> Response:
        if request.method == "GET":
            self.official_of(request)
            found = newest_first(self.pieces.values(), lambda one: one.kind == "message" and one.root == key)
            return self.listed(request, [self._message_node(one) for one in found])
        page = self._own(request, key)
        self.need("pages_messaging")
        body = request.get_json()
        target = body["recipient"].get("comment_id") or body["recipient"].get("post_id", "")
        above = self._standing(target, page)
        if any(one.kind == "message" and one.parent == target for one in self.pieces.values()):
            raise GraphError(10900, "(#10900) Activity already replied to")
        if self.clock() - above.at > _WEEK or above.ours:
            raise GraphError(10903, "(#10903) This user can't reply to this activity")
        text = body["message"]["text"]
        if len(text) > 2000:
            raise GraphError(100, "(#100) Length of param message[text] must be less than or equal to 2000")
        said = self.add("message", OFFICIAL, text, parent=target, root=f"t_{above.author}", account=page)
        return answer({"recipient_id": above.author, "message_id": said.id})

    def _comments(self, request: Request, key: str) -> Response:
        page = self.official_of(request).id
        above = self._standing(key, page)
        if request.method == "POST":
            self.need("pages_manage_engagement")
            media = (self._picture(request),) if request.files else ()
            text = request.form.get("message", "")
            if not text and not media:
                raise GraphError(100, "(#100) Comment must not be empty", subcode=1705)
            said = self.add("comment", OFFICIAL, text, parent=key, account=page, media=media)
            self.emit("create", said)
            return answer({"id": said.id})
        self.need("pages_read_user_content")
        deep = request.args.get("filter") == "stream"
        found = newest_first(
            self.pieces.values(),
            lambda one: (
                one.kind == "comment"
                and (one.parent == above.id or (deep and one.root == above.id))
            ),
        )  # fmt: skip
        if request.args.get("order") != "reverse_chronological":
            found.reverse()
        return self.listed(request, [self._comment_node(one) for one in found])

    def _node(self, request: Request, key: str) -> Response:
        page = self.official_of(request)
        if key == page.id and request.method == "GET":
            return answer(picked(self.account_node(page), request.args.get("fields", "name")))
        if key in self.films and request.method == "GET":
            return answer(picked({"id": key, "post_id": self.films[key]}, request.args.get("fields", "")))
        piece = self._standing(key, page.id)
        if request.method == "DELETE":
            self.need("pages_manage_posts" if piece.kind == "post" else "pages_manage_engagement")
            self.pieces[key] = replace(piece, deleted=True)
            return answer({"success": True})
        if request.method == "POST":
            self.need("pages_manage_engagement")
            hidden = request.values.get("is_hidden", "").lower()
            if hidden not in {"true", "false", "1", "0"}:
                raise GraphError(100, "(#100) Nothing to change was given")
            self.pieces[key] = replace(piece, hidden=hidden in {"true", "1"})
            return answer({"success": True})
        node = self._comment_node(piece) if piece.kind == "comment" else self._post_node(piece)
        return answer(picked(node, request.args.get("fields", "created_time,from,message")))

    def _insights(self, request: Request, key: str) -> Response:
        piece = self._standing(key, self.official_of(request).id)
        self.need("read_insights")
        return insights(request, key, {name: self.figure(piece, ours) for name, ours in _METRICS.items()})

    # -- shapes --------------------------------------------------------------------------------------------
    def _own(self, request: Request, key: str) -> str:
        official = self.official_of(request)
        if key not in {"me", official.id}:
            raise gone(key)
        return official.id

    def _standing(self, key: str, page: str) -> Piece:
        piece = self.pieces.get(key)
        if piece is None or piece.deleted or piece.account != page:
            raise gone(key)
        return piece

    def _picture(self, request: Request) -> dict[str, Any]:
        picture = request.files.get("source")
        if picture is None and not request.form.get("url"):
            raise GraphError(324, "(#324) Missing or invalid image file")
        if picture is not None and not (picture.mimetype or "").startswith("image/"):
            raise GraphError(324, "(#324) Missing or invalid image file")
        url = request.form.get("url") or f"https://scontent.simulated/{_NUMBER + next(self.numbers)}.jpg"
        return {"type": "image", "url": url, "alt": request.form.get("alt_text_custom", "")}

    def _publish(self, page: str, text: str, media: tuple[Mapping[str, Any], ...]) -> Piece:
        piece = self.add("post", OFFICIAL, text, account=page, media=media)
        self.emit("create", piece)
        return piece

    def _who(self, piece: Piece) -> dict[str, str]:
        if piece.ours:
            return {"id": piece.account, "name": self.officials[piece.account].name}
        return {"id": piece.author, "name": piece.author.replace("_", " ").title()}

    def _said_by(self, piece: Piece) -> dict[str, Any]:
        # Without pages_read_user_content Facebook leaves people out.
        return {"from": self._who(piece)} if piece.ours or "pages_read_user_content" in self.granted else {}

    def _post_node(self, piece: Piece) -> dict[str, Any]:
        below = [one for one in self.pieces.values() if one.root == piece.id and one.kind == "comment"]
        touched = max([piece.at, piece.edited_at or 0, *(one.at for one in below)])
        return {
            "id": piece.id, "message": piece.text, "created_time": time_of(piece.at), "updated_time": time_of(touched),
            "permalink_url": f"https://www.facebook.com/{piece.id.replace('_', '/posts/')}", "is_hidden": piece.hidden,
            **_counted("comments", self.figure(piece, "comments", sum(not one.deleted for one in below))),
            **_counted("reactions", self.figure(piece, "likes")),
            **({"shares": {"count": shares}} if (shares := self.figure(piece, "shares")) else {}),
            **({"attachments": {"data": list(_attachments(piece))}} if piece.media else {}),
            **self._said_by(piece),
        }  # fmt: skip

    def _comment_node(self, piece: Piece) -> dict[str, Any]:
        told = any(one.kind == "message" and one.parent == piece.id for one in self.pieces.values())
        return {
            "id": piece.id, "message": piece.text, "created_time": time_of(piece.at), "is_hidden": piece.hidden,
            "permalink_url": f"https://www.facebook.com/{piece.root}?comment_id={piece.id.rpartition('_')[2]}",
            "like_count": 0, "comment_count": sum(one.parent == piece.id for one in self.pieces.values()),
            "can_reply_privately": not told and not piece.ours,
            **({"parent": {"id": piece.parent}} if piece.parent != piece.root else {}),
            **({"private_reply_conversation": {"id": f"t_{piece.author}"}} if told else {}),
            **({"attachment": next(_attachments(piece))} if piece.media else {}),
            **self._said_by(piece),
        }  # fmt: skip

    def _message_node(self, piece: Piece) -> dict[str, Any]:
        return {
            "id": piece.id, "message": piece.text, "created_time": time_of(piece.at), "from": self._who(piece),
        }  # fmt: skip


def _counted(name: str, count: int | None) -> dict[str, Any]:
    return {} if count is None else {name: {"data": [], "summary": {"total_count": count}}}


def _numbered(request: Request, name: str) -> Iterator[str]:
    number = 0
    while (value := request.form.get(f"{name}[{number}]")) is not None:
        yield value
        number += 1


def _attachments(piece: Piece) -> Iterator[dict[str, Any]]:
    for one in piece.media:
        kind = "video_inline" if one["type"] == "video" else "photo"
        shown = {"source": one["url"]} if kind != "photo" else {"image": {"src": one["url"]}}
        yield {
            "type": kind,
            "media_type": kind.partition("_")[0],
            "title": one.get("alt", ""),
            "media": shown,
        }
