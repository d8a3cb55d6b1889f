"""Officers put labels right, a layer is taught and runs beside, a person switches, new posts are read with it; back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tanggap.agencies.models import Member, NotAllowed
from tanggap.cases.models import Case
from tanggap.channels.models import Channel
from tanggap.core import work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.posts import desk, readers
from tanggap.posts.learning import switching, training
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction, ShadowReading, TrainedModel
from tanggap.understanding.reader import shipped
from tests.city import hear
from tests.posts.learning.conftest import LOCAL, ORDINARY

pytestmark = pytest.mark.django_db


def digested(channel: Channel, text: str) -> Post:
    hear(channel, text)
    work.run("digest")
    return Post.objects.latest("pk")


def test_officers_teach_and_a_person_switches_and_goes_back(
    coordinator: Member, officer: Member, channel: Channel, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    for post in read_posts(LOCAL):
        desk.correct(post, "topic", "sampah", officer)
    read_posts(ORDINARY)
    with pytest.raises(NotAllowed):
        training.train(officer)
    job = training.train(coordinator)
    with pytest.raises(Refusal, match="sedang berjalan"):
        training.train(coordinator)
    assert work.run("jobs") == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.error) == ("done", job.total, "")
    candidate = TrainedModel.objects.get(pk=job.result["trained"])
    assert (candidate.state, candidate.number, candidate.lessons) == ("candidate", 1, len(LOCAL))
    assert candidate.figures["heads"]["topic"]["held_back"]["fixed"] > 0
    beside = digested(channel, "min zamzamin kok belum lewat gang Flamboyan")
    assert (beside.model, beside.topic == "sampah") == (shipped().version, False)

    assert work.run("shadow_reading") > 0
    candidate.refresh_from_db()
    differing = ShadowReading.objects.get(trained=candidate, post=beside)
    assert differing.labels["topic"][1] == "sampah"
    assert candidate.shadow_read == Post.objects.count()
    assert candidate.shadow_heads["posts"] == ShadowReading.objects.count() < Post.objects.count()
    assert work.run("shadow_reading") == 0

    with pytest.raises(NotAllowed):
        switching.switch(candidate, officer)
    switching.switch(candidate, coordinator)
    # No restart: the next batch is read with the layer.
    taught = digested(channel, "zamzamin kapan lewat gang Wijaya")
    assert (taught.topic, taught.model) == ("sampah", f"{shipped().version}+belajar-1")

    assert switching.back(coordinator) is None
    assert digested(channel, "zamzamin kapan lewat gang Pakel").model == shipped().version
    candidate.refresh_from_db()
    assert candidate.state == "retired"
    deeds = Entry.objects.filter(action__startswith="model.").order_by("id").values_list("action", "actor")
    assert list(deeds) == [(f"model.{deed}", coordinator.audit_name) for deed in ("train", "switch", "back")]


def test_the_second_layer_knows_the_first_and_going_back_leads_to_it(
    coordinator: Member, officer: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    for post in read_posts(LOCAL):
        desk.correct(post, "topic", "sampah", officer)
    models = []
    for text in ("", " lagi"):
        for post in read_posts([one + text for one in LOCAL[:5]] if text else []):
            desk.correct(post, "topic", "sampah", officer)
        job = training.train(coordinator)
        work.run("jobs")
        job.refresh_from_db()
        models.append(TrainedModel.objects.get(pk=job.result["trained"]))
        switching.switch(models[-1], coordinator, sure=True)
    assert models[1].figures["heads"]["topic"]["in_use"]["n"] == 5
    assert switching.back(coordinator) == models[0]
    assert readers.in_use(coordinator.government) == models[0]
    switching.switch(TrainedModel.objects.get(pk=models[1].pk), coordinator, sure=True)
    assert readers.in_use(coordinator.government) == models[1]


def test_a_new_candidate_takes_the_place_of_the_old_one(coordinator: Member, trained: TrainedModel) -> None:
    training.train(coordinator)
    work.run("jobs")
    trained.refresh_from_db()
    assert trained.state == "retired"
    assert TrainedModel.objects.get(state="candidate").number == trained.number + 1


@pytest.fixture
def trained(
    coordinator: Member, officer: Member, read_posts: Callable[[list[str]], list[Post]]
) -> TrainedModel:
    for post in read_posts(LOCAL[:21]):
        desk.correct(post, "topic", "sampah", officer)
    training.train(coordinator)
    work.run("jobs")
    return TrainedModel.objects.get()


def test_a_worse_candidate_takes_a_person_who_says_so(coordinator: Member, trained: TrainedModel) -> None:
    figures = trained.figures["heads"]["topic"]
    figures["held_back"] |= {"fixed": 1, "broken": 4}
    trained.save()
    assert [one.code for one in switching.objections(trained)] == ["worse"]
    with pytest.raises(Refusal, match="lebih buruk"):
        switching.switch(trained, coordinator)
    assert readers.in_use(coordinator.government) is None
    switching.switch(trained, coordinator, sure=True)
    assert Entry.objects.get(action="model.switch").fields["against"] == ["worse"]


def test_a_candidate_that_moves_many_ordinary_posts_takes_a_person_who_says_so(
    coordinator: Member, trained: TrainedModel
) -> None:
    trained.figures["heads"]["topic"]["moved"] = 0.3
    trained.save()
    assert [one.code for one in switching.objections(trained)] == ["moved"]
    with pytest.raises(Refusal):
        switching.switch(trained, coordinator)


def test_a_layer_for_another_shipped_model_is_not_read_with(
    coordinator: Member, trained: TrainedModel
) -> None:
    switching.switch(trained, coordinator, sure=True)
    TrainedModel.objects.update(base="cepat-0.0")
    assert readers.reader_for(coordinator.government).model == shipped().version
    with pytest.raises(Refusal, match="Latih lagi"):
        switching.switch(TrainedModel.objects.get(), coordinator)


def test_reading_goes_on_without_a_layer_whose_file_is_gone(
    coordinator: Member, trained: TrainedModel, caplog: pytest.LogCaptureFixture
) -> None:
    switching.switch(trained, coordinator, sure=True)
    trained.content.path.unlink()
    assert readers.reader_for(coordinator.government).model == shipped().version
    assert "cannot be loaded" in caplog.text


def test_a_few_corrections_teach_nothing(
    coordinator: Member, officer: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    for post in read_posts(LOCAL[:3]):
        desk.correct(post, "topic", "sampah", officer)
    with pytest.raises(Refusal, match="sekarang yang terbanyak 3"):
        training.train(coordinator)


def test_confirming_keeps_who_said_that_which_labels_are_right(
    officer: Member, coordinator: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    (post,) = read_posts(["jalan Melati berlubang besar tolong ditambal"])
    many = desk.confirm(post, officer)
    assert many >= 3
    assert desk.confirm(post, officer) == 0
    assert desk.confirm(post, coordinator) == many
    row = Correction.objects.get(label="topic", by=officer)
    assert (row.before, row.after, row.said, row.model) == (
        "jalan_rusak",
        "jalan_rusak",
        "jalan_rusak",
        post.model,
    )
    assert Entry.objects.filter(action="post.confirm").count() == 2


def test_teaching_makes_no_cases(coordinator: Member, trained: TrainedModel) -> None:
    assert Case.objects.count() == 0
