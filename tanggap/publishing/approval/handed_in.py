"""A version as it was handed in, read for those who decide on it: what is shown is what its hash stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import models

from tanggap.channels.models import Channel
from tanggap.core.files import StoredFile
from tanggap.publishing.check import Severity
from tanggap.publishing.models import Version

_GRAVEST = [str(one) for one in (Severity.BLOCKS, Severity.WARNS, Severity.INFORMS)]


@dataclass(frozen=True, slots=True)
class File:
    """A picture or film of a part; `at` is its place among the version's files, `known` whether it is still kept."""

    at: int
    sha256: str
    alt: str
    type: str
    known: bool

    @property
    def picture(self) -> bool:
        return self.type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that would leave on one channel, with what the checks said of it when it was handed in."""

    channel: int
    platform: str
    account: str
    part: int
    role: str
    text: str
    files: tuple[File, ...]
    options: tuple[tuple[str, str], ...]
    findings: tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Voice:
    """What is said in the same words, files and options on one or more channels: `channels` has the first part of
    each, `pieces` are the parts."""

    pieces: list[Piece]
    channels: list[Piece] = field(default_factory=list)


def voices(version: Version) -> list[Voice]:
    """This will gather what a version says; channels that say the same stand together."""
    by_channel: dict[int, list[Piece]] = {}
    for one in pieces(version):
        by_channel.setdefault(one.channel, []).append(one)
    found: dict[Any, Voice] = {}
    for parts in by_channel.values():
        key = tuple(
            (one.role, one.text, one.options, tuple((file.sha256, file.alt) for file in one.files))
            for one in parts
        )
        found.setdefault(key, Voice(parts)).channels.append(parts[0])
    return list(found.values())


def content(version: Version) -> dict[str, Any]:
    """This will read the canonical content of a version."""
    read: dict[str, Any] = orjson.loads(version.content)
    return read


def pieces(version: Version) -> list[Piece]:
    """This will return the parts of a version, by channel and in the order of leaving."""
    read = content(version)
    channels = {
        row.pk: row for row in Channel.objects.filter(pk__in={one["channel"] for one in read["parts"]})
    }
    types = dict(_stored(version, read).values_list("sha256", "media_type"))
    found: list[Piece] = []
    at = 0
    for one in read["parts"]:
        files = []
        for file in one["media"]:
            known = types.get(file["sha256"], "")
            files.append(File(at, file["sha256"], file["alt"], known, bool(known)))
            at += 1
        channel = channels.get(one["channel"])
        found.append(
            Piece(
                one["channel"], channel.platform if channel else "", channel.name if channel else "", one["part"],
                one["role"], one["text"], tuple(files), _options(one["options"]),
                tuple(_of_part(version, one["channel"], one["part"])),
            )
        )  # fmt: skip
    return found


def file(version: Version, at: int) -> StoredFile | None:
    """This will return the file at a place of a version, or None."""
    read = content(version)
    named = [each["sha256"] for one in read["parts"] for each in one["media"]]
    if not 0 <= at < len(named):
        return None
    return _stored(version, read).filter(sha256=named[at]).first()


def by_weight(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """This will put findings in order, what forbids first."""
    return sorted(findings, key=lambda one: _GRAVEST.index(str(one["severity"])))


def _of_part(version: Version, channel: int, part: int) -> list[Mapping[str, Any]]:
    return by_weight(
        [one for one in version.findings if (one.get("channel"), one.get("part")) == (channel, part)]
    )


def _stored(version: Version, read: Mapping[str, Any]) -> models.QuerySet[StoredFile]:
    named = {each["sha256"] for one in read["parts"] for each in one["media"]}
    return StoredFile.objects.filter(government_id=version.government_id, sha256__in=named)


def _options(options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (key, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in sorted(options.items())
        if value not in ("", None, [], {})
    )
