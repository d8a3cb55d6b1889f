"""Prints how an installation's rows stand, as JSON: `python -m tests.faults.facts DATA`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(data: Path) -> None:
    from tanggap.config.attach import database

    with database(data):
        print(json.dumps(_facts()))


def _facts() -> dict[str, Any]:
    from django.db.models import Count

    from tanggap.agencies.models import Government
    from tanggap.cases.models import Case, CasePost
    from tanggap.core import audit, scope
    from tanggap.posts.models import Post, RawItem

    while audit.seal():
        pass
    with scope.crossing("a test looks at everything"):
        states = RawItem.objects.values_list("state").annotate(number=Count("pk")).order_by()
        chains = [None, *Government.objects.values_list("pk", flat=True)]
        numbers = list(Case.objects.values_list("number", flat=True))
        return {
            "raw": dict(states),
            "posts": Post.objects.count(),
            "ids": sorted(Post.objects.values_list("external_id", flat=True)),
            "cases": len(numbers),
            "numbers": len(set(numbers)),
            "linked": CasePost.objects.count(),
            "linked_twice": CasePost.objects.values("post").annotate(n=Count("pk")).filter(n__gt=1).count(),
            "without_post": Case.objects.filter(links__isnull=True).count(),
            "broken_seals": [told for chain in chains if (told := audit.verify(chain))],
            "sealed": sum(audit.head(chain)[0] for chain in chains),
            "reasons": sorted(set(RawItem.objects.exclude(reason="").values_list("reason", flat=True))),
        }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
