"""Turns the small HTML of posts into plain text: paragraphs and line breaks stay, everything else goes."""

from __future__ import annotations

import html
import re
from collections import Counter

import nh3

_BLOCKS = {"p", "br", "li", "blockquote", "div", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_BREAK = re.compile(r"<br>")
_END = re.compile(r"</(?:p|blockquote|div|pre|h[1-6])>")
_ITEM = re.compile(r"<li>")
_TAG = re.compile(r"<[^<>]*>")
_GAPS = re.compile(r"\n{3,}")


DEEPEST = 500  # nh3 takes quadratic time over nesting: 100,000 open tags took 33 s
_EDGE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_EMPTY = frozenset(
    {"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "source", "wbr", "p", "li"}
)


def depth(source: str) -> int:
    """This will tell how deep tags are nested at most, roughly and in linear time; those without an end count not."""
    open_, now, deepest = Counter[str](), 0, 0
    for end, written in _EDGE.findall(source):
        name = written.lower()
        if name in _EMPTY or (end and not open_[name]):
            continue
        step = -1 if end else 1
        open_[name] += step
        now += step
        deepest = max(deepest, now)
    return deepest


def plain(source: str) -> str:
    """This will return what a reader would see; hostile or broken HTML is cleaned first (nh3), in linear time."""
    if depth(source) > DEEPEST:
        return _GAPS.sub("\n\n", html.unescape(_TAG.sub(" ", source))).strip()
    safe = nh3.clean(source, tags=_BLOCKS, attributes={}, strip_comments=True)
    text = _ITEM.sub("\n• ", _END.sub("\n\n", _BREAK.sub("\n", safe)))
    return _GAPS.sub("\n\n", html.unescape(_TAG.sub("", text)).replace("\xa0", " ")).strip()
