"""Chooses which phrasing a citizen would use: by the registers they speak and by temperament."""

from __future__ import annotations

import random
from collections import Counter
from itertools import accumulate
from typing import Final

from tanggap.simulator.city import Citizen
from tanggap.simulator.phrasing import Phrasing, Phrasings

# How often a day's talk turns to a topic; what is not listed weighs 1.
TOPIC_WEIGHTS: Final[dict[str, float]] = {
    "jalan_rusak": 7,
    "sampah": 6,
    "pju": 4,
    "banjir": 3,
    "drainase": 3,
    "lalu_lintas": 3,
    "parkir": 2.5,
    "adminduk": 3,
    "air_bersih": 3,
    "kesehatan": 2.5,
    "bansos": 3,
    "ketertiban": 3,
    "informasi": 4,
    "apresiasi": 2,
    "usulan": 2,
    "listrik": 1.5,
    "sekolah": 2,
    "pajak": 1.5,
    "kebakaran": 0.5,
    "bencana": 0.5,
    "kdrt_anak": 0.3,
    "perundungan": 0.5,
}
_ENGLISH: Final = "english"
_SHORT: Final = 48


class Chooser:
    """Picks topics and phrasings with `dice`; weights are worked out once for each group and kind of speaker."""

    def __init__(self, phrasings: Phrasings, dice: random.Random) -> None:
        self._phrasings = phrasings
        self._dice = dice
        self._weights: dict[tuple[str, tuple[tuple[str, float], ...], str], list[float]] = {}
        self._topics = list(phrasings.topics)
        self._topic_weights = list(accumulate(TOPIC_WEIGHTS.get(topic, 1.0) for topic in self._topics))

    def topic(self) -> str:
        """Picks a topic as often as it comes up in a city."""
        return self._dice.choices(self._topics, cum_weights=self._topic_weights)[0]

    def report(self, topic: str, citizen: Citizen) -> Phrasing:
        """Picks what this citizen would say about `topic`."""
        return self._pick(topic, self._phrasings.reports[topic], citizen)

    def said(self, role: str, citizen: Citizen) -> Phrasing:
        """Picks what this citizen would say in a role: follow_up, me_too, answer, thanks, …"""
        return self._pick(role, self._phrasings.said[role], citizen)

    def _pick(self, name: str, group: tuple[Phrasing, ...], citizen: Citizen) -> Phrasing:
        key = (name, citizen.registers, citizen.temperament)
        if key not in self._weights:
            self._weights[key] = list(accumulate(_weights(group, citizen)))
        return self._dice.choices(group, cum_weights=self._weights[key])[0]


def _weights(group: tuple[Phrasing, ...], citizen: Citizen) -> list[float]:
    """Shares the weight of each register among its phrasings, so that no household's tongue is outnumbered."""
    registers = [_ENGLISH if phrasing.language == "en" else phrasing.register for phrasing in group]
    spoken, shares = dict(citizen.registers), Counter(registers)
    found = []
    for phrasing, register in zip(group, registers, strict=True):
        weight = spoken.get(register, 0.0 if register == _ENGLISH else 0.02) / shares[register]
        if citizen.temperament == "sarcastic" and phrasing.sarcasm:
            weight *= 4
        if citizen.temperament == "three_word" and len(phrasing.text) < _SHORT:
            weight *= 4
        if citizen.temperament == "ranting" and phrasing.sentiment == "negative":
            weight *= 1.5
        found.append(weight)
    return found
