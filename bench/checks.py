"""How long each check before publishing takes by the length of a text; hostile pieces, 500 own words.

Run as `python -m bench.checks`: prints for every rule, as JSON, its slowest piece: milliseconds for 10 kB (goal: at
most 50), and how many times longer 100 kB take (10 is linear; the ratio does not depend on the machine).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from bench.parts.hostile import PIECES

GOAL_MS = 50
MORE = (
    "Terima kasih, laporan sudah kami teruskan. ", "rahasia ", "Loket buka pukul delapan. ", "dasar goblok. ",
    "r a ", "ra ", "1a", "nomor 1 x ", "a.b", "turun ab ", "akan a ",
        "anak a ", "Ab ", "Siti, ", "naik ", "0O", "aa", "senin 1 ", "jumat kliwon 1 ", "selamat hari ", "0811 ",
    "hubungi 1", "a@b.", "kata 7 ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Took:
    """One rule over one piece: milliseconds for 10 kB and 100 kB."""

    rule: str
    piece: str
    short: float
    long: float

    def as_json(self) -> dict[str, object]:
        return {
            "rule": self.rule, "piece": self.piece, "ms_10_kb": round(self.short, 1),
            "times_for_100_kb": round(self.long / max(self.short, 0.1), 1), "ok": self.short <= GOAL_MS,
        }  # fmt: skip


def main() -> None:
    """This will measure every rule over every piece, and print the slowest of each."""
    settings.configure(USE_I18N=False)
    from tanggap.publishing import checks
    from tanggap.publishing.pack import Pack, Word

    words = tuple(Word(f"kata {at}", "block", "claims", "uji") for at in range(500))
    context = checks.Context(
        kind="post", now=datetime(2026, 11, 22, tzinfo=UTC), election=True, publication_kind="service",
        pack=Pack(1, {}, words),
    )  # fmt: skip
    checks.run("hangat sekali hari ini", context)
    slowest: dict[str, Took] = {}
    for piece in (*PIECES, *MORE):
        for check in checks.all_checks():
            took = Took(
                check.id, piece, *(_took(check, piece, length, context) for length in (10_000, 100_000))
            )
            if check.id not in slowest or took.short > slowest[check.id].short:
                slowest[check.id] = took
    rows = sorted(slowest.values(), key=lambda one: -one.short)
    print(json.dumps([one.as_json() for one in rows], ensure_ascii=False, indent=1))


def _took(check: object, piece: str, length: int, context: object) -> float:
    """The quicker of two runs: the first may have to read tables, another program may hold the machine up."""
    times = []
    for run in range(2):
        # another text each time: what was read once is remembered
        text = f"{run} {piece * (length // len(piece))}"
        since = time.perf_counter()
        list(check.find(text, context))  # type: ignore[attr-defined]
        times.append(1000 * (time.perf_counter() - since))
    return min(times)


if __name__ == "__main__":
    main()
