from __future__ import annotations

import pytest

from tanggap.agencies.models import Unit
from tanggap.core import scope
from tests.city import a_government, a_unit

pytestmark = pytest.mark.django_db


@pytest.mark.fault(58)
def test_a_query_outside_any_scope_is_an_error() -> None:
    with pytest.raises(scope.ScopeMissing):
        Unit.objects.count()


@pytest.mark.fault(58)
def test_a_scope_shows_its_own_government_only() -> None:
    here, there = a_government("99.71"), a_government("99.72")
    mine, theirs = a_unit(here, "A"), a_unit(there, "A")
    with scope.government(here.pk):
        assert list(Unit.objects.all()) == [mine]
        assert not Unit.objects.filter(pk=theirs.pk).exists()
    with scope.crossing("a test of crossing"):
        assert set(Unit.objects.all()) == {mine, theirs}


@pytest.mark.fault(58)
def test_another_governments_row_cannot_be_written_inside_a_scope() -> None:
    here, there = a_government("99.71"), a_government("99.72")
    theirs = a_unit(there, "A")
    with scope.government(here.pk), pytest.raises(scope.ScopeConflict):
        theirs.save()


def test_a_new_row_gets_the_government_of_its_scope() -> None:
    here = a_government()
    with scope.government(here.pk):
        unit = Unit(code="B", name="B", short_name="B", kind="dinas")
        unit.save()
    assert unit.government_id == here.pk
