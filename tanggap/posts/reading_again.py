"""Deliveries that were put aside: which, why, what they hold without secrets, and back into the queue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import models, transaction

from tanggap.agencies.models import Member, require
from tanggap.channels.models import App, Channel
from tanggap.core import audit
from tanggap.posts import intake
from tanggap.posts.models import RawItem, RawState
from tanggap.understanding import personal_data

MOST_SHOWN = 20_000
_SECRET = re.compile(r"token|secret|passw|sandi|authori[sz]ation|signature|api.?key|cookie", re.IGNORECASE)
COVER = "••••••"
_SECRET_IN_TEXT = re.compile(rf'((?:{_SECRET.pattern})\w*"?\s*[:=]\s*"?)[^\s",&}}]+', re.IGNORECASE)


def put_aside(member: Member) -> models.QuerySet[RawItem]:
    """This will return what could not be read in the member's government, newest first."""
    return of_the_government(member).filter(state__in=[RawState.FAILED, RawState.QUARANTINED])


def of_the_government(member: Member) -> models.QuerySet[RawItem]:
    """This will return all deliveries of the member's government, newest first.

    A delivery of an app that several governments share is shown to none of them: it may be the others'.
    """
    require(member, "raw.read")
    mine = Channel.objects.all()
    foreign = Channel._base_manager.exclude(government_id=member.government_id).values("app_id")
    own_apps = App.objects.filter(pk__in=mine.values("app_id")).exclude(
        pk__in=foreign.filter(app__isnull=False)
    )
    return RawItem.objects.filter(
        models.Q(channel__in=mine) | models.Q(channel__isnull=True, app__in=own_apps)
    ).order_by("-id")


def again(by: Member, ids: Sequence[int]) -> int:
    """This will put deliveries back into the queue, to be read as if they had just come in; returns how many."""
    require(by, "raw.read")
    return intake.read_again(list(of_the_government(by).filter(pk__in=ids).values_list("pk", flat=True)), by)


def look(raw: RawItem, by: Member) -> str:
    """This will return a body with secrets and personal data covered, and put on record who looked."""
    require(by, "raw.read")
    with transaction.atomic():
        audit.record("raw.look", by.government, by, raw=raw.pk)
    return covered(bytes(raw.body))


def covered(body: bytes) -> str:
    """This will write a body for people: JSON indented, values of secret names and personal data covered."""
    try:
        text = orjson.dumps(_without_secrets(orjson.loads(body)), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        text = body[:MOST_SHOWN].decode("utf-8", "replace")
        text = _SECRET_IN_TEXT.sub(rf"\1{COVER}", text)
    text = text[:MOST_SHOWN]
    return personal_data.mask(text, personal_data.find(text), "public")


def secret(name: str) -> bool:
    """This will say whether a header or field holds a secret, by its name."""
    return _SECRET.search(name) is not None


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: COVER if _SECRET.search(key) and not isinstance(one, dict | list) else _without_secrets(one)
            for key, one in value.items()
        }
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value
