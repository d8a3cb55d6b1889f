"""The history of a case in words that lay people understand, drawn from the record, notes, posts and replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Member, Unit
from tanggap.cases.models import Assignment, Case, Note, Reply
from tanggap.cases.triage import TEXTS, Reason
from tanggap.core.audit import Entry
from tanggap.posts.models import Post

# action -> (icon, sentence); the sentences name who did it separately
_DEEDS = {
    "case.open": ("folder-plus", gettext_lazy("Kasus dibuka")),
    "case.verify": ("badge-check", gettext_lazy("Kasus diverifikasi")),
    "case.dispatch": ("send", gettext_lazy("Didisposisikan ke %(units)s")),
    "case.ask_reporter": (
        "pause",
        gettext_lazy("Menunggu kelengkapan dari pelapor; tenggat dihentikan sementara"),
    ),
    "case.join": ("git-merge", gettext_lazy("Pesan bergabung ke kasus ini")),
    "case.reporter_replied": ("message-circle", gettext_lazy("Pelapor menanggapi")),
    "case.answered": ("check", gettext_lazy("Jawaban terkirim kepada pelapor")),
    "case.answered_natively": ("check", gettext_lazy("Dijawab langsung di platform")),
    "case.post_edited": ("pencil", gettext_lazy("Pelapor menyunting pesannya")),
    "case.post_deleted": (
        "trash-2",
        gettext_lazy("Pesan dihapus di platformnya; isinya disimpan sebagai bukti"),
    ),
    "case.close": ("circle-check", gettext_lazy("Kasus ditutup")),
    "case.archive": ("archive", gettext_lazy("Kasus diarsipkan")),
    "case.reopen": ("rotate-ccw", gettext_lazy("Kasus dibuka kembali")),
    "case.secrecy": ("lock", gettext_lazy("Kerahasiaan diubah")),
    "case.summary": ("globe", gettext_lazy("Ringkasan publik ditulis")),
    "case.overdue": ("alarm-clock", gettext_lazy("Tenggat terlewati")),
    "assignment.accept": ("hand", gettext_lazy("%(unit)s menerima tugas")),
    "assignment.return": ("undo-2", gettext_lazy("%(unit)s mengembalikan tugas")),
    "assignment.progress": ("hammer", gettext_lazy("%(unit)s mencatat kemajuan")),
    "assignment.done": ("circle-check", gettext_lazy("%(unit)s menyelesaikan tugas")),
    "reply.send": ("reply", gettext_lazy("Balasan dikirim")),
    "reply.ask_approval": ("stamp", gettext_lazy("Balasan menunggu persetujuan")),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a history. `who` is a name as staff know it; `private` lines never leave the house."""

    at: datetime
    who: str
    icon: str
    text: str
    detail: str = ""
    private: bool = True


def of_case(case: Case) -> list[Event]:
    """This will tell a case's history, oldest first; the caller has made sure that the member sees the case."""
    tasks = {str(one.pk): one for one in Assignment.objects.filter(case=case).select_related("unit")}
    replies = {str(one.pk): one for one in Reply.objects.filter(case=case)}
    entries = _entries(case, tasks, replies)
    units = dict(Unit.objects.values_list("pk", "short_name"))
    names = _names(entries)
    told = [_event(entry, tasks, replies, units, names) for entry in entries if entry.action in _DEEDS]
    notes = Note.objects.filter(case=case).select_related("by__user")
    told += [Event(one.at, str(one.by), "sticky-note", _("Catatan internal"), one.text) for one in notes]
    return sorted(told, key=lambda one: one.at)


def _entries(case: Case, tasks: dict[str, Assignment], replies: dict[str, Reply]) -> list[Entry]:
    rows = Entry.objects.filter(government_id=case.government_id)
    found = list(rows.filter(target_kind="case", target_id=str(case.pk)))
    found += rows.filter(target_kind="assignment", target_id__in=list(tasks))
    found += rows.filter(target_kind="reply", target_id__in=list(replies))
    return found


def _names(entries: list[Entry]) -> dict[str, str]:
    members = {entry.actor.partition(":")[2] for entry in entries if entry.actor.startswith("member:")}
    rows = Member.objects.filter(pk__in=[int(one) for one in members]).select_related("user", "unit")
    return {f"member:{one.pk}": f"{one} ({one.unit})" for one in rows}


def _event(
    entry: Entry,
    tasks: dict[str, Assignment],
    replies: dict[str, Reply],
    units: dict[int, str],
    names: dict[str, str],
) -> Event:
    icon, sentence = _DEEDS[entry.action]
    task = tasks.get(entry.target_id) if entry.target_kind == "assignment" else None
    values: dict[str, Any] = {
        "unit": str(task.unit) if task else "",
        "units": ", ".join(units.get(pk, "?") for pk in entry.fields.get("units", [])) or _("koordinator"),
    }
    return Event(
        at=entry.at,
        who=names.get(entry.actor, _("Sistem")),
        icon=icon,
        text=str(sentence) % values,
        detail=_detail(entry, task, replies, units),
        private=entry.action not in {"case.open", "case.answered", "case.close", "case.dispatch"},
    )


def _detail(entry: Entry, task: Assignment | None, replies: dict[str, Reply], units: dict[int, str]) -> str:
    if entry.action == "case.open":
        offices = ", ".join(units.get(pk, "?") for pk in entry.fields.get("units", []))
        reason = entry.fields.get("reason", "")
        why = str(TEXTS[Reason(reason)]) if reason in list(Reason) else ""
        return f"{why} → {offices}" if offices else why
    if task and entry.action == "assignment.return":
        return task.reason
    if task and entry.action == "assignment.done":
        return task.answer
    if entry.target_kind == "reply" and entry.target_id in replies:
        return replies[entry.target_id].text
    return ""


def of_thread(post: Post, member: Member) -> list[Post]:
    """This will return the posts of a thread that the member may see, oldest first."""
    rows = Post.objects.seen_by(member).filter(thread=post.thread).select_related("author", "channel")
    return list(rows.order_by("created_at", "id")[:500])
