"""What the public may know of corrections, clarifications and withdrawals: frozen, cleared, and nothing of what was
withdrawn is said again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tanggap.channels.connector import all_connectors
from tanggap.core import scope
from tanggap.publishing.models import Amendment, AmendmentKind, Delivery, DeliveryState, Publication

_SAID = 200


@dataclass(frozen=True, slots=True)
class PublicLink:
    """Where something stands: a channel's name and the address of the post; empty where only the channel is known."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class PublicAmendment:
    """A note as the public reads it. `said` is how what it speaks of began, empty for what was withdrawn."""

    number: int
    government: str
    zone: str
    office: str
    kind: str
    words: str
    text: str
    at: datetime
    published_at: datetime | None
    said: str
    stood: tuple[PublicLink, ...]
    instead: tuple[PublicLink, ...]


def amendments(code: str = "", *, most: int = 50, after: int = 0) -> list[PublicAmendment]:
    """This will return the newest notes of a government (of all of them without `code`), `after` so many."""
    with scope.crossing("the portal serves every government"):
        rows = Amendment.objects.select_related("publication__unit", "government", "follow_up").order_by(
            "-at", "-pk"
        )
        if code:
            rows = rows.filter(government__code=code)
        return [_public(one) for one in rows[after : after + most]]


def _public(one: Amendment) -> PublicAmendment:
    publication = one.publication
    withdrawn = one.kind == AmendmentKind.WITHDRAWAL or publication.state == "withdrawn"
    posts = _posts(publication)
    first = next(iter(posts), None)
    return PublicAmendment(
        number=one.pk, government=str(one.government), zone=str(one.government.timezone), office=publication.unit.name,
        kind=one.kind, words=str(one.get_kind_display()), text=one.text, at=one.at,
        published_at=min((row.sent_at for row in posts if row.sent_at), default=None),
        said="" if withdrawn or first is None else _began(first.text),
        stood=_links(posts, shown=not withdrawn),
        instead=_links(_posts(one.follow_up), shown=True) if one.follow_up else (),
    )  # fmt: skip


def _posts(publication: Publication) -> list[Delivery]:
    rows = Delivery.objects.filter(variant__publication=publication, part=0, state=DeliveryState.SENT)
    return list(rows.select_related("channel").order_by("sent_at", "pk"))


def _links(posts: Iterable[Delivery], *, shown: bool) -> tuple[PublicLink, ...]:
    known = all_connectors()
    found = {}
    for one in posts:
        platform = known.get(one.channel.platform)
        name = f"{platform.name if platform else one.channel.platform} · {one.channel.name}"
        safe = shown and urlsplit(one.url).scheme in {"http", "https"}
        found[name] = PublicLink(name, one.url if safe else "")
    return tuple(found.values())


def _began(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _SAID else f"{whole[: _SAID - 1].rstrip()}…"
