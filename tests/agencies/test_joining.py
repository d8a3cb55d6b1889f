from __future__ import annotations

import pytest

from tanggap.agencies import joining, offices
from tanggap.agencies.government_file import GovernmentFileError
from tanggap.agencies.models import Area, Member, NotAllowed, Role, Unit
from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tests.city import a_government, a_member, a_unit

pytestmark = pytest.mark.django_db


def test_a_government_comes_with_its_tree_of_offices_and_its_areas() -> None:
    city = joining.load_government("34.71")
    with scope.government(city.pk):
        assert Area.objects.filter(level="village").count() == 45
        village = Unit.objects.get(area_code="34.71.01.1001")
        assert village.parent is not None
        assert village.parent.area_code == "34.71.01"
        assert village.pk in village.parent.with_descendants()


def test_loading_again_changes_nothing_that_a_person_changed() -> None:
    city = joining.load_government("99.71")
    with scope.government(city.pk):
        unit = Unit.objects.exclude(roles=[]).order_by("pk")[0]
        other = Unit.objects.exclude(pk=unit.pk).exclude(roles=[]).order_by("pk")[0]
        by = a_member(unit, Role.ADMINISTRATOR)
        offices.change_unit(unit, by, name="Nama baru", short_name="Baru", roles=unit.roles)
        Unit.objects.filter(pk=other.pk).update(name="berubah di basis data saja")
        many = Unit.objects.count()
    joining.load_government("99.71")
    unit.refresh_from_db()
    other.refresh_from_db()
    assert (unit.name, other.name) == ("Nama baru", other.name)
    assert other.name != "berubah di basis data saja"
    with scope.government(city.pk):
        assert Unit.objects.count() == many


def test_an_unknown_government_is_told_with_what_there_is() -> None:
    with pytest.raises(GovernmentFileError, match=r"34\.71"):
        joining.load_government("../../etc")


def test_an_invitation_gives_a_first_password_once() -> None:
    unit = a_unit(a_government(), "A")
    administrator = a_member(unit, Role.ADMINISTRATOR)
    with scope.government(unit.government_id):
        member, password = joining.invite(administrator, "Baru@Uji.go.id", "Baru", unit, Role.OFFICER)
        assert password
        assert member.user.check_password(password)
        assert member.user.email == "baru@uji.go.id"
        with pytest.raises(Refusal, match="sudah terdaftar"):
            joining.invite(administrator, "baru@uji.go.id", "Baru", unit, Role.OFFICER)
        with pytest.raises(Refusal, match="tidak lengkap"):
            joining.invite(administrator, "bukan surel", "X", unit, Role.OFFICER)
        with pytest.raises(NotAllowed):
            joining.invite(member, "lain@uji.go.id", "Lain", unit, Role.OFFICER)


def test_the_last_administrator_stays_one() -> None:
    unit = a_unit(a_government(), "A")
    administrator = a_member(unit, Role.ADMINISTRATOR)
    with scope.government(unit.government_id):
        for deed in (
            lambda: joining.change(administrator, administrator, role=Role.VIEWER),
            lambda: joining.end(administrator, administrator),
        ):
            with pytest.raises(Refusal, match="administrator terakhir"):
                deed()
        second = a_member(unit, Role.ADMINISTRATOR)
        joining.change(administrator, second, role=Role.VIEWER)
        assert Member.objects.get(pk=administrator.pk).role == Role.VIEWER
