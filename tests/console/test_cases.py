"""Cases: the list with its filters, the page with what each role may do, and every deed through its form."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Government, Member, Role, Unit
from tanggap.cases import deeds
from tanggap.cases.models import Assignment, Case, CasePost, CaseState, Note, Secrecy
from tanggap.channels.models import Channel
from tanggap.console.rows import first_said
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tests.city import a_case, a_channel, a_government, a_member, a_post, a_unit, compare_words
from tests.console.pictures import a_picture

NIK = "3471010101900001"
As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def case(channel: Channel, coordinator: Member) -> Case:
    return a_case(a_post(channel), coordinator)


@pytest.fixture
def boss(coordinator: Member, as_member: As) -> Client:
    return as_member(coordinator)


def page(client: Client, **query: str) -> str:
    return client.get(reverse("cases"), query).content.decode()


def do(client: Client, deed: str, case: Case, **typed: object) -> str:
    answer = client.post(reverse(deed, args=[case.number]), typed, follow=True)
    return answer.content.decode()


def test_the_list_shows_due_words_state_and_the_citizens_words(boss: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(days=9))
    shown = page(boss)
    for text in (case.number, case.title, "terlambat", "hari kerja", "jalan depan SD bolong besar"):
        assert text in shown


def test_a_row_shows_how_the_case_began_with_personal_data_covered(
    boss: Client, channel: Channel, coordinator: Member, desk: Unit, as_member: As
) -> None:
    post = a_post(
        channel, f"@kominfo banjir, NIK {NIK}", has_personal_data=True,
        reading={"personal_data": [{"type": "nik", "start": 21, "end": 37}]},
    )  # fmt: skip
    case = a_case(post, coordinator, desk)
    later = a_post(channel, "susulan", received_at=timezone.now() + timedelta(days=1))
    CasePost.objects.create(
        case=case, post=later, by="t", at=timezone.now(), government_id=case.government_id
    )
    liaison = as_member(a_member(desk, Role.LIAISON))
    for shown in (
        page(boss),
        boss.get(reverse("today")).content.decode(),
        liaison.get(reverse("tasks")).content.decode(),
    ):
        assert '<bdi class="words">banjir, NIK •••' in shown
        assert NIK not in shown
        assert "susulan" not in shown.partition('id="newest"')[0]


def test_the_words_of_a_page_cost_one_query(
    channel: Channel, coordinator: Member, django_assert_num_queries: Callable[[int], Any]
) -> None:
    made = [a_case(a_post(channel, f"kata {number}"), coordinator) for number in range(4)]
    with django_assert_num_queries(1):
        said = first_said(coordinator, made)
    assert [said[one.pk].words for one in made] == [f"kata {number}" for number in range(4)]


def test_filters_are_the_address(boss: Client, case: Case, channel: Channel, coordinator: Member) -> None:
    other = a_case(a_post(channel, topic="pju"), coordinator)
    Case.objects.filter(pk=other.pk).update(due_at=timezone.now() - timedelta(days=9))
    assert case.number not in page(boss, topic="pju")
    assert other.number in page(boss, topic="pju")
    assert other.number in page(boss, due="late")
    assert case.number not in page(boss, due="late")
    assert "Tidak ada kasus yang cocok" in page(boss, q="tidak ada yang begini")
    assert "Hapus saringan" in page(boss, q="tidak ada yang begini")


def test_an_empty_list_teaches_the_next_step(boss: Client) -> None:
    shown = page(boss)
    assert "Tidak ada kasus terbuka" in shown
    assert reverse("add") in shown


def test_odd_filters_do_no_harm(boss: Client, case: Case) -> None:
    for query in (
        {"page": "99999999999"},
        {"unit": "x"},
        {"state": "lain"},
        {"sort": "id;drop"},
        {"due": "?"},
    ):
        assert boss.get(reverse("cases"), query).status_code == 200


def test_the_spreadsheet_has_the_same_rows_and_runs_no_formula(boss: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(title="=cmd|' /C calc'!A0")
    answer = boss.get(reverse("cases_csv"), {"topic": "jalan_rusak"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[1][0] == case.number
    assert rows[1][1].startswith("'=")
    assert len(rows) == 2


def test_the_page_tells_the_clock_its_reason_and_no_unverified_law(boss: Client, case: Case) -> None:
    shown = boss.get(reverse("case", args=[case.number])).content.decode()
    assert "Mengapa tenggat ini?" in shown
    assert "belum diverifikasi" in shown
    assert "PermenPAN" not in shown


def test_personal_data_is_covered_until_somebody_uncovers_it_on_record(
    boss: Client, channel: Channel, coordinator: Member
) -> None:
    post = a_post(
        channel, f"NIK {NIK}", has_personal_data=True,
        reading={"personal_data": [{"type": "nik", "start": 4, "end": 20}]},
    )  # fmt: skip
    case = a_case(post, coordinator)
    shown = boss.get(reverse("case", args=[case.number])).content.decode()
    assert NIK not in shown
    assert "Tampilkan (dicatat)" in shown
    assert NIK in boss.post(reverse("case_reveal", args=[case.number, post.pk])).content.decode()
    assert (
        Entry.objects.filter(
            action="post.unmask", target_id=str(post.pk), actor=coordinator.audit_name
        ).count()
        == 1
    )


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_its_forms_and_no_others(case: Case, desk: Unit, as_member: As, role: Role) -> None:
    member = a_member(desk, role)
    shown = as_member(member).get(reverse("case", args=[case.number])).content.decode()
    for deed, right in {
        "case_dispatch": "case.dispatch", "case_verify": "case.triage", "case_close": "case.close",
        "case_note": "note.write", "case_secrecy": "case.triage",
    }.items():  # fmt: skip
        assert (f'action="{reverse(deed, args=[case.number])}"' in shown) == member.may(right), deed
    assert (case.follow in shown) <= member.may("reply.write")


@pytest.mark.parametrize(
    "deed", ["case_verify", "case_dispatch", "case_close", "case_archive", "case_secrecy", "case_note"]
)
def test_a_reader_can_do_nothing(case: Case, desk: Unit, as_member: As, deed: str) -> None:
    assert as_member(a_member(desk, Role.VIEWER)).post(reverse(deed, args=[case.number])).status_code == 403
    case.refresh_from_db()
    assert case.state == CaseState.NEW


def test_verifying_puts_the_labels_right(boss: Client, case: Case) -> None:
    typed = {
        "title": "Lampu mati · Kricak",
        "case_class": "permintaan_informasi",
        "topic": "pju",
        "area_code": "",
    }
    assert "Kasus diverifikasi" in do(boss, "case_verify", case, **typed)
    before = case.due_at
    case.refresh_from_db()
    assert (case.state, case.topic, case.title) == (CaseState.VERIFIED, "pju", "Lampu mati · Kricak")
    assert case.due_at != before


def test_a_code_that_the_form_did_not_offer_is_refused_and_the_text_kept(boss: Client, case: Case) -> None:
    shown = do(
        boss, "case_verify", case, title="Judul yang diketik", case_class="pengaduan", topic="bukan_topik"
    )
    assert "tidak ada dalam daftar" in shown
    assert "Judul yang diketik" in shown
    case.refresh_from_db()
    assert case.state == CaseState.NEW


def test_dispatching_to_several_offices(boss: Client, case: Case, town: Government) -> None:
    units = [a_unit(town, "DLH"), a_unit(town, "DISHUB")]
    assert "Didisposisikan ke" in do(
        boss, "case_dispatch", case, units=[str(one.pk) for one in units], why="cek dulu"
    )
    assert set(Assignment.objects.filter(case=case).values_list("unit", "why")) == {
        (one.pk, "cek dulu") for one in units
    }
    assert "Pilih paling sedikit satu" in do(boss, "case_dispatch", case)


def test_a_foreign_office_is_none(boss: Client, case: Case) -> None:
    foreign = a_unit(a_government("34.71", "Kota Lain"), "ASING")
    do(boss, "case_dispatch", case, units=[str(foreign.pk)])
    assert not Assignment.objects.filter(case=case).exists()


def test_asking_stops_the_clock_closing_and_reopening(boss: Client, case: Case) -> None:
    assert "Jam berhenti" in do(boss, "case_ask", case)
    assert "dijeda" in page(boss)
    assert "ditutup" in do(boss, "case_close", case, reason="Sudah beres")
    assert "Sudah beres" in boss.get(reverse("case", args=[case.number])).content.decode()
    assert "dibuka kembali" in do(boss, "case_reopen", case)
    case.refresh_from_db()
    assert case.state == CaseState.VERIFIED


def test_archiving_asks_for_a_reason(boss: Client, case: Case) -> None:
    assert "Tulis alasan pengarsipan" in do(boss, "case_archive", case, reason=" ")
    do(boss, "case_archive", case, reason="ganda")
    case.refresh_from_db()
    assert case.state == CaseState.ARCHIVED


def test_a_note_stays_in_the_house_and_the_summary_goes_out(boss: Client, case: Case) -> None:
    do(boss, "case_note", case, text="hubungi RT dulu")
    assert Note.objects.get(case=case).text == "hubungi RT dulu"
    do(boss, "case_summary", case, text="Jalan sedang diperbaiki")
    case.refresh_from_db()
    assert case.summary == "Jalan sedang diperbaiki"


def test_a_confidential_case_is_missing_for_others(
    boss: Client, case: Case, client: Client, desk: Unit, as_member: As
) -> None:
    assert client.get(reverse("case", args=[case.number])).status_code == 200
    Assignment.objects.all().delete()
    do(boss, "case_secrecy", case, secrecy=Secrecy.CONFIDENTIAL)
    case.refresh_from_db()
    leader = as_member(a_member(desk, Role.LEADER))
    assert leader.get(reverse("case", args=[case.number])).status_code == 404
    assert case.number not in page(leader, state="all")
    assert leader.post(reverse("case_note", args=[case.number]), {"text": "x"}).status_code == 404
    assert boss.get(reverse("case", args=[case.number])).status_code == 200


def test_another_governments_case_is_missing(boss: Client) -> None:
    other = a_government("34.71", "Kota Lain")
    unit = a_unit(other, "ASING")
    stranger = a_member(unit, Role.COORDINATOR)
    with scope.government(other.pk):
        foreign = a_case(a_post(a_channel(unit)), stranger)
        Case.objects.filter(pk=foreign.pk).update(number="K26-99999")
    for deed in ("case", "case_close", "case_note", "case_dispatch"):
        method = boss.get if deed == "case" else boss.post
        assert method(reverse(deed, args=["K26-99999"])).status_code == 404
    assert boss.get(reverse("case", args=["K26-88888"])).status_code == 404
    assert "K26-99999" not in page(boss, state="all")


def test_evidence_is_seen_with_the_case_only(
    boss: Client, case: Case, coordinator: Member, desk: Unit, town: Government, as_member: As
) -> None:
    deeds.dispatch(case, [desk], coordinator)
    task = Assignment.objects.get(case=case)
    deeds.progress(task, coordinator, "", [("a.png", a_picture())], ["Sebelum"])
    address = reverse("evidence_picture", args=[task.evidence.get().pk])
    assert boss.get(address)["Content-Type"] == "image/png"
    elsewhere = as_member(a_member(a_unit(town, "LAIN"), Role.LIAISON))
    assert elsewhere.get(address).status_code == 404
    assert task.evidence.get().caption == "Sebelum"


def test_the_page_names_similar_cases_with_their_state(
    boss: Client, case: Case, channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_words(monkeypatch)
    shown = boss.get(reverse("case", args=[case.number])).content.decode()
    assert "Kasus serupa" not in shown, "nothing is said where nothing is known"
    ended = a_case(a_post(channel), coordinator, title="Lubang yang dulu")
    deeds.close(ended, coordinator, "beres")
    work.run("vectors")
    shown = boss.get(reverse("case", args=[case.number])).content.decode()
    part = shown[shown.index("Kasus serupa") :]
    assert reverse("case", args=[ended.number]) in part
    assert "Lubang yang dulu" in part
    assert "Selesai" in part
