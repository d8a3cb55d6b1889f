"""The media library: pictures and films with what must be known before they are published."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned, Unit
from tanggap.core.files import StoredFile
from tanggap.core.scope import ScopedManager


class Consent(models.TextChoices):
    """Whether the people who can be recognised agreed."""

    NOBODY = "nobody", _("Tidak ada orang yang dikenali")
    GIVEN = "given", _("Izin ada")
    PUBLIC_EVENT = "public_event", _("Acara terbuka")
    MISSING = "missing", _("Izin belum ada")
    UNKNOWN = "unknown", _("Belum diperiksa")


class Captions(models.TextChoices):
    """How whoever cannot hear follows a film."""

    BURNED_IN = "burned_in", _("Tertanam di gambar")
    PLATFORM = "platform", _("Ditambahkan di platform")
    NO_SPEECH = "no_speech", _("Tidak ada ucapan")


class MediaManager(ScopedManager["MediaItem"]):
    def seen_by(self, member: Member) -> models.QuerySet[MediaItem]:
        """This will keep the items of the member's part of the tree, and those of the whole government."""
        if member.sees_all:
            return self.all()
        return self.filter(models.Q(unit_id__in=member.unit_ids()) | models.Q(unit=None))


class MediaItem(Owned):
    """One picture or film. A newer version replaces it (`replaced_by`); what was published with it stays.

    `found` is what the machine saw in it ({faces: n or null, boxes: [[x, y, w, h] as fractions], text: "" or null,
    personal_data: [types]}; null stands for what it could not do). `looked_at` null: not looked at yet; set while
    `found` is null: it could not look at all. `captions` are a film's; blank: not said.
    """

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    alt = models.CharField(max_length=1500, blank=True)
    credit = models.CharField(max_length=200, blank=True, help_text="who made it")
    licence = models.CharField(max_length=40, blank=True, help_text="own, cc-by, … ; blank: not said")
    licence_note = models.CharField(max_length=300, blank=True)
    consent = models.CharField(max_length=12, choices=Consent.choices, default=Consent.UNKNOWN)
    consent_note = models.CharField(max_length=300, blank=True)
    children = models.BooleanField(default=False, help_text="children can be recognised in it")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    captions = models.CharField(max_length=10, choices=Captions.choices, blank=True)
    found = models.JSONField(null=True)
    looked_at = models.DateTimeField(null=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaces")
    added_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    objects: ClassVar[MediaManager] = MediaManager()

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["government", "-added_at"], name="media_newest"),
            models.Index(
                fields=["added_at"], name="media_to_look_at", condition=models.Q(looked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def film(self) -> bool:
        return self.file.media_type.startswith("video/")
