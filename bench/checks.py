"""How long the checks before publishing take by the length of a text; hostile pieces included.

Run as `python -m bench.checks`: prints milliseconds for 10 kB and 100 kB of each piece, the slowest first, as JSON.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from django.conf import settings

from bench.parts.hostile import PIECES

MORE = (
    "Terima kasih, laporan sudah kami teruskan. ", "rahasia ",
    "r a ", "ra ", "1a", "nomor 1 x ", "a.b", "turun ab ", "akan a ",
        "anak a ", "Ab ", "Siti, ", "naik ", "0O", "aa", "senin 1 ")  # fmt: skip


def main() -> None:
    """This will measure every piece at two lengths."""
    settings.configure(USE_I18N=False)
    from tanggap.publishing import checks

    context = checks.Context(kind="reply", now=datetime(2026, 11, 22, tzinfo=UTC), election=True)
    checks.run("hangat", context)
    rows = []
    for piece in (*PIECES, *MORE):
        took = []
        for length in (10_000, 100_000):
            text = piece * (length // len(piece))
            since = time.perf_counter()
            checks.run(text, context)
            took.append(round(1000 * (time.perf_counter() - since), 1))
        rows.append({"piece": piece, "ms_10_kb": took[0], "ms_100_kb": took[1]})
    print(
        json.dumps(sorted(rows, key=lambda row: -float(str(row["ms_10_kb"]))), ensure_ascii=False, indent=1)
    )


if __name__ == "__main__":
    main()
