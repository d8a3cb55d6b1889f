"""What became of publications: their numbers by platform, and what was corrected or withdrawn, in the open."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned
from tanggap.publishing.models.deliveries import Delivery
from tanggap.publishing.models.publications import Publication


class Figures(Owned):
    """A published post's numbers on a day, as its platform told them last; a number it does not tell is absent."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="figures")
    day = models.DateField()
    at = models.DateTimeField()
    numbers = models.JSONField(help_text="{views, reach, likes, comments, shares, clicks, saves}")

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["delivery", "day"], name="figures_once_a_day")]


class Look(Owned):
    """When a published post's numbers are asked for next, and what became of the last time.

    No row: they were never asked for. `next_at` is null once nothing is asked any more; `gone_at` is when the platform
    first said that the post no longer stands.
    """

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="look")
    next_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="when the platform last answered")
    gone_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="failures in a row")
    error = models.CharField(max_length=300, blank=True)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["next_at"], name="look_due", condition=models.Q(next_at__isnull=False))
        ]


class AmendmentKind(models.TextChoices):
    CORRECTION = "correction", _("Koreksi")
    WITHDRAWAL = "withdrawal", _("Penarikan")
    CLARIFICATION = "clarification", _("Klarifikasi")


class Amendment(Owned):
    """A public note of what was wrong, withdrawn or made clear after it was published; it is never deleted."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=13, choices=AmendmentKind.choices)
    text = models.TextField(help_text="what the public reads")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    follow_up = models.ForeignKey(
        Publication,
        null=True,
        on_delete=models.PROTECT,
        related_name="amends",
        help_text="what was published instead",
    )
