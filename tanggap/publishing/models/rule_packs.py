"""A government's own setting of the checks: versions that are never changed, and one draft to try before."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanggap.agencies.models import Member, Owned
from tanggap.core.scope import ScopedManager


class RulePack(Owned):
    """One version of a government's rules, as pack.read understands `content`; the database refuses to change it.

    Of the versions whose days hold a moment the one with the highest number stands; where none does, the shipped rules.
    """

    number = models.PositiveIntegerField()
    content = models.JSONField(help_text="{rules: {id: {on, severity, by, reason}}, words: [...]}")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="its last day; null: until another one follows")
    basis = models.CharField(max_length=300, help_text="the decision or decree that it rests on")
    note = models.CharField(max_length=300, blank=True, help_text="what was changed, for colleagues")
    tried = models.JSONField(default=dict, help_text="what the trial before it said: counts only")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[RulePack]] = ScopedManager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "number"], name="rule_pack_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="rule_pack_days",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class RulePackDraft(Owned):
    """The one set of rules that a government works on; `tried` holds the digest of what was tried, and its counts."""

    content = models.JSONField()
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    basis = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    tried = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[RulePackDraft]] = ScopedManager()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government"], name="rule_pack_draft_once")]
