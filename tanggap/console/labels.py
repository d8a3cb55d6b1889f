"""The words that the screens use for codes: platforms, labels of a reading, kinds of post."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Word:
    """A code's name for people, its icon and its tone (a class of the style sheet)."""

    name: str | Promise
    icon: str = ""
    tone: str = ""


PLATFORMS: dict[str, Word] = {
    "x": Word("X", "x-platform"),
    "facebook": Word("Facebook", "facebook"),
    "instagram": Word("Instagram", "instagram"),
    "threads": Word("Threads", "threads"),
    "tiktok": Word("TikTok", "tiktok"),
    "youtube": Word("YouTube", "youtube"),
    "messenger": Word("Messenger", "messages-square"),
    "meta": Word("Meta", "layers"),
    "whatsapp": Word("WhatsApp", "whatsapp"),
    "telegram": Word("Telegram", "telegram"),
    "mastodon": Word("Mastodon", "mastodon"),
    "bluesky": Word("Bluesky", "bluesky"),
    "email": Word(_("Surel"), "mail"),
    "rss": Word(_("Berita"), "newspaper"),
    "web": Word(_("Formulir web"), "globe"),
    "lapor": Word("SP4N-LAPOR!", "megaphone"),
    "import": Word(_("Impor"), "file-up"),
    "webhook": Word(_("Webhook"), "webhook"),
    "hand": Word(_("Catatan petugas"), "pencil-line"),
    "phone": Word(_("Telepon"), "phone"),
}

SENTIMENTS: dict[str, Word] = {
    "negative": Word(_("Negatif"), "minus", "negative"),
    "neutral": Word(_("Netral"), "circle", ""),
    "positive": Word(_("Positif"), "plus", "positive"),
}

INTENTS: dict[str, Word] = {
    "complaint": Word(_("Pengaduan"), "megaphone"),
    "information_request": Word(_("Permintaan informasi"), "circle-question-mark"),
    "aspiration": Word(_("Aspirasi"), "lightbulb"),
    "appreciation": Word(_("Apresiasi"), "star"),
    "other": Word(_("Lainnya"), "message-circle"),
}

URGENCIES: dict[str, Word] = {
    "emergency": Word(_("Darurat"), "siren", "red"),
    "high": Word(_("Mendesak"), "flame", "amber"),
    "normal": Word(_("Biasa"), "circle-dashed"),
}

LANGUAGES: dict[str, Word] = {
    "id": Word(_("Indonesia")),
    "jv": Word(_("Jawa")),
    "su": Word(_("Sunda")),
    "en": Word(_("Inggris")),
    "other": Word(_("Bahasa lain")),
}

KINDS: dict[str, Word] = {
    "post": Word(_("Unggahan")),
    "comment": Word(_("Komentar")),
    "mention": Word(_("Sebutan")),
    "message": Word(_("Pesan"), "lock"),
    "article": Word(_("Artikel")),
    "report": Word(_("Laporan")),
}

TOPICS: dict[str, Word] = {
    "jalan_rusak": Word(_("Jalan rusak")),
    "jembatan": Word(_("Jembatan & talud")),
    "trotoar": Word(_("Trotoar")),
    "drainase": Word(_("Saluran mampet")),
    "banjir": Word(_("Banjir & genangan")),
    "bencana": Word(_("Pohon tumbang & bencana")),
    "kebakaran": Word(_("Kebakaran & penyelamatan")),
    "sampah": Word(_("Sampah")),
    "pencemaran": Word(_("Pencemaran")),
    "taman_pohon": Word(_("Taman & pohon")),
    "pju": Word(_("Lampu jalan")),
    "lalu_lintas": Word(_("Lalu lintas")),
    "parkir": Word(_("Parkir")),
    "angkutan": Word(_("Angkutan umum")),
    "adminduk": Word(_("KTP, KK & akta")),
    "air_bersih": Word(_("Air PDAM")),
    "listrik": Word(_("Listrik")),
    "kesehatan": Word(_("Puskesmas & RS")),
    "bpjs": Word(_("BPJS")),
    "wabah": Word(_("DBD & wabah")),
    "sekolah": Word(_("Sekolah")),
    "perundungan": Word(_("Perundungan")),
    "bansos": Word(_("Bantuan sosial")),
    "pmks": Word(_("Orang terlantar")),
    "kdrt_anak": Word(_("KDRT & anak")),
    "ketertiban": Word(_("Ketertiban")),
    "pasar": Word(_("Pasar & harga")),
    "umkm": Word(_("UMKM")),
    "perizinan": Word(_("Perizinan")),
    "pajak": Word(_("Pajak & retribusi")),
    "tenaga_kerja": Word(_("Tenaga kerja")),
    "tata_ruang": Word(_("Tata ruang")),
    "perumahan": Word(_("Perumahan")),
    "pertanian": Word(_("Pertanian")),
    "pariwisata_budaya": Word(_("Wisata & budaya")),
    "aplikasi": Word(_("Aplikasi & wifi")),
    "petugas": Word(_("Perilaku petugas")),
    "kelurahan": Word(_("RT/RW & kelurahan")),
    "informasi": Word(_("Informasi layanan")),
    "apresiasi": Word(_("Apresiasi")),
    "usulan": Word(_("Usulan")),
    "hoaks_isu": Word(_("Hoaks & isu")),
    "luar_wewenang": Word(_("Di luar wewenang")),
}

