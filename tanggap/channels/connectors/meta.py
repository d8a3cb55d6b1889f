"""What the Meta connectors share: one app's address for many accounts, its signature, and Facebook Login.

Sources, seen 2026-11-22: developers.facebook.com/docs/graph-api/webhooks/getting-started (challenge, signature, up
to 1000 updates in one delivery, tried again for 36 hours), …/docs/facebook-login/guides/advanced/manual-flow,
…/docs/facebook-login/guides/access-tokens/get-long-lived, …/docs/pages-api/getting-started.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from tanggap.channels.connector import (
    Ability,
    Account,
    BadSignature,
    Connector,
    Developer,
    Grant,
    Identity,
    Item,
    NeedsLogin,
    OAuth,
    Permanent,
    Raw,
    Scope,
    Unreadable,
    connector,
)  # fmt: skip
from tanggap.channels.limits import Limits
from tanggap.channels.platforms.meta_graph import HOST, VERSION, Graph, graph, refusal, wait_of

__all__ = [
    "HOST", "VERSION", "Graph", "MetaApp", "graph", "hub_challenge", "login", "long_lived", "page_grants",
    "page_identity", "page_of", "pages_of",
    "refusal", "signed", "subscribe", "token_ends", "user_token", "wait_of",
]  # fmt: skip

_LISTS = ("changes", "messaging", "standby")
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


class MetaApp(Connector):
    """The app at Meta whose one address brings the traffic of every connected account of all its products."""

    platform = "meta"
    name = "Aplikasi Meta"
    abilities = frozenset({Ability.HOOK})
    limits = Limits(
        most=63_206, checked_on="2026-11-22",
        source_url="https://developers.facebook.com/docs/graph-api/reference/page/feed/",
    )  # fmt: skip

    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check X-Hub-Signature-256; BadSignature where it fails."""
        signed(secrets, headers, body)

    @classmethod
    def challenge(cls, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> bytes | None:
        """This will answer Meta's test of the address."""
        return hub_challenge(verify_token, query)

    @classmethod
    def pieces(cls, body: bytes) -> list[bytes]:
        """This will part a delivery into one for each change or message; each is a delivery of the same shape."""
        try:
            whole = orjson.loads(body)
        except ValueError:
            return [body]
        parts = list(_parts(whole))
        return [body] if len(parts) < 2 else [orjson.dumps(one) for one in parts]

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will let the connector of each part's product read it; Unreadable for a product that is not known."""
        try:
            whole = orjson.loads(raw.body)
        except ValueError as error:
            raise Unreadable("Kiriman Meta bukan JSON.") from error
        items: list[Item] = []
        for part in _parts(whole):
            one, name = replace(raw, body=orjson.dumps(part)), _product(part)
            try:
                reader = connector(name)
            except KeyError as error:
                raise Unreadable(f"Kiriman Meta tentang {name or 'hal lain'} tidak dikenal.") from error
            items += reader.parse(one)
        return items

    @classmethod
    def points(cls, raw: Raw) -> tuple[str, str] | None:
        """This will ask the connector of the delivery's product."""
        reader = _reader(raw)
        return reader.points(raw) if reader else None

    @classmethod
    def nudges(cls, raw: Raw) -> Sequence[tuple[str, str]]:
        """This will ask the connector of the delivery's product."""
        reader = _reader(raw)
        return reader.nudges(raw) if reader else ()


def _reader(raw: Raw) -> type[Connector] | None:
    """The connector of a delivery's first part; None where parse will say what is wrong with it."""
    try:
        return connector(_product(next(_parts(orjson.loads(raw.body)))))
    except (ValueError, KeyError, StopIteration):
        return None


class PageAccount(Connector):
    """What the connectors of a Page's account share: whose token it is, and the log-in that gives Pages."""

    @cached_property
    def line(self) -> Graph:
        return graph(self.account, name=self.name)

    @property
    def page(self) -> str:
        return self.account.external_id or str(page_of(self.line)["id"])

    def identify(self) -> Identity:
        """This will ask whose token this is, and when it ends."""
        me = page_of(self.line)
        return page_identity(me, token_ends(self.account.developer, self.account.token))

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will return each Page that its owner gave us, with its own token."""
        return page_grants(developer, code, redirect)


def _parts(whole: Any) -> Iterator[Any]:
    entries = whole.get("entry") if isinstance(whole, dict) else None
    if not isinstance(entries, list) or not entries:
        yield whole
        return
    for entry in entries:
        lists = [name for name in _LISTS if isinstance(entry, dict) and isinstance(entry.get(name), list)]
        if not any(entry[name] for name in lists):
            yield {**whole, "entry": [entry]}
        for name in lists:
            rest = {key: value for key, value in entry.items() if key not in _LISTS}
            for event in entry[name]:
                yield {**whole, "entry": [{**rest, name: [event]}]}


_OBJECTS = {"instagram": "instagram", "threads": "threads", "whatsapp_business_account": "whatsapp"}


def _product(part: Any) -> str:
    """Which connector reads a part; "" where none does. Threads names no object but a topic."""
    if not isinstance(part, dict):
        return ""
    kind, entry = part.get("object"), part.get("entry")
    if kind != "page":
        return _OBJECTS.get(str(kind), "threads" if kind is None and "values" in part else "")
    first = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], dict) else {}
    if "changes" not in first:
        return "messenger" if "messaging" in first or "standby" in first else ""
    change = first["changes"][0] if isinstance(first["changes"], list) and first["changes"] else None
    # The test button of the app's page sends messages in the shape of a change.
    field = change.get("field") if isinstance(change, dict) else None
    return "messenger" if str(field).startswith("messag") else "facebook"


def signed(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """This will check X-Hub-Signature-256 over the raw bytes by any of the secrets; BadSignature where none fits."""
    given = headers.get("x-hub-signature-256", "")
    if not given.startswith("sha256="):
        raise BadSignature("Kiriman tanpa X-Hub-Signature-256.")
    offered = given[7:].encode("utf-8", "surrogateescape")
    # Every secret is compared, so that the time taken tells nothing about which one fits.
    fits = [
        hmac.compare_digest(hmac.new(secret.encode(), body, "sha256").hexdigest().encode(), offered)
        for secret in secrets
    ]
    if not any(fits):
        raise BadSignature("Tanda tangan tidak cocok dengan rahasia aplikasi ini.")


def hub_challenge(verify_token: str, query: Mapping[str, str]) -> bytes | None:
    """This will return hub.challenge where hub.verify_token is ours; None else."""
    given, said = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    ours = bool(verify_token) and hmac.compare_digest(
        given.encode("utf-8", "surrogateescape"), verify_token.encode()
    )
    if query.get("hub.mode") != "subscribe" or not ours or not _CHALLENGE.fullmatch(said):
        return None
    return said.encode()


# -- Facebook Login ----------------------------------------------------------------------------------------------
def login(*scopes: Scope, **extra: str) -> OAuth:
    """This will declare a log-in by Facebook that asks for these permissions; its manual flow knows no PKCE."""
    return OAuth(
        authorize_url=f"https://www.facebook.com/{VERSION}/dialog/oauth",
        token_url=f"{HOST}/{VERSION}/oauth/access_token",
        scopes=scopes, pkce=False, separator=",", extra=extra,
    )  # fmt: skip


def user_token(developer: Developer, code: str, redirect: str) -> str:
    """This will turn the code of a Facebook log-in into a long-lived token of the person (about 60 days)."""
    line = graph(Account(developer=developer), proof=False)
    short = line.ask(
        "/oauth/access_token",
        data={
            "client_id": developer.client_id, "client_secret": developer.client_secret,
            "redirect_uri": redirect, "code": code,
        },
    )  # fmt: skip
    return long_lived(developer, _token_in(short))


def long_lived(developer: Developer, token: str) -> str:
    """This will exchange a person's token for a long-lived one; page tokens taken with it have no end of their own."""
    line = graph(Account(developer=developer), proof=False)
    found = line.ask(
        "/oauth/access_token",
        data={
            "grant_type": "fb_exchange_token", "client_id": developer.client_id,
            "client_secret": developer.client_secret, "fb_exchange_token": token,
        },
    )  # fmt: skip
    return _token_in(found)


def _token_in(found: Any) -> str:
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token:
        raise Permanent("Jawaban Meta atas permintaan masuk tidak berisi token.")
    return token


def pages_of(
    developer: Developer, token: str, fields: str = "id,name,username,access_token,tasks"
) -> list[dict[str, Any]]:
    """This will return the pages that a person gave us, each with its own `access_token`."""
    line = graph(Account(token=token, developer=developer))
    found: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(20):
        page = line.read("/me/accounts", {"fields": fields, "limit": 100, "after": after})
        found += [one for one in page.get("data") or () if isinstance(one, dict) and one.get("access_token")]
        after = (page.get("paging") or {}).get("cursors", {}).get("after")
        if not after or not (page.get("paging") or {}).get("next"):
            break
    return found


def page_of(line: Graph) -> dict[str, Any]:
    """This will return the page behind a token (id, name, username); Permanent where the token is a person's."""
    # A person has no category: the platform refuses the field, which tells the two kinds of token apart.
    try:
        return dict(line.read("/me", {"fields": "id,name,username,category"}))
    except Permanent as error:
        if "(#100)" not in str(error):
            raise
        raise Permanent("Token ini milik orang, bukan Halaman. Pakai token akses Halaman.") from error


def page_identity(node: Mapping[str, Any], ends: datetime | None) -> Identity:
    """This will turn a page's node into an identity."""
    name = str(node["name"])
    handle = f"@{node['username']}" if node.get("username") else name
    return Identity(external_id=str(node["id"]), handle=handle, name=name, expires_at=ends)


def page_grants(developer: Developer, code: str, redirect: str) -> list[Grant]:
    """This will turn the code of a Facebook log-in into the pages that its owner gave us, each with its token."""
    pages = pages_of(developer, user_token(developer, code, redirect))
    return [
        Grant(page_identity(page, token_ends(developer, token)), {"token": token})
        for page in pages
        if (token := str(page["access_token"]))
    ]


def subscribe(line: Graph, account_id: str, app_id: str, fields: Sequence[str]) -> None:
    """This will have an account's events of these fields delivered, besides those that are delivered already.

    A new list replaces the old one at Meta, and several channels may share one page.
    """
    told = line.read(f"/{account_id}/subscribed_apps")
    known = [
        str(name)
        for one in told.get("data") or ()
        if isinstance(one, dict) and str(one.get("id")) == app_id
        for name in one.get("subscribed_fields") or ()
    ]
    wanted = list(dict.fromkeys([*known, *fields]))
    if set(wanted) != set(known):
        line.write(f"/{account_id}/subscribed_apps", data={"subscribed_fields": ",".join(wanted)})


def token_ends(developer: Developer, token: str) -> datetime | None:
    """This will ask when a token or its access to data ends, whichever is sooner; None where nobody says."""
    if not (developer.client_id and developer.client_secret):
        return None
    app = Account(token=f"{developer.client_id}|{developer.client_secret}", developer=developer)
    try:
        told = graph(app, proof=False).read("/debug_token", {"input_token": token}).get("data") or {}
    except (
        Permanent,
        NeedsLogin,
    ):  # made by another app, or the app's secret is not known: the token may work all the same
        return None
    ends = [told.get("expires_at"), told.get("data_access_expires_at")]
    known = [one for one in ends if isinstance(one, int) and one > 0]
    return datetime.fromtimestamp(min(known), UTC) if known else None
