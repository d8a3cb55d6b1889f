"""Asks feeds of warnings (RSS or Atom of CAP messages, or one CAP file) every few minutes, with conditional requests.

Addresses come from a form, so the guard of core.http stays on; exceptions are TANGGAP_TRUSTED_FEEDS of the environment.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels.platforms import feeds
from tanggap.channels.platforms.feeds import Entry
from tanggap.core import audit, http, live, work
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import AlertSource
from tanggap.publishing.warnings import alert_areas, alerts, cap
from tanggap.publishing.warnings.cap import CapError

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=3)
LEASE = timedelta(minutes=4)
"""Longer than a round may take: its calls end after _LONGEST seconds and the last one's cap."""
_AT_ONCE = 4
_MOST_MESSAGES = 20
_LONGEST = 60.0
_MOST_SEEN = 600
_MOST_SOURCES = 20
_CAPS = http.Caps(total=30, most_bytes=2 * 1024 * 1024)
_HEADERS = {
    "User-Agent": "Tanggap (pembaca peringatan dini pemerintah daerah)",
    "Accept": "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
}


class FeedError(Exception):
    """A source could not be read; the text says why. `later` where time may mend it."""

    def __init__(self, text: str, *, later: bool = True) -> None:
        super().__init__(text)
        self.later = later


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at a source brought: whole messages, what to remember, and what could not be fetched."""

    bodies: Sequence[bytes] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    listed: int = 0
    missed: str = ""
    more: bool = False


def define(
    by: Member, *, name: str, url: str, areas: Sequence[str] = (), source: AlertSource | None = None
) -> AlertSource:
    """This will add or change a source; it is asked at once. Refusal for what is no address."""
    require(by, "publication.rules")
    name, url = " ".join(name.split())[:120], url.strip()
    if not name:
        raise Refusal(_("Beri nama sumber ini."), "name")
    _check(url)
    now = timezone.now()
    with transaction.atomic():
        if AlertSource.objects.filter(url=url).exclude(pk=source.pk if source else 0).exists():
            raise Refusal(_("Sumber dengan alamat ini sudah ada."), "url")
        if source is None and AlertSource.objects.count() >= _MOST_SOURCES:
            raise Refusal(_("Paling banyak %s sumber. Hapus yang tidak dipakai.") % _MOST_SOURCES, "url")
        one = source or AlertSource(government=by.government, made_by=by.audit_name)
        one.state = one.state if one.url == url else {}
        one.name, one.url, one.active, one.due_at = name, url, True, now
        one.areas = [" ".join(area.split())[:120] for area in areas if area.strip()][:100]
        one.error, one.failures = "", 0
        one.save()
        audit.record("alert_source.define", one, by, now=now)
        live.wake("alerts")
    return one


def switch(source: AlertSource, by: Member, *, active: bool) -> None:
    """This will stop asking a source, or begin again; what it brought stays."""
    require(by, "publication.rules")
    with transaction.atomic():
        source.active, source.due_at = active, timezone.now()
        source.save(update_fields=["active", "due_at"])
        audit.record("alert_source.start" if active else "alert_source.stop", source, by)


def remove(source: AlertSource, by: Member) -> None:
    """This will forget a source; the warnings that it brought stay."""
    require(by, "publication.rules")
    with transaction.atomic():
        audit.record("alert_source.remove", source, by)
        source.delete()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test of an address found: how many are listed, and of some of them event, area and whether it is ours."""

    listed: int
    shown: Sequence[Mapping[str, Any]]
    missed: str


def try_out(by: Member, url: str, areas: Sequence[str] = ()) -> Tried:
    """This will read a source once without keeping anything; Refusal says what does not work."""
    require(by, "publication.rules")
    _check(url.strip())
    try:
        found = look(url.strip(), {}, most=3)
    except FeedError as error:
        raise Refusal(str(error), "url") from error
    shown, missed = [], found.missed
    for body in found.bodies:
        try:
            message = cap.parse(body)
        except CapError as error:
            missed = missed or str(error)
            continue
        info = message.chosen()
        places = [area.as_json() for area in info.areas] if info else []
        words = f"{info.headline}\n{info.description}" if info else ""
        ours = alert_areas.concern(places, words, alerts.home(by.government), areas)
        event, where = (info.event, "; ".join(area.name for area in info.areas)[:200]) if info else ("", "")
        shown.append({"event": event or message.kind, "area": where, "ours": ours is not None})
    return Tried(found.listed, shown, missed)


