"""What a connector declares about its platform, as data: screens, health, checks, documents and tests come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Ability(StrEnum):
    """What a platform lets us do through its interface."""

    HOOK = "hook"
    FETCH = "fetch"
    STREAM = "stream"
    BACKFILL = "backfill"
    SEARCH = "search"
    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    PUBLISH = "publish"
    MEDIA = "media"
    HIDE = "hide"
    EDITS = "edits"
    DELETES = "deletes"
    RECEIPTS = "receipts"
    RECHECK = "recheck"
    LOOK_UP = "look_up"
    FIGURES = "figures"
    WITHDRAW = "withdraw"


FIGURES = ("views", "reach", "likes", "comments", "shares", "clicks", "saves")
"""The numbers of a published post by our names; what each platform counts as one of them its connector says."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that an administrator fills in to connect an account.

    `key` is also the name under which the connector finds it: secret ones in `account.secrets` (the one called
    `token` as `account.token` too), `api_base` as `account.api_base`, others in `account.settings`.
    """

    key: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission that is asked for, and in words of an administrator why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class OAuth:
    """How the platform lets an account's owner hand out a token (RFC 6749, RFC 7636)."""

    authorize_url: str
    token_url: str
    scopes: tuple[Scope, ...]
    pkce: bool = True
    separator: str = " "
    client_id_name: str = "client_id"
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a citizen can be answered: `hours` after `since` ("their_last_message" or "the_post").

    `once` where only one answer is let through; `otherwise` says what an officer can do after it has closed.
    """

    kind: str
    hours: float
    since: str
    otherwise: str
    once: bool = False
    source_url: str = ""
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """The most sends of some kinds ("reply", "private_reply", "post", "hide", "withdraw") within `seconds`."""

    kinds: tuple[str, ...]
    most: int
    seconds: int
    source_url: str = ""
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Units that a platform grants per day and what each ability costs; the day begins at midnight in `zone`."""

    units: int
    costs: Mapping[str, int]
    zone: str = "UTC"
    source_url: str = ""
    checked_on: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Which numbers (of FIGURES) a platform tells of an own post, and of how many posts it is asked in one go.

    `needs` is the permission for those of them that the ones for publishing do not cover.
    """

    names: tuple[str, ...]
    at_once: int
    needs: str = ""
    source_url: str = ""
    checked_on: str = ""
