"""Whether a text abuses or threatens somebody."""

import numpy as np

from tanggap.understanding.head import Batch, FlagHead, Scores, yes


class Abusive(FlagHead):
    """Rude words and threats; a report about real animals is none."""

    name = "abusive"
    threshold = 0.4

    def rules(self, batch: Batch) -> Scores:
        """This will weigh rude words against signs that they are meant literally."""
        words = np.minimum(batch.cue("abusive.yes"), 15)
        return yes(0.75 * words - 0.9 * np.minimum(batch.cue("abusive.no"), 9) - 2.4)
