"""Which public service a text is about."""

import numpy as np

from tanggap.understanding.head import Batch, Head, Scores

NONE = "none"


class Topic(Head):
    """The 43 topics of the contract, and `none`: about no public service."""

    name = "topic"
    labels = (
        *(
            "jalan_rusak",
            "jembatan",
            "trotoar",
            "drainase",
            "banjir",
            "bencana",
            "kebakaran",
            "sampah",
            "pencemaran",
        ),
        *(
            "taman_pohon",
            "pju",
            "lalu_lintas",
            "parkir",
            "angkutan",
            "adminduk",
            "air_bersih",
            "listrik",
            "kesehatan",
        ),
        *(
            "bpjs",
            "wabah",
            "sekolah",
            "perundungan",
            "bansos",
            "pmks",
            "kdrt_anak",
            "ketertiban",
            "pasar",
            "umkm",
        ),
        *(
            "perizinan",
            "pajak",
            "tenaga_kerja",
            "tata_ruang",
            "perumahan",
            "pertanian",
            "pariwisata_budaya",
            "aplikasi",
        ),
        *("petugas", "kelurahan", "informasi", "apresiasi", "usulan", "hoaks_isu", "luar_wewenang", NONE),
    )
    threshold = 0.4
    _general = ("informasi", "apresiasi", "usulan")

    def rules(self, batch: Batch) -> Scores:
        """This will add up the phrases of each topic; the general ones only count where no service is named."""
        scores = np.minimum(batch.evidence.all("topic", self.labels).astype(np.float64), 12)
        general = [self.labels.index(label) for label in self._general]
        special = np.delete(scores, [*general, len(self.labels) - 1], axis=1).max(axis=1)
        scores[:, general] *= np.where(special >= 3, 0.45, 1.0)[:, None]
        service = np.minimum(batch.cue("cue.service"), 4)
        private = np.minimum(batch.cue("cue.private"), 9)
        scores[:, -1] = 3.2 + 0.5 * private - 0.3 * service + 0.25 * np.minimum(batch.cue("spam.yes"), 12)
        return 1.2 * scores
