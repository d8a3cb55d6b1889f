"""Every head by hand-written posts in Indonesian, slang, Javanese and Sundanese (none of them in the word tables)."""

from __future__ import annotations

import numpy as np
import pytest

from tanggap.understanding.head import FlagHead
from tanggap.understanding.heads import all_heads
from tanggap.understanding.reader import Reader

TOPICS = [
    ("aspal di depan rumah udah ngelupas semua, motor pada jatoh", "jalan_rusak"),
    ("dalane rusak kabeh pak, bolongan ning endi-endi", "jalan_rusak"),
    ("jalanna ruksak, loba liang, bahaya keur motor", "jalan_rusak"),
    ("jembatan ke kampung sebelah hampir putus papannya", "jembatan"),
    ("trotoar dijadiin parkiran, pejalan kaki lewat mana", "trotoar"),
    ("selokan depan gang mampet, airnya item", "drainase"),
    ("solokan mampet, cai leubeut ka jalan", "drainase"),
    ("hujan bentar rumah langsung kebanjiran", "banjir"),
    ("udan sedhela wae banjir nganti njero omah", "banjir"),
    ("pohon gede tumbang nutup jalan", "bencana"),
    ("ada ular masuk dapur, tolong damkar", "kebakaran"),
    ("sampah di TPS penuh, bau banget udah lima hari", "sampah"),
    ("uwuh numpuk ora dijupuk-jupuk, mambu", "sampah"),
    ("runtah teu diangkut ti minggu kamari", "sampah"),
    ("pabrik tahu buang limbah ke sungai", "pencemaran"),
    ("mohon pohon dipangkas, rantingnya kena kabel", "taman_pohon"),
    ("lampu jalan padam, gelap tiap malam", "pju"),
    ("lampu dalan mati wis rong minggu", "pju"),
    ("lampu merah perempatan mati, macet parah", "lalu_lintas"),
    ("tukang parkir minta sepuluh ribu tanpa karcis", "parkir"),
    ("halte rusak, kursinya hilang, nunggu bus lama", "angkutan"),
    ("KTP saya dua bulan belum jadi", "adminduk"),
    ("air PDAM keruh dan bau", "air_bersih"),
    ("cai PDAM pareum wae", "air_bersih"),
    ("mati lampu dari siang, PLN gimana", "listrik"),
    ("antre di puskesmas dari subuh, dokternya telat", "kesehatan"),
    ("BPJS saya tiba-tiba nonaktif", "bpjs"),
    ("nyamuk banyak, tetangga kena DBD, minta fogging", "wabah"),
    ("sekolah minta uang gedung terus", "sekolah"),
    ("anak saya dibully temannya sampai trauma", "perundungan"),
    ("bansos ga pernah dapet padahal janda miskin", "bansos"),
    ("ada ODGJ ngamuk di perempatan", "pmks"),
    ("suaminya mukulin istrinya tiap malam", "kdrt_anak"),
    ("sound horeg sampai jam dua pagi, berisik", "ketertiban"),
    ("harga beras naik terus, cabe mahal", "pasar"),
    ("mau daftar NIB buat usaha kecil", "umkm"),
    ("ngurus PBG dipersulit, izin bangunan ga keluar", "perizinan"),
    ("PBB naik tiga kali lipat", "pajak"),
    ("THR ga dibayar sama perusahaan", "tenaga_kerja"),
    ("bangunan liar di bantaran sungai", "tata_ruang"),
    ("rumah simbah reot mau roboh, bisa bedah rumah?", "perumahan"),
    ("pupuk subsidi langka, petani rugi", "pertanian"),
    ("harga tiket wisata museum naik", "pariwisata_budaya"),
    ("aplikasi JSS ga bisa login, error terus", "aplikasi"),
    ("petugas loket judes banget", "petugas"),
    ("ketua RT minta iuran macem-macem", "kelurahan"),
    ("jam buka kantor hari sabtu jam berapa?", "informasi"),
    ("katanya ada penculikan anak, bener ga min?", "hoaks_isu"),
    ("kena tilang polisi minta duit damai", "luar_wewenang"),
]
INTENTS = [
    ("lampu jalan mati sudah sebulan tolong diperbaiki", "complaint"),
    ("kok sampah belum diangkut juga min", "complaint"),
    ("dalane rusak, kapan didandani?", "complaint"),
    ("cai PDAM paeh deui wae", "complaint"),
    ("mantap pak jalannya kayak kolam lele", "complaint"),
    ("syarat pindah domisili apa saja ya?", "information_request"),
    ("jam pinten kantor kelurahan bukak nggih?", "information_request"),
    ("iraha jadwal posyandu di dieu?", "information_request"),
    ("mau tanya cara daftar bansos gimana min", "information_request"),
    ("usul min, taman ditambah lampu biar terang", "aspiration"),
    ("sebaiknya dibuatkan zebra cross depan sekolah", "aspiration"),
    ("terima kasih pak, jalannya sudah bagus", "appreciation"),
    ("matur nuwun, pelayanane apik lan cepet", "appreciation"),
    ("hatur nuhun pisan, jalanna tos alus", "appreciation"),
    ("nonton bola yuk nanti malam", "other"),
]
LANGUAGES = [
    ("jalan di depan rumah saya rusak sudah lama", "id"),
    ("gak ngerti lagi gue sama pelayanan di sini", "id"),
    ("dalane rusak kabeh, ora ana sing ndandani", "jv"),
    ("nyuwun pirsa, kantoripun bikak jam pinten nggih", "jv"),
    ("jalanna ruksak pisan, iraha bade dilereskeun", "su"),
    ("abdi bade naros, kumaha carana ngadamel KTP", "su"),
    ("the street light near my house is broken again", "en"),
]
SENTIMENTS = [
    ("makanannya enak banget, tempatnya nyaman, puas", "positive"),
    ("pelayanan jelek, kotor, kecewa berat", "negative"),
    ("tolong min jalan berlubang parah depan pasar", "negative"),
    ("syarat bikin KK apa saja min?", "neutral"),
    ("terima kasih pak wali, taman jadi bersih dan indah", "positive"),
]
URGENCIES = [
    ("tolong cepat kebakaran rumah warga api membesar!!", "emergency"),
    ("ada kecelakaan, korban pingsan, butuh ambulans", "emergency"),
    ("banjir sedada, lansia terjebak belum dievakuasi", "emergency"),
    ("kobongan pak, omah tonggoku, tulung ndang", "emergency"),
    ("jam buka puskesmas berapa ya", "normal"),
    ("terima kasih jalannya sudah bagus", "normal"),
    ("lubang di jalan bahaya, sudah makan korban jatuh", "high"),
]
EMOTIONS = [
    ("kesel banget gue, muak sama pelayanan begini 😡", "anger"),
    ("takut lewat situ malam-malam, ngeri", "fear"),
    ("sedih lihatnya, kasihan simbah itu 😢", "sadness"),
    ("seneng banget, alhamdulillah akhirnya beres", "joy"),
    ("cinta banget sama kota ini ❤", "love"),
    ("syarat KIA apa saja", "neutral"),
]
FLAGS = [
    ("supervisory", "diminta uang pelicin sama oknum petugas", True),
    ("supervisory", "kades korupsi dana desa, laporkan", True),
    ("supervisory", "pak RT njaluk dhuwit, pungli kuwi", True),
    ("supervisory", "jalan berlubang depan pasar", False),
    ("supervisory", "sosialisasi anti korupsi di balai kota", False),
    ("abusive", "dasar pejabat goblok anjing lu", True),
    ("abusive", "jancok kowe, ndasmu", True),
    ("abusive", "anjing liar gigit anak, minta vaksin rabies", False),
    ("abusive", "pelayanan mengecewakan sekali", False),
    ("spam", "slot gacor maxwin daftar sekarang link di bio", True),
    ("spam", "jual followers murah, minat wa 0812", True),
    ("spam", "tolong berantas judi slot, meresahkan warga", False),
    ("spam", "sampah numpuk depan pasar", False),
]


def _label(reader: Reader, head: str, text: str) -> str | None:
    label: str | None = getattr(reader.read([text])[0], head).label
    return label


@pytest.mark.parametrize(("text", "topic"), TOPICS)
def test_topic(jogja: Reader, text: str, topic: str) -> None:
    assert _label(jogja, "topic", text) == topic


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intent(jogja: Reader, text: str, intent: str) -> None:
    assert _label(jogja, "intent", text) == intent


@pytest.mark.parametrize(("text", "language"), LANGUAGES)
def test_language(jogja: Reader, text: str, language: str) -> None:
    assert _label(jogja, "language", text) == language


@pytest.mark.parametrize(("text", "sentiment"), SENTIMENTS)
def test_sentiment(jogja: Reader, text: str, sentiment: str) -> None:
    assert _label(jogja, "sentiment", text) == sentiment


@pytest.mark.parametrize(("text", "urgency"), URGENCIES)
def test_urgency(jogja: Reader, text: str, urgency: str) -> None:
    assert _label(jogja, "urgency", text) == urgency


@pytest.mark.parametrize(("text", "emotion"), EMOTIONS)
def test_emotion(jogja: Reader, text: str, emotion: str) -> None:
    assert _label(jogja, "emotion", text) == emotion


@pytest.mark.parametrize(("head", "text", "value"), FLAGS)
def test_flags(jogja: Reader, head: str, text: str, value: bool) -> None:
    assert getattr(jogja.read([text])[0], head).value is value


def test_mixed_languages_are_listed(jogja: Reader) -> None:
    reading = jogja.read(["mohon diperbaiki jalannya pak, wis suwe ora didandani, mesakke sing liwat"])[0]
    assert {"id", "jv"} <= set(reading.languages)


def test_a_repeated_word_says_no_more(jogja: Reader) -> None:
    once, often = jogja.read(["sampah", "sampah " * 50])
    assert once.topic == often.topic


def test_the_folder_is_the_registry() -> None:
    heads = all_heads()
    assert set(heads) == {
        "language", "sentiment", "emotion", "intent", "supervisory", "topic", "urgency", "abusive", "spam",
    }  # fmt: skip
    assert all(head.labels == ("no", "yes") for head in heads.values() if isinstance(head, FlagHead))


def test_probabilities_sum_to_one(jogja: Reader) -> None:
    reading = jogja.read(["jalan rusak 😡"])[0]
    assert np.isclose(sum(score for _, score in reading.sentiment.candidates), 1, atol=1e-3)
