"""What leaves, once each. A Delivery knows its target only as (channel, external id)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned
from tanggap.channels.models import Channel
from tanggap.core.state import Flow


class DeliveryKind(models.TextChoices):
    POST = "post", _("Terbitan")
    REPLY = "reply", _("Balasan")
    PRIVATE_REPLY = "private_reply", _("Pesan pribadi")
    HIDE = "hide", _("Sembunyikan")
    WITHDRAW = "withdraw", _("Penarikan")


class DeliveryState(models.TextChoices):
    """`unknown`: the platform may or may not have taken it; never sent again before that is settled. `held`: its time
    is past so far that a person must say whether it is still true."""

    WAITING = "waiting", _("Menunggu")
    HELD = "held", _("Perlu konfirmasi")
    SENDING = "sending", _("Sedang dikirim")
    SENT = "sent", _("Terkirim")
    UNKNOWN = "unknown", _("Hasil belum diketahui")
    FAILED = "failed", _("Gagal")
    CANCELLED = "cancelled", _("Dibatalkan")


class Delivered(models.TextChoices):
    """What the platform says became of a message that it took."""

    SENT = "sent", _("Terkirim")
    DELIVERED = "delivered", _("Sampai")
    READ = "read", _("Dibaca")
    FAILED = "failed", _("Tidak sampai")


class Delivery(Owned):
    """One thing that leaves on one channel, at most once.

    `reference` goes to the platform with the call where it takes one (idempotency key), and is what `settle`
    looks for. `text` is what was approved, byte for byte.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=14, choices=DeliveryKind.choices)
    target_external_id = models.CharField(max_length=300, blank=True)
    thread = models.CharField(max_length=300, blank=True, help_text="order is kept within a thread")
    text = models.TextField()
    options = models.JSONField(default=dict)
    variant = models.ForeignKey(
        "publishing.Variant", null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    part = models.PositiveSmallIntegerField(
        default=0, help_text="its place in a thread; a comment comes last"
    )
    after = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="followers",
        help_text="leaves once this one stands, as an answer to it",
    )
    hash = models.CharField(max_length=64, blank=True, help_text="the approved version that it says")
    occurrence = models.DateTimeField(null=True, help_text="the minute that it was meant for")
    latest_at = models.DateTimeField(
        null=True, help_text="after this a person must say that it is still true"
    )
    reference = models.UUIDField(default=uuid.uuid4, unique=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sending_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=300, blank=True)
    receipt = models.CharField(max_length=9, choices=Delivered.choices, blank=True)
    receipt_at = models.DateTimeField(null=True)
    media = models.JSONField(
        default=list, help_text="stored files that go with the text: [{file, type, alt}]"
    )
    url = models.URLField(max_length=600, blank=True)
    error = models.CharField(max_length=600, blank=True)
    manual = models.BooleanField(default=False, help_text="sent by hand on the platform, marked here")
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    flow = Flow(
        "state",
        DeliveryState.WAITING,
        {
            DeliveryState.WAITING: {
                DeliveryState.SENDING, DeliveryState.CANCELLED, DeliveryState.SENT, DeliveryState.FAILED,
                DeliveryState.HELD,
            },
            DeliveryState.HELD: {DeliveryState.WAITING, DeliveryState.CANCELLED},
            DeliveryState.SENDING: {
                DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.WAITING,
            },
            DeliveryState.UNKNOWN: {DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED},
            # unknown: before it is sent again its platform is asked whether it stands there after all
            DeliveryState.FAILED: {DeliveryState.WAITING, DeliveryState.CANCELLED, DeliveryState.UNKNOWN},
            DeliveryState.SENT: set(),
            DeliveryState.CANCELLED: set(),
        },
    )  # fmt: skip

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "part", "occurrence"],
                name="delivery_once",
                nulls_distinct=False,
                condition=models.Q(variant__isnull=False) & ~models.Q(state="cancelled"),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="delivery_due",
                condition=models.Q(state__in=["waiting", "sending", "unknown"]),
            ),
            models.Index(fields=["channel", "external_id"], name="delivery_echo"),
            models.Index(fields=["channel", "-sending_since"], name="delivery_share"),
            models.Index(fields=["channel", "thread", "id"], name="delivery_order"),
            # What was said officially: found by its words, and listed by its time (archive.py).
            GinIndex(
                SearchVector("text", config="indonesian"),
                name="delivery_words",
                condition=models.Q(state="sent"),
            ),
            models.Index(
                fields=["government", "-sent_at", "-id"],
                name="delivery_said",
                condition=models.Q(state="sent"),
            ),
        ]


class Stop(Owned):
    """The stop switch: while one stands that is not lifted, nothing leaves this government."""

    since = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["government"], name="one_stop_at_a_time", condition=models.Q(lifted_at__isnull=True)
            )
        ]
