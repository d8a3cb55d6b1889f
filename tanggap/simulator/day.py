"""Plans a day in the city: who says what where and when, decided wholly by the seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tanggap.simulator.choosing import Chooser
from tanggap.simulator.city import (
    NEWS,
    WEBHOOK_PLATFORMS,
    Citizen,
    City,
    Kelurahan,
    citizens,
    load_city,
    newsroom,
)
from tanggap.simulator.phrasing import load_phrasings
from tanggap.simulator.voice import Said, say

KINDS: Final = ("post", "reply", "edit", "delete", "duplicate", "answer", "thanks")
ALL_PLATFORMS: Final = ("mastodon", *WEBHOOK_PLATFORMS)

# Share of a day's traffic in each hour, 0 to 23: quiet nights, peaks before work, at noon and after nightfall.
HOURS: Final = (2, 1, 1, 1, 2, 4, 7, 9, 8, 6, 5, 6, 7, 6, 5, 5, 6, 7, 8, 10, 10, 8, 5, 3)
INCIDENTS: Final = ("banjir", "jembatan", "bencana")

_REPLIES, _SMALL_TALK, _SPAM, _ABUSE, _INCIDENT = 0.12, 0.03, 0.03, 0.01, 0.08
_EDITED, _DELETED, _TWICE = 0.04, 0.025, 0.06
_ANSWERS, _THANKS, _UNHAPPY = 0.45, 0.55, 0.15
# A text that many accounts send around within the hour, each with something of its own at the end.
_CAMPAIGN, _SMALLEST_CAMPAIGN = 0.04, 4
_ECHOES: Final = (
    "",
    "!!",
    " 🙏",
    " tolong sebarkan",
    " @semua",
    " viralkan",
    ".",
    " ✊",
    " RT dong",
    " #wargabersuara",
)
# Nobody can change there what was said.
_UNEDITED: Final = ("instagram", "tiktok", "x", "bluesky", "whatsapp")
_ARTICLES_PER: Final = 150
_FULL_COVER: Final = 100
_SMALLEST_WITH_INCIDENT: Final = 20


@dataclass(frozen=True, slots=True)
class Event:
    """One deed. `about` is the number of the event it answers, changes or repeats; None for a new post.

    With `awaits_answer` it happens only once the government has answered `about`; `at` then says how long after the
    post it was meant, and the delay counts from the answer.
    """

    number: int
    kind: str
    at: datetime
    citizen: Citizen
    platform: str
    said: Said | None = None
    about: int | None = None
    awaits_answer: bool = False
    incident: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A planned day: events by time, and what the incident was (topic, kelurahan), if there was one."""

    seed: int
    start: datetime
    speed: float
    events: tuple[Event, ...]
    incident: tuple[str, str] | None

    def delay(self, event: Event) -> float:
        """Seconds of real time from the start of a run to `event`, at the speed of the day."""
        return (event.at - self.start).total_seconds() / self.speed


def plan(
    seed: int,
    posts: int,
    start: datetime,
    speed: float = 1.0,
    *,
    city: City | None = None,
    people: Sequence[Citizen] | None = None,
    platforms: Sequence[str] = ALL_PLATFORMS,
) -> Day:
    """Plans 24 hours from `start` with `posts` new messages (posts and replies) on `platforms`.

    Edits, deletions, repeated deliveries, and what people say after an answer come on top; so do articles about the
    day's incident where `platforms` holds city.NEWS. The same arguments give the same day. From 100 posts on every
    topic comes up. Raises ValueError for no posts, no speed or an unknown platform.
    """
    if posts < 1 or speed <= 0 or not {*platforms} - {NEWS} or not {*platforms} <= {*ALL_PLATFORMS, NEWS}:
        raise ValueError(
            "plan needs at least one post, a positive speed, and platforms out of day.ALL_PLATFORMS (and news)"
        )
    place = city or load_city()
    return _Planner(seed, posts, start, place, people or citizens(place), platforms).planned(speed)


