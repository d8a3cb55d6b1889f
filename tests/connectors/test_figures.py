"""Numbers and withdrawals where platforms differ: permissions, ended metrics, ages, tasks, quotas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tanggap.channels.connector import Outgoing, Permanent
from tanggap.channels.errors import NeedsLogin
from tanggap.channels.platforms import meta_figures
from tests.connectors.conformance.afterwards import NUMBERS, published
from tests.connectors.conformance.stages import Play, stages

STAGES = {stage.name: stage for stage in stages()}


@pytest.fixture
def on(request: pytest.FixtureRequest) -> Iterator[Play]:
    with ExitStack() as stack:
        yield stack.enter_context(STAGES[request.param].open())


def withdrawal(key: str) -> Outgoing:
    return Outgoing("withdraw", "", "6f1c1a52-0000-4000-8000-000000000002", target_external_id=key)


@pytest.mark.parametrize(
    ("on", "permission", "known"),
    [
        ("facebook", "read_insights", {"likes", "comments", "shares"}),
        ("instagram", "instagram_business_manage_insights", {"likes", "comments"}),
    ],
    indirect=["on"],
)
def test_without_the_permission_for_insights_the_rest_is_known(
    on: Play, permission: str, known: set[str]
) -> None:
    key = published(on)
    on.platform.look(key, **NUMBERS)
    on.platform.granted.discard(permission)
    found = on.connector.figures([key])[key]
    assert found is not None
    assert dict(found) == {name: NUMBERS[name] for name in known}


@pytest.mark.parametrize("on", ["threads"], indirect=True)
def test_a_missing_permission_on_threads_is_said_and_is_no_lost_token(on: Play) -> None:
    key = published(on)
    on.platform.granted.discard("threads_manage_insights")
    with pytest.raises(Permanent, match="izin"):
        on.connector.figures([key])


@pytest.mark.parametrize(("on", "permission"), [("threads", "threads_delete"), ("facebook", "pages_manage_posts")],
                         indirect=["on"])  # fmt: skip
def test_a_post_is_not_withdrawn_without_the_permission(on: Play, permission: str) -> None:
    key = published(on)
    on.platform.granted.discard(permission)
    with pytest.raises(NeedsLogin):
        on.connector.send(withdrawal(key))
    assert not on.platform.pieces[key].deleted


@pytest.mark.parametrize("on", ["facebook"], indirect=True)
def test_a_metric_that_has_ended_takes_only_insights_with_it(
    on: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta_figures, "_PAGE_METRICS", "post_impressions,post_media_view")
    key = published(on)
    on.platform.look(key, **NUMBERS)
    found = on.connector.figures([key])[key]
    assert found is not None
    assert dict(found) == {name: NUMBERS[name] for name in ("likes", "comments", "shares")}


@pytest.mark.parametrize("on", ["facebook"], indirect=True)
def test_both_questions_of_all_posts_go_in_one_call(on: Play) -> None:
    keys = [published(on, f"Pengumuman {number}") for number in range(25)]
    before = len(on.platform.calls)
    assert set(on.connector.figures(keys)) == set(keys)
    assert len(on.platform.calls) == before + 1


@pytest.mark.parametrize("on", ["x"], indirect=True)
def test_clicks_on_x_are_asked_for_only_in_the_first_thirty_days(on: Play) -> None:
    kept = on.platform.clock
    on.platform.clock = lambda: kept() - 40 * 86_400
    old = on.platform.add("post", "official", "Pengumuman lama", account=on.platform.official.id).id
    on.platform.clock = kept
    young = published(on)
    for key in (old, young):
        on.platform.look(key, **NUMBERS)
    found = on.connector.figures([old, young])
    assert found[old] == {name: count for name, count in NUMBERS.items() if name not in {"reach", "clicks"}}
    assert found[young] == {name: count for name, count in NUMBERS.items() if name != "reach"}


@pytest.mark.parametrize("on", ["tiktok"], indirect=True)
def test_a_tiktok_post_is_known_by_its_task_until_it_stands(on: Play) -> None:
    task = "v_pub_url~v1.7310000000000000009"
    account = on.platform.official.id
    kept = {"status": "PROCESSING_DOWNLOAD", "caption": "Air mati", "urls": [], "account": account}
    on.platform.tasks[task] = kept
    assert on.connector.figures([task]) == {}
    piece = on.platform.finish(task)
    on.platform.look(piece.id, **NUMBERS)
    assert on.connector.figures([task]) == {
        task: {name: count for name, count in NUMBERS.items() if name != "clicks"}
    }
    assert on.connector.figures(["v_pub_url~v1.terlupa"]) == {}


@pytest.mark.parametrize("on", ["youtube"], indirect=True)
def test_fifty_videos_cost_one_unit_and_a_withdrawal_fifty(on: Play) -> None:
    keys = [published(on, f"Video {number}") for number in range(50)]
    before = on.platform.quota_left
    assert set(on.connector.figures(keys)) == set(keys)
    assert on.platform.quota_left == before - 1
    on.connector.send(withdrawal(keys[0]))
    assert on.platform.quota_left == before - 51
    quota = on.stage.connector.quota
    assert quota is not None
    assert (quota.costs["figures"], quota.costs["withdraw"]) == (1, 50)


@pytest.mark.parametrize("on", ["youtube"], indirect=True)
def test_a_comment_of_ours_on_youtube_is_withdrawn_too(on: Play) -> None:
    item = next(one for one in [on.platform.say("Kapan selesai?")])
    answer = on.platform.add("comment", "official", "Besok.", parent=item.id, account=on.platform.official.id)
    assert on.connector.look_up(withdrawal(answer.id)) is None
    on.connector.send(withdrawal(answer.id))
    assert on.platform.pieces[answer.id].deleted
    assert on.connector.look_up(withdrawal(answer.id)) is not None


@pytest.mark.parametrize("on", ["telegram"], indirect=True)
def test_after_48_hours_telegram_may_refuse_and_says_what_is_missing(on: Play) -> None:
    key = published(on)
    kept = on.platform.clock
    on.platform.clock = lambda: kept() + 49 * 3600
    on.platform.may_delete = False
    with pytest.raises(Permanent, match="48 jam"):
        on.connector.send(withdrawal(key))
    on.platform.may_delete = True
    on.connector.send(withdrawal(key))
    assert on.platform.pieces[key].deleted


@pytest.mark.parametrize("on", ["bluesky"], indirect=True)
def test_only_our_own_record_is_deleted_on_bluesky(on: Play) -> None:
    with pytest.raises(Permanent):
        on.connector.send(withdrawal("at://did:plc:seseorang/app.bsky.feed.post/3kabc"))
