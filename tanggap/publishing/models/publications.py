"""What the government says by itself: a publication, its text on each channel, and every version of it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned, Unit
from tanggap.channels.models import Channel
from tanggap.core.scope import ScopedManager
from tanggap.core.state import Flow
from tanggap.publishing.models.approvals import Route
from tanggap.publishing.models.plans import Campaign


class PublicationKind(models.TextChoices):
    """What is published; approval routes and the time after which it is too late ask for it."""

    INFORMATION = "information", _("Informasi")
    SERVICE = "service", _("Pengumuman layanan")
    POLICY = "policy", _("Kebijakan dan program")
    AGENDA = "agenda", _("Agenda")
    ACHIEVEMENT = "achievement", _("Capaian")
    CLARIFICATION = "clarification", _("Klarifikasi")
    WARNING = "warning", _("Peringatan dan darurat")
    GREETING = "greeting", _("Ucapan")


LATE_AFTER = {
    PublicationKind.GREETING: timedelta(hours=2),
    PublicationKind.WARNING: timedelta(minutes=30),
    PublicationKind.AGENDA: timedelta(hours=3),
}
"""How long after its minute a publication may still leave by itself; LATE_OTHERS for the other kinds."""
LATE_OTHERS = timedelta(hours=6)


class PublicationState(models.TextChoices):
    """`approved` stands also while it leaves; what became of each channel is its deliveries' state."""

    DRAFT = "draft", _("Draf")
    REVIEW = "review", _("Menunggu persetujuan")
    APPROVED = "approved", _("Disetujui")
    OUT = "out", _("Terbit")
    FAILED = "failed", _("Gagal terbit")
    CANCELLED = "cancelled", _("Dibatalkan")
    WITHDRAWN = "withdrawn", _("Ditarik")


_S = PublicationState
AGREED = frozenset({_S.APPROVED, _S.OUT, _S.FAILED})
"""States in which what was approved stands unchanged."""


class PublicationManager(ScopedManager["Publication"]):
    def seen_by(self, member: Member) -> models.QuerySet[Publication]:
        """This will keep the publications of the member's part of the tree."""
        return self.all() if member.sees_all else self.filter(unit_id__in=member.unit_ids())


class Publication(Owned):
    """One thing that an office says on one or more channels.

    `text`, `media`, `comment` and `link` are the master; a linked variant takes them as they stand. `revision` counts
    every save, so that a stale one is noticed. `hash` names the version that was last handed in (contents.py): what
    approvals and deliveries are held against. `writers` are the members who wrote since the newest version.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="publications")
    kind = models.CharField(
        max_length=13, choices=PublicationKind.choices, default=PublicationKind.INFORMATION
    )
    title = models.CharField(max_length=200, blank=True, help_text="for colleagues; never published")
    text = models.TextField(blank=True)
    media = models.JSONField(default=list, help_text="[{item, file, sha256, type, alt, decorative, crop}]")
    comment = models.TextField(blank=True, help_text="the first comment below it")
    link = models.URLField(max_length=600, blank=True)
    utm = models.JSONField(default=dict, help_text="{source, medium, campaign}; empty: none")
    source = models.CharField(max_length=300, blank=True, help_text="where its facts come from")
    checked_by = models.CharField(max_length=120, blank=True, help_text="who checked its facts")
    responsible = models.CharField(
        max_length=120, blank=True, help_text="who answers for it (penanggung jawab)"
    )
    state = models.CharField(max_length=10, choices=PublicationState.choices, default=PublicationState.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    writers = ArrayField(models.BigIntegerField(), default=list)
    overrides = models.JSONField(default=list, help_text="findings answered for: [{rule, reason, by}]")
    route = models.ForeignKey(Route, null=True, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=30, blank=True, help_text="the key of the stage that it waits for")
    stage_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="its minute; null: leaves as soon as it is approved")
    late_minutes = models.PositiveIntegerField(null=True, help_text="null: as its kind")
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="publications"
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by",
        help_text="the earlier publication that this one updates, corrects or ends",
    )  # fmt: skip
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="publications")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    out_at = models.DateTimeField(null=True)
    told = models.CharField(
        max_length=10, blank=True, help_text="the last outcome that its author was told of"
    )

    objects: ClassVar[PublicationManager] = PublicationManager()

    flow = Flow(
        "state",
        PublicationState.DRAFT,
        {
            _S.DRAFT: {_S.REVIEW, _S.CANCELLED},
            _S.REVIEW: {_S.DRAFT, _S.APPROVED, _S.CANCELLED},
            _S.APPROVED: {_S.DRAFT, _S.OUT, _S.FAILED, _S.CANCELLED, _S.WITHDRAWN},
            _S.FAILED: {_S.APPROVED, _S.OUT, _S.CANCELLED, _S.DRAFT, _S.WITHDRAWN},
            _S.OUT: {_S.WITHDRAWN, _S.APPROVED},
            _S.CANCELLED: {_S.DRAFT},
            _S.WITHDRAWN: set(),
        },
    )

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["government", "due_at"], name="publication_calendar"),
            models.Index(fields=["government", "state", "-changed_at"], name="publication_desk"),
        ]

    def __str__(self) -> str:
        return self.title or " ".join(self.text.split())[:80] or str(_("Tanpa judul"))

    @property
    def late_after(self) -> timedelta:
        """How long after its minute it may still leave without a person's word."""
        if self.late_minutes is not None:
            return timedelta(minutes=self.late_minutes)
        return LATE_AFTER.get(PublicationKind(self.kind), LATE_OTHERS)


