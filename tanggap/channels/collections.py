"""Public talk that nobody addressed to the government: words to collect by, put into each platform's own queries.

What a platform grants is shared: a query comes as often as the day's units for collecting let all queries of its
channel come, and no oftener than MOST_OFTEN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import quotas
from tanggap.channels.connector import Ability, all_connectors, connector
from tanggap.channels.models import Channel, Collection, Health, Query
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal

MOST_OFTEN = timedelta(minutes=5)
_DAY = 24 * 3600
_MOST_WORDS, _LONGEST = 100, 80


@dataclass(frozen=True, slots=True)
class Reach:
    """What a collection gets from one platform: its queries, how often each comes, and what it cannot show."""

    platform: str
    name: str
    connected: bool
    queries: tuple[str, ...]
    every: timedelta | None
    lacks: str


def define(
    by: Member, name: str, words: Sequence[str], excluded: Sequence[str], collection: Collection | None = None
) -> Collection:
    """This will make or change a collection and put it into queries; a query that stays keeps its place.

    Refusal without a name or words, or beyond 100 words of 80 characters.
    """
    require(by, "collection.manage")
    words, excluded = _clean(words), _clean(excluded)
    if not name.strip():
        raise Refusal(_("Beri nama, misalnya topik yang dipantau."), "name")
    if not words:
        raise Refusal(_("Tulis paling sedikit satu kata atau frasa."), "words")
    if len(words) + len(excluded) > _MOST_WORDS or any(len(word) > _LONGEST for word in [*words, *excluded]):
        raise Refusal(_("Paling banyak 100 kata atau frasa, masing-masing 80 karakter."), "words")
    values = {"name": name.strip()[:80], "words": words, "excluded": excluded, "active": True}
    with transaction.atomic():
        if collection is None:
            collection = Collection.objects.create(
                government=by.government, created_by=by.audit_name, created_at=timezone.now(), **values
            )
        else:
            Collection.objects.filter(pk=collection.pk).update(**values)
            collection.refresh_from_db()
        audit.record("collection.define", collection, by, words=len(words), excluded=len(excluded))
        for channel in _searchable(by.government_id):
            _put(collection, channel)
        live.wake("collect")
    return collection


def end(collection: Collection, by: Member) -> None:
    """This will stop collecting; what was found stays."""
    require(by, "collection.manage")
    with transaction.atomic():
        Collection.objects.filter(pk=collection.pk).update(active=False)
        collection.queries.all().delete()
        audit.record("collection.end", collection, by)


def follow(channel: Channel) -> None:
    """This will put every active collection of the government into queries of a channel that was just connected."""
    if Ability.SEARCH in connector(channel.platform).abilities:
        for collection in Collection._base_manager.filter(government_id=channel.government_id, active=True):
            _put(collection, channel)


def reach(government_id: int, words: Sequence[str], excluded: Sequence[str]) -> list[Reach]:
    """This will say, for every platform, what these words get from it."""
    channels = {one.platform: one for one in reversed(_searchable(government_id))}
    found = []
    for platform, declared in sorted(all_connectors().items(), key=lambda one: one[1].name):
        searches = Ability.SEARCH in declared.abilities
        if not searches and not declared.search_lacks:
            continue
        channel = channels.get(platform)
        queries = tuple(declared.compile(_clean(words), _clean(excluded))) if searches else ()
        every = interval(channel, len(queries)) if channel and queries else None
        found.append(
            Reach(platform, declared.name, channel is not None, queries, every, declared.search_lacks)
        )
    return found


def interval(channel: Channel, further: int = 0) -> timedelta:
    """This will return how often each of a channel's queries comes, with so many further ones, by its quota."""
    quota = connector(channel.platform).quota
    number = Query._base_manager.filter(channel=channel).count() + further
    if quota is None or not quotas.cost(channel, Ability.SEARCH):
        return MOST_OFTEN
    runs = max(quota.units * quotas.COLLECTING / quotas.cost(channel, Ability.SEARCH), 1)
    return max(MOST_OFTEN, timedelta(seconds=_DAY * max(number, 1) / runs))


def _searchable(government_id: int) -> list[Channel]:
    platforms = [name for name, one in all_connectors().items() if Ability.SEARCH in one.abilities]
    rows = Channel._base_manager.filter(government_id=government_id, platform__in=platforms, closed_at=None)
    return list(rows.exclude(health=Health.MANUAL).order_by("pk"))


def _put(collection: Collection, channel: Channel) -> None:
    wanted = connector(channel.platform).compile(collection.words, collection.excluded)
    mine = Query._base_manager.filter(collection=collection, channel=channel)
    mine.exclude(text__in=wanted).delete()
    defaults: Mapping[str, object] = {"government_id": collection.government_id, "due_at": timezone.now()}
    for text in wanted:
        Query._base_manager.get_or_create(
            collection=collection, channel=channel, text=text, defaults=dict(defaults)
        )


def _clean(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
