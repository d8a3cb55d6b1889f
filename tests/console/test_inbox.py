"""The list: what stands on it, what leaves it, what is told about new posts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Government, Member
from tanggap.channels.models import Channel
from tanggap.posts.models import Post, SavedView
from tests.city import a_channel, a_government, a_member, a_post, a_unit

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


def page(client: Client, query: str = "", **headers: str) -> str:
    return client.get(f"{reverse('inbox')}?{query}", headers=headers).content.decode()


def test_a_row_says_who_where_what_and_what_we_think(client: Client, channel: Channel) -> None:
    post = a_post(channel, "@akunresmi lampu mati", urgency="high", sentiment="negative")
    shown = page(client)
    assert f'id="row-{post.pk}"' in shown
    for word in (str(post.author), "lampu mati", "Jalan rusak", "Mendesak", "Negatif"):
        assert word in shown
    assert "@akunresmi" not in shown.split("<ul", 1)[1], "rows do not begin with our own name"


def test_personal_data_stays_covered_on_the_list(client: Client, channel: Channel) -> None:
    found = [{"type": "nik", "start": 4, "end": 20}]
    a_post(channel, "NIK 3471010101900001 belum jadi", reading={"personal_data": found})
    shown = page(client)
    assert "3471010101900001" not in shown
    assert "NIK disamarkan" in shown


def test_nobody_sees_another_government(client: Client, channel: Channel) -> None:
    from tanggap.core import scope

    a_post(channel, "punya kita")
    other = a_government("34.71", "Kota Lain")
    with scope.government(other.pk):
        stranger = a_post(a_channel(a_unit(other, "KOMINFO-LAIN")), "punya orang")
    shown = page(client, "view=semua")
    assert "punya kita" in shown
    assert "punya orang" not in shown
    for route in ("thread", "thread_talk", "thread_reply", "thread_case"):
        assert client.get(reverse(route, args=[stranger.pk])).status_code == 404
    done = client.post(reverse("inbox_act"), {"do": "finish", "ids": [stranger.pk]})
    assert done.status_code == 302
    with scope.government(other.pk):
        assert Post.objects.get(pk=stranger.pk).desk == "open"


def test_filters_narrow_the_list_and_can_be_taken_off(client: Client, channel: Channel) -> None:
    a_post(channel, "tentang jalan")
    a_post(channel, "tentang sampah", topic="sampah")
    shown = page(client, "view=baru&topic=sampah")
    assert "tentang sampah" in shown
    assert "tentang jalan" not in shown
    assert 'title="Hapus saringan"' in shown


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert "Kotak masuk kosong" in page(client)
    assert "Hapus saringan" in page(client, "view=baru&topic=sampah")


def test_htmx_gets_the_rows_alone(client: Client, channel: Channel) -> None:
    a_post(channel)
    assert "<html" not in page(client, **HTMX)
    assert "<html" in page(client, **HTMX, **{"HX-History-Restore-Request": "true"})


def test_many_posts_are_finished_and_taken_back_by_plain_forms(client: Client, channel: Channel) -> None:
    posts = [a_post(channel) for _ in range(3)]
    done = client.post(reverse("inbox_act"), {"do": "finish", "ids": [one.pk for one in posts]}, follow=True)
    assert "3 pesan diselesaikan" in done.content.decode()
    assert Post.objects.filter(desk="done").count() == 3
    token = done.content.decode().split('name="token" value="')[1].split('"')[0]
    back = client.post(reverse("undo"), {"token": token}, follow=True)
    assert "3 pesan dikembalikan" in back.content.decode()
    assert Post.objects.filter(desk="open").count() == 3


def test_a_deed_tells_the_page_which_rows_to_ask_for(client: Client, channel: Channel) -> None:
    post = a_post(channel)
    done = client.post(reverse("inbox_act"), {"do": "assign:saya", "ids": [post.pk]}, headers=HTMX)
    told = json.loads(done["HX-Trigger"])
    assert done.status_code == 204
    assert told["desk"] == {"ids": [post.pk], "did": "assign"}
    assert told["toast"]["undo"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"do": "finish"}, "Belum ada pesan yang dipilih"),
        ({"do": "explode", "ids": ["1"]}, "tidak dikenal"),
        ({"do": "snooze", "ids": ["1"], "value": ""}, "Pilih kapan"),
        ({"do": "snooze", "ids": ["1"], "value": "2020-01-01T08:00"}, "masih akan datang"),
    ],
)
def test_a_deed_that_cannot_be_done_says_why(client: Client, form: dict[str, object], text: str) -> None:
    answer = client.post(reverse("inbox_act"), form, headers=HTMX)
    assert answer.status_code == 422
    assert text in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_changed_rows_come_alone_and_gone_ones_are_removed(client: Client, channel: Channel) -> None:
    stays, goes = a_post(channel, "masih di sini"), a_post(channel, "sudah selesai", desk="done")
    shown = client.get(f"{reverse('inbox_rows')}?view=baru&ids={stays.pk},{goes.pk},x").content.decode()
    assert f'id="row-{stays.pk}" data-row data-id="{stays.pk}" hx-swap-oob="true"' in shown
    assert f'id="row-{goes.pk}" hx-swap-oob="delete"' in shown
    assert "sudah selesai" not in shown


def test_the_pill_counts_only_what_fits_the_list(client: Client, channel: Channel) -> None:
    old = a_post(channel)
    for topic in ("sampah", "sampah", "jalan_rusak"):
        a_post(channel, topic=topic)
    told = client.get(f"{reverse('inbox_fresh')}?view=baru&topic=sampah&newest={old.pk}").content.decode()
    assert "2 pesan baru" in told
    quiet = client.get(f"{reverse('inbox_fresh')}?view=baru&newest={old.pk + 1000}").content.decode()
    assert "fresh-pill" not in quiet


def test_a_view_is_kept_and_forgotten_by_its_owner_only(
    client: Client, officer: Member, as_member: Callable[[Member], Client]
) -> None:
    client.post(reverse("inbox_save"), {"name": "Sampah", "query": "view=baru&topic=sampah&before=x"})
    view = SavedView.objects.get(member=officer)
    assert view.query == "view=baru&topic=sampah"
    stranger = as_member(a_member(officer.unit))
    assert stranger.post(reverse("inbox_forget", args=[view.pk])).status_code == 404
    client.post(reverse("inbox_forget", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_a_list_costs_few_queries(
    client: Client, channel: Channel, town: Government, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for _ in range(30):
        a_post(channel)
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        page(client)
