from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction

from tanggap.agencies.models import Government
from tanggap.core import audit
from tanggap.core.audit import Entry
from tests.city import a_government

pytestmark = [pytest.mark.django_db, pytest.mark.fault(72)]
WHO = audit.System("uji")


@pytest.fixture
def city() -> Government:
    return a_government()


@pytest.fixture
def sealed(city: Government) -> list[Entry]:
    """Six entries of one government, sealed."""
    audit.record_many([audit.entry("deed", city, WHO, number=number) for number in range(6)])
    audit.seal()
    return list(Entry.objects.filter(government_id=city.pk).order_by("number"))


@pytest.fixture
def unguarded() -> Iterator[None]:
    """As somebody with the database's own rights would do it."""
    with connection.cursor() as cursor:
        cursor.execute("alter table core_entry disable trigger entry_only_grows")
        yield
        cursor.execute("alter table core_entry enable trigger entry_only_grows")


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_chain_holds_over_several_seals_and_governments(city: Government) -> None:
    other = a_government("99.72", "Kabupaten Uji")
    for number in range(30):
        audit.record("deed", city if number % 3 else other, WHO, number=number)
        if number % 7 == 0:
            audit.seal(limit=4)
    while audit.seal(limit=4):
        pass
    assert audit.verify(city.pk) is None
    assert audit.verify(other.pk) is None
    assert audit.head(city.pk)[0] == 20
    assert audit.head(other.pk)[0] == 10
    assert not Entry.objects.filter(seal=None).exists()


def test_many_entries_are_written_like_few(city: Government) -> None:
    audit.record_many([audit.entry("deed", city, WHO, who={"unit": number}) for number in range(50)])
    assert audit.seal() == 50
    assert audit.verify(city.pk) is None
    assert Entry.objects.filter(fields__who__unit=49).count() == 1


def test_an_entry_belongs_in_a_transaction(city: Government) -> None:
    # The test itself runs in one.
    with (
        patch.object(connection, "in_atomic_block", False),
        pytest.raises(transaction.TransactionManagementError),
    ):
        audit.record("deed", city, WHO)


@pytest.mark.parametrize(
    "statement",
    ["update core_entry set actor = 'somebody else' where id = %s", "delete from core_entry where id = %s"],
)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_the_database_refuses_to_change_or_delete(city: Government, statement: str, is_sealed: bool) -> None:
    one = audit.record("deed", city, WHO)
    if is_sealed:
        audit.seal()
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        run(statement, one.pk)


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    "change",
    ["actor = 'member:1'", "action = 'none'", "fields = '{}'", "at = at + interval '1 s'", "target_id = '0'"],
)
def test_a_changed_entry_shows(sealed: list[Entry], change: str) -> None:
    run(f"update core_entry set {change} where id = %s", sealed[2].pk)
    assert "Entry 3" in str(audit.verify(sealed[0].government_id))


@pytest.mark.usefixtures("unguarded")
def test_a_deleted_entry_shows(sealed: list[Entry]) -> None:
    run("delete from core_entry where id = %s", sealed[3].pk)
    assert "Entry 4 is missing" in str(audit.verify(sealed[0].government_id))


@pytest.mark.usefixtures("unguarded")
def test_a_gap_that_was_closed_shows(sealed: list[Entry]) -> None:
    run("delete from core_entry where id = %s", sealed[3].pk)
    run(
        "update core_entry set number = number - 1 where number > 4 and government_id = %s",
        sealed[0].government_id,
    )
    assert audit.verify(sealed[0].government_id)


@pytest.mark.usefixtures("unguarded")
def test_a_changed_order_shows(sealed: list[Entry]) -> None:
    first, second = sealed[1], sealed[2]
    run("update core_entry set number = 100 where id = %s", first.pk)
    run("update core_entry set number = %s where id = %s", first.number, second.pk)
    run("update core_entry set number = %s where id = %s", second.number, first.pk)
    assert audit.verify(sealed[0].government_id)


@pytest.mark.usefixtures("unguarded")
def test_an_entry_moved_to_another_government_shows(sealed: list[Entry]) -> None:
    other = a_government("99.72", "Kabupaten Uji")
    run("update core_entry set government_id = %s where id = %s", other.pk, sealed[5].pk)
    assert audit.verify(other.pk)
