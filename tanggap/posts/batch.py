"""What passes between reading a batch and storing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tanggap.channels.connector import Item
from tanggap.channels.models import Channel
from tanggap.posts.models import Post


@dataclass(slots=True)
class Found:
    """An item with the channel it came by, when and how (hook, fetch, sweep, stream, search, import, hand).

    `collection` is the id of the collection whose search found it, 0 for what was said to the government.
    """

    item: Item
    channel: Channel
    received_at: datetime
    history: bool
    source: str = ""
    collection: int = 0


@dataclass(slots=True)
class Digested:
    """What became of a batch: new posts (with ids and reading), changed ones, and what was put aside.

    `addressed` were collected before as public talk and turn out to be said to the government.
    """

    raw: int = 0
    new: list[Post] = field(default_factory=list)
    changed: list[Post] = field(default_factory=list)
    gone: list[Post] = field(default_factory=list)
    addressed: list[Post] = field(default_factory=list)
    repeated: int = 0
    echoes: int = 0
    put_aside: int = 0
