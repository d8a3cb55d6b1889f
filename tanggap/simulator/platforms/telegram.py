"""A stand-in for the Telegram Bot API, with one bot, its channel and the discussion group linked to it.

After core.telegram.org (read 2026-11-22): bots/api (making requests, getting updates, setwebhook, available types,
sendmessage, sendphoto, sendmediagroup, deletemessage, responseparameters), bots/faq (rates), bots/features (privacy
mode), api/discussion (the automatic copies of channel posts, under which comments stand).

The bot is an administrator of channel and group, so it sees everything there. Updates wait for 24 hours at most.
A webhook of this machine may be plain http, as bots/api#using-a-local-bot-api-server grants it.
Simplified: one topic level, no stickers or polls of our own. A message of more than 48 hours is deleted only where the
bot was given the right to delete (`may_delete`).
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Piece, Simulated
from tanggap.simulator.platforms.telegram_shapes import entities, given_in, private, problem, result

CHANNEL, GROUP = "-1001000000001", "-1001000000002"
_KEPT = 24 * 3600
_MOST_TEXT, _MOST_CAPTION = 4096, 1024
_PER_SECOND, _PER_MINUTE_IN_GROUP = 30, 20
_FILES = {
    "sendPhoto": "photo", "sendVideo": "video", "sendAudio": "audio", "sendDocument": "document", "sendVoice": "voice",
}  # fmt: skip


class Telegram(Simulated):
    """One bot. While a webhook is set its updates are delivered there, else they wait for getUpdates.

    `blocked` are citizens who stopped the bot, `migrated` groups that moved (old id to new).
    """

    platform = "telegram"
    kinds = ("message", "comment", "mention")

    def settings(self) -> dict[str, str]:
        """This will return how the bot is told of updates, and the channel that it publishes in."""
        return {"mode": "webhook", "channel": "@tirtakencana"}

    def begin(self) -> None:
        self.webhook: dict[str, Any] | None = {"url": "https://pemkot.example/hooks/telegram"}
        self.waiting: deque[tuple[float, dict[str, Any]]] = deque()
        self.blocked: set[str] = set()
        self.migrated: dict[str, str] = {}
        self.may_delete = True
        self.copies: dict[str, str] = {}
        self.files: list[tuple[str, bytes]] = []
        self._update_ids = iter(range(870_000_001, 2**31))
        self._sends: deque[tuple[float, str]] = deque()
        self.open_account(
            "7000000001",
            "@tirtakencana_bot",
            "Pemerintah Kota Tirtakencana",
            "7000000001:AAHsimulated-telegram-token-0001",
        )
        self._publish("Selamat pagi, warga Tirtakencana.", quiet=True)

    def rules(self) -> Iterable[Rule]:
        return [Rule("/bot<token>/<method>", methods=["GET", "POST"], endpoint=self._call)]

    # -- what citizens do --------------------------------------------------------------------------------
    def told_to(self, address: str) -> None:
        self.webhook = {"url": address}

    def user(self, author: str) -> dict[str, Any]:
        """This will return the user behind a name of the city, always the same."""
        digest = int(hashlib.sha256(author.encode()).hexdigest(), 16)
        return {
            "id": 100_000_000 + digest % 10**9, "is_bot": False, "first_name": author.replace("_", " ").title(),
            "username": f"{author.lower()}_tk", "language_code": "id",
        }  # fmt: skip

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        if not more.get("id"):
            chat = more.pop("chat", "") or (str(self.user(author)["id"]) if kind == "message" else GROUP)
            more["id"] = f"{chat}/{next(self.numbers)}"
        if kind == "comment" and not more.get("parent"):
            more["parent"] = next(reversed(self.copies))
        if kind == "mention" and self.official.handle not in text:
            text = f"{self.official.handle} {text}"
        return super().add(kind, author, text, **more)

    def block(self, author: str) -> None:
        """This will let a citizen stop the bot."""
        with self.lock:
            self.blocked.add(author)
            user, bot = self.user(author), self._bot()
            change = {
                "chat": private(user), "from": user, "date": int(self.clock()),
                "old_chat_member": {"user": bot, "status": "member"},
                "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
            }  # fmt: skip
            self._queue({"my_chat_member": change})

    def migrate(self, new: str) -> None:
        """This will turn the discussion group into another supergroup, with another id."""
        with self.lock:
            self.migrated[GROUP] = new
            told = {
                "message_id": next(self.numbers), "date": int(self.clock()), "chat": self._chat(GROUP),
                "from": self.user("pengurus"), "migrate_to_chat_id": int(new),
            }  # fmt: skip
            self._queue({"message": told})

    # -- updates -----------------------------------------------------------------------------------------
    def emit(self, event: str, piece: Piece) -> None:
        if piece.ours or event == "delete":  # bots are not told of their own messages, nor of deletions
            return
        if self.webhook is not None:
            super().emit(event, piece)
            return
        self.waiting.append((self.clock(), self._numbered(self._about(event, piece))))

    def hook(self, event: str, piece: Piece) -> Hooked | None:
        return self._hooked(self._numbered(self._about(event, piece)))

    def _about(self, event: str, piece: Piece) -> dict[str, Any]:
        return {"message" if event == "create" else "edited_message": self._message(piece)}

    def _queue(self, update: dict[str, Any]) -> None:
        numbered = self._numbered(update)
        if self.webhook is None:
            self.waiting.append((self.clock(), numbered))
        else:
            self.hooks.append(self._hooked(numbered))

    def _numbered(self, update: dict[str, Any]) -> dict[str, Any]:
        return {"update_id": next(self._update_ids), **update}

    def _hooked(self, update: dict[str, Any]) -> Hooked:
        body = json.dumps(update, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return Hooked(
            body, {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.secret}
        )

    def _bot(self) -> dict[str, Any]:
        official = self.official
        return {
            "id": int(official.id), "is_bot": True, "first_name": official.name,
            "username": official.handle.lstrip("@"),
        }  # fmt: skip

    def _chat(self, key: str) -> dict[str, Any]:
        if key == CHANNEL:
            return {
                "id": int(key),
                "type": "channel",
                "title": "Kota Tirtakencana",
                "username": "tirtakencana",
            }
        if key.startswith("-"):
            return {"id": int(key), "type": "supergroup", "title": "Obrolan Tirtakencana"}
        user = next(one for one in map(self.user, self._authors()) if str(one["id"]) == key)
        return private(user)

    def _authors(self) -> set[str]:
        return {one.author for one in self.pieces.values() if not one.ours} | self.blocked

    def _message(self, piece: Piece, *, deep: bool = True) -> dict[str, Any]:
        chat, _, number = piece.id.partition("/")
        told: dict[str, Any] = {
            "message_id": int(number), "date": int(piece.at), "chat": self._chat(chat), **self._content(piece),
        }  # fmt: skip
        if piece.kind == "post":
            told["sender_chat"] = told["chat"]
        else:
            told["from"] = self._bot() if piece.ours else self.user(piece.author)
        if piece.edited_at is not None:
            told["edit_date"] = int(piece.edited_at)
        if piece.parent and deep:
            above = self._above(piece.parent)
            told["reply_to_message"] = above
            if chat == GROUP:
                told["message_thread_id"] = int(self.copies.get(piece.root, piece.parent).rpartition("/")[2])
        return told

    def _above(self, parent: str) -> dict[str, Any]:
        """What an answer stands under: of a channel's post, its copy in the discussion group."""
        if parent not in self.copies:
            return self._message(self.pieces[parent], deep=False)
        return self._copy(self.pieces[parent])

    def _copy(self, post: Piece) -> dict[str, Any]:
        channel, number = self._chat(CHANNEL), post.id.rpartition("/")[2]
        origin = {"type": "channel", "date": int(post.at), "chat": channel, "message_id": int(number)}
        return {
            "message_id": int(self.copies[post.id].rpartition("/")[2]), "date": int(post.at),
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "sender_chat": channel,
            "chat": self._chat(GROUP), "forward_origin": origin, "is_automatic_forward": True, **self._content(post),
        }  # fmt: skip

    def _content(self, piece: Piece) -> dict[str, Any]:
        if not piece.media:
            marks = entities(piece.text, self.official.handle)
            return {"text": piece.text, **({"entities": marks} if marks else {})}
        held = dict(piece.media[0])
        kind = held.pop("type")
        file = {"file_id": f"AgAD{piece.id}", "file_unique_id": f"AQAD{piece.id}", **held}
        caption = {"caption": piece.text} if piece.text else {}
        return {kind: [{**file, "width": 800, "height": 600}] if kind == "photo" else file, **caption}

    def _publish(self, text: str, *, quiet: bool = False, media: tuple[Mapping[str, Any], ...] = ()) -> Piece:
        post = self.add("post", OFFICIAL, text, chat=CHANNEL, account=self.official.id, media=media)
        self.copies[post.id] = f"{GROUP}/{next(self.numbers)}"
        if not quiet:  # the copy in the group is told to the bot, though the post itself is its own
            self._queue({"message": self._copy(post)})
        return post

    # -- the interface -----------------------------------------------------------------------------------
    def refused(self) -> Response:
        wait = self.faults.retry_after
        more = {"retry_after": int(float(wait))} if wait is not None else {}
        return problem(429, f"Too Many Requests: retry after {wait}", **more)

    def failed(self) -> Response:
        return problem(502, "Bad Gateway")

    def _call(self, request: Request, token: str, method: str) -> Response:
        official = self.owner_of(token)
        if official is None or official.revoked or official.expires_at is not None:
            return problem(401, "Unauthorized")
        given = given_in(request)
        if method in _FILES:
            return self._say(given, request, _FILES[method])
        known = {
            "getMe": self._get_me, "getChat": self._get_chat, "getUpdates": self._get_updates,
            "getWebhookInfo": self._webhook_info, "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook, "sendMessage": self._say, "sendMediaGroup": self._album,
            "deleteMessage": self._remove,
        }.get(method)  # fmt: skip
        return known(given, request) if known else problem(404, "Not Found")

    def _get_me(self, given: Mapping[str, Any], request: Request) -> Response:
        return result(
            {**self._bot(), "can_join_groups": True, "can_read_all_group_messages": True,
             "supports_inline_queries": False}
        )  # fmt: skip

    def _get_chat(self, given: Mapping[str, Any], request: Request) -> Response:
        chat = self._named(str(given.get("chat_id", "")))
        return (
            result({**self._chat(chat), "linked_chat_id": int(GROUP)})
            if chat
            else problem(400, "Bad Request: chat not found")
        )

    def _named(self, name: str) -> str:
        if name == "@tirtakencana":
            return CHANNEL
        known = {CHANNEL, GROUP, *(str(self.user(one)["id"]) for one in self._authors())}
        return name if name in known | set(self.migrated.values()) else ""

    def _get_updates(self, given: Mapping[str, Any], request: Request) -> Response:
        if self.webhook is not None:
            return problem(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        self.forget()
        offset, limit = int(given.get("offset") or 0), min(int(given.get("limit") or 100), 100)
        if offset < 0:
            offset = self.waiting[max(len(self.waiting) + offset, 0)][1]["update_id"] if self.waiting else 0
        while self.waiting and self.waiting[0][1]["update_id"] < offset:
            self.waiting.popleft()
        return result([one for _, one in list(self.waiting)[:limit]])

    def forget(self) -> None:
        """This will drop updates that waited for more than 24 hours."""
        while self.waiting and self.waiting[0][0] < self.clock() - _KEPT:
            self.waiting.popleft()

    def _webhook_info(self, given: Mapping[str, Any], request: Request) -> Response:
        pending = len(self.hooks) if self.webhook is not None else len(self.waiting)
        info = {"has_custom_certificate": False, "pending_update_count": pending, "max_connections": 40}
        return result({"url": "", **info, **(self.webhook or {})})

    def _set_webhook(self, given: Mapping[str, Any], request: Request) -> Response:
        url = str(given.get("url") or "")
        if not url.startswith(("https://", "http://127.0.0.1")):
            return problem(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = {"url": url, "allowed_updates": given.get("allowed_updates") or []}
        self.secret = str(given.get("secret_token") or "")
        self.forget()
        self.hooks += [self._hooked(one) for _, one in self.waiting]
        self.waiting.clear()
        return result(True, "Webhook was set")

    def _delete_webhook(self, given: Mapping[str, Any], request: Request) -> Response:
        self.webhook = None
        return result(True, "Webhook was deleted")

    def _say(self, given: Mapping[str, Any], request: Request, kind: str = "") -> Response:
        text = str(given.get("caption" if kind else "text") or "")
        if kind:
            file = request.files.get(kind)
            if file is None:
                return problem(400, "Bad Request: there is no file in the request")
            with file.stream as held:
                self.files.append((kind, held.read()))
        media = ({"type": kind},) if kind else ()
        refusal = self._no(given, text, caption=bool(kind))
        return refusal or result(self._message(self._spoken(given, text, media)))

    def _album(self, given: Mapping[str, Any], request: Request) -> Response:
        album = given.get("media")
        if not isinstance(album, list) or not 2 <= len(album) <= 10:
            return problem(400, "Bad Request: there must be 2-10 items in the album")
        for one in album:
            file = request.files.get(str(one["media"]).removeprefix("attach://"))
            if file is None:
                return problem(400, "Bad Request: wrong file identifier/HTTP URL specified")
            with file.stream as held:
                self.files.append((one["type"], held.read()))
        text = str(album[0].get("caption") or "")
        refusal = self._no(given, text, caption=True)
        if refusal:
            return refusal
        pieces = [
            self._spoken(given, str(one.get("caption") or ""), ({"type": one["type"]},)) for one in album
        ]
        return result([self._message(one) for one in pieces])

    def _no(self, given: Mapping[str, Any], text: str, *, caption: bool) -> Response | None:
        """The refusal of a message, if there is a reason for one."""
        name = str(given.get("chat_id", ""))
        if name in self.migrated:
            moved = int(self.migrated[name])
            return problem(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved
            )
        chat = self._named(name)
        if not chat:
            return problem(400, "Bad Request: chat not found")
        if any(str(self.user(one)["id"]) == chat for one in self.blocked):
            return problem(403, "Forbidden: bot was blocked by the user")
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if units > (_MOST_CAPTION if caption else _MOST_TEXT):
            return problem(400, f"Bad Request: message {'caption ' if caption else ''}is too long")
        if not text and not caption:
            return problem(400, "Bad Request: message text is empty")
        answered = (given.get("reply_parameters") or {}).get("message_id")
        if answered is not None and not self._stands(f"{chat}/{answered}"):
            return problem(400, "Bad Request: message to be replied not found")
        return self._too_often(chat)

    def _stands(self, key: str) -> bool:
        return key in self.copies.values() or key in self.pieces and not self.pieces[key].deleted

    def _too_often(self, chat: str) -> Response | None:
        now = self.clock()
        while self._sends and self._sends[0][0] < now - 60:
            self._sends.popleft()
        in_chat = [at for at, one in self._sends if one == chat]
        if chat.startswith("-") and len(in_chat) >= _PER_MINUTE_IN_GROUP:
            wait = int(60 - (now - in_chat[0])) + 1
            return problem(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        if sum(at > now - 1 for at, _ in self._sends) >= _PER_SECOND:
            return problem(429, "Too Many Requests: retry after 1", retry_after=1)
        self._sends.append((now, chat))
        return None

    def _spoken(self, given: Mapping[str, Any], text: str, media: tuple[Mapping[str, Any], ...]) -> Piece:
        chat = self._named(str(given["chat_id"]))
        if chat == CHANNEL:
            return self._publish(text, media=media)
        number = (given.get("reply_parameters") or {}).get("message_id")
        parent = f"{chat}/{number}" if number is not None else ""
        under = next((post for post, copy in self.copies.items() if copy == parent), parent)
        kind = "comment" if chat.startswith("-") else "message"
        return self.add(
            kind,
            OFFICIAL,
            text,
            parent=under,
            id=f"{chat}/{next(self.numbers)}",
            account=self.official.id,
            media=media,
        )

    def _remove(self, given: Mapping[str, Any], request: Request) -> Response:
        key = f"{given.get('chat_id')}/{given.get('message_id')}"
        if not self._stands(key):
            return problem(400, "Bad Request: message to delete not found")
        if not self.may_delete and self.pieces[key].at < self.clock() - 48 * 3600:
            return problem(400, "Bad Request: message can't be deleted")
        self.pieces[key] = replace(self.pieces[key], hidden=True, deleted=True)
        return result(True)
