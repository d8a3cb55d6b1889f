"""E-mail: letters from a mailbox by IMAP, answers in their thread by SMTP.

A raw body is the letter as the mailbox holds it (RFC 5322), behind one line of ours that says whence it was taken:
`X-Tanggap-Taken: folder=inbox; account=…; at=…`. Letters are only looked at: none is marked, moved or deleted. The
folder of sent letters is read too, so that an answer from somebody's mail program stops the clock.

Ids: a letter is its Message-ID without brackets, a person the address. The address of a sender proves nothing.

imap-tools logs in, lists and searches; letters are fetched as bytes, because it hands out parsed ones only.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import logging
import re
import smtplib
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from typing import Any

from tanggap.channels.connector import (
    Ability,
    CannotTell,
    Connector,
    Fetched,
    Identity,
    Item,
    Outgoing,
    Permanent,
    Raw,
    Sent,
    Setting,
)
from tanggap.channels.limits import Limits
from tanggap.channels.platforms import mail_lines, mail_reading, mail_writing
from tanggap.channels.platforms.mail_lines import Box

log = logging.getLogger(__name__)
_PAGE = 40
_PAGE_BYTES = 24 * 1024 * 1024
_WHOLE_BYTES = 12 * 1024 * 1024
_ADDRESS = re.compile(r"[^\s@;<>\"\\,\x00-\x1f]{1,64}@[a-z0-9.-]{1,180}", re.IGNORECASE)
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
_SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "Terkirim", "INBOX.Sent", "INBOX/Sent")


class Email(Connector):
    """An official mailbox."""

    platform = "email"
    name = "Surel"
    abilities = frozenset(
        {Ability.FETCH, Ability.BACKFILL, Ability.REPLY, Ability.PRIVATE_REPLY, Ability.RECEIPTS}
    )
    settings = (
        Setting("address", "Alamat surel", help="Misalnya pengaduan@kota.go.id"),
        Setting(
            "password", "Sandi", secret=True, help="Sandi aplikasi bila penyedianya memberi", kind="password"
        ),
        Setting("imap_host", "Server IMAP", help="Misalnya mail.kota.go.id"),
        Setting("imap_port", "Port IMAP", required=False, help="993 bila dikosongkan", kind="number"),
        Setting("imap_folder", "Folder masuk", required=False, help="INBOX bila dikosongkan"),
        Setting("smtp_host", "Server SMTP", help="Misalnya mail.kota.go.id"),
        Setting("smtp_port", "Port SMTP", required=False, help="465 bila dikosongkan", kind="number"),
        Setting("user", "Nama pengguna", required=False, help="Bila berbeda dari alamat surel"),
        Setting("name", "Nama pengirim", required=False, help="Misalnya Pengaduan Kota Melati"),
        Setting("sent_folder", "Folder terkirim", required=False, help="Dicari sendiri bila dikosongkan"),
    )
    limits = Limits(
        # RFC 5321, 4.5.3.1.7: every server takes letters of 64 K octets; a character is at most 4.
        most=16_000, checked_on="2026-11-22",
        source_url="https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.7",
    )  # fmt: skip
    lacks = (
        "Surel tidak dapat diubah atau ditarik sesudah terkirim.",
        "SMTP tidak dapat ditanya apakah surat sampai: bila hubungan putus di tengah jalan, petugas yang memastikan.",
        "Google dan Microsoft 365 menolak sandi biasa; masuk dengan OAuth belum didukung.",
    )
    poll_seconds = 60

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will log in to the mailbox and to the server for outgoing letters."""
        with self._box() as box:
            _open(box, self._folder)
        with self._line():
            pass
        return Identity(self._address.lower(), self._address, self._name or self._address)

    @property
    def _address(self) -> str:
        found = self._setting("address")
        if not _ADDRESS.fullmatch(found):
            raise Permanent("Alamat surel tidak berbentuk nama@domain.")
        return found

    @property
    def _folder(self) -> str:
        return self._setting("imap_folder") or "INBOX"

    @property
    def _name(self) -> str:
        return self._setting("name")

    def _setting(self, key: str) -> str:
        return str(self.account.settings.get(key) or "").strip()

    def _server(self, which: str, port: int) -> tuple[str, int, str, str]:
        host, given = self._setting(f"{which}_host"), self._setting(f"{which}_port") or str(port)
        password = self.account.secrets.get("password", "")
        user = self._setting("user") or self._address
        if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", host) or not given.isdigit() or int(given) > 65535:
            raise Permanent(f"Server atau port {which.upper()} tidak terisi dengan benar.")
        if re.search(r"[\x00-\x1f]", user + password):
            raise Permanent("Nama pengguna atau sandi berisi karakter yang tidak dapat dikirim.")
        return host, int(given), user, password

    def _box(self) -> AbstractContextManager[Box]:
        return mail_lines.mailbox(*self._server("imap", 993), trusted=self.account.trusted_base)

    def _line(self) -> AbstractContextManager[smtplib.SMTP]:
        return mail_lines.sending_line(
            *self._server("smtp", 465),
            domain=self._address.rpartition("@")[2],
            trusted=self.account.trusted_base,
        )

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring what came into the mailbox, and what was sent from it, since the cursor.

        The cursor holds for both folders their UIDVALIDITY and the last UID seen, and the day of the last look:
        where a server begins its numbers anew, letters since the day before are brought again, to be known by id.
        """
        today, bodies, more, after = datetime.now(UTC).date(), list[bytes](), False, dict[str, Any]()
        with self._box() as box:
            for role, folder in self._folders(box):
                found, rest, more_here = self._new(box, role, folder, cursor.get(role), cursor.get("day"))
                bodies, more = bodies + found, more or more_here
                after[role] = rest
        return Fetched(bodies, {**after, "day": cursor.get("day") if more else today.isoformat()}, more)

    def _new(
        self, box: Box, role: str, folder: str, seen: Mapping[str, Any] | None, day: str | None
    ) -> tuple[list[bytes], dict[str, Any], bool]:  # fmt: skip
        valid, following = _open(box, folder)
        if seen is None:
            return [], {"valid": valid, "uid": following - 1}, False
        last = int(seen["uid"])
        if int(seen["valid"]) != valid:
            since = (date.fromisoformat(day) if day else datetime.now(UTC).date()) - timedelta(days=1)
            again = _uids(box, f"SINCE {_imap_day(since)}")
            last = again[0] - 1 if again else following - 1
        # "n:*" always names the last letter, even where its number is below n.
        waiting = [uid for uid in _uids(box, f"UID {last + 1}:*") if uid > last]
        bodies, taken = self._letters(box, role, waiting)
        reached = taken[-1] if taken else last
        return bodies, {"valid": valid, "uid": reached}, len(taken) < len(waiting)

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring older letters, newest first: first those of the mailbox, then those sent from it."""
        since = _imap_day(datetime.fromisoformat(str(cursor["until"])).date())
        with self._box() as box:
            folders = self._folders(box)
            stage = min(int(cursor.get("stage") or 0), len(folders) - 1)
            role, folder = folders[stage]
            valid, _ = _open(box, folder)
            before = int(cursor["before"]) if cursor.get("before") and cursor.get("valid") == valid else 2**32
            older = [uid for uid in reversed(_uids(box, f"SINCE {since}")) if uid < before]
            bodies, taken = self._letters(box, role, older)
        if len(taken) < len(older):
            after = {**cursor, "stage": stage, "valid": valid, "before": taken[-1]}
            return Fetched(bodies, after, more=True)
        ended = stage + 1 >= len(folders)
        after = {**cursor, "stage": stage if ended else stage + 1, "valid": valid if ended else 0}
        return Fetched(bodies, {**after, "before": 1 if ended else 0}, more=not ended)

    def _folders(self, box: Box) -> list[tuple[str, str]]:
        sent = self._sent_folder(box)
        return [("inbox", self._folder), *([("sent", sent)] if sent and sent != self._folder else [])]

    def _sent_folder(self, box: Box) -> str:
        if named := self._setting("sent_folder"):
            return named
        folders = box.folder.list()
        marked = [one.name for one in folders if "\\Sent" in one.flags]
        known = {one.name for one in folders}
        return next(iter([*marked, *(name for name in _SENT_NAMES if name in known)]), "")

    def _letters(self, box: Box, role: str, uids: list[int]) -> tuple[list[bytes], list[int]]:
        """The bodies of the first letters that fit a page, and the UIDs that are dealt with."""
        page = uids[:_PAGE]
        sizes = _sizes(box, page)
        bodies, taken, total = list[bytes](), list[int](), 0
        for uid in page:
            size = min(sizes.get(uid, 0), _WHOLE_BYTES)
            if taken and total + size > _PAGE_BYTES:
                break
            taken.append(uid)
            # A letter that vanished meanwhile has no size: somebody deleted it.
            if size and (found := _letter(box, uid, "")):
                content, at = found
                bodies.append(self._marked(role, at, content))
                total += len(content)
        return bodies, taken

    def _marked(self, role: str, at: str, content: bytes) -> bytes:
        told = f"folder={role}; account={self._address.lower()}; at={at}"
        return f"{mail_reading.TAKEN}: {told}\r\n".encode() + content

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one letter; what a program answers by itself gives no item, a bounce gives a receipt."""
        return mail_reading.read(raw)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will answer a letter once, under a Message-ID made of our reference, and keep a copy among the sent."""
        if out.kind not in {"reply", "private_reply"}:
            raise Permanent("Lewat surel hanya surat warga yang dapat dijawab; umumkan di kanal lain.")
        with self._box() as box:
            target = self._target(box, out.target_external_id)
        letter = mail_writing.answer(
            target,
            out.text,
            sender=self._address,
            name=self._name,
            reference=out.reference,
            at=datetime.now(UTC),
        )
        with self._line() as line:
            mail_writing.hand_over(line, letter)
        self._keep_copy(letter)
        return Sent(letter.id)

    def _target(self, box: Box, external_id: str) -> Message:
        """The headers of the letter that is answered, wherever in the mailbox it was put meanwhile."""
        archives = [one.name for one in box.folder.list() if {"\\All", "\\Archive"} & set(one.flags)]
        for folder in [self._folder, *archives]:
            _open(box, folder)
            if found := _find(box, external_id):
                return found
        raise Permanent(
            "Surat yang dijawab tidak ada lagi di kotak surat; jawaban tidak dikirim. Kembalikan suratnya ke folder "
            "masuk, atau jawab dari program surel lalu tandai."
        )

    def _keep_copy(self, letter: mail_writing.Letter) -> None:
        """Puts the letter among the sent ones, where its server has not done so; the letter itself has left."""
        try:
            with self._box() as box:
                folder = self._sent_folder(box)
                if folder:
                    _open(box, folder)
                    if not _with_header(box, "Message-ID", letter.id):
                        box.append(letter.content, folder, flag_set=["\\Seen"])
        except Exception:  # whatever happens now, the letter was sent
            log.warning("the copy of a sent letter could not be kept", exc_info=True)

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the letter among the sent ones, and for an answer or a bounce to it.

        Its absence proves nothing, for most servers keep no copy by themselves: then CannotTell.
        """
        own = mail_writing.id_of(out.reference, self._address)
        with self._box() as box:
            for role, folder in self._folders(box):
                _open(box, folder)
                asked = [("Message-ID", own), (mail_reading.REFERENCE, out.reference)]
                if role == "inbox":
                    asked = [("In-Reply-To", own), ("References", own)]
                if any(_with_header(box, name, value) for name, value in asked):
                    return Sent(own)
        raise CannotTell(
            "Tidak ada salinan surat ini di folder terkirim; pastikan pada server surel atau pelapor."
        )


def _open(box: Box, folder: str) -> tuple[int, int]:
    """Opens a folder to be looked at only; its UIDVALIDITY and the UID that the next letter will get."""
    box.folder.set(folder, readonly=True)
    valid, following = (box.client.response(name)[1][-1] for name in ("UIDVALIDITY", "UIDNEXT"))
    if following is None:
        following = str((_uids(box, "ALL") or [0])[-1] + 1).encode()
    return int(valid or 0), int(following)


def _uids(box: Box, criteria: str) -> list[int]:
    return sorted(int(uid) for uid in box.uids(criteria, charset=None))


def _with_header(box: Box, name: str, value: str) -> list[int]:
    """The letters whose header holds a value; servers look for it anywhere in the header."""
    if not value.isascii() or re.search(r"[\x00-\x1f]", value):
        return []
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return _uids(box, f'HEADER {name} "{escaped}"')


def _sizes(box: Box, uids: list[int]) -> dict[int, int]:
    if not uids:
        return {}
    told = _fetched(box, ",".join(map(str, uids)), "(UID RFC822.SIZE)")
    found = {}
    for line in told:
        uid, size = (pattern.search(line) if isinstance(line, bytes) else None for pattern in (_UID, _SIZE))
        if uid and size:
            found[int(uid[1])] = int(size[1])
    return found


def _fetched(box: Box, uids: str, what: str) -> list[Any]:
    """What a FETCH told; an error where the server refuses it, for silence would pass for deleted letters."""
    status, told = box.client.uid("FETCH", uids, what)
    if status != "OK":
        raise imaplib.IMAP4.error("FETCH was refused")
    return list(told)


def _letter(box: Box, uid: int, part: str) -> tuple[bytes, str] | None:
    """A letter (or its HEADER) as bytes, without marking it as seen, and when the server got it; None if it is gone.

    Of one beyond all measure only the beginning: what was written comes before what is attached.
    """
    told = _fetched(box, str(uid), f"(UID INTERNALDATE BODY.PEEK[{part}]<0.{_WHOLE_BYTES}>)")
    content = next((one[1] for one in told if isinstance(one, tuple)), None)
    if content is None:
        return None
    around = b" ".join(one[0] if isinstance(one, tuple) else one or b"" for one in told)
    at = imaplib.Internaldate2tuple(around)
    return content, datetime.fromtimestamp(time.mktime(at), UTC).isoformat() if at else ""


def _find(box: Box, external_id: str) -> Message | None:
    """The headers of the letter with an id, in the open folder; one without an id is known by its digest."""
    without_id = external_id.startswith("sha256:")
    uids = (
        _uids(box, 'NOT HEADER Message-ID ""') if without_id else _with_header(box, "Message-ID", external_id)
    )
    for uid in reversed(uids[-_PAGE:]):
        found = _letter(box, uid, "" if without_id else "HEADER")
        if found is None:
            continue
        letter = email.message_from_bytes(found[0], policy=email.policy.compat32)
        if mail_reading.message_id(letter, found[0]) == external_id:
            return letter
    return None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _imap_day(day: date) -> str:
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"
