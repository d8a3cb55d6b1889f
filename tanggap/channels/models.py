"""The outside world as rows: developer apps at platforms, and the official accounts connected through them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Owned, Unit
from tanggap.core.secrets import SecretField
from tanggap.core.state import Flow


class App(models.Model):
    """A developer app at a platform: one hook address for the traffic of every account connected through it.

    `secrets` lists signing secrets, newest first; older ones are accepted until `older_until`. `api_base` may
    point at a private server only where the App was set up by environment or settings file (`trusted_base`).
    """

    key = models.SlugField(max_length=60, unique=True)
    platform = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    api_base = models.URLField(blank=True)
    trusted_base = models.BooleanField(default=False)
    secrets = SecretField(null=True)
    older_until = models.DateTimeField(null=True)
    verify_token = SecretField(null=True)
    client = SecretField(null=True)
    rejected = models.BigIntegerField(default=0, help_text="deliveries refused for their signature")

    def __str__(self) -> str:
        return self.name


class Health(models.TextChoices):
    """How a channel fares, worst last. `manual` channels are worked by hand and have no connection."""

    OK = "ok", _("Sehat")
    LATE = "late", _("Terlambat")
    FAILING = "failing", _("Gangguan")
    NEEDS_LOGIN = "needs_login", _("Perlu masuk lagi")
    PAUSED = "paused", _("Dijeda")
    MANUAL = "manual", _("Manual")


class Channel(Owned):
    """A connected official account, an import, or a hand-worked account. `key` names it in commands."""

    key = models.SlugField(max_length=60)
    platform = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="channels")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="channels")
    external_id = models.CharField(max_length=200, blank=True, help_text="the account's id at the platform")
    handle = models.CharField(max_length=200, blank=True)
    token = SecretField(null=True)
    token_expires_at = models.DateTimeField(null=True)
    settings = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    health = models.CharField(max_length=12, choices=Health.choices, default=Health.OK)
    health_text = models.CharField(max_length=400, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_sync_at = models.DateTimeField(null=True)
    last_item_at = models.DateTimeField(null=True)
    fetch_due_at = models.DateTimeField(null=True, help_text="null: nothing to fetch on this channel")
    fetch_lease_until = models.DateTimeField(null=True)
    hook_at = models.DateTimeField(null=True, help_text="when the newest delivery came by hook")
    rest_until = models.DateTimeField(
        null=True, help_text="nothing is sent before: the platform asked or failed"
    )
    trips = models.PositiveSmallIntegerField(default=0, help_text="failures in a row that concern all sends")
    quota = models.JSONField(default=dict, help_text="units used: {day, used}")
    warned_days = models.PositiveSmallIntegerField(
        null=True, help_text="the last warning before the token ends"
    )
    closed_at = models.DateTimeField(null=True)

    flow = Flow(
        "health",
        Health.OK,
        {
            Health.OK: set(Health.values) - {Health.OK},
            Health.LATE: set(Health.values) - {Health.LATE},
            Health.FAILING: set(Health.values) - {Health.FAILING},
            Health.NEEDS_LOGIN: {Health.OK, Health.PAUSED},
            Health.PAUSED: {Health.OK, Health.NEEDS_LOGIN},
            Health.MANUAL: {Health.OK},
        },
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "key"], name="channel_key_once"),
            models.UniqueConstraint(
                fields=["government", "platform", "external_id"],
                name="channel_account_once",
                condition=~models.Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Recovery(Owned):
    """What a sweep found that a channel's hook had not brought, or what a platform says that it no longer gives."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="recoveries")
    since = models.DateTimeField()
    until = models.DateTimeField()
    found = models.PositiveIntegerField(default=0)
    missed = models.CharField(max_length=400, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["channel", "-until"], name="recovery_newest")]


class Collection(Owned):
    """Words by which public talk is collected that nobody addressed to the government."""

    name = models.CharField(max_length=80)
    words = models.JSONField(default=list)
    excluded = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Query(Owned):
    """One query of a collection on one channel, as its platform understands it, and how far it was read."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="queries")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="queries")
    text = models.TextField()
    cursor = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    found = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["collection", "channel", "text"], name="query_once")]
        indexes = [models.Index(fields=["due_at"], name="query_due")]
