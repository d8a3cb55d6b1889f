"""How soon somebody must act."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores


class Urgency(Head):
    """Emergency is danger to life or property now; high cannot wait its turn."""

    name = "urgency"
    labels = ("emergency", "high", "normal")
    threshold = 0.4

    def rules(self, batch: Batch) -> Scores:
        """This will add up signs of danger and take off what is asked, past, planned or already put right."""
        danger, press = batch.cue("urgency.emergency"), batch.cue("urgency.high")
        calm = np.minimum(batch.cue("cue.calm"), 6) + 0.6 * np.minimum(batch.cue("cue.ask"), 6)
        calm += 0.5 * np.minimum(
            batch.cue("cue.wish") + batch.cue("cue.praise") + batch.cue("cue.private"), 6
        )
        emergency = 0.6 * np.minimum(danger, 12) - 0.35 * calm - 0.4
        high = 0.5 * np.minimum(press, 9) + 0.1 * np.minimum(danger, 6) - 0.15 * calm
        normal = 1.4 + 0.15 * np.minimum(batch.cue("urgency.normal"), 6)
        scores: Scores = 1.35 * np.stack([emergency, high, np.broadcast_to(normal, emergency.shape)], axis=1)
        return scores
