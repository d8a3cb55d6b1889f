"""How well a reader reads: macro-F1, each class, calibration, accuracy by coverage, speed."""

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tanggap.understanding.corpora import Example, languages_of, sentiment_of, short
from tanggap.understanding.evaluate_spans import (
    AREA,
    KINDS,
    read_by_area,
    readers_by_area,
    span_figures,
    span_table,
)
from tanggap.understanding.heads import all_heads
from tanggap.understanding.reader import Reader
from tanggap.understanding.reading import Flag, Label, Reading

_BINS = 10
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)
_NONE = "none"
_FEW = 3

Answer = tuple[str, str, float]
"""What is true, what was read, and how sure the reader was."""


def evaluate(file: Path, reader: Reader | None = None) -> dict[str, Any]:
    """This will read every labelled text of an NDJSON file with both readers and compare.

    The figures are those of the deep reader, under `fast` stand those of the fast one alone; both also by language
    where the file tells it.

    A line has `text` and labels by the names of the heads, at the top or under `labels`; `label` alone is a sentiment.
    `places` and `personal_data` are lists of spans, `area` the government's code that the text is read for.
    Heads without labels in the file are left out. Raises ValueError naming a line that is no such object.
    """
    rows = [
        _row(number, line)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if line.strip()
    ]
    texts, truths = [text for text, _ in rows], [labels for _, labels in rows]
    reader = reader or Reader.load()
    return {
        **compared(texts, truths, reader, deep=True),
        "fast": compared(texts, truths, reader, deep=False),
    }


def compared(
    texts: Sequence[str], truths: Sequence[Mapping[str, Any]], reader: Reader, *, deep: bool
) -> dict[str, Any]:
    """This will read the texts and give the figures of every head that the truths speak of."""
    readers = readers_by_area(truths, reader)
    began = time.process_time()
    readings = read_by_area(texts, truths, readers, deep=deep)
    spent = max(time.process_time() - began, 1e-9)
    pairs = list(zip(readings, truths, strict=True))
    return {
        "model": reader.deep_model if deep else reader.model,
        "texts": len(texts),
        "posts_per_s": round(len(texts) / spent),
        "heads": _heads(pairs),
        "languages": {
            code: {"n": len(part), "heads": _heads(part)} for code, part in _by_language(pairs).items()
        },
        **span_figures(texts, truths, readings),
    }


Pair = tuple[Reading, Mapping[str, Any]]


def _heads(pairs: Sequence[Pair]) -> dict[str, Any]:
    answers = {
        name: [_answer(reading, name, truth[name]) for reading, truth in pairs if name in truth]
        for name in all_heads()
    }
    return {
        name: figures(part) | _top_3([pair for pair in pairs if name in pair[1]], name)
        for name, part in answers.items()
        if part
    }


