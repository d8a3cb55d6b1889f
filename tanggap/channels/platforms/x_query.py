"""Puts collection terms into queries of X's recent search (docs.x.com/x-api/posts/search/integrate/build-a-query)."""

from __future__ import annotations

from collections.abc import Sequence

from tanggap.channels.errors import Permanent

MOST = 512
"""Characters of a query for those who pay by use; Enterprise has 4,096. Seen 2026-11-22."""
_MOST_EXCLUDED = 200
_ALWAYS = " -is:retweet (lang:in OR lang:und)"
"""X calls Indonesian "in"; what it cannot name ("und") is often Javanese, Sundanese or short, and stays in."""


def compiled(words: Sequence[str], excluded: Sequence[str]) -> list[str]:
    """This will join words with OR into as few queries as fit; Permanent where a term is longer than X allows."""
    without = "".join(f" -{_term(one)}" for one in excluded if one.strip())
    if len(without) > _MOST_EXCLUDED:
        raise Permanent(f"Kata yang dikecualikan lebih panjang daripada {_MOST_EXCLUDED} karakter bagi X.")
    room = MOST - len(without) - len(_ALWAYS) - 2
    queries, group = list[str](), list[str]()
    for one in (_term(word) for word in words if word.strip()):
        if len(one) > room:
            raise Permanent(f"Istilah ini terlalu panjang bagi pencarian X: {one[:60]}…")
        if len(" OR ".join([*group, one])) > room:
            queries.append(_whole(group, without))
            group = []
        group.append(one)
    return [*queries, *([_whole(group, without)] if group else [])]


def _whole(group: Sequence[str], without: str) -> str:
    return f"({' OR '.join(group)}){_ALWAYS}{without}"


def _term(word: str) -> str:
    """A word, hashtag or name as it is; anything else as an exact phrase, so that no operator hides in it."""
    bare = " ".join(word.replace('"', " ").split())
    plain = bare.lstrip("#@").replace("_", "").isalnum() and bare.upper() not in {"OR", "AND"}
    return bare if plain else f'"{bare}"'
