"""What the checks say of pictures and films: a table a rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tanggap.agencies.models import Role
from tanggap.publishing import checks
from tanggap.publishing.checks import Context, Severity

PICTURE = {
    "item": 1, "name": "kantor.jpg", "type": "image/jpeg", "alt": "Kantor kelurahan", "decorative": "", "crop": None,
    "licence": "own", "credit": "", "consent": "nobody", "consent_note": "", "children": False, "captions": "",
    "looked": True, "found": {"faces": 0, "boxes": [], "text": "", "personal_data": []},
}  # fmt: skip
"""A picture of which all is known and nothing is wrong."""
FILM = PICTURE | {"name": "rapat.mp4", "type": "video/mp4", "captions": "burned_in"}
BLOCKS, WARNS, INFORMS = Severity.BLOCKS, Severity.WARNS, Severity.INFORMS


def saw(faces: int | None = 0, text: str | None = "", data: list[str] | None = None) -> dict[str, Any]:
    return {
        "found": {
            "faces": faces,
            "boxes": [],
            "text": text,
            "personal_data": data if text is not None else None,
        }
    }


TABLE: list[tuple[str, dict[str, Any], dict[str, Any], Severity | None]] = [
    ("alt_text", PICTURE, {}, None),
    ("alt_text", PICTURE, {"alt": ""}, BLOCKS),
    ("alt_text", PICTURE, {"alt": " \n"}, BLOCKS),
    ("alt_text", PICTURE, {"alt": "", "decorative": "garis pemisah"}, None),
    ("alt_text", PICTURE, {"alt": "", "decorative": "  "}, BLOCKS),
    ("alt_text", FILM, {"alt": ""}, WARNS),
    ("captions", PICTURE, {"captions": ""}, None),
    ("captions", FILM, {}, None),
    ("captions", FILM, {"captions": "no_speech"}, None),
    ("captions", FILM, {"captions": ""}, WARNS),
    ("captions", {"type": "video/mp4", "name": "x"}, {}, WARNS),
    ("image_rights", PICTURE, {}, None),
    ("image_rights", PICTURE, {"licence": ""}, WARNS),
    ("image_rights", PICTURE, {"licence": None}, WARNS),
    ("image_rights", PICTURE, {"licence": "nobody-knows"}, WARNS),
    ("image_rights", PICTURE, {"licence": "reserved"}, BLOCKS),
    ("image_rights", PICTURE, {"licence": "internal"}, BLOCKS),
    ("image_rights", PICTURE, {"licence": "cc-by"}, WARNS),
    ("image_rights", PICTURE, {"licence": "cc-by", "credit": "Sari"}, None),
    ("image_rights", PICTURE, {"licence": "cc-by-nd", "credit": "Sari"}, None),
    ("image_rights", PICTURE, {"licence": "cc-by-nd", "credit": "Sari", "crop": [0, 0, 0.5, 1]}, BLOCKS),
    ("image_rights", PICTURE, {"licence": "cc0"}, None),
    ("consent", PICTURE, {}, None),
    ("consent", PICTURE, {"consent": "missing"}, BLOCKS),
    ("consent", PICTURE, {"consent": "unknown"}, WARNS),
    ("consent", PICTURE, {"consent": ""}, WARNS),
    ("consent", PICTURE, {"consent": "unknown", **saw(faces=2)}, BLOCKS),
    ("consent", PICTURE, {"consent": "unknown", **saw(faces=None)}, WARNS),
    ("consent", PICTURE, {"consent": "unknown", "found": None}, WARNS),
    ("consent", PICTURE, {"consent": "given", **saw(faces=2)}, None),
    ("consent", PICTURE, {"consent": "public_event", **saw(faces=40)}, None),
    ("consent", PICTURE, {"consent": "nobody", **saw(faces=1)}, INFORMS),
    ("children_in_pictures", PICTURE, {}, None),
    ("children_in_pictures", PICTURE, {"children": True}, BLOCKS),
    ("children_in_pictures", PICTURE, {"children": True, "consent": "given"}, BLOCKS),
    ("children_in_pictures", PICTURE, {"children": True, "consent": "given", "consent_note": " "}, BLOCKS),
    ("children_in_pictures", PICTURE, {"children": True, "consent": "public_event", "consent_note": "x"}, BLOCKS),
    ("children_in_pictures", PICTURE, {"children": True, "consent": "given", "consent_note": "ibunya, 3/11"}, None),
    ("children_in_pictures", PICTURE, {"consent": "given", "consent_note": ""}, None),
    ("personal_data_in_pictures", PICTURE, {}, None),
    ("personal_data_in_pictures", PICTURE, saw(text="NIK ••••", data=["nik"]), BLOCKS),
    ("personal_data_in_pictures", PICTURE, saw(text="…", data=["bpjs", "phone"]), BLOCKS),
    ("personal_data_in_pictures", PICTURE, saw(text="Hubungi 0274 …", data=["phone"]), WARNS),
    ("personal_data_in_pictures", PICTURE, saw(text="…", data=["plate"]), WARNS),
    ("personal_data_in_pictures", PICTURE, saw(text="…", data=["name"]), None),
    ("personal_data_in_pictures", PICTURE, saw(text="…", data=["of-a-later-version"]), None),
    ("personal_data_in_pictures", PICTURE, saw(text=None), INFORMS),
    ("personal_data_in_pictures", PICTURE, {"found": None}, INFORMS),
    ("personal_data_in_pictures", PICTURE, {"found": None, "looked": False}, WARNS),
    ("personal_data_in_pictures", PICTURE, {"alt": "KTP dengan NIK 3471012503900001"}, BLOCKS),
    ("personal_data_in_pictures", {"name": "lama.png", "type": "image/png", "alt": "Peta"}, {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "file", "changes", "severity"), TABLE)
def test_what_a_rule_says_of_a_file(
    rule: str, file: dict[str, Any], changes: dict[str, Any], severity: Severity | None
) -> None:
    context = Context(kind="post", media=[file | changes])
    found = [one for one in checks.run("Kantor buka besok.", context) if one.rule == rule]
    gravest = min((one.severity for one in found), key=list(Severity).index, default=None)
    assert gravest == severity
    for one in found:
        assert (one.start, one.end, one.quote) == (0, 0, file["name"])
        assert one.why
        assert one.mend
        json.dumps(one.as_json())


@pytest.mark.parametrize("check", checks.all_checks(), ids=lambda check: check.id)
def test_the_tables_tell_of_every_rule_what_stops_and_what_passes(check: checks.Check) -> None:
    if check.looks_at != "media":
        assert not [row for row in TABLE if row[0] == check.id]
        return
    said = {severity for rule, _file, _changes, severity in TABLE if rule == check.id}
    assert {None, check.gives} <= said


def test_each_file_is_looked_at() -> None:
    context = Context(
        media=[PICTURE, PICTURE | {"alt": "", "name": "b.jpg"}, PICTURE | {"alt": "", "name": "c.jpg"}]
    )
    assert [one.quote for one in checks.run("", context) if one.rule == "alt_text"] == ["b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("rule", "role", "may"),
    [
        ("consent", Role.COORDINATOR, True),
        ("consent", Role.OFFICER, False),
        ("image_rights", Role.COORDINATOR, True),
        ("personal_data_in_pictures", Role.LIAISON, False),
        ("children_in_pictures", Role.COORDINATOR, False),
        ("alt_text", Role.COORDINATOR, False),
    ],
)
def test_who_may_answer(rule: str, role: str, may: bool) -> None:
    check = checks.check_of(rule)
    assert check is not None
    assert checks.may_answer(check, role) is may
