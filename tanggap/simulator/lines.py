"""Writes what a citizen said as a contract line, the way each simulated platform would tell it."""

from __future__ import annotations

import random
import zlib
from datetime import datetime
from typing import Any, Final

from tanggap.simulator.city import OFFICIAL_HANDLE, Citizen

# Contract kind of what reaches the government's account on each platform.
_KINDS: Final = {
    "facebook": "comment",
    "instagram": "comment",
    "tiktok": "comment",
    "x": "mention",
    "threads": "mention",
    "whatsapp": "message",
    "telegram": "message",
    "messenger": "message",
    "youtube": "comment",
    "bluesky": "mention",
    "mastodon": "mention",
}
_PRIVATE: Final = ("whatsapp", "telegram", "messenger")
_PAGE: Final = "1099710000000001"


def external_id(platform: str, run: int, number: int) -> str:
    """Makes the platform's own id of message `number` of `run`: whole ids (page and comment, chat and message)."""
    serial = f"{run % 10**10:010d}{number:07d}"
    shapes = {
        "facebook": f"{_PAGE}_{serial}",
        "instagram": f"178{serial}",
        "tiktok": f"73{serial}",
        "x": f"19{serial}",
        "threads": f"180{serial}",
        "whatsapp": f"wamid.{serial}",
        "telegram": f"-1009971:{serial}",
        "messenger": f"m_{serial}",
        "youtube": f"Ugz{serial}",
        "bluesky": f"at://did:plc:warga/app.bsky.feed.post/{serial}",
        "mastodon": f"warga.example/{serial}",
    }
    return shapes[platform]


def author(citizen: Citizen, platform: str) -> dict[str, Any]:
    """The author as the platform shows them; on WhatsApp the id is a (fictional) phone number, without a handle."""
    number = zlib.crc32(f"{platform}:{citizen.handle}".encode())
    if platform == "whatsapp":
        return {"id": f"62812000{number % 100000:05d}", "name": citizen.name}
    known = {"id": f"{platform[:2]}-{number:010d}", "handle": citizen.handle, "name": citizen.name}
    return known if platform == "telegram" else {**known, "followers": citizen.followers}


def contract_line(
    citizen: Citizen,
    platform: str,
    identity: str,
    text: str,
    created_at: datetime,
    *,
    parent: str | None = None,
    thread: str | None = None,
) -> dict[str, Any]:
    """One line of the post contract. `identity`, `parent`, `thread` are external ids; `created_at` carries a zone."""
    kind = _KINDS[platform]
    line: dict[str, Any] = {
        "platform": platform,
        "external_id": identity,
        "kind": kind,
        "text": f"@{OFFICIAL_HANDLE} {text}" if kind == "mention" else text,
        "author": author(citizen, platform),
        "created_at": created_at.isoformat(timespec="seconds"),
    }
    if parent is not None:
        line |= {"in_reply_to": parent, "thread": thread or parent}
    if platform not in _PRIVATE:
        dice = random.Random(zlib.crc32(identity.encode()))
        line["url"] = f"https://{platform}.example/{identity}"
        line["metrics"] = {"likes": int(dice.expovariate(0.3)), "comments": int(dice.expovariate(1))}
    return line


def mention_offset(platform: str) -> int:
    """How many code points contract_line puts before the citizen's own text."""
    return len(OFFICIAL_HANDLE) + 2 if _KINDS[platform] == "mention" else 0
