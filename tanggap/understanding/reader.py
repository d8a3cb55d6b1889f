"""The fast reader: many texts in, one reading each out."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from tanggap.understanding.area import Area
from tanggap.understanding.features import features
from tanggap.understanding.head import Batch, FlagHead, Head, Scores
from tanggap.understanding.heads import all_heads
from tanggap.understanding.learned import Layer
from tanggap.understanding.lexicon import LANGUAGES, Lexicon
from tanggap.understanding.model import Model
from tanggap.understanding.normalise import fold
from tanggap.understanding.personal_data import find
from tanggap.understanding.places import Places
from tanggap.understanding.reading import Flag, Label, Reading

_TEXTS, _CHARACTERS = 512, 150_000
_MIXED_IN, _OWN_WORDS = 0.25, 2
"""A language is mixed in from this probability, or from so many words that only it uses."""


class Reader:
    """Reads posts with lexicon, rules and trained linear parts. The same text gives the same reading, in any batch.

    `learned` is what a government's officers taught on top of the shipped model.
    """

    def __init__(self, area: Area | None, model: Model, learned: Layer | None = None) -> None:
        self.model = model.version if learned is None else f"{model.version}+{learned.version}"
        self._trained = model
        self._learned = learned
        self._places = Places(area)
        self._lexicon = shared_lexicon()
        self._heads = all_heads()

    @classmethod
    def load(cls, settings: Area | None = None, learned: Layer | None = None) -> "Reader":
        """This will load the shipped model for a government's area; without one, only streets count as places."""
        return cls(settings, shipped(), learned)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """This will read every text; any string is allowed, the order stays. Work grows linearly with length."""
        readings: list[Reading] = []
        for first, last in _chunks(texts):
            readings += self._read(texts[first:last])
        return readings

    def _read(self, texts: Sequence[str]) -> list[Reading]:
        folded = fold(texts)
        found = features(folded)
        trained = self._trained.probabilities(found)
        batch = Batch(folded, self._lexicon.evidence(folded), trained, self._trained.told)
        scores = {name: head.probabilities(batch) for name, head in self._heads.items()}
        if self._learned is not None:
            scores = self._learned.applied(found, scores)
        labels = {
            name: _answers(head, scores[name])
            for name, head in self._heads.items()
            if not isinstance(head, FlagHead)
        }
        flags = {
            name: _flags(head, scores[name])
            for name, head in self._heads.items()
            if isinstance(head, FlagHead)
        }
        topics, nones = _topics(self._heads["topic"], scores["topic"])
        labels["topic"] = topics
        columns = (
            labels["language"],
            _languages(self._heads["language"], scores["language"], batch),
            labels["sentiment"],
            labels["emotion"],
            labels["intent"],
            flags["supervisory"],
            topics,
            nones,
            labels["urgency"],
            flags["abusive"],
            flags["spam"],
            self._places.find(texts, folded),
            map(find, texts),
        )
        return [Reading(self.model, *row) for row in zip(*columns, strict=True)]


@cache
def shipped() -> Model:
    """This will load the shipped model, once for all readers of a process."""
    return Model.load()


@cache
def shared_lexicon() -> Lexicon:
    """This will build the lexicon, once for all readers of a process."""
    return Lexicon()


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of texts that together stay small enough for the cache; a long text stands alone."""
    first = size = 0
    for at, text in enumerate(texts):
        if at > first and (at - first >= _TEXTS or size + len(text) > _CHARACTERS):
            yield first, at
            first, size = at, 0
        size += len(text)
    if first < len(texts):
        yield first, len(texts)


def _answers(head: Head, scores: Scores) -> list[Label]:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    best = np.take_along_axis(scores, order, axis=1).round(4).tolist()
    known, threshold = head.labels, head.threshold
    return [
        Label(
            known[columns[0]] if values[0] >= threshold else None,
            values[0],
            tuple((known[column], value) for column, value in zip(columns, values, strict=True)),
        )
        for columns, values in zip(order.tolist(), best, strict=True)
    ]


def _flags(head: Head, scores: Scores) -> list[Flag]:
    return [Flag(score >= head.threshold, score) for score in scores[:, 1].round(4).tolist()]


def _topics(head: Head, scores: Scores) -> tuple[list[Label], list[bool]]:
    """The last label stands for "about no public service": no candidate, but an answer of its own."""
    none = scores[:, -1].round(4)
    answers = _answers(head, scores[:, :-1])
    nones = [
        score >= head.threshold and score >= answer.score
        for score, answer in zip(none.tolist(), answers, strict=True)
    ]
    return [
        Label(None, score, answer.candidates) if is_none else answer
        for answer, is_none, score in zip(answers, nones, none.tolist(), strict=True)
    ], nones


def _languages(head: Head, scores: Scores, batch: Batch) -> list[tuple[str, ...]]:
    there = scores >= _MIXED_IN
    there[:, : len(LANGUAGES)] |= batch.evidence.spoken >= _OWN_WORDS
    there[np.arange(len(scores)), scores.argmax(axis=1)] = True
    return [
        tuple(label for label, mixed in zip(head.labels, row, strict=True) if mixed) for row in there.tolist()
    ]
