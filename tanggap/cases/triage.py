"""What becomes of a new post: a case, a look by an officer, listening, spam; always with its reason.

Pure decisions over a post's reading; nothing here touches the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from tanggap.cases.models import CaseClass
from tanggap.posts.models import DeskState, Post


class Reason(StrEnum):
    """Why triage did what it did; stored on the post."""

    OURS = "ours"
    GONE = "gone"
    BACKFILL = "backfill"
    SPAM = "spam"
    TALK = "talk"
    COLLECTED = "collected"
    SAME_THREAD = "same_thread"
    SUPERVISORY = "supervisory"
    COMPLAINT = "complaint"
    ASPIRATION = "aspiration"
    INFORMATION = "information"
    THANKS = "thanks"
    NO_SERVICE = "no_service"
    UNSURE = "unsure"
    OTHER = "other"
    BY_HAND = "by_hand"


TEXTS = {
    Reason.OURS: _("Ditulis akun resmi sendiri di luar Tanggap."),
    Reason.GONE: _("Sudah dihapus di platformnya sebelum sampai."),
    Reason.BACKFILL: _("Riwayat sebelum akun tersambung: dibaca dan dihitung, tanpa kasus otomatis."),
    Reason.SPAM: _("Terbaca sebagai spam atau iklan."),
    Reason.TALK: _("Pembicaraan umum yang tidak ditujukan kepada pemerintah."),
    Reason.COLLECTED: _("Ditemukan lewat kata pantau; tidak ditujukan kepada pemerintah."),
    Reason.SAME_THREAD: _("Lanjutan percakapan yang sudah menjadi kasus."),
    Reason.SUPERVISORY: _("Pengaduan tentang penyalahgunaan wewenang atau pungutan: rahasia, ke pengawas."),
    Reason.COMPLAINT: _("Pengaduan tentang layanan."),
    Reason.ASPIRATION: _("Usulan atau aspirasi."),
    Reason.INFORMATION: _("Permintaan informasi."),
    Reason.THANKS: _("Apresiasi: cukup dibalas, bukan kasus."),
    Reason.NO_SERVICE: _("Tidak menyangkut layanan pemerintah."),
    Reason.UNSURE: _("Maksudnya belum jelas bagi pembaca otomatis: perlu dilihat petugas."),
    Reason.OTHER: _("Bukan pengaduan, usulan, atau pertanyaan."),
    Reason.BY_HAND: _("Dibuat oleh petugas."),
}

_CLASSES = {
    "complaint": (CaseClass.COMPLAINT, Reason.COMPLAINT),
    "aspiration": (CaseClass.ASPIRATION, Reason.ASPIRATION),
    "information_request": (CaseClass.INFORMATION, Reason.INFORMATION),
}
_TALK = frozenset({"post", "article"})


@dataclass(frozen=True, slots=True)
class Decision:
    """`case_class` is set where a case is to be opened; `desk` is where the post stands for officers."""

    reason: Reason
    desk: DeskState = DeskState.OPEN
    case_class: CaseClass | None = None


def decide(post: Post, *, imported: bool, collected: bool = False) -> Decision:
    """This will decide about a post that is new; `imported` marks reports from a file, which do become cases.

    `collected` marks public talk found by words: whatever it says, a case of it is a person's or a rule's decision.
    """
    aside = _aside(post, imported)
    if aside is not None:
        return aside
    if collected:
        return Decision(Reason.COLLECTED, DeskState.LISTENING)
    if post.supervisory:
        return Decision(Reason.SUPERVISORY, case_class=CaseClass.SUPERVISORY)
    if post.kind in _TALK and post.urgency != "emergency":
        return Decision(Reason.TALK, DeskState.LISTENING)
    if not post.intent:
        return Decision(Reason.UNSURE)
    if post.intent in _CLASSES:
        case_class, reason = _CLASSES[post.intent]
        if not post.topic and post.reading.get("topic", {}).get("none"):
            return Decision(Reason.NO_SERVICE)
        return Decision(reason, case_class=case_class)
    return Decision(Reason.THANKS if post.intent == "appreciation" else Reason.OTHER)


def _aside(post: Post, imported: bool) -> Decision | None:
    if post.triage or post.deleted_at:
        return Decision(Reason.GONE, DeskState.DONE)
    if post.ours:
        return Decision(Reason.OURS, DeskState.DONE)
    if post.history and not imported:
        return Decision(Reason.BACKFILL, DeskState.DONE)
    if post.spam:
        return Decision(Reason.SPAM, DeskState.SPAM)
    return None


def class_of(post: Post) -> CaseClass:
    """This will suggest the class of a case that an officer makes of any post."""
    if post.supervisory:
        return CaseClass.SUPERVISORY
    return _CLASSES.get(post.intent, (CaseClass.COMPLAINT, Reason.COMPLAINT))[0]
