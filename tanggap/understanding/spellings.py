"""Derives chat spellings and their standard words from pairs of informal and formal sentences.

Run as `python -m tanggap.understanding.spellings DATA`: DATA is a folder with stif/train.jsonl, objects with `informal`
and `formal` (STIF-Indonesia, MIT licence). Only words that two or more sentences agree on are kept, no sentence.
The shipped table words/ejaan-stif.tsv is this output after a person has struck out what is wrong.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

_FEWEST, _SHARE, _LEAST_ALIKE = 2, 0.6, 0.34


def derived(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    """This will give standard words with the spellings that were put right to them, both sorted."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for informal, formal in pairs:
        for spelling, word in _replaced(informal.lower().split(), formal.lower().split()):
            seen[spelling][word] += 1
    table: dict[str, list[str]] = defaultdict(list)
    for spelling, words in sorted(seen.items()):
        word, count = words.most_common(1)[0]
        if (
            word != spelling
            and count >= _FEWEST
            and count >= _SHARE * words.total()
            and _alike(spelling, word)
        ):
            table[word].append(spelling)
    return dict(sorted(table.items()))


def _replaced(informal: list[str], formal: list[str]) -> Iterator[tuple[str, str]]:
    """Words that stand at the same place of both sentences; a word that both have counts as standing for itself."""
    for kind, i, j, k, last in SequenceMatcher(None, informal, formal, autojunk=False).get_opcodes():
        if j - i == last - k and kind in ("replace", "equal"):
            for spelling, word in zip(informal[i:j], formal[k:last], strict=True):
                if spelling.isascii() and spelling.isalpha() and word.isascii() and word.isalpha():
                    yield spelling, word


def _alike(spelling: str, word: str) -> bool:
    """Spelt otherwise, not another word: "dgn" and "dengan", not "beli" and "membayar"."""
    if "xxx" in spelling + word or len(spelling) < 2 or len(word) < 2:
        return False
    rest = iter(word)
    return all(letter in rest for letter in spelling) or (
        SequenceMatcher(None, spelling, word, autojunk=False).ratio() >= _LEAST_ALIKE
        and spelling[0] == word[0]
    )


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["informal"], row["formal"]


if __name__ == "__main__":
    for standard, spellings in derived(_pairs(Path(sys.argv[1]) / "stif" / "train.jsonl")).items():
        sys.stdout.write(f"{standard}\t{','.join(spellings)}\n")
