"""/api/v1: a program sees what its token's member sees, page by page, and errors are problem+json."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tanggap.agencies.models import AccessToken, Member, Role
from tanggap.core import scope
from tests import city

pytestmark = pytest.mark.django_db
BOTH = ["posts:read", "cases:read"]


def _token(member: Member, scopes: list[str] | None = None, **changes: Any) -> str:
    with scope.government(member.government_id):
        row, secret = AccessToken.make(member, "uji", BOTH if scopes is None else scopes, timezone.now())
        if changes:
            AccessToken.objects.filter(pk=row.pk).update(**changes)
    return secret


def _get(secret: str, path: str) -> Any:
    return Client().get(f"/api/v1{path}", headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def coordinator() -> Member:
    return city.a_member(city.a_unit(city.a_government(), "diskominfo", "koordinator"), Role.COORDINATOR)


def test_pages_follow_each_other_without_gap_or_double(coordinator: Member) -> None:
    channel = city.a_channel(coordinator.unit)
    at = timezone.now()
    made = [city.a_post(channel, received_at=at - timedelta(minutes=n // 2)).pk for n in range(7)]
    secret, seen, cursor = _token(coordinator), [], ""
    for _ in range(4):
        page = _get(secret, f"/posts?limit=3&cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == set(made)
    assert cursor is None


def test_personal_data_is_covered(coordinator: Member) -> None:
    text = "NIK saya 3471010101900001"
    found = [{"type": "nik", "start": 9, "end": 25}]
    city.a_post(city.a_channel(coordinator.unit), text, reading={"personal_data": found})
    (one,) = _get(_token(coordinator), "/posts").json()["items"]
    assert "3471010101900001" not in one["text"]
    assert one["text"].startswith("NIK saya ")


@pytest.mark.fault(57)
def test_another_governments_rows_are_not_there(coordinator: Member) -> None:
    other = city.a_unit(city.a_government("32.76", "Kota Lain"), "diskominfo")
    city.a_post(city.a_channel(other))
    assert _get(_token(coordinator), "/posts").json()["items"] == []
    assert _get(_token(coordinator), "/cases").json()["items"] == []


def test_cases_tell_office_and_clock(coordinator: Member) -> None:
    with scope.government(coordinator.government_id):
        case = city.a_case(city.a_post(city.a_channel(coordinator.unit)), coordinator)
    (one,) = _get(_token(coordinator), "/cases").json()["items"]
    assert one["number"] == case.number
    assert one["late"] is False
    assert "follow" not in one


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_a_revoked_or_expired_token_is_refused(coordinator: Member, changes: dict[str, Any]) -> None:
    answer = _get(_token(coordinator, **changes), "/posts")
    assert answer.status_code == 401
    assert answer["content-type"] == "application/problem+json"
    assert answer["www-authenticate"] == "Bearer"


def test_a_member_who_left_has_no_token(coordinator: Member) -> None:
    secret = _token(coordinator)
    with scope.government(coordinator.government_id):
        Member.objects.filter(pk=coordinator.pk).update(
            active_until=timezone.now().date() - timedelta(days=1)
        )
    assert _get(secret, "/posts").status_code == 401


def test_a_guessed_token_and_none_are_refused_alike(coordinator: Member) -> None:
    guessed, none = _get("tgp_guess", "/posts"), Client().get("/api/v1/posts")
    assert guessed.status_code == none.status_code == 401
    assert guessed.content == none.content


def test_a_token_without_the_scope_is_refused(coordinator: Member) -> None:
    answer = _get(_token(coordinator, ["posts:read"]), "/cases")
    assert answer.status_code == 403
    assert "cases:read" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "since=2026-11-20", "cursor=%21%21", "cursor=YWJj"]
)
def test_bad_parameters_say_what_is_wrong(coordinator: Member, query: str) -> None:
    answer = _get(_token(coordinator), f"/posts?{query}")
    assert answer.status_code == 422
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 422


def test_use_of_a_token_is_noted(coordinator: Member) -> None:
    _get(_token(coordinator), "/posts")
    with scope.government(coordinator.government_id):
        assert AccessToken.objects.get().last_used_at is not None


def test_the_description_is_there_without_pages_from_elsewhere() -> None:
    described = Client().get("/api/v1/openapi.json")
    assert {"/api/v1/posts", "/api/v1/cases"} <= described.json()["paths"].keys()
    assert Client().get("/api/v1/docs").status_code == 404
