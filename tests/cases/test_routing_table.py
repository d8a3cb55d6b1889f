"""To which service roles a topic goes, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tanggap.agencies.roles import ROLES
from tanggap.cases.routing_table import (
    PARTS,
    Handling,
    RoutingError,
    handling_of,
    roles_for,
    topic_rules,
)

# The 43 codes that outside programs know.
TOPICS = [
    "jalan_rusak", "jembatan", "trotoar", "drainase", "banjir", "bencana",
    "kebakaran", "sampah", "pencemaran", "taman_pohon", "pju", "lalu_lintas",
    "parkir", "angkutan", "adminduk", "air_bersih", "listrik", "kesehatan",
    "bpjs", "wabah", "sekolah", "perundungan", "bansos", "pmks",
    "kdrt_anak", "ketertiban", "pasar", "umkm", "perizinan", "pajak",
    "tenaga_kerja", "tata_ruang", "perumahan", "pertanian", "pariwisata_budaya", "aplikasi",
    "petugas", "kelurahan", "informasi", "apresiasi", "usulan", "hoaks_isu",
    "luar_wewenang",
]  # fmt: skip


def parts(topic: str | None, supervisory: bool = False, urgency: str = "normal") -> dict[str, str]:
    return {found.role: found.part for found in roles_for(topic, supervisory, urgency)}


def test_every_topic_stands_in_the_table_once() -> None:
    assert sorted(topic_rules()) == sorted(TOPICS)
    assert len(TOPICS) == 43


@pytest.mark.parametrize(
    ("topic", "primary"),
    [
        ("jalan_rusak", "bina_marga"),
        ("drainase", "sda"),
        ("banjir", "bpbd"),
        ("kebakaran", "damkar"),
        ("sampah", "kebersihan"),
        ("pju", "penerangan"),
        ("parkir", "parkir"),
        ("adminduk", "adminduk"),
        ("air_bersih", "air_bersih"),
        ("listrik", "listrik"),
        ("bpjs", "sosial"),
        ("wabah", "kesehatan"),
        ("kdrt_anak", "pppa"),
        ("ketertiban", "trantib"),
        ("pajak", "pajak"),
        ("kelurahan", "kelurahan"),
        ("informasi", "koordinator"),
        ("luar_wewenang", "luar_wewenang"),
    ],
)
def test_primary_role(topic: str, primary: str) -> None:
    first = roles_for(topic)[0]
    assert (first.role, first.part) == (primary, "primary")
    assert topic_rules()[topic].name in first.reason


@pytest.mark.parametrize("topic", [*TOPICS, None])
def test_a_supervisory_complaint_goes_to_the_inspectorate_alone(topic: str | None) -> None:
    assert parts(topic, supervisory=True, urgency="emergency") == {"pengawasan": "primary"}
    assert handling_of(topic, supervisory=True).confidential
    assert not handling_of(topic, supervisory=True).outside


def test_without_a_topic_the_coordinator_decides() -> None:
    assert parts(None) == {"koordinator": "primary"}
    assert handling_of(None) == Handling(urgent=False, confidential=False, outside=False)


def test_further_roles() -> None:
    assert parts("banjir") == {"bpbd": "primary", "sda": "together"}
    assert parts("banjir", urgency="emergency")["damkar"] == "emergency"
    assert parts("trotoar")["trantib"] == "together"
    assert parts("lalu_lintas")["kepolisian"] == "perhaps"
    assert parts("lalu_lintas", urgency="emergency")["kepolisian"] == "emergency"


def test_each_further_role_says_when() -> None:
    reasons = {found.role: found.reason for found in roles_for("sekolah")}
    assert reasons["pendidikan_menengah"] == "bila SMA, SMK, atau SLB"
    english = {found.role: found.reason for found in roles_for("sekolah", lang="en")}
    assert english["pendidikan_menengah"] == "if it is an upper secondary or special school"


@pytest.mark.parametrize("urgency", ["normal", "emergency"])
@pytest.mark.parametrize("topic", TOPICS)
def test_one_primary_role_first_and_none_twice(topic: str, urgency: str) -> None:
    found = roles_for(topic, urgency=urgency)
    assert [role.part for role in found].count("primary") == 1
    assert len({role.role for role in found}) == len(found)
    assert [PARTS.index(role.part) for role in found] == sorted(PARTS.index(role.part) for role in found)
    assert all(role.role in ROLES and role.reason for role in found)


def test_handling() -> None:
    flagged = {
        name: sorted(topic for topic in TOPICS if getattr(handling_of(topic), name))
        for name in ("urgent", "confidential", "outside")
    }
    assert flagged == {
        "urgent": ["bencana", "kdrt_anak", "kebakaran"],
        "confidential": ["kdrt_anak", "perundungan"],
        "outside": ["listrik", "luar_wewenang"],
    }
    assert handling_of("pju", urgency="emergency").urgent


def test_outside_topics_have_an_outside_primary_role() -> None:
    for topic, rule in topic_rules().items():
        assert ROLES[rule.primary].outside is rule.outside, topic


def test_nothing_unverified_claims_to_be_verified() -> None:
    assert not any(rule.verified for rule in topic_rules().values())
    assert all(rule.source for rule in topic_rules().values())


def test_unknown_topic() -> None:
    for ask in (roles_for, handling_of):
        with pytest.raises(RoutingError, match=r"topic_roles\.json"):
            ask("cuaca")


@pytest.mark.parametrize(
    "wrong",
    [
        {"primary": "walikota"},
        {"further": [{"role": "sda", "part": "primary", "when": "", "when_en": ""}]},
        {"further": [{"role": "dewa", "part": "perhaps", "when": "", "when_en": ""}]},
        {"further": [{"role": "sda"}]},
        {"colour": "red"},
    ],
)
def test_names_the_wrong_line(tmp_path: Path, wrong: dict[str, object]) -> None:
    entry: dict[str, object] = {
        "topic": "x", "name": "X", "name_en": "X", "parent": None, "primary": "sda", "further": [], "urgent": False,
        "confidential": False, "outside": False, "verified": False, "source": "", "note": "", "note_en": "",
    }  # fmt: skip
    path = tmp_path / "table.json"
    path.write_text(json.dumps([entry]))
    assert list(topic_rules(path)) == ["x"]
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps([entry, {**entry, **wrong}]))
    with pytest.raises(RoutingError, match="Baris ke-2"):
        topic_rules(broken)
