"""Who must agree, and who did. The database holds approvals and deliveries against each other (migration 0004)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned, Unit


class Route(Owned):
    """The stages through which publications of an office and a kind go; never changed, only ended by a newer one.

    `stages`: [{key, name, roles, members, hours, others}] in their order, at least one; `roles` and `members` say who
    may decide, `hours` how long they have (null: no deadline), `others` whether it must be somebody who agreed to no
    earlier stage.
    """

    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", help_text="with those below it"
    )
    kind = models.CharField(max_length=13, blank=True, help_text="blank: every kind")
    stages = models.JSONField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["government", "unit", "kind"], name="route_once", nulls_distinct=False,
                condition=models.Q(ended_at__isnull=True),
            )
        ]  # fmt: skip


class Decision(models.TextChoices):
    APPROVED = "approved", _("Disetujui")
    RETURNED = "returned", _("Dikembalikan")


class Invitation(Owned):
    """A link for one decision by somebody outside; only the digest of its secret is kept."""

    publication = models.ForeignKey(
        "publishing.Publication", on_delete=models.CASCADE, related_name="invitations"
    )
    stage = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    digest = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, help_text="the version that it was sent for")
    sent_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Approval(Owned):
    """One decision on one version at one stage: by a member, or by somebody outside through an invitation.

    The database refuses a member who wrote any version of it, a version that is not the present one, a stage whose
    earlier stages are open, and every change but to void it.
    """

    publication = models.ForeignKey(
        "publishing.Publication", on_delete=models.PROTECT, related_name="approvals"
    )
    hash = models.CharField(max_length=64)
    stage = models.CharField(max_length=30)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    approver = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    deputy_of = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    invitation = models.OneToOneField(
        Invitation, null=True, on_delete=models.PROTECT, related_name="approval"
    )
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approver__isnull=False, invitation__isnull=True)
                | models.Q(approver__isnull=True, invitation__isnull=False),
                name="approval_by_one",
            ),
            models.UniqueConstraint(
                fields=["publication", "stage", "hash"], name="approval_once",
                condition=models.Q(decision="approved", voided_at__isnull=True),
            ),
        ]  # fmt: skip


class ReminderKind(models.TextChoices):
    SOON = "soon", _("Tenggat dekat")
    LATE = "late", _("Lewat tenggat")
    SLOT = "slot", _("Waktu terbit lewat")


class Reminder(Owned):
    """What those concerned were told of, so that it is told once: `about` is the deadline or the minute it spoke of."""

    publication = models.ForeignKey(
        "publishing.Publication", on_delete=models.CASCADE, related_name="reminders"
    )
    kind = models.CharField(max_length=4, choices=ReminderKind.choices)
    about = models.DateTimeField()
    at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["publication", "kind", "about"], name="reminder_once")]


class Delegation(Owned):
    """While it lasts, `deputy` may decide what `member` may decide."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="delegations")
    deputy = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="deputyships")
    since = models.DateTimeField()
    until = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(member=models.F("deputy")), name="delegation_to_another"
            )
        ]
