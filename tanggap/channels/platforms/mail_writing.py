"""Writes a letter and hands it to a server, knowing at every word whether the server may have taken it."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from tanggap.channels.errors import ConnectorError, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.platforms.mail_reading import REFERENCE, address, header, references

_MOST_REFERENCES = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to leave: its id without brackets, from whom to whom, and its bytes."""

    id: str
    sender: str
    recipient: str
    content: bytes


def id_of(reference: str, sender: str) -> str:
    """This will return the Message-ID, without brackets, of the letter with our reference: always the same one."""
    return f"{reference}@{sender.rpartition('@')[2]}"


def answer(to: Message, text: str, *, sender: str, name: str, reference: str, at: datetime) -> Letter:
    """This will write the plain answer to a letter, in its thread; Permanent where nobody can be written to."""
    _, recipient = address(to, "Reply-To", "From")
    if not recipient:
        raise Permanent("Surat yang dijawab tidak menyebut alamat pengirim; hubungi pelapor lewat cara lain.")
    if recipient == sender.lower():
        raise Permanent("Surat itu dari alamat kita sendiri; tidak ada yang dikirim.")
    own = re.search(r"<\s*([^<>\s]+)\s*>", header(to, "Message-ID"))
    before = [*references(to), *([own[1]] if own else [])]
    before = before[:1] + before[1:][-_MOST_REFERENCES:]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = formataddr((_line(name), sender)) if name and name != sender else sender
    letter["To"] = recipient
    letter["Subject"] = _subject(header(to, "Subject"))
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{id_of(reference, sender)}>"
    if own:
        letter["In-Reply-To"] = f"<{own[1]}>"
    if before:
        letter["References"] = " ".join(f"<{one}>" for one in before if not one.startswith("sha256:"))
    # Some servers give every letter an id of their own; this header finds it again.
    letter[REFERENCE] = reference
    letter.set_content(text.replace("\0", ""), charset="utf-8")
    return Letter(id_of(reference, sender), sender, recipient, letter.as_bytes())


def _subject(before: str) -> str:
    subject = _line(before)[:200] or "Laporan Anda"
    return subject if re.match(r"(?i)(re|bls|balas)\s*:", subject) else f"Re: {subject}"


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def hand_over(line: smtplib.SMTP, letter: Letter) -> None:
    """This will send a letter once over a line that is logged in.

    Temporary and Permanent where the server surely has not taken it; OutcomeUnknown where its answer to the whole
    letter never came (RFC 5321, 4.2.5: only its 250 after the end of the data takes the letter over).
    """
    try:
        _envelope(line, letter)
        code, said = line.docmd("DATA")
        if code != 354:
            raise _refusal(code, said)
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary("Server SMTP memutus sebelum surat dikirim; tidak ada yang dikirim.") from error
    try:
        line.send(re.sub(rb"(?m)^\.", b"..", letter.content.rstrip(b"\r\n")) + b"\r\n.\r\n")
        code, said = line.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown("Server SMTP tidak menjawab sesudah surat diserahkan.") from error
    if code != 250:
        raise _refusal(code, said)


def _envelope(line: smtplib.SMTP, letter: Letter) -> None:
    options = []
    if not letter.recipient.isascii():
        if not line.has_extn("smtputf8"):
            raise Permanent(f"Server SMTP tidak dapat mengirim ke alamat {letter.recipient}.")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    for code, said in (line.mail(letter.sender, options), line.rcpt(letter.recipient)):
        if code not in {250, 251}:
            raise _refusal(code, said)


def _refusal(code: int, said: bytes) -> ConnectorError:
    told = f"{code} {_line(said.decode('utf-8', 'replace'))[:200]}".strip()
    if code in {530, 535}:
        return NeedsLogin(f"Server SMTP meminta masuk lagi ({told}).")
    if 400 <= code < 500:
        # 421 and 452 are about the server; 450 and 451 are mostly greylisting of this one letter.
        return Temporary(f"Server SMTP meminta coba lagi nanti ({told}).", everywhere=code in {421, 452})
    return Permanent(f"Server SMTP menolak surat ini ({told}).")
