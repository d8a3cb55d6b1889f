"""Who speaks to government: people and the accounts they speak with."""

from __future__ import annotations

from django.db import models

from tanggap.agencies.models import Owned


class Person(Owned):
    """Somebody who spoke to this government, on one account or several that an officer joined."""

    name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()


class Handle(Owned):
    """An account of a person on a platform. (government, platform, external_id) is unique."""

    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="handles")
    platform = models.CharField(max_length=12)
    external_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    followers = models.BigIntegerField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "platform", "external_id"], name="handle_once")
        ]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id
