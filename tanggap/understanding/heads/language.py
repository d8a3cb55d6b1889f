"""Which language a text is mostly in, and which are mixed in."""

from typing import ClassVar

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores, softmax
from tanggap.understanding.lexicon import LANGUAGES


class Language(Head):
    """Indonesian, Javanese, Sundanese, English or another one."""

    name = "language"
    labels = (*LANGUAGES, "other")
    threshold = 0.5
    _prior: ClassVar[tuple[float, ...]] = (0.5, 0.0, 0.0, 0.0, 0.0)
    _own_word: ClassVar[tuple[float, ...]] = (0.1, 1.2, 1.2, 1.2)
    """Indonesian words count for little: its relatives, which stand under "other", share them."""

    def rules(self, batch: Batch) -> Scores:
        """This will count the words that only one language uses; without any, Indonesian is the likeliest."""
        scores = np.tile(np.array(self._prior), (len(batch), 1))
        scores[:, : len(LANGUAGES)] += np.minimum(batch.evidence.spoken, 6) * np.array(self._own_word)
        scores[:, -1] += 3.0 * (foreign_share(batch) > 0.5)
        return scores

    def probabilities(self, batch: Batch) -> Scores:
        """This will multiply both opinions: n-grams know how a language looks, its own words that it is this one."""
        trained = batch.trained.get(self.name)
        if trained is None:
            return softmax(self.rules(batch))
        return softmax(np.log(np.maximum(trained, 1e-3)) + self.rules(batch))


def foreign_share(batch: Batch) -> Scores:
    """This will tell which part of each text is in another script than the Latin one."""
    data, doc = batch.folded.data, batch.folded.doc
    foreign = (data >= 0x80) & (data < 0x90) | (data == 0x9D)
    inside = (doc >= 0) & (doc < len(batch))
    letters = np.bincount(doc[inside], ((data > 96) & (data < 123) | foreign)[inside], len(batch))
    return np.bincount(doc[inside & foreign], minlength=len(batch)) / np.maximum(letters, 1)
