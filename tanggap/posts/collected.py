"""Which collection of words found which posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from tanggap.agencies.models import Government, Owned
from tanggap.channels.models import Collection

if TYPE_CHECKING:
    from tanggap.posts.storing import Folded


class Hit(Owned):
    """That a collection found a post."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="hits")
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="hits")
    at = models.DateTimeField(db_default=Now())

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["collection", "post"], name="hit_once")]
        indexes = [models.Index(fields=["collection", "-at"], name="hit_newest")]


def remember(government: Government, folded: Mapping[tuple[str, str], Folded]) -> None:
    """This will note, for posts of a batch that are stored, the collections that found them."""
    from tanggap.posts.models import Post

    found = {key: one.collections for key, one in folded.items() if one.collections}
    if not found:
        return
    posts = Post.objects.filter(
        government_id=government.pk, platform__in={key[0] for key in found},
        external_id__in={key[1] for key in found},
    )  # fmt: skip
    known = set(Collection.objects.filter(government_id=government.pk).values_list("pk", flat=True))
    Hit.objects.bulk_create(
        [
            Hit(government_id=government.pk, collection_id=collection, post_id=pk)
            for pk, platform, external_id in posts.values_list("pk", "platform", "external_id")
            for collection in found.get((platform, external_id), set()) & known
        ],
        ignore_conflicts=True,
    )
