"""The frozen evaluation set is whole, varied, true to the guide, and changes only on purpose."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tanggap" / "understanding" / "data" / "posts" / "evaluation.jsonl"
# Frozen: a change of the set makes every figure measured before incomparable. See data/README.md before touching it.
SHA256 = "e0ca9bf1aaf5101ddcc96198e46ed8df14e9c3c7b9da75787467449788a519ef"

TOPICS = set(
    """
    jalan_rusak jembatan trotoar drainase banjir bencana kebakaran sampah pencemaran taman_pohon pju
    lalu_lintas parkir angkutan adminduk air_bersih listrik kesehatan bpjs wabah sekolah perundungan
    bansos pmks kdrt_anak ketertiban pasar umkm perizinan pajak tenaga_kerja tata_ruang perumahan
    pertanian pariwisata_budaya aplikasi petugas kelurahan informasi apresiasi usulan hoaks_isu
    luar_wewenang
    """.split()
)
VALUES: dict[str, set[str]] = {
    "language": {"id", "jv", "su", "en", "other"},
    "sentiment": {"positive", "neutral", "negative"},
    "emotion": {"anger", "fear", "sadness", "joy", "love", "neutral"},
    "intent": {"complaint", "information_request", "aspiration", "appreciation", "other"},
    "urgency": {"emergency", "high", "normal"},
    "register": {"formal", "polite", "casual", "slang", "rant", "sarcastic", "short", "story", "thread"},
}
FLAGS = ("supervisory", "none", "abusive", "spam")
FIELDS = """
    id text language languages sentiment emotion intent supervisory topic none urgency abusive spam register
""".split()
MOST_ALIKE = 0.7

Post = dict[str, Any]


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def test_the_file_is_the_one_that_was_frozen() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


def test_every_line_has_the_fields_and_values(posts: list[Post]) -> None:
    for post in posts:
        assert list(post) == FIELDS, post
        assert re.fullmatch(r"e\d{4}", post["id"]), post
        assert isinstance(post["text"], str), post
        assert post["text"] == post["text"].strip() != "", post
        assert all(post[field] in allowed for field, allowed in VALUES.items()), post
        assert all(isinstance(post[flag], bool) for flag in FLAGS), post
        assert post["topic"] is None or post["topic"] in TOPICS, post
        assert post["languages"][0] == post["language"], post
        assert len(set(post["languages"])) == len(post["languages"]), post
        assert set(post["languages"]) <= VALUES["language"], post
    assert len({post["id"] for post in posts}) == len(posts)


def test_labels_agree_with_each_other_as_the_guide_says(posts: list[Post]) -> None:
    for post in posts:
        assert not (post["none"] and post["topic"]), post
        assert not post["supervisory"] or post["intent"] == "complaint", post
        assert post["urgency"] != "emergency" or post["intent"] == "complaint", post
        assert post["intent"] != "appreciation" or post["sentiment"] == "positive", post
        assert post["intent"] != "complaint" or post["sentiment"] == "negative", post
        assert not post["none"] or post["intent"] != "complaint", post
        if post["spam"]:
            quiet = (post["none"], post["intent"], post["sentiment"], post["emotion"], post["urgency"])
            assert quiet == (True, "other", "neutral", "neutral", "normal"), post


def test_there_is_enough_of_everything(posts: list[Post]) -> None:
    assert len(TOPICS) == 43
    assert len(posts) >= 820
    topics = Counter(post["topic"] for post in posts if post["topic"])
    assert {code for code in TOPICS if topics[code] < 10} == set()
    least = {
        "language": {"id": 500, "jv": 164, "su": 82, "en": 10, "other": 5},
        "intent": {
            "complaint": 369,
            "information_request": 164,
            "aspiration": 82,
            "appreciation": 82,
            "other": 123,
        },
        "urgency": {"emergency": 60, "high": 80},
        "sentiment": {"positive": 100, "neutral": 200, "negative": 369},
        "emotion": {"anger": 150, "fear": 80, "sadness": 50, "joy": 60, "love": 30, "neutral": 300},
        "register": {
            "formal": 40,
            "polite": 60,
            "slang": 50,
            "rant": 15,
            "sarcastic": 25,
            "short": 40,
            "story": 15,
        },
    }
    for field, wanted in least.items():
        have = Counter(post[field] for post in posts)
        assert {value: have[value] for value, number in wanted.items() if have[value] < number} == {}, field
    for flag, number in {"supervisory": 60, "abusive": 70, "spam": 50, "none": 90}.items():
        assert sum(post[flag] for post in posts) >= number, flag
    assert sum(len(post["languages"]) > 1 for post in posts) >= 40
    assert sum(post["topic"] is None and not post["none"] for post in posts) >= 15


def test_no_two_posts_are_nearly_the_same(posts: list[Post]) -> None:
    assert _alike([post["text"] for post in posts]) == []


def test_near_duplicates_would_be_found() -> None:
    text = "lampu jalan di gang kami sudah tiga minggu mati, tolong segera diperbaiki"
    assert _alike(["selamat pagi semua", text, text.upper() + "!!", text.replace("tiga", "dua")]) == [
        (2, 1),
        (3, 1),
        (3, 2),
    ]


def test_no_two_posts_start_from_one_frame(posts: list[Post]) -> None:
    """Wording varies: no opening of four words serves more than twice."""
    openings = Counter(" ".join(re.findall(r"\w+", post["text"].lower())[:4]) for post in posts)
    assert {words: n for words, n in openings.items() if n > 2 and len(words.split()) == 4} == {}


def _alike(texts: list[str]) -> list[tuple[int, int]]:
    grams = [_five_grams(text) for text in texts]
    often = Counter(gram for each in grams for gram in each)
    seen: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for i, mine in enumerate(grams):
        # two sets that reach the limit share at least one of their rarest 30 %: only those are compared
        rarest = sorted(mine, key=lambda gram: (often[gram], gram))[
            : len(mine) - math.ceil(MOST_ALIKE * len(mine)) + 1
        ]
        near = sorted({j for gram in rarest for j in seen[gram]})
        pairs += [(i, j) for j in near if len(mine & grams[j]) >= MOST_ALIKE * len(mine | grams[j])]
        for gram in rarest:
            seen[gram].append(i)
    return pairs


def _five_grams(text: str) -> frozenset[str]:
    plain = re.sub(r"\W+", " ", text.lower()).strip() or text
    return frozenset(plain[i : i + 5] for i in range(max(1, len(plain) - 4)))
