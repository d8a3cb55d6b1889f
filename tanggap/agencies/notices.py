"""Tells members what concerns them: on the screen at once, by e-mail through a step.

Neither text nor mail carries what a citizen wrote: a notice names the case and leads to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Government, Member, Notice
from tanggap.core import live, scope, work

TEXTS = {
    "task_new": gettext_lazy("Kasus %(number)s didisposisikan ke %(unit)s. Tenggat %(due)s."),
    "task_returned": gettext_lazy(
        "Kasus %(number)s dikembalikan oleh %(unit)s. Tentukan perangkat daerah lain."
    ),
    "task_done": gettext_lazy("%(unit)s menyelesaikan tugasnya pada kasus %(number)s."),
    "due_soon": gettext_lazy("Kasus %(number)s jatuh tempo %(due)s."),
    "overdue": gettext_lazy("Kasus %(number)s lewat tenggat sejak %(due)s."),
    "tasks_new": gettext_lazy("%(many)s kasus baru didisposisikan ke %(unit)s."),
    "reporter_replied": gettext_lazy("Pelapor menulis lagi pada kasus %(number)s."),
    "reply_to_approve": gettext_lazy("Balasan untuk kasus %(number)s menunggu persetujuan Anda."),
    "reply_refused": gettext_lazy("Balasan Anda untuk kasus %(number)s dikembalikan. Teksnya tersimpan."),
    "reply_unknown": gettext_lazy("Hasil kiriman balasan belum diketahui. Periksa dan tentukan."),
    "reply_failed": gettext_lazy("Balasan tidak terkirim. Teksnya tersimpan; lihat sebabnya."),
    "publication_to_approve": gettext_lazy("Konten “%(title)s” menunggu keputusan Anda: %(stage)s."),
    "publication_returned": gettext_lazy("Konten “%(title)s” dikembalikan. Teksnya tersimpan sebagai draf."),
    "publication_approved": gettext_lazy("Konten “%(title)s” disetujui dan masuk antrean terbit."),
    "publication_failed": gettext_lazy("Konten “%(title)s” tidak terbit di semua kanal. Lihat sebabnya."),
    "publication_nobody_decides": gettext_lazy(
        "Konten “%(title)s” menunggu, tetapi tidak ada yang dapat memutuskannya. Periksa jalur persetujuan."
    ),
    "publication_decide_soon": gettext_lazy("Satu konten menunggu keputusan Anda sampai %(due)s."),
    "publication_decide_late": gettext_lazy("Satu konten belum diputuskan; tenggatnya %(due)s."),
    "publication_slot_passed": gettext_lazy(
        "Waktu terbit konten “%(title)s” lewat sebelum disetujui (%(due)s). Tentukan waktu baru."
    ),
    "delegation_made": gettext_lazy("Anda mewakili %(name)s dalam memutuskan konten, sampai %(due)s."),
    "publication_missed": gettext_lazy(
        "Konten berulang “%(title)s”: %(many)s waktu terbit terlewat dan tidak disusulkan."
    ),
    "publication_late": gettext_lazy(
        "Satu konten seharusnya terbit %(due)s dan belum terbit. Lihat antrean."
    ),
    "alert_draft": gettext_lazy("Peringatan %(event)s: draf siap diperiksa dan disetujui."),
    "alert_withdrawn": gettext_lazy("Peringatan %(event)s dicabut sebelum terbit. Drafnya ditarik."),
    "alert_waits": gettext_lazy(
        "Peringatan %(event)s menyangkut wilayah kita, tetapi belum ada petugas yang dapat menulis drafnya."
    ),
    "emergency": gettext_lazy("Kemungkinan bahaya jiwa: kasus %(number)s. Periksa sekarang."),
    "channel_login": gettext_lazy("Kanal %(channel)s perlu masuk lagi. Antrean tersimpan."),
    "channel_failing": gettext_lazy("Kanal %(channel)s terganggu. Tanggap mencoba terus; antrean tersimpan."),
    "channel_gap": gettext_lazy(
        "Kanal %(channel)s: sebagian kiriman tidak dapat diambil lagi. Lihat masanya."
    ),
    "channel_token": gettext_lazy(
        "Token kanal %(channel)s berakhir dalam %(days)s hari. Sambungkan ulang agar tidak terhenti."
    ),
    "calendar_missing": gettext_lazy("Kalender libur %(year)s belum pasti; tenggat ditandai sementara."),
}
"""The notices' texts by kind; the parameters are ids, numbers and names of offices."""

