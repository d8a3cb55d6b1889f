"""Brings in what was said before an account was connected: a job with progress that goes on where it stopped.

What comes is read and counted, and marked as history: no case, no notice, no answer comes of it by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import connect, quotas
from tanggap.channels.connector import Ability, NeedsLogin, Temporary
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.core.refusal import Refusal
from tanggap.posts.taking_in import keep

KIND = "history"
FURTHEST = timedelta(days=5 * 366)
_MOST_SAME = 3
"""Pages in a row that a platform may give with the same cursor before the job ends: some page in a ring."""


def begin(channel: Channel, by: Member, until: datetime) -> work.Job:
    """This will bring in a channel's history back to `until`; Refusal where its platform gives none."""
    require(by, "channel.manage")
    if Ability.BACKFILL not in connect.abilities_of(channel):
        raise Refusal(_("Platform ini tidak memberi riwayat."))
    if until > timezone.now() or until < timezone.now() - FURTHEST:
        raise Refusal(_("Pilih tanggal dalam lima tahun terakhir."), "until")
    if running(channel):
        raise Refusal(_("Riwayat kanal ini sedang diambil. Tunggu sampai selesai atau hentikan dahulu."))
    title = _("Riwayat %(channel)s") % {"channel": channel.name}
    return work.start(
        KIND, title, by, government_id=channel.government_id, channel=channel.pk, until=until.isoformat()
    )


def running(channel: Channel) -> work.Job | None:
    """This will return the job that brings in a channel's history now, if any."""
    open_ = [work.JobState.WAITING, work.JobState.RUNNING]
    return work.Job.objects.filter(kind=KIND, params__channel=channel.pk, state__in=open_).first()


def newest(channel: Channel) -> work.Job | None:
    """This will return the channel's last such job, whatever became of it."""
    return work.Job.objects.filter(kind=KIND, params__channel=channel.pk).order_by("-id").first()


@work.job(KIND)
def _bring_in(job: work.Job) -> Iterator[None]:
    cursor: Mapping[str, Any] = job.cursor or {"until": job.params["until"]}
    same = 0
    while same < _MOST_SAME:
        channel = Channel._base_manager.select_related("app").get(pk=job.params["channel"])
        now = timezone.now()
        if not quotas.allows(channel, Ability.BACKFILL, now):
            raise work.Later(now + timedelta(hours=1), _("Jatah harian platform habis; dilanjutkan besok."))
        try:
            page = connect.instance(channel).backfill(cursor)
        except NeedsLogin as error:
            connect.needs_login(channel, str(error))
            raise
        except Temporary as error:
            job.failed += 1
            raise work.Later(work.next_try(now, min(job.failed, 4), error.retry_after), str(error)) from error
        before, cursor = cursor, {**page.cursor, "until": job.params["until"]}
        same = same + 1 if cursor == before else 0
        with transaction.atomic():
            keep(channel, "history", page.bodies, now, history=True)
            quotas.note(channel, page.cost, now)
            job.failed = 0
            job.advance(done=len(page.bodies), cursor=dict(cursor))
        yield
        if not page.more:
            return
