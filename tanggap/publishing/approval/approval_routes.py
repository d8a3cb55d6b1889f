"""Approval routes of a government: made, replaced, ended. What is under way keeps the route that it began with."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import MAY, Member, Unit, require
from tanggap.core import audit
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing.approval.deciding import at_work, candidates
from tanggap.publishing.models import Publication, PublicationKind, PublicationState, Route

_DATA = json.loads((Path(__file__).parents[1] / "data" / "approval_route.json").read_text(encoding="utf-8"))
TEMPLATES: tuple[dict[str, Any], ...] = tuple(_DATA["templates"])
MOST_STAGES = 6
MOST_HOURS = 720
DECIDING_ROLES = tuple(sorted(MAY["publication.approve"]))


def put(
    by: Member, unit: Unit | None, kind: str, stages: Sequence[Mapping[str, Any]], seen: int | None = None
) -> Route:
    """This will make the stages stand for an office with those below it (None: everywhere) and a kind ("": every kind).

    `seen` is the id of the route that the form showed: Lost where another one stands by now. Refusal for stages in
    which nobody could decide.
    """
    require(by, "publication.routes")
    if kind and kind not in PublicationKind.values:
        raise Refusal(_("Jenis konten itu tidak ada dalam daftar."), "kind")
    clean = _clean(stages)
    now = timezone.now()
    _require_deciders(unit, clean, now)
    with transaction.atomic():
        before = standing(unit, kind)
        if (before.pk if before else None) != seen:
            raise Lost("Another route stands for this office and kind.")
        if before is not None and before.stages == clean:
            return before
        if before is not None:
            _end(before, by, now)
        made = Route.objects.create(unit=unit, kind=kind, stages=clean, made_by=by.audit_name, made_at=now)
        audit.record(
            "publication.route", made, by, now=now, unit=unit.pk if unit else None, kind=kind,
            before=before.pk if before else None, stages=[one["key"] for one in clean],
        )  # fmt: skip
    return made


def end(route: Route, by: Member) -> None:
    """This will end a route: from now on the one above it stands for its office and kind."""
    require(by, "publication.routes")
    with transaction.atomic():
        one = Route.objects.select_for_update().get(pk=route.pk)
        if one.ended_at is not None:
            raise Lost("The route was ended by somebody else.")
        if one.unit_id is None and not one.kind:
            raise Refusal(
                _("Jalur umum tidak dapat diakhiri, hanya diganti: konten tanpa jalur lain memakainya.")
            )
        _end(one, by, timezone.now())


def standing(unit: Unit | None, kind: str) -> Route | None:
    """This will return the route that stands for exactly this office and kind."""
    return Route.objects.filter(unit=unit, kind=kind, ended_at=None).select_related("unit").first()


def under_way(unit: Unit | None, kind: str) -> list[Publication]:
    """This will return the publications that wait for approval and would be of this route, but keep the one they
    began with."""
    rows = Publication.objects.filter(state=PublicationState.REVIEW).select_related(
        "route", "unit", "author__user"
    )
    if kind:
        rows = rows.filter(kind=kind)
    if unit is not None:
        rows = rows.filter(unit_id__in=unit.with_descendants())
    return list(rows.order_by("stage_due_at", "id"))


def stuck(unit: Unit | None, stages: Sequence[Mapping[str, Any]], now: datetime) -> list[tuple[Member, str]]:
    """This will return the writers whose publications nobody could decide on, each with the stage that it fails at."""
    who = [list(candidates(one, unit, now).values_list("pk", flat=True)) for one in stages]
    found = []
    for writer in _writers(unit, now):
        at = _fails_at(stages, [[pk for pk in many if pk != writer.pk] for many in who])
        if at is not None:
            found.append((writer, str(stages[at]["name"])))
    return found


def _require_deciders(unit: Unit | None, stages: Sequence[Mapping[str, Any]], now: datetime) -> None:
    for at, stage in enumerate(stages):
        if not candidates(stage, unit, now).exists():
            raise Refusal(
                _(
                    "Tahap “%(stage)s” tidak dapat diputuskan siapa pun: tidak ada anggota dengan peran atau nama itu."
                )
                % {"stage": stage["name"]},
                f"stage-{at}",
            )
    writers = _writers(unit, now)
    blocked = stuck(unit, stages, now)
    if writers and len(blocked) == len(writers):
        at = next(at for at, stage in enumerate(stages) if stage["name"] == blocked[0][1])
        raise Refusal(
            _(
                "Dengan jalur ini tidak ada konten yang dapat disetujui: pada tahap “%(stage)s” hanya tersisa "
                "penulisnya atau orang yang sudah menyetujui. Tambahkan peran atau nama lain."
            )
            % {"stage": blocked[0][1]},
            f"stage-{at}",
        )


def _fails_at(stages: Sequence[Mapping[str, Any]], who: Sequence[Collection[int]]) -> int | None:
    """The first stage that cannot be reached whoever decides before it, else None; tried in depth, stages are few."""
    furthest = 0

    def goes(at: int, agreed: frozenset[int]) -> bool:
        nonlocal furthest
        furthest = max(furthest, at)
        if at == len(stages):
            return True
        allowed = [pk for pk in who[at] if not stages[at]["others"] or pk not in agreed]
        # Of those who can do the same from here on, trying as many as there are stages left is enough.
        return any(goes(at + 1, agreed | {pk}) for pk in _few(allowed, who[at + 1 :], len(stages) - at))

    return None if goes(0, frozenset()) else furthest


def _few(allowed: Iterable[int], later: Sequence[Collection[int]], most: int) -> list[int]:
    kept: dict[tuple[bool, ...], list[int]] = {}
    for pk in allowed:
        kept.setdefault(tuple(pk in many for many in later), []).append(pk)
    return [pk for many in kept.values() for pk in many[:most]]


def _writers(unit: Unit | None, now: datetime) -> list[Member]:
    rows = at_work(Member.objects.filter(role__in=MAY["publication.write"]), now).select_related("user")
    if unit is not None:
        rows = rows.filter(unit_id__in=unit.with_descendants())
    return list(rows.order_by("id"))


def _clean(stages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not stages:
        raise Refusal(_("Jalur memerlukan paling sedikit satu tahap."), "stage-0")
    if len(stages) > MOST_STAGES:
        raise Refusal(_("Jalur paling banyak enam tahap."), "stage-0")
    found: list[dict[str, Any]] = []
    for at, given in enumerate(stages):
        found.append(_stage(at, given, {one["key"] for one in found}))
    return found


def _stage(at: int, given: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    name = " ".join(str(given.get("name", "")).split())[:60]
    if not name:
        raise Refusal(_("Beri nama setiap tahap."), f"stage-{at}")
    roles = sorted({role for role in given.get("roles", ()) if role in DECIDING_ROLES})
    asked = {int(pk) for pk in given.get("members", ())}
    members = sorted(Member.objects.filter(pk__in=asked).values_list("pk", flat=True))
    if not roles and not members:
        raise Refusal(_("Pilih peran atau nama untuk tahap “%(stage)s”.") % {"stage": name}, f"stage-{at}")
    hours = given.get("hours")
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        raise Refusal(_("Tenggat tahap antara 1 dan 720 jam, atau kosong."), f"stage-{at}")
    return {
        "key": _key(name, taken), "name": name, "roles": roles, "members": members, "hours": hours,
        "others": bool(given.get("others")),
    }  # fmt: skip


def _key(name: str, taken: Collection[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "tahap"
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, 99))) if key not in taken)


def _end(one: Route, by: Member, now: datetime) -> None:
    one.ended_at = now
    one.save(update_fields=["ended_at"])
    audit.record("publication.route_end", one, by, now=now)
