"""Shows what stands on a simulated X as the documented objects: posts with their versions, people, messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tanggap.simulator.platforms.base import OFFICIAL, Piece, Simulated
from tanggap.simulator.platforms.x_shapes import Json, shown, stamp, user, user_id


@dataclass
class Objects:
    """The pieces of a platform as X shows them. `versions` lists (id, text, time) of each edited post."""

    x: Simulated
    versions: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)

    def standing(self) -> list[Piece]:
        """This will return what was not taken away."""
        return [one for one in self.x.pieces.values() if not one.deleted]

    def find(self, key: str) -> Piece | None:
        """This will return the piece of an id, were it that of a later version."""
        first = next((one for one, kept in self.versions.items() if key in {row[0] for row in kept}), key)
        return self.x.pieces.get(first)

    def latest(self, piece: Piece) -> str:
        """This will return the id of a post's newest version."""
        return self.versions[piece.id][-1][0] if piece.id in self.versions else piece.id

    def tweet(self, piece: Piece, key: str = "") -> Json:
        """This will show a version of a post; its newest without `key`."""
        rows = self.versions.get(piece.id) or [(piece.id, piece.text, piece.at)]
        version, said, at = next((row for row in rows if row[0] == key), rows[-1])
        above = self.x.pieces.get(piece.parent)
        lead = f"@{self.user(above.author)['username']} " if piece.ours and above and not above.ours else ""
        text, links = shown(lead + said)
        official = self.x.official
        mentions = [] if piece.ours or piece.kind == "post" else [official.id]
        body: Json = {
            "id": version, "text": text, "author_id": self.author(piece), "created_at": stamp(at), "lang": "in",
            "conversation_id": piece.root, "edit_history_tweet_ids": [row[0] for row in rows],
            "entities": {
                "urls": links,
                "mentions": [{"id": one, "username": official.handle.lstrip("@")} for one in mentions],
            },
            "public_metrics": self.metrics(piece),
        }  # fmt: skip
        if len(text) > 280:
            body["note_tweet"] = {"text": text, "entities": body["entities"]}
            body["text"] = text[:277] + "…"
        if above:
            body["in_reply_to_user_id"] = self.author(above)
            body["referenced_tweets"] = [{"type": "replied_to", "id": above.id}]
        if piece.media:
            body["attachments"] = {"media_keys": [one["media_key"] for one in piece.media]}
        return body

    def metrics(self, piece: Piece) -> Json:
        """This will return a post's public numbers; those that a test wants untold are left out."""
        shares = self.x.figure(piece, "shares")
        told = {
            "retweet_count": shares, "quote_count": shares and 0, "like_count": self.x.figure(piece, "likes", 1),
            "reply_count": self.x.figure(piece, "comments"), "bookmark_count": self.x.figure(piece, "saves"),
            "impression_count": self.x.figure(piece, "views", 7),
        }  # fmt: skip
        return {name: count for name, count in told.items() if count is not None}

    def includes(self, pieces: Iterable[Piece]) -> Json:
        """This will return what stands beside posts or messages: people, what they answer, media."""
        rows = list(pieces)
        authors = dict.fromkeys(one.author for one in rows)
        above = [self.x.pieces[one.parent] for one in rows if one.parent in self.x.pieces]
        media = [
            {"media_key": one["media_key"], "type": "photo", "url": f"https://pbs.twimg.com/media/{one['media_key']}.jpg",
             "alt_text": one.get("alt", "")}
            for piece in rows for one in piece.media
        ]  # fmt: skip
        return {
            "users": [self.user(one) for one in authors],
            "tweets": [self.tweet(one, one.id) for one in above],
            **({"media": media} if media else {}),
        }

    def author(self, piece: Piece) -> str:
        """This will return the account id of a piece's author."""
        return piece.account if piece.ours else user_id(piece.author)

    def user(self, author: str) -> Json:
        """This will show a person, or the official account."""
        official = self.x.official
        if author == OFFICIAL:
            return user(official.id, official.handle.lstrip("@"), official.name)
        return user(user_id(author), author, author.replace("_", " ").title())

    def other(self, piece: Piece) -> str:
        """This will return the citizen of a message."""
        return piece.reference if piece.ours else piece.author

    def dm_event(self, piece: Piece) -> Json:
        """This will show a message as API v2 does."""
        pair = sorted((self.x.official.id, user_id(self.other(piece))), key=int)
        return {
            "id": piece.id, "event_type": "MessageCreate", "text": piece.text, "sender_id": self.author(piece),
            "dm_conversation_id": "-".join(pair), "created_at": stamp(piece.at),
        }  # fmt: skip

    def told_message(self, piece: Piece) -> Json:
        """This will show a message as its delivery does, in the older form."""
        citizen, us = user_id(self.other(piece)), self.x.official.id
        event = {
            "type": "message_create", "id": piece.id, "created_timestamp": str(int(piece.at * 1000)),
            "message_create": {
                "target": {"recipient_id": citizen if piece.ours else us}, "sender_id": us if piece.ours else citizen,
                "message_data": {"text": piece.text, "entities": {"urls": [], "hashtags": [], "user_mentions": []}},
            },
        }  # fmt: skip
        users = {one["id"]: {"data": one} for one in (self.user(OFFICIAL), self.user(self.other(piece)))}
        return {"direct_message_events": [event], "users": users}