class VariantManager(ScopedManager["Variant"]):
    """Without those of channels that were dropped again."""

    def get_queryset(self) -> models.QuerySet[Variant]:
        return super().get_queryset().filter(dropped_at=None)


class Variant(Owned):
    """A publication on one channel. A linked one says what the master says; an unlinked one has words of its own.

    `thread` are further posts, each an answer to the one before it; `options` are what the platform asks for (poll,
    privacy, title).
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="variants")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="variants")
    linked = models.BooleanField(default=True)
    text = models.TextField(blank=True)
    media = models.JSONField(default=list)
    comment = models.TextField(blank=True)
    thread = ArrayField(models.TextField(), default=list, blank=True)
    options = models.JSONField(default=dict)
    dropped_at = models.DateTimeField(null=True, help_text="its deliveries, all taken back, still name it")

    objects: ClassVar[VariantManager] = VariantManager()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["publication", "channel"], name="variant_once")]


class Version(Owned):
    """A publication as it was handed in, word for word; never changed and never deleted: the database refuses it.

    `content` is canonical JSON (contents.py), `hash` its SHA-256, checked by the database.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    hash = models.CharField(max_length=64)
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    writers = ArrayField(
        models.BigIntegerField(), default=list, help_text="members who wrote since the one before"
    )
    overrides = models.JSONField(default=list)
    findings = models.JSONField(default=list, help_text="what the checks said when it was handed in")
    rule_pack = models.PositiveIntegerField(
        default=0, help_text="the number of the rule pack that judged it; 0: the shipped rules"
    )
    created_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["publication", "number"], name="version_once")]
        indexes = [models.Index(fields=["publication", "hash"], name="version_hash")]


class Copy(Owned):
    """What somebody typed that could not be saved over newer words: kept aside until they decide."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="copies")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField(help_text="the fields as they were sent")
    revision = models.PositiveIntegerField(help_text="the revision that they were typed upon")
    created_at = models.DateTimeField()


class Remark(Owned):
    """A colleague's comment on a draft; `quote` is the place that it speaks of."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="remarks")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    quote = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")


class Snippet(Owned):
    """A saved template of a whole publication, or a block that is put into one."""

    class Form(models.TextChoices):
        TEMPLATE = "template", _("Templat")
        BLOCK = "block", _("Blok teks")

    form = models.CharField(max_length=8, choices=Form.choices, default=Form.BLOCK)
    name = models.CharField(max_length=120)
    text = models.TextField()
    kind = models.CharField(max_length=13, choices=PublicationKind.choices, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    used = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "name"], name="snippet_once")]
