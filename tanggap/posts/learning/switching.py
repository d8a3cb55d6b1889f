"""Which layer reads: a person switches to a candidate, and one click goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.posts.learning.training import retire
from tanggap.posts.taught import TrainedModel, TrainedState
from tanggap.understanding.reader import shipped

MOST_MOVED = 0.1
"""More of the ordinary posts than this should not change their label by a few officers' lessons."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a layer should not be used as it is: `code` worse, moved or base; `label` where it concerns one."""

    code: str
    label: str = ""
    figures: tuple[int | float, ...] = ()


def objections(trained: TrainedModel) -> list[Objection]:
    """This will say what speaks against using a layer, by what it was measured on when it was taught.

    Worse is a label that it gets wrong more often than the layer in use (on what officers said since that was taught),
    or than the shipped model where there is no such layer.
    """
    found = []
    for label, figures in trained.figures.get("heads", {}).items():
        if "held_back" not in figures:
            continue
        measured = compared(figures)
        if measured["broken"] > measured["fixed"]:
            found.append(Objection("worse", label, (measured["before"], measured["after"], measured["n"])))
        if figures["moved"] > MOST_MOVED:
            found.append(Objection("moved", label, (figures["moved"],)))
    return found


def compared(figures: dict[str, Any]) -> dict[str, Any]:
    """This will return the fairest comparison of a head that there is: with the layer in use, else with the shipped."""
    measured: dict[str, Any] = figures.get("in_use") or figures["held_back"]
    return measured


def switch(trained: TrainedModel, by: Member, *, sure: bool = False) -> None:
    """This will have new posts read with a layer; `sure` that it is wanted in spite of what speaks against it."""
    require(by, "model.manage")
    if trained.base != shipped().version:
        raise Refusal(
            _(
                "Model ini dilatih untuk pembaca %(base)s, sedangkan yang terpasang %(now)s. "
                "Tidak ada yang diubah. Latih lagi dengan pembaca yang terpasang."
            )
            % {"base": trained.base, "now": shipped().version}
        )
    if objections(trained) and not sure:
        raise Refusal(
            _(
                "Model ini lebih buruk atau mengubah banyak label. Tidak ada yang diubah. Periksa, lalu nyatakan yakin."
            ),
            "sure",
        )
    with transaction.atomic():
        before = _in_use(by.government)
        if before is not None:
            retire(before)
        TrainedModel.flow.move(
            trained, TrainedState.IN_USE, before=before, used_by=by, used_at=timezone.now()
        )
        audit.record(
            "model.switch", trained, by, before=before.number if before else None,
            against=sorted({one.code for one in objections(trained)}),
        )  # fmt: skip
        live.tell(by.government_id, "job", [trained.pk])


def back(by: Member) -> TrainedModel | None:
    """This will go back to what read before; returns the layer now in use, None for the shipped model alone."""
    require(by, "model.manage")
    with transaction.atomic():
        now = _in_use(by.government)
        if now is None:
            raise Refusal(_("Tidak ada model sendiri yang dipakai; pembaca bawaan membaca sendiri."))
        before = now.before
        retire(now)
        if before is not None:
            TrainedModel.flow.move(before, TrainedState.IN_USE, used_by=by, used_at=timezone.now())
        audit.record("model.back", now, by, to=before.number if before else None)
        live.tell(by.government_id, "job", [now.pk])
    return before


def discard(trained: TrainedModel, by: Member) -> None:
    """This will put a candidate away; it stays in the list and can still be chosen."""
    require(by, "model.manage")
    with transaction.atomic():
        retire(trained)
        audit.record("model.discard", trained, by)


def _in_use(government: Government) -> TrainedModel | None:
    rows = TrainedModel.objects.select_for_update(of=("self",)).filter(state=TrainedState.IN_USE)
    return rows.filter(government=government).first()