def look(url: str, state: Mapping[str, Any], most: int = _MOST_MESSAGES) -> Round:
    """This will fetch a source and the messages that are new to `state`, oldest first; FeedError where it cannot."""
    until = time.monotonic() + _LONGEST
    with http.Client(trusted=trusted(), headers=_HEADERS, caps=_CAPS) as client:
        answer = _get(client, url, state)
        if answer.status == 304:
            return Round(state=dict(state))
        headers = {
            "etag": answer.headers.get("etag", "")[:300],
            "modified": answer.headers.get("last-modified", "")[:100],
        }
        if cap.is_cap(answer.body):
            return Round([answer.body], {**state, **headers}, listed=1)
        feed = feeds.read(answer.body, url, answer.headers.get("content-type", ""))
        if not feed.known:
            raise FeedError(_("Isinya bukan umpan RSS atau Atom, dan bukan pesan CAP 1.2."), later=False)
        seen: dict[str, str] = dict(state.get("seen") or {})
        fresh = [one for one in reversed(feed.entries) if one.link and seen.get(_key(one)) != one.mark]
        bodies, missed = [], ""
        for number, one in enumerate(fresh):
            if number >= most or time.monotonic() > until:
                break
            try:
                bodies.append(_get(client, one.link).body)
                seen[_key(one)] = one.mark
            except FeedError as error:
                missed = str(error)
                if not error.later:
                    seen[_key(one)] = one.mark
        whole = all(seen.get(_key(one)) == one.mark for one in fresh)
        kept = {"seen": dict(list(seen.items())[-_MOST_SEEN:])} | (headers if whole else {})
        return Round(bodies, kept, len(feed.entries), missed, more=not whole and not missed)


def trusted() -> set[str]:
    """This will return the origins inside our own network that may be asked: those of the environment alone."""
    named = getattr(settings, "TANGGAP_TRUSTED_FEEDS", ())
    return {http.origin_of(one) if "://" in one else one for one in named}


def _get(client: http.Client, url: str, state: Mapping[str, Any] | None = None) -> http.Answer:
    conditions = {
        name: value
        for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
        if (value := (state or {}).get(key))
    }
    try:
        answer = client.request("GET", url, headers=conditions)
    except http.Blocked as error:
        raise FeedError(_("Alamat ini menuju jaringan dalam dan tidak dihubungi."), later=False) from error
    except http.TooLarge as error:
        raise FeedError(_("Jawabannya terlalu besar untuk umpan peringatan."), later=False) from error
    except http.HttpError as error:
        raise FeedError(_("Sumber ini tidak menjawab. Dicoba lagi sendiri.")) from error
    except ValueError as error:
        raise FeedError(_("Alamat ini tidak lengkap atau salah tulis."), later=False) from error
    if not answer.ok and answer.status != 304:
        gone = answer.status in {401, 403, 404, 410}
        raise FeedError(_("Sumber ini menjawab %s.") % answer.status, later=not gone)
    return answer


def _due(now: datetime) -> models.QuerySet[AlertSource]:
    free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)
    return AlertSource._base_manager.filter(free, active=True, due_at__lte=now).order_by("due_at", "id")


@work.step("alerts", due=_due, every=30, oldest="due_at")
def poll(now: datetime) -> int:
    """This will ask the sources of warnings that are due and take in what is new."""
    with transaction.atomic():
        sources = work.claim(_due(now).select_related("government"), _AT_ONCE)
        AlertSource._base_manager.filter(pk__in=[one.pk for one in sources]).update(lease_until=now + LEASE)
    if not sources:
        return 0
    with ThreadPoolExecutor(len(sources), thread_name_prefix="alerts") as threads:
        asked = [(one, threads.submit(look, one.url, one.state)) for one in sources]
    for one, answer in asked:
        error = answer.exception()
        if error is None:
            _store(one, answer.result())
        elif isinstance(error, FeedError):
            _failed(one, str(error))
        else:  # a bug of ours or a stranger's odd answer must not stop the other sources
            log.error("alert source %s failed", one.pk, exc_info=error)
            _failed(one, _("Jawaban sumber ini tidak dapat diolah (%s).") % type(error).__name__)
    return len(sources)


def _store(source: AlertSource, found: Round) -> None:
    now, unread = timezone.now(), ""
    for body in found.bodies:
        try:
            alerts.receive(source.government, body, now, source=source)
        except CapError as error:
            unread = str(error)
    failing = found.missed
    due = now if found.more else work.next_try(now, source.failures + 1) if failing else now + EVERY
    AlertSource._base_manager.filter(pk=source.pk).update(
        state=dict(found.state), lease_until=None, last_at=now, due_at=due,
        failures=source.failures + 1 if failing else 0,
        error=(failing or (_("Satu pesan tidak terbaca: %s") % unread if unread else ""))[:400],
    )  # fmt: skip


def _failed(source: AlertSource, why: str) -> None:
    now = timezone.now()
    due = max(work.next_try(now, source.failures + 1), now + EVERY)
    AlertSource._base_manager.filter(pk=source.pk).update(
        lease_until=None, due_at=due, failures=source.failures + 1, error=why[:400]
    )


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and parts.hostname and not parts.username and len(url) <= 600
    except ValueError:
        fine = False
    if not fine:
        raise Refusal(_("Tulis alamat lengkap yang diawali https://, tanpa nama dan sandi."), "url")


def _key(one: Entry) -> str:
    return hashlib.sha256(one.link.encode("utf-8", "replace")).hexdigest()[:16]
