"""Starts reading all posts again, as a coordinator would: `python -m tests.faults.stock DATA`."""

from __future__ import annotations

import sys
from pathlib import Path


def main(data: Path) -> None:
    from tanggap.config.attach import database

    with database(data):
        _start()


def _start() -> None:
    from tanggap.agencies.models import Government, Member, Role, Unit, User
    from tanggap.core import scope
    from tanggap.posts.learning import stock
    from tanggap.posts.models import Post

    government = Government.objects.get()
    with scope.government(government.pk):
        user = User.objects.create_user("koordinator@uji.go.id", "sandi-panjang-sekali", name="Koordinator")
        unit = Unit.objects.order_by("pk")[0]
        by = Member.objects.create(government=government, user=user, unit=unit, role=Role.COORDINATOR)
        Post.objects.update(topic="belum", sentiment="")
        stock.read_again(by)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
