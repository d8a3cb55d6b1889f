"""Plans: what is begun from them, and what their report says was done, late, dropped or never planned."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import sending, writing
from tanggap.publishing.models import Campaign, Delivery, Figures, PlanItem, Publication
from tanggap.publishing.plans import plan_report, planning, tables
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@dataclass
class Desk:
    writer: Member
    head: Member
    channel: Channel
    campaign: Campaign
    clock: list[datetime]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    Scripted.answers, Scripted.sent = [], []
    clock = [NOW]
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    writer = a_member(a_unit(a_government(), "DLH"))
    channel = a_channel(writer.unit)
    with scope.government(writer.government_id):
        head = a_member(writer.unit, Role.COORDINATOR)
        yield Desk(writer, head, channel, a_campaign(writer), clock)


def a_campaign(by: Member, **texts: str) -> Campaign:
    return planning.define(
        by, texts={"name": "Pilah sampah", "objective": "Warga memilah", **texts}, unit=by.unit, owner=by,
        starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30),
    )  # fmt: skip


def an_item(desk: Desk, title: str = "Cara memilah", day: int = 25) -> PlanItem:
    return planning.plan(
        desk.campaign, desk.writer, title=title, kind="information", planned_on=date(2026, 11, day),
        unit=desk.writer.unit, platforms=["scripted"],
    )  # fmt: skip


def published(desk: Desk, item: PlanItem | None, day: int, **numbers: int) -> Publication:
    """A publication that was agreed on and left on a day, with the numbers that its platform told of it."""
    at = desk.clock[0] = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
    one = (
        planning.begin(item, desk.writer)
        if item
        else a_publication(desk.writer, desk.channel, campaign=desk.campaign)
    )
    writing.save(one, desk.writer, one.revision, {"text": "Cara memilah sampah di rumah."})
    agreed(one, desk.head)
    sending.send(at)
    work.run("publications")
    row = Delivery.objects.get(variant__publication=one)
    if numbers:
        Figures.objects.create(delivery=row, day=at.date() - timedelta(days=1), at=at, numbers={"likes": 999})
        Figures.objects.create(delivery=row, day=at.date(), at=at, numbers=numbers)
    desk.clock[0] = NOW
    return one


def test_a_draft_begun_from_a_plan_knows_its_campaign_day_and_channels(desk: Desk) -> None:
    one = planning.begin(an_item(desk), desk.writer)
    assert (one.title, one.kind, one.campaign, one.unit) == (
        "Cara memilah",
        "information",
        desk.campaign,
        desk.writer.unit,
    )
    assert [row.channel for row in one.variants.all()] == [desk.channel]
    assert one.due_at == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    assert planning.begin(one.plan_item, desk.writer) == one
    assert planning.begin(an_item(desk, day=3), desk.writer).due_at is None


def test_the_report_tells_what_became_of_each(desk: Desk) -> None:
    published(desk, an_item(desk, "tepat", 5), 5, likes=7, views=100)
    published(desk, an_item(desk, "telat", 5), 6)
    an_item(desk, "lewat", 21)
    an_item(desk, "nanti", 22)
    planning.drop(an_item(desk, "batal", 10), desk.writer, "Narasumber berhalangan")
    published(desk, None, 12)
    found = plan_report.report(Campaign.objects.get(), NOW)
    assert {one.title: one.state for one in found.lines if one.item} == {
        "tepat": "on_time", "telat": "late", "lewat": "overdue", "nanti": "planned", "batal": "dropped",
    }  # fmt: skip
    assert found.whole.by_state["unplanned"] == 1
    assert (found.whole.planned, found.whole.due) == (5, 3)
    assert [(one.name, one.planned) for one in found.units] == [("DLH", 5)]
    assert [(one.name, one.planned) for one in found.platforms] == [("scripted", 5)]
    assert (found.posts, found.told, found.numbers) == (3, 1, {"likes": 7, "views": 100})


def test_unknown_is_not_zero_and_a_small_plan_has_no_percentage(desk: Desk) -> None:
    published(desk, an_item(desk, "tanpa angka", 5), 5)
    found = plan_report.report(desk.campaign, NOW)
    assert found.whole.share is None
    row = dict(zip(plan_report.headings(), plan_report.rows(found)[0], strict=True))
    assert row["Suka"] is None
    assert (row["Terbitan"], row["Terbitan dengan angka"]) == (1, 0)


@pytest.mark.parametrize(("many", "share"), [(29, None), (30, 100)])
def test_a_share_is_told_from_thirty_on(many: int, share: int | None) -> None:
    assert plan_report.Count("", {"on_time": many, "planned": 99}).share == share


def test_what_is_dropped_needs_a_reason_and_can_come_back(desk: Desk) -> None:
    item = an_item(desk)
    with pytest.raises(Refusal, match="alasan"):
        planning.drop(item, desk.writer, "  ")
    planning.drop(item, desk.writer, "Ditunda")
    with pytest.raises(Refusal, match="dibatalkan"):
        planning.begin(item, desk.writer)
    planning.take_up(item, desk.writer)
    assert planning.begin(item, desk.writer).pk


def test_an_existing_publication_is_linked_once(desk: Desk) -> None:
    one = a_publication(desk.writer, desk.channel)
    item, other = an_item(desk), an_item(desk, "lain")
    assert one in planning.linkable(desk.campaign, desk.writer)
    planning.link(item, one, desk.writer)
    one.refresh_from_db()
    assert one.campaign == desk.campaign
    with pytest.raises(Refusal, match="rencana lain"):
        planning.link(other, one, desk.writer)
    assert one not in planning.linkable(desk.campaign, desk.writer)
    planning.unlink(item, desk.writer)
    planning.link(other, one, desk.writer)


def test_other_offices_neither_see_nor_change_it(desk: Desk) -> None:
    stranger = a_member(a_unit(desk.writer.government, "DISHUB"))
    leader = a_member(stranger.unit, Role.LEADER)
    assert not planning.seen_by(stranger).exists()
    assert planning.seen_by(leader).exists()
    with pytest.raises(Campaign.DoesNotExist):
        planning.close(desk.campaign, stranger)
    with pytest.raises(NotAllowed):
        planning.define(
            stranger,
            texts={"name": "x"},
            unit=desk.writer.unit,
            owner=stranger,
            starts_on=TODAY,
            ends_on=TODAY,
        )


@pytest.mark.parametrize(
    ("day", "kind", "title", "field"),
    [(None, "information", "x", "planned_on"), (date(2027, 1, 1), "information", "x", "planned_on"),
     (TODAY, "rahasia", "x", "kind"), (TODAY, "information", " ", "title")],
)  # fmt: skip
def test_what_cannot_be_planned_says_why(
    desk: Desk, day: date | None, kind: str, title: str, field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        planning.plan(
            desk.campaign, desk.writer, title=title, kind=kind, planned_on=day, unit=desk.writer.unit
        )
    assert caught.value.field == field


@pytest.mark.fault(55)
def test_tables_run_no_formula(desk: Desk) -> None:
    an_item(desk, '=HYPERLINK("http://jahat.test")', 25)
    found = plan_report.report(desk.campaign, NOW)
    text = tables.as_csv(plan_report.headings(), plan_report.rows(found)).decode("utf-8-sig")
    assert "\n\"'=HYPERLINK" in text
    made = io.BytesIO()
    tables.write_xlsx([("Rencana", plan_report.headings(), plan_report.rows(found))], made)
    cell = load_workbook(made).active["A2"]  # type: ignore[index]
    assert (cell.data_type, cell.value[:10]) == ("s", "=HYPERLINK")  # type: ignore[union-attr,index]
