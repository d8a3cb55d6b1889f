"""What runs is not the owner of the tables: by SQL it can neither switch the guards off nor pass them by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import errors

from tanggap.agencies.models import Role
from tanggap.config import examining, migrating
from tanggap.core import postgres, scope
from tanggap.core.postgres.cluster import APPLICATION
from tanggap.publishing.approval import approving
from tests.city import a_channel, a_government, a_member, a_publication, a_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def application() -> Iterator[psycopg.Connection[Any]]:
    """A connection as everything that runs has it."""
    migrating.grant(APPLICATION[0])
    with (
        postgres.running(Path(os.environ["TANGGAP_TEST_DATA"]), durable=False) as server,
        psycopg.connect(server.url, dbname=connection.settings_dict["NAME"], autocommit=True) as connected,
    ):
        yield connected


@pytest.mark.parametrize(
    "statement",
    [
        "alter table publishing_approval disable trigger approval_guard",
        "alter table publishing_delivery disable trigger all",
        "drop trigger delivery_guard on publishing_delivery",
        "drop function publishing_delivery_guard cascade",
        "create or replace function publishing_wrote(publication bigint, member bigint) returns boolean return false",
        "alter function publishing_approval_guard() set search_path = pg_temp",
        "truncate publishing_approval",
        "truncate core_entry",
        "alter table core_entry disable trigger entry_only_grows",
        "set session_replication_role = replica",
        "drop table publishing_version cascade",
    ],
)
def test_the_guards_cannot_be_switched_off(application: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(statement)


def test_nobody_approves_their_own_words_as_the_application(application: psycopg.Connection[Any]) -> None:
    unit = a_unit(a_government(), "KOM")
    writer = a_member(unit, Role.COORDINATOR)
    with scope.government(unit.government_id):
        one = approving.hand_in(a_publication(writer, a_channel(unit)), writer)
    # A table of the same name that is looked at first would say that somebody else wrote it.
    application.execute("create temp table publishing_version (like publishing_version)")
    application.execute("create temp table publishing_publication (like publishing_publication)")
    insert = (
        "insert into public.publishing_approval (government_id, publication_id, hash, stage, decision, approver_id, "
        "note, at) values (%s, %s, %s, %s, 'approved', %s, '', %s)"
    )
    with pytest.raises(errors.RaiseException, match="nobody decides on what they wrote"):
        application.execute(
            insert, [unit.government_id, one.pk, one.hash, one.stage, writer.pk, timezone.now()]
        )


def test_the_application_reads_and_writes_rows(application: psycopg.Connection[Any]) -> None:
    application.execute(
        "insert into agencies_government (code, name, timezone, file, auto_dispatch, reply_needs_approval, raw_days,"
        " is_demo) values ('1', 'Kota', 'UTC', '{}', true, false, 9, false)"
    )
    assert application.execute("select count(*) from agencies_government").fetchone() == (1,)
    application.execute("delete from agencies_government")


def test_the_doctor_says_where_one_role_does_both() -> None:
    with scope.crossing("the doctor"):
        said = {one.subject: one for one in examining._roles()}
    assert said["database roles"].state == "hint"
