"""What comes in: a delivery as received, and the things that were said in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Author:
    external_id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None


class Action(StrEnum):
    """What an item says happened. A receipt concerns something that we sent: `text` is its state."""

    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    RECEIPT = "receipt"


class Receipt(StrEnum):
    """What a platform says became of a message that it took from us."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was said, edited or deleted, as a connector understood it.

    `external_id` is whole within its platform (a chat id belongs in it). `account` is the external id of the
    official account that it was delivered to; empty where the raw item already names its channel. Of a receipt,
    `external_id` is that of our message, `receipt` its state, `text` the platform's reason for a failure, and
    `reference` ours of the send where the platform tells it back.
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
    receipt: Receipt | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A delivery as received. `zone` is used for times that name none.

    `account`, `handle` and `settings` are those of the official account where the delivery can only be for one: some
    platforms (Telegram) do not say it themselves.
    """

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    zone: str = "Asia/Jakarta"
    account: str = ""
    handle: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
