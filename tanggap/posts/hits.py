"""Notes which collection of words found which posts of a batch."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.agencies.models import Government
from tanggap.channels.models import Collection
from tanggap.posts.collected import Hit
from tanggap.posts.models import Post
from tanggap.posts.storing import Folded, Key


def remember(government: Government, folded: Mapping[Key, Folded]) -> None:
    """This will note, for posts of a batch that are stored, the collections that found them."""
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
