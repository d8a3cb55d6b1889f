"""A small town for tests: a government, a few offices, people who work there, posts and cases."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
import orjson
import pytest

from tanggap.agencies.models import Government, Member, Role, Unit, User
from tanggap.cases import making, similar
from tanggap.cases.models import Case
from tanggap.channels.connector import (
    Ability,
    Connector,
    Identity,
    Item,
    Outgoing,
    Raw,
    Sent,
    _found,
    all_connectors,
)
from tanggap.channels.contract_lines import read_body
from tanggap.channels.limits import Limits, MediaLimits
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.people.models import Handle
from tanggap.posts.budget import Budget
from tanggap.posts.models import Post, RawItem
from tanggap.publishing import writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Publication, PublicationState

_next = count(1)
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def a_government(code: str = "99.71", name: str = "Kota Uji") -> Government:
    return Government.objects.create(code=code, name=name)


def a_unit(government: Government, code: str, *roles: str, kind: str = "dinas", **fields: Any) -> Unit:
    with scope.government(government.pk):
        return Unit.objects.create(
            government=government,
            code=code,
            name=f"Dinas {code}",
            short_name=code,
            kind=kind,
            roles=list(roles),
            **fields,
        )


def a_member(unit: Unit, role: str = Role.OFFICER) -> Member:
    number = next(_next)
    with scope.government(unit.government_id):
        user = User.objects.create_user(
            f"anggota{number}@uji.go.id", "sandi-panjang-sekali", name=f"Anggota {number}"
        )
        return Member.objects.create(government_id=unit.government_id, user=user, unit=unit, role=role)


def a_channel(unit: Unit, platform: str = "scripted", **fields: Any) -> Channel:
    with scope.government(unit.government_id):
        return Channel.objects.create(
            government_id=unit.government_id, key=f"kanal-{next(_next)}", platform=platform, unit=unit,
            name="Akun resmi", **({"external_id": f"akun-{next(_next)}"} | fields),
        )  # fmt: skip


def a_post(channel: Channel, text: str = "jalan depan SD bolong besar", **fields: Any) -> Post:
    number = next(_next)
    with scope.government(channel.government_id):
        author = Handle.objects.create(
            government_id=channel.government_id, platform=channel.platform, external_id=f"warga-{number}",
            handle=f"warga{number}", name=f"Warga {number}", first_seen_at=NOW,
        )  # fmt: skip
        values: dict[str, Any] = {
            "platform": channel.platform, "external_id": f"p{number}", "thread": f"p{number}", "kind": "mention",
            "channel": channel, "text": text, "created_at": NOW, "received_at": NOW, "author": author,
            "units": [channel.unit_id], "intent": "complaint", "topic": "jalan_rusak",
        }  # fmt: skip
        return Post.objects.create(government_id=channel.government_id, **(values | fields))


def hear(channel: Channel, text: str, *, history: bool = False, **line: Any) -> RawItem:
    """Puts one delivery of a post into the digest's queue, as a connector would hand it over."""
    number = next(_next)
    author = {"id": f"warga-{number}", "handle": f"warga{number}"}
    whole = {"platform": channel.platform, "external_id": f"p{number}", "kind": "mention", "author": author,
             "created_at": NOW.isoformat(), "text": text} | line  # fmt: skip
    return RawItem.objects.create(
        source="hook", channel=channel, history=history, body=orjson.dumps(whole), received_at=NOW
    )


def a_case(post: Post, by: Member, *units: Unit, **fields: Any) -> Case:
    return making.from_post(post, by, units=units or None, **fields)


class Bag:
    """In place of the deep model: texts are alike as far as they share words."""

    def vectors(self, texts: Sequence[str]) -> similar.Vectors:
        found = np.zeros((len(texts), 256), np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % 256] += 1
        return found


def a_publication(
    by: Member, *channels: Channel, text: str = "Besok air mati di Kelurahan Baru.", **fields: Any
) -> Publication:
    with scope.government(by.government_id):
        named = {"source": "BPBD", "checked_by": "Tim pemeriksa", "responsible": "Kepala dinas"} | fields
        return writing.begin(by, channels=channels, text=text, **named)


def agreed(publication: Publication, by: Member) -> Publication:
    """Handed in by its author and agreed on by somebody else at every stage: it waits for its minute."""
    with scope.government(publication.government_id):
        one = approving.hand_in(publication, publication.author)
        while one.state == PublicationState.REVIEW:
            one = approving.decide(one, by, hash_=one.hash, approve=True)
        return one


def compare_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """This will have similar cases found by their words, and none known from another test."""
    monkeypatch.setattr(similar, "shipped_deep", Bag)
    monkeypatch.setattr(similar, "_KNOWN", similar._Known())
    monkeypatch.setattr(similar, "_BUDGET", Budget(1000))


class Scripted(Connector):
    """A platform that does what the test says: `answers` are returned or raised in turn by send and look_up."""

    platform = "scripted"
    name = "Panggung"
    abilities = frozenset(
        {Ability.REPLY, Ability.PRIVATE_REPLY, Ability.PUBLISH, Ability.MEDIA, Ability.HIDE, Ability.LOOK_UP}
    )
    limits = Limits(most=100)
    media = MediaLimits(most=4, bytes_by_type={"image/png": 10**6})
    answers: list[Sent | Exception | None] = []
    sent: list[Outgoing] = []

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        return read_body(raw)

    def send(self, out: Outgoing) -> Sent:
        type(self).sent.append(out)
        answer = self._next() if self.answers else Sent(f"sent-{out.reference}")
        assert isinstance(answer, Sent)
        return answer

    def look_up(self, out: Outgoing) -> Sent | None:
        return self._next()

    def identify(self) -> Identity:
        return Identity("akun", "akun", "Akun")

    @classmethod
    def _next(cls) -> Sent | None:
        answer = cls.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


all_connectors()
_found["scripted"] = Scripted
