"""Mastodon and servers that speak its API: mentions, replies, direct messages, edits and deletions.

Ids: a status is "<host>/<local id>" and an account "<user>@<host>", where host is that of the connected server. A
status has a URI of its own too, but deletions and replies name the local id only (docs.joinmastodon.org/methods/
streaming, seen 2026-11-22), so the local id is the one that everything can be matched by.

A raw body is one event as JSON: {"event", "host", "me": {"id", "acct"}, "payload"}; event is "notification",
"update" (a new status), "status.update" (an edit) or "delete" (payload: the local id).

Why not Mastodon.py: docs/decisions/mastodon-adapter.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tanggap.channels.connector import (
    Ability,
    CannotTell,
    Connector,
    Fetched,
    Gone,
    Identity,
    Item,
    Outgoing,
    Permanent,
    Rate,
    Raw,
    Sent,
    Setting,
    Temporary,
    Told,
)  # fmt: skip
from tanggap.channels.html_text import plain
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.platforms.mastodon_api import Api, Json
from tanggap.channels.platforms.mastodon_reading import read_event, whole_acct
from tanggap.channels.platforms.mastodon_watch import Watch
from tanggap.channels.platforms.told import altogether, numbers
from tanggap.channels.values import iso_time_of, text_there

_PAGE = 40
_MIB = 1024 * 1024
_SKEW_SECONDS = 300
_MOST_TEXT = 100_000


class Mastodon(Connector):
    """An official account on a Mastodon server."""

    platform = "mastodon"
    name = "Mastodon"
    abilities = frozenset(set(Ability) - {Ability.HOOK, Ability.HIDE, Ability.RECEIPTS})
    settings = (
        Setting("api_base", "Alamat server", help="Misalnya https://mastodon.social"),
        Setting(
            "token",
            "Token akses",
            secret=True,
            help="Preferensi → Pengembangan → Aplikasi baru; izin read, write",
        ),
    )
    limits = Limits(
        most=500, count="mastodon", url_length=23, checked_on="2026-11-22",
        source_url="https://docs.joinmastodon.org/user/posting/#text",
    )  # fmt: skip
    media = MediaLimits(
        most=4, alone=("video",), alt_most=1500,
        bytes_by_type={
            "image/jpeg": 16 * _MIB, "image/png": 16 * _MIB, "image/webp": 16 * _MIB, "image/gif": 16 * _MIB,
            "video/mp4": 99 * _MIB, "video/webm": 99 * _MIB,
        },
        source_url="https://docs.joinmastodon.org/user/posting/#media", checked_on="2026-11-22",
    )  # fmt: skip
    rates = (
        Rate(
            ("post", "reply", "private_reply"), 300, 300,
            "https://docs.joinmastodon.org/api/rate-limits/", "2026-11-22",
        ),
        Rate(("withdraw",), 30, 1800, "https://docs.joinmastodon.org/api/rate-limits/", "2026-11-22"),
    )  # fmt: skip
    told = Told(
        ("likes", "comments", "shares"), 40, checked_on="2026-11-22",
        source_url="https://docs.joinmastodon.org/entities/Status/",
    )  # fmt: skip
    lacks = (
        "Kiriman orang lain tidak dapat disembunyikan; laporkan kepada pengelola servernya.",
        "Berapa kali sebuah kiriman dilihat atau diklik tidak dihitung; suka dan bagikan hanya sejauh server ini tahu.",
        "Menarik kiriman meminta server lain ikut menghapusnya; yang tidak menurut tetap menyimpannya.",
    )
    search_lacks = (
        "Hanya tagar pada kiriman publik yang sudah dikenal server ini; kata tanpa tagar tidak ditemukan."
    )
    poll_seconds = 60

    @property
    def api(self) -> Api:
        if not hasattr(self, "_api"):
            self._api = Api(self.account)
        return self._api

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will ask the server for the account behind the token and for its limits."""
        me = self.api.read("/api/v1/accounts/verify_credentials")
        handle = whole_acct(me["acct"], self.api.host)
        return Identity(
            external_id=handle,
            handle=f"@{handle}",
            name=str(me.get("display_name") or me["acct"]),
            limits=self._limits(),
        )

    def _limits(self) -> Limits:
        about = self.api.instance().get("configuration", {}).get("statuses", {})
        return Limits(
            most=int(about.get("max_characters") or self.limits.most),
            count="mastodon",
            url_length=int(about.get("characters_reserved_per_url") or 23),
            source_url=f"{self.api.base}/api/v2/instance",
            checked_on=datetime.now(UTC).date().isoformat(),
        )

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring mentions and own statuses since the cursor, then what changed in those seen lately."""
        me = self.api.me()
        own_path = f"/api/v1/accounts/{me['id']}/statuses"
        if "mentions" not in cursor:
            mentions, own = self._mentions(limit=1), self.api.read(own_path, limit=1)
            return Fetched([], {"mentions": _newest(mentions, "0"), "own": _newest(own, "0"), "watch": {}})
        mentions = self._mentions(min_id=cursor["mentions"], limit=_PAGE)
        own = self.api.read(own_path, min_id=cursor["own"], limit=_PAGE, exclude_reblogs="true")
        bodies = [self._body("notification", one) for one in reversed(mentions)]
        bodies += [self._body("update", one) for one in reversed(own)]
        watch = Watch(self.api, cursor.get("watch") or {})
        more = len(mentions) >= _PAGE or len(own) >= _PAGE
        if not more:
            bodies += [self._body(event, payload) for event, payload in watch.changes(me["id"])]
        watch.add([*(one["status"] for one in mentions if one.get("status")), *own], me["id"])
        after = {"mentions": _newest(mentions, cursor["mentions"]), "own": _newest(own, cursor["own"])}
        return Fetched(bodies, {**after, "watch": watch.kept()}, more)

    def recheck(self, ids: Sequence[str]) -> Fetched:
        """This will look again at statuses, those that only the stream told of among them."""
        host = f"{self.api.host}/"
        asked = [one.removeprefix(host) for one in ids if one.startswith(host)]
        bodies = [
            self._body("update", status) if status else self._body("delete", key)
            for key, status in Watch(self.api, {}).ask(asked)
        ]
        return Fetched(bodies, {})

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page of mentions; the cursor's `before` is the oldest one seen."""
        older = {"max_id": cursor["before"]} if cursor.get("before") else {}
        page = self._mentions(limit=_PAGE, **older)
        before = str(page[-1]["id"]) if page else cursor.get("before", "")
        return Fetched(
            [self._body("notification", one) for one in page], {"before": before}, len(page) >= _PAGE
        )

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will put each word or phrase into one tag: "jalan rusak" is looked for as jalanrusak."""
        tags = dict.fromkeys(_tag(word) for word in words)
        without = "".join(f" -{tag}" for tag in dict.fromkeys(map(_tag, excluded)) if tag)
        return [tag + without for tag in tags if tag]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring statuses with a tag that this server knows, newer than the cursor."""
        tag, *without = query.split(" -")
        path = f"/api/v1/timelines/tag/{quote(tag)}"
        if "after" not in cursor:
            newest = self.api.read(path, limit=1)
            return Fetched([], {"after": _newest(newest, "0")})
        found = self.api.read(path, min_id=cursor["after"], limit=_PAGE, **{"none[]": without})
        bodies = [self._body("found", one) for one in reversed(found)]
        return Fetched(bodies, {"after": _newest(found, cursor["after"])}, len(found) >= _PAGE)

    def stream(self) -> Iterator[bytes]:
        """This will yield mentions, own statuses, edits and deletions as the server tells them."""
        me = self.api.me()
        for event, data in self.api.events():
            if not event:
                yield b""
            elif event == "delete" or _concerns(event, data, me):
                yield self._body(event, data)

    def _mentions(self, **query: Any) -> list[Json]:
        # Since 4.3 a notification policy may hide strangers' mentions; a government answers strangers.
        found = self.api.read(
            "/api/v1/notifications", **{"types[]": "mention", "include_filtered": "true", **query}
        )
        return [one for one in found if isinstance(one, dict)]

    def _body(self, event: str, payload: Any) -> bytes:
        me = self.api.me()
        body = {
            "event": event,
            "host": self.api.host,
            "me": {"id": me["id"], "acct": me["acct"]},
            "payload": payload,
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one event; kinds that concern nobody's words (favourites, follows) give no item."""
        return read_event(raw)

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will post once, with our reference as idempotency key; a reply goes out as visible as its target.

        A reply names its author, because Mastodon tells people only of statuses that mention them.
        """
        if out.kind == "withdraw":
            return self._withdraw(out)
        form: dict[str, Any] = {"status": out.text, "visibility": out.options.get("visibility", "public")}
        if out.kind in {"reply", "private_reply"}:
            form = self._reply(out)
        elif out.kind != "post":
            raise Permanent(f"Mastodon tidak mengenal tindakan {out.kind}.")
        if language := out.options.get("language"):
            form["language"] = language
        if out.media:
            form["media_ids[]"] = [self.api.upload(one) for one in out.media]
        status = self.api.post("/api/v1/statuses", form, key=out.reference)
        return self._sent(status)

    @classmethod
    def as_sent(cls, text: str, handle: str) -> str:
        """This will put the mention before an answer that names its author nowhere."""
        return _addressed(text, handle) if handle else text

    def _reply(self, out: Outgoing) -> dict[str, Any]:
        local = self._local(out.target_external_id)
        try:
            target = self.api.read(f"/api/v1/statuses/{local}")
        except Gone as error:
            raise Permanent(
                "Kiriman yang dijawab sudah tidak ada di Mastodon; jawaban tidak dikirim."
            ) from error
        acct = _acct_of(target)
        whole = whole_acct(acct, self.api.host)
        # Below our own status (a thread, a first comment) nobody is named.
        text = out.text if whole == self.account.external_id else _addressed(out.text, acct, whole)
        visibility = out.options.get("visibility") or target.get("visibility") or "public"
        if out.kind == "private_reply":
            visibility = "direct"
        return {"status": text, "in_reply_to_id": local, "visibility": visibility}

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for the send among the account's own statuses since it was made; never sends.

        The same answer, to the same target, made after the delivery was: that is ours. `options["taken"]` lists
        external ids that other deliveries own. None is sure only when every own status since then was seen; give
        the server a minute to finish what it had begun before asking.
        """
        if out.kind == "withdraw":
            ((_, status),) = Watch(self.api, {}).ask([self._local(out.target_external_id)])
            return None if status else Sent(out.target_external_id)
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di Mastodon.")
        wanted, target = _bare(out.text), ""
        if out.kind in {"reply", "private_reply"}:
            target = self._local(out.target_external_id)
        since = out.created_at.timestamp() - _SKEW_SECONDS
        for one in self._own_since(since):
            # A server forgets what a reply answered when the target is deleted.
            answers = str(one.get("in_reply_to_id") or "")
            same = (answers == target or (bool(target) and not answers)) and _bare(
                plain(one["content"])
            ) == wanted
            if same and f"{self.api.host}/{one['id']}" not in out.options.get("taken", ()):
                return self._sent(one)
        return None

    def _withdraw(self, out: Outgoing) -> Sent:
        # Without delete_media pictures stay reachable for about a day (docs.joinmastodon.org/methods/statuses, 4.4).
        with suppress(Gone):
            self.api.delete(f"/api/v1/statuses/{self._local(out.target_external_id)}", delete_media="true")
        return Sent(out.target_external_id)

    def figures(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, int] | None]:
        """This will ask the server about statuses: favourites, replies, boosts and (since 4.5) quotes that it knows."""
        host = f"{self.api.host}/"
        asked = [one.removeprefix(host) for one in ids if one.startswith(host)]
        return {host + key: status and _numbers(status) for key, status in Watch(self.api, {}).ask(asked)}

    def _own_since(self, since: float) -> Iterator[Json]:
        path, query = (
            f"/api/v1/accounts/{self.api.me()['id']}/statuses",
            {"limit": _PAGE, "exclude_reblogs": "true"},
        )
        for _ in range(10):
            page = self.api.read(path, **query)
            for one in page:
                if iso_time_of(one["created_at"]).timestamp() < since:
                    return
                yield one
            if not page:
                return
            query["max_id"] = page[-1]["id"]
        raise CannotTell("Terlalu banyak kiriman sesudahnya untuk diperiksa sendiri; periksa di Mastodon.")

    def _local(self, external_id: str) -> str:
        host, _, local = external_id.rpartition("/")
        if host != self.api.host or not local:
            raise Permanent(f"Kiriman {external_id} bukan dari server {self.api.host}.")
        return local

    def _sent(self, status: Json) -> Sent:
        return Sent(f"{self.api.host}/{status['id']}", str(status.get("url") or ""))


