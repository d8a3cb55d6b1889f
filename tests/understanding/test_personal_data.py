"""Personal data by tables: what is found, with exact offsets, and what only looks like it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.understanding.personal_data import find, mask

FOUND = [
    ("NIK saya 3471015508950001 tolong dicek", "nik", "3471015508950001"),
    ("nik: 3276014107900002", "nik", "3276014107900002"),
    ("3471 0155 0895 0001", "nik", "3471 0155 0895 0001"),
    ("34.71.01.550895.0001", "nik", "34.71.01.550895.0001"),
    ("3471-0155-0895-0001 itu nomor saya", "nik", "3471-0155-0895-0001"),
    ("KTP 3\u200b471015508950001", "nik", "3\u200b471015508950001"),
    ("３４７１０１５５０８９５０００１", "nik", "３４７１０１５５０８９５０００１"),
    ("(9471011203850003)", "nik", "9471011203850003"),
    ("3 4 7 1 0 1 5 5 0 8 9 5 0 0 0 1", "nik", "3 4 7 1 0 1 5 5 0 8 9 5 0 0 0 1"),
    ("no KK 3471011205180042", "kk", "3471011205180042"),
    ("kartu keluarga: 3276052803150007", "kk", "3276052803150007"),
    ("NPWP 09.254.294.3-407.000", "npwp", "09.254.294.3-407.000"),
    ("npwp saya 092542943407000", "npwp", "092542943407000"),
    ("hubungi 081234567890", "phone", "081234567890"),
    ("WA 0812-3456-7890 ya", "phone", "0812-3456-7890"),
    ("0857 1234 5678", "phone", "0857 1234 5678"),
    ("+62 812-3456-7890", "phone", "+62 812-3456-7890"),
    ("+6281234567890", "phone", "+6281234567890"),
    ("wa.me/6281234567890", "phone", "6281234567890"),
    ("nomer ku 0 8 1 2 3 4 5 6 7 8 9 0", "phone", "0 8 1 2 3 4 5 6 7 8 9 0"),
    ("08951234567", "phone", "08951234567"),
    ("telp (0274) 512345", "phone", "(0274) 512345"),
    ("kantor 0274-512345", "phone", "0274-512345"),
    ("telepon 02174561234", "phone", "02174561234"),
    ("surel budi.s@surat.example ya", "email", "budi.s@surat.example"),
    ("SITI_NUR+1@kampus.ac.id", "email", "SITI_NUR+1@kampus.ac.id"),
    ("budi at gmail dot com", "email", "budi at gmail dot com"),
    ("joko(at)yahoo.com", "email", "joko(at)yahoo.com"),
    ("kartu bpjs 0001234567890 nonaktif", "bpjs", "0001234567890"),
    ("BPJS Ketenagakerjaan 12345678901", "bpjs", "12345678901"),
    ("no paspor A1234567", "passport", "A1234567"),
    ("paspor saya X 123456 hilang", "passport", "X 123456"),
    ("SIM A 123456789012 habis masa", "driving_licence", "123456789012"),
    ("sim c saya nomor 1234567890123456", "driving_licence", "1234567890123456"),
    ("plat AB 1234 CD nyerobot", "plate", "AB 1234 CD"),
    ("AB1234CD parkir di trotoar", "plate", "AB1234CD"),
    ("motor ab 5678 ef kebut-kebutan", "plate", "ab 5678 ef"),
    ("mobil B 1 RI", "plate", "B 1 RI"),
    ("nopol H-4321-XY", "plate", "H-4321-XY"),
    ("rek BCA 1234567890 an Siti", "bank_account", "1234567890"),
    ("transfer ke BRI 0123-01-012345-50-6", "bank_account", "0123-01-012345-50-6"),
    ("norek mandiri 1370012345678", "bank_account", "1370012345678"),
    ("kartu kredit 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
    ("visa 4111111111111111", "card", "4111111111111111"),
    ("NIP 198501012010011001", "nip", "198501012010011001"),
    ("19850101 201001 1 001", "nip", "19850101 201001 1 001"),
    ("NISN 1234567890 anak saya", "nisn", "1234567890"),
    ("akta 3471-LT-12052018-0042", "certificate", "3471-LT-12052018-0042"),
    ("rumah saya Jl. Mawar No 12 RT 03 RW 05", "address", "Jl. Mawar No 12 RT 03 RW 05"),
    ("Jalan Kenari no. 7", "address", "Jalan Kenari no. 7"),
    ("gg melati RT 2/RW 4", "address", "gg melati RT 2/RW 4"),
    ("alamat saya RT 03 RW 05", "address", "RT 03 RW 05"),
    ("lokasi -7.7956, 110.3695", "coordinates", "-7.7956, 110.3695"),
    ("-6.402905,106.778419", "coordinates", "-6.402905,106.778419"),
    ("lahir 12 Mei 1990", "birth_date", "12 Mei 1990"),
    ("ttl Sleman, 01-02-1985", "birth_date", "01-02-1985"),
    ("Pak Budi Santoso belum datang", "name", "Budi Santoso"),
    ("nama saya Ngatinah", "name", "Ngatinah"),
    ("sy budi mau tanya", "name", "budi"),
    ("a.n. Siti Rahayu", "name", "Siti Rahayu"),
    ("bu endang pujiastuti rumahnya bocor", "name", "endang pujiastuti"),
    ("anak saya kena DBD", "health", "DBD"),
    ("istri saya sakit kanker stadium 3", "health", "kanker"),
    ("no pelanggan 01234567 PDAM", "customer_number", "01234567"),
    ("idpel 532112345678", "customer_number", "532112345678"),
]
NOTHING = [
    "jalan rusak sejak 2024 sampai 2026",
    "harga 100000 200000 300000",
    "Rp 20.000.000 untuk aspal",
    "rp3471015508950001",
    "tiket 1234567890123456789",
    "nomor laporan 5049672",
    "call center 1500-664",
    "telepon 112 atau 119",
    "Pak Lurah tidak di tempat",
    "Bu Camat dan Pak RT",
    "pak wali tolong",
    "ibu hamil antre lama",
    "@siti_nur halo min",
    "akun @budi_santoso bohong",
    "SDN Ungaran bocor",
    "sim card 123456789012 hilang sinyal",
    "fogging DBD kapan ya",
    "penyuluhan HIV di puskesmas",
    "lampu mati di RT 03 RW 05",
    "jalan di depan pasar rusak",
    "jl kaliurang macet",
    "tanggal 12 Mei 2026 rapat",
    "lahir batin senang",
    "3471015513950001 salah bulan",
    "9971015508950001",
    "3471015508950000",
    "0912345678",
    "08123",
    "AB 1234",
    "RT 03 RW 05 KM 12",
    "tahun 2024 AD",
    "pukul 10.30-12.00 WIB",
    "email ke alamat resmi kami",
    "a@b",
    "-77.7956, 10.3695",
    "12.5, 13.5",
    "versi 10.0.2.1",
    "IP 192.168.100.200",
    "4111 1111 1111 1112",
    "terima kasih 🙏",
]


@pytest.mark.parametrize(("text", "kind", "piece"), FOUND)
def test_found_where_it_stands(text: str, kind: str, piece: str) -> None:
    assert (kind, piece) in [(one.type, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it(text: str) -> None:
    assert find(text) == ()


def test_a_number_has_one_kind() -> None:
    text = "NIK 3471015508950001 hp 081234567890 rek BCA 1234567890"
    assert [one.type for one in find(text)] == ["nik", "phone", "bank_account"]


def test_numbers_beside_each_other_stay_apart() -> None:
    text = "3471015508950001 081234567890"
    assert [text[one.start : one.end] for one in find(text)] == ["3471015508950001", "081234567890"]


WORDS = st.text(alphabet="abc dé 😡.,!?\n", max_size=40)
SPACERS = st.sampled_from(["", "", " ", "-", ".", "\u200b", "\u00a0"])


@given(
    WORDS,
    WORDS,
    st.integers(1, 28),
    st.integers(1, 12),
    st.booleans(),
    st.lists(SPACERS, min_size=3, max_size=3),
)
def test_a_planted_nik_is_found_at_its_place(
    before: str, after: str, day: int, month: int, woman: bool, gaps: list[str]
) -> None:
    number = f"347105{day + 40 * woman:02d}{month:02d}951234"
    written = "".join(
        part + gap for part, gap in zip((number[:4], number[4:8], number[8:12]), gaps, strict=True)
    )
    written += number[12:]
    text = f"{before} NIK {written} {after}"
    start = len(before) + 5
    assert ("nik", start, start + len(written)) in find(text)


@given(st.text(max_size=300))
def test_finds_lie_in_the_text_and_apart(text: str) -> None:
    found = find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_masks_by_audience() -> None:
    text = "Pak Budi Santoso, NIK 3471015508950001, hp 081234567890"
    found = find(text)
    public = mask(text, found, "public")
    assert public == "Pak •••• •••••••, NIK ••••••••••••••••, hp ••••••••••••"
    assert mask(text, found, "handler") == "Pak Budi Santoso, NIK ••••••••••••••••, hp 081234567890"
    assert mask(text, found, "trusted") == text


@given(st.text(max_size=200))
def test_masking_keeps_the_length(text: str) -> None:
    assert len(mask(text, find(text), "public")) == len(text)
