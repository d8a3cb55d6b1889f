"""What the documents say of the channels is what the connectors declare; and what they declare has its sources."""

from __future__ import annotations

from typing import Any

import pytest

from tanggap.channels.apps_here import accounts
from tanggap.channels.connector import Ability, Connector
from tests.connectors.listing import HEADS, PAGE, page


def test_the_page_of_channels_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.connectors.listing"


def test_every_ability_has_its_column() -> None:
    assert set(HEADS) == set(Ability)


@pytest.mark.parametrize("one", accounts().values(), ids=lambda one: one.platform)
def test_every_figure_has_a_source_and_a_date(one: type[Connector]) -> None:
    declared: list[Any] = [one.limits, *one.limits_by_kind.values(), *one.windows, *one.rates]
    declared += [fact for fact in (one.media, one.quota) if fact is not None]
    for fact in declared:
        assert fact.source_url.startswith("https://"), fact
        assert fact.checked_on >= "2026", fact


@pytest.mark.parametrize("one", accounts().values(), ids=lambda one: one.platform)
def test_what_is_asked_for_is_explained(one: type[Connector]) -> None:
    for scope in one.oauth.scopes if one.oauth else ():
        assert scope.why.strip(), scope.name
    if Ability.SEARCH in one.abilities:
        assert one.search_lacks, "say what the search cannot show"
    for window in one.windows:
        assert window.otherwise.strip()
