"""The feeling that a text shows."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores


class Emotion(Head):
    """Anger, fear, sadness, joy, love or none."""

    name = "emotion"
    labels = ("anger", "fear", "sadness", "joy", "love", "neutral")
    threshold = 0.45

    def rules(self, batch: Batch) -> Scores:
        """This will add up the words of each feeling; problems damp joy, sarcasm turns it into anger."""
        scores = 0.55 * batch.evidence.all("emotion", self.labels).astype(np.float64)
        sarcasm = np.minimum(batch.cue("cue.sarcasm"), 4)
        problem = batch.cue("cue.problem")
        scores[:, 0] += 0.6 * sarcasm + 0.25 * np.minimum(batch.cue("abusive.yes"), 8)
        scores[:, 3] = scores[:, 3] / (1 + 0.7 * np.minimum(problem + sarcasm, 6))
        scores[:, 5] = 1.6 + 0.2 * np.minimum(scores[:, 5], 4)
        return np.minimum(scores, 6)
