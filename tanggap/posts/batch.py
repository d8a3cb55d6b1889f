"""What passes between reading a batch and storing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tanggap.channels.connector import Item
from tanggap.channels.models import Channel
from tanggap.posts.models import Post


@dataclass(slots=True)
class Found:
    """An item with the channel it came by and when it was received."""

    item: Item
    channel: Channel
    received_at: datetime
    history: bool


@dataclass(slots=True)
class Digested:
    """What became of a batch: new posts (with ids and reading), changed ones, and what was put aside."""

    raw: int = 0
    new: list[Post] = field(default_factory=list)
    changed: list[Post] = field(default_factory=list)
    gone: list[Post] = field(default_factory=list)
    repeated: int = 0
    echoes: int = 0
    put_aside: int = 0
