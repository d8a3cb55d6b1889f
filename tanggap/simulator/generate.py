"""Makes contract lines in bulk, without a server: for imports, benchmarks and trying a reader."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from tanggap.simulator.choosing import Chooser
from tanggap.simulator.city import Citizen, City, citizens, load_city
from tanggap.simulator.day import ALL_PLATFORMS, HOURS
from tanggap.simulator.lines import contract_line, external_id, mention_offset
from tanggap.simulator.phrasing import load_phrasings
from tanggap.simulator.voice import Said, say

_REPLIES, _SMALL_TALK, _SPAM, _ABUSE = 0.12, 0.03, 0.02, 0.01
_SHARE_OF_DAY: Final = [total / sum(HOURS) for total in accumulate(HOURS)]


def generate(
    posts: int,
    seed: int,
    start: datetime,
    *,
    days: float = 1.0,
    mean_length: int = 100,
    platforms: Sequence[str] = ALL_PLATFORMS,
    city: City | None = None,
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yields `posts` pairs of contract line and truth, in order of time over `days` from `start`.

    `mean_length` is in characters of the citizen's own words, within about 70 to 130; the same arguments give the same
    lines. Raises ValueError for an unknown platform.
    """
    if not platforms or not set(platforms) <= set(ALL_PLATFORMS):
        raise ValueError(f"platforms must be out of {', '.join(ALL_PLATFORMS)}")
    place = city or load_city()
    bulk = _Bulk(seed, place, platforms, mean_length)
    for number in range(posts):
        share = (number + 0.5) / posts * days
        yield bulk.line(number, start + timedelta(days=int(share), hours=_hour_of(share % 1)))


class _Bulk:
    """Holds the dice, the running mean length and the recent posts that replies can point to."""

    def __init__(self, seed: int, city: City, platforms: Sequence[str], mean_length: int) -> None:
        self._dice = random.Random(f"bulk-{seed}")
        self._run, self._city, self._mean = seed, city, mean_length
        self._choose = Chooser(load_phrasings(), self._dice)
        self._speakers = [
            (person, [name for name in person.channels if name in platforms])
            for person in citizens(city)
            if set(person.channels) & set(platforms)
        ]
        self._recent: dict[str, deque[str]] = {name: deque(maxlen=50) for name in platforms}
        self._said = self._characters = 0

    def line(self, number: int, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        """Makes message `number`, written `at`."""
        citizen, channels = self._dice.choice(self._speakers)
        platform = self._dice.choice(channels)
        role, parent = self._role(platform)
        said = self._speak(role, citizen)
        identity = external_id(platform, self._run, number)
        if role == "report":
            self._recent[platform].append(identity)
        line = contract_line(citizen, platform, identity, said.text, at, parent=parent)
        truth = {"platform": platform, "external_id": identity, **said.truth(mention_offset(platform))}
        return line, truth

    def _role(self, platform: str) -> tuple[str, str | None]:
        luck = self._dice.random()
        if luck < _REPLIES and self._recent[platform]:
            return self._dice.choice(("follow_up", "me_too")), self._dice.choice(self._recent[platform])
        luck -= _REPLIES
        for role, share in (("small_talk", _SMALL_TALK), ("spam", _SPAM), ("abuse", _ABUSE)):
            if 0 <= luck < share:
                return role, None
            luck -= share
        return "report", None

    def _speak(self, role: str, citizen: Citizen) -> Said:
        """Says something that brings the mean length nearer to what is wanted."""
        short = self._characters < self._mean * self._said
        topic = self._choose.topic() if role == "report" else ""
        drawn = [
            self._choose.report(topic, citizen) if topic else self._choose.said(role, citizen)
            for _ in range(3)
        ]
        phrasing = (max if short else min)(drawn, key=lambda one: len(one.text))
        said = say(
            phrasing, citizen, self._city, self._dice, closings=self._dice.randint(1, 4) if short else 0
        )
        self._said += 1
        self._characters += len(said.text)
        return said


def _hour_of(share: float) -> float:
    """The hour of the day by which `share` of a day's messages has been written."""
    hour = bisect_right(_SHARE_OF_DAY, share)
    before = _SHARE_OF_DAY[hour - 1] if hour else 0.0
    return hour + (share - before) / (_SHARE_OF_DAY[hour] - before)
