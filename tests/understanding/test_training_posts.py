"""The training posts carry the guide's labels, and none of them is a post that readers are measured by."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.understanding import test_evaluation_set as frozen

FILES = sorted(frozen.FILE.parent.glob("train-*.jsonl"))


def posts_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_has_the_fields_and_values_of_the_guide(path: Path) -> None:
    seen = set()
    for post in posts_of(path):
        assert sorted(post) == sorted(frozen.FIELDS), post
        for name, values in frozen.VALUES.items():
            assert post[name] in values, post
        assert all(isinstance(post[name], bool) for name in frozen.FLAGS), post
        assert post["topic"] is None or post["topic"] in frozen.TOPICS, post
        assert not (post["topic"] and post["none"]), post
        assert post["language"] in post["languages"], post
        assert post["id"] not in seen
        seen.add(post["id"])
    assert len(seen) > 1000


def test_no_training_post_is_nearly_one_of_the_frozen_set() -> None:
    """Five-grams that few posts share find the candidates; Jaccard above 0.6 is too near."""
    measured = [_grams(post["text"]) for post in posts_of(frozen.FILE)]
    where: dict[str, list[int]] = defaultdict(list)
    for number, grams in enumerate(measured):
        for gram in grams:
            where[gram].append(number)
    near = []
    for path in FILES:
        for post in posts_of(path):
            grams = _grams(post["text"])
            shared: dict[int, int] = defaultdict(int)
            for gram in grams:
                for number in where.get(gram, ()):
                    shared[number] += 1
            near += [
                (post["id"], number)
                for number, many in shared.items()
                if many > 0.6 * (len(grams) + len(measured[number]) - many)
            ]
    assert not near


def _grams(text: str) -> set[str]:
    low = text.lower()
    return {low[at : at + 5] for at in range(max(1, len(low) - 4))}
