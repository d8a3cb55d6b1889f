"""One file per label; listing the folder is the registry."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tanggap.understanding.head import FlagHead, Head


@cache
def all_heads() -> dict[str, Head]:
    """This will make one of every head in this folder, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }
    heads = [kind() for kind in kinds if issubclass(kind, Head) and kind not in (Head, FlagHead)]
    return {head.name: head for head in sorted(heads, key=lambda head: head.name)}
