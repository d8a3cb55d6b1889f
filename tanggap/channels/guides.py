"""The pages that tell a government's IT staff how to connect a platform: Markdown beside the connectors, made safe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = Path(__file__).parent / "guides"
PLACES = ("hook", "redirect")
"""What a guide may leave open: the address for deliveries, and the one to which a log-in returns."""
_TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "a", "strong", "em", "code", "pre", "blockquote", "br", "hr",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def has_guide(platform: str) -> bool:
    """This will tell whether a platform has a page."""
    return (FOLDER / f"{platform}.md").is_file()


def guide(platform: str, values: Mapping[str, str]) -> str:
    """This will return a platform's page as safe HTML, its open places filled in; empty where there is none.

    A place without a value says that it is shown once there is a developer app. The page's own title is left out.
    """
    if not has_guide(platform):
        return ""
    text = (FOLDER / f"{platform}.md").read_text(encoding="utf-8")
    for place in PLACES:
        text = text.replace(
            "{{" + place + "}}", values.get(place) or "(daftarkan aplikasi pengembang dahulu)"
        )
    return _html(text)


@lru_cache(maxsize=64)
def _html(text: str) -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = _without_title(markdown.parse(text))
    for one in tokens:
        if one.type in {"heading_open", "heading_close"}:
            # The page has its own h1 and h2; a guide's parts come below.
            one.tag = {"h1": "h3", "h2": "h3"}.get(one.tag, "h4")
    rendered = markdown.renderer.render(tokens, markdown.options, {})
    clean = nh3.clean(
        rendered, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto"},
        link_rel="noopener noreferrer",
    )  # fmt: skip
    # A table that is wider than a phone is scrolled, by keys too.
    return clean.replace("<table>", '<div class="scroll-x" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )


def _without_title(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens
