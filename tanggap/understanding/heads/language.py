"""Which language a text is mostly in, and which are mixed in."""

from typing import ClassVar

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores
from tanggap.understanding.lexicon import LANGUAGES


class Language(Head):
    """Indonesian, Javanese, Sundanese, English or another one."""

    name = "language"
    labels = (*LANGUAGES, "other")
    threshold = 0.5
    trained_share = 0.8
    _prior: ClassVar[tuple[float, ...]] = (1.0, 0.0, 0.0, 0.0, -0.5)

    def rules(self, batch: Batch) -> Scores:
        """This will count the words that only one language uses; without any, Indonesian is the likeliest."""
        scores = np.tile(np.array(self._prior), (len(batch), 1))
        scores[:, : len(LANGUAGES)] += 1.2 * batch.evidence.spoken
        scores[:, -1] += 3.0 * (foreign_share(batch) > 0.5)
        return scores


def foreign_share(batch: Batch) -> Scores:
    """This will tell which part of each text is in another script than the Latin one."""
    data, doc = batch.folded.data, batch.folded.doc
    foreign = (data >= 0x80) & (data < 0x90) | (data == 0x9D)
    inside = (doc >= 0) & (doc < len(batch))
    letters = np.bincount(doc[inside], ((data > 96) & (data < 123) | foreign)[inside], len(batch))
    return np.bincount(doc[inside & foreign], minlength=len(batch)) / np.maximum(letters, 1)
