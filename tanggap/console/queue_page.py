"""The queue: what leaves when on which channel, what became of it, and what a person does about it; and the stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel
from tanggap.console import labels
from tanggap.console.answers import done
from tanggap.console.doors import back, screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import jobs, queue, releasing, stopping
from tanggap.publishing.jobs import Filters, Group, Job
from tanggap.publishing.models import Delivery, Stop

STANDINGS: dict[str, Word] = {
    "scheduled": Word(gettext_lazy("Terjadwal"), "calendar-clock"),
    "due": Word(gettext_lazy("Segera berangkat"), "send", "blue"),
    "again": Word(gettext_lazy("Dicoba lagi"), "rotate-ccw", "amber"),
    "rests": Word(gettext_lazy("Kanal diistirahatkan"), "hourglass", "amber"),
    "stopped": Word(gettext_lazy("Ditahan sakelar henti"), "octagon-alert", "red"),
    "login": Word(gettext_lazy("Kanal perlu masuk lagi"), "key-round", "red"),
    "paused": Word(gettext_lazy("Kanal dijeda"), "pause", "amber"),
    "closed": Word(gettext_lazy("Kanal diputuskan"), "plug", "red"),
    "thread": Word(gettext_lazy("Menunggu bagian sebelumnya"), "corner-down-right"),
    "broken": Word(gettext_lazy("Bagian sebelumnya gagal"), "corner-down-right", "red"),
    "hand": Word(gettext_lazy("Terbitkan sendiri"), "hand", "amber"),
    "held": Word(gettext_lazy("Perlu konfirmasi"), "circle-question-mark", "amber"),
    "sending": Word(gettext_lazy("Sedang dikirim"), "send", "blue"),
    "unknown": Word(gettext_lazy("Hasil belum diketahui"), "hourglass", "amber"),
    "failed": Word(gettext_lazy("Gagal"), "circle-x", "red"),
    "sent": Word(gettext_lazy("Terbit"), "circle-check", "green"),
    "cancelled": Word(gettext_lazy("Dibatalkan"), "circle-slash"),
}
WITHDRAWALS: dict[str, Word] = {
    "sent": Word(gettext_lazy("Sudah ditarik"), "circle-check", "green"),
    "hand": Word(gettext_lazy("Hapus sendiri"), "hand", "amber"),
    "sending": Word(gettext_lazy("Sedang ditarik"), "send", "blue"),
    "failed": Word(gettext_lazy("Gagal ditarik"), "circle-x", "red"),
}
VIEWS = (
    ("open", gettext_lazy("Berjalan")),
    ("person", gettext_lazy("Perlu Anda")),
    ("scheduled", gettext_lazy("Menunggu")),
    ("unknown", gettext_lazy("Belum pasti")),
    ("held", gettext_lazy("Perlu konfirmasi")),
    ("failed", gettext_lazy("Gagal")),
    ("sent", gettext_lazy("Terbit")),
    ("all", gettext_lazy("Semua")),
)
_ALWAYS = {"open", "person", "sent", "all"}


@screen("publication.write")
def queue_list(request: StaffRequest) -> HttpResponse:
    """This will list what leaves and what became of it, by publication and channel."""
    return _show(request, Filters.from_query(request.GET.dict()))


@require_POST
@screen("publication.write")
def queue_retry(request: StaffRequest) -> HttpResponse:
    """This will try the chosen deliveries again, or all that failed under the filter; each platform is asked first."""
    filters = _posted(request)
    if request.POST.get("all") == "1":
        rows = jobs.failed(request.member, filters, timezone.now())
    else:
        rows = jobs.chosen(request.member, _ids(request))
    if not rows:
        return _show(request, filters, _("Pilih dahulu yang gagal. Tidak ada yang diubah."))
    n = queue.retry_all(rows, request.member)
    said = ngettext(
        "%(n)s kiriman dicoba lagi. Platform ditanya dulu agar tidak ganda.",
        "%(n)s kiriman dicoba lagi. Platform ditanya dulu agar tidak ganda.", n,
    )  # fmt: skip
    return done(request, said % {"n": n}, _address(filters))


@require_POST
@screen("publication.write")
def queue_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take back one part that has not left, with what waits below it."""
    return _deed(request, pk, queue.cancel, _("Tidak jadi diterbitkan di kanal ini."))


@require_POST
@screen("publication.write")
def queue_confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """This will let something leave that was held because its time had passed."""
    return _deed(request, pk, releasing.confirm, _("Dikonfirmasi; berangkat sekarang."))


@require_POST
@screen("publication.write")
def queue_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take a person's word on what became of a send whose outcome is unknown."""
    arrived, url = request.POST.get("what") == "arrived", request.POST.get("url", "").strip()

    def settle(one: Delivery, by: Member) -> None:
        queue.settle_by_hand(one, by, arrived_there=arrived, url=url[:600])

    return _deed(request, pk, settle, _("Dicatat sebagai terbit.") if arrived else _("Dikirim lagi."))


