"""Who may enter which screen, and what somebody hears who may not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tanggap.agencies.models import MAY, Member, NotAllowed, Role, Unit
from tanggap.channels.models import Channel
from tanggap.console import urls
from tanggap.console.doors import Rule, screen
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tests.city import a_case, a_member, a_post


def routes(among: list[Any]) -> Iterator[URLPattern]:
    for one in among:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns)
        else:
            yield one


def rule_of(route: URLPattern) -> Rule | None:
    return getattr(route.callback, "rule", None)


ROUTES = [(one.name or str(one.pattern), one) for one in routes(urls.urlpatterns)]
GUARDED = [(name, one, rule) for name, one in ROUTES if (rule := rule_of(one)) and not rule.open_why]


@pytest.mark.parametrize(("name", "route"), ROUTES, ids=[name for name, _one in ROUTES])
def test_every_route_has_a_rule(name: str, route: URLPattern) -> None:
    rule = rule_of(route)
    assert rule is not None, f"{name}: guard it with doors.screen"
    assert rule.open_why or rule.view


def test_only_the_way_in_is_open() -> None:
    """Whoever opens a further route must say why, and put it here."""
    opened = {name for name, one in ROUTES if (rule := rule_of(one)) and rule.open_why}
    others = {"language", "calendar_ics"}
    assert all(name.startswith(("account_", "mfa_")) or name in others for name in opened), opened


@pytest.fixture
def address(channel: Channel, coordinator: Member, inside: None) -> Callable[[URLPattern], str]:
    post = a_post(channel)
    case = a_case(a_post(channel), coordinator, coordinator.unit)
    values = {"pk": post.pk, "number": case.number}

    def of(route: URLPattern) -> str:
        names = re.findall(r"<(?:\w+:)?(\w+)>", str(route.pattern))
        return reverse(str(route.name), kwargs={name: values.get(name, 1) for name in names})

    return of


@pytest.mark.parametrize("role", Role.values)
def test_each_role_enters_exactly_its_screens(
    role: str, desk: Unit, address: Callable[[URLPattern], str], as_member: Callable[[Member], Client]
) -> None:
    client = as_member(a_member(desk, role))
    wrong = []
    for name, route, rule in GUARDED:
        where = address(route)
        answer = client.get(where)
        if answer.status_code == 405:
            answer = client.post(where)
        if not rule.admits(role) and answer.status_code != 403:
            wrong.append((name, answer.status_code, "must be refused"))
        if rule.admits(role) and b"bukan untuk peran Anda" in getattr(answer, "content", b""):
            wrong.append((name, answer.status_code, "must be let in"))
        if answer.status_code >= 500:
            wrong.append((name, answer.status_code, "broke"))
    assert not wrong


@pytest.mark.django_db
def test_nobody_enters_without_a_log_in(address: Callable[[URLPattern], str]) -> None:
    client = Client()
    for name, route, _rule in GUARDED:
        where = address(route)
        answer = client.get(where)
        if answer.status_code == 405:
            answer = client.post(where)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("account_login")), name


def test_a_session_that_ended_sends_a_fragment_nowhere(db: None) -> None:
    answer = Client().get(reverse("inbox"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (401, "none")
    assert "Sesi Anda berakhir" in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_a_user_without_a_place_is_told_so(
    officer: Member, as_member: Callable[[Member], Client], inside: None
) -> None:
    client = as_member(officer)
    Member.objects.filter(pk=officer.pk).update(active_until="2020-01-01")
    answer = client.get(reverse("today"))
    assert answer.status_code == 403
    assert "belum punya tempat" in answer.content.decode()


def test_no_screen_may_be_stored(client: Client) -> None:
    assert "no-store" in client.get(reverse("today"))["Cache-Control"]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (NotAllowed("Bukan tugas Anda."), 403, "Bukan tugas Anda."),
        (Lost("gone"), 409, "Rekan Anda sudah mengubahnya"),
        (Refusal("Tulis alasannya."), 422, "Tulis alasannya."),
    ],
)
def test_a_refused_deed_is_answered_in_words(
    error: Exception, status: int, text: str, officer: Member, client: Client
) -> None:
    @screen()
    def broken(request: object) -> HttpResponse:
        raise error

    request = RequestFactory().post("/")
    request.user, request.member, request.htmx = officer.user, officer, True  # type: ignore[attr-defined]
    answer = broken(request)
    assert answer.status_code == status
    assert text in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert answer["HX-Reswap"] == "none"


def test_a_deed_that_nobody_declared_fails_at_import() -> None:
    with pytest.raises(ValueError, match="deed"):
        screen("nonsense.deed")
    assert "case.triage" in MAY


def test_a_wrong_address_gets_a_page_with_a_code(client: Client) -> None:
    from tanggap.console.errors import fault, forbidden, not_found

    request = RequestFactory().get("/tidak-ada/")
    request.user, request.member, request.htmx = None, None, False  # type: ignore[assignment,attr-defined]
    for answer, status in (
        (not_found(request, Exception()), 404),
        (forbidden(request), 403),
        (fault(request), 500),
    ):
        assert answer.status_code == status
        assert re.search(r"<code>[0-9A-F]{8}</code>", answer.content.decode())


def test_the_resolver_knows_the_places() -> None:
    known = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {"today", "inbox", "thread", "profile", "notices", "palette"} <= known
