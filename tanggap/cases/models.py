"""What must be done: cases, the offices' tasks in them, replies and notes."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Government, Member, Owned, Unit
from tanggap.core.files import StoredFile
from tanggap.core.scope import ScopedManager
from tanggap.core.state import Flow
from tanggap.posts.models import Post
from tanggap.publishing.models import Delivery


def new_follow_secret() -> str:
    """This will make the secret of a follow link: 128 random bits."""
    return secrets.token_urlsafe(16)


class CaseClass(models.TextChoices):
    """Report classes of the national complaint rules (reference: PermenPAN-RB 62/2018)."""

    COMPLAINT = "pengaduan", _("Pengaduan")
    SUPERVISORY = "pengaduan_pengawasan", _("Pengaduan berkadar pengawasan")
    ASPIRATION = "aspirasi", _("Aspirasi")
    INFORMATION = "permintaan_informasi", _("Permintaan informasi")


class CaseState(models.TextChoices):
    NEW = "baru", _("Baru")
    INCOMPLETE = "menunggu_kelengkapan", _("Menunggu kelengkapan")
    VERIFIED = "terverifikasi", _("Terverifikasi")
    DISPATCHED = "didisposisikan", _("Didisposisikan")
    RETURNED = "dikembalikan", _("Dikembalikan")
    IN_PROGRESS = "ditindaklanjuti", _("Ditindaklanjuti")
    ANSWERED = "ditanggapi_instansi", _("Ditanggapi instansi")
    REPORTER_REPLIED = "ditanggapi_pelapor", _("Ditanggapi pelapor")
    CLOSED = "selesai", _("Selesai")
    ARCHIVED = "diarsipkan", _("Diarsipkan")


_S = CaseState
_OPEN_MOVES = {_S.INCOMPLETE, _S.DISPATCHED, _S.RETURNED, _S.IN_PROGRESS, _S.ANSWERED, _S.CLOSED, _S.ARCHIVED}
OPEN_STATES = frozenset(set(CaseState.values) - {_S.CLOSED, _S.ARCHIVED})


class Secrecy(models.TextChoices):
    PUBLIC = "public", _("Terbuka")
    ANONYMOUS = "anonymous", _("Anonim")
    CONFIDENTIAL = "confidential", _("Rahasia")


class Counter(models.Model):
    """The last case number given in a government and year; taken in blocks by a conditional update."""

    government = models.ForeignKey(Government, on_delete=models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["government", "year"], name="counter_once")]


class CaseManager(ScopedManager["Case"]):
    def seen_by(self, member: Member) -> models.QuerySet[Case]:
        """This will keep the cases that a member may see: assigned to the own part of the tree or come through
        it, and no confidential ones unless the member is named."""
        rows = self.filter(~models.Q(secrecy=Secrecy.CONFIDENTIAL) | models.Q(named__contains=[member.pk]))
        return rows if member.sees_all else rows.filter(units__overlap=sorted(member.unit_ids()))


class AssignmentManager(ScopedManager["Assignment"]):
    def seen_by(self, member: Member) -> models.QuerySet[Assignment]:
        """This will keep the tasks of cases that the member may see; beside leaders, only of the own offices."""
        rows = self.filter(case__in=Case.objects.seen_by(member))
        return rows if member.sees_all else rows.filter(unit_id__in=member.unit_ids())


class Case(Owned):
    """A matter that a government must deal with, apart from the conversations that it came from.

    `number` is public and shows the public summary only; `follow` is the secret of the link that lets its
    holder see more. `due_at` is stored, being late is derived. `history` marks cases of imported reports:
    nothing is sent and nobody is reminded by itself.
    """

    number = models.CharField(max_length=20)
    follow = models.CharField(max_length=32, unique=True, default=new_follow_secret)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, help_text="what the public portal shows, written by an officer")
    case_class = models.CharField(max_length=24, choices=CaseClass.choices)
    topic = models.CharField(max_length=20, blank=True)
    urgency = models.CharField(max_length=9, default="normal")
    area_code = models.CharField(max_length=13, blank=True)
    place = models.CharField(max_length=200, blank=True)
    secrecy = models.CharField(max_length=12, choices=Secrecy.choices, default=Secrecy.PUBLIC)
    state = models.CharField(max_length=24, choices=CaseState.choices, default=CaseState.NEW)
    reason = models.TextField(blank=True, help_text="why it stands in this state, where a state asks for it")
    history = models.BooleanField(default=False)
    routing = models.JSONField(default=dict, help_text="suggested offices with reasons, and triage's reason")
    clock_start = models.DateTimeField(help_text="receipt of live posts, created_at of imported reports")
    due_at = models.DateTimeField(null=True)
    due_why = models.TextField(blank=True)
    due_provisional = models.BooleanField(default=False)
    response_due_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    paused_since = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reminded = models.CharField(max_length=10, blank=True, help_text="last reminder sent: soon, late")
    units = ArrayField(
        models.BigIntegerField(), default=list, help_text="offices that see it: assigned, or its channel's"
    )
    named = ArrayField(
        models.BigIntegerField(), default=list, help_text="members who see it while confidential"
    )

    objects: ClassVar[CaseManager] = CaseManager()

    flow = Flow(
        "state",
        CaseState.NEW,
        {
            _S.NEW: _OPEN_MOVES | {_S.VERIFIED},
            _S.INCOMPLETE: _OPEN_MOVES | {_S.VERIFIED, _S.REPORTER_REPLIED},
            _S.VERIFIED: _OPEN_MOVES,
            _S.DISPATCHED: _OPEN_MOVES | {_S.REPORTER_REPLIED},
            _S.RETURNED: _OPEN_MOVES | {_S.VERIFIED, _S.REPORTER_REPLIED},
            _S.IN_PROGRESS: _OPEN_MOVES | {_S.REPORTER_REPLIED},
            _S.ANSWERED: _OPEN_MOVES | {_S.REPORTER_REPLIED},
            _S.REPORTER_REPLIED: _OPEN_MOVES,
            _S.CLOSED: {_S.IN_PROGRESS, _S.DISPATCHED, _S.REPORTER_REPLIED, _S.VERIFIED},
            _S.ARCHIVED: {_S.NEW},
        },
    )

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "number"], name="case_number_once")]
        indexes = [
            models.Index(fields=["government", "state", "due_at"], name="case_state_due"),
            models.Index(fields=["government", "-opened_at"], name="case_newest"),
            models.Index(fields=["-opened_at"], name="case_opened"),
            GinIndex(fields=["units"], name="case_units"),
            models.Index(
                fields=["due_at"], name="case_to_remind",
                condition=models.Q(history=False, due_at__isnull=False)
                & ~models.Q(state__in=["selesai", "diarsipkan"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class CasePost(Owned):
    """That a post belongs to a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="case_link")
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["case", "at"], name="casepost_case")]


