"""Rows of what posts have in common: how each is compared, clusters of those alike, from when on these stand out."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tanggap.agencies.models import Owned


class Cluster(Owned):
    """Posts that say nearly the same. `campaign_at`: since when they look as if sent together; a signal, no verdict.

    The numbers are of all posts, also of those that a member does not see.
    """

    number = models.BigIntegerField(help_text="the likeness of its first post")
    few_words = models.BooleanField(help_text="so short that many say it without knowing of each other")
    posts = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    campaign_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "number"], name="cluster_once")]
        indexes = [
            models.Index(fields=["government", "-last_at"], name="cluster_newest"),
            models.Index(
                fields=["government", "-campaign_at"], name="cluster_campaign",
                condition=models.Q(campaign_at__isnull=False),
            ),
        ]  # fmt: skip


class Likeness(Owned):
    """What a post is compared by and the cluster that it belongs to, if any; ids are given in the order of comparing.

    `words` (hashes, understanding.duplicates) are kept only as long as later posts are compared with them.
    """

    post = models.OneToOneField("posts.Post", on_delete=models.CASCADE, related_name="likeness")
    cluster = models.ForeignKey(
        Cluster, null=True, on_delete=models.SET_NULL, related_name="members", db_index=False
    )
    words = models.BinaryField(null=True)
    received_at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes = [
            models.Index(
                fields=["cluster", "-received_at", "-post"], name="likeness_cluster",
                condition=models.Q(cluster__isnull=False),
            ),
            models.Index(
                fields=["government", "id"], name="likeness_compared", condition=models.Q(words__isnull=False)
            ),
            models.Index(
                fields=["received_at"], name="likeness_alone", condition=models.Q(cluster__isnull=True)
            ),
        ]  # fmt: skip


class Uncompared(Owned):
    """That a post is new or changed and waits to be compared with the others."""

    post = models.OneToOneField("posts.Post", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(db_default=Now())


class CampaignRule(Owned):
    """From when on a government is told that a cluster may be sent together; without a row the defaults hold."""

    posts = models.PositiveSmallIntegerField(default=10)
    accounts = models.PositiveSmallIntegerField(default=5)
    hours = models.PositiveSmallIntegerField(default=24)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government"], name="campaign_rule_once")]
