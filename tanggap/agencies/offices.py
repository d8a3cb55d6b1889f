"""What an administrator changes about a government: its offices, its rules of work, its tokens for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import AccessToken, Government, Member, Unit, require
from tanggap.agencies.roles import ROLES
from tanggap.core import audit
from tanggap.core.refusal import Refusal

SCOPES = ("posts:read", "cases:read")
MOST_TOKEN_DAYS = 730
RAW_DAYS = (7, 3650)
KINDS = (
    "dinas", "badan", "satpol_pp", "setda", "setwan", "inspektorat", "kecamatan", "kelurahan", "desa", "uptd", "rsud",
    "puskesmas", "bumd", "vertikal", "instansi_luar", "lainnya",
)  # fmt: skip


def change_unit(
    unit: Unit,
    by: Member,
    *,
    name: str,
    short_name: str,
    roles: Sequence[str],
    active_from: date | None = None,
    active_until: date | None = None,
    verified: bool = False,
) -> None:
    """This will change an office's names, service roles and validity; cases that it holds stay with it."""
    require(by, "member.manage")
    _check(name, roles, active_from, active_until)
    wanted = {
        "name": name.strip()[:200], "short_name": short_name.strip()[:60], "roles": sorted(set(roles)),
        "active_from": active_from, "active_until": active_until, "verified": verified,
    }  # fmt: skip
    changed = [field for field, value in wanted.items() if getattr(unit, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(unit, field, wanted[field])
    with transaction.atomic():
        unit.changed_here = True
        unit.save(update_fields=[*changed, "changed_here"])
        audit.record("unit.change", unit, by, changed=sorted(changed), roles=unit.roles)


def add_unit(
    by: Member, *, name: str, short_name: str, kind: str, parent: Unit | None, roles: Sequence[str]
) -> Unit:
    """This will add an office below another one or at the top."""
    require(by, "member.manage")
    _check(name, roles, None, None)
    if kind not in KINDS:
        raise Refusal(_("Pilih jenis perangkat daerah dari daftar."), "kind")
    with transaction.atomic():
        unit = Unit.objects.create(
            government=by.government, code=_free_code(short_name or name), name=name.strip()[:200], kind=kind,
            short_name=short_name.strip()[:60], parent=parent, roles=sorted(set(roles)),
        )  # fmt: skip
        audit.record("unit.add", unit, by, roles=unit.roles)
    return unit


def change_rules(by: Member, *, auto_dispatch: bool, reply_needs_approval: bool, raw_days: int) -> Government:
    """This will set how the government works: automatic dispatch, approval of replies, days of raw deliveries."""
    require(by, "member.manage")
    if not RAW_DAYS[0] <= raw_days <= RAW_DAYS[1]:
        raise Refusal(
            _("Kiriman mentah disimpan %(least)s sampai %(most)s hari.")
            % {"least": RAW_DAYS[0], "most": RAW_DAYS[1]},
            "raw_days",
        )
    wanted: dict[str, Any] = {
        "auto_dispatch": auto_dispatch,
        "reply_needs_approval": reply_needs_approval,
        "raw_days": raw_days,
    }
    with transaction.atomic():
        government = Government.objects.select_for_update().get(pk=by.government_id)
        changed = {field: value for field, value in wanted.items() if getattr(government, field) != value}
        if changed:
            Government.objects.filter(pk=government.pk).update(**changed)
            audit.record("government.rules", government, by, **changed)
    for field, value in wanted.items():
        setattr(by.government, field, value)
    return by.government


def make_token(by: Member, name: str, scopes: Sequence[str], days: int) -> tuple[AccessToken, str]:
    """This will make a token that reads what its maker sees; returns it and its secret, which is shown once."""
    require(by, "api.token")
    if not name.strip():
        raise Refusal(_("Beri nama agar kelak tahu program mana yang memakainya."), "name")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refusal(_("Pilih paling sedikit satu izin."), "scopes")
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Refusal(_("Masa berlaku 1 sampai %(most)s hari.") % {"most": MOST_TOKEN_DAYS}, "days")
    now = timezone.now()
    with transaction.atomic():
        token, secret = AccessToken.make(
            by, name.strip()[:80], sorted(set(scopes)), now, now + timedelta(days=days)
        )
        audit.record("token.make", token, by, scopes=token.scopes)
    return token, secret


def revoke_token(token: AccessToken, by: Member) -> None:
    """This will end a token at once."""
    require(by, "api.token")
    with transaction.atomic():
        if AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
            audit.record("token.revoke", token, by)


def _free_code(name: str) -> str:
    wanted = slugify(name)[:36] or "unit"
    taken = set(Unit.objects.filter(code__startswith=wanted).values_list("code", flat=True))
    return next(
        code for n in range(len(taken) + 1) if (code := f"{wanted}-{n}" if n else wanted) not in taken
    )


def _check(name: str, roles: Sequence[str], active_from: date | None, active_until: date | None) -> None:
    if not name.strip():
        raise Refusal(_("Nama perangkat daerah tidak boleh kosong."), "name")
    if unknown := set(roles) - set(ROLES):
        raise Refusal(
            _("Peran layanan tidak dikenal: %(roles)s.") % {"roles": ", ".join(sorted(unknown))}, "roles"
        )
    if active_from and active_until and active_from > active_until:
        raise Refusal(_("Tanggal berakhir mendahului tanggal mulai."), "active_until")
