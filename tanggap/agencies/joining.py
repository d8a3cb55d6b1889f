"""How a government and its staff come in: from a shipped file, by an invitation; and how they leave."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies import government_file
from tanggap.agencies.models import Area, Government, Member, Role, Unit, User, require
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal


def load_government(code: str, by: audit.Actor = audit.System("government file")) -> Government:  # noqa: B008
    """This will make or renew a government with its areas and offices from its file.

    What an administrator added or changed stays as it is; GovernmentFileError for an unknown code or a faulty file.
    """
    file = government_file.load(code)
    kept: dict[str, Any] = asdict(file.head) | {"places": [asdict(place) for place in file.places]}
    with transaction.atomic():
        government, made = Government.objects.update_or_create(
            code=code,
            defaults={
                "name": file.head.name,
                "timezone": file.head.timezone,
                "file": kept,
                "is_demo": file.head.fictional,
            },
        )
        with scope.government(government.pk):
            _renew_areas(government, file)
            _renew_units(government, file)
        audit.record(
            "government.load", government, by, made=made, units=len(file.units), areas=len(file.areas)
        )
    return government


def _renew_areas(government: Government, file: government_file.GovernmentFile) -> None:
    rows = [
        Area(
            government=government, code=area.code, name=area.name, level=area.level,
            parent_code=area.parent or "", aliases=list(area.aliases),
        )
        for area in file.areas
        if area.level in {"district", "village"}
    ]  # fmt: skip
    Area.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["government", "code"],
        update_fields=["name", "level", "parent_code", "aliases"],
    )  # fmt: skip


def _renew_units(government: Government, file: government_file.GovernmentFile) -> None:
    kept = set(Unit.objects.filter(changed_here=True).values_list("code", flat=True))
    rows = [
        Unit(
            government=government, code=unit.code, name=unit.name, short_name=unit.short, kind=unit.kind,
            area_code=unit.area_code or "", roles=list(unit.roles), verified=unit.verified,
            active_from=unit.active_from, active_until=unit.active_until,
        )
        for unit in file.units
        if unit.code not in kept
    ]  # fmt: skip
    Unit.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["government", "code"],
        update_fields=[
            "name", "short_name", "kind", "area_code", "roles", "verified", "active_from", "active_until",
        ],
    )  # fmt: skip
    known = {unit.code: unit for unit in Unit.objects.all()}
    moved = []
    for entry in file.units:
        if entry.code in kept:
            continue
        parent = known[entry.parent] if entry.parent else None
        if known[entry.code].parent_id != (parent.pk if parent else None):
            known[entry.code].parent = parent
            moved.append(known[entry.code])
    Unit.objects.bulk_update(moved, ["parent"])


def invite(by: Member, email: str, name: str, unit: Unit, role: str) -> tuple[Member, str | None]:
    """This will make a member, and an account where the address has none yet.

    Returns the member and, for a new account, its first password, which is shown once.
    """
    require(by, "member.manage")
    if role not in Role.values:
        raise Refusal(_("Peran itu tidak dikenal. Pilih peran dari daftar."), "role")
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(_("Alamat surel tidak lengkap. Contoh: nama@instansi.go.id."), "email") from None
    return add_member(by, email, name, unit, role)


def add_member(by: audit.Actor, email: str, name: str, unit: Unit, role: str) -> tuple[Member, str | None]:
    """This will do what `invite` does without asking who may: for the command line and for set-up."""
    with transaction.atomic():
        password = None
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            password = secrets.token_urlsafe(12)
            user = User.objects.create_user(email, password, name=name)
        if Member.objects.filter(user=user).exists():
            raise Refusal(
                _("Alamat surel itu sudah terdaftar sebagai anggota. Ubah peran anggota yang ada."), "email"
            )
        member = Member.objects.create(government_id=unit.government_id, user=user, unit=unit, role=role)
        audit.record("member.add", member, by, role=role, unit=unit.pk)
    return member, password


def change(member: Member, by: Member, *, role: str | None = None, unit: Unit | None = None) -> None:
    """This will give a member another role or office; the last administrator cannot lose the role."""
    require(by, "member.manage")
    with transaction.atomic():
        before = {"role": member.role, "unit": member.unit_id}
        if role and role != Role.ADMINISTRATOR:
            _keep_one_administrator(member)
        member.role, member.unit = role or member.role, unit or member.unit
        member.save(update_fields=["role", "unit"])
        audit.record("member.change", member, by, before=before, role=member.role, unit=member.unit_id)


def end(member: Member, by: Member) -> None:
    """This will end a membership at once; what the person did stays theirs in the record."""
    require(by, "member.manage")
    with transaction.atomic():
        _keep_one_administrator(member)
        member.active_until = timezone.localdate() - timedelta(days=1)
        member.save(update_fields=["active_until"])
        audit.record("member.end", member, by)


def _keep_one_administrator(member: Member) -> None:
    today = timezone.localdate()
    others = Member.objects.select_for_update().filter(role=Role.ADMINISTRATOR).exclude(pk=member.pk)
    if member.role == Role.ADMINISTRATOR and not any(
        one.active_until is None or one.active_until >= today for one in others
    ):
        raise Refusal(
            _("Ini administrator terakhir. Jadikan orang lain administrator dahulu; tidak ada yang diubah.")
        )
