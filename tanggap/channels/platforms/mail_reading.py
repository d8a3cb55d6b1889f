"""Reads a letter as it stands in a mailbox (RFC 5322, MIME) into an item. Pure: no network, no clock.

The standard library's older policy (compat32) parses: its headers stay plain text until asked for, while those of
`policy.default` raise on what spammers write and take quadratic time over long address lists. A mailbox's first
header may be ours: `X-Tanggap-Taken`, put there by the fetch as servers put theirs, says from which folder a letter
came. Only as the very first line it is believed.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tanggap.channels.errors import Unreadable
from tanggap.channels.html_text import plain
from tanggap.channels.items import Action, Author, Item, Raw, Receipt

TAKEN = "X-Tanggap-Taken"
REFERENCE = "X-Tanggap-Reference"
_MOST_HEADER = 20_000
_MOST_TEXT = 100_000
_MOST_PARTS = 200
_MOST_ATTACHMENTS = 50
_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[bqBQ]\?[^?]*\?=")
_CHARSET = {"unknown-8bit": "utf-8", "ascii": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "cp1252"}
_EARLY, _LATE = timedelta(days=7), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the fetch knew of a letter: its folder ("inbox" or "sent"), whose it is, and when the server got it."""

    folder: str = ""
    account: str = ""
    at: datetime | None = None


def read(raw: Raw) -> list[Item]:
    """This will read a letter: a message, a receipt of ours, or nothing where a machine answers by itself."""
    try:
        letter = email.message_from_bytes(raw.body, policy=email.policy.compat32)
        if not letter.keys():
            raise Unreadable("Ini bukan surel: tidak ada satu pun tajuk di dalamnya.")
        report = _report(letter)
        if report == "delivery-status":
            return _bounces(letter, raw)
        if report == "disposition-notification" or _automatic(letter):
            return []
        return [_message(letter, raw)]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise Unreadable(f"Surel ini tidak dapat diurai ({type(error).__name__}).") from error


def message_id(letter: Message, body: bytes) -> str:
    """This will return a letter's id without its brackets; of one without any, or too long, a digest."""
    found = _ID.search(header(letter, "Message-ID"))
    if found and len(found[1]) <= 300:
        return found[1]
    if found:
        return f"sha256:{hashlib.sha256(found[1].encode()).hexdigest()}"
    return f"sha256:{hashlib.sha256(_without_ours(body)).hexdigest()}"


def header(letter: Message, name: str) -> str:
    """This will return a header's decoded text on one line, whatever its faults; empty where it is not there."""
    return " ".join(_decoded(_as_written(letter, name)).split())


def _as_written(letter: Message, name: str) -> str:
    return str(letter.get(name) or "")[:_MOST_HEADER]


def address(letter: Message, *headers: str) -> tuple[str, str]:
    """This will return the name and address of the first header that has any, the address in lower case.

    Encoded words are taken out before the header is parted: one may hold what looks like another address.
    """
    for header_name in headers:
        bare, words = _aside(_as_written(letter, header_name))
        for name, found in getaddresses([bare]):
            if "@" in found and not any(sign in found for sign in " \r\n\t<>"):
                return " ".join(_decoded(_back(name, words)).split()), found.strip().lower()
    return "", ""


def _aside(value: str) -> tuple[str, list[str]]:
    """A header with a mark in place of each encoded word, and the words."""
    words = _ENCODED.findall(value)
    numbers = count()
    return (_ENCODED.sub(lambda _: f"kata{next(numbers)}kata", value) if words else value), words


def _back(name: str, words: list[str]) -> str:
    for number, word in enumerate(words[:50]):
        name = name.replace(f"kata{number}kata", word)
    return name


def references(letter: Message) -> list[str]:
    """This will return the ids of the letters before this one, oldest first."""
    found = _ID.findall(header(letter, "References"))
    for one in _ID.findall(header(letter, "In-Reply-To"))[:1]:
        if one not in found:
            found.append(one)
    return [one if len(one) <= 300 else f"sha256:{hashlib.sha256(one.encode()).hexdigest()}" for one in found]


def _message(letter: Message, raw: Raw) -> Item:
    taken = _taken(raw.body)
    name, sender = address(letter, "From", "Sender", "Return-Path")
    before = references(letter)
    subject, text = header(letter, "Subject"), spoken(letter)
    if subject and not before and not text.lower().startswith(subject.lower()):
        text = f"{subject}\n\n{text}".strip()
    return Item(
        platform="email",
        external_id=message_id(letter, raw.body),
        kind="message",
        text=text[:_MOST_TEXT],
        created_at=_written_at(letter, raw, taken),
        author=_author(name, sender, taken),
        in_reply_to=before[-1] if before else "",
        thread=before[0] if before else "",
        media=_attachments(letter),
        metrics=_remarks(letter),
        # Anybody who got an answer knows its reference: only a letter among the sent ones may name it.
        reference=header(letter, REFERENCE)[:64] if taken.folder == "sent" else "",
    )


