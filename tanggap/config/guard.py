"""What must never stand on a real installation: demo accounts, debug mode, a key that others know."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from tanggap.core import scope
from tanggap.core.refusal import Refusal

_SHORTEST_KEY = 32
_KNOWN = ("django-insecure", "changeme", "change-me", "secret", "tanggap")


def refuse_unsafe() -> None:
    """This will raise Refusal where this installation must not be started as it is configured."""
    if wrong := list(mistakes()):
        raise Refusal(" ".join(wrong) + " Nothing was started and nothing was changed.")


def mistakes() -> Iterator[str]:
    """This will yield a sentence for each thing that forbids a start."""
    if not settings.TANGGAP_DEMO and (accounts := demo_accounts()):
        yield (
            f"This data folder holds {accounts} demo account(s), whose password was printed for everyone to see. "
            "Start it with --demo, or use another data folder for real work."
        )
    if settings.TANGGAP_DEMO and (real := _real_governments()):
        yield f"This data folder holds real work ({real}). The demo needs a folder of its own: name one with --data."
    if not settings.TANGGAP_URL.startswith("https://"):
        return
    if settings.TANGGAP_DEMO:
        yield "The demo must not be served at an https:// address (TANGGAP_URL): anybody could log in."
    if settings.DEBUG:
        yield "TANGGAP_DEBUG=1 shows internals to visitors: unset it for an https:// address."
    if _weak(settings.SECRET_KEY):
        yield (
            "TANGGAP_SECRET_KEY is short or well known: unset it (one is generated in the data folder) or give "
            f"at least {_SHORTEST_KEY} random characters."
        )


def demo_accounts() -> int:
    """This will count the members of fictional governments."""
    from tanggap.agencies.models import Member

    with scope.crossing("a check of the whole installation"):
        return Member.objects.filter(government__is_demo=True).count()


def _real_governments() -> str:
    from tanggap.agencies.models import Government

    return ", ".join(
        Government.objects.filter(is_demo=False).order_by("code").values_list("name", flat=True)[:3]
    )


def _weak(key: str) -> bool:
    return len(key) < _SHORTEST_KEY or len(set(key)) < 10 or key.lower().startswith(_KNOWN)
