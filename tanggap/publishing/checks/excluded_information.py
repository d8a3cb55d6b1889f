"""Information that stays in: internal papers, what is not decided yet, security, persons, tenders, investigations."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Severity
from tanggap.publishing.wording import Said, Weighed


class ExcludedInformation(Weighed):
    """Information that stays in."""

    id = "excluded_information"
    name = _("Informasi yang dikecualikan")
    gives = Severity.BLOCKS
    by = COORDINATORS
    judged = Said(
        Severity.BLOCKS,
        _("Kalimat ini terbaca seperti informasi yang dikecualikan: urusan internal, penegakan hukum, pengadaan, "
          "keamanan atau rahasia pribadi."),
        "se_137_secrecy",
        _("Hapus bagian ini, atau tanyakan kepada PPID lebih dahulu."),
    )  # fmt: skip
    groups = {
        "marking": Said(
            Severity.BLOCKS,
            _("Teks menyebut tanda kerahasiaan atau sesuatu yang belum boleh keluar."),
            "se_137_secrecy",
            _("Hapus, atau tanyakan kepada PPID lebih dahulu."),
        ),
        "memo": Said(
            Severity.BLOCKS,
            _("Isi nota dinas, memo, rapat tertutup atau pendapat hukum tidak diterbitkan."),
            "se_137_internal",
            _("Tulis keputusan yang sudah resmi saja."),
        ),
        "draft": Said(
            Severity.BLOCKS,
            _("Naskah yang belum ditetapkan dapat disangka sudah berlaku."),
            "se_137_internal",
            _("Tunggu sampai ditetapkan, atau sebut sebagai konsultasi publik beserta tautannya."),
        ),
        "tender": Said(
            Severity.BLOCKS,
            _("Angka dan penawaran pengadaan yang belum dibuka merusak persaingan."),
            "kip_17",
            _("Arahkan ke laman LPSE."),
        ),
        "enforcement": Said(
            Severity.BLOCKS,
            _("Proses hukum, rencana penertiban, saksi dan tempat aman dilindungi."),
            "kip_17",
            _("Sebut bahwa perkara sedang ditangani, tanpa nama, waktu dan tempat."),
        ),
        "security": Said(
            Severity.BLOCKS,
            _("Kata sandi, celah dan pengamanan tidak boleh diketahui umum."),
            "kip_17",
            _("Hapus dan, bila pernah terbit, segera ganti sandinya."),
        ),
        "person": Said(
            Severity.BLOCKS,
            _("Rekam medis, penilaian, gaji dan urusan pribadi seseorang tidak diterbitkan."),
            "pdp",
            _("Hapus, atau pakai angka gabungan tanpa nama."),
        ),
        "economy": Said(
            Severity.BLOCKS,
            _("Rencana yang belum diumumkan dapat dimanfaatkan pihak tertentu."),
            "kip_17",
            _("Tunggu pengumuman resmi."),
        ),
        "exam": Said(
            Severity.BLOCKS,
            _("Soal dan kunci jawaban seleksi tidak boleh keluar."),
            "kip_17",
            _("Hapus dan laporkan kepada panitia."),
        ),
    }