def _by_language(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        if "language" in pair[1] and len(pair[1]) > 1:
            found.setdefault(str(pair[1]["language"]), []).append(pair)
    return found


def _top_3(pairs: Sequence[Pair], head: str) -> dict[str, float]:
    """How often the truth is among the three likeliest; of topics, "about no service" counts with them."""
    if len(all_heads()[head].labels) <= _FEW:
        return {}
    hits = 0
    for reading, truth in pairs:
        said: Label = getattr(reading, head)
        named = [label for label, _ in said.candidates]
        if head == "topic" and reading.topic_none:
            named = [_NONE, *named[:2]]
        hits += (truth[head] or _NONE) in named
    return {"top_3": round(hits / len(pairs), 4)}


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """This will work out the figures of one head."""
    classes = sorted({true for true, _, _ in answers})
    each = {label: _class(answers, label) for label in classes}
    return {
        "n": len(answers),
        "accuracy": round(sum(true == read for true, read, _ in answers) / len(answers), 4),
        "macro_f1": round(sum(one["f1"] for one in each.values()) / len(each), 4),
        "calibration_error": round(_calibration_error(answers), 4),
        "coverage": {f"{share:.0%}": round(_accuracy_at(answers, share), 4) for share in _COVERAGES},
        "classes": each,
    }


def evaluate_command(file: Path) -> None:
    """This will print a table of the figures and, last, the same as one line of JSON."""
    found = evaluate(file)
    for part in (found["fast"], found):
        sys.stdout.write(table(part) + "\n\n")
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


def table(found: Mapping[str, Any]) -> str:
    """This will lay the figures out for a person."""
    lines = [f"{found['model']}: {found['texts']} texts, {found['posts_per_s']} posts/s of one core"]
    for name, head in found["heads"].items():
        lines.append(
            f"\n{name}: macro-F1 {head['macro_f1']:.3f}, accuracy {head['accuracy']:.3f},"
            f" calibration error {head['calibration_error']:.3f}, n = {head['n']}"
        )
        if "top_3" in head:
            lines.append(f"  among the three likeliest: {head['top_3']:.3f}")
        lines.append(
            "  accuracy by coverage: " + ", ".join(f"{k} {v:.3f}" for k, v in head["coverage"].items())
        )
        lines += [
            f"  {label:<22} precision {one['precision']:.3f}  recall {one['recall']:.3f}"
            f"  F1 {one['f1']:.3f}  n = {one['n']}"
            for label, one in head["classes"].items()
        ]
    return "\n".join([*lines, *span_table({kind: found[kind] for kind in KINDS if kind in found})])


def known_sets(data: Path) -> Iterable[tuple[str, str, list[Example]]]:
    """This will name the held-back parts of the public data sets: set, head, examples."""
    for code in ("smsa", "id", "jv", "su"):
        yield f"sentiment {code} dev", "sentiment", sentiment_of(data, code, "dev")
    languages = languages_of(data, "dev")
    four = [one for one in languages if one.label != "other"]
    yield "language dev, the four known", "language", four
    yield "language dev, the four known, six words", "language", short(four)
    yield "language dev, with others", "language", languages
    yield "language dev, with others, six words", "language", short(languages)


def measured(name: str, head: str, examples: Sequence[Example]) -> dict[str, Any]:
    """This will give the figures of one set for one head."""
    texts, truths = [one.text for one in examples], [{head: one.label} for one in examples]
    reader = Reader.load()
    fast, deep = (compared(texts, truths, reader, deep=deep)["heads"][head] for deep in (False, True))
    return {"set": name, "fast": fast, **deep}


def _row(number: int, line: str) -> tuple[str, dict[str, Any]]:
    try:
        row = json.loads(line)
        text, labels = row["text"], {**row, **row.get("labels", {})}
    except (ValueError, KeyError, TypeError) as wrong:
        raise ValueError(f"line {number} is no labelled text: {wrong!r}") from wrong
    if "label" in labels and "sentiment" not in labels:
        labels["sentiment"] = labels["label"]
    return text, {name: labels[name] for name in (*all_heads(), *KINDS, AREA) if name in labels}


def _answer(reading: Reading, head: str, true: Any) -> Answer:
    said: Label | Flag = getattr(reading, head)
    if isinstance(said, Flag):
        return str(bool(true)).lower(), str(said.value).lower(), max(said.score, 1 - said.score)
    if head == "topic" and reading.topic_none:
        return str(true or _NONE), _NONE, said.score
    return str(true or _NONE), said.candidates[0][0], said.candidates[0][1]


def _class(answers: Sequence[Answer], label: str) -> dict[str, Any]:
    hits = sum(true == read == label for true, read, _ in answers)
    wanted = sum(true == label for true, _, _ in answers)
    said = sum(read == label for _, read, _ in answers)
    return {
        "precision": round(hits / said, 4) if said else 0.0,
        "recall": round(hits / wanted, 4) if wanted else 0.0,
        "f1": round(2 * hits / (said + wanted), 4) if said + wanted else 0.0,
        "n": wanted,
    }


def _calibration_error(answers: Sequence[Answer]) -> float:
    """The mean distance between how sure the reader was and how often it was right, over ten bins."""
    bins: dict[int, list[Answer]] = {}
    for answer in answers:
        bins.setdefault(min(int(answer[2] * _BINS), _BINS - 1), []).append(answer)
    apart = (
        len(part)
        * abs(sum(sure for _, _, sure in part) / len(part) - sum(t == r for t, r, _ in part) / len(part))
        for part in bins.values()
    )
    return sum(apart) / len(answers)


def _accuracy_at(answers: Sequence[Answer], share: float) -> float:
    """How often the reader is right on the part that it is surest of."""
    surest = sorted(answers, key=lambda answer: -answer[2])[: max(1, round(share * len(answers)))]
    return sum(true == read for true, read, _ in surest) / len(surest)