@require_POST
@screen("publication.write")
def queue_mark(request: StaffRequest, pk: int) -> HttpResponse:
    """This will note what a person published, or took away, on the platform itself."""

    def mark(one: Delivery, by: Member) -> None:
        queue.mark_by_hand(one, by, request.POST.get("url", "").strip())

    return _deed(request, pk, mark, _("Dicatat. Terima kasih."))


@screen("publishing.stop")
def queue_stop(request: StaffRequest) -> HttpResponse:
    """This will show the stop switch, and turn it on with a reason."""
    member, wrong = request.member, ""
    if request.method == "POST":
        try:
            stopping.stop(member, request.POST.get("reason", ""))
        except Refusal as refusal:
            wrong = str(refusal)
        else:
            return done(request, _("Semua kiriman dihentikan. Antreannya tersimpan."), reverse("queue_stop"))
    page = {
        "stop": stopping.stopped(member.government_id),
        "waiting": jobs.waiting(member.government_id),
        "earlier": Stop.objects.filter(lifted_at__isnull=False)
        .select_related("by__user", "lifted_by__user")
        .order_by("-since")[:10],
        "wrong": wrong,
        "typed": request.POST.get("reason", ""),
        "now": timezone.now(),
    }
    return render(request, "publishing/queue_stop.html", page, status=422 if wrong else 200)


@require_POST
@screen("publishing.stop")
def queue_lift(request: StaffRequest) -> HttpResponse:
    """This will let things leave again."""
    stopping.lift(request.member)
    return done(request, _("Kiriman berjalan lagi menurut urutannya."), reverse("queue_stop"))


def _show(request: StaffRequest, filters: Filters, wrong: str = "") -> HttpResponse:
    member, now = request.member, timezone.now()
    found = jobs.page(member, filters, now)
    counts = jobs.counts(member, filters, now)
    page: dict[str, Any] = {
        "filters": filters,
        "query": filters.as_query(page=""),
        "groups": [lines(group) for group in found.groups],
        "number": found.number,
        "more": found.more,
        "views": [
            (code, name, counts.get(code), filters.as_query(state=code, page=""))
            for code, name in VIEWS
            if code in _ALWAYS or counts.get(code) or code == filters.state
        ],
        "failed": counts["failed"],
        "may_amend": member.may("publication.approve"),
        "channels": Channel.objects.filter(variants__isnull=False)
        .distinct()
        .order_by("name")
        .values_list("key", "name"),
        "wrong": wrong,
        "now": now,
    }
    return render(request, "publishing/queue.html", page, status=422 if wrong else 200)


def lines(group: Group) -> dict[str, Any]:
    """This will put a publication's deliveries into words: a sentence above, a line for each."""
    return {
        "group": group,
        "said": summary(group),
        "jobs": [(job, word(job), role(job)) for job in group.jobs],
    }


def summary(group: Group) -> str:
    """This will say on how many channels it stands and what keeps the others: "Terbit di 3 dari 4 kanal. …"."""
    posts = group.posts
    if not posts:
        return _("Tidak jadi terbit.")
    n = len(posts)
    if group.out == n:
        return ngettext("Terbit di %(n)s kanal.", "Terbit di semua %(n)s kanal.", n) % {"n": n}
    if not group.out and not group.troubled:
        return ngettext("Menunggu di %(n)s kanal.", "Menunggu di %(n)s kanal.", n) % {"n": n}
    said = [_("Terbit di %(out)s dari %(n)s kanal.") % {"out": group.out, "n": n}]
    for job in group.troubled[:2]:
        named = labels.word("platform", job.row.channel.platform).name
        said.append(f"{named}: {job.row.error.rstrip('.')}.")
    return " ".join(said)


def word(job: Job) -> Word:
    """This will name how a delivery stands."""
    if job.withdraws and job.standing in WITHDRAWALS:
        return WITHDRAWALS[job.standing]
    return STANDINGS[job.standing]


def role(job: Job) -> str:
    """This will say which part of the publication a delivery is; empty for the post itself."""
    if job.withdraws:
        return _("Penarikan")
    if job.row.part == 0:
        return ""
    return _("Komentar pertama") if job.comments else _("Utas %(n)s") % {"n": job.row.part + 1}


def _deed(
    request: StaffRequest, pk: int, deed: Callable[[Delivery, Member], None], said: str
) -> HttpResponse:
    rows = jobs.chosen(request.member, [pk])
    if not rows:
        raise Delivery.DoesNotExist
    deed(rows[0], request.member)
    return back(request, said, to=reverse("queue"), queue=True)


def _posted(request: StaffRequest) -> Filters:
    return Filters.from_query(request.POST.dict() | {"page": ""})


def _ids(request: StaffRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 19]


def _address(filters: Filters) -> str:
    query = filters.as_query()
    return f"{reverse('queue')}?{query}" if query else reverse("queue")
