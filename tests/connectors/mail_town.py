"""A mail server for the tests: Debian's dovecot holds the mailboxes, aiosmtpd takes outgoing letters.

Dovecot runs as whoever runs the tests (as root: for `nobody`). Where it is not installed the tests that need it are
skipped loudly, and fail under CI=true; `bin/test` installs it as root on Debian.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import grp
import imaplib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from werkzeug.routing import Rule

from tanggap.simulator.platforms.base import OFFICIAL, Piece, Simulated

DOMAIN = "kota-uji.go.id"
_numbers = itertools.count(1)


class Dovecot:
    """A running dovecot with plain IMAP on 127.0.0.1; `open_box` makes a mailbox and `drop` puts a letter into it."""

    def __init__(self, program: str) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="tanggap-dovecot-"))
        self.base.chmod(0o755)
        me = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._me = me
        self.users = self.base / "users"
        self.users.mkdir()
        (self.base / "mail").mkdir()
        os.chown(self.base / "mail", me.pw_uid, me.pw_gid)
        self.port = free_port()
        (self.base / "conf").write_text(self._conf(me.pw_name, grp.getgrgid(me.pw_gid).gr_name))
        self._process = subprocess.Popen([program, "-F", "-c", str(self.base / "conf")])
        atexit.register(self.stop)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"dovecot does not start: {(self.base / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.base, ignore_errors=True)

    def open_box(self, user: str, password: str) -> None:
        half = self.base / "half"
        half.write_text(f"{user}:{{PLAIN}}{password}\n")
        half.chmod(0o644)
        half.replace(self.users / user)

    def change_password(self, user: str, password: str) -> None:
        self.open_box(user, password)
        time.sleep(1.1)  # dovecot looks at the file once a second

    def drop(self, user: str, letter: bytes) -> None:
        """This will deliver a letter as a mail server does."""
        folder = self.base / "mail" / user / "new"
        # One number a letter, in order: dovecot gives UIDs in the order of the names.
        name = f"{int(time.time())}.M{next(_numbers):09d}P1.uji"
        half = self.base / name
        half.write_bytes(letter)
        half.chmod(0o644)
        os.chown(half, self._me.pw_uid, self._me.pw_gid)
        half.replace(folder / name)

    def client(self, user: str, password: str) -> imaplib.IMAP4:
        found = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        found.login(user, password)
        return found

    def _conf(self, user: str, group: str) -> str:
        base = self.base
        return f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{base}/mail/%u
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Terkirim {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Arsip {{
    auto = create
    special_use = \\Archive
  }}
}}
passdb {{
  driver = passwd-file
  args = {self.users}/%u
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={base}/mail/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@functools.cache
def dovecot() -> Dovecot:
    """This will start dovecot once for all tests of this process."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        missing = "NO DOVECOT, so the mailbox was not tested: install dovecot-imapd"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Dovecot(program)


class Door:
    """A line to dovecot that can be shut: `faults.fail` hangs up, `faults.refuse` says that the server is busy."""

    def __init__(self, town: MailTown, to: int) -> None:
        self._town, self._to = town, to
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            faults = self._town.faults
            if faults.down or faults.fail:
                faults.fail = max(faults.fail - 1, 0)
                line.close()
            elif faults.refuse:
                faults.refuse -= 1
                line.sendall(b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n")
                line.close()
            else:
                there = socket.create_connection(("127.0.0.1", self._to))
                for one, other in ((line, there), (there, line)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := one.recv(65536):
            other.sendall(content)
    for line in (one, other):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


class MailTown(Simulated):
    """A mailbox, and the server for outgoing letters; citizens write letters.

    `answers_smtp` scripts the reply to a command, once: {"RCPT": "450 4.2.0 greylisted"}; "hang up" after DATA.
    """

    platform = "email"
    has_hooks = False
    kinds = ("message",)

    def __init__(self) -> None:
        self.answers_smtp: dict[str, str] = {}
        self.keeps_sent = False
        self.letters: list[bytes] = []
        super().__init__()

    def rules(self) -> Iterable[Rule]:
        return []

    def begin(self) -> None:
        self.server = dovecot()
        user = f"pengaduan{next(_numbers)}@{DOMAIN}"
        self.open_account(user, user, "Pengaduan Kota Uji", "sandi-pertama")
        self.server.open_box(user, "sandi-pertama")
        self.server.client(user, "sandi-pertama").logout()  # makes the folders

    def __enter__(self) -> Self:
        self.door = Door(self, self.server.port)
        self.smtp = Controller(
            _Desk(self), "127.0.0.1", free_port(), authenticator=self._knows, auth_require_tls=False,
        )  # fmt: skip
        self.smtp.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.smtp.stop(no_assert=True)
        self.door.close()

    def _knows(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = data.password.decode() == self.official.token and not self._ended
        return AuthResult(success=good, handled=False)

    @property
    def _ended(self) -> bool:
        return self.official.revoked or bool(self.official.expires_at)

    def expire(self) -> None:
        super().expire()
        self.server.change_password(self.official.id, "sudah-diganti-orang-lain")

    def revoke(self) -> None:
        super().revoke()
        self.server.change_password(self.official.id, "sudah-diganti-orang-lain")

    def restore(self, token: str = "") -> str:
        given = super().restore(token)
        self.server.change_password(self.official.id, given)
        return given

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        piece = super().add(kind, author, text, **more)
        if not piece.ours:
            self.server.drop(self.official.id, self.written(piece))
        return piece

    def written(self, piece: Piece) -> bytes:
        letter = EmailMessage()
        letter["From"] = f"{piece.author.title()} <{piece.author}@warga.example>"
        letter["To"] = self.official.id
        letter["Message-ID"] = f"<{piece.id}@warga.example>"
        letter["Date"] = format_datetime(datetime.fromtimestamp(piece.at, UTC))
        if piece.parent:
            letter["In-Reply-To"] = f"<{piece.parent}@warga.example>"
        letter.set_content(piece.text)
        return letter.as_bytes()

    def took(self, letter: EmailMessage, content: bytes) -> None:
        """Keeps a letter that was sent to a citizen."""
        self.letters.append(content)
        with self.lock:
            answered = str(letter["In-Reply-To"] or "").strip("<>").partition("@")[0]
            self.add(
                "message", OFFICIAL, str(letter.get_content()).strip(), parent=answered,
                id=str(letter["Message-ID"]).strip("<>"),
            )  # fmt: skip
        if self.keeps_sent:
            box = self.server.client(self.official.id, self.official.token)
            box.append("Terkirim", "", "", content)
            box.logout()


class _Desk:
    """What aiosmtpd asks about each command."""

    def __init__(self, town: MailTown) -> None:
        self._town = town

    def _scripted(self, command: str) -> str:
        return self._town.answers_smtp.pop(command, "")

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if scripted := self._scripted("MAIL"):
            return scripted
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if scripted := self._scripted("RCPT"):
            return scripted
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        from email import message_from_bytes, policy

        scripted = self._scripted("DATA")
        if scripted and scripted != "hang up":
            return scripted
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        faults = self._town.faults
        if scripted != "hang up":
            self._town.took(letter, envelope.content)
        if faults.lose_answer or scripted:
            faults.lose_answer = max(faults.lose_answer - 1, 0)
            server.transport.abort()
        return "250 OK"
