"""The task box of an office: what is late first, and the three deeds, with photos, on a phone without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Government, Member, Role, Unit
from tanggap.cases import deeds
from tanggap.cases.models import Assignment, AssignmentState, Case, CaseState
from tanggap.channels.models import Channel
from tests.city import a_case, a_member, a_post, a_unit
from tests.console.pictures import a_picture

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def office(town: Government) -> Unit:
    return a_unit(town, "PUPR")


@pytest.fixture
def task(channel: Channel, coordinator: Member, office: Unit) -> Assignment:
    case = a_case(a_post(channel, "lubang besar depan pasar"), coordinator)
    return deeds.dispatch(case, [office], coordinator, "periksa")[0]


@pytest.fixture
def phone(office: Unit, as_member: As) -> Client:
    return as_member(a_member(office, Role.LIAISON))


def test_late_tasks_stand_first(
    phone: Client, task: Assignment, channel: Channel, coordinator: Member, office: Unit
) -> None:
    case = a_case(a_post(channel), coordinator, title="Yang terlambat")
    late = deeds.dispatch(case, [office], coordinator)[0]
    Assignment.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=4))
    shown = phone.get(reverse("tasks")).content.decode()
    assert shown.index("Yang terlambat") < shown.index("lubang besar depan pasar")
    assert "1 tugas terlambat" in shown


def test_an_empty_box_teaches(phone: Client) -> None:
    shown = phone.get(reverse("tasks")).content.decode()
    assert "Tidak ada tugas" in shown
    assert (
        "Belum ada tugas yang berakhir" in phone.get(reverse("tasks"), {"daftar": "selesai"}).content.decode()
    )


def test_accepting(phone: Client, task: Assignment) -> None:
    shown = phone.post(reverse("task_accept", args=[task.pk]), follow=True).content.decode()
    assert "Tugas diterima" in shown
    assert reverse("task_progress", args=[task.pk]) in shown
    task.refresh_from_db()
    assert task.state == AssignmentState.ACCEPTED
    assert Case.objects.get(pk=task.case_id).state == CaseState.IN_PROGRESS


def test_returning_needs_a_reason(phone: Client, task: Assignment) -> None:
    address = reverse("task_return", args=[task.pk])
    assert "Mengapa dikembalikan?" in phone.get(address).content.decode()
    answer = phone.post(address, {"reason": "  "})
    assert answer.status_code == 422
    assert "Tulis alasan pengembalian" in answer.content.decode()
    phone.post(address, {"reason": "jalan provinsi"})
    task.refresh_from_db()
    assert (task.state, task.reason) == (AssignmentState.RETURNED, "jalan provinsi")


def test_progress_with_a_photo(phone: Client, task: Assignment) -> None:
    photo = SimpleUploadedFile("foto.png", a_picture(), "image/png")
    phone.post(reverse("task_progress", args=[task.pk]), {"text": "sudah disurvei", "photos": photo})
    shown = phone.get(reverse("task", args=[task.pk])).content.decode()
    assert "sudah disurvei" in shown
    assert reverse("evidence_picture", args=[task.evidence.get().pk]) in shown


def test_finishing_with_before_and_after(phone: Client, task: Assignment) -> None:
    photos = {
        name: SimpleUploadedFile(f"{name}.png", a_picture(colour), "image/png")
        for name, colour in (("before", "brown"), ("after", "green"))
    }
    phone.post(reverse("task_finish", args=[task.pk]), {"answer": "Lubang ditambal.", **photos})
    task.refresh_from_db()
    assert (task.state, task.answer) == (AssignmentState.DONE, "Lubang ditambal.")
    assert sorted(task.evidence.values_list("caption", flat=True)) == ["Sebelum", "Sesudah"]
    assert "Lubang ditambal." in phone.get(reverse("task", args=[task.pk])).content.decode()
    assert task.case.number in phone.get(reverse("tasks"), {"daftar": "selesai"}).content.decode()


def test_a_refused_answer_keeps_its_text_and_a_broken_photo_says_so(phone: Client, task: Assignment) -> None:
    broken = SimpleUploadedFile("foto.png", b"bukan gambar", "image/png")
    answer = phone.post(
        reverse("task_finish", args=[task.pk]), {"answer": "Selesai kemarin", "after": broken}
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Selesai kemarin" in shown
    assert "bukan gambar yang utuh" in shown
    task.refresh_from_db()
    assert task.state == AssignmentState.SENT


def test_htmx_keeps_the_form_on_the_screen(phone: Client, task: Assignment) -> None:
    answer = phone.post(
        reverse("task_finish", args=[task.pk]), {"answer": ""}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    done = phone.post(
        reverse("task_finish", args=[task.pk]), {"answer": "ok"}, headers={"HX-Request": "true"}
    )
    assert done["HX-Redirect"] == reverse("tasks")


@pytest.mark.parametrize("route", ["task", "task_accept", "task_return", "task_progress", "task_finish"])
def test_another_offices_task_is_missing(
    task: Assignment, town: Government, as_member: As, route: str
) -> None:
    stranger = as_member(a_member(a_unit(town, "LAIN"), Role.LIAISON))
    method = stranger.get if route == "task" else stranger.post
    assert method(reverse(route, args=[task.pk])).status_code == 404
    assert method(reverse(route, args=[10**9])).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LEADER, Role.REPORTER, Role.ADMINISTRATOR])
def test_those_who_work_no_cases_have_no_box(office: Unit, as_member: As, role: Role) -> None:
    assert as_member(a_member(office, role)).get(reverse("tasks")).status_code == 403


def test_a_task_that_ended_takes_no_form(phone: Client, task: Assignment) -> None:
    phone.post(reverse("task_return", args=[task.pk]), {"reason": "bukan kami"})
    assert phone.get(reverse("task_finish", args=[task.pk])).status_code == 302
    assert phone.post(reverse("task_finish", args=[task.pk]), {"answer": "x"}).status_code == 409
