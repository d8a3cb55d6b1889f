"""The token exchange that most platforms share (RFC 6749), for connectors: code to token, and token to newer token.

A connector whose platform goes its own way does it itself over `Speaker`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from tanggap.channels.connector import Developer
from tanggap.channels.declared import OAuth
from tanggap.channels.errors import ConnectorError, NeedsLogin, Permanent, Temporary
from tanggap.channels.speaking import Speaker
from tanggap.core import http


def token(
    name: str, developer: Developer, oauth: OAuth, code: str, redirect: str, verifier: str, *, basic: bool = False
) -> dict[str, Any]:  # fmt: skip
    """This will turn a log-in's code into the platform's token answer, with at least `access_token`.

    `basic` names the client in a header instead of the form. NeedsLogin for a code that is used or too old; Permanent
    where the developer app or its return address is refused, or a permission was not given.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    answer = _asked(name, developer, oauth, form | ({"code_verifier": verifier} if verifier else {}), basic)
    require_scopes(name, oauth, answer)
    return answer


def newer(
    name: str, developer: Developer, oauth: OAuth, refresh_token: str, *, basic: bool = False
) -> dict[str, Any]:
    """This will turn a refresh token into a newer token answer; NeedsLogin where it no longer works."""
    return _asked(
        name, developer, oauth, {"grant_type": "refresh_token", "refresh_token": refresh_token}, basic
    )


def expires_at(answer: Mapping[str, Any], now: datetime) -> datetime | None:
    """This will say until when an answer's token lives; None where the platform does not say."""
    try:
        seconds = int(answer.get("expires_in") or 0)
    except (TypeError, ValueError):
        return None
    return now + timedelta(seconds=min(seconds, 10 * 366 * 86400)) if seconds > 0 else None


def require_scopes(name: str, oauth: OAuth, answer: Mapping[str, Any]) -> None:
    """This will raise Permanent where an answer names its permissions and one that is needed is not among them."""
    given = answer.get("scope")
    if not isinstance(given, str) or not given.strip():
        return
    there = set(given.replace(",", " ").split())
    missing = [one for one in oauth.scopes if one.name not in there]
    if missing:
        words = "; ".join(f"{one.name} ({one.why})" for one in missing)
        raise Permanent(
            f"Izin ini tidak diberikan di halaman {name}: {words}. Masuk lagi dan setujui semuanya."
        )


def at(url: str, developer: Developer) -> str:
    """This will return a log-in address of a platform, moved to the developer app's own base where it has one."""
    parts = urlsplit(url)
    return f"{developer.api_base}{parts.path}" if developer.api_base else url


def _asked(
    name: str, developer: Developer, oauth: OAuth, form: Mapping[str, str], basic: bool
) -> dict[str, Any]:
    headers: dict[str, str] = {}
    sent = dict(form)
    if basic:
        pair = f"{quote(developer.client_id, safe='')}:{quote(developer.client_secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        sent |= {oauth.client_id_name: developer.client_id, "client_secret": developer.client_secret}
    address = at(oauth.token_url, developer)
    speaker = Speaker(name, address, trusted=developer.trusted_base, refusal=_refusal(name))
    answer = speaker.ask(address, data=sent, headers=headers)
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        raise Temporary(f"Jawaban {name} tidak berisi token.")
    return answer


def _refusal(name: str) -> Any:
    def meaning(answer: http.Answer, sent: bool) -> ConnectorError | None:
        if answer.status not in {400, 401, 403}:
            return None
        code, said = _said(answer)
        if "redirect" in f"{code} {said}".lower():
            return Permanent(
                f"{name} menolak alamat kembali. Daftarkan alamat kembali persis seperti di halaman panduan."
            )
        if code in {"invalid_client", "unauthorized_client"} or answer.status == 401:
            return Permanent(
                f"{name} tidak mengenal aplikasi pengembang ini. Periksa ID dan rahasia kliennya."
            )
        if code == "invalid_grant":
            return NeedsLogin(f"{name} menolak izin masuk: sudah dipakai, dicabut, atau kedaluwarsa.")
        return NeedsLogin(f"{name} menolak izin masuk ({code or answer.status}).")

    return meaning


def _said(answer: http.Answer) -> tuple[str, str]:
    try:
        body = answer.json()
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("type") or error.get("code") or "")[:60], str(error.get("message") or "")
    return str(error or "")[:60], str(body.get("error_description") or "")
