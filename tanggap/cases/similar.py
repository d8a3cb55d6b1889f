"""Cases that are about the same kind of matter, by the deep reader's vectors, and what was answered to them.

A vector is made for every case of the last year by a later step, from what was first said. They are few enough to be
compared one by one: 50,000 in some milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import numpy as np
from django.db import models, transaction
from django.utils import timezone
from numpy.typing import NDArray

from tanggap.agencies.models import Member
from tanggap.cases.models import OPEN_STATES, Case, CasePost, CaseVector, Reply, Secrecy
from tanggap.core import scope, work
from tanggap.posts.models import Post
from tanggap.publishing.models import DeliveryState
from tanggap.understanding.deep.mixing import shipped_deep

KEPT = timedelta(days=365)
MOST_COMPARED = 50_000
ALIKE_FROM = 0.6
"""Cosine from which two texts are shown as alike; chosen on the own training posts (models/…: card)."""

_BATCH = 40
_MOST_CHARACTERS = 2000
_SAME_AREA = 0.15

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that went out on a similar case."""

    case: Case
    text: str
    at: datetime


def of_post(post: Post, member: Member, most: int = 5) -> list[Case]:
    """This will return open cases that the member sees and that may be about the same matter, the likeliest first.

    What lies in the same area comes before what is only worded alike.
    """
    near = _near(post)
    if not near:
        return []
    rows = Case.objects.seen_by(member).filter(pk__in=near, state__in=OPEN_STATES, history=False)
    found = list(rows.exclude(links__post_id=post.pk))
    return sorted(found, key=lambda case: (-_rank(case, post, near[case.pk]), -case.pk))[:most]


def answers(post: Post, member: Member, most: int = 3) -> list[Answered]:
    """This will return answers that stand on platforms for similar public matters, the likeliest first, each once."""
    near = _near(post)
    if not near:
        return []
    seen = Case.objects.seen_by(member).filter(pk__in=near, secrecy=Secrecy.PUBLIC)
    rows = Reply.objects.filter(
        case__in=seen, private=False, delivery__state=DeliveryState.SENT, settled_at__isnull=False
    ).select_related("case")
    found: dict[str, Answered] = {}
    for reply in sorted(rows, key=lambda reply: (-near[reply.case_id or 0], -reply.pk)):
        if reply.case is not None and reply.settled_at is not None:
            found.setdefault(reply.text, Answered(reply.case, reply.text, reply.settled_at))
    return list(found.values())[:most]


def _near(post: Post) -> dict[int, float]:
    """The cases whose words are alike, with the cosine."""
    if not post.text.strip():
        return {}
    ids, vectors = _KNOWN.of(post.government_id)
    if not len(ids):
        return {}
    own = _unit(shipped_deep().vectors([post.text[:_MOST_CHARACTERS]]))[0]
    said = vectors @ np.rint(own * 127) / 127**2
    best = np.argsort(-said, kind="stable")[:200]
    return {int(ids[at]): float(said[at]) for at in best if said[at] >= ALIKE_FROM}


def _rank(case: Case, post: Post, alike: float) -> float:
    return alike + (_SAME_AREA if post.area_code and case.area_code == post.area_code else 0.0)


class _Known:
    """The vectors of each government in memory, brought up to date before each use."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._by: dict[int, tuple[NDArray[np.int64], Vectors, int]] = {}

    def of(self, government_id: int) -> tuple[NDArray[np.int64], Vectors]:
        """This will return case ids and their vectors (whole numbers to 127), newest last."""
        with self._mutex:
            none = (np.zeros(0, np.int64), np.zeros((0, 0), np.float32), 0)
            ids, vectors, seen = self._by.get(government_id, none)
            rows = CaseVector.objects.filter(pk__gt=seen, model=shipped_deep().version).order_by("-pk")
            fresh = list(rows.values_list("pk", "case_id", "vector")[:MOST_COMPARED])[::-1]
            if fresh:
                more = np.stack([np.frombuffer(vector, np.int8) for _, _, vector in fresh]).astype(np.float32)
                ids = np.concatenate([ids, np.array([case for _, case, _ in fresh])])[-MOST_COMPARED:]
                vectors = (np.concatenate([vectors, more]) if len(vectors) else more)[-MOST_COMPARED:]
                self._by[government_id] = (ids, vectors, fresh[-1][0])
            return ids, vectors


_KNOWN = _Known()


def _unit(vectors: Vectors) -> Vectors:
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scaled: Vectors = vectors / length
    return scaled


def _due(now: datetime) -> models.QuerySet[Case]:
    there = CaseVector._base_manager.filter(case_id=models.OuterRef("pk"))
    return Case._base_manager.filter(~models.Exists(there), opened_at__gt=now - KEPT).order_by("-opened_at")


@work.step("vectors", due=_due, every=30, oldest="opened_at")
def make(now: datetime) -> int:
    """This will make the vectors of up to 40 cases that have none, the newest first."""
    with scope.crossing("vectors of cases of all governments"), transaction.atomic():
        batch = work.claim(_due(now), _BATCH)
        if not batch:
            return 0
        said = _first_said(batch)
        vectors = _unit(shipped_deep().vectors([said.get(case.pk, case.title) for case in batch]))
        version = shipped_deep().version
        CaseVector._base_manager.bulk_create(
            [
                CaseVector(
                    government_id=case.government_id, case=case, model=version,
                    vector=np.rint(vector * 127).astype(np.int8).tobytes(), made_at=timezone.now(),
                )
                for case, vector in zip(batch, vectors, strict=True)
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        return len(batch)


def _first_said(cases: Sequence[Case]) -> dict[int, str]:
    links = CasePost._base_manager.filter(case__in=cases).select_related("post").order_by("-at", "-pk")
    return {link.case_id: link.post.text[:_MOST_CHARACTERS] for link in links if link.post.text}
