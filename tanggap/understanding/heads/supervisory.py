"""Whether a complaint is about abuse of office, levies, corruption or discipline."""

import numpy as np

from tanggap.understanding.head import Batch, FlagHead, Scores, yes


class Supervisory(FlagHead):
    """Such a case leaves the public thread, so missing one costs more than a false alarm."""

    name = "supervisory"
    threshold = 0.3

    def rules(self, batch: Batch) -> Scores:
        """This will weigh words of corruption and levies against campaigns and thanks that name them."""
        words = np.minimum(batch.cue("supervisory.yes"), 12)
        against = np.minimum(batch.cue("supervisory.no"), 9) + 0.3 * np.minimum(batch.cue("cue.ask"), 6)
        against += 0.3 * np.minimum(batch.cue("cue.private"), 6)
        return yes(0.8 * words - 0.9 * against - 2.6)
