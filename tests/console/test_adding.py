"""A report written down by hand, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member, Role, Unit
from tanggap.cases.models import Case
from tanggap.config import steps
from tanggap.core import work
from tanggap.posts.models import Post, RawItem
from tests.city import a_member
from tests.console.pictures import a_picture

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None:
    steps.load()


@pytest.fixture
def field(desk: Unit, as_member: As) -> Client:
    return as_member(a_member(desk, Role.REPORTER))


def test_a_call_is_saved_and_leads_to_its_case(field: Client) -> None:
    text = "lampu jalan di Kricak mati tiga bulan, gelap, tolong diperbaiki"
    answer = field.post(reverse("add"), {"source": "phone", "text": text, "author_name": "Bu Tini"})
    raw = RawItem.objects.get(source="hand")
    assert answer["Location"] == reverse("add_done", args=[raw.pk])
    assert "sedang dibaca" in field.get(answer["Location"]).content.decode()
    work.run("digest")
    shown = field.get(answer["Location"]).content.decode()
    assert Case.objects.get().number in shown
    assert "every 2s" not in shown
    assert str(Post.objects.get().author) == "Bu Tini"


def test_a_screenshot_comes_along(field: Client, client: Client) -> None:
    photo = SimpleUploadedFile("layar.png", a_picture(), "image/png")
    field.post(
        reverse("add"),
        {"source": "screenshot", "text": "keluhan di grup warga", "platform": "facebook", "picture": photo},
    )
    work.run("digest")
    post = Post.objects.get()
    assert post.platform == "facebook"
    assert client.get(reverse("post_picture", args=[post.pk, 0]))["Content-Type"] == "image/png"
    assert client.get(reverse("post_picture", args=[post.pk, 1])).status_code == 404


def test_what_is_missing_is_said_and_the_rest_kept(field: Client) -> None:
    answer = field.post(
        reverse("add"), {"source": "link", "text": "Isi yang diketik", "link": "bukan tautan"}
    )
    assert answer.status_code == 422
    assert "https://" in answer.content.decode()
    assert "Isi yang diketik" in answer.content.decode()
    assert not RawItem.objects.exists()


def test_only_who_wrote_it_sees_what_became_of_it(field: Client, client: Client) -> None:
    field.post(reverse("add"), {"source": "phone", "text": "sesuatu"})
    assert client.get(reverse("add_done", args=[RawItem.objects.get().pk])).status_code == 404


def test_readers_add_nothing(desk: Unit, as_member: As) -> None:
    assert as_member(a_member(desk, Role.VIEWER)).get(reverse("add")).status_code == 403
