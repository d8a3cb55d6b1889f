"""The review of labels and the page of models, as officers, coordinators and leaders meet them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.core import files
from tanggap.core.work import Job
from tanggap.posts.learning import training
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction, ShadowReading, TrainedModel
from tanggap.understanding import card
from tanggap.understanding.reader import shipped
from tests.city import a_member, a_post

READING = {
    "topic": {"label": "jalan_rusak", "score": 0.7, "none": False,
              "candidates": [["jalan_rusak", 0.7], ["drainase", 0.2], ["trotoar", 0.05]]},
    "sentiment": {"label": "negative", "score": 0.8, "candidates": [["negative", 0.8], ["neutral", 0.1]]},
    "personal_data": [{"type": "phone", "start": 0, "end": 12}],
}  # fmt: skip


@pytest.fixture
def posts(channel: Channel, inside: None) -> list[Post]:
    return [
        a_post(
            channel, f"081234567890 jalan bolong {number}", reading=READING, language="id", sentiment="negative",
            received_at=timezone.now(),
        )
        for number in range(6)
    ]  # fmt: skip


def form_of(page: str) -> tuple[str, str]:
    """Which post is asked about, and how it was drawn."""
    post = page.split('name="post" value="')[1].split('"', maxsplit=1)[0]
    return post, page.split('name="sample" value="')[1].split('"', maxsplit=1)[0]


def a_candidate(by: Member, **figures: Any) -> TrainedModel:
    gained = {"n": 40, "before": 20, "after": 30, "fixed": 12, "broken": 2, "low": 0.1, "high": 0.4}
    topic = {"taught": True, "why": "", "held_back": gained, "moved": 0.02} | figures
    number = TrainedModel.objects.count() + 1
    return TrainedModel.objects.create(
        number=number, version=f"belajar-{number}", base=shipped().version, lessons=40, made_by=by,
        content=files.keep(by.government_id, b"npz", "x.npz", training.MEDIA_TYPE), made_at=timezone.now(),
        figures={"heads": {"topic": topic, "urgency": {"taught": False, "why": "few"}}}, taught_until=timezone.now(),
    )  # fmt: skip


def test_an_officer_reviews_post_after_post_without_scripts(client: Client, posts: list[Post]) -> None:
    page = client.get(reverse("review")).content.decode()
    assert "Tentang layanan apa?" in page
    assert "081234567890" not in page, "personal data stays covered"
    post, sample = form_of(page)
    sent = {"label": "topic", "post": post, "sample": sample, "answer": "drainase"}
    page = client.post(reverse("review_answer"), sent, follow=True).content.decode()
    assert form_of(page)[0] != post
    assert "1 sudah Anda tinjau" in page
    row = Correction.objects.get()
    assert (str(row.post_id), row.said, row.after, row.sample) == (post, "jalan_rusak", "drainase", "random")
    page = client.post(reverse("review_undo"), {"label": "topic"}, follow=True).content.decode()
    assert form_of(page)[0] == post
    assert Correction.objects.count() == 0


def test_every_choice_is_pressed_by_its_number(client: Client, posts: list[Post]) -> None:
    page = client.get(reverse("review")).content.decode()
    for key in ("1", "2", "3", "0", "n"):
        assert f'data-key="{key}"' in page
    assert page.count('name="answer" value="jalan_rusak"') == 1
    assert (
        'value="positive" data-key=' in client.get(reverse("review"), {"label": "sentiment"}).content.decode()
    )


def test_a_skipped_post_does_not_come_back_and_an_empty_sample_says_so(
    client: Client, posts: list[Post]
) -> None:
    seen = set()
    page = client.get(reverse("review")).content.decode()
    for _ in posts:
        post, _sample = form_of(page)
        seen.add(post)
        answer = client.post(
            reverse("review_skip"), {"label": "topic", "post": post}, headers={"HX-Request": "true"}
        )
        page = answer.content.decode()
    assert len(seen) == len(posts)
    assert "Tidak ada contoh untuk ditinjau" in page


def test_the_results_show_shares_with_intervals_by_class_and_language(
    client: Client, officer: Member, posts: list[Post], as_member: Callable[[Member], Client]
) -> None:
    assert "Belum ada tinjauan" in client.get(reverse("review_quality")).content.decode()
    for number, post in enumerate(posts[:3]):
        sent = {
            "label": "topic",
            "post": post.pk,
            "sample": "random",
            "answer": "pju" if number else "jalan_rusak",
        }
        client.post(reverse("review_answer"), sent)
    leader = as_member(a_member(officer.unit, Role.LEADER))
    page = leader.get(reverse("review_quality")).content.decode()
    assert "Jalan rusak" in page
    assert "33 %" in page
    assert "6 % – 79 %" in page
    assert "Indonesia" in page
    assert leader.get(reverse("review")).status_code == 403


def test_wrong_answers_and_others_posts_are_refused(client: Client, posts: list[Post]) -> None:
    sent = {"label": "topic", "post": posts[0].pk, "sample": "random", "answer": "kosmos"}
    assert client.post(reverse("review_answer"), sent).status_code == 422
    assert client.get(reverse("review"), {"label": "area_code"}).status_code == 422
    Post.objects.update(units=[0])
    assert client.post(reverse("review_answer"), sent | {"answer": "pju"}).status_code == 404


def test_an_officer_says_in_the_thread_that_the_labels_are_right(
    client: Client, officer: Member, posts: list[Post]
) -> None:
    assert "Sudah benar" in client.get(reverse("thread", args=[posts[0].pk])).content.decode()
    answer = client.post(reverse("thread_confirm", args=[posts[0].pk]), headers={"HX-Request": "true"})
    assert "Dicatat: label sudah benar." in answer.content.decode()
    assert set(Correction.objects.values_list("label", "after")) == {
        ("topic", "jalan_rusak"), ("sentiment", "negative"), ("intent", "complaint"), ("language", "id"),
    }  # fmt: skip


def test_the_page_of_models_tolerates_a_model_without_a_card(
    client: Client, inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.console.models_page.card", lambda version: None)
    page = client.get(reverse("models")).content.decode()
    assert shipped().version in page
    assert "belum memuat angka" in page
    assert "Belum ada jawaban petugas" in page
    assert "Latih calon baru" not in page, "an officer does not train"


def test_the_page_of_models_shows_the_card_s_figures(
    client: Client, inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"precision": 0.91, "recall": 0.9, "f1": 0.905, "n": 30}
    head = {
        "n": 60,
        "accuracy": 0.9,
        "macro_f1": 0.8769,
        "calibration_error": 0.03,
        "classes": {"sampah": one},
    }
    told = {
        "texts": 803,
        "posts_per_s": 5000,
        "heads": {"topic": head},
        "languages": {"jv": {"heads": {"topic": head}}},
    }
    monkeypatch.setattr("tanggap.console.models_page.card", lambda version: told)
    page = client.get(reverse("models")).content.decode()
    for words in ("0,877", "803", "Sampah", "0,905", "Bahasa: Jawa"):
        assert words in page


def test_a_coordinator_switches_and_goes_back_by_one_click(
    coordinator: Member, posts: list[Post], as_member: Callable[[Member], Client]
) -> None:
    trained = a_candidate(coordinator)
    ShadowReading.objects.create(trained=trained, post=posts[0], labels={"topic": ["", "drainase"]})
    client = as_member(coordinator)
    page = client.get(reverse("models")).content.decode()
    assert "+25,0" in page
    assert "+10,0 … +40,0" in page
    assert "tidak tahu → <strong>Saluran mampet</strong>" in page
    assert "081234567890" not in page
    client.post(reverse("models_switch", args=[trained.pk]))
    page = client.get(reverse("models")).content.decode()
    assert "Kembali ke pembaca bawaan" in page
    client.post(reverse("models_back"))
    trained.refresh_from_db()
    assert trained.state == "retired"
    assert "Pakai lagi" in client.get(reverse("models")).content.decode()


def test_what_speaks_against_a_candidate_is_said_and_asks_for_a_yes(
    coordinator: Member, inside: None, as_member: Callable[[Member], Client]
) -> None:
    trained = a_candidate(coordinator, moved=0.3)
    client = as_member(coordinator)
    page = client.get(reverse("models")).content.decode()
    assert "Topik: 30 % pesan biasa berubah label" in page
    client.post(reverse("models_switch", args=[trained.pk]))
    trained.refresh_from_db()
    assert trained.state == "candidate"
    client.post(reverse("models_switch", args=[trained.pk]), {"sure": "on"})
    trained.refresh_from_db()
    assert trained.state == "in_use"


def test_the_stock_s_reading_is_started_paused_and_resumed(
    coordinator: Member, posts: list[Post], as_member: Callable[[Member], Client]
) -> None:
    client = as_member(coordinator)
    client.post(reverse("models_read_again"))
    job = Job.objects.get()
    assert 'role="progressbar"' in client.get(reverse("models")).content.decode()
    client.post(reverse("models_pause", args=[job.pk]))
    assert "Dijeda" in client.get(reverse("models")).content.decode()
    client.post(reverse("models_resume", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "waiting"


@pytest.mark.parametrize("route", ["models_train", "models_back", "models_read_again"])
def test_deeds_with_models_are_for_those_who_manage_them(client: Client, inside: None, route: str) -> None:
    assert client.post(reverse(route)).status_code == 403


def test_a_card_is_read_from_the_package(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models" / "b-1").mkdir(parents=True)
    (tmp_path / "models" / "a-1.json").write_text('{"heads": {}}')
    (tmp_path / "models" / "b-1" / "card.json").write_text('{"heads": {"topic": {}}}')
    (tmp_path / "models" / "c-1.json").write_text("[]")
    monkeypatch.setattr(card, "files", lambda package: tmp_path)
    assert card.card("a-1") == {"heads": {}}
    assert card.card("b-1") == {"heads": {"topic": {}}}
    assert (card.card("c-1"), card.card("d-1")) == (None, None)