PERSONAL: dict[str, Word] = {
    "nik": Word(_("NIK")),
    "kk": Word(_("nomor KK")),
    "npwp": Word(_("NPWP")),
    "phone": Word(_("nomor telepon")),
    "email": Word(_("alamat surel")),
    "bpjs": Word(_("nomor BPJS")),
    "passport": Word(_("nomor paspor")),
    "driving_licence": Word(_("nomor SIM")),
    "plate": Word(_("nomor kendaraan")),
    "bank_account": Word(_("nomor rekening")),
    "card": Word(_("nomor kartu")),
    "nip": Word(_("NIP")),
    "nisn": Word(_("NISN")),
    "certificate": Word(_("nomor akta")),
    "address": Word(_("alamat")),
    "coordinates": Word(_("koordinat")),
    "birth_date": Word(_("tanggal lahir")),
    "name": Word(_("nama")),
    "health": Word(_("data kesehatan")),
    "customer_number": Word(_("nomor pelanggan")),
}

DELIVERY: dict[str, Word] = {
    "waiting": Word(_("Menunggu giliran"), "clock"),
    "sending": Word(_("Sedang dikirim"), "loader-circle"),
    "sent": Word(_("Terkirim"), "circle-check", "green"),
    "unknown": Word(_("Hasil belum diketahui"), "hourglass", "amber"),
    "failed": Word(_("Gagal terkirim"), "octagon-alert", "red"),
    "cancelled": Word(_("Dibatalkan"), "ban"),
}

CASE_STATES: dict[str, Word] = {
    "baru": Word(_("Baru"), "circle-dashed", "blue"),
    "menunggu_kelengkapan": Word(_("Menunggu kelengkapan"), "hourglass", "amber"),
    "terverifikasi": Word(_("Terverifikasi"), "badge-check", "blue"),
    "didisposisikan": Word(_("Didisposisikan"), "folder-input", "blue"),
    "dikembalikan": Word(_("Dikembalikan"), "corner-up-left", "amber"),
    "ditindaklanjuti": Word(_("Ditindaklanjuti"), "footprints", "teal"),
    "ditanggapi_instansi": Word(_("Ditanggapi instansi"), "message-square", "teal"),
    "ditanggapi_pelapor": Word(_("Ditanggapi pelapor"), "message-circle", "amber"),
    "selesai": Word(_("Selesai"), "circle-check", "green"),
    "diarsipkan": Word(_("Diarsipkan"), "archive"),
}

ASSIGNMENT_STATES: dict[str, Word] = {
    "sent": Word(_("Dikirim"), "send", "blue"),
    "accepted": Word(_("Diterima"), "footprints", "teal"),
    "returned": Word(_("Dikembalikan"), "corner-up-left", "amber"),
    "done": Word(_("Selesai"), "circle-check", "green"),
    "withdrawn": Word(_("Ditarik"), "undo-2"),
}

HEALTHS: dict[str, Word] = {
    "ok": Word(_("Sehat"), "circle-check", "green"),
    "late": Word(_("Terlambat"), "clock", "amber"),
    "failing": Word(_("Gangguan"), "triangle-alert", "red"),
    "needs_login": Word(_("Perlu masuk lagi"), "key-round", "red"),
    "paused": Word(_("Dijeda"), "pause"),
    "manual": Word(_("Manual"), "hand"),
}

SETS: dict[str, dict[str, Word]] = {
    "platform": PLATFORMS,
    "sentiment": SENTIMENTS,
    "intent": INTENTS,
    "urgency": URGENCIES,
    "language": LANGUAGES,
    "kind": KINDS,
    "topic": TOPICS,
    "personal": PERSONAL,
    "delivery": DELIVERY,
    "case": CASE_STATES,
    "assignment": ASSIGNMENT_STATES,
    "health": HEALTHS,
}


def word(kind: str, code: str) -> Word:
    """This will return the words for a code; one that nobody named is shown as it is."""
    return SETS[kind].get(code) or Word(code)
