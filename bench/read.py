"""Both readers: texts a second on one core, the slowest text of the fast one, their start and their size."""

from __future__ import annotations

import argparse
import json
import random
import string
import subprocess
import sys
import time
from collections.abc import Callable

from bench import harness
from bench.harness import Report
from bench.parts.hostile import PIECES
from tanggap.understanding.area import Area
from tanggap.understanding.reader import Reader

AREA = "34.71"
_LOADING = f"""
import json, time
began = time.perf_counter()
from tanggap.understanding.area import Area
from tanggap.understanding.reader import Reader
reader = Reader.load(Area.from_code("{AREA}"))
reader.read(["jalan rusak di Kricak"])
reader.read_deeply(["jalan rusak di Kricak"])
seconds = time.perf_counter() - began
from bench import harness
print(json.dumps([seconds, harness.largest_rss_mb()]))
"""


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state the goals of both readers."""
    seconds, size = min(_load() for _ in range(3))
    report.goal("load_s", seconds)
    report.goal("rss_mb", size)
    reader = Reader.load(Area.from_code(AREA))
    texts = _texts(options.posts)
    report.figure("mean_characters", sum(map(len, texts)) / len(texts))
    reader.read(texts[:500])
    runs = [_cpu(reader, texts) for _ in range(3)]
    report.figure("cpu_seconds", runs)
    report.goal("fast_posts_per_s_core", len(texts) / min(runs))
    report.goal(
        "deep_posts_per_s_core",
        options.deep / min(_deep_cpu(reader, texts[: options.deep]) for _ in range(3)),
    )
    slowest = _slowest(reader, options.fuzzed)
    harness.table(
        "slowest text of 10 KB by kind", ("kind", "ms"), sorted(slowest.items(), key=lambda one: -one[1])
    )
    report.figure("slowest_ms", {kind: harness.rounded(ms) for kind, ms in slowest.items()})
    report.goal("worst_ms_10kb", max(slowest.values()))
    grown = {piece: _growth(reader, piece) for piece in PIECES}
    worst = max(grown, key=lambda piece: grown[piece])
    report.figure("times_as_long_for_100_kb_as_for_10_kb", {worst: harness.rounded(grown[worst])})


def _load() -> tuple[float, float]:
    """Seconds until a new process has read its first text, and its largest resident size in MB."""
    said = subprocess.run([sys.executable, "-c", _LOADING], check=True, capture_output=True, text=True).stdout
    seconds, size = json.loads(said)
    return seconds, size


def _texts(many: int) -> list[str]:
    from bench.parts.deliveries import bodies

    return [json.loads(body)["text"] for body in bodies(many)]


def _cpu(reader: Reader, texts: list[str]) -> float:
    began = time.process_time()
    for first in range(0, len(texts), 500):
        reader.read(texts[first : first + 500])
    return time.process_time() - began


def _deep_cpu(reader: Reader, texts: list[str]) -> float:
    began = time.process_time()
    reader.read_deeply(texts)
    return time.process_time() - began


def _slowest(reader: Reader, many: int) -> dict[str, float]:
    """The slowest of `many` fuzzed texts of 10 KB, by kind: CPU time, the best of three tries."""
    dice = random.Random(1)
    words = [word for text in _texts(2000) for word in text.split()]
    slowest: dict[str, float] = {}
    for number in range(many):
        kind = sorted(_KINDS)[number % len(_KINDS)]
        text = _KINDS[kind](dice, words)
        while len(text.encode()) > 10_240:
            text = text[: len(text) * 10_240 // len(text.encode())]
        took = _once(reader, text)
        if took > slowest.get(kind, 0.0):
            slowest[kind] = max(slowest.get(kind, 0.0), min(took, _once(reader, text), _once(reader, text)))
    return slowest


def _growth(reader: Reader, piece: str) -> float:
    """How many times longer 100 KB of a piece take than 10 KB, the best of three tries each."""
    short, long = (piece * (size // len(piece)) for size in (10_000, 100_000))
    return min(_once(reader, long) for _ in range(3)) / min(_once(reader, short) for _ in range(3))


def _once(reader: Reader, text: str) -> float:
    began = time.process_time()
    reader.read([text])
    return 1000 * (time.process_time() - began)


def _from(alphabet: str) -> Callable[[random.Random, list[str]], str]:
    return lambda dice, _words: "".join(dice.choices(alphabet, k=10_240))


def _spoken(dice: random.Random, words: list[str]) -> str:
    return " ".join(dice.choices(words, k=2500))


def _repeated(dice: random.Random, words: list[str]) -> str:
    piece = " ".join(dice.choices(words, k=dice.randint(1, 4))) + dice.choice(["", " ", ".", "-", "\n"])
    return piece * (10_240 // max(1, len(piece)) + 1)


def _mixed(dice: random.Random, words: list[str]) -> str:
    alphabets = [
        string.printable,
        "0123456789 .-+",
        "aiueo",
        "\u200b\u202e\u0301",
        "ąćęłńóśźż",
        "😀🔥🙏",
        "漢字",
    ]
    pieces = [
        dice.choice(words) if dice.random() < 0.5 else "".join(dice.choices(dice.choice(alphabets), k=20))
        for _ in range(1500)
    ]
    return " ".join(pieces)


_KINDS: dict[str, Callable[[random.Random, list[str]], str]] = {
    "words": _spoken,
    "repeated": _repeated,
    "mixed": _mixed,
    "digits": _from("0123456789 .-"),
    "letters": _from(string.ascii_letters + "  "),
    "printable": _from(string.printable),
    "one letter": lambda dice, _words: dice.choice(string.ascii_lowercase) * 10_240,
    "spaces": _from(" \t\n."),
    "combining": _from("a\u0301\u0302\u0303"),
    "addresses": _from("Jl. RT RW No 0123/. "),
}


if __name__ == "__main__":
    harness.run("read", measure, {"posts": 20_000, "deep": 1_000, "fuzzed": 2_000})
