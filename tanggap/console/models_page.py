"""The reader on paper: figures of the models in use, what the government taught it, and deeds with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member, require
from tanggap.console import labels
from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.review_page import HEADS, READERS, named
from tanggap.core.work import Job, JobState
from tanggap.posts import masking, readers
from tanggap.posts.learning import lessons, stock, switching, training
from tanggap.posts.models import Post
from tanggap.posts.taught import ShadowReading, TrainedModel, TrainedState
from tanggap.understanding.card import card

_SHOWN_DIFFERENCES, _SHOWN_MODELS = 40, 20
_ALL_HEADS = {
    **HEADS,
    "emotion": gettext_lazy("Perasaan"),
    "supervisory": gettext_lazy("Berkadar pengawasan"),
    "abusive": gettext_lazy("Kata kasar"),
    "spam": gettext_lazy("Spam"),
}


@dataclass(frozen=True, slots=True)
class Gain:
    """How a layer fares with one label on held-back posts: shares right before and after, the difference in points."""

    name: str
    taught: bool
    why: str
    of: int = 0
    before: float = 0.0
    after: float = 0.0
    points: str = ""
    low: str = ""
    high: str = ""
    moved: float = 0.0
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A job as a bar; `percent` None while the total is unknown."""

    job: Job
    percent: int | None
    live: bool
    paused: bool


@screen(roles=READERS)
def models(request: StaffRequest) -> HttpResponse:
    """This will show the models in use with their figures, the government's own layers, and the stock's reading."""
    member = request.member
    rows = list(
        TrainedModel.objects.select_related("made_by__user", "used_by__user").order_by("-number")[
            :_SHOWN_MODELS
        ]
    )
    in_use = next((one for one in rows if one.state == TrainedState.IN_USE), None)
    candidate = next((one for one in rows if one.state == TrainedState.CANDIDATE), None)
    reader = readers.reader_for(member.government)
    shipped = [part for part in reader.deep_model.split("+") if in_use is None or part != in_use.version]
    page: dict[str, Any] = {
        "may": member.may("model.manage"),
        "shipped": [(version, _card(version)) for version in shipped],
        "in_use": in_use,
        "idle": in_use is not None and in_use.version not in reader.model.split("+"),
        "in_use_gains": gains(in_use) if in_use else [],
        "candidate": candidate,
        "candidate_gains": gains(candidate) if candidate else [],
        "objections": [(one, _label(one.label)) for one in switching.objections(candidate)]
        if candidate
        else [],
        "differences": _differences(candidate, member) if candidate else [],
        "differing": _differing(candidate) if candidate else [],
        "history": [(one, switching.objections(one)) for one in rows if one.state == TrainedState.RETIRED],
        "progress": [(_label(one.label), one) for one in lessons.progress()],
        "ready": any(one.enough for one in lessons.progress()),
        "training": _bar(member, training.KIND),
        "reading": _bar(member, stock.KIND),
        "here": "models",
    }
    page["running"] = any(one and one.live for one in (page["training"], page["reading"]))
    return render(request, "learning/models.html", page)


@require_POST
@screen("model.manage")
def models_train(request: StaffRequest) -> HttpResponse:
    """This will teach a new layer with what officers have said."""
    training.train(request.member)
    return done(request, _("Pelatihan dimulai. Halaman ini boleh ditutup."), reverse("models"))


@require_POST
@screen("model.manage")
def models_switch(request: StaffRequest, pk: int) -> HttpResponse:
    """This will have new posts read with a layer."""
    trained = get_object_or_404(TrainedModel.objects.all(), pk=pk)
    switching.switch(trained, request.member, sure="sure" in request.POST)
    return done(
        request,
        _("Pesan baru dibaca dengan %(version)s. Kembali kapan saja dengan satu ketukan.")
        % {"version": trained.version},
        reverse("models"),
    )


@require_POST
@screen("model.manage")
def models_back(request: StaffRequest) -> HttpResponse:
    """This will go back to what read before."""
    before = switching.back(request.member)
    name = before.version if before else _("pembaca bawaan")
    return done(request, _("Kembali ke %(name)s.") % {"name": name}, reverse("models"))


