"""Posts that a person puts into a case: what is offered, what is refused, what is on record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tanggap.agencies.models import Member, NotAllowed, Role, Unit
from tanggap.cases import deeds, joining
from tanggap.cases.models import Case, CasePost, Secrecy
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post
from tests.city import a_case, a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Unit:
    return a_unit(a_government(), "KOMINFO")


@pytest.fixture(autouse=True)
def inside(desk: Unit) -> Iterator[None]:
    with scope.government(desk.government_id):
        yield


@pytest.fixture
def coordinator(desk: Unit) -> Member:
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def channel(desk: Unit) -> Channel:
    return a_channel(desk)


def test_a_joined_post_is_seen_by_the_offices_of_the_case_and_stands_on_its_record(
    channel: Channel, coordinator: Member, desk: Unit
) -> None:
    roads = a_unit(desk.government, "DPUPR")
    case = a_case(a_post(channel), coordinator, roads)
    post = a_post(channel, "rahasia warga")
    joining.join(post, case, coordinator)
    post.refresh_from_db()
    assert roads.pk in post.units
    assert CasePost.objects.get(post=post).by == coordinator.audit_name
    entry = Entry.objects.get(action="case.join")
    assert (entry.target_id, entry.actor) == (str(case.pk), coordinator.audit_name)
    assert "rahasia warga" not in str(entry.fields)


def test_a_confidential_case_makes_the_post_confidential_and_never_the_other_way(
    channel: Channel, coordinator: Member
) -> None:
    secret = a_case(a_post(channel), coordinator, secrecy=Secrecy.CONFIDENTIAL)
    post = a_post(channel)
    joining.join(post, secret, coordinator)
    post.refresh_from_db()
    assert (post.confidential, post.named) == (True, secret.named)
    open_case = a_case(a_post(channel), coordinator)
    whisper = a_post(channel, confidential=True, named=[coordinator.pk])
    with pytest.raises(Refusal, match="rahasia"):
        joining.join(whisper, open_case, coordinator)
    whisper.refresh_from_db()
    assert whisper.confidential


def test_what_has_a_case_or_would_go_to_an_ended_one_is_refused(
    channel: Channel, coordinator: Member
) -> None:
    case, other = a_case(a_post(channel), coordinator), a_case(a_post(channel), coordinator)
    with pytest.raises(Refusal, match=case.number):
        joining.join(Post.objects.get(case_link__case=case), other, coordinator)
    deeds.close(other, coordinator, "beres")
    with pytest.raises(Refusal, match="sudah berakhir"):
        joining.join(a_post(channel), other, coordinator)
    assert CasePost.objects.count() == 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LIAISON])
def test_only_those_who_sort_posts_join_them(
    channel: Channel, coordinator: Member, desk: Unit, role: str
) -> None:
    case = a_case(a_post(channel), coordinator)
    with pytest.raises(NotAllowed):
        joining.join(a_post(channel), case, a_member(desk, role))


def test_another_governments_case_is_missing(channel: Channel, coordinator: Member) -> None:
    stranger = a_member(a_unit(a_government("34.71", "Kota Lain"), "ASING"), Role.COORDINATOR)
    with scope.government(stranger.government_id):
        foreign = a_case(a_post(a_channel(stranger.unit)), stranger)
        Case.objects.filter(pk=foreign.pk).update(number="K26-99999")
    with pytest.raises(Refusal, match="K26-99999"):
        joining.by_number("K26-99999", coordinator)
    with pytest.raises(Case.DoesNotExist):
        joining.join(a_post(channel), foreign, coordinator)
