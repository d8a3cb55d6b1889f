"""RSS and Atom feeds, and the news pages behind them: articles that mention a government, read and never answered.

A raw body is one entry as JSON: {"feed": {"url", "title"}, "entry": {…}, "changed": bool, "page": {…} or absent}; the
page keeps what the site said (packed) beside the text that was taken out of it.

A feed is made to be fetched by readers at a person's wish, so robots.txt is asked for article pages only (as other
feed readers do: https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers, seen
2026-11-22). Feeds say nothing of deletions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from tanggap.channels.connector import (
    Ability,
    Account,
    Action,
    Author,
    Connector,
    ConnectorError,
    Fetched,
    Gone,
    Identity,
    Item,
    Outgoing,
    Permanent,
    Raw,
    Sent,
    Setting,
    Temporary,
    Unreadable,
)
from tanggap.channels.limits import Limits
from tanggap.channels.platforms import feed_pages, feeds
from tanggap.channels.platforms.feeds import Entry, Feed
from tanggap.channels.speaking import usual_meaning
from tanggap.core import http

_MOST_PAGES = 5
_MOST_SEEN = 2 * feeds.MOST_ENTRIES
_CAPS = http.Caps(total=25, most_bytes=4 * 1024 * 1024)
_HEADERS = {
    "User-Agent": f"{feed_pages.AGENT} (pembaca umpan berita pemerintah daerah)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/html;q=0.5, */*;q=0.1",
}
_MANNERS = feed_pages.Manners()


class Rss(Connector):
    """A feed of news."""

    platform = "rss"
    name = "RSS dan berita"
    abilities = frozenset({Ability.FETCH, Ability.BACKFILL, Ability.SEARCH, Ability.EDITS})
    settings = (
        Setting("feed_url", "Alamat umpan", help="RSS atau Atom, atau halaman yang menyebut umpannya", kind="url"),
        Setting(
            "words", "Hanya yang memuat", required=False,
            help="Kata dipisah koma, misalnya Kota Melati, Wali Kota Melati. Kosong: semua berita",
        ),
        Setting(
            "page_text", "Ambil isi halaman", required=False, kind="bool",
            help="Isi ya bila umpan hanya memuat ringkasan. Mematuhi robots.txt situsnya",
        ),
    )  # fmt: skip
    limits = Limits(
        most=0, source_url="https://www.rfc-editor.org/rfc/rfc4287", checked_on="2026-11-22"
    )  # nothing is written here
    lacks = (
        "Berita tidak dapat dijawab dari sini: pakai hak jawab ke redaksi, atau terbitkan klarifikasi sendiri.",
        "Umpan tidak memberi tahu berita yang dihapus, dan hanya memuat berita terbaru.",
    )
    search_lacks = "Hanya berita yang masih dimuat umpan yang dicari; arsip situsnya tidak."
    poll_seconds = 300

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.url = str(account.settings.get("feed_url") or account.api_base or "").strip()
        trusted = account.trusted_base and self.url.startswith(("http://", "https://"))
        origins = {http.origin_of(self.url)} if trusted else set()
        self._client = http.Client(trusted=origins, headers=_HEADERS, caps=_CAPS)

    # -- who we are ------------------------------------------------------------------------------------------
    def identify(self) -> Identity:
        """This will read the feed, or the one that a page announces, and tell its name."""
        answer = self._get(self.url)
        feed, url = feeds.read(answer.body, self.url, _type(answer)), self.url
        if not feed.known:
            url = feeds.announced(answer.body, answer.url)
            if not url:
                raise Permanent(
                    "Alamat ini bukan umpan RSS atau Atom, dan tidak menyebut umpan di halamannya."
                )
            answer = self._get(url)
            feed = feeds.read(answer.body, url, _type(answer))
        if not feed.known:
            raise Permanent("Umpan yang disebut halaman itu tidak terbaca.")
        return Identity(_account_id(url), url[:200], feed.title or _host(url), settings={"feed_url": url})

    # -- taking in -------------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring what is new or changed in the feed since the cursor; the first time nothing."""
        words = [one.strip() for one in str(self.account.settings.get("words") or "").split(",")]
        return self._since(cursor, lambda one: _holds(one, [w for w in words if w], []), begin_now=True)

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring all that the feed still lists; older articles it does not know."""
        page = self._since(
            {"pages": cursor.get("pages") or {}, "seen": cursor.get("seen") or {}}, lambda _: True
        )
        since = datetime.fromisoformat(str(cursor["until"]))
        bodies = [body for body in page.bodies if _published(body) >= since]
        kept = {key: page.cursor[key] for key in ("seen",) if page.more}
        return Fetched(bodies, {**cursor, **kept}, page.more, missed="" if page.more else self.lacks[1])

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        """This will write all terms into one query, for the feed is read once for all of them."""
        wanted = [_term(word) for word in words if _term(word)]
        if not wanted:
            return []
        return [" ".join([" | ".join(wanted), *(f"-{_term(word)}" for word in excluded if _term(word))])]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the feed's new or changed articles that hold one of the terms and none that is excluded."""
        found = re.findall(r'(-?)"([^"]+)"', query)
        wanted = [term for sign, term in found if not sign]
        excluded = [term for sign, term in found if sign]
        return self._since(cursor, lambda one: bool(wanted) and _holds(one, wanted, excluded), begin_now=True)

    def _since(self, cursor: Mapping[str, Any], wanted: Any, *, begin_now: bool = False) -> Fetched:
        seen: dict[str, str] = dict(cursor.get("seen") or {})
        conditions = {
            name: value
            for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
            if (value := cursor.get(key))
        }
        answer = self._get(self.url, conditions)
        if answer.status == 304:
            return Fetched([], dict(cursor))
        feed = feeds.read(answer.body, self.url, _type(answer))
        if not feed.known:
            raise Temporary("Isi umpan ini sedang tidak terbaca sebagai RSS atau Atom.")
        fresh = [] if begin_now and "seen" not in cursor else _fresh(feed, seen)
        now, later = [one for one in fresh if wanted(one)], list[Entry]()
        if self._with_pages and len(now) > _MOST_PAGES:
            now, later = now[:_MOST_PAGES], now[_MOST_PAGES:]
        bodies = [self._body(feed, one, changed=_known(seen, one) is not None) for one in now]
        waiting = {_key(one) for one in later}
        marks = {_key(one): one.mark for one in feed.entries if _key(one) not in waiting}
        # What the feed dropped is remembered for a while: some feeds bring articles back.
        kept = dict(list({**seen, **marks}.items())[-_MOST_SEEN:])
        # A page that stopped half-way is asked for whole again.
        etag, modified = (
            ("", "") if later else (answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
        )
        return Fetched(bodies, {"seen": kept, "etag": etag[:300], "modified": modified[:100]}, bool(later))

    @property
    def _with_pages(self) -> bool:
        return str(self.account.settings.get("page_text") or "").strip().lower() in {
            "ya",
            "yes",
            "true",
            "1",
            "on",
        }

    def _body(self, feed: Feed, one: Entry, *, changed: bool) -> bytes:
        body: dict[str, Any] = {
            "feed": {"url": self.url, "title": feed.title}, "entry": one.as_json(), "changed": changed,
        }  # fmt: skip
        if self._with_pages and one.link:
            body["page"] = feed_pages.page(self._client, _MANNERS, one.link)
        return orjson.dumps(body)

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> http.Answer:
        if not url.startswith(("https://", "http://")):
            raise Permanent("Alamat umpan harus diawali https:// atau http://.")
        try:
            answer = self._client.request("GET", url, headers=headers)
        except http.Blocked as error:
            raise Permanent("Alamat umpan itu tidak boleh dihubungi.") from error
        except http.TooLarge as error:
            raise Permanent("Umpan itu lebih besar dari 4 MB.") from error
        except (http.HttpError, ValueError) as error:
            raise Temporary("Situs umpan tidak terjangkau.") from error
        if answer.ok or answer.status == 304:
            return answer
        raise _meaning(answer)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one entry; its page's text goes before the feed's summary where it is longer."""
        try:
            body = orjson.loads(raw.body)
            return [_item(body, raw)]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise Unreadable(f"Butir umpan tidak seperti yang disimpan ({type(error).__name__}).") from error

    # -- sending ---------------------------------------------------------------------------------------------
    def send(self, out: Outgoing) -> Sent:
        """This will refuse: nobody can answer an article through its feed."""
        raise Permanent(self.lacks[0])


def _item(body: Mapping[str, Any], raw: Raw) -> Item:
    entry, page, feed = body["entry"], body.get("page") or {}, body["feed"]
    key, title = _text(entry["id"]), _text(entry["title"])
    summary, whole = _text(entry["text"]), _text(page.get("text") or "")
    words = whole if len(whole) > len(summary) else summary
    if not key or len(key) > 300 or not (title or words):
        raise ValueError("an entry without an id or words")
    changed = body.get("changed") is True
    published = _time(entry.get("published")) or _time(entry.get("updated")) or raw.received_at
    host = _host(_text(entry.get("link") or feed["url"]))
    author = _text(entry.get("author") or "")
    return Item(
        platform=Rss.platform,
        external_id=key,
        kind="article",
        text=words if words.startswith(title) else f"{title}\n\n{words}".strip(),
        created_at=min(published, raw.received_at),
        author=Author(
            f"{host}/{author}"[:200] if author else host, host, author or _text(feed["title"])[:200] or host
        ),
        action=Action.EDIT if changed else Action.CREATE,
        url=_text(entry.get("link") or ""),
        media=[{"type": "image", "url": _text(one), "alt": ""} for one in entry.get("pictures") or ()],
        edited_at=(_time(entry.get("updated")) or raw.received_at) if changed else None,
    )


def _fresh(feed: Feed, seen: Mapping[str, str]) -> list[Entry]:
    """The entries that are new or say something else than before, oldest first."""
    return [one for one in reversed(feed.entries) if _known(seen, one) != one.mark]


def _known(seen: Mapping[str, str], one: Entry) -> str | None:
    return seen.get(_key(one))


def _key(one: Entry) -> str:
    return hashlib.sha256(one.id.encode()).hexdigest()[:16]


def _holds(one: Entry, wanted: Iterable[str], excluded: Iterable[str]) -> bool:
    """Whether an entry holds any of the terms, as whole words, and none of the excluded; no terms means all."""
    text = " ".join(re.findall(r"\w+", f"{one.title} {one.text}".casefold()))
    terms = [" ".join(re.findall(r"\w+", term.casefold())) for term in wanted]
    gone = [" ".join(re.findall(r"\w+", term.casefold())) for term in excluded]
    padded = f" {text} "
    held = not terms or any(f" {term} " in padded for term in terms if term)
    return held and not any(f" {term} " in padded for term in gone if term)


def _term(word: str) -> str:
    bare = " ".join(word.replace('"', " ").split())
    return f'"{bare}"' if bare else ""


def _published(body: bytes) -> datetime:
    entry = orjson.loads(body)["entry"]
    return _time(entry["published"]) or _time(entry["updated"]) or datetime.now(UTC)


def _meaning(answer: http.Answer) -> ConnectorError:
    if answer.status in {401, 403}:
        return Permanent(f"Situs ini menolak pembaca umpan ({answer.status}).")
    if answer.status in {404, 410}:
        return Gone("Umpan ini tidak ada lagi di alamatnya. Cari alamat barunya di situsnya.")
    return usual_meaning(answer, "Situs umpan", sent=False)


def _account_id(url: str) -> str:
    return url if len(url) <= 200 else f"{_host(url)}/sha256:{hashlib.sha256(url.encode()).hexdigest()}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()[:200]


def _type(answer: http.Answer) -> str:
    return answer.headers.get("content-type", "")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(_text(value)).astimezone(UTC) if value else None