def _numbers(status: Json) -> Mapping[str, int]:
    shared = [status.get(name) for name in ("reblogs_count", "quotes_count") if name in status]
    return numbers(
        likes=status.get("favourites_count"), comments=status.get("replies_count"),
        shares=altogether(*shared),
    )  # fmt: skip


def _tag(words: str) -> str:
    return re.sub(r"\W+", "", words).lower()


def _concerns(event: str, data: Any, me: Json) -> bool:
    """Whether a streamed event is kept: said to us or by us. The home timeline also brings strangers' talk."""
    if event == "notification":
        return isinstance(data, dict) and data.get("type") in {"mention", "update"}
    if event not in {"update", "status.update"} or not isinstance(data, dict) or data.get("reblog"):
        return False
    account, mentions = data.get("account") or {}, data.get("mentions") or []
    ours = {
        str(account.get("id")),
        str(data.get("in_reply_to_account_id")),
        *(str(one.get("id")) for one in mentions),
    }
    return me["id"] in ours


def _acct_of(status: Any) -> str:
    try:
        return text_there(status["account"]["acct"])
    except (KeyError, TypeError) as error:
        raise Temporary(
            "Jawaban server tentang kiriman yang dijawab tidak lengkap; tidak ada yang dikirim."
        ) from error


def _addressed(text: str, acct: str, *also: str) -> str:
    """A text that names the account, as it stands or with a mention before it."""
    words = {word.rstrip(".,:;!?").lower() for word in text.split()}
    return text if {f"@{name}".lower() for name in (acct, *also)} & words else f"@{acct} {text}"


def _bare(text: str) -> str:
    """A text without the mentions it begins with and with single spaces, to compare what was sent with what stands."""
    words = text.split()
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words)


def _newest(page: list[Json], before: str) -> str:
    # Pages come newest first, whatever end of the range they were asked from.
    return str(page[0]["id"]) if page else before
