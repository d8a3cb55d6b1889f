"""A platform's page for people: who said what, answers below it, what was hidden or taken back, nothing unescaped."""

from __future__ import annotations

import httpx
import pytest

from tanggap.simulator.platforms import all_simulated, wall
from tanggap.simulator.platforms.base import OFFICIAL, Simulated
from tanggap.simulator.platforms.facebook import Facebook
from tanggap.simulator.platforms.rss import Rss
from tanggap.simulator.platforms.serving import Town


@pytest.mark.parametrize("made", all_simulated().values(), ids=all_simulated())
def test_everything_said_is_shown_and_escaped(made: type[Simulated]) -> None:
    platform = made()
    said = platform.say("<script>alert(1)</script> lampu & jalan", author="warga<b>")
    gone = platform.say("sudah tidak ada")
    platform.delete(gone.id)
    platform.add(said.kind, OFFICIAL, "Kami <i>cek</i>", parent=said.id, account=said.account)
    page = wall.page(platform, [made.platform])
    assert "&lt;script&gt;alert(1)&lt;/script&gt; lampu &amp; jalan" in page
    assert "Kami &lt;i&gt;cek&lt;/i&gt;" in page
    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>warga&lt;b&gt;</b>" in page
    assert page.count('<span class="chip">dihapus</span>') == 1
    assert '<span class="chip">akun resmi</span>' in page


def test_what_was_last_spoken_of_stands_first() -> None:
    now = [1000.0]
    platform = Facebook(clock=lambda: now[0])
    said = []
    for number in range(50):
        now[0] += 1
        said.append(platform.say(f"kata {number}."))
    page = wall.page(platform, ["facebook"])
    assert page.index("kata 49.") < page.index("kata 30.")
    assert "kata 3." not in page
    now[0] += 1
    platform.add("comment", OFFICIAL, "jawaban kami", parent=said[3].id, account=said[3].account)
    page = wall.page(platform, ["facebook"])
    places = [page.index(word) for word in ("kata 3.", "jawaban kami", "kata 49.")]
    assert places == sorted(places)


def test_many_comments_are_cut_and_counted() -> None:
    platform = Facebook()
    for number in range(50):
        platform.say(f"kata {number}")
    page = wall.page(platform, ["facebook"])
    assert "… dan 20 yang lebih lama" in page
    assert "kata 49" in page


def test_pages_are_served_and_link_to_each_other() -> None:
    with Town([Facebook(), Rss()]) as town, httpx.Client(base_url=town.address, trust_env=False) as client:
        assert 'href="facebook/"' in client.get("/").text
        page = client.get("/facebook", follow_redirects=True)
        assert page.url.path == "/facebook/"
        assert '<a href="../rss/">' in page.text
        assert 'type="application/atom+xml" href="feed.xml"' in client.get("/rss/").text
        assert client.get("/tidak-ada/").status_code == 404
