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
from typing import Any, ClassVar

from tanggap.channels.declared import Ability, OAuth, Quota, Rate, Scope, Setting, Told, Window
from tanggap.channels.errors import (
    BadSignature,
    CannotTell,
    ConnectorError,
    Gone,
    NeedsLogin,
    NotPermitted,
    OutcomeUnknown,
    Permanent,
    Temporary,
    Unreadable,
)
from tanggap.channels.items import Action, Author, Item, Raw, Receipt
from tanggap.channels.limits import Limits, MediaLimits

__all__ = [
    "Ability", "Account", "Action", "Attachment", "Author", "BadSignature", "CannotTell", "Connector",
    "ConnectorError", "Developer", "Fetched", "Gone", "Grant", "Identity", "Item", "NeedsLogin",
    "NotPermitted", "OAuth", "OutcomeUnknown", "Outgoing", "Permanent", "Quota", "Rate", "Raw", "Receipt", "Scope",
    "Sent", "Setting", "Temporary", "Told", "Unreadable", "Window", "all_connectors", "connector",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Developer:
    """The developer app at the platform that an account is connected through, as plain values.

    `hook_url` is where this installation takes the app's deliveries, `hook_secret` the newest secret that they are
    signed with: for platforms that must be told. `app_token` speaks for the app itself, where the platform has one.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_base: str = ""
    trusted_base: bool = False
    app_token: str = field(default="", repr=False)
    hook_url: str = ""
    hook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """An official account as plain values; `secrets` holds the secret settings by key, `token` the one so called.

    `api_base` is where its platform answers: empty for the platform's own address. Private addresses are reached
    only where `trusted_base`.
    """

    external_id: str = ""
    handle: str = ""
    api_base: str = ""
    token: str = field(default="", repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    trusted_base: bool = False
    developer: Developer = Developer()


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page: raw bodies to store, and the cursor to keep in the same transaction.

    `cost` are units of the declared quota. `missed` names, in a sentence, what the platform no longer gives (a
    period beyond its memory): it is shown as a gap. `pause`: there is more, but the platform's share of calls lets it
    go on only after so many seconds.
    """

    bodies: Sequence[bytes]
    cursor: Mapping[str, Any]
    more: bool = False
    cost: int = 0
    missed: str = ""
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film or document that goes with a text; `url` where it stands publicly, if anywhere."""

    content: bytes = field(repr=False)
    type: str
    alt: str = ""
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send. `reference` is ours, unique, and goes to the platform where it takes one.

    `kind` is post, reply, private_reply, hide, or withdraw (take our own post `target_external_id` away for good; one
    that is gone already counts as taken away). `options["taken"]` lists external ids that other deliveries to the
    same target own already; `options["hidden"]` is False where something hidden shall be shown again;
    `options["template"]` names an approved template with its values.
    """

    kind: str
    text: str
    reference: str
    target_external_id: str = ""
    thread: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    media: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    external_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to, as the platform says; `settings` are what the connector needs to know later."""

    external_id: str
    handle: str
    name: str
    limits: Limits | None = None
    expires_at: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """An account that its owner gave us, with the secrets to keep for it (`token` among them)."""

    identity: Identity
    secrets: Mapping[str, str] = field(repr=False)


class Connector(ABC):
    """Base of all connectors; one file in connectors/ holds one subclass.

    `limits` counts what is published, `limits_by_kind` other kinds of sends. `app_platform` names the kind of App
    whose hook address brings this platform's traffic; empty for an address of its own kind. `lacks` says in
    sentences what the platform does not let anybody do; `search_lacks` what its search cannot show. Posts are looked
    at again (`recheck`) every `sweep_seconds`, for `recheck_days` after they came in.
    """

    platform: ClassVar[str]
    name: ClassVar[str]
    abilities: ClassVar[frozenset[Ability]] = frozenset()
    settings: ClassVar[tuple[Setting, ...]] = ()
    oauth: ClassVar[OAuth | None] = None
    limits: ClassVar[Limits]
    limits_by_kind: ClassVar[Mapping[str, Limits]] = {}
    media: ClassVar[MediaLimits | None] = None
    windows: ClassVar[tuple[Window, ...]] = ()
    rates: ClassVar[tuple[Rate, ...]] = ()
    quota: ClassVar[Quota | None] = None
    told: ClassVar[Told | None] = None
    lacks: ClassVar[tuple[str, ...]] = ()
    search_lacks: ClassVar[str] = ""
    app_platform: ClassVar[str] = ""
    app_token: ClassVar[Setting | None] = None
    poll_seconds: ClassVar[int] = 60
    sweep_seconds: ClassVar[int] = 900
    recheck_days: ClassVar[int] = 7

    def __init__(self, account: Account) -> None:
        self.account = account

    # -- taking in ---------------------------------------------------------------------------------------
    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will check the signature over the raw bytes in constant time; BadSignature where it fails."""
        raise BadSignature(f"{cls.name} mengirim tanpa tanda tangan yang dikenal.")

    @classmethod
    def challenge(cls, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> bytes | None:
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

    @classmethod
    def nudges(cls, raw: Raw) -> Sequence[tuple[str, str]]:
        """This will name the accounts (platform, external id) that a hook delivery says something happened on
        without telling what was said: they are fetched at once. Asked of deliveries that give no item."""
        return ()

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will get the next page after the cursor; an empty cursor begins at now.

        Of a channel that also has a hook it is the sweep: it finds what the hook missed.
        """
        raise Permanent(f"{self.name} tidak dapat ditarik.")

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at known posts by their external ids, at most 100: bodies of how they stand now, and
        of deletions for those that are gone. Its cursor means nothing.

        One that the platform does not tell of now (it was slow, it may not show it) is left out.
        """
        raise Permanent(f"{self.name} tidak dapat ditanya tentang kiriman tertentu.")

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will tell whether `recheck` can surely tell of such a post: that it does not show it must mean that it
        is gone."""
        return True

    @classmethod
    def points(cls, raw: Raw) -> tuple[str, str] | None:
        """This will name the account (platform, external id) of a hook delivery that tells only where something was
        said; `complete` gets the words. None for every other delivery. Asked of deliveries that give no item."""
        return None

    def complete(self, raw: Raw) -> Sequence[bytes]:
        """This will get what a delivery points at, as bodies to read; Gone where it no longer stands."""
        raise Permanent(f"{self.name} memberi isi kiriman bersama kirimannya.")

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will get the next older page of history; bodies may repeat what is known.

        An empty cursor begins at the newest; `cursor["until"]` (ISO 8601), always there, is how far back to go.
        """
        raise Permanent(f"{self.name} tidak memberi riwayat.")

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will put collection terms into as few of the platform's queries as its rules of length let it."""
        return [word.strip() for word in words if word.strip()]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will get the next page of public talk after the cursor; an empty cursor begins at now."""
        raise Permanent(f"{self.name} tidak dapat dicari.")

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
        """This will ask whether a send arrived: Sent, or None when it surely did not; CannotTell else.

        A withdrawal has arrived when what it takes away is gone.
        """
        raise CannotTell(f"{self.name} tidak dapat ditanya; periksa di platformnya.")

    # -- afterwards --------------------------------------------------------------------------------------
    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask how own posts fare, at most `told.at_once` of them: their numbers by the names of FIGURES.

        A number that the platform does not tell is absent: unknown is not zero. None for a post that is surely gone;
        one that the platform says nothing about now is left out.
        """
        raise Permanent(f"{self.name} tidak memberi angka kiriman.")

    # -- who we are --------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will say whose token this is; NeedsLogin where it no longer works."""
        raise Permanent(f"{self.name} tidak memakai token.")

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        """This will turn the code of an OAuth log-in into the accounts that its owner gave us."""
        raise Permanent(f"{cls.name} tidak disambungkan lewat halaman masuknya.")

    def subscribe(self) -> None:  # noqa: B027  most platforms need not be asked
        """This will ask the platform to deliver the account's events to its app's address, where it must be asked."""

    def refresh(self) -> Grant | None:
        """This will renew a token before it expires; None where the platform has nothing to renew."""
        return None


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
