"""The log-in at a platform by which an account's owner gives it to us (RFC 6749, 7636, 9700).

Between leaving for the platform and coming back everything stands in `kept`, a mapping that belongs to one person's
session, encrypted: the state that must come back, and, where one log-in gives several accounts, their tokens until the
administrator has chosen. Nothing of it is in a page.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import connect
from tanggap.channels.connector import (
    Connector,
    ConnectorError,
    Grant,
    Identity,
    NeedsLogin,
    OAuth,
    Temporary,
    connector,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import App
from tanggap.channels.oauth_token import at
from tanggap.core import secrets as locked
from tanggap.core.refusal import Refusal

LASTS = timedelta(minutes=10)
_STATES, _GRANTS = "oauth_states", "oauth_grants"
_MOST_OPEN = 5
Kept = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in under way. `channel` is the key of the channel that it renews; empty for a new one."""

    platform: str
    app: int
    member: int
    verifier: str
    until: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a log-in: the accounts that its owner gave."""

    begun: Begun
    grants: Sequence[Grant]


def return_address(platform: str) -> str:
    """This will return the address that must be registered at the platform, byte for byte.

    Each platform has its own, so that one cannot pass its answer off as another's (RFC 9700, 4.4).
    """
    return f"{settings.TANGGAP_URL}/kanal/kembali/{platform}/"


def begin(by: Member, platform: str, app: App, kept: Kept, *, channel: str = "") -> str:
    """This will return the platform's log-in address for a person; Refusal where the app is not ready for it."""
    require(by, "channel.manage")
    one = connector(platform)
    oauth, developer = _oauth(one), connect.developer_of(app)
    if app.platform != (one.app_platform or platform):
        raise Refusal(_("Aplikasi pengembang ini bukan untuk %(name)s.") % {"name": one.name}, "app")
    if not developer.client_id:
        raise Refusal(_("Aplikasi pengembang ini belum punya ID klien. Lengkapi dahulu."), "app")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48) if oauth.pkce else ""
    begun = Begun(platform, app.pk, by.pk, verifier, (timezone.now() + LASTS).isoformat(), channel)
    still_open = list(dict(kept.get(_STATES) or {}).items())[1 - _MOST_OPEN :]
    kept[_STATES] = {**dict(still_open), _mark(state): locked.encrypt(asdict(begun))}
    query = {
        "response_type": "code", oauth.client_id_name: developer.client_id, "redirect_uri": return_address(platform),
        "scope": oauth.separator.join(scope.name for scope in oauth.scopes), "state": state, **oauth.extra,
    }  # fmt: skip
    if oauth.pkce:
        digest = hashlib.sha256(verifier.encode()).digest()
        query |= {
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
    address = at(oauth.authorize_url, developer)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def finish(
    by: Member, platform: str, query: Mapping[str, str], kept: Kept, spent: Callable[[], object]
) -> Given:
    """This will take the platform's answer and return the accounts that were given.

    The state counts once: `spent` is called as soon as it is taken out of `kept`, to have that stored before anything
    else happens. Refusal, with what to do, for whatever is not an answer to a log-in that this person began.
    """
    require(by, "channel.manage")
    begun = _spend(by, platform, query, kept)
    spent()
    one, app = connector(platform), App.objects.filter(pk=begun.app).first()
    if query.get("error"):
        raise Refusal(_said(one, query))
    code = query.get("code") or query.get("auth_code") or ""  # TikTok's documents name either
    if app is None or not code:
        raise Refusal(
            _("%(name)s kembali tanpa izin masuk. Tidak ada yang diubah. Mulai lagi.") % {"name": one.name}
        )
    try:
        grants = one.exchange(connect.developer_of(app), code, return_address(platform), begun.verifier)
    except NeedsLogin as error:
        raise Refusal(
            _("%(why)s Tidak ada yang diubah. Mulai lagi dari tombol masuk.") % {"why": error}
        ) from error
    except Temporary as error:
        raise Refusal(_("%(why)s Tidak ada yang diubah. Coba lagi nanti.") % {"why": error}) from error
    except ConnectorError as error:
        raise Refusal(_("%(why)s Tidak ada yang diubah.") % {"why": error}) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(
            _("Jawaban %(name)s tidak seperti yang didokumentasikan. Tidak ada yang diubah.")
            % {"name": one.name}
        ) from error
    if not grants:
        raise Refusal(
            _(
                "Tidak ada akun yang diberikan di halaman %(name)s. "
                "Masuk lagi dan centang akun resmi yang akan disambungkan."
            )
            % {"name": one.name}
        )
    return Given(begun, grants)


def keep(given: Given, kept: Kept) -> None:
    """This will keep several accounts, encrypted, until the administrator has chosen among them."""
    whole = {
        "begun": asdict(replace(given.begun, verifier="", until=(timezone.now() + LASTS).isoformat())),
        "grants": [_packed(one) for one in given.grants],
    }
    kept[_GRANTS] = locked.encrypt(whole)


def waiting(by: Member, kept: Kept) -> Given | None:
    """This will return the accounts that this person may still choose among; None after ten minutes."""
    try:
        whole = locked.decrypt(kept[_GRANTS])
    except (KeyError, locked.Unreadable):
        return None
    begun = Begun(**whole["begun"])
    if begun.member != by.pk or datetime.fromisoformat(begun.until) < timezone.now():
        kept.pop(_GRANTS, None)
        return None
    return Given(begun, [_unpacked(one) for one in whole["grants"]])


def forget(kept: Kept) -> None:
    """This will drop accounts that were kept for choosing."""
    kept.pop(_GRANTS, None)


def _oauth(one: type[Connector]) -> OAuth:
    if one.oauth is None:
        raise Refusal(_("%(name)s tidak disambungkan lewat halaman masuknya.") % {"name": one.name})
    return one.oauth


def _spend(by: Member, platform: str, query: Mapping[str, str], kept: Kept) -> Begun:
    open_ = dict(kept.get(_STATES) or {})
    mark = _mark(query.get("state", ""))
    stored = open_.pop(mark, None)
    kept[_STATES] = open_
    begun = None
    if stored is not None:
        try:
            begun = Begun(**locked.decrypt(stored))
        except locked.Unreadable:
            begun = None
    mine = begun is not None and begun.member == by.pk and begun.platform == platform
    if begun is None or not mine or datetime.fromisoformat(begun.until) < timezone.now():
        raise Refusal(
            _(
                "Jawaban ini bukan dari sambungan yang Anda mulai di peramban ini, sudah dipakai, atau lebih lama dari "
                "sepuluh menit. Tidak ada yang diubah. Mulai lagi dari tombol masuk."
            )
        )
    return begun


def _mark(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _said(one: type[Connector], query: Mapping[str, str]) -> str:
    """What an error that came back means (RFC 6749, 4.1.2.1); the platform's own words are not repeated."""
    code = query.get("error", "")
    named = {
        "name": one.name,
        "code": "".join(letter for letter in code if letter.isalnum() or letter in "_-")[:40],
    }
    if code in {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}:
        return _("Anda membatalkan di halaman %(name)s. Tidak ada yang diubah.") % named
    if code == "redirect_uri_mismatch":
        return (
            _("%(name)s menolak alamat kembali. Daftarkan alamat kembali persis seperti di halaman panduan.")
            % named
        )
    if code in {"invalid_scope", "unauthorized_client"}:
        return (
            _(
                "%(name)s belum memberi aplikasi pengembang ini izin yang diminta (%(code)s). "
                "Selesaikan peninjauan aplikasi di platform, atau pakai mode manual."
            )
            % named
        )
    if code in {"temporarily_unavailable", "server_error"}:
        return _("%(name)s sedang terganggu. Tidak ada yang diubah. Coba lagi nanti.") % named
    return _("%(name)s menolak masuk (%(code)s). Tidak ada yang diubah.") % named


def _packed(grant: Grant) -> dict[str, Any]:
    one = grant.identity
    whole = {
        "external_id": one.external_id, "handle": one.handle, "name": one.name, "settings": dict(one.settings),
        "limits": asdict(one.limits) if one.limits else None,
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
    }  # fmt: skip
    return {"identity": whole, "secrets": dict(grant.secrets)}


def _unpacked(packed: Mapping[str, Any]) -> Grant:
    one = dict(packed["identity"])
    limits, until = one.pop("limits"), one.pop("expires_at")
    identity = Identity(
        **one, limits=Limits(**limits) if limits else None,
        expires_at=datetime.fromisoformat(until) if until else None,
    )  # fmt: skip
    return Grant(identity, packed["secrets"])
