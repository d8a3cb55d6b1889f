"""Similar posts on the screens: folded on the list, gathered on a page of their own, dealt with together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member, Role, Unit
from tanggap.cases.models import Case, CasePost
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.posts import alike, campaigns
from tanggap.posts.clusters import Cluster
from tanggap.posts.models import Post
from tests.city import NOW, a_case, a_member, a_post, a_unit

CALL = "Tolak relokasi pasar Ngasem, pedagang kecil jangan digusur demi investor"
pytestmark = pytest.mark.usefixtures("inside")
As = Callable[[Member], Client]


@pytest.fixture
def called(channel: Channel) -> list[Post]:
    """Twelve that say the same, an hour apart in threes, and one that does not."""
    posts = [
        a_post(
            channel,
            f"{CALL} https://t.co/{n}",
            created_at=NOW + timedelta(hours=n // 3),
            sentiment="negative",
        )
        for n in range(12)
    ]
    posts.append(a_post(channel, "lampu di depan pasar mati sejak kemarin"))
    compare(posts)
    return posts[:12]


def compare(posts: list[Post]) -> None:
    alike._compared.clear()
    alike.enqueue([post.pk for post in posts])
    work.run("alike")


def text(client: Client, route: str, *args: object, **query: str) -> str:
    return client.get(reverse(route, args=args), query).content.decode()


def test_a_row_tells_how_many_say_the_same_and_leads_to_them(client: Client, called: list[Post]) -> None:
    number = Cluster.objects.get().pk
    shown = text(client, "inbox")
    assert shown.count("12 kiriman serupa") == 12
    assert f"?view=semua&amp;alike={number}" in shown
    gathered = text(client, "inbox", view="semua", alike=str(number))
    assert gathered.count('data-row data-id="') == 12
    assert "12 kiriman serupa" not in gathered, "there the row would say what the filter says"
    assert "Kiriman serupa" in gathered
    folded = text(client, "inbox", fold="1")
    assert folded.count('data-row data-id="') == 2
    assert "12 kiriman serupa" in folded


def test_the_number_is_of_what_the_member_sees(client: Client, called: list[Post]) -> None:
    Post.objects.filter(pk__in=[one.pk for one in called[:4]]).update(confidential=True)
    assert "8 kiriman serupa" in text(client, "inbox")
    Post.objects.filter(pk__in=[one.pk for one in called[:11]]).update(confidential=True)
    assert "kiriman serupa<" not in text(client, "inbox")


def test_clusters_are_listed_with_growth_voices_and_a_cautious_word(
    client: Client, called: list[Post]
) -> None:
    shown = text(client, "alike")
    for word in ("Tolak relokasi", "12 akun", "Kemungkinan kiriman serentak", "bukan putusan", "12 terbuka"):
        assert word in shown
    assert shown.count("<rect ") == 4
    assert "lampu di depan" not in shown
    assert "Tolak relokasi" in text(client, "alike", lihat="serentak")


def test_two_that_say_the_same_are_no_campaign(client: Client, channel: Channel) -> None:
    compare([a_post(channel, CALL), a_post(channel, CALL)])
    assert "2 akun" in text(client, "alike")
    assert "Tidak ada yang tampak serentak" in text(client, "alike", lihat="serentak")


def test_an_empty_page_says_what_will_stand_there(client: Client) -> None:
    assert "Belum ada kiriman serupa" in text(client, "alike")
    assert "Tidak ada lagi" in text(client, "alike", hal="7")


def test_one_cluster_is_shown_in_full(client: Client, called: list[Post]) -> None:
    shown = text(client, "alike_one", Cluster.objects.get().pk)
    for word in (
        "Negatif 12",
        "25 %",
        "Tindakan untuk semua",
        str(called[0].author),
        "12 kiriman belum masuk kasus",
    ):
        assert word in shown


def test_a_stranger_sees_no_cluster(called: list[Post], desk: Unit, as_member: As) -> None:
    other = as_member(a_member(a_unit(desk.government, "DINAS-LAIN"), Role.OFFICER))
    assert other.get(reverse("alike_one", args=[Cluster.objects.get().pk])).status_code == 404
    assert "Belum ada kiriman serupa" in text(other, "alike")


def test_all_are_finished_and_taken_back(client: Client, called: list[Post]) -> None:
    address = reverse("alike_act", args=[Cluster.objects.get().pk])
    done = client.post(address, {"do": "finish"}, follow=True).content.decode()
    assert "12 pesan diselesaikan" in done
    assert Post.objects.filter(desk="done").count() == 12
    token = done.split('name="token" value="')[1].split('"')[0]
    client.post(reverse("undo"), {"token": token})
    assert Post.objects.filter(desk="open").count() == 13
    client.post(address, {"do": "spam"})
    assert Post.objects.filter(desk="spam").count() == 12
    client.post(address, {"do": "reopen"})
    assert Post.objects.filter(desk="open").count() == 13


def test_what_cannot_be_done_is_said(
    client: Client, called: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reverse("alike_act", args=[Cluster.objects.get().pk])
    assert "tidak dikenal" in client.post(address, {"do": "explode"}).content.decode()
    assert "Tidak ada kiriman yang perlu diubah" in client.post(address, {"do": "reopen"}).content.decode()
    monkeypatch.setattr("tanggap.console.alike_page.MOST_AT_ONCE", 5)
    done = client.post(address, {"do": "finish"}, follow=True).content.decode()
    assert "Masih ada sisanya" in done
    assert Post.objects.filter(desk="done").count() == 5


def test_all_go_into_one_case(client: Client, called: list[Post], coordinator: Member) -> None:
    case = a_case(called[0], coordinator, coordinator.unit)
    Post.objects.filter(pk=called[1].pk).update(desk="spam")
    address = reverse("alike_join", args=[Cluster.objects.get().pk])
    done = client.post(address, {"typed": case.number.lower()}, follow=True).content.decode()
    assert f"10 kiriman digabungkan ke kasus {case.number}" in done
    assert CasePost.objects.filter(case=case).count() == 11
    assert not CasePost.objects.filter(post=called[1]).exists()


def test_a_refused_join_changes_nothing_and_keeps_what_was_typed(
    client: Client, called: list[Post], coordinator: Member
) -> None:
    address = reverse("alike_join", args=[Cluster.objects.get().pk])
    wrong = client.post(address, {"typed": "K26-99999"})
    assert wrong.status_code == 422
    assert 'value="K26-99999"' in wrong.content.decode()
    case = a_case(called[0], coordinator, coordinator.unit)
    Case.objects.filter(pk=case.pk).update(state="closed")
    assert client.post(address, {"typed": case.number}).status_code == 422
    assert CasePost.objects.filter(case=case).count() == 1


def test_an_administrator_sets_the_thresholds(desk: Unit, as_member: As, client: Client) -> None:
    admin = as_member(a_member(desk, Role.ADMINISTRATOR))
    address = reverse("alike_rule")
    saved = admin.post(address, {"posts": "20", "accounts": "15", "hours": "6"}, follow=True)
    assert "Ambang tersimpan" in saved.content.decode()
    rule = campaigns.rule_of(desk.government_id)
    assert (rule.posts, rule.accounts, rule.hours) == (20, 15, 6)
    wrong = admin.post(address, {"posts": "20", "accounts": "x", "hours": "6"})
    assert wrong.status_code == 422
    assert "antara 2 dan 1000" in wrong.content.decode()
    assert client.post(address, {"posts": "3"}).status_code == 403
    assert "20 kiriman atau lebih dari 15 akun" in text(client, "alike")


def test_the_pages_cost_few_queries(
    client: Client,
    called: list[Post],
    channel: Channel,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    compare(
        [a_post(channel, f"kata{n} satu{n} dua{n} tiga{n} empat{n}") for n in range(15) for _ in range(2)]
    )
    assert Cluster.objects.count() == 16
    for route, query in (("alike", {}), ("inbox", {}), ("inbox", {"fold": "1"})):
        with django_assert_max_num_queries(45):  # type: ignore[attr-defined]
            text(client, route, **query)
