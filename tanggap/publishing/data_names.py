"""What each kind of personal data is called on the screen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

NAMES = {
    "nik": _("NIK"),
    "kk": _("nomor KK"),
    "npwp": _("NPWP"),
    "phone": _("nomor telepon"),
    "email": _("alamat surel"),
    "bpjs": _("nomor BPJS"),
    "passport": _("nomor paspor"),
    "driving_licence": _("nomor SIM"),
    "plate": _("nomor polisi kendaraan"),
    "bank_account": _("nomor rekening"),
    "card": _("nomor kartu"),
    "nip": _("NIP"),
    "nisn": _("NISN"),
    "certificate": _("nomor akta"),
    "address": _("alamat rumah"),
    "coordinates": _("koordinat"),
    "birth_date": _("tanggal lahir"),
    "name": _("nama orang"),
    "health": _("keterangan kesehatan"),
    "customer_number": _("nomor pelanggan"),
}
