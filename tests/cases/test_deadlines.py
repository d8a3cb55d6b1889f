"""Which deadline rule holds, when its time is up, and what the command answers."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.agencies.calendar_file import calendar_of
from tanggap.cases.deadlines import (
    CLASSES,
    UNITS,
    DeadlineError,
    Pause,
    Rule,
    choose,
    deadline,
    deadline_command,
    load_rules,
    reckon,
)

TODAY = date(2026, 11, 22)
YOGYA = calendar_of("34.71")
START = datetime(2026, 11, 20, 10, 15, tzinfo=YOGYA.zone)


def rule(**changes: object) -> Rule:
    plain = Rule("contoh", "pengaduan", "settlement", 14, "workdays", "", "contoh", False)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case_class", "stage", "amount", "unit", "verified"),
    [
        ("pengaduan", "verification", 3, "workdays", True),
        ("pengaduan", "first_response", 48, "hours", False),
        ("pengaduan", "settlement", 14, "workdays", False),
        ("pengaduan_pengawasan", "settlement", 60, "workdays", False),
        ("aspirasi", "settlement", 14, "workdays", False),
        ("permintaan_informasi", "settlement", 5, "workdays", False),
        ("permintaan_informasi", "formal_answer", 10, "workdays", True),
        ("permintaan_informasi", "formal_extension", 7, "workdays", True),
        ("aspirasi", "reporter_silence", 10, "workdays", False),
        ("pengaduan", "completion", 30, "days", False),
    ],
)
def test_shipped_rules(case_class: str, stage: str, amount: int, unit: str, verified: bool) -> None:
    found = choose(load_rules(), case_class, stage, TODAY)
    assert found is not None
    assert (found.amount, found.unit, found.verified) == (amount, unit, verified)


@pytest.mark.parametrize("government", [None, "34.71", "32.76", "33.23", "99.71"])
@pytest.mark.parametrize("case_class", CLASSES)
def test_every_class_has_the_rules_that_a_case_needs(case_class: str, government: str | None) -> None:
    for stage in ("verification", "first_response", "settlement", "reporter_silence", "completion"):
        assert choose(load_rules(), case_class, stage, TODAY, government) is not None


def test_every_rule_has_a_source_and_only_verified_ones_are_shown_as_law() -> None:
    for found in load_rules():
        assert found.source
        shown = found.basis()
        if found.verified:
            assert shown == (found.legal_basis or found.source)
        else:
            assert shown == "belum diverifikasi"
            assert found.basis("en") == "not verified"


class TestChoose:
    def test_a_governments_own_rule_goes_first(self) -> None:
        rules = [rule(id="umum"), rule(id="kota", government="34.71"), rule(id="lain", government="32.76")]
        assert self.chosen(rules, "34.71") == "kota"
        assert self.chosen(rules, "33.23") == "umum"
        assert self.chosen(rules, None) == "umum"

    def test_only_rules_in_use_on_the_day(self) -> None:
        rules = [
            rule(id="lama", valid_until=TODAY - timedelta(days=1)),
            rule(id="kini", valid_from=TODAY, valid_until=TODAY),
            rule(id="nanti", valid_from=TODAY + timedelta(days=1)),
            rule(id="mati", valid_from=TODAY, in_use=False),
        ]
        assert self.chosen(rules, None) == "kini"
        assert choose(rules, "pengaduan", "settlement", TODAY - timedelta(days=1)) == rules[0]

    def test_the_latest_rule_goes_first(self) -> None:
        rules = [
            rule(id="2020", valid_from=date(2020, 1, 1)),
            rule(id="2025", valid_from=date(2025, 1, 1)),
            rule(id="x"),
        ]
        assert self.chosen(rules, None) == "2025"

    def test_none_for_what_has_no_rule(self) -> None:
        assert choose([rule()], "aspirasi", "settlement", TODAY) is None

    def chosen(self, rules: list[Rule], government: str | None) -> str:
        found = choose(rules, "pengaduan", "settlement", TODAY, government)
        assert found is not None
        return found.id


class TestDeadline:
    @pytest.mark.parametrize(
        ("amount", "unit", "due"),
        [
            (3, "workdays", "2026-11-25T16:00:00+07:00"),
            (14, "workdays", "2026-12-10T16:00:00+07:00"),
            (60, "workdays", "2027-02-19T15:30:00+07:00"),
            (48, "hours", "2026-11-22T10:15:00+07:00"),
            (30, "days", "2026-12-20T10:15:00+07:00"),
            (2, "workhours", "2026-11-20T13:45:00+07:00"),
        ],
    )
    def test_of_each_unit(self, amount: int, unit: str, due: str) -> None:
        assert deadline(START, rule(amount=amount, unit=unit), YOGYA).at.isoformat() == due

    def test_waiting_for_the_citizen_extends_it(self) -> None:
        pause = Pause(START + timedelta(days=4), START + timedelta(days=6))
        assert deadline(START, rule(), YOGYA, [pause]).at.isoformat() == "2026-12-14T16:00:00+07:00"

    @pytest.mark.parametrize(
        ("amount", "unit", "says"),
        [(1, "weeks", "workdays, workhours"), (2601, "workdays", "1 sampai 2600"), (0, "days", "Jumlah 0")],
    )
    def test_says_what_is_wrong(self, amount: int, unit: str, says: str) -> None:
        with pytest.raises(DeadlineError, match=says):
            reckon(START, amount, unit, YOGYA)


class TestCommand:
    @pytest.mark.parametrize(
        ("start", "amount", "unit", "government", "due"),
        [
            ("2026-11-20T10:15", 5, "workdays", None, "2026-11-27T16:30:00+07:00"),
            ("2026-11-20", "5", "workdays", "32.76", "2026-11-27T16:30:00+07:00"),
            ("2026-11-20 10:15:30", 48, "hours", "33.23", "2026-11-22T10:15:30+07:00"),
            ("2026-11-20T10:15+09:00", 1, "hours", "34.71", "2026-11-20T09:15:00+07:00"),
            ("2026-11-22T17:30Z", 1, "workdays", "34.71", "2026-11-24T16:00:00+07:00"),
            ("2026-11-20T10:15", 5, "workdays", "99.71", "2026-11-30T16:00:00+07:00"),
            ("2028-02-28", 1, "days", "34.71", "2028-02-29T00:00:00+07:00"),
        ],
    )
    def test_answers_json(
        self, start: str, amount: int | str, unit: str, government: str | None, due: str
    ) -> None:
        answer = json.loads(deadline_command(start, amount, unit, government, as_json=True))
        assert answer["due"] == due
        assert answer["why"].startswith(f"{amount} ")
        assert answer["provisional"] is False

    def test_answers_in_words(self) -> None:
        due, why = deadline_command("2026-12-23T10:00", 1, "workdays").split("\n")
        assert due == "2026-12-28T16:00:00+07:00"
        assert "Hari Raya Natal" in why

    @pytest.mark.parametrize(
        ("start", "amount", "unit", "government", "says"),
        [
            ("kemarin", 1, "hours", None, "Tulis seperti 2026-11-20"),
            ("2026-02-30", 1, "hours", None, "tidak terbaca"),
            ("2026-11-20", "lima", "hours", None, "bukan bilangan bulat"),
            ("2026-11-20", "1.5", "hours", None, "bukan bilangan bulat"),
            ("2026-11-20", -1, "hours", None, "Jumlah -1"),
            ("2026-11-20", 1, "minggu", None, "Satuan 'minggu'"),
            ("2026-11-20", 1, "hours", "31.71", "32.76, 33.23, 34.71, 99.71"),
            ("2026-11-20", 1, "hours", "../34.71", "tidak dikenal"),
            ("9999-12-31", 1, "days", None, "Tahun 9999"),
            ("0001-01-01T00:00+14:00", 1, "days", None, "Tahun 1 "),
        ],
    )
    def test_refuses_in_plain_words(
        self, start: str, amount: int | str, unit: str, government: str | None, says: str
    ) -> None:
        with pytest.raises(DeadlineError, match=says):
            deadline_command(start, amount, unit, government)

    @given(st.text(max_size=30), st.text(max_size=6), st.sampled_from([*UNITS, "weeks"]), st.text(max_size=6))
    def test_any_input_gives_an_answer_or_a_refusal(
        self, start: str, amount: str, unit: str, government: str
    ) -> None:
        # Any other exception fails the test.
        with contextlib.suppress(DeadlineError):
            assert deadline_command(start, amount, unit, government).count("\n") == 1

    def test_needs_neither_database_nor_django(self) -> None:
        program = (
            "import sys, tanggap.cases.routing_table; from tanggap.cases.deadlines import deadline_command; "
            "print(deadline_command('2026-11-20', 1, 'workdays')); print('django' in sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout.startswith("2026-11-23T16:00:00+07:00\n")
        assert run.stdout.endswith("False\n")


class TestRulesFile:
    ENTRY = {
        "id": "x", "classes": ["aspirasi"], "stage": "settlement", "amount": 3, "unit": "workdays",
        "legal_basis": "", "source": "contoh", "verified": True, "valid_from": "2026-01-01",
    }  # fmt: skip

    def test_one_rule_for_each_class(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.json"
        path.write_text(json.dumps([{**self.ENTRY, "classes": ["aspirasi", "pengaduan"]}]))
        assert [(found.case_class, found.valid_from) for found in load_rules(path)] == [
            ("aspirasi", date(2026, 1, 1)),
            ("pengaduan", date(2026, 1, 1)),
        ]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"unit": "weeks"},
            {"amount": 0},
            {"amount": "3"},
            {"stage": "later"},
            {"classes": ["keluhan"]},
            {"valid_from": "soon"},
        ],
    )
    def test_names_the_wrong_entry(self, tmp_path: Path, wrong: dict[str, object]) -> None:
        path = tmp_path / "rules.json"
        path.write_text(json.dumps([self.ENTRY, {**self.ENTRY, **wrong}]))
        with pytest.raises(DeadlineError, match="Aturan ke-2"):
            load_rules(path)

    def test_unreadable(self, tmp_path: Path) -> None:
        with pytest.raises(DeadlineError, match="tidak terbaca"):
            load_rules(tmp_path / "none.json")
