"""Rows of which collection of words found which posts."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tanggap.agencies.models import Owned
from tanggap.channels.models import Collection


class Hit(Owned):
    """That a collection found a post."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="hits")
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="hits")
    at = models.DateTimeField(db_default=Now())

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["collection", "post"], name="hit_once")]
        indexes = [models.Index(fields=["collection", "-at"], name="hit_newest")]
