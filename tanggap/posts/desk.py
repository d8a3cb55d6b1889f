"""What officers do with posts on the desk: open, assign, finish, snooze, correct; many at once, and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanggap.agencies.models import Member, require
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts.models import DeskState, Post
from tanggap.posts.taught import Correction

_SALT = "tanggap.desk.undo"
_UNDO_SECONDS = 600
CORRECTABLE = {
    "sentiment": frozenset({"positive", "neutral", "negative"}),
    "intent": frozenset({"complaint", "information_request", "aspiration", "appreciation", "other"}),
    "urgency": frozenset({"emergency", "high", "normal"}),
    "language": frozenset({"id", "jv", "su", "en", "other"}),
    "topic": None,
    "area_code": None,
}
"""Labels that an officer may put right, with their values where these are few."""

NO_TOPIC = "none"


@dataclass(frozen=True, slots=True)
class Undo:
    """What was done to how many posts, and a signed token that takes it back."""

    token: str
    count: int
    text: str


def open_(post: Post, by: Member) -> None:
    """This will mark a post as read by the team."""
    if post.opened_at is None:
        now = timezone.now()
        if Post.objects.filter(pk=post.pk, opened_at__isnull=True).update(opened_at=now):
            live.tell(post.government_id, "post_changed", [post.pk])
        post.opened_at = now


def assign(ids: Sequence[int], to: Member | None, by: Member) -> Undo:
    """This will give posts to a member, or to nobody."""
    if to is not None and to.government_id != by.government_id:
        raise Refusal(_("Anggota itu bukan dari pemerintah Anda."), "to")
    return _change(ids, by, "post.assign", _done_text(len(ids), "assign"), assignee_id=to.pk if to else None)


def finish(ids: Sequence[int], by: Member) -> Undo:
    """This will take posts off the desk."""
    return _change(ids, by, "post.finish", _done_text(len(ids), "finish"), desk=DeskState.DONE)


def reopen(ids: Sequence[int], by: Member) -> Undo:
    """This will put posts back onto the desk."""
    return _change(
        ids, by, "post.reopen", _done_text(len(ids), "reopen"), desk=DeskState.OPEN, snoozed_until=None
    )


def mark_spam(ids: Sequence[int], by: Member) -> Undo:
    """This will put posts aside as spam."""
    return _change(ids, by, "post.spam", _done_text(len(ids), "spam"), desk=DeskState.SPAM)


def snooze(ids: Sequence[int], until: datetime, by: Member) -> Undo:
    """This will hide posts until a moment in the future; then they are open again."""
    if until <= timezone.now():
        raise Refusal(_("Pilih waktu yang masih akan datang."), "until")
    text = _done_text(len(ids), "snooze")
    return _change(ids, by, "post.snooze", text, desk=DeskState.SNOOZED, snoozed_until=until)


def undo(token: str, by: Member) -> int:
    """This will take a change back, for those posts that nobody has changed since; returns how many."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=_UNDO_SECONDS)
    except signing.BadSignature:
        raise Refusal(
            _("Sudah lebih dari sepuluh menit; perubahan itu tidak dapat dibatalkan lagi.")
        ) from None
    require(by, "case.triage")
    if told["by"] != by.pk:
        raise Refusal(_("Hanya yang melakukan perubahan dapat membatalkannya."))
    done = 0
    with transaction.atomic():
        for pk, values in told["before"].items():
            before = {name: _moment(name, value) for name, value in values.items()}
            done += Post.objects.filter(pk=int(pk), **told["after"]).update(**before)
        posts = Post.objects.filter(pk__in=[int(pk) for pk in told["before"]])
        audit.record_many([audit.entry("post.undo", post, by, of=told["action"]) for post in posts])
        live.tell(by.government_id, "post_changed", [int(pk) for pk in told["before"]])
    return done


def correct(post: Post, label: str, after: str, by: Member) -> Correction:
    """This will put a label right; the reading keeps what the model said, the column what is true."""
    require(by, "case.triage")
    values = CORRECTABLE.get(label, frozenset())
    if label not in CORRECTABLE or (values is not None and after and after not in values):
        raise Refusal(_("Label itu tidak dikenal."), "label")
    with transaction.atomic():
        row = Correction.objects.create(
            government_id=post.government_id, post=post, label=label, before=getattr(post, label), after=after, by=by,
            at=timezone.now(), said=guess(post, label)[0], model=post.model,
        )  # fmt: skip
        Post.objects.filter(pk=post.pk).update(**{label: after})
        setattr(post, label, after)
        audit.record("post.correct", post, by, label=label, before=row.before, after=after)
        live.tell(post.government_id, "post_changed", [post.pk])
    return row