def _author(name: str, sender: str, taken: Taken) -> Author | None:
    if not sender:
        return None
    # Anybody can write any sender. Only a letter from the folder of sent ones is the government's own; another that
    # carries its address is kept apart by its id (posts are "ours" by the author's id).
    claimed = taken.folder == "inbox" and sender == taken.account
    external_id = f"mengaku:{sender}" if claimed else sender
    return Author(external_id[:200], sender[:200], name[:200])


def _written_at(letter: Message, raw: Raw, taken: Taken) -> datetime:
    """The sender's clock where the server's makes it likely, else the server's."""
    got = taken.at or raw.received_at
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        said = parsedate_to_datetime(str(letter.get("Date") or "")[:100])
        said = said if said.tzinfo else said.replace(tzinfo=ZoneInfo(raw.zone))
        said = said.astimezone(UTC)
        early = got - _EARLY if taken.at else datetime(1990, 1, 1, tzinfo=UTC)
        if early <= said <= got + _LATE:
            return said
    return got.astimezone(UTC)


def _taken(body: bytes) -> Taken:
    first = body.split(b"\n", 1)[0].decode("ascii", "replace")
    if not first.startswith(f"{TAKEN}: "):
        return Taken()
    told = dict(part.partition("=")[::2] for part in first.removeprefix(f"{TAKEN}: ").strip().split("; "))
    at = None
    with suppress(ValueError):
        at = datetime.fromisoformat(told.get("at", ""))
    return Taken(told.get("folder", ""), told.get("account", ""), at)


def _without_ours(body: bytes) -> bytes:
    return body.split(b"\n", 1)[-1] if body.startswith(TAKEN.encode()) else body


# -- what a person wrote -------------------------------------------------------------------------------------
def spoken(letter: Message) -> str:
    """This will return what this letter adds: its plain text, else its HTML, without what it quotes and signs with."""
    texts: dict[str, str] = {}
    for part in _parts(letter):
        kind = part.get_content_type()
        if kind in {"text/plain", "text/html"} and kind not in texts and not _is_attachment(part):
            text = _text(part)
            texts[kind] = text if kind == "text/plain" else _html(text)
    whole = next((texts[kind] for kind in ("text/plain", "text/html") if texts.get(kind, "").strip()), "")
    whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    answers = bool(header(letter, "References") or header(letter, "In-Reply-To"))
    return _added(whole, answers=answers) or whole.strip()


_HEAD = re.compile(r"<head\b.{0,200000}?</head\s*>", re.IGNORECASE | re.DOTALL)


def _html(source: str) -> str:
    # Gmail and Outlook mark what they quote: https://developers.google.com/gmail/markup says nothing of it, the
    # letters themselves do (gmail_quote, #divRplyFwdMsg); what they leave is cut as text.
    for mark in ('<div class="gmail_quote', '<div id="divRplyFwdMsg"', '<blockquote type="cite"'):
        found = source.find(mark)
        if found > 0:
            source = source[:found]
    return plain(_HEAD.sub("", source, count=1))


_QUOTE_BEGINS = re.compile(
    r"^(?:-{2,}\s*(?:original message|pesan asli)\b.*|(?:on|pada)\b.{5,200}\b(?:wrote|menulis)\s*:|_{10,})\s*$",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"^\*?(?:from|dari|sent|date|to|subject|dikirim|tanggal|kepada|subjek)\*?\s*:", re.IGNORECASE
)
_SIGNED = re.compile(
    r"^(?:-- ?|sent from my \w[\w ]{0,30}|dikirim dari \w[\w ]{0,40}|get outlook for \w.{0,20}"
    r"|dapatkan outlook untuk \w.{0,20})$",
    re.IGNORECASE,
)


def _added(text: str, *, answers: bool) -> str:
    """The lines before a signature; of an answer also without what it quotes. A forwarded letter is kept whole."""
    lines, kept = text.split("\n"), list[str]()
    for number, line in enumerate(lines):
        bare = line.strip()
        if _SIGNED.match(line.lstrip()[:80]) or (answers and _quotes(lines, number, bare)):
            break
        if not (answers and bare.startswith(">")):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _quotes(lines: list[str], number: int, bare: str) -> bool:
    if not bare or len(bare) > 300:
        return False
    after = [line.strip()[:300] for line in lines[number + 1 : number + 4]]
    # Mail programs break "On …, somebody wrote:" over two lines.
    if _QUOTE_BEGINS.match(bare) or (after and _QUOTE_BEGINS.match(f"{bare} {after[0]}")):
        return True
    return len(after) == 3 and all(_OUTLOOK.match(line) for line in [bare, *after])


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    content = content[: 4 * _MOST_TEXT]
    return _in_charset(content, part.get_content_charset() or "utf-8").replace("\0", "")


