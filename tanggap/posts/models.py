"""What was said: deliveries as received, posts with their reading, where they were seen, what people corrected."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Concat, Left, Now
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned
from tanggap.channels.models import App, Channel
from tanggap.core.scope import ScopedManager
from tanggap.core.state import Flow
from tanggap.people.models import Handle
from tanggap.posts import clusters, collected, taught  # noqa: F401  their models belong to this app


class RawState(models.TextChoices):
    RECEIVED = "received", _("Diterima")
    POINTING = "pointing", _("Menunggu isinya")
    DIGESTED = "digested", _("Terbaca")
    FAILED = "failed", _("Gagal dibaca")
    QUARANTINED = "quarantined", _("Dikarantina")


LANE = Coalesce("channel_id", models.F("app_id") * -1)
"""Whose traffic a raw item is: a channel's, or an app's. The digest takes from each lane in turn."""


class RawItem(models.Model):
    """A delivery as received, before anything is understood. The rows are the digest's queue.

    An app's traffic may concern several governments and is not known before it is read, so a raw item has no
    government; screens show those of the channels of one government.
    """

    received_at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=8, help_text="hook, fetch, stream, import, hand")
    app = models.ForeignKey(App, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    history = models.BooleanField(default=False, db_default=False, help_text="backfill or import, not live")
    headers = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    body = models.BinaryField()
    state = models.CharField(
        max_length=11, choices=RawState.choices, default=RawState.RECEIVED, db_default="received"
    )
    reason = models.CharField(max_length=400, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    digested_at = models.DateTimeField(null=True)

    flow = Flow(
        "state",
        RawState.RECEIVED,
        {
            RawState.RECEIVED: {
                RawState.DIGESTED,
                RawState.POINTING,
                RawState.FAILED,
                RawState.QUARANTINED,
            },
            RawState.POINTING: {
                RawState.DIGESTED,
                RawState.RECEIVED,
                RawState.FAILED,
                RawState.QUARANTINED,
            },
            RawState.FAILED: {RawState.RECEIVED, RawState.QUARANTINED},
            RawState.QUARANTINED: {RawState.RECEIVED},
            RawState.DIGESTED: {RawState.RECEIVED, RawState.QUARANTINED},
        },
    )

    class Meta:
        indexes = [
            models.Index(LANE, "id", name="raw_waiting", condition=models.Q(state="received")),
            models.Index(fields=["id"], name="raw_pointing", condition=models.Q(state="pointing")),
            models.Index(
                fields=["state", "id"],
                name="raw_troubled",
                condition=models.Q(state__in=["failed", "quarantined"]),
            ),
            models.Index(fields=["received_at"], name="raw_age"),
        ]


class DeskState(models.TextChoices):
    """Where a post stands on the officers' desk, apart from any case made of it."""

    OPEN = "open", _("Terbuka")
    DONE = "done", _("Selesai")
    SNOOZED = "snoozed", _("Ditunda")
    SPAM = "spam", _("Spam")
    LISTENING = "listening", _("Pantauan")


_FACETS = {
    "platform": "p", "sentiment": "s", "topic": "t", "intent": "i", "urgency": "u", "language": "l", "area_code": "a",
    "district": "d",
}  # fmt: skip


def facet(name: str, value: str) -> str:
    """This will return how the index of labels names a value of one of its columns."""
    return _FACETS[name] + value


FACETS = models.Func(
    *(
        Concat(Value(mark), Left("area_code", 8) if name == "district" else name)
        for name, mark in _FACETS.items()
    ),
    template="ARRAY[%(expressions)s]",
    output_field=ArrayField(models.TextField()),
)
"""The labels of a post in one list, for the index that finds any combination of them."""


class PostManager(ScopedManager["Post"]):
    def seen_by(self, member: Member) -> models.QuerySet[Post]:
        """This will keep the posts that a member may see: of the own part of the tree, and no confidential ones
        unless the member is named."""
        rows = self.filter(models.Q(confidential=False) | models.Q(named__contains=[member.pk]))
        return rows if member.sees_all else rows.filter(units__overlap=sorted(member.unit_ids()))


