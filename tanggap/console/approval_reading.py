"""What somebody who decides reads: the version part by part, what changed since, what the checks say, who decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.models import Channel
from tanggap.publishing import checks, contents, review
from tanggap.publishing.approval import deciding, differences, handed_in
from tanggap.publishing.composing import previews
from tanggap.publishing.models import (
    Approval,
    Decision,
    Delivery,
    Publication,
    PublicationKind,
    PublicationState,
    Version,
)

FACTS = {
    "kind": gettext_lazy("Jenis konten"),
    "unit": gettext_lazy("Perangkat daerah"),
    "source": gettext_lazy("Sumber"),
    "checked_by": gettext_lazy("Pemeriksa fakta"),
    "responsible": gettext_lazy("Yang bertanggung jawab"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A finding; `since` is "" where it stood when handed in and stands now, new or gone else. `answer` is the writer's
    reason where they answered for its rule."""

    finding: Mapping[str, Any]
    name: str
    where: str
    since: str
    answer: str


@dataclass(frozen=True, slots=True)
class Step:
    """A stage: decided (`approval`), present or to come; `people` are those who could decide now."""

    stage: Mapping[str, Any]
    approval: Approval | None
    present: bool
    roles: list[str]
    named: list[Member]
    people: list[Member]


@dataclass(frozen=True, slots=True)
class Since:
    """An earlier version to compare with, and why one would."""

    version: Version
    why: str


def looks(
    one: Publication, version: Version, now: datetime
) -> tuple[list[review.Found], list[dict[str, Any]]]:
    """This will look again at what waits, and show it as its platforms roughly would ({pane, look} for the composer's
    preview); nothing where other words stand by now than in the version."""
    if one.hash != version.hash or contents.digest(contents.canonical(one)) != version.hash:
        return [], []
    found = review.look(one, now)
    rows: dict[int, list[review.Found]] = {}
    for each in found:
        rows.setdefault(each.part.variant.channel_id, []).append(each)
    return found, [
        {"pane": {"channel": parts[0].part.variant.channel}, "look": previews.preview(parts, one)}
        for parts in rows.values()
    ]


def findings(version: Version, now_found: Sequence[review.Found]) -> list[Said]:
    """This will put what was found when it was handed in beside what is found now; each is said once."""
    names = dict(
        Channel.objects.filter(pk__in={one.get("channel") for one in version.findings}).values_list(
            "pk", "name"
        )
    )
    then = _once((names.get(one.get("channel"), ""), one) for one in version.findings)
    now = _once(
        (each.part.variant.channel.name, one.as_json()) for each in now_found for one in each.findings
    )
    answers = {one["rule"]: one["reason"] for one in version.overrides}
    said = [
        _said(where, one, "" if key in now or not now_found else "gone", answers)
        for key, (where, one) in then.items()
    ]
    said += [_said(where, one, "new", answers) for key, (where, one) in now.items() if key not in then]
    order = {"new": 0, "": 1, "gone": 2}
    weight = {str(one): at for at, one in enumerate(checks.Severity)}
    return sorted(said, key=lambda one: (order[one.since], weight[str(one.finding["severity"])]))


def steps(one: Publication) -> list[Step]:
    """This will return the stages of a publication's route with who decided what."""
    stages = one.route.stages if one.route else []
    agreed = {
        row.stage: row
        for row in one.approvals.select_related("approver__user", "deputy_of__user", "invitation__sent_by__user")
        .filter(hash=one.hash, decision=Decision.APPROVED, voided_at__isnull=True)
    }  # fmt: skip
    asked = {pk for stage in stages for pk in stage.get("members", ())}
    members = {row.pk: row for row in Member.objects.filter(pk__in=asked).select_related("user", "unit")}
    waiting = one.state == PublicationState.REVIEW
    return [
        Step(
            stage, agreed.get(stage["key"]), waiting and stage["key"] == one.stage,
            [str(Role(role).label) for role in stage.get("roles", ()) if role in Role.values],
            [members[pk] for pk in stage.get("members", ()) if pk in members],
            list(deciding.deciders(one).select_related("user", "unit")[:12])
            if waiting and stage["key"] == one.stage
            else [],
        )
        for stage in stages
    ]  # fmt: skip


def since(one: Publication, version: Version, member: Member) -> list[Since]:
    """This will return the earlier versions worth comparing: the one that this member decided on last, the one that
    was approved last, the one before."""
    earlier = list(one.versions.filter(number__lt=version.number).order_by("-number"))
    mine = set(Approval.objects.filter(publication=one, approver=member).values_list("hash", flat=True))
    approved = set(Delivery.objects.filter(variant__publication=one).values_list("hash", flat=True))
    picked = [
        (_first(earlier, mine), _("yang Anda putuskan")),
        (_first(earlier, approved), _("yang terakhir disetujui")),
        (earlier[0] if earlier else None, _("sebelumnya")),
    ]
    found: dict[int, list[Any]] = {}
    for row, why in picked:
        if row is not None:
            found.setdefault(row.pk, [row, []])[1].append(why)
    return [Since(row, ", ".join(whys)) for row, whys in found.values()]


def difference(before: Version, after: Version) -> dict[str, Any]:
    """This will compare two versions for the page: facts and parts with the names of their channels."""
    found = differences.between(before.content, after.content)
    names = dict(
        Channel.objects.filter(pk__in={part.channel for part in found.parts}).values_list("pk", "name")
    )
    facts = [(FACTS[name], _words(name, old), _words(name, new)) for name, (old, new) in found.facts.items()]
    alike: dict[Any, tuple[list[str], Any]] = {}
    for part in found.parts:
        key = (part.role, part.part, part.what, str(part.words), str(part.files), str(part.settings))
        alike.setdefault(key, ([], part))[0].append(names.get(part.channel, ""))
    return {"facts": facts, "parts": list(alike.values()), "unchanged": found.unchanged}


def answers(version: Version) -> list[tuple[str, str]]:
    """This will return the rules that the writer answered for, with the reasons."""
    return [(rule_name(one["rule"]), one["reason"]) for one in version.overrides]


def rule_name(code: str) -> str:
    """This will say a rule's name in words."""
    check = checks.check_of(code)
    return str(check.name) if check else code


def facts_of(version: Version) -> list[tuple[str, str]]:
    """This will return what stands around the words of a version: source, who checked, who answers for it."""
    read = handed_in.content(version)
    return [(str(label), _words(name, read.get(name))) for name, label in FACTS.items()]


def _said(where: str, one: Mapping[str, Any], when: str, given: Mapping[str, str]) -> Said:
    return Said(one, rule_name(one["rule"]), where, when, given.get(one["rule"], ""))


def _once(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[Any, tuple[str, Mapping[str, Any]]]:
    found: dict[Any, tuple[str, Mapping[str, Any]]] = {}
    for where, one in rows:
        found.setdefault((one["rule"], one["quote"], one["severity"]), (where, one))
    return found


def _first(versions: Sequence[Version], hashes: set[str]) -> Version | None:
    return next((one for one in versions if one.hash in hashes), None)


def _words(name: str, value: Any) -> str:
    if name == "unit":
        unit = Unit.objects.filter(pk=value).first()
        return unit.name if unit else ""
    if name == "kind" and value in PublicationKind.values:
        return str(PublicationKind(value).label)
    return str(value or "")