def _in_charset(content: bytes, named: str) -> str:
    """Bytes as text: by the charset that is named, else UTF-8, else the western one that Windows writes."""
    for charset in (_CHARSET.get(named.lower(), named), "utf-8", "cp1252"):
        with suppress(LookupError, UnicodeError, ValueError):
            return content.decode(charset)
    return content.decode("utf-8", "replace")


def _decoded(value: str) -> str:
    pieces = []
    # A header with bytes beyond ASCII comes with surrogates in their place.
    value = (
        value.encode("ascii", "surrogateescape").decode("utf-8", "replace") if _surrogates(value) else value
    )
    try:
        for content, charset in decode_header(value):
            pieces.append(_in_charset(content, charset or "utf-8") if isinstance(content, bytes) else content)
    except (ValueError, LookupError, AssertionError, MessageError):
        return value.replace("\0", "")
    return "".join(pieces).replace("\0", "")


def _surrogates(value: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in value)


def _parts(letter: Message) -> Iterator[Message]:
    """The parts of a letter in order; those of letters inside it are not this letter's."""
    waiting, seen = [letter], 0
    while waiting and seen < _MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        content = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(content, list):
            waiting = [one for one in content if isinstance(one, Message)] + waiting
        else:
            yield part


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition") or "").strip().lower().startswith("attachment")


def _attachments(letter: Message) -> list[dict[str, Any]]:
    found = []
    for part in _parts(letter):
        name = _decoded(str(part.get_filename() or ""))[:200]
        if not name and (part.get_content_maintype() == "text" or not _is_attachment(part)):
            continue
        kind = {"image": "image", "video": "video", "audio": "audio"}.get(
            part.get_content_maintype(), "document"
        )
        # The name is only ever shown: what would be a path stays behind.
        shown = re.split(r"[\\/]", name)[-1].strip() or part.get_content_type()
        found.append({"type": kind, "mime": part.get_content_type()[:100], "url": "", "alt": shown})
    return found[:_MOST_ATTACHMENTS]


# -- what machines wrote -------------------------------------------------------------------------------------
def _report(letter: Message) -> str:
    if letter.get_content_type() != "multipart/report":
        return ""
    return str(letter.get_param("report-type") or "").lower()


def _automatic(letter: Message) -> bool:
    """Whether a program answers in somebody's absence (RFC 3834); what else is sent by programs may be a form's."""
    if header(letter, "Auto-Submitted").lower().startswith("auto-replied"):
        return True
    older = header(letter, "X-Autoreply") or header(letter, "X-Autorespond")
    return bool(older) or header(letter, "Precedence").lower() == "auto_reply"


def _remarks(letter: Message) -> dict[str, int | None]:
    """What the headers say of a letter: sent to many, taken for spam by the mail server."""
    many = header(letter, "List-Id") or header(letter, "List-Unsubscribe")
    remarks: dict[str, int | None] = {}
    if many or header(letter, "Precedence").lower() in {"bulk", "list", "junk"}:
        remarks["to_many"] = 1
    if header(letter, "X-Spam-Flag").lower() == "yes" or header(letter, "X-Spam-Status").lower().startswith(
        "yes"
    ):
        remarks["spam_flag"] = 1
    return remarks


_STATES = {"failed": Receipt.FAILED, "delivered": Receipt.DELIVERED}


def _bounces(letter: Message, raw: Raw) -> list[Item]:
    """A delivery status (RFC 3464): a receipt of the letter that it gives back. Delays and relays are no end."""
    fields = _status_fields(letter)
    state = _STATES.get(fields.get("action", "").split(" ")[0].lower())
    about = _returned(letter)
    if state is None or not about:
        return []
    why = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("status", "")
    return [
        Item(
            platform="email", external_id=about, kind="message", text=why[:300] if state == Receipt.FAILED else "",
            created_at=_written_at(letter, raw, _taken(raw.body)), action=Action.RECEIPT, receipt=state,
        )
    ]  # fmt: skip


def _status_fields(letter: Message) -> dict[str, str]:
    for part in letter.walk():
        content = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(content, list):
            per_recipient = [one for one in content if isinstance(one, Message) and one.get("Action")]
            if per_recipient:
                one = per_recipient[0]
                return {name.lower(): header(one, name) for name in ("Action", "Status", "Diagnostic-Code")}
    return {}


def _returned(letter: Message) -> str:
    for part in letter.walk():
        content = part.get_payload()
        inner: Message | None = None
        if part.get_content_type() == "message/rfc822" and isinstance(content, list) and content:
            inner = content[0] if isinstance(content[0], Message) else None
        elif part.get_content_type() == "text/rfc822-headers":
            inner = email.message_from_string(_text(part), policy=email.policy.compat32)
        found = _ID.search(header(inner, "Message-ID")) if inner is not None else None
        if found:
            return found[1][:300]
    return ""
