"""Findings quote what stands there and say why, on a verified basis; who may answer; nothing breaks them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.parts.hostile import PIECES
from tanggap.agencies.models import Role
from tanggap.publishing import checks, sources
from tanggap.publishing.checks import Context, Finding, Severity
from tanggap.publishing.pack import Pack, Word

NOW = datetime.fromisoformat("2026-11-22T09:00:00+07:00")
EVERYTHING = Context(kind="reply", now=NOW, scheduled_at=NOW, zone="Asia/Makassar", election=True)
HOUSE = Pack(1, {}, tuple(Word(f"kata {at}", "block", "claims", "uji") for at in range(500)))
HIDDEN = {
    "zero-width": "ra\u200bha\u200dsia",
    "homoglyphs": "r\u0430h\u0430s\u0456\u0430",
    "leet": "r4h4s14",
    "spacing": "r a h a s i a",
    "dots": "r.a.h.a.s.i.a",
    "full width": "ｒａｈａｓｉａ",
    "bidirectional": "\u202erahasia\u202c",
    "combining": "r\u0301a\u0302hasia",
    "zalgo": "r" + "\u0336" * 1000 + "ahasia",
    "mathematical": "𝐫𝐚𝐡𝐚𝐬𝐢𝐚",
    "stretched": "raaahasiaaaa",
    "in pieces": "ra hasia",
    "underscores": "r_a_h_a_s_i_a",
}
HOSTILE = (
    *PIECES, "rahasia ", "r a ", "r.a.", "ra ", "1a", "nota dinas ",
    "pilih nomor ", "nomor 1 x ", "https://a.", "a.b", "#A1a",
    "(", "A" * 7 + " ", "SELAMAT ", "selamat hari ", "1/1/2026 ",
    "senin 1 ", "turun ab ", "akan a ", "anak a ", "Siti, ",
    "jumat kliwon 1 ", "0811 ", "hubungi 1", "a@b.", "kata 7 ", "naik ", "Ab ",
    "!", "\u0301", "\u202e", "0O", "1l", "aa", "pukul 1.", "dari ",
)  # fmt: skip


def found(text: str, rule: str, context: Context = EVERYTHING) -> list[Finding]:
    return [one for one in checks.run(text, context) if one.rule == rule]


@pytest.mark.fault(43)
@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_word_is_found_and_quoted_as_it_stands(how: str) -> None:
    text = f"Dokumen {HIDDEN[how]} pimpinan."
    one = found(text, "excluded_information")[0]
    assert one.severity == Severity.BLOCKS
    assert text[one.start : one.end] == one.quote
    assert one.quote.strip("\u202e\u202c") in HIDDEN[how]
    assert len(one.quote) >= len("rahasia")


@pytest.mark.fault(43)
@pytest.mark.parametrize(
    "text", ["\x00", "\ud800 rahasia", "e\u0301" * 50, "🇮🇩👩‍👩‍👧", "\u202e" * 100, "\u200b", "\n" * 50, "­"]
)
def test_characters_of_every_kind_break_no_check(text: str) -> None:
    assert not [one for one in checks.run(text, EVERYTHING) if one.start == one.end]


@given(
    st.text(max_size=60),
    st.sampled_from(["rahasia", "goblok", "coblos nomor 2", "bit.ly/x", "31 Februari 2027"]),
)
def test_every_finding_quotes_its_place(around: str, inside: str) -> None:
    text = f"{around} {inside} {around}"
    for one in checks.run(text, EVERYTHING):
        assert 0 <= one.start < one.end <= len(text), one
        assert one.quote.strip() in text[one.start : one.end]


@pytest.mark.fault(45)
@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_of_30_kb_is_checked_to_its_end(piece: str) -> None:
    """How long it takes by length is measured in bench/checks.py; a rule that backtracks would not come to its end."""
    text = piece * (30_000 // len(piece)) + " goblok"
    findings = checks.run(text, replace(EVERYTHING, publication_kind="service", pack=HOUSE))
    assert findings[-1].start < findings[-1].end <= len(text)
    assert any(one.rule == "hate_and_coarse" and one.end == len(text) for one in findings)


def test_outside_an_election_period_taking_sides_only_warns() -> None:
    text = "Ayo coblos nomor 2!"
    in_period = Context(now=datetime.fromisoformat("2024-10-10T09:00:00+07:00"))
    assert found(text, "election_neutrality", in_period)[0].severity == Severity.BLOCKS
    assert found(text, "election_neutrality", Context(now=NOW))[0].severity == Severity.WARNS
    assert found(text, "election_neutrality", Context(now=NOW, election=True))[0].severity == Severity.BLOCKS


def test_only_verified_bases_are_shown() -> None:
    unverified = {one.name for one in sources.sources().values() if not one.verified}
    assert unverified
    text = "Nota dinas: HPS paket itu, dasar goblok, usir cina, coblos nomor 2, NIK 3471010101900001, anak bernama Rafa"
    shown = {one.source for one in checks.run(text, EVERYTHING)}
    assert not shown & unverified
    assert "UU 27/2022 tentang Pelindungan Data Pribadi" in shown
    assert all(one.seen_at for one in sources.sources().values() if one.verified)


def test_who_may_answer_for_a_rule() -> None:
    roles = set(Role.values)
    for check in checks.all_checks():
        assert check.by <= roles
    findings = checks.run("Dasar goblok.", EVERYTHING)
    rule = "hate_and_coarse"
    assert checks.blocking(findings, [rule], "officer")
    assert not checks.blocking(findings, [rule], "coordinator")
    nik = checks.run("NIK 3471010101900001", EVERYTHING)
    assert checks.blocking(nik, ["personal_data"], "coordinator")


def test_a_check_that_breaks_keeps_the_text_in_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = checks.check_of("tone")
    assert broken
    monkeypatch.setattr(type(broken), "find", lambda *_: 1 / 0)
    findings = checks.run("NIK 3471010101900001", EVERYTHING)
    assert {one.rule for one in checks.blocking(findings, [])} == {"tone", "personal_data"}


@pytest.mark.parametrize(
    "text",
    [
        "Terima kasih laporannya, Kak. Sudah kami teruskan ke Dinas PU dengan tiket TGP-7K2M-9.",
        "Baik, Bu. Petugas sedang memeriksa saluran di depan Pasar Baru.",
        "Mohon kirim nama jalan dan patokannya lewat pesan pribadi.",
    ],
)
def test_an_ordinary_answer_has_nothing_said_of_it(text: str) -> None:
    assert checks.run(text, Context(kind="reply", now=NOW, election=True)) == []


ASKED = {
    "": "Pengumuman: jadwal pasar.",
    "source": "Sumber fakta belum diisi.",
    "checked_by": "Pemeriksa fakta belum disebut.",
}


def test_a_clarification_names_its_source_and_who_checked_it() -> None:
    where = Context(kind="post", now=NOW, publication_kind="clarification", responsible="Kepala Dinas")
    said = {one.why: one.severity for one in found("Kabar itu sudah kami periksa.", "source_named", where)}
    assert said == {ASKED["source"]: Severity.BLOCKS, ASKED["checked_by"]: Severity.BLOCKS}
    named = replace(where, source="Dinkes, 20 November 2026", checked_by="Kepala Seksi Data")
    assert found("Kabar itu sudah kami periksa.", "source_named", named) == []
    assert found("Lanjutan.", "source_named", replace(where, role="thread")) == []
    assert found("Baik, Bu.", "source_named", replace(where, kind="reply")) == []


def test_what_a_channel_says_beside_the_post_counts_for_it() -> None:
    where = Context(kind="post", now=NOW, publication_kind="service")
    text = "Loket pindah ke lantai dua."
    assert found(text, "contact_given", where)
    assert found(text, "official_page", where)
    beside = replace(
        where, beside="Telepon 0274 555123. Lengkapnya di https://disdukcapil.jogjakota.go.id/loket"
    )
    assert found(text, "contact_given", beside) == []
    assert found(text, "official_page", beside) == []


@pytest.mark.parametrize(
    ("text", "day", "said"),
    [
        ("Selamat Hari Raya Idul Fitri", "2026-03-21", False),
        ("Selamat Hari Raya Idulfitri", "2026-04-21", True),
        ("Selamat menunaikan ibadah puasa", "2026-02-19", False),
        ("Selamat menunaikan ibadah puasa", "2026-05-19", True),
        ("Selamat Hari Raya Galungan", "2026-06-17", False),
        ("Selamat Hari Raya Kuningan", "2026-06-27", False),
        ("Selamat Hari Raya Galungan", "2026-06-24", True),
        ("Selamat Hari Film Nasional", "2026-03-30", False),
        ("Selamat Hari Film Nasional", "2026-05-30", True),
        ("Kirab Jumat Kliwon, 27 November 2026", "2026-11-20", True),
        ("Kirab Jumat Pon, 27 November 2026", "2026-11-20", False),
        ("Dibacakan Jumat Legi, 17 Agustus 1945", "2026-08-16", False),
        ("Malam Jumat, 26 November 2026", "2026-11-20", False),
    ],
)
def test_moving_days_and_market_days(text: str, day: str, said: bool) -> None:
    where = Context(kind="post", now=datetime.fromisoformat(f"{day}T09:00:00+07:00"))
    assert bool(found(text, "dates", where)) is said


def test_the_second_opinion_points_at_words_of_its_sentence() -> None:
    text = (
        "Selamat pagi, warga.\nLoket buka pukul delapan.\n\n"
        "Nama pelaku dan alamat korban yang kami sembunyikan ada di rumah Pak RT. Terima kasih."
    )
    for one in found(text, "excluded_information", Context(kind="post", now=NOW)):
        assert text[one.start : one.end] == one.quote
        assert one.start > text.index("delapan")


def test_a_find_that_reads_as_harmless_only_warns() -> None:
    where = Context(kind="post", now=NOW)
    text = "Ganti kata sandi akun layanan Anda secara berkala, jangan berikan kode OTP kepada siapa pun."
    assert all(one.severity != Severity.BLOCKS for one in found(text, "excluded_information", where))
