"""What every head is: labels, a threshold, and probabilities from rules, a trained part, or both."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.lexicon import Evidence
from tanggap.understanding.normalise import Folded

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the heads look at: the folded texts, the lexicon's evidence, and by head name what the trained part says
    and how much the rules count beside it."""

    folded: Folded
    evidence: Evidence
    trained: dict[str, Scores] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.folded)

    def cue(self, group: str) -> Scores:
        """This will give the summed weights of one lexicon group, one per text."""
        return self.evidence.of(group).astype(np.float64)


class Head(ABC):
    """One label of a reading. A new label is one file in heads/ with one subclass.

    Below `threshold` the answer is "don't know" (of a flag: no).
    """

    name: ClassVar[str]
    labels: ClassVar[tuple[str, ...]]
    threshold: ClassVar[float]

    @abstractmethod
    def rules(self, batch: Batch) -> Scores:
        """This will score each label by lexicon and rules: log-odds, shape (texts, labels)."""

    def probabilities(self, batch: Batch) -> Scores:
        """This will give calibrated probabilities, shape (texts, labels), rows summing to one.

        Both opinions are multiplied, the rules' to the power that training found; without a trained part they decide.
        """
        trained = batch.trained.get(self.name)
        if trained is None:
            return softmax(self.rules(batch))
        return softmax(np.log(np.maximum(trained, 1e-9)) + batch.told.get(self.name, 0.0) * self.rules(batch))


class FlagHead(Head):
    """A yes or no. `rules` gives two columns: no, yes."""

    labels = ("no", "yes")
    threshold = 0.5


def softmax(scores: Scores) -> Scores:
    """This will turn log-odds into probabilities, row by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Scores = raised / raised.sum(axis=1, keepdims=True)
    return chances


def yes(odds: Scores) -> Scores:
    """This will make the two columns of a flag from the log-odds of yes."""
    return np.stack([np.zeros_like(odds), odds], axis=1)
