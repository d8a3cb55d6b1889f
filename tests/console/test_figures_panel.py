"""The block with a publication's numbers: what is known, what is not, and how much of it a total knows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Government, Member, Role, Unit
from tanggap.channels.connector import Sent
from tanggap.channels.models import Channel
from tanggap.publishing.models import Publication
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit
from tests.console.figures_scene import out_on, told

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def channels(desk: Unit, channel: Channel) -> list[Channel]:
    Scripted.answers = []
    made = [a_channel(desk), a_channel(desk)]
    for one, name in zip(made, ("Halaman kota", "Akun warga"), strict=True):
        one.name = name
        one.save()
    return made


@pytest.fixture
def one(officer: Member, coordinator: Member, channels: list[Channel]) -> Publication:
    Scripted.answers = [Sent("1", "https://panggung.example/1"), Sent("2")]
    return out_on(officer, coordinator, *channels)


def block(client: Client, one: Publication) -> str:
    answer = client.get(reverse("publication_figures", args=[one.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert shown.lstrip().startswith("<section")
    return re.sub(r"\s+", " ", shown)


def cells(shown: str, row: str) -> list[str]:
    """The words in each cell of a row, without the label that phones show."""
    line = next(part for part in shown.split("<tr")[1:] if row in part)
    return [
        re.sub(r"<[^>]+>", " ", re.sub(r'<span class="fares-name".*?</span>', "", cell))
        .split("</td>")[0]
        .strip()
        for cell in re.findall(r"<td.*?</td>", line)
    ]


def test_zero_is_shown_and_what_is_not_told_is_said_in_words(
    officer: Member, as_member: As, one: Publication, channels: list[Channel]
) -> None:
    told(one, channels[0], {"views": 340, "likes": 0})
    shown = block(as_member(officer), one)
    page = cells(shown, "Halaman kota")
    assert page[0] == "340"
    assert page[2] == "0"
    assert page[1] == page[3] == page[6] == "tidak diberi platform"
    assert set(cells(shown, "Akun warga")[:7]) == {"tidak diberi platform"}


def test_a_total_says_of_how_many_posts_it_knows(
    officer: Member, as_member: As, one: Publication, channels: list[Channel]
) -> None:
    told(one, channels[0], {"views": 1200, "likes": 3})
    told(one, channels[1], {"likes": 4})
    total = cells(block(as_member(officer), one), "Jumlah yang diketahui")
    assert re.sub(r"\s+", " ", total[0]) == "1.200 1 dari 2 kiriman"
    assert re.sub(r"\s+", " ", total[2]) == "7 2 dari 2 kiriman"
    assert total[5] == "tidak diketahui"
    assert "%" not in "".join(total)


def test_days_are_drawn_with_their_words_and_a_post_that_is_gone_is_named(
    officer: Member, as_member: As, one: Publication, channels: list[Channel]
) -> None:
    told(one, channels[0], {"views": 10}, {"views": 30}, {"views": 55})
    told(one, channels[1], {"likes": 1}, gone=True, error="Izin belum diberi.")
    shown = block(as_member(officer), one)
    assert re.search(r'aria-label="Tayangan menurut hari: [^"]* 10, [^"]* 30, [^"]* 55"', shown)
    assert "Sudah tidak ada di platform" in shown
    assert "Izin belum diberi." in shown
    assert 'href="https://panggung.example/1"' in shown


def test_what_is_not_out_has_no_numbers_and_the_page_works_without_scripts(
    officer: Member, as_member: As, channels: list[Channel]
) -> None:
    draft = a_publication(officer, channels[0])
    client = as_member(officer)
    assert "Belum ada kiriman yang terbit" in block(client, draft)
    whole = client.get(reverse("publication_figures", args=[draft.pk])).content.decode()
    assert "<html" in whole
    assert 'id="figures"' in whole


def test_another_government_sees_nothing(one: Publication, as_member: As, town: Government) -> None:
    from tanggap.core import scope

    other = a_government("99.72", "Kota Lain")
    with scope.government(other.pk):
        stranger = a_member(a_unit(other, "KOM"), Role.COORDINATOR)
    answer = as_member(stranger).get(reverse("publication_figures", args=[one.pk]))
    assert answer.status_code == 404
