"""What the stories about numbers and withdrawals need of every platform: an own post that stands there."""

from __future__ import annotations

from uuid import uuid4

from tests.connectors.conformance.stages import Play

NUMBERS = {"views": 340, "reach": 210, "likes": 12, "comments": 3, "shares": 5, "clicks": 8, "saves": 2}


def published(play: Play, text: str = "Pemadaman air besok pukul 09.00 di Kelurahan Melati.") -> str:
    """This will publish a post and return its external id; where a text alone is refused, it is put there."""
    media = play.stage.connector.media
    if media and media.required:
        return play.platform.add("post", "official", text, account=play.platform.official.id).id
    return play.connector.send(play.outgoing("post", None, text, reference=str(uuid4()))).external_id


def stands(play: Play, key: str) -> bool:
    """This will tell whether a post stands there."""
    found = [one for one in play.platform.pieces.values() if one.id in {key, key.rpartition("/")[2]}]
    return any(not one.deleted for one in found)
