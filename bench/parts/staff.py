"""A government with a hook and staff in every office, as the benchmarks need it."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from bench.parts.deliveries import APP, SECRET
from tanggap.agencies.joining import load_government
from tanggap.agencies.models import Government, Member, Role, Unit, User
from tanggap.channels.models import App, Channel
from tanggap.core import scope


def government(code: str = "34.71") -> Government:
    """This will load a shipped government with a coordinator, an officer, and a liaison in each office."""
    made = load_government(code)
    with scope.government(made.pk):
        units = list(Unit.objects.order_by("pk"))
        if not Member.objects.exists():
            top = next(unit for unit in units if unit.parent_id is None)
            member(made, Role.COORDINATOR, f"koordinator@{code}.example", top)
            member(made, Role.OFFICER, f"petugas@{code}.example", top)
            for unit in units:
                member(made, Role.LIAISON, f"{unit.code}@{code}.example", unit)
    return made


def hook(owner: Government, name: str = APP) -> App:
    """This will open the signed webhook `name` with one channel of the government behind it."""
    app, _made = App.objects.get_or_create(
        key=name, defaults={"platform": "webhook", "name": "Tolok ukur", "secrets": [SECRET]}
    )
    with scope.government(owner.pk):
        Channel.objects.get_or_create(
            key=name, defaults={"government": owner, "platform": "webhook", "name": "Tolok ukur", "app": app}
        )
    return app


def member(owner: Government, role: Role, email: str, unit: Unit | None = None) -> Member:
    """This will give somebody a role in an office; the topmost one without `unit`."""
    unit = unit or Unit.objects.filter(parent=None).order_by("pk")[0]
    user = User(email=email.lower(), name=email.partition("@")[0])
    user.set_unusable_password()
    user.save()
    return Member.objects.create(government=owner, unit=unit, user=user, role=role)


def officers(owner: Government) -> list[Member]:
    """This will return who reads the inbox: a coordinator, who sees all, an officer, and one of a single office."""
    with scope.government(owner.pk):
        members = Member.objects.select_related("user", "unit", "government").order_by("pk")
        several = members.filter(role=Role.LIAISON, unit__channels__isnull=False).first()
        found = [members.filter(role=role).first() for role in (Role.COORDINATOR, Role.OFFICER)]
        single = (
            members.filter(role=Role.LIAISON, unit__channels__isnull=True).exclude(unit__parent=None).last()
        )
        return [one for one in (*found, several, single) if one]


def session_of(member: Member) -> str:
    """This will log a member's user in and return the session's key."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(member.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
