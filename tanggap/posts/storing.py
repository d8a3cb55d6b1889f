"""Items become rows: fold what a batch says about one post, write new posts at once, apply edits and deletions.

The final state does not depend on the order in which deliveries came: an edit or a deletion may stand before the
post itself, and any of them may come many times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F

from tanggap.agencies.models import Government
from tanggap.channels.connector import Action, Author, Item
from tanggap.channels.models import Channel
from tanggap.core import bulk
from tanggap.people.models import Handle
from tanggap.posts import deletions
from tanggap.posts.batch import Digested, Found
from tanggap.posts.models import Post, Sighting, Version
from tanggap.publishing import sending
from tanggap.publishing.models import Delivery
from tanggap.understanding.reading import Reading

COLLECTED = "collected"
"""What triage notes on public talk that was collected by words and that nobody said to the government."""
_LOOKED = frozenset({"fetch", "sweep"})
"""Ways by which a post comes as it stands at that moment, whatever was delivered before."""
Key = tuple[str, str]
Read = Callable[[list[str]], Sequence[Reading]]


@dataclass(slots=True)
class Folded:
    """All that a batch says about one post, in the order in which it came."""

    item: Item
    channel: Channel
    received_at: datetime
    history: bool
    content: bool = False
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    earlier: list[tuple[str, datetime]] = field(default_factory=list)
    elsewhere: dict[int, datetime] = field(default_factory=dict)
    collections: set[int] = field(default_factory=set)
    addressed: bool = False
    looked: bool = False
    repeats: int = 0

    @property
    def text(self) -> str:
        return bulk.clean(self.item.text) if self.content else ""

    def add(self, one: Found) -> None:
        """This will take in one further item about the same post."""
        if one.channel.pk != self.channel.pk:
            self.elsewhere.setdefault(one.channel.pk, one.received_at)
        if one.collection:
            self.collections.add(one.collection)
        item = one.item
        self.addressed |= not one.collection and item.action != Action.DELETE
        if item.action == Action.DELETE:
            self.deleted_at = self.deleted_at or item.edited_at or one.received_at
        elif not self.content:
            self.item, self.content, self.looked = item, True, one.source in _LOOKED
            self.edited_at = _edited_at(item)
        elif self._is_newer(item):
            self.earlier.append((self.text, _edited_at(item) or one.received_at))
            self.item, self.edited_at = item, _edited_at(item)
        elif self._looks_changed(one):
            self.earlier.append((self.text, one.received_at))
            self.item, self.edited_at = item, one.received_at
        elif item.text != self.item.text and self.edited_at:
            self.earlier.append((bulk.clean(item.text), self.edited_at))
        else:
            self.repeats += 1

    def _is_newer(self, item: Item) -> bool:
        """By time; many platforms tell whole seconds, so an edit goes before what was made in the same one."""
        edited = _edited_at(item)
        known = (self.edited_at or self.item.created_at, self.edited_at is not None)
        return (edited or item.created_at, edited is not None) > known

    def _looks_changed(self, one: Found) -> bool:
        """Whether a platform that tells no time of edits now shows other words than it delivered before."""
        untold = one.source in _LOOKED and _edited_at(one.item) is None
        newer = self.edited_at is None or one.received_at > self.edited_at
        return untold and newer and one.item.text != self.item.text


def fold(items: Iterable[Found]) -> dict[Key, Folded]:
    """This will gather the items of each post, in order of arrival."""
    folded: dict[Key, Folded] = {}
    for one in items:
        key = (one.item.platform, bulk.clean(one.item.external_id))
        if key not in folded:
            folded[key] = Folded(one.item, one.channel, one.received_at, one.history)
        folded[key].add(one)
    return folded


def without_echoes(items: list[Found], result: Digested) -> list[Found]:
    """This will leave out what we sent ourselves: known by the delivery's external id, or by its text while it
    is still on its way (which settles it)."""
    own = [one for one in items if _is_own(one)]
    if not own:
        return items
    ids = [one.item.external_id for one in own]
    known = set(
        Delivery._base_manager.filter(
            channel__in={one.channel.pk for one in own}, external_id__in=ids
        ).values_list("channel_id", "external_id")
    )
    kept = []
    for one in items:
        key = (one.channel.pk, one.item.external_id)
        if _is_own(one) and (
            key in known
            or sending.arrived(
                one.channel, one.item.external_id, one.item.url, one.item.text, one.item.in_reply_to
            )
        ):
            known.add(key)  # the batch may hold it twice: by hook, and found by the sweep
            result.echoes += 1
        else:
            kept.append(one)
    return kept


def known(government: Government, folded: Mapping[Key, Folded]) -> set[Key]:
    """This will return which of these posts the government has already."""
    if not folded:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "select platform, external_id from posts_post where government_id = %s and (platform, external_id) in "
            "(select * from unnest(%s::text[], %s::text[]))",
            [government.pk, [key[0] for key in folded], [key[1] for key in folded]],
        )
        return {(row[0], row[1]) for row in cursor.fetchall()}


def new_posts(government: Government, fresh: Sequence[Folded], readings: Sequence[Reading]) -> list[Post]:
    """This will make the rows of new posts with their readings; nothing is written yet."""
    threads = _threads(government, fresh)
    posts = []
    for one, reading in zip(fresh, readings, strict=True):
        item = one.item
        external_id = bulk.clean(item.external_id)
        post = bulk.make(
            Post,
            government_id=government.pk, platform=item.platform, external_id=external_id, channel_id=one.channel.pk,
            kind=item.kind, text=one.text, url=bulk.clean(item.url), in_reply_to=bulk.clean(item.in_reply_to),
            thread=threads.get((item.platform, external_id), external_id), media=list(item.media),
            metrics=dict(item.metrics), location=dict(item.location) if item.location else None,
            created_at=item.created_at, received_at=one.received_at, edited_at=one.edited_at,
            deleted_at=one.deleted_at, history=one.history, ours=_is_account(item, one.channel),
        )  # fmt: skip
        put_reading(post, reading)
        posts.append(post)
    for key, at in deletions.of(government.pk, ((post.platform, post.external_id) for post in posts)).items():
        next(post for post in posts if (post.platform, post.external_id) == key).deleted_at = at
    return posts


def remember_deletions(government: Government, folded: Mapping[Key, Folded], stored: set[Key]) -> None:
    """This will keep the deletions of posts that have not come yet."""
    deletions.remember(
        government.pk,
        ((key, one.deleted_at) for key, one in folded.items() if one.deleted_at and key not in stored),
    )


def store(government: Government, posts: list[Post], folded: Mapping[Key, Folded]) -> list[Post]:
    """This will write new posts with their authors and return those that were not there yet."""
    authors = _authors(government, [folded[(post.platform, post.external_id)] for post in posts])
    for post in posts:
        author = folded[(post.platform, post.external_id)].item.author
        post.author_id = authors.get((post.platform, author.external_id)) if author else None
    return bulk.merge(posts, ("government_id", "platform", "external_id"))


def put_reading(post: Post, reading: Reading) -> None:
    """This will write a reading's labels into the post's columns; "don't know" stays empty."""
    post.language = reading.language.label or ""
    post.sentiment = reading.sentiment.label or ""
    post.intent = reading.intent.label or ""
    post.topic = reading.topic.label or ""
    post.urgency = reading.urgency.label or ""
    post.supervisory, post.abusive, post.spam = (
        reading.supervisory.value,
        reading.abusive.value,
        reading.spam.value,
    )
    post.has_personal_data = bool(reading.personal_data)
    places = {place.level: place.code for place in reversed(reading.places) if place.code}
    post.area_code = places.get("village") or places.get("district") or ""
    post.reading = reading.as_contract(post.external_id)
    post.model = reading.model


def apply_changes(government: Government, folded: Mapping[Key, Folded], result: Digested, read: Read) -> None:
    """This will bring posts that are known already up to what the batch says: edits, deletions, sightings."""
    changes = dict(folded)
    if not changes:
        return
    rows = Post.objects.select_for_update().filter(
        government_id=government.pk,
        platform__in={key[0] for key in changes},
        external_id__in={key[1] for key in changes},
    )
    for post in rows.order_by("id"):
        one = changes.get((post.platform, post.external_id))
        if one is not None:
            _apply(post, one, result, read)


def _apply(post: Post, one: Folded, result: Digested, read: Read) -> None:
    seen = dict(one.elsewhere) | {one.channel.pk: one.received_at}
    seen.pop(post.channel_id, None)
    Sighting.objects.bulk_create(
        [
            Sighting(government_id=post.government_id, post=post, channel_id=pk, seen_at=at)
            for pk, at in seen.items()
        ],
        ignore_conflicts=True,
    )
    text_before, edited_before, was_gone = post.text, post.edited_at, post.deleted_at is not None
    if one.content:
        _apply_content(post, one)
    if one.deleted_at and not was_gone:
        post.deleted_at = one.deleted_at
        result.gone.append(post)
    if newly_addressed := one.addressed and post.triage == COLLECTED and post.deleted_at is None:
        post.triage, post.kind, post.channel_id = "", one.item.kind, one.channel.pk
        result.addressed.append(post)
    if post.text != text_before:
        put_reading(post, read([post.text])[0])
        post.search = None
        result.changed.append(post)
    same = (post.text, post.edited_at, post.deleted_at is not None) == (text_before, edited_before, was_gone)
    if same and not newly_addressed:
        result.repeated += 1
    else:
        post.save()


def _apply_content(post: Post, one: Folded) -> None:
    if one.looked and one.edited_at is None and one.text != post.text:
        one.edited_at = one.received_at  # in vain where an edit since then is known
    newer = one.edited_at is not None and (post.edited_at is None or one.edited_at > post.edited_at)
    if newer:
        # Also an edit that changes no word counts, so that an older one that comes later changes none either.
        if one.text != post.text:
            _keep_version(post, post.text, one.edited_at or one.received_at)
        post.text, post.edited_at = one.text, one.edited_at
    elif post.edited_at and one.text != post.text:
        _keep_version(post, one.text, post.edited_at)
    for text, until in one.earlier:
        _keep_version(post, text, until)


def _keep_version(post: Post, text: str, until: datetime) -> None:
    Version.objects.get_or_create(
        post=post, text=text, defaults={"until": until, "government_id": post.government_id}
    )


def keep_versions(posts: Iterable[Post], folded: Mapping[Key, Folded]) -> None:
    """This will keep what new posts said before an edit that came in the same batch."""
    for post in posts:
        for text, until in folded[(post.platform, post.external_id)].earlier:
            _keep_version(post, text, until)
    Sighting.objects.bulk_create(
        [
            Sighting(government_id=post.government_id, post=post, channel_id=pk, seen_at=at)
            for post in posts
            for pk, at in folded[(post.platform, post.external_id)].elsewhere.items()
        ],
        ignore_conflicts=True,
    )


def _edited_at(item: Item) -> datetime | None:
    if item.action == Action.EDIT:
        return item.edited_at or item.created_at
    return item.edited_at


def _is_account(item: Item, channel: Channel) -> bool:
    return bool(channel.external_id and item.author and item.author.external_id == channel.external_id)


def _is_own(one: Found) -> bool:
    return one.item.action != Action.DELETE and _is_account(one.item, one.channel)


def _authors(government: Government, fresh: Sequence[Folded]) -> dict[Key, int]:
    authors: dict[Key, tuple[Author, datetime]] = {}
    for one in fresh:
        if one.item.author:
            authors[(one.item.platform, one.item.author.external_id)] = (one.item.author, one.received_at)
    if not authors:
        return {}
    found = _known_authors(government, authors)
    missing = [
        bulk.make(
            Handle,
            government_id=government.pk, platform=key[0], external_id=bulk.clean(key[1]), first_seen_at=at,
            handle=bulk.clean(author.handle)[:200], name=bulk.clean(author.name)[:200], followers=author.followers,
        )
        for key, (author, at) in authors.items()
        if key not in found
    ]  # fmt: skip
    written = bulk.merge(missing, ("government_id", "platform", "external_id"))
    found |= {(one.platform, one.external_id): one.pk for one in written}
    if len(written) < len(missing):
        found |= _known_authors(government, authors)
    return found


def _known_authors(government: Government, keys: Iterable[Key]) -> dict[Key, int]:
    listed = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "select platform, external_id, id from people_handle where government_id = %s and "
            "(platform, external_id) in (select * from unnest(%s::text[], %s::text[]))",
            [government.pk, [key[0] for key in listed], [bulk.clean(key[1]) for key in listed]],
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def _threads(government: Government, fresh: Sequence[Folded]) -> dict[Key, str]:
    """The thread of each answer: its platform's word, else the thread of what it answers, ours or theirs."""
    threads: dict[Key, str] = {}
    parents: dict[Key, str] = {}
    for one in fresh:
        key = (one.item.platform, bulk.clean(one.item.external_id))
        if one.item.thread:
            threads[key] = bulk.clean(one.item.thread)
        if one.item.in_reply_to:
            parents[key] = bulk.clean(one.item.in_reply_to)
    if parents:
        wanted = list(set(parents.values()))
        stored = dict(
            Post.objects.filter(external_id__in=wanted, government_id=government.pk).values_list(
                "external_id", "thread"
            )
        )
        stored |= dict(
            Delivery.objects.filter(external_id__in=wanted, government_id=government.pk)
            .exclude(thread="")
            .values_list("external_id", F("thread"))
        )
        for key, parent in parents.items():
            threads[key] = stored.get(parent) or threads.get(key) or threads.get((key[0], parent)) or parent
    return threads
