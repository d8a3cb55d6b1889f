"""`tanggap check` says the same numbers as the composer."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from tanggap.cases import answerable
from tanggap.channels.limits import Limits
from tanggap.config.commands import check
from tanggap.core import scope
from tests.city import Scripted, a_channel, a_government, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.mark.fault(33)
@pytest.mark.parametrize(("more", "status", "used"), [("", 0, 280), ("a", 1, 281)])
def test_the_command_and_the_answer_box_count_alike(
    monkeypatch: pytest.MonkeyPatch, more: str, status: int, used: int
) -> None:
    monkeypatch.setattr(check, "database", lambda data: nullcontext())
    monkeypatch.setattr(Scripted, "limits", Limits(280, "x_weighted"))
    monkeypatch.setattr(Scripted, "limits_by_kind", {"private_reply": Limits(1000, "utf16")})
    government = a_government()
    with scope.government(government.pk):
        channel = a_channel(a_unit(government, "KOMINFO"))
        post = a_post(channel)
    text = "a" * 253 + more + "\r\n" + "👍🏽" + " jogjakota.go.id"
    got = CliRunner().invoke(check.command, ["--channel", channel.key], input=text)
    told = json.loads(got.output)
    assert (got.exit_code, told["count"]["used"], told["count"]["left"]) == (status, used, 280 - used)
    assert told["counts"]["private_reply"] == {
        "used": len(text.replace("\r", "").encode("utf-16-le")) // 2, "most": 1000, "unit": "characters",
        "left": 1000 - len(text.replace("\r", "").encode("utf-16-le")) // 2,
    }  # fmt: skip
    assert [one["code"] for one in told["objections"]] == (["text"] if status else [])
    with scope.government(government.pk):
        assert answerable.counted(post, text).used == used
