"""A government with a hook and staff in every office, as the benchmarks need it."""

from __future__ import annotations

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
            _member(made, top, Role.COORDINATOR, f"koordinator@{code}.example")
            _member(made, top, Role.OFFICER, f"petugas@{code}.example")
            for unit in units:
                _member(made, unit, Role.LIAISON, f"{unit.code}@{code}.example")
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


def _member(owner: Government, unit: Unit, role: Role, email: str) -> None:
    user = User(email=email.lower(), name=email.partition("@")[0])
    user.set_unusable_password()
    user.save()
    Member.objects.create(government=owner, unit=unit, user=user, role=role)
