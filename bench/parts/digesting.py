"""A work process: the digest step until nothing is due, as a worker runs it."""

from __future__ import annotations

import json
import time

import django

from bench import harness


def main() -> None:
    """This will digest until the queue is empty and print rows, seconds and the largest resident size."""
    django.setup()
    from tanggap.config import steps
    from tanggap.core import work

    steps.load()
    harness.ready()
    began, processor = time.perf_counter(), time.process_time()
    rows = work.run("digest")
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": time.perf_counter() - began,
                "cpu_seconds": time.process_time() - processor,
                "rss_mb": harness.largest_rss_mb(),
            }
        )
    )


if __name__ == "__main__":
    main()
