"""What surrounds publications in time: campaigns and plans, periods of silence, slots, repetition."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned, Unit
from tanggap.channels.models import Channel


class Campaign(Owned):
    """A content plan: what for, for whom, from when to when, and how many publications it means to have."""

    name = models.CharField(max_length=160)
    objective = models.TextField(blank=True)
    audience = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True, help_text="the core message")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="campaign_forward"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlanItem(Owned):
    """One publication that a campaign plans; done once its publication is out."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=13)
    planned_on = models.DateField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    platforms = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    publication = models.OneToOneField(
        "publishing.Publication", null=True, blank=True, on_delete=models.SET_NULL, related_name="plan_item"
    )
    dropped_at = models.DateTimeField(null=True)
    dropped_why = models.CharField(max_length=300, blank=True)


class SilentKind(models.TextChoices):
    MOURNING = "mourning", _("Masa duka")
    ELECTION = "election", _("Masa kampanye")
    RAMADAN = "ramadan", _("Jam Ramadan")
    OTHER = "other", _("Lainnya")


class SilentPeriod(Owned):
    """When nothing is published but `but` (kinds); a daily one (`daily_from`, `daily_until`) only within its hours."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=SilentKind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    daily_from = models.TimeField(null=True)
    daily_until = models.TimeField(null=True)
    but = ArrayField(models.CharField(max_length=13), default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=80)
    lifted_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="silence_forward"
            )
        ]


class Slot(Owned):
    """A place in the week for a channel's next publication in the queue; weekday 0 is Monday."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField()
    at = models.TimeField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["channel", "weekday", "at"], name="slot_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="slot_weekday"),
        ]


class Recurrence(Owned):
    """An approved publication that leaves again and again (RFC 5545 RRULE), at most once after each missed time."""

    publication = models.OneToOneField(
        "publishing.Publication", on_delete=models.CASCADE, related_name="recurrence"
    )
    rule = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, help_text="null: it has ended")
    until = models.DateTimeField(null=True)
    missed = models.PositiveIntegerField(default=0, help_text="times that were passed over after an outage")
    made_by = models.CharField(max_length=80)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["next_at"], name="recurrence_due", condition=models.Q(next_at__isnull=False))
        ]