@require_POST
@screen("model.manage")
def models_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put a candidate away."""
    switching.discard(get_object_or_404(TrainedModel.objects.all(), pk=pk), request.member)
    return done(request, _("Calon disisihkan; tetap ada dalam riwayat."), reverse("models"))


@require_POST
@screen("model.manage")
def models_read_again(request: StaffRequest) -> HttpResponse:
    """This will read all posts again with the reader in use."""
    stock.read_again(request.member)
    return done(request, _("Pembacaan ulang dimulai. Halaman ini boleh ditutup."), reverse("models"))


@require_POST
@screen("model.manage")
def models_pause(request: StaffRequest, pk: int) -> HttpResponse:
    """This will stop a training or a reading after its current piece; it can go on."""
    _job(request.member, pk).cancel(request.member)
    return done(request, _("Dijeda setelah bagian yang sedang berjalan."), reverse("models"))


@require_POST
@screen("model.manage")
def models_resume(request: StaffRequest, pk: int) -> HttpResponse:
    """This will go on with a paused or failed job where it stopped."""
    job = _job(request.member, pk)
    job.resume(request.member)
    return done(request, _("Dilanjutkan dari tempat ia berhenti."), reverse("models"))


def gains(trained: TrainedModel) -> list[Gain]:
    """This will lay out what a layer was measured to gain, label by label."""
    found = []
    for label, figures in trained.figures.get("heads", {}).items():
        name = _label(label)
        if "held_back" not in figures:
            found.append(Gain(name, False, figures.get("why", "")))
            continue
        one = switching.compared(figures)
        of = max(one["n"], 1)
        found.append(
            Gain(
                name, figures["taught"], figures["why"], one["n"], one["before"] / of, one["after"] / of,
                _points((one["after"] - one["before"]) / of), _points(one["low"]), _points(one["high"]),
                figures["moved"], "in_use" in figures,
            )
        )  # fmt: skip
    return found


def _points(share: float) -> str:
    return ("+" if share > 0 else "") + number_format(round(100 * share, 1), 1)


def _card(version: str) -> dict[str, Any] | None:
    """The shipped figures in the order and the words of the screens."""
    told = card(version)
    if told is None:
        return None
    return {
        **told,
        "heads": [(_label(head), _classes(head, one)) for head, one in told["heads"].items()],
        "languages": [
            (named("language", code), [(_label(head), one) for head, one in part.get("heads", part).items()])
            for code, part in (told.get("languages") or {}).items()
            if isinstance(part, dict)
        ],
    }


def _classes(head: str, figures: dict[str, Any]) -> dict[str, Any]:
    flags = {"true": _("ya"), "false": _("tidak")}
    each = figures.get("classes", {}).items()
    known = {code: flags.get(code) or _class(head, code) for code, _one in each}
    return {**figures, "classes": [(known[code], one) for code, one in each]}


def _class(head: str, code: str) -> str:
    return named(head, code) if head in labels.SETS else code


def _label(head: str) -> str:
    return str(_ALL_HEADS.get(head, head))


def _differences(trained: TrainedModel, member: Member) -> list[tuple[Post, Any, list[tuple[str, str, str]]]]:
    """The newest posts that the candidate reads otherwise: masked text, and by label what is said now and then."""
    seen = Post.objects.seen_by(member)
    rows = ShadowReading.objects.filter(trained=trained, post__in=seen).select_related("post")
    return [
        (
            row.post,
            masking.shown(row.post),
            [(_label(head), named(head, now), named(head, then)) for head, (now, then) in row.labels.items()],
        )
        for row in rows.order_by("-post_id")[:_SHOWN_DIFFERENCES]
    ]


def _differing(trained: TrainedModel) -> list[tuple[str, int, float]]:
    many = max(trained.shadow_read, 1)
    counts = {head: count for head, count in trained.shadow_heads.items() if head != "posts"}
    return [
        (_label(head), count, count / many) for head, count in sorted(counts.items(), key=lambda one: -one[1])
    ]


def _bar(member: Member, kind: str) -> Bar | None:
    job = Job.objects.filter(government_id=member.government_id, kind=kind).order_by("-id").first()
    if job is None:
        return None
    percent = min(100 * job.done // job.total, 100) if job.total else None
    live = job.state in {JobState.WAITING, JobState.RUNNING}
    return Bar(job, percent, live, job.state in {JobState.CANCELLED, JobState.FAILED})


def _job(member: Member, pk: int) -> Job:
    require(member, "model.manage")
    kinds = [training.KIND, stock.KIND]
    return Job.objects.get(pk=pk, government_id=member.government_id, kind__in=kinds)
