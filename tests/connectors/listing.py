"""Writes docs/channels.md from what the connectors declare: `python -m tests.connectors.listing`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tanggap.channels.connector import Ability, Connector
    from tanggap.channels.limits import Limits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "channels.md"
HEADS = {
    "hook": "hook", "fetch": "fetch", "stream": "stream", "backfill": "history", "search": "search",
    "reply": "reply", "private_reply": "private reply", "publish": "publish", "media": "media", "hide": "hide",
    "edits": "edits", "deletes": "deletions", "receipts": "receipts", "look_up": "look-up",
    "recheck": "looks again", "figures": "figures", "withdraw": "withdraw",
}  # fmt: skip


def page() -> str:
    """This will return the page as it should stand."""
    from tanggap.channels.apps_here import accounts
    from tanggap.channels.connector import Ability

    abilities = list(Ability)
    ones = list(accounts().values())
    table = [_row(["platform", *(HEADS[one] for one in abilities)]), _row(["---"] * (len(abilities) + 1))]
    table += [_row([one.name, *_ticks(one, abilities)]) for one in ones]
    return "\n".join(
        [
            "# Channels: what each platform lets us do",
            "",
            "Made by `python -m tests.connectors.listing` from what the connectors declare; do not edit.",
            "How to connect a platform stands in `tanggap/channels/guides/`, how to add one in adding-a-channel.md.",
            "Every platform can also be worked by hand: open it there, copy the checked answer, mark it as answered.",
            "",
            *table,
            "",
            *(line for one in ones for line in _section(one)),
        ]
    )


def _ticks(one: type[Connector], abilities: list[Ability]) -> list[str]:
    return ["yes" if ability in one.abilities else "–" for ability in abilities]


def _section(one: type[Connector]) -> Iterator[str]:
    yield f"## {one.name}"
    yield ""
    yield f"- Connected by {_connected_by(one)}."
    yield f"- Taken in: {_taken_in(one)}."
    for kind, limits in {"posts": one.limits, **one.limits_by_kind}.items() if _sends(one) else ():
        yield f"- Length of {kind.replace('_', ' ')}: {_limits(limits)}{_source(limits.source_url, limits.checked_on)}"
    if one.media:
        sizes = ", ".join(
            f"{kind} ≤ {most:,} bytes" for kind, most in sorted(one.media.bytes_by_type.items())
        )
        yield f"- Media: at most {one.media.most}; {sizes}{_source(one.media.source_url, one.media.checked_on)}"
    for window in one.windows:
        since = window.since.replace("_", " ")
        once = ", once" if window.once else ""
        source = _source(window.source_url, window.checked_on)
        kind = window.kind.replace("_", " ")
        yield f"- Window: {kind} within {window.hours:g} hours of {since}{once}. {window.otherwise}{source}"
    for rate in one.rates:
        kinds = ", ".join(kind.replace("_", " ") for kind in rate.kinds)
        yield f"- Rate: {kinds}: at most {rate.most:,} in {rate.seconds:,} s{_source(rate.source_url, rate.checked_on)}"
    if one.quota:
        costs = ", ".join(f"{kind} {units}" for kind, units in one.quota.costs.items())
        yield f"- Quota: {one.quota.units:,} units a day ({one.quota.zone}): {costs}" + _source(
            one.quota.source_url, one.quota.checked_on
        )
    if one.told:
        needs = f" with `{one.told.needs}`" if one.told.needs else ""
        yield f"- Figures of a post: {', '.join(one.told.names)}{needs}" + _source(
            one.told.source_url, one.told.checked_on
        )
    for lack in one.lacks:
        yield f"- Lacks: {lack}"
    if one.search_lacks:
        yield f"- Search cannot show: {one.search_lacks}"
    yield ""


def _sends(one: type[Connector]) -> bool:
    from tanggap.channels.connector import Ability

    return bool(one.abilities & {Ability.REPLY, Ability.PRIVATE_REPLY, Ability.PUBLISH})


def _connected_by(one: type[Connector]) -> str:
    ways = []
    if one.oauth:
        scopes = ", ".join(f"`{scope.name}`" for scope in one.oauth.scopes)
        pkce = " with PKCE" if one.oauth.pkce else ""
        ways.append(f"the platform's log-in{pkce} ({scopes})")
    if one.settings:
        asked = ", ".join(f"`{setting.key}`{'' if setting.required else '?'}" for setting in one.settings)
        ways.append(f"settings ({asked})")
    app = f", through an App of kind `{one.app_platform}`" if one.app_platform else ""
    return " or ".join(ways) + app


def _taken_in(one: type[Connector]) -> str:
    from tanggap.channels.connector import Ability

    ways = [
        word
        for ability, word in ((Ability.HOOK, "by hook"), (Ability.STREAM, "by stream"))
        if ability in one.abilities
    ]
    if Ability.FETCH in one.abilities:
        swept = (
            f", every {one.sweep_seconds} s beside a working hook" if Ability.HOOK in one.abilities else ""
        )
        ways.append(f"fetched every {one.poll_seconds} s{swept}")
    return "; ".join(ways) or "not at all"


def _limits(limits: Limits) -> str:
    more = [
        f"a link counts {limits.url_length}" if limits.url_length else "",
        f"at most {limits.bytes_most:,} bytes" if limits.bytes_most else "",
        f"{limits.hashtags_most} hashtags" if limits.hashtags_most is not None else "",
        f"{limits.links_most} links" if limits.links_most is not None else "",
        f"{limits.mentions_most} mentions" if limits.mentions_most is not None else "",
        f"none of {limits.forbidden}" if limits.forbidden else "",
    ]
    return "; ".join([f"{limits.most:,} ({limits.count})", *filter(None, more)])


def _source(url: str, checked: str) -> str:
    return f" ([source]({url}), {checked})" if url else ""


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
