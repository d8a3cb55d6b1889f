"""Word lists that ship with the package, as data that anybody can read and correct."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files


@cache
def listed(file: str) -> frozenset[str]:
    """This will load a list of lower-case words from words/, parted by spaces."""
    return frozenset(word for line in lines(file) for word in line.split())


def lines(file: str) -> Iterator[str]:
    """This will give the lines of a file of words/ that are neither empty nor a comment (`#`)."""
    text = files("tanggap.understanding").joinpath("words", *file.split("/")).read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
