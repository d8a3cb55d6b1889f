"""Which membership a log-in works in: the chosen one where it is valid, else the oldest that is."""

from __future__ import annotations

from datetime import date

from tanggap.agencies.models import Member
from tanggap.core import scope

SESSION_KEY = "member"
"""Where the session keeps the id of the chosen membership."""


def member_behind(user_id: int, chosen: int | None, today: date) -> Member | None:
    """This will return the member that a user acts as today, or None without a valid membership."""
    with scope.crossing("which governments a log-in belongs to"):
        found = list(
            Member.objects.filter(user_id=user_id).select_related("government", "unit", "user").order_by("id")
        )
    valid = [
        one
        for one in found
        if (one.active_from is None or one.active_from <= today)
        and (one.active_until is None or today <= one.active_until)
    ]
    return next((one for one in valid if one.pk == chosen), valid[0] if valid else None)
