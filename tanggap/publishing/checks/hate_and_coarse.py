"""Hatred, discrimination, coarse words and insults."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Severity
from tanggap.publishing.wording import Said, Weighed


class HateAndCoarse(Weighed):
    """Hatred, discrimination, coarse words and insults."""

    id = "hate_and_coarse"
    name = _("Kebencian dan kata kasar")
    gives = Severity.BLOCKS
    by = COORDINATORS
    judged = Said(
        Severity.BLOCKS,
        _("Kalimat ini terbaca sebagai hinaan, kebencian atau ajakan kekerasan."),
        "se_137_ethics",
        _("Sebut masalahnya dengan tenang, tanpa merendahkan siapa pun."),
    )
    groups = {
        "coarse": Said(
            Severity.BLOCKS,
            _("Kata kasar tidak pantas dari akun pemerintah."),
            "se_137_ethics",
            _("Tulis dengan tenang, misalnya “Mohon maaf, kami bantu jelaskan lagi.”"),
        ),
        "insult": Said(
            Severity.BLOCKS,
            _("Kalimat ini merendahkan orang."),
            "se_137_ethics",
            _("Sebut masalahnya, bukan orangnya."),
        ),
        "sara": Said(
            Severity.BLOCKS,
            _("Kalimat ini menyerang suku, agama, ras atau golongan."),
            "ite",
            _("Hapus. Layanan berlaku bagi semua warga."),
        ),
        "discrimination": Said(
            Severity.BLOCKS,
            _("Kalimat ini merendahkan kelompok orang."),
            "se_137_ethics",
            _("Pakai sebutan yang hormat, misalnya “penyandang disabilitas” atau “transpuan”."),
        ),
        "violence": Said(
            Severity.BLOCKS,
            _("Kalimat ini mengajak pada kekerasan."),
            "ite",
            _("Ajak warga melapor kepada petugas."),
        ),
    }