MAILED = frozenset(
    {
        "task_new",
        "task_returned",
        "overdue",
        "emergency",
        "channel_login",
        "channel_token",
        "reply_unknown",
        "publication_decide_soon",
        "publication_decide_late",
        "publication_late",
        "alert_draft",
        "alert_waits",
    }
)


def tell(members: Iterable[Member], kind: str, link: str, **params: Any) -> None:
    """This will leave a notice for each member, and a mail for the kinds that cannot wait for a look."""
    leave(notice(one, kind, link, **params) for one in members)


def notice(member: Member, kind: str, link: str, **params: Any) -> Notice:
    """This will make a notice without leaving it yet, for deeds that concern many members at once."""
    if kind not in TEXTS:
        raise KeyError(f"No notice text for {kind}.")
    now = timezone.now()
    return Notice(
        government_id=member.government_id, member=member, kind=kind, params=params, link=link, created_at=now,
        mail_state="due" if kind in MAILED else "none", mail_due_at=now if kind in MAILED else None,
    )  # fmt: skip


def leave(notices: Iterable[Notice]) -> None:
    """This will write notices with one statement and tell the screens of those whom they concern."""
    rows = Notice.objects.bulk_create(notices)
    for government_id in {row.government_id for row in rows}:
        concerned = {row.member_id for row in rows if row.government_id == government_id}
        live.tell(government_id, "notice", sorted(concerned))


def text(notice: Notice) -> str:
    """This will return the notice's sentence in the language in force."""
    params: dict[str, Any] = notice.params
    return str(TEXTS[notice.kind]) % params


def unread(member: Member) -> models.QuerySet[Notice]:
    """This will return the member's unread notices, newest first."""
    return Notice.objects.filter(member=member, read_at__isnull=True).order_by("-created_at")


def mark_read(member: Member, now: datetime) -> int:
    """This will mark all of a member's notices as read; returns how many."""
    return unread(member).update(read_at=now)


def _due(now: datetime) -> models.QuerySet[Notice]:
    return Notice.objects.filter(mail_state="due", mail_due_at__lte=now).order_by("id")


def _due_anywhere(now: datetime) -> models.QuerySet[Notice]:
    with scope.crossing("the backlog of notice mails"):
        return _due(now)


@work.step("notice_mail", due=_due_anywhere, every=20, oldest="mail_due_at")
def send_mails(now: datetime) -> int:
    """This will send one due mail a transaction: a crash repeats at most one; a failed mail is tried six times."""
    with scope.crossing("mails of all governments"), transaction.atomic():
        batch = work.claim(_due(now).select_related("member__user", "member__government"), 1)
        if not batch:
            return 0
        connection = get_connection()
        for notice in batch:
            _send(notice, connection, now)
        Notice.objects.bulk_update(batch, ["mail_state", "mail_due_at", "mail_attempts"])
        return len(batch)


def _send(notice: Notice, connection: Any, now: datetime) -> None:
    government: Government = notice.member.government
    with translation.override(notice.member.user.language):
        body = f"{text(notice)}\n\n{settings.TANGGAP_URL}{notice.link}\n\n" + _(
            "Surel ini dikirim otomatis dan tidak memuat isi laporan."
        )
        subject = f"[{government.name}] " + _("Ada yang perlu Anda lihat")
    try:
        EmailMessage(subject, body, to=[notice.member.user.email], connection=connection).send()
        notice.mail_state = "sent"
    except OSError:
        notice.mail_attempts += 1
        notice.mail_state = "due" if notice.mail_attempts < 6 else "failed"
        notice.mail_due_at = work.next_try(now, notice.mail_attempts)
