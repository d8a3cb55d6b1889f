"""A simulated Bluesky: one account's server, the network's view behind it, and its message service, at /xrpc/<method>.

Built from the lexicons (github.com/bluesky-social/atproto/tree/main/lexicons: com.atproto.server, com.atproto.repo,
app.bsky.feed, app.bsky.notification, app.bsky.actor, chat.bsky.convo), atproto.com/specs/xrpc (errors), /specs/tid and
/specs/record-key, docs.bsky.app/docs/advanced-guides/rate-limits, and what the published servers answered (2026-11-22).

An app password does not run out: both `expire` and `revoke` take it away, with its sessions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import regex
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Piece, Simulated
from tanggap.simulator.platforms.bluesky_shapes import Json, Wrong, cid, did, moment, page, said, tid

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
_LASTS = timedelta(hours=2).total_seconds()
_CHAT_PROXY = "did:web:api.bsky.chat#bsky_chat"
_PUBLIC = {"com.atproto.server.createSession", "com.atproto.server.refreshSession"}


class Bluesky(Simulated):
    """Bluesky as the server of one official account shows it. Citizens mention it, answer its first post, write to it.

    `records` are what stands in the official account's repository beside its posts; `closed` are citizens who take
    no messages; `messages_allowed` is whether the app password opens messages.
    """

    platform = "bluesky"
    has_hooks = False
    kinds = ("comment", "mention", "message")

    def settings(self) -> dict[str, str]:
        """This will return the name to log in with, beside the app password."""
        return {"handle": self.official.handle.lstrip("@")}

    def begin(self) -> None:
        self.sessions: dict[str, tuple[str, float]] = {}
        self.refreshing: set[str] = set()
        self.records: dict[tuple[str, str], Json] = {}
        self.blobs: dict[str, int] = {}
        self.closed: set[str] = set()
        self.messages_allowed = True
        self.open_account(
            did("pemkot"), "@pemkot.melati.test", "Pemerintah Kota Melati", "abcd-efgh-ijkl-mnop"
        )
        first = self.add(
            "post", OFFICIAL, "Halo, ini akun resmi Pemerintah Kota Melati.", account=self.official.id
        )
        self._keep(first, {"$type": POST, "text": first.text, "createdAt": moment(first.at)})
        self.first = first.id

    def rules(self) -> Iterable[Rule]:
        return [Rule("/xrpc/<method>", endpoint=self._called, methods=["GET", "POST"])]

    def new_id(self) -> str:
        return tid((int(self.clock() * 1000) << 20) + next(self.numbers))

    def expire(self) -> None:
        self.revoke()

    def revoke(self) -> None:
        super().revoke()
        self.sessions.clear()
        self.refreshing.clear()

    def refused(self) -> Response:
        headers = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Policy": "3000;w=300"}
        if self.faults.retry_after is not None:
            headers["RateLimit-Reset"] = str(int(self.clock() + float(self.faults.retry_after)))
        return said({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, headers)

    def failed(self) -> Response:
        return said({"error": "UpstreamFailure", "message": "Upstream Failure"}, 502)

    # -- one door for all methods --------------------------------------------------------------------------
    def _called(self, request: Request, method: str) -> Response:
        found = self._methods().get(method)
        try:
            if found is None:
                raise Wrong(501, "MethodNotImplemented", "Method Not Implemented")
            if method not in _PUBLIC:
                self._let_in(request)
            if method.startswith("chat.") and request.headers.get("atproto-proxy") != _CHAT_PROXY:
                raise Wrong(501, "MethodNotImplemented", "Method Not Implemented")
            if method.startswith("chat.") and not self.messages_allowed:
                raise Wrong(400, "InvalidToken", "Bad token method")
            return said(found(request))
        except Wrong as wrong:
            return said({"error": wrong.error, "message": wrong.message}, wrong.status)

    def _methods(self) -> Mapping[str, Callable[[Request], Json]]:
        return {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.server.getSession": lambda _: self._account(),
            "com.atproto.identity.resolveHandle": self._resolve,
            "com.atproto.repo.getRecord": self._get_record,
            "com.atproto.repo.listRecords": self._list_records,
            "com.atproto.repo.putRecord": self._put_record,
            "com.atproto.repo.deleteRecord": self._delete_record,
            "com.atproto.repo.uploadBlob": self._upload,
            "app.bsky.actor.getProfile": self._profile,
            "app.bsky.notification.listNotifications": self._notifications,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.searchPosts": self._search,
            "chat.bsky.convo.listConvos": lambda _: {"convos": []},
            "chat.bsky.convo.getLog": self._log,
            "chat.bsky.convo.getConvo": lambda request: {"convo": self._convo(request.args["convoId"])},
            "chat.bsky.convo.getConvoForMembers": self._convo_for,
            "chat.bsky.convo.getMessages": self._messages,
            "chat.bsky.convo.sendMessage": self._send_message,
        }

    def _let_in(self, request: Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise Wrong(401, "AuthMissing", "Authentication Required")
        if token not in self.sessions:
            raise Wrong(400, "InvalidToken", "Token could not be verified")
        if self.sessions[token][1] <= self.clock() or self.official.revoked:
            raise Wrong(400, "ExpiredToken", "Token has expired")

    # -- sessions ------------------------------------------------------------------------------------------
    def _create_session(self, request: Request) -> Json:
        given = request.get_json()
        names = {self.official.id, self.official.handle.lstrip("@")}
        right = given.get("identifier") in names and given.get("password") == self.official.token
        if not right or self.official.revoked:
            raise Wrong(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._opened()

    def _refresh_session(self, request: Request) -> Json:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.refreshing:
            raise Wrong(400, "ExpiredToken", "Token has been revoked")
        self.refreshing.discard(token)
        return self._opened()

    def _opened(self) -> Json:
        number = next(self.numbers)
        access, refresh = f"simulated-access-{number}", f"simulated-refresh-{number}"
        self.sessions[access] = (self.official.id, self.clock() + _LASTS)
        self.refreshing.add(refresh)
        return {**self._account(), "accessJwt": access, "refreshJwt": refresh}

    def _account(self) -> Json:
        return {"did": self.official.id, "handle": self.official.handle.lstrip("@"), "active": True}

    # -- repositories --------------------------------------------------------------------------------------
    def _resolve(self, request: Request) -> Json:
        handle = request.args["handle"]
        if handle == self.official.handle.lstrip("@"):
            return {"did": self.official.id}
        if handle.endswith(".warga.test"):
            return {"did": did(handle.partition(".")[0])}
        raise Wrong(400, "InvalidRequest", "Unable to resolve handle")

    def _get_record(self, request: Request) -> Json:
        repo, collection, key = (request.args[name] for name in ("repo", "collection", "rkey"))
        uri = f"at://{repo}/{collection}/{key}"
        piece = self.pieces.get(key)
        kept = self.records.get((collection, key)) if repo == self.official.id else None
        if collection == POST and (piece is None or piece.deleted or self._did(piece) != repo):
            kept = None
        elif collection == POST and piece and not piece.ours:
            kept = {"cid": cid(piece.text), "value": self._record(piece)}
        if kept is None:
            raise Wrong(400, "RecordNotFound", f"Could not locate record: {uri}")
        return {"uri": uri, **kept}

    def _list_records(self, request: Request) -> Json:
        collection, most = request.args["collection"], int(request.args.get("limit", 50))
        keys = sorted((key for kind, key in self.records if kind == collection), reverse=True)
        after = request.args.get("cursor")
        keys = [key for key in keys if after is None or key < after]
        keys = [key for key in keys if not (key in self.pieces and self.pieces[key].deleted)]
        rows = [
            {"uri": f"at://{self.official.id}/{collection}/{key}", **self.records[collection, key]}
            for key in keys[:most]
        ]
        return {"records": rows, **({"cursor": keys[most - 1]} if len(keys) > most else {})}

    def _put_record(self, request: Request) -> Json:
        given = request.get_json()
        collection, key, value = given["collection"], given["rkey"], given["record"]
        if given["repo"] != self.official.id:
            raise Wrong(400, "InvalidRequest", "Could not find repo")
        kept = self.records.get((collection, key))
        fresh = {"cid": cid(json.dumps(value, sort_keys=True)), "value": value}
        uri = f"at://{self.official.id}/{collection}/{key}"
        if kept is not None and kept["cid"] == fresh["cid"]:
            return {"uri": uri, "cid": kept["cid"], "validationStatus": "valid"}
        if "swapRecord" in given and given["swapRecord"] != (kept or {}).get("cid"):
            raise Wrong(400, "InvalidSwap", f"Record was at {(kept or {}).get('cid')}")
        self._check(collection, value)
        self.records[collection, key] = fresh
        if collection == POST:
            parent = (value.get("reply") or {}).get("parent", {}).get("uri", "").rpartition("/")[2]
            self.add(
                "comment" if parent else "post", OFFICIAL, value["text"], id=key, parent=parent,
                account=self.official.id, reference=key, media=tuple((value.get("embed") or {}).get("images", ())),
            )  # fmt: skip
        elif collection == GATE:
            hidden = {uri.rpartition("/")[2] for uri in value.get("hiddenReplies", ())}
            for one in list(self.pieces.values()):
                if one.root == key:
                    self.pieces[one.id] = replace(one, hidden=one.id in hidden)
        return {"uri": uri, "cid": fresh["cid"], "validationStatus": "valid"}

    def _delete_record(self, request: Request) -> Json:
        given = request.get_json()
        if given["repo"] != self.official.id:
            raise Wrong(400, "InvalidRequest", "Could not find repo")
        if given["collection"] == POST and (piece := self.pieces.get(given["rkey"])):
            self.pieces[piece.id] = replace(piece, deleted=True)
        return {"commit": {"cid": cid(given["rkey"]), "rev": tid(int(self.clock() * 1000) << 20)}}

    def _check(self, collection: str, value: Json) -> None:
        if collection != POST:
            return
        if len(regex.findall(r"\X", value["text"])) > 300 or len(value["text"].encode()) > 3000:
            raise Wrong(
                400, "InvalidRecord", f"Invalid {POST} record: Record/text must not be longer than 300 graphemes"
            )  # fmt: skip
        images = (value.get("embed") or {}).get("images", ())
        if any(one["image"]["ref"]["$link"] not in self.blobs for one in images):
            raise Wrong(400, "BlobNotFound", "Could not find blob")

    def _upload(self, request: Request) -> Json:
        content = request.get_data()
        if len(content) > 1_000_000:
            raise Wrong(
                400, "BlobTooLarge", "This file is too large. It is larger than the maximum of 1000000."
            )
        link = cid(base64.b64encode(content).decode())
        self.blobs[link] = len(content)
        return {
            "blob": {
                "$type": "blob", "ref": {"$link": link}, "mimeType": request.content_type, "size": len(content),
            }
        }  # fmt: skip

    def _keep(self, piece: Piece, value: Json) -> None:
        self.records[POST, piece.id] = {"cid": cid(piece.text), "value": value}

    # -- what the network shows ----------------------------------------------------------------------------
    def _did(self, piece: Piece) -> str:
        return piece.account if piece.ours else did(piece.author)

    def _uri(self, piece: Piece) -> str:
        return f"at://{self._did(piece)}/{POST}/{piece.id}"

    def _author(self, piece: Piece) -> Json:
        if piece.ours:
            return {**self._account(), "displayName": self.official.name}
        return {"did": did(piece.author), "handle": f"{piece.author}.warga.test", "displayName": piece.author}

    def _record(self, piece: Piece) -> Json:
        if piece.ours:
            return dict(self.records[POST, piece.id]["value"])
        record: Json = {"$type": POST, "text": piece.text, "langs": ["id"], "createdAt": moment(piece.at)}
        if piece.kind == "mention":
            # Where the name is not written out, the mention lies over the first word.
            words = piece.text.split()
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": piece.account}
            end = len(words[0].encode()) if words else 0
            record["facets"] = [{"index": {"byteStart": 0, "byteEnd": end}, "features": [feature]}]
        if piece.parent in self.pieces:
            record["reply"] = {
                "parent": self._reference(self.pieces[piece.parent]),
                "root": self._reference(self.pieces.get(piece.root, self.pieces[piece.parent])),
            }
        return record

    def _reference(self, piece: Piece) -> Json:
        kept = self.records.get((POST, piece.id))
        return {"uri": self._uri(piece), "cid": kept["cid"] if kept else cid(piece.text)}

    def _view(self, piece: Piece) -> Json:
        return {
            **self._reference(piece), "author": self._author(piece), "record": self._record(piece),
            "indexedAt": moment(piece.at), "viewer": {}, "labels": [], **self._counts(piece),
        }  # fmt: skip

    def _counts(self, piece: Piece) -> Json:
        replies = sum(one.parent == piece.id for one in self.pieces.values())
        shares = self.figure(piece, "shares")
        told = {
            "likeCount": self.figure(piece, "likes"), "replyCount": self.figure(piece, "comments", replies),
            "repostCount": shares, "quoteCount": shares and 0, "bookmarkCount": self.figure(piece, "saves"),
        }  # fmt: skip
        return {name: count for name, count in told.items() if count is not None}

    def _standing(self, *, messages: bool = False) -> list[Piece]:
        found = [
            one for one in self.pieces.values() if not one.deleted and (one.kind == "message") is messages
        ]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def _profile(self, request: Request) -> Json:
        if request.args["actor"] not in {self.official.id, self.official.handle.lstrip("@")}:
            raise Wrong(400, "InvalidRequest", "Profile not found")
        return {**self._account(), "displayName": self.official.name, "followersCount": 1200}

    def _notifications(self, request: Request) -> Json:
        wanted = set(request.args.getlist("reasons")) or {"mention", "reply", "quote"}
        found = []
        for one in self._standing():
            reason = {"mention": "mention", "comment": "reply"}.get(one.kind, "")
            if not one.ours and reason in wanted:
                found.append({**self._view(one), "reason": reason, "isRead": False})
        rows, cursor = page(found, request, 50)
        return {"notifications": rows, "priority": False, "seenAt": moment(self.clock()), **cursor}

    def _posts(self, request: Request) -> Json:
        uris = request.args.getlist("uris")
        if len(uris) > 25:
            raise Wrong(400, "InvalidRequest", "Error: uris must not have more than 25 elements")
        there = {self._uri(one): one for one in self._standing()}
        return {"posts": [self._view(there[uri]) for uri in uris if uri in there]}

    def _search(self, request: Request) -> Json:
        words = [word.strip('"').lower() for word in regex.findall(r'"[^"]*"|\S+', request.args["q"])]
        found = [
            self._view(one) for one in self._standing() if all(word in one.text.lower() for word in words)
        ]
        rows, cursor = page(found, request, 25)
        return {"posts": rows, "hitsTotal": len(found), **cursor}

    # -- messages ------------------------------------------------------------------------------------------
    def _convo(self, key: str) -> Json:
        author = key.removeprefix("convo-")
        citizen = Piece("", "message", author, "", 0)
        me = {**self._account(), "displayName": self.official.name}
        return {
            "id": key,
            "rev": "1",
            "members": [me, self._author(citizen)],
            "unreadCount": 0,
            "muted": False,
        }

    def _convo_for(self, request: Request) -> Json:
        members = request.args.getlist("members")
        known = {did(one.author): one.author for one in self.pieces.values() if not one.ours}
        author = next((known[one] for one in members if one in known), "")
        if not author or author in self.closed:
            raise Wrong(400, "InvalidRequest", "recipient has disabled incoming messages")
        return {"convo": self._convo(f"convo-{author}")}

    def _message(self, piece: Piece) -> Json:
        return {
            "$type": "chat.bsky.convo.defs#messageView", "id": piece.id, "rev": piece.id, "text": piece.text,
            "sender": {"did": self._did(piece)}, "sentAt": moment(piece.at),
        }  # fmt: skip

    def _convo_of(self, piece: Piece) -> str:
        return f"convo-{piece.reference if piece.ours else piece.author}"

    def _log(self, request: Request) -> Json:
        after = request.args.get("cursor", "")
        found = sorted(
            (one for one in self._standing(messages=True) if one.id > after), key=lambda one: one.id
        )[:50]
        logs = [
            {
                "$type": "chat.bsky.convo.defs#logCreateMessage", "rev": one.id, "convoId": self._convo_of(one),
                "message": self._message(one),
            }
            for one in found
        ]  # fmt: skip
        return {"logs": logs, "cursor": found[-1].id if found else after or tid(0)}

    def _messages(self, request: Request) -> Json:
        found = [
            one for one in self._standing(messages=True) if self._convo_of(one) == request.args["convoId"]
        ]
        return {"messages": [self._message(one) for one in found[: int(request.args.get("limit", 50))]]}

    def _send_message(self, request: Request) -> Json:
        given = request.get_json()
        author = given["convoId"].removeprefix("convo-")
        if len(given["message"]["text"].encode()) > 10000:
            raise Wrong(400, "InvalidRequest", "Input/message/text must not be longer than 10000 characters")
        piece = self.add(
            "message", OFFICIAL, given["message"]["text"], account=self.official.id, reference=author
        )
        return self._message(piece)