def confirm(post: Post, by: Member) -> int:
    """This will keep an officer's word that the labels shown are right; returns how many were not confirmed before.

    What the reader did not know cannot be confirmed.
    """
    require(by, "case.triage")
    mine = {
        one.label: one.after
        for one in Correction.objects.filter(post=post, by=by, label__in=CORRECTABLE).order_by("at", "id")
    }
    shown = {label: getattr(post, label) for label in CORRECTABLE if getattr(post, label)}
    if not post.topic and guess(post, "topic")[0] == NO_TOPIC:
        shown["topic"] = ""
    new = {label: value for label, value in shown.items() if mine.get(label) != value}
    with transaction.atomic():
        Correction.objects.bulk_create(
            Correction(
                government_id=post.government_id, post=post, label=label, before=value, after=value, by=by,
                at=timezone.now(), said=guess(post, label)[0], model=post.model,
            )
            for label, value in new.items()
        )  # fmt: skip
        if new:
            audit.record("post.confirm", post, by, labels=sorted(new))
    return len(new)


def guess(post: Post, label: str) -> tuple[str, float]:
    """This will return the reader's best guess at a label with its certainty, also where it is too unsure to show it.

    Empty for what was never read; NO_TOPIC for a text about no public service.
    """
    said = (post.reading or {}).get(label)
    if not isinstance(said, dict):
        return "", 0.0
    if label == "topic" and said.get("none"):
        return NO_TOPIC, float(said.get("score") or 0)
    candidates = said.get("candidates") or [[said.get("label") or "", said.get("score") or 0]]
    return str(candidates[0][0]), float(candidates[0][1])


def unmasked(post: Post, by: Member) -> str:
    """This will return the text with its personal data, and put on record who looked."""
    require(by, "post.unmask")
    with transaction.atomic():
        audit.record("post.unmask", post, by)
    return post.text


def _change(ids: Sequence[int], by: Member, action: str, text: str, **after: object) -> Undo:
    require(by, "case.triage")
    with transaction.atomic():
        posts = list(
            Post.objects.seen_by(by).select_for_update(of=("self",)).filter(pk__in=ids).order_by("id")
        )
        before = {post.pk: {name: _plain(getattr(post, name)) for name in after} for post in posts}
        Post.objects.filter(pk__in=before).update(**after)
        fields: dict[str, Any] = {name: _plain(value) for name, value in after.items()}
        audit.record_many([audit.entry(action, post, by, **fields) for post in posts])
        live.tell(by.government_id, "post_changed", before)
    undone = {name: value for name, value in after.items() if name in {"desk", "assignee_id"}}
    token = signing.dumps(
        {"by": by.pk, "action": action, "before": before, "after": undone}, salt=_SALT, compress=True
    )
    return Undo(token, len(before), text)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(name: str, value: object) -> object:
    return datetime.fromisoformat(value) if name.endswith("_until") and isinstance(value, str) else value


def _done_text(many: int, deed: str) -> str:
    return {
        "assign": ngettext("%(n)s pesan ditugaskan", "%(n)s pesan ditugaskan", many),
        "finish": ngettext("%(n)s pesan diselesaikan", "%(n)s pesan diselesaikan", many),
        "reopen": ngettext("%(n)s pesan dibuka kembali", "%(n)s pesan dibuka kembali", many),
        "spam": ngettext("%(n)s pesan ditandai spam", "%(n)s pesan ditandai spam", many),
        "snooze": ngettext("%(n)s pesan ditunda", "%(n)s pesan ditunda", many),
    }[deed] % {"n": many}


def _awake(now: datetime) -> models.QuerySet[Post]:
    return Post._base_manager.filter(desk=DeskState.SNOOZED, snoozed_until__lte=now).order_by("id")


@work.step("wake_snoozed", due=_awake, every=30, oldest="snoozed_until")
def wake_snoozed(now: datetime) -> int:
    """This will put posts back onto the desk whose time has come."""
    with scope.crossing("snoozed posts of all governments"), transaction.atomic():
        batch = work.claim(_awake(now), 200)
        for post in batch:
            Post.flow.move(post, DeskState.OPEN, snoozed_until=None)
        for government_id in {post.government_id for post in batch}:
            live.tell(
                government_id, "post", [post.pk for post in batch if post.government_id == government_id]
            )
        return len(batch)
