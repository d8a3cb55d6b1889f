"""What training reads: the public data sets, without the sentences that stand in two of them, and the own posts."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

NUSAX = {"id": "indonesian", "jv": "javanese", "su": "sundanese", "en": "english"}
OTHERS = ("balinese", "banjarese", "madurese", "minangkabau")
_SAME = 0.7

Post = dict[str, Any]
"""A hand-written post with its labels, as docs/annotation-guide.md has them."""


class Example(NamedTuple):
    """A text with its label."""

    text: str
    label: str


def own_posts() -> list[Post]:
    """This will read the hand-written training posts of the package (CC BY-SA 4.0); never the evaluation set."""
    folder = files("tanggap.understanding").joinpath("data/posts")
    return [
        json.loads(line)
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.startswith("train")
        for line in file.read_text("utf-8").splitlines()
    ]


def labelled_posts(posts: Sequence[Post], head: str) -> list[Example]:
    """This will give the posts with their label for one head; without those whose label the text does not tell."""
    found = [Example(post["text"], _label_of(post, head)) for post in posts if head in post]
    return [example for example in found if example.label]


def with_contacts(posts: Sequence[Post], share: float = 0.12, seed: int = 3) -> list[Post]:
    """This will add copies of some posts that are no spam, with a way to reach the writer at the end or before it.

    Most numbers in hand-written posts stand in advertisements; a citizen's own number must not make one of a complaint.
    """
    dice = random.Random(seed)
    chosen = [post for post in posts if not post.get("spam") and dice.random() < share]
    return [*posts, *(post | {"text": _reachable(post["text"], dice)} for post in chosen)]


_CONTACTS = (
    "hubungi {}", "hub {}", "bisa hubungi saya di {}", "cp {}", "CP: {}", "WA {}", "wa saya {}", "no hp {}",
    "no wa saya {}", "kontak saya {}", "telp {}", "nomor saya {}", "info lebih lanjut hubungi {}", "call {}", "{}",
    "kalau perlu data hubungi nomor ini {}", "iki nomerku {}", "nomer abdi {}", "mangga telepon ka {}",
)  # fmt: skip


def _reachable(text: str, dice: random.Random) -> str:
    number = f"08{dice.randint(11, 99)}{dice.choice(['', '-', ' '])}{dice.randint(1000, 9999)}"
    contact = dice.choice(_CONTACTS).format(f"{number}{dice.randint(1000, 9999)}")
    joint = dice.choice([", ", ". ", " ", "\n"])
    return f"{contact}{joint}{text}" if dice.random() < 0.15 else f"{text.rstrip()}{joint}{contact}"


def language_posts(posts: Sequence[Post], seed: int = 2) -> list[Example]:
    """This will give the posts with their language, and one cut of three to eight words of each unmixed one."""
    dice = random.Random(seed)
    unmixed = [post for post in posts if len(post["languages"]) == 1]
    return [
        *labelled_posts(posts, "language"),
        *(cut for one in labelled_posts(unmixed, "language") for cut in _cuts(one, dice, 1)),
    ]


def sentiment_training(data: Path, copies: int = 3) -> list[Example]:
    """This will read SmSA without what nearly stands in NusaX, and `copies` of NusaX in id, jv and su.

    Sources: SmSA and NusaX, CC BY-SA 4.0. Raises FileNotFoundError where a file is missing.
    """
    nusax = [example for code in ("id", "jv", "su") for example in sentiment_of(data, code, "train")]
    return [*smsa_training(data), *nusax * copies]


def smsa_training(data: Path) -> list[Example]:
    """This will read SmSA's training part without what nearly stands in NusaX."""
    held = [
        row["text"]
        for part in ("train", "dev")
        for row in _rows(data / f"nusax_senti/indonesian_{part}.jsonl")
    ]
    return _unlike([_labelled(row) for row in _rows(data / "smsa/train.jsonl")], held)


def sentiment_of(data: Path, code: str, part: str) -> list[Example]:
    """This will read one part ("train", "dev") of NusaX in one language, or of SmSA ("smsa")."""
    path = f"smsa/{part}.jsonl" if code == "smsa" else f"nusax_senti/{NUSAX[code]}_{part}.jsonl"
    return [_labelled(row) for row in _rows(data / path)]


def language_training(data: Path, seed: int = 1) -> list[Example]:
    """This will read sentences by language, whole and cut to three to eight words, so that short posts are known too.

    Indonesian also from SmSA and from the chat of STIF (MIT); four more languages of NusaX stand for "other".
    """
    dice = random.Random(seed)
    whole = languages_of(data, "train")
    chat = [row["informal"] for row in _rows(data / "stif/train.jsonl")]
    chat += [row["text"] for row in _rows(data / "smsa/train.jsonl")][:3000]
    whole += [Example(text, "id") for text in chat]
    return [
        *whole,
        *(cut for example in whole for cut in _cuts(example, dice, 1 if example.label == "id" else 5)),
    ]


def languages_of(data: Path, part: str) -> list[Example]:
    """This will read one part of NusaX with its language as the label."""
    named = [*NUSAX.items(), *(("other", name) for name in OTHERS)]
    return [
        Example(row["text"], code)
        for code, name in named
        for row in _rows(data / f"nusax_senti/{name}_{part}.jsonl")
    ]


def short(examples: Iterable[Example], words: int = 6) -> list[Example]:
    """This will keep the first words of every text."""
    return [Example(" ".join(example.text.split()[:words]), example.label) for example in examples]


def _cuts(example: Example, dice: random.Random, count: int) -> Iterator[Example]:
    words = example.text.split()
    for _ in range(count):
        size = dice.randint(3, 8)
        first = dice.randrange(max(1, len(words) - size + 1))
        yield Example(" ".join(words[first : first + size]), example.label)


def _unlike(examples: list[Example], held: list[str]) -> list[Example]:
    """The examples whose words differ enough (Jaccard) from every held text."""
    sets = [_words(text) for text in held]
    where: dict[str, list[int]] = defaultdict(list)
    for at, words in enumerate(sets):
        for word in words:
            where[word].append(at)
    return [example for example in examples if not _near(_words(example.text), sets, where)]


def _near(words: frozenset[str], sets: list[frozenset[str]], where: dict[str, list[int]]) -> bool:
    shared: dict[int, int] = defaultdict(int)
    for word in words:
        for at in where.get(word, ()):
            shared[at] += 1
    return any(count / (len(words) + len(sets[at]) - count) >= _SAME for at, count in shared.items())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().replace(".", " ").replace(",", " ").split())


def _label_of(post: Post, head: str) -> str:
    value = post[head]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value or ("none" if post["none"] else "")


def _labelled(row: dict[str, Any]) -> Example:
    return Example(row["text"], row["label"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
