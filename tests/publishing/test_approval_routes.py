"""Routes are data: made, replaced and ended, and refused where nobody could decide."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing.approval import approval_routes, approving
from tanggap.publishing.models import Route
from tests.city import a_member, a_publication, a_unit
from tests.publishing.offices import Office

pytestmark = pytest.mark.django_db
HEAD = [{"name": "Persetujuan", "roles": ["leader"], "hours": 4}]


def put(office: Office, stages: list[dict[str, Any]], **more: Any) -> Route:
    values = {"unit": None, "kind": "", "seen": None} | more
    return approval_routes.put(office.second, values["unit"], values["kind"], stages, values["seen"])


@pytest.mark.parametrize("template", approval_routes.TEMPLATES, ids=lambda one: str(one["key"]))
def test_every_template_can_be_put(office: Office, template: dict[str, Any]) -> None:
    for role in (Role.COORDINATOR, Role.OFFICER, Role.LIAISON):
        a_member(office.unit, role)
    made = put(office, template["stages"])
    keys = [stage["key"] for stage in made.stages]
    assert len(set(keys)) == len(keys)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    assert one.stage == keys[0]


def test_the_nearest_office_and_the_kind_go_first(office: Office) -> None:
    below = a_unit(office.unit.government, "KEL", parent=office.unit)
    general, near = put(office, HEAD), put(office, HEAD, unit=office.unit)
    agenda = put(office, HEAD, unit=office.unit, kind="agenda")
    writer = a_member(below)
    for kind, route in (("information", near), ("agenda", agenda)):
        assert approving.route_of(a_publication(writer, office.channel, kind=kind)) == route
    approval_routes.end(near, office.second)
    assert approving.route_of(a_publication(writer, office.channel)) == general


def test_a_new_one_ends_the_old_and_a_stale_form_is_told(office: Office) -> None:
    first = put(office, HEAD)
    second = put(office, [{"name": "Lain", "roles": ["coordinator"]}, *HEAD], seen=first.pk)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert put(office, second.stages, seen=second.pk) == second
    with pytest.raises(Lost):
        put(office, HEAD, seen=first.pk)
    with pytest.raises(Refusal, match="diganti"):
        approval_routes.end(second, office.second)


def test_only_those_who_make_routes_make_them(office: Office) -> None:
    with pytest.raises(NotAllowed):
        approval_routes.put(office.writer, None, "", HEAD)


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ([], "paling sedikit satu"),
        ([{"name": "", "roles": ["leader"]}], "Beri nama"),
        ([{"name": "A", "roles": []}], "Pilih peran atau nama"),
        ([{"name": "A", "roles": ["viewer", "administrator"]}], "Pilih peran atau nama"),
        ([{"name": "A", "roles": ["liaison"]}], "tidak dapat diputuskan siapa pun"),
        ([{"name": "A", "roles": ["leader"], "hours": 0}], "Tenggat"),
        (
            [{"name": "A", "roles": ["leader"]}, {"name": "B", "roles": ["leader"], "others": True}],
            "hanya tersisa",
        ),
        (HEAD * 7, "paling banyak"),
    ],
)
def test_a_route_in_which_nobody_could_decide_is_refused(
    office: Office, stages: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(Refusal, match=told):
        put(office, stages)
    assert not Route.objects.exists()


def test_only_the_writer_is_left(office: Office) -> None:
    """One officer who writes, and a stage for officers alone: their own words would wait for ever."""
    Member.objects.filter(pk=office.second.pk).update(role=Role.ADMINISTRATOR)
    office.second.refresh_from_db()
    stage = [{"name": "Petugas", "roles": ["officer"]}]
    with pytest.raises(Refusal, match="hanya tersisa"):
        put(office, stage)
    a_member(office.unit)
    assert put(office, stage).pk


def test_who_would_be_stuck_is_told(office: Office) -> None:
    stage = {"name": "K", "roles": ["coordinator"], "others": False}
    found = approval_routes.stuck(None, [stage], timezone.now())
    assert [(member.pk, stage) for member, stage in found] == [(office.second.pk, "K")]


def test_what_is_under_way_is_listed(office: Office) -> None:
    put(office, HEAD)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    assert approval_routes.under_way(office.unit, "") == [one]
    assert approval_routes.under_way(None, "agenda") == []