class _Planner:
    """Holds the dice and what was said so far while one day is planned."""

    def __init__(
        self,
        seed: int,
        posts: int,
        start: datetime,
        city: City,
        people: Sequence[Citizen],
        platforms: Sequence[str],
    ) -> None:
        self._dice = random.Random(f"day-{seed}")
        self._seed, self._posts, self._start, self._city = seed, posts, start, city
        self._platforms = tuple(platforms)
        self._people = [p for p in people if set(p.channels) & set(platforms)]
        self._choose = Chooser(load_phrasings(), self._dice)
        self._events: list[Event] = []
        self._open: list[Event] = []
        self._joined: set[int] = set()
        self._removed: set[int] = set()
        self._circular: Said | None = None
        self._joining: list[Citizen] = []

    def planned(self, speed: float) -> Day:
        """Plans the new messages in order of time, then what follows from them."""
        topic, ward, times = self._incident()
        campaign = self._campaign()
        roles = self._roles(len(times) + len(campaign))
        moments = [(at, role, False) for at, role in zip(self._times(len(roles)), roles, strict=True)]
        moments += [(at, topic, True) for at in times] + [(at, "campaign", False) for at in campaign]
        for at, role, incident in sorted(moments, key=lambda moment: moment[0]):
            self._speak(at, role, ward if incident else None)
        if times and NEWS in self._platforms:
            self._report_in_the_news(topic, ward, min(times))
        for event in tuple(self._events):
            self._follow(event)
        events = tuple(sorted(self._events, key=lambda event: (event.at, event.number)))
        return Day(self._seed, self._start, speed, events, (topic, ward.code) if times else None)

    def _incident(self) -> tuple[str, Kelurahan, list[datetime]]:
        """Something breaks in one ward: most reports come in its first half hour, the last within two hours."""
        topic, ward = self._dice.choice(INCIDENTS), self._dice.choice(self._city.wards)
        if self._posts < _SMALLEST_WITH_INCIDENT:
            return topic, ward, []
        begin = self._start + timedelta(hours=self._dice.uniform(5, 20))
        count = max(3, round(self._posts * _INCIDENT))
        minutes = [min(120.0, self._dice.expovariate(1 / 25)) for _ in range(count)]
        return topic, ward, [begin + timedelta(minutes=since) for since in minutes]

    def _campaign(self) -> list[datetime]:
        """When the accounts of a campaign speak: within an hour of the day."""
        if self._posts < _SMALLEST_WITH_INCIDENT:
            return []
        begin = self._start + timedelta(hours=self._dice.uniform(1, 18))
        count = max(_SMALLEST_CAMPAIGN, round(self._posts * _CAMPAIGN))
        return [begin + timedelta(minutes=self._dice.uniform(0, 60)) for _ in range(count)]

    def _report_in_the_news(self, topic: str, ward: Kelurahan, begin: datetime) -> None:
        """Lets the newspaper write about the incident, and put more into its first article later."""
        editors = newsroom(ward)
        for number in range(1 + self._posts // _ARTICLES_PER):
            at = begin + timedelta(minutes=15 + 40 * number + self._dice.uniform(0, 15))
            said = say(
                self._choose.said(f"berita_{topic}", editors), editors, self._city, self._dice, ward=ward
            )
            article = self._add("post", at, editors, NEWS, said, incident=True)
            if number == 0:
                longer = replace(said, text=f"{said.text} (diperbarui)")
                later = at + timedelta(minutes=self._dice.uniform(5, 30))
                self._add("edit", later, editors, NEWS, longer, about=article.number)

    def _roles(self, taken: int) -> list[str]:
        """What each remaining message is: a topic code, or a role of the conversation; shuffled."""
        count = self._posts - taken
        shares = {"reply": _REPLIES, "small_talk": _SMALL_TALK, "spam": _SPAM, "abuse": _ABUSE}
        roles = [role for role, share in shares.items() for _ in range(round(count * share))]
        if count >= _SMALLEST_WITH_INCIDENT and "spam" not in roles:
            roles.append("spam")
        if self._posts >= _FULL_COVER:
            roles += load_phrasings().topics[: max(0, count - len(roles))]
        roles += [self._choose.topic() for _ in range(count - len(roles))]
        self._dice.shuffle(roles)
        return roles

    def _times(self, count: int) -> list[datetime]:
        midnight_offset = self._start.hour
        found = []
        for hour in self._dice.choices(range(24), HOURS, k=count):
            since = (
                (hour - midnight_offset) % 24 * 3600 + self._dice.uniform(0, 3600) - self._start.minute * 60
            )
            found.append(self._start + timedelta(seconds=max(0.0, since)))
        return found

    def _speak(self, at: datetime, role: str, ward: Kelurahan | None) -> None:
        if role == "reply" and self._reply(at):
            return
        citizen = self._another(at) if role == "campaign" else self._someone(at)
        platform = self._dice.choice([name for name in citizen.channels if name in self._platforms])
        if role == "campaign":
            self._add("post", at, citizen, platform, self._sent_around(citizen))
            return
        if role in ("small_talk", "spam", "abuse"):
            phrasing = self._choose.said(role, citizen)
        else:
            phrasing = self._choose.report(self._choose.topic() if role == "reply" else role, citizen)
        said = say(phrasing, citizen, self._city, self._dice, ward=ward)
        event = self._add("post", at, citizen, platform, said, incident=ward is not None)
        if phrasing.role == "report":
            self._open.append(event)

    def _reply(self, at: datetime) -> bool:
        """Lets somebody join an earlier post, its author or another; False when there is none to join."""
        recent = self._open[-40:]
        if not recent:
            return False
        target = self._dice.choice(recent)
        own = self._dice.random() < 0.5
        others = [
            p for p in self._people if target.platform in p.channels and p.handle != target.citizen.handle
        ]
        citizen = target.citizen if own or not others else self._dice.choice(others)
        role = "follow_up" if citizen is target.citizen else "me_too"
        ward = target.said.ward if target.said else None
        said = say(self._choose.said(role, citizen), citizen, self._city, self._dice, ward=ward)
        self._joined.add(target.number)
        self._add("reply", at, citizen, target.platform, said, about=target.number, incident=target.incident)
        return True

    def _someone(self, at: datetime) -> Citizen:
        awake = [p for p in self._people if p.awake(at.hour)]
        return self._dice.choice(awake or self._people)

    def _another(self, at: datetime) -> Citizen:
        """Somebody who has not taken part in the campaign yet."""
        fresh = [person for person in self._people if person not in self._joining] or self._people
        self._joining.append(self._dice.choice([p for p in fresh if p.awake(at.hour)] or fresh))
        return self._joining[-1]

    def _sent_around(self, citizen: Citizen) -> Said:
        """The campaign's text as one account sends it."""
        if self._circular is None:
            self._circular = say(self._choose.said("campaign", citizen), citizen, self._city, self._dice)
        return replace(self._circular, text=self._circular.text + self._dice.choice(_ECHOES))

    def _follow(self, event: Event) -> None:
        """Adds what happens to a message later: repeated, edited, deleted; and what its author says once answered."""
        if event.platform == NEWS:
            return
        if event.platform != "mastodon" and self._dice.random() < _TWICE:
            later = event.at + timedelta(minutes=self._dice.uniform(0.5, 45))
            self._add("duplicate", later, event.citizen, event.platform, event.said, about=event.number)
        if event.platform not in _UNEDITED and self._dice.random() < _EDITED:
            self._edit(event)
        elif event.number not in self._joined and self._dice.random() < _DELETED:
            self._removed.add(event.number)
            later = event.at + timedelta(minutes=self._dice.uniform(5, 240))
            self._add("delete", later, event.citizen, event.platform, about=event.number)
        if event.kind == "post" and event.said and event.said.phrasing.topic:
            self._when_answered(event)

    def _edit(self, event: Event) -> None:
        if event.said is None:
            return
        addition = say(self._choose.said("correction", event.citizen), event.citizen, self._city, self._dice)
        later = event.at + timedelta(minutes=self._dice.uniform(1, 30))
        said = event.said.followed_by(addition)
        self._add("edit", later, event.citizen, event.platform, said, about=event.number)

    def _when_answered(self, event: Event) -> None:
        if event.number in self._removed:
            return
        ward = event.said.ward if event.said else None
        luck = self._dice.random()
        roles = ["answer"] if self._dice.random() < _ANSWERS else []
        roles += ["thanks"] if luck < _THANKS else ["unhappy"] if luck < _THANKS + _UNHAPPY else []
        for role in roles:
            said = say(
                self._choose.said(role, event.citizen), event.citizen, self._city, self._dice, ward=ward
            )
            later = event.at + timedelta(minutes=self._dice.uniform(2, 60))
            kind = "answer" if role == "answer" else "thanks"
            self._add(
                kind, later, event.citizen, event.platform, said, about=event.number, awaits_answer=True
            )

    def _add(
        self,
        kind: str,
        at: datetime,
        citizen: Citizen,
        platform: str,
        said: Said | None = None,
        *,
        about: int | None = None,
        awaits_answer: bool = False,
        incident: bool = False,
    ) -> Event:
        event = Event(len(self._events), kind, at, citizen, platform, said, about, awaits_answer, incident)
        self._events.append(event)
        return event


def counts(day: Day) -> dict[str, int]:
    """Counts the events of a day by kind."""
    found = Counter(event.kind for event in day.events)
    return {kind: found[kind] for kind in KINDS}
