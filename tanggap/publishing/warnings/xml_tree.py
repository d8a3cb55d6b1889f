"""Reads foreign XML into a plain tree within bounds: no document type, so no entities; size and depth capped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_BYTES = 1024 * 1024
MOST_ELEMENTS = 50_000
DEEPEST = 24


class XmlError(ValueError):
    """The bytes are no XML that is read here; the text is a short code: broken, doctype, big, deep."""


@dataclass(slots=True)
class Element:
    """An element: `name` without and `space` with its namespace; `text` is its own words, in one piece."""

    name: str
    space: str = ""
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """This will yield the children of this namespace that bear a name."""
        return (one for one in self.children if one.name == name and one.space == self.space)

    def said(self, name: str) -> str:
        """This will return the words of the first child with this name, empty where there is none."""
        return next((one.text.strip() for one in self.all(name)), "")


def read(body: bytes) -> Element:
    """This will read a document and return its root; XmlError for anything else."""
    if len(body) > MOST_BYTES:
        raise XmlError("big")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.say
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise error if isinstance(error, XmlError) else XmlError("broken") from error
    if reader.root is None:
        raise XmlError("broken")
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[Element, list[str]]] = []
        self._many = 0

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        self._many += 1
        if self._many > MOST_ELEMENTS:
            raise XmlError("big")
        if len(self._open) >= DEEPEST:
            raise XmlError("deep")
        space, _, bare = name.rpartition(" ")
        one = Element(bare, space)
        if self._open:
            self._open[-1][0].children.append(one)
        else:
            self.root = one
        self._open.append((one, []))

    def end(self, _name: str) -> None:
        one, words = self._open.pop()
        one.text = "".join(words)

    def say(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def refuse(self, *_: object) -> None:
        raise XmlError("doctype")
