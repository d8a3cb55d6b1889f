"""What the composer shows beside the words: counts, objections, findings and previews, from the rules that send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from tanggap.agencies.models import Member
from tanggap.channels.allowances import Objection
from tanggap.channels.connector import Ability, connector
from tanggap.channels.limits import Count, count
from tanggap.channels.models import Channel
from tanggap.console.composer_form import MASTER
from tanggap.publishing import checks, contents, review, windows
from tanggap.publishing.checks import Finding, Severity
from tanggap.publishing.composing import previews
from tanggap.publishing.composing.previews import Preview
from tanggap.publishing.models import Publication, Variant
from tanggap.publishing.review import Found

_GRAVEST = (Severity.BLOCKS, Severity.WARNS, Severity.INFORMS)
_AROUND = 24
NONE: Mapping[str, str] = {}
SHORT = 20_000
"""Texts with this much room need no number beside them."""


@dataclass(frozen=True, slots=True)
class Said:
    """One finding for people: where it stands (`at`, the field's name), on which channels, who may answer for it.
    `within` where its quotation stands in the words (else it speaks of a file).

    `answer` is "self", "coordinator" or "" (nobody); it is asked for at a rule's first finding alone.
    """

    finding: Finding
    at: str
    channels: list[str]
    before: str
    after: str
    answer: str
    within: bool
    reason: str = ""


@dataclass(slots=True)
class Pane:
    """A channel's tab: its words as they will stand, what counts, what keeps it in, how it will look."""

    row: Variant
    channel: Channel
    count: Count
    counted: bool
    parts: list[Found]
    objections: list[Objection]
    mark: str
    preview: Preview
    can_answer: bool
    by_hand: bool
    takes_media: bool
    over: bool = False


@dataclass(slots=True)
class Shown:
    """All that stands beside the words."""

    panes: list[Pane]
    findings: list[Said]
    blocked: int
    browser: dict[str, Any] = field(default_factory=dict)

    @property
    def stops(self) -> int:
        """How many things keep it from being handed in."""
        return self.blocked + sum(
            1 for pane in self.panes for one in pane.objections if one.code not in PASSING
        )


PASSING = ("rate", "by_hand")


def look(
    one: Publication,
    member: Member,
    now: datetime,
    overridden: Sequence[str] = (),
    reasons: Mapping[str, str] = NONE,
) -> Shown:
    """This will gather what the composer shows beside the words of a publication.

    `overridden` are rules that the writer answers for, `reasons` what was typed for them, by rule.
    """
    found = review.look(one, now)
    rows = list(one.variants.select_related("channel__app").order_by("channel_id"))
    panes = [_pane(one, row, [each for each in found if each.part.variant.pk == row.pk]) for row in rows]
    blocked = {_key(each) for each in review.blocking(found, list(overridden), member.role)}
    said = _said(found, member, reasons)
    return Shown(panes, said, len(blocked), for_the_browser(one, rows))


def for_the_browser(one: Publication, rows: Iterable[Variant]) -> dict[str, Any]:
    """This will return what the page needs to count by itself: limits and link of each channel, and who is linked."""
    return {
        str(row.channel_id): {
            "post": asdict(windows.rules_of(row.channel, "post").limits),
            "reply": asdict(windows.rules_of(row.channel, "reply").limits),
            "link": contents.tagged(one, row.channel.platform),
            "linked": row.linked,
            "name": row.channel.name,
        }
        for row in rows
    }


def _pane(one: Publication, row: Variant, parts: list[Found]) -> Pane:
    channel = row.channel
    declared = connector(channel.platform)
    rules = windows.rules_of(channel, "post")
    said = count(parts[0].part.text, rules.limits)
    objections = _once(objection for each in parts for objection in each.objections)
    stops = [each for each in objections if each.code not in PASSING]
    severities = {finding.severity for each in parts for finding in each.findings}
    mark = (
        "blocks"
        if stops or Severity.BLOCKS in severities
        else "warns"
        if Severity.WARNS in severities
        else ""
    )
    return Pane(
        row, channel, said, said.most < SHORT, parts, objections, mark, previews.preview(parts, one),
        Ability.REPLY in declared.abilities, Ability.PUBLISH not in rules.abilities, rules.media is not None,
        not said.fits,
    )  # fmt: skip


def _said(found: Iterable[Found], member: Member, reasons: Mapping[str, str]) -> list[Said]:
    """The findings, gravest first; one that stands on several channels in the same words is said once."""
    merged: dict[tuple[object, ...], Said] = {}
    for each in found:
        text, at = each.part.text, field_of(each.part)
        for finding in each.findings:
            key = (at if finding.quote else "", *_key(finding), finding.start)
            if key in merged:
                merged[key].channels.append(each.part.variant.channel.name)
                continue
            within = bool(finding.quote) and text[finding.start : finding.end] == finding.quote
            merged[key] = Said(
                finding, at, [each.part.variant.channel.name],
                text[max(finding.start - _AROUND, 0) : finding.start], text[finding.end : finding.end + _AROUND], "",
                within,
            )  # fmt: skip
    rows = sorted(merged.values(), key=lambda one: _GRAVEST.index(one.finding.severity))
    return _asking(rows, member, reasons)


def _asking(rows: list[Said], member: Member, reasons: Mapping[str, str]) -> list[Said]:
    asked: set[str] = set()
    told = []
    for one in rows:
        first = one.finding.severity == Severity.BLOCKS and one.finding.rule not in asked
        asked |= {one.finding.rule} if first else set()
        answer = checks.who_answers(one.finding, member.role) if first else ""
        reason = reasons.get(one.finding.rule, "") if answer else ""
        told.append(replace(one, answer=answer, reason=reason))
    return told


def field_of(part: contents.Part) -> str:
    """This will name the field in which the words of a part are typed."""
    channel, row = part.variant.channel_id, part.variant
    if part.role == contents.THREAD:
        return f"v{channel}-thread-{part.part}"
    name = "comment" if part.role == contents.COMMENT else "text"
    return name if row.linked else f"v{channel}-{name}"


def pane_of(tab: str, panes: Sequence[Pane]) -> str:
    """This will return the tab that is open: the one that was asked for where it stands, else the master's."""
    return tab if any(str(pane.channel.pk) == tab for pane in panes) else MASTER


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.rule, finding.quote, finding.why)


def _once(objections: Iterable[Objection]) -> list[Objection]:
    return list({(one.code, one.text): one for one in objections}.values())
