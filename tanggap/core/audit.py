"""Who did what to what, when and why, written in the transaction of the deed.

An entry holds ids, field names, codes and salted digests, never a person's text, so that erasure works without
breaking the chain. A step seals committed entries per government: each seal is the SHA-256 of the seal before
it and of the entry, so that a deleted, changed or reordered entry shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from tanggap.core import bulk

GENESIS = b"\0" * 32
_WORTH_A_COPY = 20


class Actor(Protocol):
    """Anyone or anything that does a deed: a member, a step, an app, a citizen with a follow link."""

    @property
    def audit_name(self) -> str: ...


@dataclass(frozen=True)
class System:
    """A part of the system that acts by itself, for instance System("triage")."""

    part: str

    @property
    def audit_name(self) -> str:
        return f"system:{self.part}"


class Entry(models.Model):
    """One deed. `government_id` is null for deeds of the whole installation."""

    id = models.BigAutoField(primary_key=True)
    government_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)
    number = models.BigIntegerField(null=True)
    seal = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["target_kind", "target_id", "id"], name="entry_target"),
            models.Index(
                fields=["government_id", "id"], name="entry_unsealed", condition=models.Q(seal__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["government_id", "number"],
                name="entry_number_once",
                nulls_distinct=False,
                condition=models.Q(number__isnull=False),
            )
        ]

    def content(self) -> bytes:
        """This will return the bytes that the seal covers: every column but the seal itself."""
        parts = [
            self.id, self.government_id, self.at.isoformat(), self.actor, self.action,
            self.target_kind, self.target_id, self.fields, self.number,
        ]  # fmt: skip
        return json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def record(
    action: str, target: models.Model, by: Actor, *, now: datetime | None = None, **fields: Any
) -> Entry:
    """This will write one entry about `target`; call it inside the transaction of the deed.

    `fields` takes ids, codes, names of changed fields and digests; never text that a person wrote.
    """
    return record_many([entry(action, target, by, now=now, **fields)])[0]


def entry(
    action: str, target: models.Model, by: Actor, *, now: datetime | None = None, **fields: Any
) -> Entry:
    """This will make an entry without writing it, for deeds that write many at once."""
    return bulk.make(
        Entry,
        government_id=_government_of(target),
        at=now or timezone.now(),
        actor=by.audit_name,
        action=action,
        target_kind=str(target._meta.model_name),
        target_id=str(target.pk),
        fields=fields,
    )


def record_many(entries: Iterable[Entry]) -> list[Entry]:
    """This will write many entries at once."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit entry belongs in the transaction of its deed.")
    listed = list(entries)
    if len(listed) < _WORTH_A_COPY:
        return Entry.objects.bulk_create(listed)
    bulk.copy(listed)
    return listed


def digest(text: str) -> str:
    """This will return a salted digest that proves which text was meant without keeping it."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def seal(limit: int = 5000) -> int:
    """This will chain committed, unsealed entries of every government; returns how many were sealed.

    One sealer works at a time (advisory lock). An entry that commits late gets the next free number: the
    chain's order is the order of sealing, and `id` stands inside the sealed content.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext('tanggap.audit.seal'))")
        if not cursor.fetchone()[0]:
            return 0
        todo = list(Entry.objects.filter(seal__isnull=True).order_by("id")[:limit])
        heads: dict[int | None, tuple[int, bytes]] = {}
        for one in todo:
            number, before = heads.get(one.government_id) or head(one.government_id)
            one.number = number + 1
            one.seal = hashlib.sha256(before + one.content()).digest()
            heads[one.government_id] = (one.number, one.seal)
        cursor.execute(
            "update core_entry set number = sealed.number, seal = sealed.seal "
            "from unnest(%s::bigint[], %s::bigint[], %s::bytea[]) as sealed(id, number, seal) "
            "where core_entry.id = sealed.id",
            [[one.pk for one in todo], [one.number for one in todo], [one.seal for one in todo]],
        )
        return len(todo)


def head(government_id: int | None) -> tuple[int, bytes]:
    """This will return number and seal of the newest sealed entry of a government; (0, zeros) before any."""
    newest = _chain(government_id).order_by("-number").values_list("number", "seal").first()
    return (newest[0] or 0, bytes(newest[1] or b"")) if newest else (0, GENESIS)


def verify(government_id: int | None) -> str | None:
    """This will walk a government's chain; None where it holds, else a sentence about the first break."""
    number, before = 0, GENESIS
    for one in _chain(government_id).order_by("number").iterator(chunk_size=2000):
        if one.number != number + 1:
            return f"Entry {number + 1} is missing: the chain goes on at {one.number}."
        if hashlib.sha256(before + one.content()).digest() != bytes(one.seal or b""):
            return f"Entry {one.number} (id {one.id}) or one before it was changed after it was sealed."
        number, before = one.number, bytes(one.seal or b"")
    return None


def _chain(government_id: int | None) -> models.QuerySet[Entry]:
    return Entry.objects.filter(government_id=government_id, seal__isnull=False)


def _government_of(target: models.Model) -> int | None:
    if target._meta.model_name == "government":
        return int(target.pk)
    return getattr(target, "government_id", None)
