"""Cases that are about the same kind of matter, by the deep reader's vectors and by place, and what was answered.

A vector is made for every case of the last year by a later step, from what was first said. They are few enough to be
compared one by one: 50,000 in some milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import numpy as np
from django.db import models, transaction
from django.utils import timezone
from numpy.typing import NDArray

from tanggap.agencies.models import Member
from tanggap.cases.models import OPEN_STATES, Case, CasePost, CaseState, CaseVector, Reply, Secrecy
from tanggap.cases.opening import street_of
from tanggap.core import scope, work
from tanggap.posts.budget import Budget
from tanggap.posts.models import Post
from tanggap.publishing.models import DeliveryState
from tanggap.understanding.deep.encoder import VERSION
from tanggap.understanding.deep.mixing import shipped_deep

KEPT = timedelta(days=365)
MOST_COMPARED = 50_000
ALIKE_FROM, SURE_FROM = 0.6, 0.85
"""Cosine from which two texts of one topic, and any two texts, count as alike: of 633 complaints that the model had not
seen, the five nearest shared the topic in .27 of cases (character n-grams: .20), so that alone it is a weak sign."""

_BATCH = 40
_MOST_CHARACTERS = 2000
_MOST_NEAR = 200
_OVERLAP = 10 * _BATCH
"""So far back in the keys a worker that began earlier may still commit."""

_BUDGET = Budget(per_second=5)
"""A backlog of very many cases must not take the processor from what is new."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that went out on a similar case."""

    case: Case
    text: str
    at: datetime


def of_post(post: Post, member: Member, most: int = 5) -> list[Case]:
    """This will return open cases that the member sees and that may be about the same matter as a post.

    Those are alike in words, or have the same topic at the same place. What lies at the same place comes first,
    then the likeliest.
    """
    street = street_of(post)
    near = _near(post)
    seen = Case.objects.seen_by(member).filter(state__in=OPEN_STATES, history=False)
    found = {case.pk: case for case in seen.filter(pk__in=near) if _alike(case, post.topic, near)}
    if post.topic and (post.area_code or street):
        here = seen.filter(topic=post.topic)
        here = here.filter(area_code=post.area_code) if post.area_code else here.filter(place=street)
        found |= {case.pk: case for case in here.order_by("-opened_at", "-id")[:most]}
    return _likeliest(found.values(), near, post.area_code, street)[:most]


def of_case(case: Case, member: Member, most: int = 5) -> list[Case]:
    """This will return other cases, also ended ones, that the member sees and that may be about the same matter."""
    ids, vectors = _KNOWN.of(case.government_id)
    own = vectors[ids == case.pk]
    near = _compared(ids, vectors, own[0]) if len(own) else {}
    seen = Case.objects.seen_by(member).filter(pk__in=near).exclude(pk=case.pk)
    found = [one for one in seen.exclude(state=CaseState.ARCHIVED) if _alike(one, case.topic, near)]
    return _likeliest(found, near, case.area_code, case.place)[:most]


def answers(post: Post, member: Member, most: int = 3) -> list[Answered]:
    """This will return answers that stand on platforms for similar public matters, the likeliest first, each once.

    What was said to one person alone is never among them.
    """
    near = _near(post)
    if not near:
        return []
    seen = Case.objects.seen_by(member).filter(pk__in=near, secrecy=Secrecy.PUBLIC)
    rows = Reply.objects.filter(
        case__in=seen, private=False, delivery__state=DeliveryState.SENT, settled_at__isnull=False
    ).exclude(post__kind="message")
    found: dict[str, Answered] = {}
    for reply in sorted(
        rows.select_related("case"), key=lambda reply: (-near[reply.case_id or 0], -reply.pk)
    ):
        if reply.case and reply.settled_at and _alike(reply.case, post.topic, near):
            found.setdefault(reply.text, Answered(reply.case, reply.text, reply.settled_at))
    return list(found.values())[:most]


def _near(post: Post) -> dict[int, float]:
    """The cases whose words are like a post's, with the cosine."""
    if not post.text.strip():
        return {}
    ids, vectors = _KNOWN.of(post.government_id)
    if not len(ids):
        return {}
    own = _unit(shipped_deep().vectors([post.text[:_MOST_CHARACTERS]]))[0]
    return _compared(ids, vectors, np.rint(own * 127))


def _compared(ids: NDArray[np.int64], vectors: Vectors, own: Vectors) -> dict[int, float]:
    said = vectors @ own / 127**2
    best = np.argsort(-said, kind="stable")[:_MOST_NEAR]
    return {int(ids[at]): float(said[at]) for at in best if said[at] >= ALIKE_FROM}


def _alike(case: Case, topic: str, near: Mapping[int, float]) -> bool:
    return near[case.pk] >= (ALIKE_FROM if case.topic == topic else SURE_FROM)


def _likeliest(cases: Iterable[Case], near: Mapping[int, float], area_code: str, place: str) -> list[Case]:
    def elsewhere(case: Case) -> bool:
        if area_code:
            return case.area_code != area_code
        return not place or case.place != place

    return sorted(cases, key=lambda case: (elsewhere(case), -near.get(case.pk, 0.0), -case.pk))


class _Known:
    """The vectors of each government in memory, brought up to date before each use."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._by: dict[int, tuple[NDArray[np.int64], Vectors, int]] = {}

    def of(self, government_id: int) -> tuple[NDArray[np.int64], Vectors]:
        """This will return case ids and their vectors (whole numbers to 127) of the newest cases."""
        with self._mutex:
            none = (np.zeros(0, np.int64), np.zeros((0, 0), np.float32), 0)
            ids, vectors, seen = self._by.get(government_id, none)
            rows = CaseVector.objects.filter(pk__gt=seen - _OVERLAP, model=VERSION).order_by("-case_id")
            there = set(ids.tolist())
            found = rows.values_list("pk", "case_id", "vector")[:MOST_COMPARED]
            fresh = [row for row in found if row[1] not in there]
            if fresh:
                more = np.stack([np.frombuffer(vector, np.int8) for _, _, vector in fresh]).astype(np.float32)
                ids = np.concatenate([ids, np.array([case for _, case, _ in fresh])])
                vectors = np.concatenate([vectors, more]) if len(vectors) else more
                kept = np.argsort(-ids)[:MOST_COMPARED]
                ids, vectors = ids[kept], vectors[kept]
                self._by[government_id] = (ids, vectors, max(seen, *(pk for pk, _, _ in fresh)))
            return ids, vectors


_KNOWN = _Known()


def _unit(vectors: Vectors) -> Vectors:
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scaled: Vectors = vectors / length
    return scaled


def _due(now: datetime) -> models.QuerySet[Case]:
    there = CaseVector._base_manager.filter(case_id=models.OuterRef("pk"), model=VERSION)
    return Case._base_manager.filter(~models.Exists(there), opened_at__gt=now - KEPT).order_by("-opened_at")


@work.step("vectors", due=_due, every=10, oldest="opened_at")
def make(now: datetime) -> int:
    """This will make the vectors of some cases that have none of this model, the newest first, a few a second."""
    with scope.crossing("vectors of cases of all governments"), transaction.atomic():
        batch = work.claim(_due(now), _BUDGET.take(_BATCH))
        if not batch:
            return 0
        said = _first_said(batch)
        vectors = _unit(shipped_deep().vectors([said.get(case.pk, case.title) for case in batch]))
        CaseVector._base_manager.filter(case__in=batch).exclude(model=VERSION).delete()
        CaseVector._base_manager.bulk_create(
            [
                CaseVector(
                    government_id=case.government_id, case=case, model=VERSION,
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
