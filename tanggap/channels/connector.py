"""What every platform connector is: declared abilities and limits, reading, and sending once.

A connector returns what it found; the caller above stores it. It holds plain values (`Account`), no rows, so that
it runs in tests and tools without a database. All errors towards the outside are `ConnectorError`s that say
whether to try again, give up, or ask a person to log in.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from tanggap.channels.limits import Limits


class Ability(StrEnum):
    """What a platform lets us do through its interface."""

    HOOK = "hook"
    FETCH = "fetch"
    STREAM = "stream"
    BACKFILL = "backfill"
    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    PUBLISH = "publish"
    HIDE = "hide"
    EDITS = "edits"
    DELETES = "deletes"
    LOOK_UP = "look_up"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that an administrator fills in to connect an account."""

    key: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    external_id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None


class Action(StrEnum):
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was said, edited or deleted, as a connector understood it.

    `external_id` is whole within its platform (a chat id belongs in it). `account` is the external id of the
    official account that it was delivered to; empty where the raw item already names its channel.
    """

    platform: str
    external_id: str
    kind: str
    text: str
    created_at: datetime
    author: Author | None = None
    action: Action = Action.CREATE
    url: str = ""
    in_reply_to: str = ""
    thread: str = ""
    media: Sequence[Mapping[str, Any]] = ()
    metrics: Mapping[str, int | None] = field(default_factory=dict)
    location: Mapping[str, Any] | None = None
    edited_at: datetime | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A delivery as received. `zone` is used for times that name none."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    zone: str = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Account:
    """An official account as plain values; `settings` are the connector's own, secrets included."""

    external_id: str = ""
    handle: str = ""
    api_base: str = ""
    token: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    trusted_base: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page: raw bodies to store, and the cursor to keep in the same transaction."""

    bodies: Sequence[bytes]
    cursor: Mapping[str, Any]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send. `reference` is ours, unique, and goes to the platform where it takes one.

    `options["taken"]` lists external ids that other deliveries to the same target own already.
    """

    kind: str
    text: str
    reference: str
    target_external_id: str = ""
    thread: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    external_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to, as the platform says."""

    external_id: str
    handle: str
    name: str
    limits: Limits | None = None
    expires_at: datetime | None = None


class ConnectorError(Exception):
    """Something at the platform went wrong; the text is for officers, without secrets."""

    retry_after: float | None = None


class Temporary(ConnectorError):
    """It may work later; for a send: the platform certainly did not take it."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Permanent(ConnectorError):
    """It will never work as it stands (refused, gone, too long)."""


class NeedsLogin(ConnectorError):
    """The token is expired, revoked or lacks a permission; a person must connect again."""


class OutcomeUnknown(ConnectorError):
    """A send left, and no answer came back: it may have been taken."""


class CannotTell(ConnectorError):
    """The platform has no way to find out whether a send arrived: a person decides."""


class BadSignature(ConnectorError):
    """The delivery is not signed by the app's secret, or too old."""


class Unreadable(ConnectorError):
    """The body is not what the platform documents; the raw item is kept and put aside with this reason."""


class Connector(ABC):
    """Base of all connectors; one file in connectors/ holds one subclass."""

    platform: ClassVar[str]
    name: ClassVar[str]
    abilities: ClassVar[frozenset[Ability]] = frozenset()
    settings: ClassVar[tuple[Setting, ...]] = ()
    limits: ClassVar[Limits]
    poll_seconds: ClassVar[int] = 60

    def __init__(self, account: Account) -> None:
        self.account = account

    # -- taking in ---------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check the signature over the raw bytes in constant time; BadSignature where it fails."""
        raise BadSignature(f"{cls.name} mengirim tanpa tanda tangan yang dikenal.")

    @classmethod
    def challenge(cls, verify_token: str, query: Mapping[str, str]) -> bytes | None:
        """This will answer the platform's test of the address; None where there is nothing to answer."""
        return None

    @classmethod
    def pieces(cls, body: bytes) -> list[bytes]:
        """This will part a verified body into what is stored and read apart; cheap, called before the answer."""
        return [body]

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a raw delivery into items; Unreadable where it cannot. No network, no clock."""
        raise Unreadable(f"{cls.name} tidak menerima kiriman.")

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will get the next page after the cursor; an empty cursor begins at now."""
        raise Permanent(f"{self.name} tidak dapat ditarik.")

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will get the next older page of history; bodies may repeat what is known."""
        raise Permanent(f"{self.name} tidak memberi riwayat.")

    def stream(self) -> Iterator[bytes]:
        """This will yield raw bodies as they happen, until the connection ends (then it returns or raises).

        An empty body says that the line stands: one as soon as it does, then one with every sign of life.
        """
        raise Permanent(f"{self.name} tidak punya aliran langsung.")

    # -- sending -----------------------------------------------------------------------------------------
    @classmethod
    def as_sent(cls, text: str, handle: str) -> str:
        """This will return an answer as it will stand, with what the platform needs before it; for counting."""
        return text

    def send(self, out: Outgoing) -> Sent:
        """This will send once. Temporary only when the platform surely did not take it, else OutcomeUnknown."""
        raise Permanent(f"{self.name} tidak dapat mengirim dari sini; jawab di platformnya lalu tandai.")

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will ask whether a send arrived: Sent, or None when it surely did not; CannotTell else."""
        raise CannotTell(f"{self.name} tidak dapat ditanya; periksa di platformnya.")

    def identify(self) -> Identity:
        """This will say whose token this is; NeedsLogin where it no longer works."""
        raise Permanent(f"{self.name} tidak memakai token.")


def all_connectors() -> dict[str, type[Connector]]:
    """This will import every file of connectors/ and return the connectors by platform; a broken one raises."""
    if _found:
        return dict(_found)
    # Put together before it is shown: of two threads that come at once, neither may see half of it.
    found: dict[str, type[Connector]] = {}
    package = importlib.import_module("tanggap.channels.connectors")
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        for one in vars(loaded).values():
            declared = (
                isinstance(one, type) and issubclass(one, Connector) and one.__module__ == loaded.__name__
            )
            if declared and "platform" in vars(one):
                found[one.platform] = one
    _found.update(found)
    return dict(_found)


_found: dict[str, type[Connector]] = {}


def connector(platform: str) -> type[Connector]:
    """This will return the connector of a platform; KeyError with a sentence for an unknown one."""
    try:
        return all_connectors()[platform]
    except KeyError:
        raise KeyError(f"No connector for platform {platform!r}; there are {sorted(_found)}.") from None
