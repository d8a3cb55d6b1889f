"""Whether a text speaks well or badly of what it is about."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores, softmax


class Sentiment(Head):
    """Positive, neutral or negative; mostly trained; the rules count a little more where a
    text speaks of a public service, for most of what was trained on is reviews and chat."""

    name = "sentiment"
    labels = ("positive", "neutral", "negative")
    threshold = 0.45
    _trust_in_service = (1.0, 0.2)
    _trust_elsewhere = (1.0, 0.1)
    """How much the trained part and the rules count."""

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
        return np.stack([np.minimum(good, 4), 0.8 + 0.25 * ask, np.minimum(0.9 * bad, 5)], axis=1)

    def probabilities(self, batch: Batch) -> Scores:
        """This will multiply both opinions, the rules' counting little where no public service is spoken to."""
        trained = batch.trained.get(self.name)
        if trained is None:
            return softmax(self.rules(batch))
        service = (batch.cue("cue.service") >= 2)[:, None]
        seen, told = np.where(service, self._trust_in_service, self._trust_elsewhere).T[..., None]
        return softmax(seen * np.log(np.maximum(trained, 1e-4)) + told * self.rules(batch))
