"""Opens lines to mail servers within the same guard as all other traffic: the address is checked when connecting.

TLS proves the name from the first byte on the ports that are made for it (993, 465), by STARTTLS on others. Without
TLS only servers are spoken to that the installation trusts (`trusted`), and that offer none.
"""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from tanggap.channels.errors import ConnectorError, NeedsLogin, Permanent, Temporary
from tanggap.core import http

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
_MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})


class Box(BaseMailBox):
    """A mailbox of imap-tools over a line that `imap_client` opened."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._opened = client
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._opened


def connected(host: str, port: int, *, trusted: bool) -> socket.socket:
    """This will connect to a mail server; Permanent where that is not allowed, Temporary where it is away."""
    if port not in _MAIL_PORTS and not trusted:
        raise Permanent(f"Port {port} bukan port surel (143, 993 untuk IMAP; 465, 587 untuk SMTP).")
    try:
        addresses = http.resolve(host, port)
    except http.NotSent as error:
        raise Temporary(f"Nama server surel {host} tidak ditemukan.") from error
    if not trusted and not all(http.is_public(one) for one in addresses):
        raise Permanent(f"Alamat server surel {host} berada di jaringan dalam; tidak dihubungi.")
    for one in addresses[:4]:
        try:
            line = socket.create_connection((one, port), CONNECT_SECONDS)
        except OSError:
            continue
        line.settimeout(READ_SECONDS)
        return line
    raise Temporary(f"Server surel {host}:{port} tidak terjangkau.")


@contextmanager
def mailbox(host: str, port: int, user: str, password: str, *, trusted: bool) -> Iterator[Box]:
    """This will log in to a mailbox and out again; ConnectorErrors say what went wrong."""
    with _imap_errors(host):
        client = _imap(host, port, trusted=trusted)
        box: Box | None = None
        try:
            if port != 993:
                _starttls_imap(client, host, trusted=trusted)
            box = Box(client)
            plain = (user + password).isascii()
            (box.login if plain else box.login_utf8)(user, password, initial_folder=None)
            yield box
        finally:
            _end(client)


def _end(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        client.shutdown()


def _imap(host: str, port: int, *, trusted: bool) -> imaplib.IMAP4:
    line = connected(host, port, trusted=trusted)

    class Imap(imaplib.IMAP4):
        def _create_socket(self, timeout: float | None) -> socket.socket:
            if port != 993:
                return line
            return ssl.create_default_context().wrap_socket(line, server_hostname=host)

    try:
        return Imap(host, port, timeout=READ_SECONDS)
    except BaseException:
        line.close()
        raise


def _starttls_imap(client: imaplib.IMAP4, host: str, *, trusted: bool) -> None:
    if "STARTTLS" in client.capabilities:
        client.starttls(ssl.create_default_context())
    elif not trusted:
        raise Permanent(f"Server IMAP {host} tidak menawarkan sambungan terenkripsi. Pakai port 993.")


@contextmanager
def _imap_errors(host: str) -> Iterator[None]:
    try:
        yield
    except MailboxLoginError as error:
        raise _login_meaning(error, host) from error
    except ssl.SSLCertVerificationError as error:
        raise Permanent(f"Sertifikat server surel {host} tidak sah: {error.verify_message}.") from error
    except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
        raise _meaning(error, host) from error


_AWAY = ("UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "TRY AGAIN", "TOO MANY")


def _login_meaning(error: MailboxLoginError, host: str) -> ConnectorError:
    """RFC 5530: codes tell a wrong password from a server that cannot look it up now."""
    said = str(error).upper()
    if any(code in said for code in _AWAY):
        return Temporary(f"Server IMAP {host} sedang tidak dapat memeriksa akun.")
    return NeedsLogin(f"Server IMAP {host} menolak nama pengguna atau sandi.")


def _meaning(error: Exception, host: str) -> ConnectorError:
    if isinstance(error, ImapToolsError):
        return Permanent(f"Server IMAP {host} menolak: {_said(error)}.")
    if isinstance(error, imaplib.IMAP4.abort | OSError):
        return Temporary(f"Sambungan ke server IMAP {host} terputus.")
    said = str(error).upper()
    if "AUTHENTICATIONFAILED" in said:
        return NeedsLogin(f"Server IMAP {host} menolak nama pengguna atau sandi.")
    return Temporary(f"Server IMAP {host} memberi jawaban yang tidak dimengerti.")


def _said(error: ImapToolsError) -> str:
    result = getattr(error, "command_result", ("", [b""]))
    told = result[1][0] if len(result) > 1 and result[1] else b""
    return (told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told))[:160]


# -- SMTP ----------------------------------------------------------------------------------------------------
@contextmanager
def sending_line(
    host: str, port: int, user: str, password: str, *, domain: str, trusted: bool
) -> Iterator[smtplib.SMTP]:
    """This will log in to a server for outgoing letters; nothing was sent where it raises before it yields.

    `domain` is who we say we are: the machine's own name would tell strangers about its network.
    """
    line = _smtp(host, port, domain, trusted=trusted)
    try:
        _log_in(line, host, port, user, password, trusted=trusted)
        yield line
    finally:
        try:
            line.quit()
        except (smtplib.SMTPException, OSError):
            line.close()


def _smtp(host: str, port: int, domain: str, *, trusted: bool) -> smtplib.SMTP:
    class Smtp(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
            line = connected(host, port, trusted=trusted)
            if port != 465:
                return line
            return ssl.create_default_context().wrap_socket(line, server_hostname=host)

    try:
        return Smtp(host, port, local_hostname=domain, timeout=READ_SECONDS)
    except ssl.SSLCertVerificationError as error:
        raise Permanent(f"Sertifikat server surel {host} tidak sah: {error.verify_message}.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary(f"Server SMTP {host}:{port} tidak terjangkau; tidak ada yang dikirim.") from error


def _log_in(line: smtplib.SMTP, host: str, port: int, user: str, password: str, *, trusted: bool) -> None:
    try:
        line.ehlo_or_helo_if_needed()
        if port != 465 and line.has_extn("starttls"):
            line.starttls(context=ssl.create_default_context())
            line.ehlo()
        elif port != 465 and not trusted:
            raise Permanent(f"Server SMTP {host} tidak menawarkan sambungan terenkripsi. Pakai port 465.")
        if line.has_extn("auth"):
            line.login(user, password)
    except smtplib.SMTPAuthenticationError as error:
        # 454: the server cannot look passwords up now (RFC 4954)
        if 400 <= error.smtp_code < 500:
            raise Temporary(f"Server SMTP {host} sedang tidak dapat memeriksa akun.") from error
        raise NeedsLogin(f"Server SMTP {host} menolak nama pengguna atau sandi.") from error
    except ssl.SSLCertVerificationError as error:
        raise Permanent(f"Sertifikat server surel {host} tidak sah: {error.verify_message}.") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Temporary(f"Server SMTP {host} gagal sebelum surat dikirim; tidak ada yang dikirim.") from error
