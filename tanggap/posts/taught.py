"""What officers say of labels, and the layers of the reader that were taught by it; imported by models.py."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Owned
from tanggap.core.files import StoredFile
from tanggap.core.state import Flow


class Sample(models.TextChoices):
    """Why a post was shown to an officer on the review screen; empty where the officer came upon it."""

    RANDOM = "random"
    UNCERTAIN = "uncertain"
    SECOND = "second"


class Correction(Owned):
    """An officer's word about one label of a post: put right, or (with `after` as `before`) confirmed.

    Kept, measured, and used to train again. `said` is the reader's best guess at that time, also where it was too
    unsure to show it, and `model` who guessed; a topic's `none` ("about no service") is empty in `before` and `after`.
    """

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="corrections")
    label = models.CharField(max_length=20)
    before = models.CharField(max_length=30, blank=True)
    after = models.CharField(max_length=30, blank=True)
    said = models.CharField(max_length=30, blank=True, default="", db_default="")
    model = models.CharField(max_length=60, blank=True, default="", db_default="")
    sample = models.CharField(max_length=9, choices=Sample.choices, blank=True, default="", db_default="")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["government", "label", "by"], name="correction_label")]


class TrainedState(models.TextChoices):
    CANDIDATE = "candidate", _("Calon")
    IN_USE = "in_use", _("Dipakai")
    RETIRED = "retired", _("Pensiun")


class TrainedModel(Owned):
    """A layer that a government's officers taught, on top of the shipped model `base`.

    At most one is in use; without one the shipped model reads alone. `before` is what was in use until then. A
    candidate reads new posts beside the model in use; the `shadow_` numbers tell how far and how often they differ.
    """

    number = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    base = models.CharField(max_length=40)
    state = models.CharField(
        max_length=9, choices=TrainedState.choices, default=TrainedState.CANDIDATE, db_default="candidate"
    )
    content = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(default=dict)
    lessons = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    taught_until = models.DateTimeField(help_text="the newest word of an officer that it has heard")
    used_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(null=True)
    before = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    shadow_at = models.BigIntegerField(default=0, help_text="the last post that it read as a candidate")
    shadow_read = models.PositiveIntegerField(default=0)
    shadow_heads = models.JSONField(default=dict)

    flow = Flow(
        "state",
        TrainedState.CANDIDATE,
        {
            TrainedState.CANDIDATE: {TrainedState.IN_USE, TrainedState.RETIRED},
            TrainedState.IN_USE: {TrainedState.RETIRED},
            TrainedState.RETIRED: {TrainedState.IN_USE},
        },
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["government", "number"], name="trained_number_once"),
            models.UniqueConstraint(
                fields=["government", "state"],
                name="trained_one_at_a_time",
                condition=models.Q(state__in=["candidate", "in_use"]),
            ),
        ]

    def __str__(self) -> str:
        return self.version


class ShadowReading(Owned):
    """That a candidate reads a post otherwise: by label what the model in use says and what the candidate says."""

    trained = models.ForeignKey(TrainedModel, on_delete=models.CASCADE, related_name="differences")
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="+")
    labels = models.JSONField(default=dict)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["trained", "post"], name="shadow_once")]
