"""Whether a text speaks well or badly of what it is about."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores


class Sentiment(Head):
    """Positive, neutral or negative; mostly trained; the rules count a little more where a
    text speaks of a public service, for most of what was trained on is reviews and chat."""

    name = "sentiment"
    labels = ("positive", "neutral", "negative")
    threshold = 0.45
    _trust_elsewhere = 0.5
    """How much the rules count where no public service is spoken of."""

    def rules(self, batch: Batch) -> Scores:
        """This will weigh praise against problems, complaint and anger; sarcasm turns praise round."""
        sarcasm = np.minimum(batch.cue("cue.sarcasm"), 4)
        bad = (
            batch.cue("cue.problem")
            + 0.3 * batch.cue("cue.complaint")
            + 0.4 * batch.cue("emotion.anger")
            + sarcasm
        )
        bad += 0.3 * batch.cue("emotion.sadness") + 0.4 * batch.cue("abusive.yes")
        good = 0.5 * (batch.cue("cue.praise") + batch.cue("cue.thanks")) / (1 + bad)
        ask = np.minimum(batch.cue("cue.ask") + batch.cue("cue.wish"), 6)
        said = np.stack([np.minimum(good, 4), 0.8 + 0.25 * ask, np.minimum(0.9 * bad, 5)], axis=1)
        service = batch.cue("cue.service") >= 2
        weighed: Scores = said * np.where(service, 1.0, self._trust_elsewhere)[:, None]
        return weighed
