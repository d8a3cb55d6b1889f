"""Simulated platforms: stand-ins for services that no third party offers a test server for, one file each.

Each speaks its platform's documented interface and nothing else to the product; the city, the tests and the benches
speak to it through `Simulated`. What they simulate, and from which documentation, stands at the top of each file.
"""

from __future__ import annotations

import importlib
import pkgutil

from tanggap.simulator.platforms.base import Simulated

_NOT_ONE = {"base", "hooks", "keeping", "meta_graph", "serving", "wall"}


def all_simulated() -> dict[str, type[Simulated]]:
    """This will import every platform's file and return the classes by platform name."""
    found: dict[str, type[Simulated]] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name in _NOT_ONE:
            continue
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for one in vars(loaded).values():
            simulated = (
                isinstance(one, type) and issubclass(one, Simulated) and one.__module__ == loaded.__name__
            )
            # A file may also hold what several platforms, or a platform's files, are built on.
            if simulated and "platform" in vars(one):
                found[one.platform] = one
    return found
