"""Finds what a command names: a government by its code, a channel by its key."""

from __future__ import annotations

from tanggap.agencies.models import Government, Member, Unit
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.core.refusal import Refusal

DEFAULT = "34.71"


def government(code: str | None) -> Government:
    """This will return the government of a code (the only one where none is named, else 34.71), loaded if new."""
    there = {one.code: one for one in Government.objects.all()}
    if code is None:
        code = next(iter(there)) if len(there) == 1 else DEFAULT
    if code in there:
        return there[code]
    from tanggap.agencies.joining import load_government

    return load_government(code)


def channel_by_key(key: str, code: str | None) -> Channel:
    """This will return an open channel by its key; Refusal where there is none, or several governments have it."""
    with scope.crossing("a command names a channel of any government"):
        rows = Channel.objects.filter(key=key, closed_at__isnull=True).select_related("government")
        found = list(rows.filter(government__code=code) if code else rows)
    if not found:
        raise Refusal(f"No channel has the key {key}. `tanggap status` lists the channels.")
    if len(found) > 1:
        codes = ", ".join(sorted(one.government.code for one in found))
        raise Refusal(f"Several governments have a channel {key}: {codes}. Say which with --government CODE.")
    return found[0]


def administrator(government: Government) -> Member:
    """This will return the first active administrator of a government; Refusal where there is none."""
    from django.utils import timezone

    today = timezone.now().date()
    with scope.government(government.pk):
        for one in Member.objects.filter(role="administrator").select_related("user", "unit").order_by("pk"):
            if one.active_until is None or one.active_until >= today:
                return one
    raise Refusal(
        f"{government.name} has no administrator yet. Nothing was changed. Add one: "
        f"tanggap member add E-MAIL NAME --role administrator --government {government.code}"
    )


def office(code: str | None) -> Unit:
    """This will return an office of the government in scope; the coordinating one where no code is given."""
    if code is None:
        found = Unit.objects.filter(roles__contains=["koordinator"]).order_by("pk").first()
        found = found or Unit.objects.filter(roles__contains=["kominfo"]).order_by("pk").first()
    else:
        found = Unit.objects.filter(code=code).first()
    if found is None:
        raise Refusal(
            f"No office has the code {code or '(none given)'}. Nothing was changed. Say which with --unit CODE."
        )
    return found
