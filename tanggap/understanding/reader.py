"""The fast reader: many texts in, one reading each out."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from tanggap.understanding.area import Area
from tanggap.understanding.deep.mixing import Deep, shipped_deep
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
    """Reads posts with lexicon, rules and trained parts. The same text gives the same reading, in any batch.

    Fast with linear parts alone; what matters more, again with the deep reader beside them. `learned` is what a
    government's officers taught on top of the shipped models. A reading's model names all that had a say.
    """

    def __init__(
        self, area: Area | None, model: Model, learned: Layer | None = None, deep: Deep | None = None
    ) -> None:
        self.model = _names(model, None, learned)
        self.deep_model = _names(model, deep, learned)
        self._trained = model
        self._deep = deep
        self._learned = learned
        self._places = Places(area)
        self._lexicon = shared_lexicon()
        self._heads = all_heads()

    @classmethod
    def load(cls, settings: Area | None = None, learned: Layer | None = None) -> "Reader":
        """This will load the shipped model for a government's area; without one, only streets count as places."""
        return cls(settings, shipped(), learned, shipped_deep())

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """This will read every text fast; any string is allowed, the order stays. Work grows linearly with length."""
        return [one for first, last in _chunks(texts) for one in self._read(texts[first:last], None)]

    def read_deeply(self, texts: Sequence[str]) -> list[Reading]:
        """This will read every text with both readers, fifty times slower; ValueError without a deep reader."""
        if self._deep is None:
            raise ValueError("this reader was made without a deep reader")
        return [one for first, last in _chunks(texts) for one in self._read(texts[first:last], self._deep)]

    def read_within(self, texts: Sequence[str], most: int, first: Sequence[bool] = ()) -> list[Reading]:
        """This will read every text fast, and at most so many again deeply: those marked `first`, then the unsure."""
        readings = self.read(texts)
        if self._deep is None or most <= 0:
            return readings
        marked = [*first, *[False] * (len(texts) - len(first))]
        order = sorted(range(len(texts)), key=lambda at: (not marked[at], _sureness(readings[at])))
        again = order[:most]
        for at, reading in zip(again, self.read_deeply([texts[at] for at in again]), strict=True):
            readings[at] = reading
        return readings

    def _read(self, texts: Sequence[str], deep: Deep | None) -> list[Reading]:
        folded = fold(texts)
        found = features(folded)
        trained, told = self._trained.probabilities(found), self._trained.told
        if deep is not None:
            trained = trained | deep.mixed(deep.vectors(texts), trained)
            told = told | deep.told
        batch = Batch(folded, self._lexicon.evidence(folded), trained, told)
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
        model = self.model if deep is None else self.deep_model
        return [Reading(model, *row) for row in zip(*columns, strict=True)]


def _names(model: Model, deep: Deep | None, learned: Layer | None) -> str:
    return "+".join(part.version for part in (model, deep, learned) if part is not None)


def _sureness(reading: Reading) -> float:
    """How sure the less sure of intent and topic is, for they decide what becomes of a post."""
    return min(reading.intent.score, reading.topic.score)


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
