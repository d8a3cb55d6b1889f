"""Compares what stands on a town's platforms with what a product says it holds and has sent, for one run.

The product's side is a JSON file: `kept` lists its posts (platform, external_id, text, deleted), `sends` its answers
(platform, target, text, state); `edits` and `deletes` name the platforms that tell of edits and deletions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tanggap.simulator.history import Kept, Send, Verdict, judge, mark
from tanggap.simulator.townspeople import Townspeople

_ENDS: Final = re.compile(r"[/:]")
_LEAD: Final = re.compile(r"^(@\S+ )+")
_SAID: Final = ("post", "reply", "answer", "thanks")

Piece = Mapping[str, Any]


def judge_town(truth: Iterable[Mapping[str, Any]], people: Townspeople, held: Mapping[str, Any]) -> Verdict:
    """This will judge the run that a truth file tells of."""
    said: dict[str, list[str]] = defaultdict(list)
    for line in truth:
        if line["delivered"] and line["what"] in _SAID and "piece" in line:
            said[line["platform"]].append(line["piece"])
    pieces = {platform: people.pieces(platform) for platform in people.platforms()}
    return compare(said, pieces, held)


def compare(
    said: Mapping[str, Iterable[str]], pieces: Mapping[str, Iterable[Piece]], held: Mapping[str, Any]
) -> Verdict:
    """This will give every piece of the run a mark, its answers too, and let history.judge compare by marks."""
    marks = _Marks(said)
    stood: dict[str, list[Piece]] = {
        platform: [
            {**piece, "text": f"{piece['text']} {name}"}
            for piece in there
            if piece["author"] != "official" and (name := marks.of(platform, piece["id"]))
        ]
        for platform, there in pieces.items()
    }
    for platform, there in pieces.items():
        sent = [one for one in held["sends"] if one["platform"] == platform]
        answers = [piece for piece in there if piece["author"] == "official"]
        stood[platform] += _answers(platform, answers, sent, marks)
    kept = [
        Kept(one["platform"], f"{one['text']} {name}", one["deleted"])
        for one in held["kept"]
        if (name := marks.of(one["platform"], one["external_id"]))
    ]
    sends = [
        Send(one["platform"], f"{one['text']} {name}j", one["state"])
        for one in held["sends"]
        if (name := marks.of(one["platform"], one["target"]))
    ]
    edits, deletes = ({one: one in held[what] for one in pieces} for what in ("edits", "deletes"))
    return judge(stood, kept, sends, edits=edits, deletes=deletes)


def _answers(platform: str, answers: list[Piece], sent: list[Piece], marks: _Marks) -> Iterator[Piece]:
    """Every standing answer with the mark of what it was sent to.

    Platforms that know two levels put an answer below the first comment, and messages below nothing: such a one is
    that of another send of the same words; of one too many it is the second.
    """
    by_text: dict[str, list[str]] = defaultdict(list)
    for one in sent:
        by_text[_words(one)].append(marks.of(platform, one["target"]))
    waiting = {text: list(names) for text, names in by_text.items()}
    elsewhere: list[Piece] = []
    for piece in answers:
        name, there = marks.of(platform, piece["parent"]), waiting.get(_words(piece), [])
        if name and name in there:
            there.remove(name)
            yield {**piece, "text": f"{piece['text']} {name}j"}
        else:
            elsewhere.append(piece)
    for piece in elsewhere:
        there, known = waiting.get(_words(piece), []), by_text.get(_words(piece), [])
        name = there.pop(0) if there else known[0] if known else marks.of(platform, piece["parent"])
        if name:
            yield {**piece, "text": f"{piece['text']} {name}j"}


def _words(piece: Piece) -> str:
    """An answer without the names that are put before it where a thread does not say whom it answers."""
    return _LEAD.sub("", piece["text"])


class _Marks:
    """The marks of the pieces of a run: a product's longer id finds them by its last part."""

    def __init__(self, said: Mapping[str, Iterable[str]]) -> None:
        ids = [(platform, key) for platform, keys in said.items() for key in dict.fromkeys(keys)]
        self._marks = {(platform, _end(key)): mark(number) for number, (platform, key) in enumerate(ids)}

    def of(self, platform: str, key: str) -> str:
        return self._marks.get((platform, _end(key)), "")


def _end(key: str) -> str:
    return _ENDS.split(key)[-1]
