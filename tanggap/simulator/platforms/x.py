"""A simulated X: API v2 as one app sees it, with OAuth 2.0, hooks of the X Activity API, and paid access.

Built from docs.x.com (seen 2026-11-22): /x-api/activity/event-payloads, /x-api/webhooks/introduction (challenge and
signature), /x-api/posts/timelines, /x-api/posts/lookup, /x-api/posts/manage-tweets/integrate (who may be answered),
/x-api/posts/hide-replies, /x-api/posts/search/integrate/build-a-query, /x-api/direct-messages, /x-api/media,
/x-api/fundamentals/edit-posts, /x-api/fundamentals/rate-limits, /x-api/fundamentals/response-codes-and-errors and
/fundamentals/authentication/oauth-2-0/authorization-code. Others' deletions are told to nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Piece, Simulated
from tanggap.simulator.platforms.x_objects import Objects
from tanggap.simulator.platforms.x_shapes import (
    EPOCH_MS,
    Json,
    answer,
    matches,
    missing,
    page,
    problem,
    seconds,
    user_id,
)

_LASTS = 7200


class X(Simulated):
    """X with one official account and its first post, which citizens answer unless they do something else.

    `credits` and `enrolled` are whether the app has paid and may use the API; `page_most` cuts pages short; `closed`
    are citizens who take no messages. A person's `kind` "post" is public talk that names nobody.
    """

    platform = "x"
    kinds = ("comment", "mention", "message")

    def begin(self) -> None:
        self.shows = Objects(self)
        self.uploads: dict[str, Json] = {}
        self.subscriptions: list[Json] = []
        self.closed: set[str] = set()
        self.credits = self.enrolled = True
        self.page_most = 5
        self.refresh_token, self.codes = "simulated-refresh-0", {"simulated-code"}
        self._last = 0
        self.open_account(user_id("pemkot"), "@pemkotmelati", "Pemerintah Kota Melati", "simulated-x-token")
        self.first = self.add(
            "post", OFFICIAL, "Akun resmi Pemerintah Kota Melati.", account=self.official.id
        ).id

    def rules(self) -> Iterable[Rule]:
        guarded: list[tuple[str, str, Callable[..., Response]]] = [
            ("GET", "/2/users/me", self._me),
            ("GET", "/2/users/<key>/<any(mentions,tweets):name>", self._timeline),
            ("GET", "/2/tweets", self._lookup),
            ("GET", "/2/tweets/search/recent", self._search),
            ("GET", "/2/tweets/<key>", self._one),
            ("POST", "/2/tweets", self._post),
            ("DELETE", "/2/tweets/<key>", self._remove),
            ("PUT", "/2/tweets/<key>/hidden", self._hide),
            ("GET", "/2/dm_events", self._dm_events),
            ("GET", "/2/dm_conversations/with/<key>/dm_events", self._dm_events),
            ("POST", "/2/dm_conversations/with/<key>/messages", self._dm),
            ("POST", "/2/media/upload/initialize", self._initialize),
            ("POST", "/2/media/upload/<key>/append", self._append),
            ("POST", "/2/media/upload/<key>/finalize", self._finalize),
            ("POST", "/2/media/metadata", self._metadata),
            ("POST", "/2/activity/subscriptions", self._subscribe),
        ]
        yield Rule("/2/oauth2/token", endpoint=self._token, methods=["POST"])
        yield Rule("/2/webhooks", endpoint=self._webhooks, methods=["GET"])
        for method, path, endpoint in guarded:
            yield Rule(path, endpoint=self._guarded(endpoint), methods=[method])

    def new_id(self) -> str:
        self._last = max(int(self.clock() * 1000 - EPOCH_MS) << 22, self._last + 1)
        return str(self._last)

    def edit(self, key: str, text: str) -> Piece:
        before = self.pieces[key]
        self.shows.versions.setdefault(key, [(key, before.text, before.at)]).append(
            (self.new_id(), text, self.clock())
        )
        return super().edit(key, text)

    def crc(self) -> tuple[Json, str]:
        """This will return the query of a challenge, and the answer that X accepts."""
        token = f"simulated-crc-{next(self.numbers)}"
        return {"crc_token": token}, self._signed(token.encode())

    def refused(self) -> Response:
        headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0"}
        if self.faults.retry_after is not None:
            headers["x-rate-limit-reset"] = str(int(self.clock() + float(self.faults.retry_after)))
        refusal = problem(429, "Too Many Requests", "Too Many Requests")
        refusal.headers.extend(headers)
        return refusal

    def failed(self) -> Response:
        return problem(503, "Service Unavailable", "Service Unavailable")

    # -- hooks ---------------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        if event == "delete" and not piece.ours:
            return None
        payload: Json
        if piece.kind == "message":
            kind = "dm.sent" if piece.ours else "dm.received"
            payload = self.shows.told_message(piece)
        elif event == "delete":
            kind, payload = "post.delete", {"id": piece.id, "author_id": piece.account}
        else:
            kind = (
                "post.create" if piece.ours else
                {"comment": "post.reply.create", "mention": "post.mention.create"}.get(piece.kind, "")
            )  # fmt: skip
            payload = self.shows.tweet(piece)
        if not kind:
            return None
        data = {
            "event_uuid": str(next(self.numbers)), "filter": {"user_id": piece.account}, "event_type": kind,
            "tag": "tanggap", "payload": payload, "includes": self.shows.includes([piece]),
        }  # fmt: skip
        body = json.dumps({"data": data}).encode()
        return Hooked(
            body, {"x-twitter-webhooks-signature": self._signed(body), "Content-Type": "application/json"}
        )

    def _signed(self, body: bytes) -> str:
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).digest()
        return "sha256=" + base64.b64encode(digest).decode()

    # -- access --------------------------------------------------------------------------------------------
    def _guarded(self, endpoint: Callable[..., Response]) -> Callable[..., Response]:
        def let_in(request: Request, **values: Any) -> Response:
            owner = self.owner_of(request.headers.get("Authorization", "").removeprefix("Bearer "))
            ended = owner and (owner.revoked or (owner.expires_at or self.clock() + 1) <= self.clock())
            if owner is None or ended:
                return problem(401, "Unauthorized", "Unauthorized")
            if not self.enrolled:
                return problem(
                    403, "Client Forbidden", "When authenticating requests to the X API v2 endpoints, you must use "
                    "keys and tokens from a developer App that is attached to a Project.", "client-forbidden",
                    reason="client-not-enrolled",
                )  # fmt: skip
            if not self.credits:
                return problem(
                    402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.",
                    "credits",
                )  # fmt: skip
            found = endpoint(request, **values)
            found.headers["x-rate-limit-limit"], found.headers["x-rate-limit-remaining"] = "300", "299"
            found.headers["x-rate-limit-reset"] = str(int(self.clock()) + 900)
            return found

        return let_in

    def _token(self, request: Request) -> Response:
        named = request.authorization
        if named is None or (named.username, named.password) != (self.client_id, self.client_secret):
            return answer(
                {"error": "unauthorized_client", "error_description": "Missing valid authorization header"},
                401,
            )
        form = request.form
        if form.get("grant_type") == "refresh_token" and form.get("refresh_token") == self.refresh_token:
            pass
        elif form.get("grant_type") == "authorization_code" and form.get("code") in self.codes:
            self.codes.discard(form["code"])
        else:
            said = "Value passed for the token was invalid."
            return answer({"error": "invalid_request", "error_description": said}, 400)
        number = next(self.numbers)
        self.refresh_token = f"simulated-refresh-{number}"
        token = self.restore(f"simulated-x-token-{number}")
        self.official.expires_at = self.clock() + _LASTS
        scope = "tweet.read users.read tweet.write tweet.moderate.write dm.read dm.write media.write offline.access"
        return answer(
            {
                "token_type": "bearer", "expires_in": _LASTS, "access_token": token, "scope": scope,
                "refresh_token": self.refresh_token,
            }
        )  # fmt: skip

    def _webhooks(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer simulated-app-bearer":
            return problem(401, "Unauthorized", "Unauthorized")
        return answer(
            {"data": [{"id": "1146654567674912769", "url": "https://tanggap.example/hooks/x", "valid": True}]}
        )

    def _subscribe(self, request: Request) -> Response:
        given = request.get_json()
        wanted = (given["event_type"], given["filter"])
        if wanted in [(one["event_type"], one["filter"]) for one in self.subscriptions]:
            return problem(
                400, "Invalid Request", "A subscription already exists for this event.", "invalid-request"
            )
        self.subscriptions.append({**given, "subscription_id": self.new_id()})
        return answer({"data": self.subscriptions[-1]})

    # -- reading -------------------------------------------------------------------------------------------
    def _me(self, request: Request) -> Response:
        return answer({"data": self.shows.user(OFFICIAL)})

    def _timeline(self, request: Request, key: str, name: str) -> Response:
        if key != self.official.id:
            return problem(
                404, "Not Found Error", f"Could not find user with id: [{key}].", "resource-not-found"
            )
        found = [
            one for one in self.shows.standing()
            if one.kind != "message" and one.ours == (name == "tweets") and (one.ours or one.kind != "post")
        ]  # fmt: skip
        return self._listed(found, request, "pagination_token")

    def _search(self, request: Request) -> Response:
        query = request.args["query"]
        if len(query) > 512:
            return problem(
                400, "Invalid Request", "query length is longer than 512 characters", "invalid-request"
            )
        since = int(request.args.get("since_id", 0))
        if since and (since >> 22) + EPOCH_MS < (self.clock() - 7 * 86400) * 1000:
            return problem(
                400,
                "Invalid Request",
                "'since_id' must be a tweet id created after 7 days ago.",
                "invalid-request",
            )
        found = [one for one in self.shows.standing() if one.kind != "message" and matches(query, one.text)]
        return self._listed(found, request, "next_token")

    def _listed(self, found: list[Piece], request: Request, token: str) -> Response:
        args = request.args
        since = int(args.get("since_id", 0))
        start = seconds(args["start_time"]) if args.get("start_time") else 0.0
        rows = [self.shows.tweet(one) for one in found if one.at >= start]
        rows = sorted((one for one in rows if int(one["id"]) > since), key=lambda one: -int(one["id"]))
        cut = page(rows, min(int(args.get("max_results", 10)), self.page_most), args.get(token, ""))
        there = {one.get("id") for one in cut.get("data", [])}
        pieces = [one for one in found if self.shows.latest(one) in there]
        return answer({**cut, "includes": self.shows.includes(pieces)})

    def _lookup(self, request: Request) -> Response:
        data, errors, pieces = [], [], []
        for key in request.args["ids"].split(","):
            piece = self.shows.find(key)
            if piece is None or piece.deleted:
                errors.append(missing(key))
            else:
                data.append(self._private(request, self.shows.tweet(piece, key), piece, errors))
                pieces.append(piece)
        body: Json = {"includes": self.shows.includes(pieces)}
        return answer({**body, **({"data": data} if data else {}), **({"errors": errors} if errors else {})})

    def _private(self, request: Request, tweet: Json, piece: Piece, errors: list[Json]) -> Json:
        if "non_public_metrics" not in request.args.get("tweet.fields", ""):
            return tweet
        if not piece.ours or piece.at < self.clock() - 30 * 86400:
            errors.append(
                {"resource_id": piece.id, "resource_type": "tweet", "field": "non_public_metrics",
                 "title": "Field Authorization Error", "parameter": "ids",
                 "detail": "Sorry, you are not authorized to access 'non_public_metrics' on the Tweet.",
                 "type": "https://api.twitter.com/2/problems/not-authorized-for-field"}
            )  # fmt: skip
            return tweet
        clicks = self.figure(piece, "clicks")
        told = {} if clicks is None else {"url_link_clicks": clicks}
        return {**tweet, "non_public_metrics": {"user_profile_clicks": 0, **told}}

    def _one(self, request: Request, key: str) -> Response:
        piece = self.shows.find(key)
        if piece is None or piece.deleted:
            return answer({"errors": [missing(key)]})
        return answer({"data": self.shows.tweet(piece, key), "includes": self.shows.includes([piece])})

    def _dm_events(self, request: Request, key: str = "") -> Response:
        found = [
            one
            for one in self.shows.standing()
            if one.kind == "message" and key in {"", user_id(self.shows.other(one))}
        ]
        rows = sorted((self.shows.dm_event(one) for one in found), key=lambda one: -int(one["id"]))
        most = min(int(request.args.get("max_results", 100)), self.page_most)
        return answer(
            {
                **page(rows, most, request.args.get("pagination_token", "")),
                "includes": self.shows.includes(found),
            }
        )

    # -- writing -------------------------------------------------------------------------------------------
    def _post(self, request: Request) -> Response:
        given = request.get_json()
        text, parent = given.get("text", ""), (given.get("reply") or {}).get("in_reply_to_tweet_id", "")
        above = self.shows.find(parent) if parent else None
        if refusal := self._refusal(text, parent, above):
            return problem(403, "Forbidden", refusal)
        piece = self.add(
            "comment" if above else "post", OFFICIAL, text, parent=above.id if above else "", account=self.official.id,
            media=tuple(self.uploads[one] for one in (given.get("media") or {}).get("media_ids", ())),
        )  # fmt: skip
        self.emit("create", piece)
        said = self.shows.tweet(piece)
        return answer({"data": {name: said[name] for name in ("id", "text", "edit_history_tweet_ids")}}, 201)

    def _refusal(self, text: str, parent: str, above: Piece | None) -> str:
        if parent and (above is None or above.deleted):
            return "You attempted to reply to a Tweet that is deleted or not visible to you."
        if above and not above.ours and above.kind == "post":
            return (
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by "
                "the author of the post you are replying to."
            )
        ours = [one for one in self.shows.standing() if one.ours and one.kind != "message"]
        if any((one.text, one.parent) == (text, above.id if above else "") for one in ours):
            return "You are not allowed to create a Tweet with duplicate content."
        return ""

    def _remove(self, request: Request, key: str) -> Response:
        piece = self.shows.find(key)
        if piece is None or piece.deleted:
            return answer(missing(key), 404)
        if not piece.ours:
            return problem(403, "Forbidden", "You are not authorized to delete this Tweet.")
        self.pieces[piece.id] = replace(piece, deleted=True)
        self.emit("delete", piece)
        return answer({"data": {"deleted": True}})

    def _hide(self, request: Request, key: str) -> Response:
        piece, hidden = self.shows.find(key), bool(request.get_json()["hidden"])
        root = self.pieces.get(piece.root) if piece else None
        if piece is None or piece.ours or root is None or not root.ours:
            return problem(403, "Forbidden", "You can only hide replies to conversations that you started.")
        self.pieces[piece.id] = replace(piece, hidden=hidden)
        return answer({"data": {"hidden": hidden}})

    def _dm(self, request: Request, key: str) -> Response:
        authors = {user_id(one.author): one.author for one in self.pieces.values() if not one.ours}
        if key not in authors or authors[key] in self.closed:
            return problem(403, "Forbidden", "You cannot send messages to this user.")
        piece = self.add(
            "message", OFFICIAL, request.get_json()["text"], account=self.official.id, reference=authors[key]
        )
        self.emit("create", piece)
        conversation = self.shows.dm_event(piece)["dm_conversation_id"]
        return answer({"data": {"dm_conversation_id": conversation, "dm_event_id": piece.id}}, 201)

    def _initialize(self, request: Request) -> Response:
        key = self.new_id()
        self.uploads[key] = {**request.get_json(), "media_key": f"3_{key}", "bytes": 0, "ready": False}
        return answer({"data": {"id": key, "media_key": f"3_{key}", "expires_after_secs": 86400}})

    def _append(self, request: Request, key: str) -> Response:
        self.uploads[key]["bytes"] += len(base64.b64decode(request.get_json()["media"]))
        return answer({"data": {"expires_at": int(self.clock()) + 86400}})

    def _finalize(self, request: Request, key: str) -> Response:
        one = self.uploads[key]
        if one["bytes"] != one["total_bytes"]:
            return problem(
                400,
                "Invalid Request",
                "Segments do not add up to provided total file size.",
                "invalid-request",
            )
        one["ready"] = True
        return answer({"data": {"id": key, "media_key": one["media_key"], "size": one["bytes"]}})

    def _metadata(self, request: Request) -> Response:
        given = request.get_json()
        self.uploads[given["id"]]["alt"] = given["metadata"]["alt_text"]["text"]
        return answer({"data": {"id": given["id"]}})
