"""Bluesky: mentions, replies, quotes and direct messages of an account on any server of the AT protocol.

Plain XRPC instead of the package atproto, for the reasons that docs/decisions/mastodon-adapter.md gives: the bytes that
came are kept, and "refused before it left" and "no answer after it left" stay apart.

A send is a record in the account's own repository, under a key made of our reference: tried twice it still stands once,
and whether it stands is asked by that key. How it was tried: docs/decisions/bluesky-adapter.md.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from tanggap.channels.connector import (
    Ability,
    Attachment,
    CannotTell,
    Connector,
    Fetched,
    Gone,
    Identity,
    Item,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Sent,
    Setting,
    Temporary,
    Told,
)  # fmt: skip
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms import bluesky_figures, bluesky_messages, bluesky_watch
from tanggap.channels.platforms.bluesky_api import Api, Json, Swapped
from tanggap.channels.platforms.bluesky_items import POST, items, link
from tanggap.channels.platforms.bluesky_text import facets, names, parts, quoted, record_key
from tanggap.channels.platforms.bluesky_watch import Seen
from tanggap.channels.values import iso_time_of

CHECKED = "2026-11-22"
_GATE = "app.bsky.feed.threadgate"
_PAGE = 50
_SLOW_SECONDS = 15
_PACE_SECONDS = 2.5
_STREAM_SECONDS = 600
_RATES = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
_LEXICONS = "https://github.com/bluesky-social/atproto/blob/main/lexicons"
_REASONS = ["mention", "reply", "quote"]


class Bluesky(Connector):
    """An official account on Bluesky, or on another server of its network."""

    platform = "bluesky"
    name = "Bluesky"
    abilities = frozenset(
        {
            Ability.FETCH, Ability.STREAM, Ability.BACKFILL, Ability.SEARCH, Ability.REPLY, Ability.PRIVATE_REPLY,
            Ability.PUBLISH, Ability.MEDIA, Ability.HIDE, Ability.DELETES, Ability.RECHECK, Ability.LOOK_UP,
            Ability.FIGURES, Ability.WITHDRAW,
        }
    )  # fmt: skip
    settings = (
        Setting("handle", "Nama pengguna", help="Misalnya pemkotmelati.bsky.social"),
        Setting(
            "token",
            "Sandi aplikasi",
            secret=True,
            help="Settings → Privacy and security → App passwords; centang izin pesan langsung bila pesan dijawab",
        ),
        Setting(
            "api_base",
            "Alamat server",
            required=False,
            help="Kosongkan untuk akun di bsky.social",
            kind="url",
        ),
    )
    limits = Limits(
        most=300, count="bluesky", bytes_most=3000, checked_on=CHECKED,
        source_url=f"{_LEXICONS}/app/bsky/feed/post.json",
    )  # fmt: skip
    limits_by_kind = {
        "private_reply": Limits(
            most=1000, count="bluesky", bytes_most=10000, checked_on=CHECKED,
            source_url=f"{_LEXICONS}/chat/bsky/convo/defs.json",
        )
    }  # fmt: skip
    # The network's newest lexicon takes 2,000,000 bytes; servers that have not followed refuse more than its half.
    media = MediaLimits(
        most=4, bytes_by_type=dict.fromkeys(("image/jpeg", "image/png", "image/webp"), 1_000_000), alt_most=2000,
        source_url="https://docs.bsky.app/docs/advanced-guides/posts#images-embeds", checked_on=CHECKED,
    )  # fmt: skip
    rates = (
        Rate(("post", "reply", "hide"), 1666, 3600, _RATES, CHECKED),
        Rate(("post", "reply", "hide"), 11666, 86400, _RATES, CHECKED),
    )
    told = Told(
        ("likes", "comments", "shares", "saves"), 25, checked_on=CHECKED,
        source_url=f"{_LEXICONS}/app/bsky/feed/defs.json",
    )  # fmt: skip
    lacks = (
        "Kiriman Bluesky tidak dapat disunting; yang dihapus diketahui dalam semenit.",
        "Hanya balasan di bawah kiriman kita sendiri yang dapat disembunyikan.",
        "Pesan langsung hanya sampai bila penerima mengizinkannya, dan perlu sandi aplikasi yang diberi izin itu.",
        "Video belum dikirim dari sini.",
        "Berapa kali sebuah kiriman dilihat atau diklik tidak dihitung siapa pun di jaringan ini.",
    )
    search_lacks = (
        "Pencarian Bluesky mencari tiap kata sendiri dan tidak menjanjikan lengkap; kata yang dikecualikan disaring di "
        "sini. Aliran publik jaringannya (Jetstream) tidak dipakai."
    )
    poll_seconds, sweep_seconds = 30, 60

    @property
    def api(self) -> Api:
        if not hasattr(self, "_api"):
            self._api = Api(self.account)
        return self._api

    @property
    def _messages(self) -> bool:
        return bool(self.account.settings.get("messages"))

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask the server for the account of the session, and whether it opens direct messages."""
        me = self.api.read("com.atproto.server.getSession")
        did, handle = str(me["did"]), str(me["handle"])
        try:
            profile = self.api.read("app.bsky.actor.getProfile", actor=did)
        except (Gone, Permanent):  # a very young account is not known to the network yet
            profile = {}
        return Identity(
            external_id=did, handle=f"@{handle}", name=str(profile.get("displayName") or handle),
            settings={"handle": handle, "messages": bluesky_messages.opened(self.api)},
        )  # fmt: skip

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring new notifications; every 15 seconds also own posts, messages, and what was deleted."""
        if "notes" not in cursor:
            return Fetched([], self._begun())
        seen = Seen(cursor["notes"])
        page, after = self._notifications(seen.next)
        fresh = seen.new([(one["uri"], one["indexedAt"]) for one in page], after)
        bodies = [self._body("notification", one) for one in reversed(page) if one["uri"] in fresh]
        kept = {**cursor, "notes": seen.kept()}
        now = datetime.now(UTC).timestamp()
        if not seen.next and not 0 <= now - float(cursor.get("slow") or 0) < _SLOW_SECONDS:
            bodies += self._slow(kept)
            kept["slow"] = int(now)
        return Fetched(bodies, kept, bool(seen.next))

    def _begun(self) -> Json:
        page, _ = self._notifications("")
        own = self._own()
        return {
            "notes": Seen.begun([(one["uri"], one["indexedAt"]) for one in page], len(page) >= _PAGE).kept(),
            "own": Seen.begun([(one["uri"], one["uri"]) for one in own], len(own) >= _PAGE).kept(),
            "chat": bluesky_messages.news(self.api, "")[1] if self._messages else "",
        }

    def _slow(self, kept: Json) -> list[bytes]:
        own, seen = self._own(), Seen(kept["own"])
        fresh = seen.new([(one["uri"], one["uri"]) for one in own], "")
        kept["own"] = seen.kept()
        bodies = [self._body("own", one) for one in reversed(own) if one["uri"] in fresh]
        if self._messages:
            with suppress(Temporary):  # a service of its own: while it rests the posts go on, its log waits
                said, kept["chat"] = bluesky_messages.news(self.api, str(kept.get("chat") or ""))
                bodies += [self._body("message", one) for one in said]
        return bodies

    def _notifications(self, after: str) -> tuple[list[Json], str]:
        found = self.api.read(
            "app.bsky.notification.listNotifications", limit=_PAGE, reasons=_REASONS, cursor=after or None
        )
        return [one for one in found["notifications"] if one["reason"] in _REASONS], str(
            found.get("cursor") or ""
        )

    def _own(self) -> list[Json]:
        listed = self.api.read(
            "com.atproto.repo.listRecords", repo=self.api.me.did, collection=POST, limit=_PAGE
        )
        return list(listed["records"])

    def stream(self) -> Iterator[bytes]:
        """This will yield notifications within three seconds, by asking for the newest of them again and again.

        The network's own stream carries everything that anybody says; what was said to one account is cheaper asked
        for: 120 requests in 5 minutes, of 3,000 that an address may make. It ends now and then, so that a changed
        password is taken up.
        """
        page, _ = self._notifications("")
        seen = Seen.begun([(one["uri"], one["indexedAt"]) for one in page], len(page) >= _PAGE)
        yield b""
        until = time.monotonic() + _STREAM_SECONDS
        while time.monotonic() < until:
            time.sleep(_PACE_SECONDS)
            before, (page, _) = page, self._notifications("")
            fresh = seen.new([(one["uri"], one["indexedAt"]) for one in page], "")
            yield from (self._body("notification", one) for one in reversed(page) if one["uri"] in fresh)
            if len(fresh) >= _PAGE:  # more than a page at once: the fetch, which walks, is quicker
                return
            yield from (self._body("delete", uri) for uri in self._vanished(before, page))
            yield b""

    def _vanished(self, before: Sequence[Json], page: Sequence[Json]) -> list[str]:
        """What stood on a page and does not, though the page still reaches as far back, and is taken away indeed."""
        there = {one["uri"] for one in page}
        oldest = min((one["indexedAt"] for one in page), default="") if len(page) >= _PAGE else ""
        missing = {one["uri"] for one in before if one["indexedAt"] > oldest and one["uri"] not in there}
        return bluesky_watch.gone(self.api, sorted(missing)) if missing else []

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will tell which posts were taken away; none can be edited."""
        return Fetched([self._body("delete", uri) for uri in bluesky_watch.gone(self.api, ids)], {})

    @classmethod
    def rechecks(cls, kind: str, in_reply_to: str) -> bool:
        """This will leave out messages, of which each keeps his own copy."""
        return kind != "message"

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page of notifications, as far back as the network keeps them."""
        page, after = self._notifications(str(cursor.get("before") or ""))
        oldest = min((one["indexedAt"] for one in page), default="")
        more = bool(after) and (not page or iso_time_of(oldest) > iso_time_of(cursor["until"]))
        return Fetched(
            [self._body("notification", one) for one in page], {**cursor, "before": after}, more=more
        )

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will make one query of each word or phrase; what is excluded stands in it and is left out here."""
        without = "".join(f" -{quoted(one)}" for one in excluded if one.strip())
        return [quoted(one) + without for one in words if one.strip()]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the newest public posts with a word that were not seen yet."""
        words, excluded = parts(query)
        after = str((cursor.get("seen") or {}).get("next") or "")
        found = self.api.read(
            "app.bsky.feed.searchPosts", q=" ".join(words), sort="latest", limit=_PAGE, cursor=after or None
        )
        page = [(one["uri"], one["indexedAt"]) for one in found["posts"]]
        if "seen" not in cursor:
            return Fetched([], {"seen": Seen.begun(page, len(page) >= _PAGE).kept()})
        seen = Seen(cursor["seen"])
        fresh = seen.new(page, str(found.get("cursor") or ""))
        bodies = [
            self._body("post", one)
            for one in reversed(found["posts"])
            if one["uri"] in fresh and not names(str(one["record"].get("text") or ""), excluded)
        ]
        return Fetched(bodies, {"seen": seen.kept()}, bool(seen.next))

    def _body(self, event: str, payload: Any) -> bytes:
        me = self.api.me
        body = {"event": event, "me": {"did": me.did, "handle": me.handle}, "payload": payload}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one event; see bluesky_items."""
        return items(raw)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will write one record under the key of our reference; one that stands there already is ours."""
        if out.kind == "hide":
            return self._hide(out)
        if out.kind == "withdraw":
            return bluesky_figures.withdraw(self.api, out)
        if bluesky_messages.concerns(out):
            return bluesky_messages.send(self.api, out)
        if out.kind not in {"post", "reply"}:
            raise Permanent(f"Bluesky tidak mengenal tindakan {out.kind}.")
        record: Json = {
            "$type": POST, "text": out.text, "langs": [str(out.options.get("language") or "id")],
            "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }  # fmt: skip
        if out.kind == "reply":
            record["reply"] = self._reply_to(out.target_external_id)
        if marked := facets(out.text, self._did_of):
            record["facets"] = marked
        if out.media:
            record["embed"] = {
                "$type": "app.bsky.embed.images",
                "images": [self._picture(one) for one in out.media],
            }
        try:
            return self._sent(self.api.put(POST, _key(out), record, None))
        except Swapped:
            return self._sent(self.api.record(self.api.me.did, POST, _key(out)))

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will ask for the record under the key of our reference: exact, however long ago."""
        if out.kind == "hide":
            raise CannotTell("Periksa di Bluesky apakah balasan itu sudah tersembunyi.")
        if out.kind == "withdraw":
            return bluesky_figures.withdrawn(self.api, out)
        if bluesky_messages.concerns(out):
            return bluesky_messages.find(self.api, out)
        try:
            return self._sent(self.api.record(self.api.me.did, POST, _key(out)))
        except Gone:
            return None

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask about own posts; see bluesky_figures."""
        return bluesky_figures.figures(self.api, ids)

    def _post(self, uri: str) -> Json:
        """A post as the network shows it; Gone where there is none."""
        found = self.api.read("app.bsky.feed.getPosts", uris=[uri])["posts"]
        if not found:
            raise Gone("Kiriman itu sudah tidak ada di Bluesky; tidak ada yang dikirim.")
        return dict(found[0])

    def _reply_to(self, uri: str) -> Json:
        post = self._post(uri)
        if post.get("viewer", {}).get("replyDisabled"):
            raise Permanent(
                "Penulisnya menutup balasan di Bluesky. Jawab lewat pesan langsung atau kanal lain."
            )
        mine = {"uri": str(post["uri"]), "cid": str(post["cid"])}
        return {"parent": mine, "root": (post["record"].get("reply") or {}).get("root") or mine}

    def _did_of(self, handle: str) -> str:
        try:
            return str(self.api.read("com.atproto.identity.resolveHandle", handle=handle)["did"])
        except Permanent:
            return ""

    def _picture(self, one: Attachment) -> Json:
        assert self.media is not None
        most = self.media.bytes_by_type.get(one.type)
        if most is None or len(one.content) > most:
            raise Permanent(
                f"Bluesky menerima JPEG, PNG, atau WebP hingga 1 MB; {one.name or 'gambar'} tidak sesuai."
            )
        blob = self.api.ask("com.atproto.repo.uploadBlob", one.content, one.type)["blob"]
        try:
            width, height = Image.open(io.BytesIO(one.content)).size
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise Permanent(f"{one.name or 'Gambar'} tidak terbaca sebagai gambar.") from error
        return {"image": blob, "alt": one.alt, "aspectRatio": {"width": width, "height": height}}

    def _sent(self, record: Json) -> Sent:
        try:
            uri = str(record["uri"])
        except KeyError as error:
            raise OutcomeUnknown("Jawaban Bluesky sesudah kiriman tidak terbaca.") from error
        return Sent(uri, link(uri, self.api.me.handle))

    # -- hiding ------------------------------------------------------------------------------------------------
    def _hide(self, out: Outgoing) -> Sent:
        """Puts a reply on the list of hidden ones of our own thread, or takes it off."""
        uri, mine = out.target_external_id, f"at://{self.api.me.did}/"
        if uri.startswith("chat/"):
            raise Permanent("Pesan langsung tidak dapat disembunyikan.")
        root = str(((self._post(uri)["record"].get("reply") or {}).get("root") or {}).get("uri") or "")
        if not root.startswith(mine):
            raise Permanent(
                "Di Bluesky hanya balasan di bawah kiriman kita sendiri yang dapat disembunyikan. "
                "Laporkan kiriman ini di Bluesky bila melanggar aturannya."
            )
        key = root.rpartition("/")[2]
        try:
            there = self.api.record(self.api.me.did, _GATE, key)
        except Gone:
            there = {"value": {"$type": _GATE, "post": root, "createdAt": datetime.now(UTC).isoformat()}}
        hidden = [one for one in there["value"].get("hiddenReplies") or () if one != uri]
        if out.options.get("hidden", True):
            hidden.append(uri)
        try:
            self.api.put(_GATE, key, {**there["value"], "hiddenReplies": hidden}, there.get("cid"))
        except OutcomeUnknown as error:  # the same again changes nothing: it may be tried blindly
            raise Temporary(str(error), everywhere=False) from error
        return Sent(uri, link(uri))


def _key(out: Outgoing) -> str:
    return record_key(out.reference, out.created_at)
