"""Similar cases and their answers: every case gets a vector once, and nothing is offered that may not be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.cases import deeds, replies, similar
from tanggap.cases.models import Case, CaseVector, Secrecy
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts.models import Post
from tests.city import Scripted, a_case, a_channel, a_government, a_member, a_post, a_unit, compare_words

pytestmark = pytest.mark.django_db
HOLE = "jalan depan pasar berlubang besar"
HOLE_TOO = "jalan dekat pasar berlubang besar"
LAMP = "lampu taman padam tiap malam"


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    Scripted.answers, Scripted.sent = [], []
    compare_words(monkeypatch)


@pytest.fixture
def desk(db: None) -> Unit:
    return a_unit(a_government(), "KOMINFO", "bina_marga")


@pytest.fixture(autouse=True)
def inside(desk: Unit) -> Iterator[None]:
    with scope.government(desk.government_id):
        yield


@pytest.fixture
def coordinator(desk: Unit) -> Member:
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def channel(desk: Unit) -> Channel:
    return a_channel(desk)


def about(channel: Channel, by: Member, text: str = HOLE, **fields: object) -> Case:
    """A case about a text; its topic is none, so that words alone make it similar."""
    return a_case(a_post(channel, text, **({"topic": ""} | fields)), by)


def answered(case: Case, by: Member, text: str, *, private: bool = False) -> None:
    post = case.links.get().post
    replies.submit(replies.draft(post, by, text, private=private), by)
    work.run("send"), work.run("replies")


def age(case: Case, **by: float) -> None:
    Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(**by))


# --- vectors


def test_every_case_gets_its_vector_once(channel: Channel, coordinator: Member) -> None:
    for text in (HOLE, LAMP, ""):
        about(channel, coordinator, text)
    assert work.run("vectors") == 3
    assert work.run("vectors") == 0
    assert CaseVector.objects.count() == 3


def test_the_newest_cases_come_first(
    channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "_BATCH", 2)
    cases = [about(channel, coordinator) for _ in range(3)]
    for days, case in enumerate(cases):
        age(case, days=days)
    assert work.run("vectors", limit=1) == 2
    assert set(CaseVector.objects.values_list("case_id", flat=True)) == {cases[0].pk, cases[1].pk}


def test_cases_of_more_than_a_year_ago_get_none(channel: Channel, coordinator: Member) -> None:
    age(about(channel, coordinator), days=366)
    young = about(channel, coordinator)
    age(young, days=364)
    assert work.run("vectors") == 1
    assert CaseVector.objects.get().case_id == young.pk


def test_a_vector_is_made_of_what_was_first_said(channel: Channel, coordinator: Member) -> None:
    from tanggap.cases import joining

    case = about(channel, coordinator, HOLE)
    joining.join(a_post(channel, LAMP), case, coordinator)
    work.run("vectors")
    assert similar.of_post(a_post(channel, HOLE_TOO, topic=""), coordinator) == [case]
    assert similar.of_post(a_post(channel, LAMP, topic=""), coordinator) == []


def test_another_model_s_vectors_are_not_compared_and_are_made_anew(
    channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, post = about(channel, coordinator), a_post(channel, HOLE_TOO, topic="")
    work.run("vectors")
    monkeypatch.setattr(similar, "VERSION", "dalam-9.9")
    monkeypatch.setattr(similar, "_KNOWN", similar._Known())
    assert similar.of_post(post, coordinator) == []
    assert work.run("vectors") == 1
    assert CaseVector.objects.get().model == "dalam-9.9"
    assert similar.of_post(post, coordinator) == [case]


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_vector_each(
    channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "_BATCH", 2)
    for _ in range(4):
        about(channel, coordinator)
    made: list[int] = []

    def other() -> None:
        try:
            made.append(work.run("vectors", limit=1))
        finally:
            connection.close()

    with transaction.atomic():
        assert work.run("vectors", limit=1) == 2
        worker = threading.Thread(target=other)
        worker.start()
        worker.join(20)
    assert made == [2], "it neither waits for the first one nor makes the same"
    assert work.run("vectors") == 0
    assert CaseVector.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_a_slower_worker_commits_later_is_found_too(channel: Channel, coordinator: Member) -> None:
    slow, quick = about(channel, coordinator), about(channel, coordinator)
    age(quick, days=400)
    post = a_post(channel, HOLE_TOO, topic="")
    found: list[list[Case]] = []

    def other() -> None:
        try:
            with scope.government(channel.government_id):
                age(quick, days=1)
                work.run("vectors")
                found.append(similar.of_post(post, coordinator))
        finally:
            connection.close()

    with transaction.atomic():
        work.run("vectors")
        worker = threading.Thread(target=other)
        worker.start()
        worker.join(20)
    assert found == [[quick]]
    assert similar.of_post(post, coordinator) == [quick, slow]


def test_where_cases_are_many_the_newest_are_compared(
    channel: Channel, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "MOST_COMPARED", 2)
    cases = [about(channel, coordinator) for _ in range(3)]
    work.run("vectors")
    post = a_post(channel, HOLE_TOO, topic="")
    assert similar.of_post(post, coordinator) == [cases[2], cases[1]]
    newer = about(channel, coordinator)
    work.run("vectors")
    assert similar.of_post(post, coordinator) == [newer, cases[2]]


# --- similar cases


def test_the_same_place_comes_before_what_is_only_worded_alike(channel: Channel, coordinator: Member) -> None:
    worded = about(channel, coordinator, HOLE_TOO, area_code="99.71.02")
    there = about(
        channel, coordinator, "jalan di pasar berlubang besar", area_code="99.71.01", topic="jalan_rusak"
    )
    topic = a_case(a_post(channel, "kapan diaspal", area_code="99.71.01"), coordinator)
    about(channel, coordinator, LAMP, area_code="99.71.01")
    work.run("vectors")
    post = a_post(channel, HOLE_TOO, area_code="99.71.01")
    assert similar.of_post(post, coordinator) == [there, topic, worded]
    assert similar.of_post(post, coordinator, most=2) == [there, topic]


def test_without_vectors_there_are_open_cases_of_the_same_topic_and_area_or_street(
    channel: Channel, coordinator: Member
) -> None:
    def street(name: str) -> dict[str, object]:
        return {"places": [{"name": name, "level": "street"}]}

    here = a_case(a_post(channel, area_code="99.71.01"), coordinator)
    a_case(a_post(channel, area_code="99.71.01", topic="sampah"), coordinator)
    ended = a_case(a_post(channel, area_code="99.71.01"), coordinator)
    deeds.close(ended, coordinator, "beres")
    on_street = a_case(a_post(channel, reading=street("Jl. Mawar")), coordinator)
    assert similar.of_post(a_post(channel, area_code="99.71.01"), coordinator) == [here]
    assert similar.of_post(a_post(channel, reading=street("Jl. Mawar")), coordinator) == [on_street]
    assert similar.of_post(a_post(channel), coordinator) == []
    assert similar.of_post(a_post(channel, area_code="99.71.01", topic=""), coordinator) == []


def test_ended_and_unseen_cases_are_not_offered_for_joining(
    channel: Channel, desk: Unit, coordinator: Member
) -> None:
    roads = a_unit(desk.government, "DPUPR")
    liaison = a_member(roads, Role.LIAISON)
    ended, shown, hidden = (about(channel, coordinator) for _ in range(3))
    deeds.close(ended, coordinator, "beres")
    deeds.dispatch(shown, [roads], coordinator)
    work.run("vectors")
    post = a_post(channel, HOLE_TOO, topic="")
    assert similar.of_post(post, coordinator) == [hidden, shown]
    assert similar.of_post(post, liaison) == [shown]


def test_other_governments_cases_are_never_compared(channel: Channel, coordinator: Member) -> None:
    about(channel, coordinator)
    work.run("vectors")
    away = a_unit(a_government("34.71", "Kota Lain"), "KOMINFO", "bina_marga")
    with scope.government(away.government_id):
        there, member = a_channel(away), a_member(away, Role.COORDINATOR)
        post = a_post(there, HOLE_TOO, topic="")
        assert similar.of_post(post, member) == []
        own = about(there, member)
        work.run("vectors")
        assert similar.of_post(post, member) == [own]


def test_a_case_knows_similar_ones_ended_too_but_not_itself(
    channel: Channel, coordinator: Member, desk: Unit
) -> None:
    case, ended, archived = (about(channel, coordinator) for _ in range(3))
    deeds.close(ended, coordinator, "beres")
    deeds.archive(archived, coordinator, "ganda")
    lamp = about(channel, coordinator, LAMP)
    assert similar.of_case(case, coordinator) == [], "no vector was made yet"
    work.run("vectors")
    assert similar.of_case(case, coordinator) == [ended]
    assert similar.of_case(lamp, coordinator) == []
    assert similar.of_case(case, a_member(a_unit(desk.government, "DPUPR"), Role.LIAISON)) == []


def test_a_deleted_case_breaks_nothing(channel: Channel, coordinator: Member) -> None:
    gone, kept = about(channel, coordinator), about(channel, coordinator)
    work.run("vectors")
    post = a_post(channel, HOLE_TOO, topic="")
    assert similar.of_post(post, coordinator) == [kept, gone]
    Case.objects.filter(pk=gone.pk).delete()
    assert not CaseVector.objects.filter(case_id=gone.pk).exists()
    assert similar.of_post(post, coordinator) == [kept]
    assert similar.answers(post, coordinator) == []
    assert similar.of_case(kept, coordinator) == []


def test_a_post_without_words_has_nothing_similar(channel: Channel, coordinator: Member) -> None:
    about(channel, coordinator, "")
    work.run("vectors")
    assert similar.of_post(a_post(channel, " ", topic=""), coordinator) == []


# --- answers


@pytest.fixture
def post(channel: Channel) -> Post:
    return a_post(channel, HOLE_TOO, topic="")


def test_answers_that_went_out_are_offered_the_likeliest_first_each_once(
    channel: Channel, coordinator: Member, post: Post
) -> None:
    near, same = about(channel, coordinator, HOLE), about(channel, coordinator, HOLE_TOO)
    twice, lamp = about(channel, coordinator, HOLE), about(channel, coordinator, LAMP)
    draft = about(channel, coordinator, HOLE_TOO)
    work.run("vectors")
    answered(near, coordinator, "Kami tambal.")
    answered(same, coordinator, "Sudah dijadwalkan.")
    answered(twice, coordinator, "Kami tambal.")
    answered(lamp, coordinator, "Lampu diganti.")
    replies.draft(draft.links.get().post, coordinator, "Belum dikirim.")
    found = similar.answers(post, coordinator)
    assert [(one.case, one.text) for one in found] == [(same, "Sudah dijadwalkan."), (twice, "Kami tambal.")]
    assert all(timezone.now() - one.at < timedelta(minutes=1) for one in found)


@pytest.mark.parametrize("secrecy", [Secrecy.CONFIDENTIAL, Secrecy.ANONYMOUS])
def test_answers_of_cases_that_are_not_public_are_never_offered(
    channel: Channel, coordinator: Member, post: Post, secrecy: Secrecy
) -> None:
    case = about(channel, coordinator)
    work.run("vectors")
    answered(case, coordinator, "Kami tambal.")
    assert similar.answers(post, coordinator)
    deeds.set_secrecy(case, coordinator, secrecy)
    assert case in Case.objects.seen_by(coordinator), "it is not for want of seeing it"
    assert similar.answers(post, coordinator) == []


def test_what_one_person_alone_was_told_is_not_offered(
    channel: Channel, coordinator: Member, post: Post
) -> None:
    privately, by_message = about(channel, coordinator), about(channel, coordinator, kind="message")
    work.run("vectors")
    answered(privately, coordinator, "Untuk Ibu saja.", private=True)
    answered(by_message, coordinator, "Untuk Bapak saja.")
    assert similar.answers(post, coordinator) == []


def test_answers_of_unseen_cases_are_not_offered(
    channel: Channel, desk: Unit, coordinator: Member, post: Post
) -> None:
    case = about(channel, coordinator)
    work.run("vectors")
    answered(case, coordinator, "Kami tambal.")
    liaison = a_member(a_unit(desk.government, "DPUPR"), Role.LIAISON)
    assert similar.answers(post, liaison) == []
    deeds.dispatch(case, [liaison.unit], coordinator)
    assert [one.case for one in similar.answers(post, liaison)] == [case]


def test_another_topic_must_be_worded_much_alike(channel: Channel, coordinator: Member) -> None:
    near = about(channel, coordinator, HOLE, topic="jalan_rusak")
    work.run("vectors")
    assert similar.of_post(a_post(channel, HOLE_TOO, topic="drainase"), coordinator) == []
    assert similar.of_post(a_post(channel, HOLE, topic="drainase"), coordinator) == [near]
