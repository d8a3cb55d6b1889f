"""A publication that is out on a platform that tells numbers and on one that does not."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.publishing.models import Delivery, Figures, Look, Publication
from tests.city import a_publication, agreed


def out_on(writer: Member, head: Member, *channels: Channel) -> Publication:
    """This will publish on these channels, as it stands a day later, before anybody asked for numbers."""
    one = agreed(a_publication(writer, *channels, text="Air mati di Kelurahan Baru besok pagi."), head)
    work.run("send")
    work.run("publications")
    Delivery.objects.filter(variant__publication=one).update(sent_at=timezone.now() - timedelta(days=3))
    one.refresh_from_db()
    return one


def told(
    one: Publication, channel: Channel, *days: dict[str, int], error: str = "", gone: bool = False
) -> None:
    """This will note what a platform told on the last days, the newest last."""
    now = timezone.now()
    row = Delivery.objects.get(variant__publication=one, channel=channel)
    for ago, numbers in enumerate(reversed(days)):
        at = now - timedelta(days=ago)
        Figures.objects.create(delivery=row, day=at.date(), at=at, numbers=numbers)
    Look.objects.create(
        delivery=row, asked_at=now, next_at=None if gone else now + timedelta(days=3), error=error,
        gone_at=now if gone else None,
    )  # fmt: skip