class CaseVector(Owned):
    """What a case is about as a direction in space, made of what was first said; it goes with the case.

    `vector` holds one signed byte for each dimension; vectors of different models are never compared.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="vector")
    vector = models.BinaryField()
    model = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["government", "model", "id"], name="case_vectors")]


class AssignmentState(models.TextChoices):
    SENT = "sent", _("Dikirim")
    ACCEPTED = "accepted", _("Diterima")
    RETURNED = "returned", _("Dikembalikan")
    DONE = "done", _("Selesai")
    WITHDRAWN = "withdrawn", _("Ditarik")


class Assignment(Owned):
    """An office's task in a case, with its own deadline, answer and evidence (disposisi)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.SENT)
    why = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="why it was returned")
    answer = models.TextField(blank=True)
    by = models.CharField(max_length=80)

    objects: ClassVar[AssignmentManager] = AssignmentManager()

    flow = Flow(
        "state",
        AssignmentState.SENT,
        {
            AssignmentState.SENT: {
                AssignmentState.ACCEPTED, AssignmentState.RETURNED, AssignmentState.DONE, AssignmentState.WITHDRAWN,
            },
            AssignmentState.ACCEPTED: {AssignmentState.RETURNED, AssignmentState.DONE, AssignmentState.WITHDRAWN},
            AssignmentState.RETURNED: set(),
            AssignmentState.DONE: {AssignmentState.ACCEPTED},
            AssignmentState.WITHDRAWN: set(),
        },
    )  # fmt: skip

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["case", "unit"], name="one_live_task_per_unit",
                condition=models.Q(state__in=["sent", "accepted"]),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["unit", "state", "due_at"], name="assignment_box")]


class Evidence(Owned):
    """A photo that shows what an office did."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="evidence")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    caption = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Note(Owned):
    """Something that staff tell each other about a case or a post; never leaves the house."""

    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="notes")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ReplyState(models.TextChoices):
    DRAFT = "draft", _("Draf")
    WAITING_APPROVAL = "waiting_approval", _("Menunggu persetujuan")
    APPROVED = "approved", _("Disetujui")
    REFUSED = "refused", _("Ditolak")


class Reply(Owned):
    """An answer to a post. Once approved it points to its Delivery, and its fate is the Delivery's.

    One draft per post at a time; the approver is never the author (a check of the database says so too).
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="replies")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField()
    private = models.BooleanField(default=False)
    closes = models.BooleanField(default=False, help_text="the case counts as answered when it is sent")
    state = models.CharField(max_length=16, choices=ReplyState.choices, default=ReplyState.DRAFT)
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    refusal = models.CharField(max_length=300, blank=True)
    overrides = models.JSONField(
        default=list, help_text="findings that the author answered for, with the reason"
    )
    delivery = models.OneToOneField(Delivery, null=True, on_delete=models.PROTECT, related_name="reply")
    created_at = models.DateTimeField()
    told = models.CharField(
        max_length=10, blank=True, help_text="the delivery's state that has reached case and author"
    )
    settled_at = models.DateTimeField(
        null=True, help_text="when the answer stood on the platform, or was given up"
    )

    flow = Flow(
        "state",
        ReplyState.DRAFT,
        {
            ReplyState.DRAFT: {ReplyState.WAITING_APPROVAL, ReplyState.APPROVED},
            ReplyState.WAITING_APPROVAL: {ReplyState.APPROVED, ReplyState.REFUSED, ReplyState.DRAFT},
            ReplyState.REFUSED: {ReplyState.DRAFT},
            ReplyState.APPROVED: set(),
        },
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["post"], name="one_open_reply_per_post",
                condition=models.Q(settled_at__isnull=True) & ~models.Q(state="refused"),
            ),
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("author")),
                name="no_self_approval",
            ),
        ]  # fmt: skip
