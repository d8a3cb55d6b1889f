"""A stand-in for the WhatsApp Cloud API and its deliveries.

After developers.facebook.com/documentation/business-messaging/whatsapp/… (read 2026-11-22): messages/send-messages,
messages/text-messages, reference/whatsapp-business-phone-number/message-api, business-phone-numbers/media, templates,
support/error-codes, throughput, about-the-platform (pair rate), business-scoped-user-ids, webhooks/reference/messages
(text, image, status, edit, revoke), webhooks/reference/smb_message_echoes; and developers.facebook.com/docs/graph-api/
webhooks/getting-started (signature), …/guides/secure-requests (appsecret_proof), …/reference/debug_token.

Simplified: the pair rate is the documented burst of 45 within six seconds only; a number's 80 messages a second count
what is sent, not what comes in; groups and calls are left out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import OFFICIAL, Hooked, Official, Piece, Simulated
from tanggap.simulator.platforms.whatsapp_shapes import (
    ERRORS,
    NO_OBJECT,
    Citizen,
    citizen,
    error,
    json_answer,
    names,
)

WINDOW = 24 * 3600
WABA = "102290129340398"
_MOST_TEXT = 4096
_BURST, _BURST_SECONDS = 45, 6
_PER_SECOND = 80
_FILES = {"image", "audio", "video", "document", "sticker"}


class WhatsApp(Simulated):
    """One business account with its numbers. `late` lets refusals come by report instead of at once.

    `hidden` are citizens who took a user name: their number is in no delivery.
    """

    platform = "whatsapp"
    kinds = ("message",)

    def settings(self) -> dict[str, str]:
        """This will return the number's and the business account's ids."""
        return {"phone_number_id": self.official.id, "waba_id": WABA}

    def begin(self) -> None:
        self.late = False
        self.hidden: set[str] = set()
        self.templates: list[dict[str, Any]] = [
            {
                "id": "1300000000000001", "name": "tindak_lanjut", "language": "id", "status": "APPROVED",
                "category": "UTILITY",
                "components": [
                    {"type": "HEADER", "format": "TEXT", "text": "Pemerintah Kota"},
                    {"type": "BODY", "text": "Laporan {{1}} tentang {{2}} sudah ditindaklanjuti."},
                    {"type": "FOOTER", "text": "Balas pesan ini bila belum selesai."},
                ],
            },
            {
                "id": "1300000000000002", "name": "promosi", "language": "id", "status": "REJECTED",
                "category": "MARKETING", "components": [{"type": "BODY", "text": "Datang ya"}],
            },
        ]  # fmt: skip
        self.uploads: dict[str, bytes] = {}
        self.subscribed = False
        self._sends: deque[tuple[float, str]] = deque()
        self.open_account(
            "106540352242922", "6281200000001", "Pemerintah Kota Tirtakencana", "EAAJB-whatsapp"
        )

    def rules(self) -> Iterable[Rule]:
        return [
            Rule("/<version>/debug_token", methods=["GET"], endpoint=self._debug),
            Rule("/<version>/<node>", methods=["GET"], endpoint=self._number),
            Rule("/<version>/<node>/message_templates", methods=["GET"], endpoint=self._templates),
            Rule("/<version>/<node>/subscribed_apps", methods=["POST"], endpoint=self._subscribe),
            Rule("/<version>/<node>/media", methods=["POST"], endpoint=self._upload),
            Rule("/<version>/<node>/messages", methods=["POST"], endpoint=self._send),
        ]

    def new_id(self) -> str:
        number = next(self.numbers)
        held = hashlib.sha256(f"wamid{number}".encode()).digest()[:20] + number.to_bytes(8, "big")
        return "wamid." + base64.b64encode(b"\x1c\x18\r" + held).decode()

    def citizen(self, author: str) -> Citizen:
        """This will return the person behind a name of the city, always the same."""
        return citizen(author, hidden=author in self.hidden)

    # -- deliveries --------------------------------------------------------------------------------------
    def hook(self, event: str, piece: Piece) -> Hooked | None:
        if piece.ours:
            return None
        who = self.citizen(piece.author)
        shown = {} if who.username else {"from": who.number}
        message: dict[str, Any] = {
            **shown, "from_user_id": who.user, "id": piece.id, "timestamp": str(int(piece.at)),
            **self._content(piece),
        }  # fmt: skip
        if piece.parent:
            message["context"] = {"from": self.officials[piece.account].handle, "id": piece.parent}
        if event != "create":
            inside = {"original_message_id": piece.id}
            if event == "edit":
                inside |= {"message": self._content(piece)}  # type: ignore[dict-item]  # an object beside an id
            kind = "edit" if event == "edit" else "revoke"
            message = {
                **shown, "from_user_id": who.user, "id": self.new_id(), "timestamp": str(int(self.clock())),
                "type": kind, kind: inside,
            }  # fmt: skip
        return self._signed(piece.account, {"contacts": [self._contact(who)], "messages": [message]})

    def answer_in_app(self, text: str, author: str = "warga1") -> Piece:
        """This will let a colleague answer from the WhatsApp Business app on the same number."""
        with self.lock:
            piece = self.add("message", OFFICIAL, text, account=self.official.id)
            who = self.citizen(author)
            echo = {
                "from": self.official.handle, "to": who.number, "to_user_id": who.user,
                "id": piece.id, "timestamp": str(int(piece.at)), "type": "text", "text": {"body": text},
            }  # fmt: skip
            self.hooks.append(self._signed(piece.account, {"message_echoes": [echo]}, "smb_message_echoes"))
            return piece

    def report(self, piece: Piece, status: str, author: str, code: int = 0) -> None:
        """This will deliver what became of a message: sent, delivered, read or failed."""
        who = self.citizen(author)
        told: dict[str, Any] = {"id": piece.id, "status": status, "timestamp": str(int(self.clock()))}
        told |= {"recipient_user_id": who.user} if who.username else {"recipient_id": who.number}
        value: dict[str, Any] = {"statuses": [told]}
        if status == "failed":
            title, details = ERRORS[code][1:]
            told["errors"] = [
                {"code": code, "title": title, "message": title, "error_data": {"details": details}}
            ]
        else:
            told["recipient_user_id"] = who.user
            value = {"contacts": [self._contact(who)], **value}
        if piece.reference:
            told["biz_opaque_callback_data"] = piece.reference
        if self.random.random() >= self.faults.hooks_lost:
            self.hooks.append(self._signed(piece.account, value))

    def _contact(self, who: Citizen) -> dict[str, Any]:
        profile = {"name": who.name, **({"username": who.username} if who.username else {})}
        known = {} if who.username else {"wa_id": who.number}
        return {"profile": profile, **known, "user_id": who.user}

    def _content(self, piece: Piece) -> dict[str, Any]:
        if not piece.media:
            return {"type": "text", "text": {"body": piece.text}}
        held = dict(piece.media[0])
        kind = held.pop("type")
        return {"type": kind, kind: {**held, **({"caption": piece.text} if piece.text else {})}}

    def _signed(self, account: str, value: Mapping[str, Any], field: str = "messages") -> Hooked:
        official = self.officials[account]
        metadata = {"display_phone_number": official.handle, "phone_number_id": official.id}
        whole = {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": WABA,
                    "changes": [
                        {
                            "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
                            "field": field,
                        }
                    ],
                }
            ],
        }
        body = json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return Hooked(
            body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        )

    # -- the interface -----------------------------------------------------------------------------------
    def refused(self) -> Response:
        minutes = max(int(float(self.faults.retry_after or 0)) // 60, 1)
        usage = {WABA: [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": minutes}]}
        answer = error(80007)
        if self.faults.retry_after is not None:
            answer.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
        return answer

    def failed(self) -> Response:
        return error(2, status=503)

    def _allowed(self, request: Request) -> Official | Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        official = self.owner_of(token)
        if official is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if official.revoked:
            why = (
                "Error validating access token: The session has been invalidated because the user logged out."
            )
            return error(190, why, subcode=467, status=401)
        if official.expires_at is not None and official.expires_at <= self.clock():
            why = "Error validating access token: Session has expired."
            return error(190, why, subcode=463, status=401)
        wanted = hmac.new(self.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if request.args.get("appsecret_proof", wanted) != wanted:
            return error(100, "Invalid appsecret_proof provided in the API argument", status=400)
        return official

    def _debug(self, request: Request, version: str) -> Response:
        token = request.args.get("input_token", "")
        app = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if app != f"{self.client_id}|{self.client_secret}":
            return error(190, "Invalid OAuth access token", status=401)
        official = self.owner_of(token)
        ends = int(official.expires_at or 0) if official else 0
        return json_answer(
            {"data": {"app_id": self.client_id, "type": "SYSTEM_USER", "is_valid": bool(official), "expires_at": ends}}
        )  # fmt: skip

    def _number(self, request: Request, version: str, node: str) -> Response:
        official = self._allowed(request)
        if isinstance(official, Response):
            return official
        if node != official.id:
            return error(100, NO_OBJECT.format(node), subcode=33)
        return json_answer(
            {
                "id": official.id, "display_phone_number": "+62 812-0000-0001", "verified_name": official.name,
                "quality_rating": "GREEN",
            }
        )  # fmt: skip

    def _templates(self, request: Request, version: str, node: str) -> Response:
        official = self._allowed(request)
        if isinstance(official, Response):
            return official
        if node != WABA:
            return error(100, NO_OBJECT.format(node), subcode=33)
        status = request.args.get("status")
        found = [one for one in self.templates if status in {None, one["status"]}]
        size, start = int(request.args.get("limit", 25)), int(request.args.get("after") or 0)
        page = found[start : start + size]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + size < len(found):
            paging["next"] = f"{request.base_url}?after={start + size}"
        return json_answer({"data": page, **({"paging": paging} if page else {})})

    def _subscribe(self, request: Request, version: str, node: str) -> Response:
        official = self._allowed(request)
        if isinstance(official, Response):
            return official
        if node != WABA:
            return error(100, NO_OBJECT.format(node), subcode=33)
        self.subscribed = True
        return json_answer({"success": True})

    def _upload(self, request: Request, version: str, node: str) -> Response:
        official = self._allowed(request)
        if isinstance(official, Response):
            return official
        file = request.files.get("file")
        if file is None or request.form.get("messaging_product") != "whatsapp":
            return error(100, "(#100) Param file must be a file and messaging_product is required")
        key = str(10**15 + next(self.numbers))
        with file.stream as held:
            self.uploads[key] = held.read()
        return json_answer({"id": key})

    def _send(self, request: Request, version: str, node: str) -> Response:
        official = self._allowed(request)
        if isinstance(official, Response):
            return official
        given = request.get_json(silent=True)
        if not isinstance(given, dict) or given.get("messaging_product") != "whatsapp":
            return error(100, "(#100) The parameter messaging_product is required.")
        whom = str(given.get("to") or given.get("recipient") or "").lstrip("+")
        author = next((one for one in self._authors() if whom in names(self.citizen(one))), "")
        problem = self._shape(given) or self._rate(whom) or self._template(given)
        if problem:
            return problem
        refusal = self._undeliverable(author, given)
        if refusal and not self.late:
            return error(refusal)
        piece = self._taken(official, given)
        who = self.citizen(author) if author else Citizen(whom, whom, whom)
        self._tell(piece, author, refusal)
        return json_answer(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": whom, **({"user_id": who.user} if "." in whom else {"wa_id": who.number})}],
                "messages": [{"id": piece.id, "message_status": "accepted"}],
            }
        )  # fmt: skip

    def _authors(self) -> set[str]:
        return {one.author for one in self.pieces.values() if not one.ours}

    def _shape(self, given: Mapping[str, Any]) -> Response | None:
        kind = given.get("type", "text")
        part = given.get(kind)
        if not isinstance(part, dict):
            return error(100, f"(#100) The parameter {kind} is required.")
        if kind == "text" and not 0 < len(str(part.get("body") or "")) <= _MOST_TEXT:
            return error(100, "(#100) Param text['body'] must be at most 4096 characters long.")
        if kind in _FILES and str(part.get("id")) not in self.uploads:
            return error(100, f"(#100) Param {kind}['id'] is not a valid media attachment ID")
        if len(str(given.get("biz_opaque_callback_data") or "")) > 512:
            return error(100, "(#100) Param biz_opaque_callback_data must be at most 512 characters long.")
        return None

    def _rate(self, whom: str) -> Response | None:
        now = self.clock()
        while self._sends and self._sends[0][0] < now - _BURST_SECONDS:
            self._sends.popleft()
        if sum(one == whom for _, one in self._sends) >= _BURST:
            return error(131056)
        if sum(at > now - 1 for at, _ in self._sends) >= _PER_SECOND:
            return error(130429)
        self._sends.append((now, whom))
        return None

    def _template(self, given: Mapping[str, Any]) -> Response | None:
        if given.get("type") != "template":
            return None
        asked = given["template"]
        language = (asked.get("language") or {}).get("code")
        known = next(
            (
                one for one in self.templates
                if (one["name"], one["language"], one["status"]) == (asked.get("name"), language, "APPROVED")
            ),
            None,
        )  # fmt: skip
        if known is None:
            return error(132001, status=404)
        body = next(part["text"] for part in known["components"] if part["type"] == "BODY")
        filled = [part for part in asked.get("components") or () if part.get("type") == "body"]
        count = len(filled[0]["parameters"]) if filled else 0
        return error(132000) if count != body.count("{{") else None

    def _undeliverable(self, author: str, given: Mapping[str, Any]) -> int:
        if not author:
            return 131026
        last = max((one.at for one in self.pieces.values() if one.author == author), default=0.0)
        return 131047 if given.get("type") != "template" and self.clock() - last > WINDOW else 0

    def _taken(self, official: Official, given: Mapping[str, Any]) -> Piece:
        kind = given.get("type", "text")
        part = given[kind]
        text = part.get("body") or part.get("caption") or ""
        if kind == "template":
            body = next(
                piece["text"] for one in self.templates if one["name"] == part["name"]
                for piece in one["components"] if piece["type"] == "BODY"
            )  # fmt: skip
            values = [
                each["text"]
                for piece in part.get("components") or ()
                for each in piece.get("parameters") or ()
            ]
            for number, value in enumerate(values, 1):
                body = body.replace(f"{{{{{number}}}}}", value)
            text = body
        media = ({"type": kind, "id": part.get("id")},) if kind in _FILES else ()
        return self.add(
            "message", OFFICIAL, text, account=official.id, media=media,
            parent=str((given.get("context") or {}).get("message_id") or ""),
            reference=str(given.get("biz_opaque_callback_data") or ""),
        )  # fmt: skip

    def _tell(self, piece: Piece, author: str, refusal: int) -> None:
        if refusal:
            self.pieces[piece.id] = replace(piece, deleted=True)
            self.report(piece, "failed", author or "tak dikenal", refusal)
            return
        for status in ("sent", "delivered"):
            self.report(piece, status, author)
