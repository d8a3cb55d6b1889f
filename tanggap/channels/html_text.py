"""Turns the small HTML of posts into plain text: paragraphs and line breaks stay, everything else goes."""

from __future__ import annotations

import html
import re

import nh3

_BLOCKS = {"p", "br", "li", "blockquote", "div", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_BREAK = re.compile(r"<br>")
_END = re.compile(r"</(?:p|blockquote|div|pre|h[1-6])>")
_ITEM = re.compile(r"<li>")
_TAG = re.compile(r"<[^<>]*>")
_GAPS = re.compile(r"\n{3,}")


def plain(source: str) -> str:
    """This will return what a reader would see; hostile or broken HTML is cleaned first (nh3), in linear time."""
    safe = nh3.clean(source, tags=_BLOCKS, attributes={}, strip_comments=True)
    text = _ITEM.sub("\n• ", _END.sub("\n\n", _BREAK.sub("\n", safe)))
    return _GAPS.sub("\n\n", html.unescape(_TAG.sub("", text)).replace("\xa0", " ")).strip()
