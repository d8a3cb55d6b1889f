"""From a topic and a place to the offices: the table says the role, the tree says who bears it where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tanggap.agencies.models import Area, Government, Unit
from tanggap.cases import routing_table
from tanggap.core import scope


@dataclass(frozen=True, slots=True)
class Suggested:
    """An office for a case. `sure` ones are sent to by themselves where the government wants that."""

    unit: Unit
    role: str
    part: str
    why: str

    @property
    def sure(self) -> bool:
        return self.part in {"primary", "together", "emergency"} and not self.unit.outside

    def as_json(self) -> dict[str, object]:
        return {
            "unit": self.unit.pk,
            "name": str(self.unit),
            "role": self.role,
            "part": self.part,
            "why": self.why,
        }


class Router:
    """The offices of one government on one day, ready to be asked many times."""

    def __init__(self, government: Government, today: date) -> None:
        self._by_role: dict[str, list[Unit]] = defaultdict(list)
        with scope.government(government.pk):
            self._units = {one.pk: one for one in Unit.objects.all() if one.active_on(today)}
            self._areas = {one.code: one for one in Area.objects.all()}
        for unit in self._units.values():
            for role in unit.roles:
                self._by_role[role].append(unit)

    def suggest(self, topic: str, area_code: str, *, supervisory: bool, urgency: str) -> list[Suggested]:
        """This will return the offices for a case, the responsible one first, each with its reason."""
        found: list[Suggested] = []
        for routed in routing_table.roles_for(topic or None, supervisory, urgency or "normal"):
            if routed.role == routing_table.COORDINATOR:
                continue
            unit = self._bearer(routed.role, area_code)
            if unit and unit.pk not in {one.unit.pk for one in found}:
                found.append(
                    Suggested(unit, routed.role, routed.part, self._why(routed.reason, unit, area_code))
                )
        return found

    def _bearer(self, role: str, area_code: str) -> Unit | None:
        """The office with this role that is nearest: of the very area, of one around it, of the whole government."""
        bearers = self._by_role.get(role, [])
        around = area_code
        while around:
            for unit in bearers:
                if unit.area_code == around:
                    return unit
            around = around.rpartition(".")[0]
        whole = [unit for unit in bearers if not unit.area_code or unit.area_code.count(".") <= 1]
        return whole[0] if whole else None

    def _why(self, reason: str, unit: Unit, area_code: str) -> str:
        area = self._areas.get(area_code)
        return f"{reason}; wilayah: {area.name}" if area and unit.area_code == area_code else reason

    def area_name(self, code: str) -> str:
        """This will return an area's name, empty for one that is not known."""
        return self._areas[code].name if code in self._areas else ""
