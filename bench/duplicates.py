"""Near-duplicates: posts signed and looked up a second on one core, recall and precision at edited words."""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from bench import harness
from bench.harness import Report
from tanggap.core.bulk import without_collector
from tanggap.understanding import duplicates
from tanggap.understanding.duplicates import Window

POSTS = Path(duplicates.__file__).parent / "data" / "posts"
_BATCH = 1000


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state the goals on hand-written training posts, each with copies whose words were edited."""
    dice = random.Random(4)
    texts = written()
    words = [word for text in texts for word in text.split()]
    stream = copies(texts, words, dice, 0.05, 0.20)
    report.figure("recall_at_20_percent", recall(copies(texts, words, dice, 0.20, 0.20)))
    report.goal("recall_5_to_20_percent", recall(stream))
    report.goal("precision", precision(stream))
    traffic = [text for _number, text in stream[: options.posts // 2]]
    while len(traffic) < options.posts:  # beside the copies as many texts that are like none
        traffic.append(" ".join(dice.sample(words, 15)))
    dice.shuffle(traffic)
    report.figure("posts", len(traffic))
    report.figure("mean_characters", sum(map(len, traffic)) / len(traffic))
    seconds = [_cpu(traffic) for _ in range(5)]
    report.figure("cpu_seconds", seconds)
    report.goal("posts_per_s_core", len(traffic) / min(seconds))
    report.figure("kb_per_remembered_text", _memory(traffic))


def written() -> list[str]:
    """This will return the hand-written training posts of five words or more, each once."""
    lines = (
        line for path in sorted(POSTS.glob("train-*.jsonl")) for line in path.read_text("utf-8").splitlines()
    )
    texts = dict.fromkeys(json.loads(line)["text"] for line in lines)
    return [text for text in texts if len(text.split()) >= 5]


def copies(
    texts: Sequence[str], words: Sequence[str], dice: random.Random, least: float, most: float
) -> list[tuple[int, str]]:
    """This will give a shuffled stream of (number of the text, text): every text and one edited copy of it."""
    stream = list(enumerate(texts))
    stream += [(number, edited(text, dice.uniform(least, most), words, dice)) for number, text in stream]
    dice.shuffle(stream)
    return stream


def edited(text: str, share: float, words: Sequence[str], dice: random.Random) -> str:
    """This will replace, drop or add words, as many as the share of them, at least one."""
    said = text.split()
    for place in sorted(dice.sample(range(len(said)), max(1, round(share * len(said)))), reverse=True):
        kind = dice.random()
        if kind < 0.6:
            said[place] = dice.choice(words)
        elif kind < 0.8:
            del said[place]
        else:
            said.insert(place, dice.choice(words))
    return " ".join(said)


def groups(stream: Sequence[tuple[int, str]]) -> list[int]:
    """This will return the group of every text of a stream, in its order."""
    window = Window()
    signed = duplicates.sign([text for _number, text in stream])
    return [window.place(number, one, float(number)).group for number, one in enumerate(signed)]


def recall(stream: Sequence[tuple[int, str]]) -> float:
    """This will return the share of texts that stand in one group with their copy."""
    found: dict[int, set[int]] = {}
    for (number, _text), group in zip(stream, groups(stream), strict=True):
        found.setdefault(number, set()).add(group)
    return sum(len(one) == 1 for one in found.values()) / len(found)


def precision(stream: Sequence[tuple[int, str]]) -> float:
    """This will return the share of pairs in one group that are copies of one text."""
    together: dict[int, list[int]] = {}
    for (number, _text), group in zip(stream, groups(stream), strict=True):
        together.setdefault(group, []).append(number)
    pairs = same = 0
    for members in together.values():
        pairs += len(members) * (len(members) - 1) // 2
        same += sum(members.count(one) * (members.count(one) - 1) // 2 for one in set(members))
    return same / pairs if pairs else 1.0


def _cpu(texts: Sequence[str]) -> float:
    window = Window()
    with without_collector():
        began = time.process_time()
        for first in range(0, len(texts), _BATCH):
            for number, one in enumerate(duplicates.sign(texts[first : first + _BATCH]), first):
                window.place(number, one, float(number))
        return time.process_time() - began


def _memory(texts: Sequence[str]) -> float:
    signed = duplicates.sign(texts[:_BATCH])
    window = Window()
    tracemalloc.start()
    for number, words in enumerate([one.words for one in signed]):
        window.place(number, duplicates.signatures([words])[0], float(number))
    held, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(window) / 1000


if __name__ == "__main__":
    harness.run("duplicates", measure, {"posts": 20_000})
