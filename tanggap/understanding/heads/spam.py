"""Whether a text advertises or baits."""

import numpy as np

from tanggap.understanding.head import Batch, FlagHead, Scores, yes


class Spam(FlagHead):
    """Gambling, loans, followers, sales; a complaint about them is none."""

    name = "spam"
    threshold = 0.4

    def rules(self, batch: Batch) -> Scores:
        """This will weigh words of advertisement against words of a citizen who speaks to a government."""
        words = np.minimum(batch.cue("spam.yes"), 20)
        against = np.minimum(batch.cue("spam.no"), 12) + 0.5 * np.minimum(batch.cue("cue.problem"), 6)
        return yes(0.55 * words - 0.4 * against - 2.6)