class Post(Owned):
    """Something that somebody said, once per (government, platform, external_id), with its newest reading.

    Labels below their head's threshold are empty ("don't know"); `reading` holds the whole of it by the contract
    and `model` says who read it.
    """

    platform = models.CharField(max_length=12)
    external_id = models.CharField(max_length=300)
    # Without an index of its own: that in order of time begins with the channel.
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="posts", db_index=False)
    kind = models.CharField(max_length=8)
    author = models.ForeignKey(Handle, null=True, on_delete=models.SET_NULL, related_name="posts")
    text = models.TextField()
    url = models.TextField(blank=True)
    in_reply_to = models.CharField(max_length=300, blank=True)
    thread = models.CharField(max_length=300)
    media = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    location = models.JSONField(null=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, help_text="gone on the platform; kept as evidence by rule")
    history = models.BooleanField(default=False)
    ours = models.BooleanField(default=False, help_text="said by the government itself outside Tanggap")

    language = models.CharField(max_length=5, blank=True)
    sentiment = models.CharField(max_length=8, blank=True)
    intent = models.CharField(max_length=20, blank=True)
    topic = models.CharField(max_length=20, blank=True)
    urgency = models.CharField(max_length=9, blank=True)
    supervisory = models.BooleanField(default=False)
    abusive = models.BooleanField(default=False)
    spam = models.BooleanField(default=False)
    area_code = models.CharField(max_length=13, blank=True)
    has_personal_data = models.BooleanField(default=False)
    reading = models.JSONField(default=dict)
    model = models.CharField(max_length=60, blank=True)

    desk = models.CharField(max_length=9, choices=DeskState.choices, default=DeskState.OPEN)
    triage = models.CharField(max_length=24, blank=True, help_text="code of the reason for what triage did")
    assignee = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="posts")
    opened_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    units = ArrayField(
        models.BigIntegerField(), default=list, help_text="offices that see it: its channel's and its case's"
    )
    confidential = models.BooleanField(default=False)
    named = ArrayField(
        models.BigIntegerField(), default=list, help_text="members who see it while confidential"
    )
    search = SearchVectorField(null=True)

    objects: ClassVar[PostManager] = PostManager()

    flow = Flow(
        "desk",
        DeskState.OPEN,
        {state: set(DeskState.values) - {state} for state in DeskState.values},
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "platform", "external_id"], name="post_once")
        ]
        indexes = [
            models.Index(fields=["government", "desk", "-received_at", "-id"], name="post_desk"),
            models.Index(fields=["government", "thread", "created_at"], name="post_thread"),
            models.Index(fields=["channel", "-received_at"], name="post_channel"),
            models.Index(fields=["government", "-received_at", "-id"], name="post_newest"),
            # All that the numbers beside the views are counted by, so that they are read from the index alone.
            models.Index(
                fields=["government", "-received_at", "-id"], name="post_open", condition=models.Q(desk="open"),
                include=[
                    "assignee", "urgency", "kind", "triage", "has_personal_data", "confidential", "named", "units",
                ],
            ),
            models.Index(
                fields=["government", "desk", "-received_at", "-id"], name="post_unread",
                condition=models.Q(opened_at__isnull=True),
            ),
            models.Index(fields=["id"], name="post_to_index", condition=models.Q(search__isnull=True)),
            # One index, so that a common word within a small office is found from the office's side; without a list
            # of pending entries, for every search would have to read through it.
            GinIndex("search", "units", FACETS, name="post_words", fastupdate=False),
        ]  # fmt: skip


class Sighting(Owned):
    """That a post was seen by a further channel than the one it belongs to."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="sightings")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["post", "channel"], name="sighting_once")]


class Deletion(Owned):
    """That a post was deleted on its platform before it came here, if it ever comes."""

    platform = models.CharField(max_length=12)
    external_id = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "platform", "external_id"], name="deletion_once")
        ]


class Version(Owned):
    """What a post said before an edit."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    until = models.DateTimeField()


class SavedView(Owned):
    """A filter of the inbox that a member named; shared with the government where `shared`."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600)
    shared = models.BooleanField(default=False)
