"""An office that publishes: a writer, a coordinator, a leader, two accounts; and routes through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.models import Channel
from tanggap.publishing.models import Route
from tests.city import Scripted, a_channel, a_government, a_member, a_unit


@dataclass
class Office:
    unit: Unit
    writer: Member
    second: Member
    head: Member
    channel: Channel
    other: Channel


def an_office() -> Office:
    """This will found a government with one office; call it outside any scope."""
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    return Office(
        unit, a_member(unit), a_member(unit, Role.COORDINATOR), a_member(unit, Role.LEADER),
        a_channel(unit), a_channel(unit),
    )  # fmt: skip


def stages(*roles: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"key": f"t{at}", "name": f"Tahap {at}", "roles": [role], "members": [], "hours": 4, **more}
        for at, role in enumerate(roles, 1)
    ]


def a_route(office: Office, *roles: str, kind: str = "", **more: Any) -> Route:
    return Route.objects.create(
        unit=None, kind=kind, stages=stages(*roles, **more), made_by="test", made_at=timezone.now()
    )


class NoMail(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise OSError("no route")
