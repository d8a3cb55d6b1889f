"""Keeps simulated platforms bounded and alive over restarts: only the newest pieces stay, and all of it in a file.

Without the file a town that starts again would form the ids of yesterday's pieces once more, and the product would
take new words for edits of old ones.
"""

from __future__ import annotations

import io
import itertools
import pickle
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tanggap.simulator.platforms.base import Piece, Simulated

_NOT_KEPT: Final = {"clock", "random", "lock", "faults", "calls", "_map", "shows"}
_AHEAD: Final = 10_000
"""Numbers that are left out after a restart: a town that was killed may have given out some more than it had kept."""
_CALLS: Final = 2_000
_MODULES: Final = ("builtins", "collections", "tanggap.simulator.platforms.")


def prune(platform: Simulated, most: int) -> int:
    """This will forget the oldest pieces beyond `most`, but none that a newer one stands below; returns how many."""
    with platform.lock:
        del platform.calls[:-_CALLS]
        pieces = platform.pieces
        if len(pieces) <= most + most // 10:
            return 0
        staying = set(_with_above(pieces, itertools.islice(reversed(pieces), most)))
        # The official account's first post is where people comment.
        staying |= {key for key, one in pieces.items() if one.ours and one.kind == "post"}
        gone = [key for key in pieces if key not in staying]
        for held in [value for value in vars(platform).values() if isinstance(value, dict)]:
            for key in gone:
                held.pop(key, None)
        _forget_records(platform, set(gone))
        return len(gone)


def _with_above(pieces: dict[str, Piece], newest: Iterable[str]) -> Iterable[str]:
    for key in newest:
        above = key
        while above in pieces:
            yield above
            yield pieces[above].root
            above = pieces[above].parent


def _forget_records(platform: Simulated, gone: set[str]) -> None:
    records: dict[tuple[str, str], Any] = getattr(platform, "records", {})
    for name in [name for name in records if name[1] in gone]:
        del records[name]


def save(platform: Simulated, folder: Path) -> None:
    """This will write what stands on a platform to `folder`, whole or not at all."""
    with platform.lock:
        content = pickle.dumps(dict(_state(platform)))
    half = folder / f"{platform.platform}.half"
    half.touch(mode=0o600)
    half.write_bytes(content)
    half.replace(folder / f"{platform.platform}.pickle")


def restore(platform: Simulated, folder: Path) -> bool:
    """This will put back what was saved; False where there is nothing. A file of another version is left alone."""
    file = folder / f"{platform.platform}.pickle"
    if not file.exists():
        return False
    try:
        kept = _Plain(io.BytesIO(file.read_bytes())).load()
    except (pickle.UnpicklingError, AttributeError, EOFError, TypeError):
        return False
    with platform.lock:
        for name, value in kept.items():
            _put_back(platform, name, value)
    return True


def _state(platform: Simulated) -> Iterable[tuple[str, Any]]:
    for name, value in vars(platform).items():
        if name in _NOT_KEPT:
            continue
        if isinstance(value, itertools.count):
            number = next(value)
            setattr(platform, name, itertools.count(number))
            yield name, _Next(number)
        elif isinstance(value, type(iter(range(0)))):
            yield name, _Next(next(value))
        else:
            yield name, value


class _Next(int):
    """The next number of a counter."""


def _put_back(platform: Simulated, name: str, value: Any) -> None:
    held = getattr(platform, name, None)
    if isinstance(value, _Next):
        setattr(platform, name, itertools.count(value + _AHEAD))
    elif isinstance(held, dict | set) and type(held) is type(value):
        # In place: other objects of the platform may hold it too.
        held.clear()
        held.update(value)
    elif isinstance(held, list | deque) and type(held) is type(value):
        held.clear()
        held.extend(value)
    else:
        setattr(platform, name, value)


class _Plain(pickle.Unpickler):
    """Makes plain values and our own dataclasses only, whatever the file asks for."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "builtins" and name not in {"set", "frozenset", "bytearray", "complex"}:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a kept platform")
        if not module.startswith(_MODULES):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a kept platform")
        return super().find_class(module, name)
