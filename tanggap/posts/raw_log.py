"""The log of deliveries: what came when and how, what became of it; read again, put aside, exported, one or many.

A raw body is personal data: everything here asks for the right to read it, and each opening is put on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import models, transaction
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels.connector import connector
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import intake, reading_again
from tanggap.posts.models import Post, RawItem, RawState
from tanggap.posts.origins import Origins

PAGE = 50
AT_ONCE = 500
"""How many are read again within the click; more become a job."""
MOST_EXPORTED = 2_000
_MOST_COUNTED = 1_000
_NEVER = 2**63 - 1
SOURCES = ("hook", "fetch", "stream", "import", "hand")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log shows; `before` is the id from which the next page goes on."""

    state: str = ""
    source: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    before: int = 0

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filters:
        """This will read filters from an address; what makes no sense is left out."""
        before = query.get("before", "")
        return cls(
            state=query["state"] if query.get("state") in RawState.values else "",
            source=query["source"] if query.get("source") in SOURCES else "",
            channel=query.get("channel", "")[:60], since=_date(query.get("since", "")),
            until=_date(query.get("until", "")), q=query.get("q", "").strip()[:100],
            before=int(before) if before.isdecimal() and len(before) < 19 else 0,
        )  # fmt: skip

    def as_query(self) -> str:
        """This will write the filters for an address, without the page."""
        return urlencode({key: value for key, value in asdict(replace(self, before=0)).items() if value})

    @property
    def any(self) -> bool:
        return bool(self.as_query())


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[RawItem]
    more: int


def page(member: Member, filters: Filters) -> Page:
    """This will list deliveries without their bodies, newest first; `more` is the id after which others follow."""
    found = select(member, filters).filter(pk__lt=filters.before or _NEVER)
    size = models.Func("body", function="octet_length", output_field=models.IntegerField())
    rows = list(found.defer("body").annotate(size=size).select_related("channel", "app")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else 0)


def select(member: Member, filters: Filters) -> models.QuerySet[RawItem]:
    """This will return the filtered deliveries of the member's government, newest first."""
    rows = reading_again.of_the_government(member)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.channel:
        one = Channel.objects.filter(key=filters.channel).first()
        own = models.Q(channel=one) | models.Q(channel__isnull=True, app=one.app_id) if one else None
        rows = rows.filter(own) if own else rows.none()
    zone = member.government.zone
    if filters.since:
        rows = rows.filter(received_at__gte=make_aware(datetime.fromisoformat(filters.since), zone))
    if filters.until:
        end = datetime.fromisoformat(filters.until) + timedelta(days=1)
        rows = rows.filter(received_at__lt=make_aware(end, zone))
    if filters.q.isdecimal() and len(filters.q) < 19:
        return rows.filter(pk=int(filters.q))
    return rows.filter(reason__icontains=filters.q) if filters.q else rows


def troubled(member: Member) -> dict[str, int]:
    """This will count what waits, failed or was put aside, each up to a thousand."""
    rows = reading_again.of_the_government(member).order_by()
    states = (RawState.RECEIVED, RawState.FAILED, RawState.QUARANTINED)
    return {state: rows.filter(state=state)[:_MOST_COUNTED].count() for state in states}


def posts_of(raw: RawItem, member: Member) -> list[Post]:
    """This will return the posts that a delivery told of, as far as the member may see them."""
    origins = Origins([raw])
    try:
        items = connector(origins.platform(raw)).parse(origins.raw(raw))
    except Exception:  # whatever a connector stumbles on, the delivery itself is shown
        return []
    wanted = {(item.platform, item.external_id) for item in items if item.external_id}
    seen = Post.objects.seen_by(member).filter(external_id__in={key for _platform, key in wanted})
    return [one for one in seen.order_by("-id")[:50] if (one.platform, one.external_id) in wanted]


def covered_headers(raw: RawItem) -> list[tuple[str, str]]:
    """This will return the headers with secret ones covered, whatever was kept of them."""
    return [
        (name, reading_again.COVER if reading_again.secret(name) else str(value))
        for name, value in sorted(raw.headers.items())
    ]


def quarantine(by: Member, ids: Sequence[int], reason: str) -> int:
    """This will put deliveries aside by hand, so that they are read only when somebody says so; returns how many."""
    require(by, "raw.read")
    if not reason.strip():
        raise Refusal(_("Tulis alasan agar rekan Anda tahu mengapa kiriman ini disisihkan."), "reason")
    with transaction.atomic():
        rows = select(by, Filters()).filter(pk__in=ids).exclude(state=RawState.QUARANTINED)
        taken = list(rows.select_for_update(of=("self",)))
        for raw in taken:
            RawItem.flow.move(raw, RawState.QUARANTINED, reason=reason.strip()[:400])
            audit.record("raw.quarantine", by.government, by, raw=raw.pk, reason=audit.digest(reason))
    return len(taken)


def read_again(by: Member, filters: Filters) -> int | work.Job:
    """This will put all that a filter shows back into the queue: at once, or as a job where they are many."""
    require(by, "raw.read")
    filters = replace(filters, before=0)
    rows = select(by, filters).exclude(state=RawState.RECEIVED)
    ids = list(rows.values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) <= AT_ONCE:
        return intake.read_again(ids, by)
    return work.start(
        "raw_again", _("Baca ulang kiriman"), by, government_id=by.government_id, member=by.pk,
        filters=asdict(filters), newest=ids[0],
    )  # fmt: skip


@work.job("raw_again")
def run_read_again(job: work.Job) -> Iterator[None]:
    """This will put deliveries back into the queue in pieces, newest first; what came after the click is left."""
    filters = Filters(**job.params["filters"])
    while True:
        with transaction.atomic(), scope.government(job.government_id or 0):
            by = Member.objects.get(pk=job.params["member"])
            rows = select(by, filters).exclude(state=RawState.RECEIVED)
            before = job.cursor.get("before", job.params["newest"] + 1)
            if job.total is None:
                job.total = rows.filter(pk__lt=before).order_by().count()
            piece = list(rows.filter(pk__lt=before).values_list("pk", flat=True)[:AT_ONCE])
            if not piece:
                return
            job.advance(done=intake.read_again(piece, by), cursor={"before": piece[-1]})
        yield


def export(by: Member, filters: Filters) -> Iterator[bytes]:
    """This will write the newest deliveries of a filter as lines of JSON, secrets and personal data covered."""
    require(by, "raw.read")
    rows = list(select(by, filters).select_related("channel", "app")[:MOST_EXPORTED])
    audit.record("raw.export", by.government, by, count=len(rows))
    return (orjson.dumps(_line(raw)) + b"\n" for raw in rows)


def _line(raw: RawItem) -> dict[str, Any]:
    return {
        "id": raw.pk, "received_at": raw.received_at, "source": raw.source, "state": raw.state, "reason": raw.reason,
        "channel": raw.channel.key if raw.channel else "", "app": raw.app.key if raw.app else "",
        "headers": dict(covered_headers(raw)), "size": len(raw.body), "body": reading_again.covered(bytes(raw.body)),
    }  # fmt: skip


def _date(typed: str) -> str:
    try:
        found = parse_date(typed)
    except ValueError:
        return ""
    return found.isoformat() if found else ""
