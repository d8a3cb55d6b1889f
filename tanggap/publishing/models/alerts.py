"""Official warnings (CAP 1.2) as they came, and the drafts made of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Owned
from tanggap.publishing.models.publications import Publication


class AlertSource(Owned):
    """A feed of warnings that is asked every few minutes; `areas` names which of its areas concern us."""

    name = models.CharField(max_length=120)
    url = models.URLField(max_length=600)
    areas = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    state = models.JSONField(default=dict, help_text="what conditional requests need: {etag, modified}")
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    last_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=80)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "url"], name="alert_source_once")]


class AlertKind(models.TextChoices):
    ALERT = "Alert", _("Peringatan")
    UPDATE = "Update", _("Pembaruan")
    CANCEL = "Cancel", _("Pencabutan")


class AlertStatus(models.TextChoices):
    ACTUAL = "Actual", _("Nyata")
    EXERCISE = "Exercise", _("Latihan")
    SYSTEM = "System", _("Sistem")
    TEST = "Test", _("Uji")
    DRAFT = "Draft", _("Konsep")


class Alert(Owned):
    """One CAP message; its three names (identifier, sender, sent) are unique together."""

    source = models.ForeignKey(AlertSource, null=True, on_delete=models.SET_NULL, related_name="alerts")
    identifier = models.CharField(max_length=300)
    sender = models.CharField(max_length=200)
    sent = models.DateTimeField()
    status = models.CharField(max_length=8, choices=AlertStatus.choices)
    kind = models.CharField(max_length=6, choices=AlertKind.choices)
    references = models.JSONField(default=list, help_text="[[sender, identifier, sent]]")
    info = models.JSONField(default=dict, help_text="the chosen language's info block")
    areas = models.JSONField(default=list)
    expires = models.DateTimeField(null=True)
    raw = models.TextField()
    concerns_us = models.BooleanField(default=True)
    publication = models.ForeignKey(Publication, null=True, on_delete=models.SET_NULL, related_name="alerts")
    received_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "sender", "identifier", "sent"], name="alert_once")
        ]
        indexes = [models.Index(fields=["government", "-sent"], name="alert_newest")]
