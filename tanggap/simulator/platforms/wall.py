"""A page for people that shows a simulated platform as its visitors would see it: who said what, and our answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from markupsafe import Markup

from tanggap.simulator.platforms.base import Piece, Simulated

_THREADS, _PIECES = 40, 30
_REFRESH_SECONDS: Final = 10
_NAMES: Final = {
    "facebook": "Facebook", "instagram": "Instagram", "messenger": "Messenger", "threads": "Threads", "x": "X",
    "tiktok": "TikTok", "whatsapp": "WhatsApp", "telegram": "Telegram", "youtube": "YouTube", "bluesky": "Bluesky",
    "rss": "Berita",
}  # fmt: skip
_KINDS: Final = {
    "post": "kiriman", "comment": "komentar", "mention": "sebutan", "message": "pesan pribadi", "article": "berita",
    "foreign": "kiriman warga", "tag": "penandaan",
}  # fmt: skip
_COLOURS: Final = ("#0f766e", "#9333ea", "#b45309", "#be123c", "#1d4ed8", "#4d7c0f", "#7c3aed", "#0e7490")

_STYLE = Markup("""
:root { color-scheme: light dark; --back: #f3f4f6; --card: #fff; --ink: #111827; --soft: #6b7280; --line: #e5e7eb;
  --ours: #e8f3ff; --mark: #1d4ed8; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --card: #181d24; --ink: #e5e7eb; --soft: #9aa3b0;
  --line: #2b323c; --ours: #13283f; --mark: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; }
header > div, main { max-width: 44rem; margin: 0 auto; padding: .75rem 1rem; }
h1 { font-size: 1.15rem; margin: 0; }
header p, footer { margin: 0; color: var(--soft); font-size: .85rem; }
nav { display: flex; flex-wrap: wrap; gap: .15rem .9rem; margin-top: .4rem; font-size: .85rem; }
a { color: var(--mark); text-decoration: none; } a:hover { text-decoration: underline; }
nav a[aria-current] { color: var(--ink); font-weight: 600; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin: 0 0 .9rem;
  padding: .35rem 1rem; }
article { display: flex; gap: .7rem; padding: .6rem 0; } article + article { border-top: 1px solid var(--line); }
article.below { margin-left: 1.6rem; }
article.rest { color: var(--soft); font-size: .85rem; }
article.ours { background: var(--ours); margin-inline: -1rem; padding-inline: 1rem; }
article.ours.below { padding-left: 2.6rem; } article.deep { margin-left: 3.6rem; }
article.ours.deep { margin-left: -1rem; padding-left: 4.6rem; }
.face { flex: none; width: 2.1rem; height: 2.1rem; border-radius: 50%; color: #fff; display: grid;
  place-items: center; font-weight: 600; }
.said { min-width: 0; flex: 1; } .said p { margin: .1rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.who { display: flex; flex-wrap: wrap; gap: 0 .5rem; align-items: baseline; }
.who b { overflow-wrap: anywhere; } .who span { color: var(--soft); font-size: .82rem; }
.gone p { text-decoration: line-through; color: var(--soft); } .chip { border: 1px solid var(--line);
  border-radius: 1rem; padding: 0 .5rem; }
ul { list-style: none; margin: 0; padding: 0; } li { padding: .55rem 0; display: flex; gap: 1rem; }
li span { min-width: 5.5rem; text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }
li + li { border-top: 1px solid var(--line); } li a { flex: 1; }
""")

_PAGE = Markup("""<!doctype html>
<html lang="id"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{refresh}"><style>{style}</style>{head}</head>
<body><header><div><h1>{title}</h1><p>{about}</p><nav aria-label="Platform">{links}</nav></div></header>
<main>{main}<footer>Platform tiruan untuk mencoba Tanggap. Kota, akun, dan warganya rekaan.</footer></main>
</body></html>
""")

_ARTICLE = Markup("""<article class="{classes}">
<div class="face" style="background:{colour}" aria-hidden="true">{letter}</div>
<div class="said"><div class="who"><b>{name}</b><span>{what}</span>{chips}</div><p>{text}</p></div></article>""")


def page(platform: Simulated, names: list[str], base: str = "..") -> str:
    """This will draw a platform's wall; `names` are the platforms of the town, which it links to below `base`."""
    with platform.lock:
        pieces = list(platform.pieces.values())
        official = platform.official
    threads: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        threads[piece.root or piece.id].append(piece)
    newest = sorted(threads.values(), key=lambda said: max(one.at for one in said), reverse=True)[:_THREADS]
    walls = [_thread(platform, said) for said in newest]
    answers = sum(one.ours and one.kind != "post" and not one.deleted for one in pieces)
    return _PAGE.format(
        title=f"{name_of(platform.platform)} · {official.name}",
        about=f"{official.handle} · {len(pieces)} hal dikatakan · {answers} jawaban pemerintah",
        main=Markup("").join(walls) or Markup("<section><p>Belum ada apa-apa di sini.</p></section>"),
        head=_head(platform), **_shared(names, platform.platform, base),
    )  # fmt: skip


def front(platforms: Mapping[str, Simulated]) -> str:
    """This will draw the town's list of platforms."""
    rows = Markup("").join(
        Markup('<li><a href="{0}/">{1}</a><span>{2} hal</span><span>{3} jawaban</span></li>').format(
            name, name_of(name), len(one.pieces), len(one.answers())
        )
        for name, one in sorted(platforms.items())
    )
    return _PAGE.format(
        title="Platform tiruan Kota Tirtakencana", about="Di sini warga berbicara dan jawaban pemerintah berdiri.",
        main=Markup("<section><ul>{}</ul></section>").format(rows), head="", **_shared(list(platforms), "", "."),
    )  # fmt: skip


def name_of(platform: str) -> str:
    """This will return a platform's name as people write it."""
    return _NAMES.get(platform, platform.title())


def _shared(names: list[str], here: str, base: str) -> dict[str, object]:
    link = Markup('<a href="{0}/{1}/"{2}>{3}</a>')
    links = [
        link.format(base, name, Markup(' aria-current="page"') if name == here else "", name_of(name))
        for name in sorted(names)
    ]
    return {"links": Markup("").join(links), "style": _STYLE, "refresh": _REFRESH_SECONDS}


def _head(platform: Simulated) -> str:
    """A news site announces its feed, as programs look for it."""
    if platform.platform != "rss":
        return ""
    return Markup('<link rel="alternate" type="application/atom+xml" href="feed.xml">')


def _thread(platform: Simulated, said: list[Piece]) -> Markup:
    """A post with what was last spoken of first; a conversation from its beginning."""
    said.sort(key=lambda one: (one.at, one.id))
    first, newest = said[0], said[1:][-_PIECES:]
    above = {one.parent for one in newest}
    rest = [one for one in said[1:-_PIECES] if one.id in above] + newest
    by_parent: dict[str, list[Piece]] = defaultdict(list)
    shown = {first.id, *(one.id for one in rest)}
    for one in rest:
        by_parent[one.parent if one.parent in shown else first.id].append(one)
    if first.kind == "post":
        touched = {one.id: max(below.at for below in (one, *by_parent.get(one.id, []))) for one in rest}
        by_parent[first.id].sort(key=lambda one: (touched[one.id], one.id), reverse=True)
    drawn = [_article(platform, first, 0)]
    drawn += [_article(platform, one, depth) for one, depth in _below(by_parent, first.id, 1)]
    if left := len(said) - 1 - len(rest):
        drawn.append(Markup('<article class="below rest">… dan {} yang lebih lama</article>').format(left))
    return Markup("<section>{}</section>").format(Markup("").join(drawn))


def _below(by_parent: dict[str, list[Piece]], key: str, depth: int) -> list[tuple[Piece, int]]:
    """What stands below a piece, each with its own answers after it, and how deep."""
    found: list[tuple[Piece, int]] = []
    for one in by_parent.pop(key, []):
        found += [(one, depth), *_below(by_parent, one.id, depth + 1)]
    return found


def _article(platform: Simulated, piece: Piece, depth: int) -> Markup:
    name = platform.officials[piece.account].name if piece.ours and piece.account else piece.author
    if piece.ours and not piece.account:
        name = platform.official.name
    told = {
        "diubah": piece.edited_at is not None, "disembunyikan": piece.hidden and not piece.deleted,
        "dihapus": piece.deleted, "akun resmi": piece.ours,
    }  # fmt: skip
    chips = Markup("").join(
        Markup('<span class="chip">{}</span>').format(word) for word, holds in told.items() if holds
    )
    classes = {
        "below": depth > 0,
        "deep": depth > 1,
        "ours": piece.ours,
        "gone": piece.deleted or piece.hidden,
    }
    when = datetime.fromtimestamp(piece.at).astimezone().strftime("%d/%m %H.%M")
    return _ARTICLE.format(
        classes=" ".join(name for name, holds in classes.items() if holds),
        colour="#1d4ed8" if piece.ours else _COLOURS[sum(map(ord, piece.author)) % len(_COLOURS)],
        letter=next((sign.upper() for sign in name if sign.isalpha()), "?"), name=name,
        what=f"{_KINDS.get(piece.kind, piece.kind)}, {when}", chips=chips,
        text=piece.text or ("(gambar)" if piece.media else ""),
    )  # fmt: skip
