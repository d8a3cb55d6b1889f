"""Teaches a government's layer as a job, and keeps it as a candidate beside the model in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, require
from tanggap.core import audit, files, scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import readers
from tanggap.posts.learning import lessons
from tanggap.posts.models import Post
from tanggap.posts.taught import ShadowReading, TrainedModel, TrainedState
from tanggap.understanding.reader import shipped
from tanggap.understanding.settling import FEWEST, Lesson
from tanggap.understanding.teaching import Rival, Taught, teaching

KIND = "teach_reader"
MEDIA_TYPE = "application/x-npz"
_LOOK_BACK = 300
"""How many posts that are there already a candidate reads at once, so that the page has something to show."""


def train(by: Member) -> work.Job:
    """This will start to teach a layer with what officers have said until now.

    Refusal where a training runs already, or no label has the corrections that it takes.
    """
    require(by, "model.manage")
    if running(by.government_id, KIND):
        raise Refusal(_("Pelatihan sedang berjalan. Tunggu sampai selesai, atau hentikan dulu."))
    known = lessons.progress()
    if not any(one.enough for one in known):
        most = max((one.corrected for one in known), default=0)
        raise Refusal(
            _(
                "Belum cukup perbaikan untuk melatih: satu label perlu paling sedikit %(least)s, "
                "sekarang yang terbanyak %(most)s. Perbaiki atau tinjau label lebih banyak dulu."
            )
            % {"least": FEWEST, "most": most}
        )
    return work.start(KIND, _("Latih pembaca"), by, government_id=by.government_id, member=by.pk)


def running(government_id: int, kind: str) -> bool:
    """This will tell whether a job of the kind waits or runs."""
    states = [work.JobState.WAITING, work.JobState.RUNNING]
    return work.Job.objects.filter(government_id=government_id, kind=kind, state__in=states).exists()


@work.job(KIND)
def run_training(job: work.Job) -> Iterator[None]:
    """This will teach, a fit at a time. After a crash it begins again: nothing is kept before the end."""
    if job.cursor.get("made"):
        return
    assert job.government_id is not None
    government = Government.objects.get(pk=job.government_id)
    with scope.government(government.pk):
        heard, until = lessons.lessons()
        last = TrainedModel.objects.aggregate(models.Max("number"))["number__max"] or 0
        quiet = lessons.anchors(last + 1)
    steps = teaching(heard, quiet, shipped(), f"belajar-{last + 1}", _rival(government))
    job.done = 0
    while True:
        try:
            _done, job.total = next(steps)
        except StopIteration as end:
            taught: Taught = end.value
            break
        with transaction.atomic():
            job.advance(done=1, cursor={})
        yield
    with transaction.atomic(), scope.government(government.pk):
        job.result = {"figures": taught.figures}
        if taught.learned is not None and until is not None:
            job.result = {"trained": _keep(job, taught, heard, until, last + 1).pk}
        job.advance(done=0, cursor={"made": True})


def _rival(government: Government) -> Rival | None:
    trained = readers.in_use(government)
    learned = readers.learned_of(trained) if trained else None
    return Rival(learned, trained.taught_until.timestamp()) if trained and learned else None


def _keep(job: work.Job, taught: Taught, heard: list[Lesson], until: datetime, number: int) -> TrainedModel:
    assert taught.learned is not None
    by = Member.objects.get(pk=job.params["member"])
    for old in TrainedModel.objects.filter(state=TrainedState.CANDIDATE):
        retire(old)
    stored = files.keep(by.government_id, taught.learned.save(), f"{taught.learned.version}.npz", MEDIA_TYPE)
    row = TrainedModel.objects.create(
        government_id=by.government_id, number=number, version=taught.learned.version, base=taught.learned.base,
        content=stored, figures=taught.figures, lessons=len({(one.post, one.head) for one in heard}), made_by=by,
        made_at=timezone.now(), taught_until=until, shadow_at=_looked_back(),
    )  # fmt: skip
    audit.record("model.train", row, by, number=number, lessons=row.lessons, sha256=stored.sha256)
    return row


def retire(row: TrainedModel, **changes: Any) -> None:
    """This will take a layer out of use; where it differed as a candidate is forgotten."""
    TrainedModel.flow.move(row, TrainedState.RETIRED, **changes)
    ShadowReading.objects.filter(trained=row).delete()


def _looked_back() -> int:
    ids = Post.objects.filter(ours=False).order_by("-id").values_list("pk", flat=True)[:_LOOK_BACK]
    return min(ids, default=1) - 1
