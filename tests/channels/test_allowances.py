"""What may be sent on a channel now, from values alone."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from PIL import Image

from tanggap.channels import allowances, media
from tanggap.channels.allowances import Rules, Sending
from tanggap.channels.connector import Ability, Connector, Rate, Window, all_connectors
from tanggap.channels.limits import COUNTS, Limits, MediaLimits, count
from tanggap.channels.media import Piece

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = Window("reply", 24, "their_last_message", "Kirim templat.")
WEEK = Window("human_agent", 168, "their_last_message", "Tunggu warga menulis lagi.")
ONCE = Window("private_reply", 168, "the_post", "Balas di kolom komentar.", once=True)


def rules(kind: str = "reply", limits: Limits | None = None, **more: object) -> Rules:
    able = frozenset({Ability.REPLY, Ability.PRIVATE_REPLY, Ability.PUBLISH, Ability.MEDIA})
    return Rules(kind, able, limits or Limits(100), **more)  # type: ignore[arg-type]


def codes(of: Rules, sending: Sending, now: datetime = NOW) -> list[str]:
    return [one.code for one in allowances.objections(of, sending, now)]


def test_what_the_platform_cannot_do_is_said_alone() -> None:
    found = allowances.objections(rules("hide"), Sending("x" * 500), NOW)
    assert [one.code for one in found] == ["by_hand"]
    assert "Sembunyikan di platform" in found[0].text


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("kind", "fits", "over"),
    [
        (
            "x_weighted",
            "a" * 255 + "👍🏽" + "https://jogjakota.go.id",
            "a" * 255 + "👍🏽" + " jogjakota.go.id",
        ),
        ("bluesky", "👍🏽" * 280, "👍🏽" * 281),
        ("emoji_utf8", "a" * 272 + "🇮🇩", "a" * 273 + "🇮🇩"),
        ("utf16", "a" * 278 + "😀", "a" * 279 + "😀"),
        ("graphemes", "👨‍👩‍👧‍👦" * 280, "👨‍👩‍👧‍👦" * 281),
    ],
)
def test_one_sign_too_many_is_refused_in_every_unit(kind: str, fits: str, over: str) -> None:
    limits = Limits(280, kind)
    assert count(fits, limits).left == 0
    assert count(over, limits).left == -1
    assert codes(rules(limits=limits), Sending(fits)) == []
    found = allowances.objections(rules(limits=limits), Sending(over), NOW)
    assert [one.text for one in found] == ["Terlalu panjang: 281 dari 280."]


def test_bytes_are_named_where_they_bind() -> None:
    family = "👨‍👩‍👧‍👦"
    found = allowances.objections(rules(limits=Limits(300, "bluesky")), Sending(family * 121), NOW)
    assert [one.text for one in found] == ["Terlalu panjang: 3025 dari 3000 bita."]


def test_signs_hashtags_links_and_mentions_have_their_own_limits() -> None:
    strict = Limits(500, hashtags_most=1, links_most=1, mentions_most=1, forbidden="<>")
    text = "<b> #satu #dua https://a.id b.id @a @b"
    assert codes(rules(limits=strict), Sending(text)) == ["forbidden", "hashtags", "links", "mentions"]
    assert codes(rules(limits=strict), Sending("#satu https://a.id @a")) == []


@pytest.mark.fault(36)
def test_the_window_is_open_to_the_last_second_and_then_names_what_else_can_be_done() -> None:
    wrote = NOW - timedelta(hours=24)
    talk = Sending("Baik", to_message=True, their_last_message=wrote)
    assert codes(rules(windows=(DAY,)), talk, NOW - timedelta(seconds=1)) == []
    (closed,) = allowances.objections(rules(windows=(DAY,)), talk, NOW)
    assert (closed.code, closed.until, closed.otherwise) == ("window", NOW, "Kirim templat.")
    assert "24 jam" in closed.text


def test_a_granted_longer_window_counts_and_its_own_way_out_is_named() -> None:
    talk = Sending("Baik", to_message=True, their_last_message=NOW - timedelta(hours=30))
    both = (DAY, WEEK)
    assert codes(rules(windows=both), talk) == ["window"]
    assert codes(rules(windows=both, human_agent=True), talk) == []
    (late,) = allowances.objections(rules(windows=both, human_agent=True), talk, NOW + timedelta(days=6))
    assert late.otherwise == WEEK.otherwise


def test_a_window_of_messages_leaves_comments_alone() -> None:
    only = (Window("message", 24, "their_last_message", "Tunggu."),)
    old = NOW - timedelta(days=9)
    assert codes(rules(windows=only), Sending("x", the_post=old)) == []
    assert codes(rules(windows=only), Sending("x", the_post=old, to_message=True)) == ["window"]


def test_a_private_answer_goes_once_within_its_week() -> None:
    private = rules("private_reply", windows=(ONCE,))
    fresh = Sending("x", the_post=NOW - timedelta(days=6))
    assert codes(private, fresh) == []
    assert allowances.opening(private, fresh).once
    assert codes(private, Sending("x", the_post=NOW - timedelta(days=6), answered=True)) == ["once"]
    assert codes(private, Sending("x", the_post=NOW - timedelta(days=8))) == ["window"]


def test_a_full_share_says_when_it_is_free_again() -> None:
    share = rules(rates=(Rate(("reply",), 2, 3600), Rate(("post",), 1, 60)))
    oldest = NOW - timedelta(minutes=50)
    (full,) = allowances.objections(share, Sending("x", sent=lambda rate, since: (2, oldest)), NOW)
    assert (full.code, full.until) == ("rate", oldest + timedelta(hours=1))
    assert "1 jam" in full.text
    assert codes(share, Sending("x", sent=lambda rate, since: (1, oldest))) == []


PICTURES = MediaLimits(
    2, {"image/jpeg": 1_000_000, "video/mp4": 5_000_000}, alone=("video",), alt_most=10, ratio=(0.8, 1.91)
)


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ([Piece("image/jpeg", 9, 100, 100)] * 3, "3 dari paling banyak 2"),
        (
            [Piece("image/jpeg", 9, 100, 100), Piece("video/mp4", 9, name="a.mp4")],
            "a.mp4 harus berdiri sendiri",
        ),
        ([Piece("image/png", 9, 100, 100, name="a.png")], "Yang diterima: JPEG, MP4"),
        ([Piece("image/jpeg", 2_500_000, 100, 100)], "2,5 MB dari paling banyak 1 MB"),
        ([Piece("image/jpeg", 9, 300, 100)], "terlalu lebar atau terlalu tinggi (300×100)"),
        ([Piece("image/jpeg", 9, 100, 100, alt="a" * 11)], "11 dari 10"),
        ([Piece("image/jpeg", 9, whole=False)], "rusak"),
    ],
)
def test_files_are_refused_in_words(pieces: list[Piece], says: str) -> None:
    found = allowances.objections(rules("post", media=PICTURES), Sending("x", media=pieces), NOW)
    assert [one for one in found if says in one.text and one.field == "media"], found


def test_good_files_pass_and_some_platforms_want_one() -> None:
    assert codes(rules("post", media=PICTURES), Sending("x", media=[Piece("image/jpeg", 9, 100, 100)])) == []
    wanting = MediaLimits(1, {"image/jpeg": 9}, required=True)
    assert codes(rules("post", media=wanting), Sending("x")) == ["media"]
    assert codes(rules("reply", media=wanting), Sending("x")) == []
    assert codes(rules("post"), Sending("x", media=[Piece("image/jpeg", 9)])) == ["media"]


def picture(form: str, size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, form)
    return out.getvalue()


def test_a_file_is_what_it_holds_not_what_it_is_called() -> None:
    jpeg = picture("JPEG")
    assert media.look(jpeg, name="a.png") == Piece("image/jpeg", len(jpeg), 40, 20, name="a.png")
    assert media.look(picture("WEBP")).type == "image/webp"
    assert media.look(picture("PNG")[:60]).whole is False
    assert media.look(jpeg[: len(jpeg) // 2]).whole is False
    assert media.look(b"<html>").type == "text/plain"
    for beginning, kind in [
        (b"\0\0\0\x18ftypisom", "video/mp4"), (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftyp3gp5", "video/3gpp"), (b"%PDF-1.7", "application/pdf"), (b"MZ\x90\0", media.UNKNOWN),
        (b"PK\x03\x04....xl/workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ]:  # fmt: skip
        assert media.sniff(beginning) == kind


def test_line_ends_count_once() -> None:
    assert allowances.as_kept("a\r\nb\rc\n") == "a\nb\nc\n"


class Own(Connector):
    platform = "own"
    name = "Own"
    limits: ClassVar[Limits] = Limits(500)
    limits_by_kind: ClassVar[dict[str, Limits]] = {"private_reply": Limits(1000)}


def test_a_channel_s_figures_go_first_for_the_kinds_that_they_are_of() -> None:
    own = {"limits": {"most": 700, "private_reply": {"most": 900}, "reply": {"most": 60}}}
    assert [allowances.limits_of(Own, own, kind).most for kind in ("post", "reply", "private_reply")] == [
        700,
        60,
        900,
    ]
    assert allowances.limits_of(Own, {"limits": {"most": 700}}, "private_reply").most == 1000


def test_an_answer_to_a_private_message_is_counted_as_a_message() -> None:
    of = allowances.rules_of
    assert of(Own, {}, "reply").limits.most == 500
    assert of(Own, {}, "reply", to_message=True).limits.most == 1000
    assert of(Own, {}, "post", to_message=True).limits.most == 500


def test_every_connector_declares_limits_that_can_be_counted() -> None:
    for platform, one in all_connectors().items():
        for limits in [one.limits, *one.limits_by_kind.values()]:
            assert limits.count in COUNTS, platform
            assert count("uji", limits).used == 3, platform
