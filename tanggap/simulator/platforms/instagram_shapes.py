"""How the simulated Instagram writes comments, media and messages, and what its hooks say of them."""

from __future__ import annotations

import hashlib
from typing import Any

from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import Hooked, Piece
from tanggap.simulator.platforms.meta_graph import gone, newest_first, picked, time_of
from tanggap.simulator.platforms.meta_insights import insights
from tanggap.simulator.platforms.meta_logins import OwnLogin


class InstagramShapes(OwnLogin):
    """What stands there, in the documented shapes; `flat` leaves the `changes` of an entry out, as apps with
    Instagram's own log-in are documented to get it."""

    hook_object = "instagram"
    rate_code = 4
    usage_type = "instagram"
    flat = False

    def foreign_media(self, author: str = "warga9", text: str = "Sore di alun-alun") -> Piece:
        """This will let a citizen publish a media of their own, of which no hook tells."""
        with self.lock:
            return self.add("foreign", author, text, account=self.official.id)

    def tag(self, author: str, text: str) -> Piece:
        """This will let a citizen publish a media that tags the account: no hook tells, /tags lists it."""
        with self.lock:
            return self.add("tag", author, text, account=self.official.id)

    # -- hooks ---------------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        """This will tell of comments, of mentions by id, and of messages with their edits and unsendings."""
        if piece.kind == "message":
            return self._message_hook(event, piece)
        if event != "create" or piece.kind not in {"comment", "mention"}:
            return None
        if piece.kind == "comment":
            field, value = "comments", self._comment_value(piece)
        else:
            field, value = "mentions", {"media_id": piece.root}
            if piece.parent:
                value["comment_id"] = piece.id
        entry: dict[str, Any] = {"id": piece.account, "time": int(piece.at)}
        change = {"field": field, "value": value}
        return self.hooked({**entry, **change} if self.flat else {**entry, "changes": [change]})

    def _comment_value(self, piece: Piece) -> dict[str, Any]:
        writer = {"id": self.person(piece), "username": self.name(piece)}
        if piece.ours:
            writer["self_ig_scoped_id"] = scoped(piece.account)
        value: dict[str, Any] = {
            "from": writer, "id": piece.id, "text": piece.text,
            "media": {"id": piece.root, "media_product_type": "FEED"},
        }  # fmt: skip
        return {**value, "parent_id": piece.parent} if piece.parent != piece.root else value

    def _message_hook(self, event: str, piece: Piece) -> Hooked:
        person = scoped(piece.root.removeprefix("dm-"))
        sides = [{"id": piece.account}, {"id": person}]
        at = int(
            (
                piece.edited_at or piece.at
                if event == "edit"
                else self.clock()
                if event == "delete"
                else piece.at
            )
            * 1000
        )
        told: dict[str, Any] = {"mid": piece.id}
        if event == "edit":
            content: dict[str, Any] = {"message_edit": {**told, "text": piece.text, "num_edit": 1}}
        elif event == "delete":
            content = {"message": {**told, "is_deleted": True}}
        else:
            attached = [{"type": one["kind"], "payload": {"url": one["url"]}} for one in piece.media]
            told |= {"text": piece.text} if piece.text else {}
            told |= {"attachments": attached} if attached else {}
            content = {"message": {**told, **({"is_echo": True} if piece.ours else {})}}
        sender, recipient = sides if piece.ours else sides[::-1]
        message = {"sender": sender, "recipient": recipient, "timestamp": at, **content}
        return self.hooked({"id": piece.account, "time": int(self.clock() * 1000), "messaging": [message]})

    def seen(self, key: str) -> None:
        """This will let a citizen read a message of ours."""
        with self.lock:
            piece = self.pieces[key]
            message = {
                "sender": {"id": scoped(piece.root.removeprefix("dm-"))}, "recipient": {"id": piece.account},
                "timestamp": int(self.clock() * 1000), "read": {"mid": key},
            }  # fmt: skip
            self.hooks.append(
                self.hooked({"id": piece.account, "time": int(self.clock() * 1000), "messaging": [message]})
            )

    # -- shapes --------------------------------------------------------------------------------------------
    def name(self, piece: Piece) -> str:
        """This will return the user name of a piece's author."""
        return self.officials[piece.account].handle.lstrip("@") if piece.ours else piece.author

    def person(self, piece: Piece) -> str:
        """This will return the id of a piece's author as this account sees it."""
        return piece.account if piece.ours else scoped(piece.author)

    def comment_shape(self, piece: Piece, fields: str) -> dict[str, Any]:
        """This will return a comment with the asked fields, its replies among them."""
        node: dict[str, Any] = {
            "id": piece.id, "text": piece.text, "timestamp": time_of(piece.at), "username": self.name(piece),
            "from": {"id": self.person(piece), "username": self.name(piece)}, "like_count": 0,
            "hidden": piece.hidden, "media": {"id": piece.root, "media_product_type": "FEED"},
        }  # fmt: skip
        if piece.parent and piece.parent != piece.root:
            node["parent_id"] = piece.parent
        below = newest_first(
            self.pieces.values(), lambda one: one.kind == "comment" and one.parent == piece.id
        )
        if below:
            node["replies"] = {"data": [self.comment_shape(one, "") for one in below]}
        return picked(node, fields)

    def media_shape(self, piece: Piece) -> dict[str, Any]:
        """This will return a media."""
        below = [one for one in self.pieces.values() if one.root == piece.id and one.kind == "comment"]
        short = hashlib.sha256(piece.id.encode()).hexdigest()[:11]
        node: dict[str, Any] = {
            "id": piece.id, "caption": piece.text, "timestamp": time_of(piece.at), "username": self.name(piece),
            "permalink": f"https://www.instagram.com/p/{short}/", "media_product_type": "FEED", "media_type": "IMAGE",
            "like_count": self.figure(piece, "likes"),
            "comments_count": self.figure(piece, "comments", sum(not one.deleted for one in below)),
        }  # fmt: skip
        node = {name: one for name, one in node.items() if one is not None}
        for one in piece.media[:1]:
            node |= {"media_type": one["kind"], "media_url": one["url"]}
        if len(piece.media) > 1:
            inside = [{"id": f"{piece.id}{n}", "media_type": one["kind"], "media_url": one["url"]}
                      for n, one in enumerate(piece.media)]  # fmt: skip
            node |= {"media_type": "CAROUSEL_ALBUM", "children": {"data": inside}}
        return node

    def insights(self, request: Request, key: str) -> Response:
        """This will tell the metrics of an own media."""
        self.official_of(request)
        self.need("instagram_business_basic", "instagram_business_manage_insights")
        piece = self.pieces.get(key)
        if piece is None or piece.deleted or piece.kind != "post":
            raise gone(key)
        below = sum(
            one.root == key and one.kind == "comment" and not one.deleted for one in self.pieces.values()
        )
        told = {name: self.figure(piece, name) for name in ("views", "reach", "likes", "shares")}
        told |= {"comments": self.figure(piece, "comments", below), "saved": self.figure(piece, "saves")}
        return insights(request, key, told)

    def message_shape(self, piece: Piece) -> dict[str, Any]:
        """This will return a message as conversations show it."""
        person = piece.root.removeprefix("dm-")
        we = {"id": piece.account, "username": self.officials[piece.account].handle.lstrip("@")}
        they = {"id": scoped(person), "username": person}
        node: dict[str, Any] = {
            "id": piece.id, "created_time": time_of(piece.at), "from": we if piece.ours else they,
            "to": {"data": [they if piece.ours else we]}, "message": piece.text,
        }  # fmt: skip
        attached = [{"image_data": {"url": one["url"]}} for one in piece.media]
        return {**node, "attachments": {"data": attached}} if attached else node


def scoped(name: str) -> str:
    """This will return the id of a person as one account sees it."""
    return str(10**15 + int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) % 10**15)
