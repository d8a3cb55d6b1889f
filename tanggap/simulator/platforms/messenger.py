"""A simulated Messenger: conversations of citizens with a Page, windows of 24 hours and 7 days, echoes and receipts.

Built from developers.facebook.com/documentation/business-messaging/messenger-platform (reference/send-api,
conversations, policy, error-codes, webhooks/webhook-events) as seen on 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterable
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

_DAY = 24 * 3600


class Messenger(MetaGraph):
    """The private messages of Pages. A person is known to a Page by an id that holds for this Page only.

    `review_passed` is whether the app may write to others than its own testers; `blocked` names people who take no
    messages; `granted` may hold human_agent.
    """

    platform = "messenger"
    kinds = ("message",)
    permissions = ("pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement")
    rate_code = 613
    usage_type = "messenger"

    def __init__(self, **more: Any) -> None:
        self.review_passed = True
        self.blocked: set[str] = set()
        super().__init__(**more)

    def rules(self) -> Iterable[Rule]:
        """This will return the routes of the Page's conversations."""
        return [
            *self.shared_rules(),
            Rule("/me", endpoint=self._me, methods=["GET"]),
            Rule("/me", endpoint=self.batch_of, methods=["POST"]),
            Rule("/<key>/conversations", endpoint=self._conversations, methods=["GET"]),
            Rule("/<key>/messages", endpoint=self._messages, methods=["GET", "POST"]),
            Rule("/<key>", endpoint=self._node, methods=["GET"]),
        ]

    def begin(self) -> None:
        """This will open the Page of the fictional city."""
        self.open_account("104700000000001", "pemkotsukamaju", "Pemerintah Kota Sukamaju", "EAApesan1")

    # -- citizens ------------------------------------------------------------------------------------------
    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a message into the conversation of its author (or of whom it answers) with the Page."""
        above = self.pieces.get(more.get("parent", ""))
        if not more.get("root"):
            more["root"] = above.root if above else f"t_{more.get('account')}{_psid(author)}"
        return super().add(kind, author, text, **more)

    def new_id(self) -> str:
        """This will return the id of the next message."""
        return f"m_{next(self.numbers):08d}-Xw{self.random.getrandbits(48):012x}"

    def receipt(self, state: str, key: str) -> None:
        """This will tell the app that a message of the Page was delivered or read."""
        with self.lock:
            piece = self.pieces[key]
            event = self._event(replace(piece, author=self._with(piece)))
            event["timestamp"] = int(self.clock() * 1000)
            mark = int(self.clock() * 1000)
            event[{"delivered": "delivery"}.get(state, state)] = (
                {"mids": [key], "watermark": mark} if state == "delivered" else {"watermark": mark}
            )
            self.hooks.append(self.hooked(self._entry(piece, event)))

    # -- hooks ---------------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        """This will tell of messages, echoes and edits; of a message that a citizen takes back nobody is told."""
        if event == "delete":
            return None
        told = self._event(piece)
        if event == "edit":
            told["timestamp"] = int(self.clock() * 1000)
            told["message_edit"] = {"mid": piece.id, "text": piece.text, "num_edit": 1}
        else:
            told["message"] = {"mid": piece.id, "text": piece.text}
            if piece.media:
                told["message"]["attachments"] = [
                    {"type": one["type"], "payload": {"url": one["url"]}} for one in piece.media
                ]
            if piece.ours:
                told["message"] |= {"is_echo": True, "app_id": 1517776481860111, "metadata": piece.reference}
        return self.hooked(self._entry(piece, told))

    def _entry(self, piece: Piece, event: dict[str, Any]) -> dict[str, Any]:
        return {"id": piece.account, "time": int(self.clock() * 1000), "messaging": [event]}

    def _event(self, piece: Piece) -> dict[str, Any]:
        to = _psid(self._with(piece)) if piece.ours else piece.account
        sender = piece.account if piece.ours else _psid(piece.author)
        return {"sender": {"id": sender}, "recipient": {"id": to}, "timestamp": int(piece.at * 1000)}

    def _with(self, piece: Piece) -> str:
        talk = (one for one in self.pieces.values() if one.root == piece.root and not one.ours)
        return next((one.author for one in talk), "")

    # -- the interface -------------------------------------------------------------------------------------
    def _me(self, request: Request) -> Response:
        return answer(
            picked(self.account_node(self.official_of(request)), request.args.get("fields", "name"))
        )

    def _conversations(self, request: Request, key: str) -> Response:
        page = self._own(request, key)
        self.need("pages_messaging")
        wanted, nodes = request.args.get("user_id"), []
        for root in {one.root for one in self.pieces.values() if one.account == page}:
            said = newest_first(self.pieces.values(), lambda one, root=root: one.root == root)  # type: ignore[misc]
            person = _psid(self._with(said[0])) if said else ""
            if said and wanted in {None, person}:
                nodes.append(self._talk_node(root, page, person, said))
        nodes.sort(key=lambda node: node["at"], reverse=True)
        return self.listed(request, nodes)

    def _talk_node(self, root: str, page: str, person: str, said: list[Piece]) -> dict[str, Any]:
        people = [{"id": person, "name": person}, {"id": page, "name": self.officials[page].name}]
        newest: dict[str, Any] = {"data": [self._message_node(one) for one in said[:20]]}
        if len(said) > 20:
            newest["paging"] = {
                "cursors": {"after": "QVFI"},
                "next": f"https://graph.facebook.com/{root}/messages",
            }
        return {
            "id": root, "at": said[0].at, "updated_time": time_of(said[0].at), "participants": {"data": people},
            "messages": newest,
        }  # fmt: skip

    def _messages(self, request: Request, key: str) -> Response:
        if request.method == "GET":
            page = self.official_of(request).id
            self.need("pages_messaging")
            said = newest_first(self.pieces.values(), lambda one: one.root == key and one.account == page)
            if not said:
                raise gone(key)
            return self.listed(request, [self._message_node(one) for one in said])
        return self._send(request, self._own(request, key))

    def _send(self, request: Request, page: str) -> Response:
        self.need("pages_messaging")
        body = request.get_json()
        person, text = str(body["recipient"].get("id", "")), str(body["message"].get("text", ""))
        theirs = newest_first(
            self.pieces.values(), lambda one: not one.ours and one.account == page and _psid(one.author) == person
        )  # fmt: skip
        if not theirs:
            raise GraphError(100, "(#100) No matching user found", subcode=2018001)
        if person in self.blocked:
            raise GraphError(551, "(#551) This person isn't available right now.", subcode=1545041)
        if not self.review_passed:
            raise GraphError(
                10, "(#10) Cannot message users who are not admins, developers or testers of the app until "
                "pages_messaging permission is reviewed and the app is live", subcode=2018028,
            )  # fmt: skip
        if len(text) > 2000:
            raise GraphError(100, "(#100) Length of param message[text] must be less than or equal to 2000")
        self._check_window(body, self.clock() - theirs[0].at)
        said = self.add(
            "message", OFFICIAL, text, parent=theirs[0].id, account=page,
            reference=str(body["message"].get("metadata", "")),
        )  # fmt: skip
        self.emit("create", said)
        return answer({"recipient_id": person, "message_id": said.id})

    def _check_window(self, body: dict[str, Any], age: float) -> None:
        tag = body.get("tag") if body.get("messaging_type") == "MESSAGE_TAG" else None
        if tag == "HUMAN_AGENT" and "human_agent" not in self.granted:
            raise GraphError(
                100, "(#100) Tag HUMAN_AGENT is not allowed: the app has no Human Agent feature",
                subcode=2018283,
            )  # fmt: skip
        if age > (7 * _DAY if tag == "HUMAN_AGENT" else _DAY):
            raise GraphError(
                10, "(#10) This message is sent outside of allowed window. Learn more about the new policy here: "
                "https://developers.facebook.com/docs/messenger-platform/policy-overview", subcode=2018278,
            )  # fmt: skip

    def _node(self, request: Request, key: str) -> Response:
        page = self.official_of(request)
        if key == page.id:
            return answer(picked(self.account_node(page), request.args.get("fields", "name")))
        piece = self.pieces.get(key)
        if piece is None or piece.deleted or piece.account != page.id:
            raise gone(key)
        return answer(picked(self._message_node(piece), request.args.get("fields", "created_time")))

    def _own(self, request: Request, key: str) -> str:
        official = self.official_of(request)
        if key not in {"me", official.id}:
            raise gone(key)
        return official.id

    def _message_node(self, piece: Piece) -> dict[str, Any]:
        event = self._event(piece)
        node: dict[str, Any] = {
            "id": piece.id, "created_time": time_of(piece.at), "message": piece.text,
            "from": {"id": event["sender"]["id"], "name": piece.author.replace("_", " ").title()},
            "to": {"data": [{"id": event["recipient"]["id"]}]},
        }  # fmt: skip
        if piece.media:
            node["attachments"] = {"data": [{"image_data": {"url": one["url"]}} for one in piece.media]}
        return node


def _psid(author: str) -> str:
    """A citizen's id as this Page knows it: digits, as Meta's are."""
    return str(
        7_000_000_000_000_000 + sum(ord(sign) * 131**place for place, sign in enumerate(author)) % 10**15
    )
