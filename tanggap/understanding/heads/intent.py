"""What the writer wants: to complain, to ask, to propose, to thank, or nothing of a government."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores


class Intent(Head):
    """The classes of national complaint handling, with thanks and everything else beside them."""

    name = "intent"
    labels = ("complaint", "information_request", "aspiration", "appreciation", "other")
    threshold = 0.5

    def rules(self, batch: Batch) -> Scores:
        """This will weigh what the sentence does: a question about a problem complains, thanks after one are polite."""
        problem, sarcasm = np.minimum(batch.cue("cue.problem"), 6), np.minimum(batch.cue("cue.sarcasm"), 6)
        grief = np.minimum(batch.cue("cue.complaint"), 9)
        asked, wish = np.minimum(batch.cue("cue.ask"), 9), np.minimum(batch.cue("cue.wish"), 9)
        thanks, praise = np.minimum(batch.cue("cue.thanks"), 6), np.minimum(batch.cue("cue.praise"), 9)
        service = np.minimum(batch.cue("cue.service"), 6)
        about = np.minimum(batch.evidence.all("topic", _PUBLIC).max(axis=1), 6)
        private = np.minimum(batch.cue("cue.private"), 9)
        question = np.minimum(batch.cue("cue.question"), 4)
        complaint = (
            0.75 * problem + 0.28 * grief + 0.6 * sarcasm + 0.5 * np.minimum(batch.cue("supervisory.yes"), 5)
        )
        complaint += 0.2 * np.minimum(about, 4) - 0.25 * asked - 0.2 * praise
        inform = 0.5 * asked + 0.35 * question - 0.25 * problem
        propose = 0.62 * wish - 0.12 * problem
        appreciate = (
            0.45 * thanks
            + 0.45 * praise
            - 0.55 * problem
            - 1.2 * sarcasm
            - 0.3 * asked
            - 0.15 * grief
            - 0.25 * question
        )
        nothing = (
            1.3
            + 0.3 * private
            - 0.12 * about
            - 0.12 * service
            + 0.3 * np.minimum(batch.cue("spam.yes"), 10) * (about < 2)
        )
        scores = np.stack([complaint, inform, propose, appreciate, nothing], axis=1)
        named: Scores = 0.3 * (about > 2)[:, None] * (np.arange(5) < 4)
        return 1.15 * scores + named


_PUBLIC = tuple(
    (
        "jalan_rusak jembatan trotoar drainase banjir bencana kebakaran sampah pencemaran taman_pohon pju"
        " lalu_lintas parkir angkutan adminduk air_bersih listrik kesehatan bpjs wabah sekolah perundungan"
        " bansos pmks kdrt_anak ketertiban pasar umkm perizinan pajak tenaga_kerja tata_ruang perumahan"
        " pertanian pariwisata_budaya aplikasi petugas kelurahan informasi"
    ).split()
)
