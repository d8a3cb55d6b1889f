"""Reads the public line format (contracts/post.schema.json): one JSON object for each thing that was said.

Strict about what the format names, open to further fields. Beyond the format a line may carry `action` ("edit",
"delete"; else it is new), `edited_at`, and `account`: the id of the official account that it was delivered to. A
deletion needs only `platform` and `external_id`. What would harm is refused with its place and reason (size, depth,
doubled keys, numbers beyond 64 bits); what is merely of no use is left out (a link that is not http, a place off the
globe), because the citizen's words matter more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.core.bulk import clean

MOST_BYTES = 1024 * 1024
_MOST_LINES = 10_000
_KINDS = ("post", "comment", "mention", "message", "article", "report")
_PLATFORM = re.compile(r"[a-z0-9_]{1,12}")
_KIND_OF_VALUE: dict[type, str] = {str: "teks", list: "daftar", dict: "objek"}


def read_body(raw: Raw) -> list[Item]:
    """This will read one object, an array of them, or one object a line; Unreadable names what is wrong and where."""
    body = raw.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise Unreadable("Kiriman kosong: tidak ada satu pun baris di dalamnya.")
    if body.startswith(b"["):
        return _array(body, raw)
    lines = pieces(body)
    if len(lines) == 1:
        return [read_line(lines[0], raw)]
    return [_numbered("Baris", number, line, raw) for number, line in enumerate(lines, 1)]


def pieces(body: bytes) -> list[bytes]:
    """This will part a body of one object a line into its lines; any other body stays whole."""
    if b"\n" not in body:
        return [body]
    lines = [line for line in (line.strip() for line in body.split(b"\n")) if line]
    if not 1 < len(lines) <= _MOST_LINES:
        return [body]
    try:
        first = json.loads(lines[0])
    except (ValueError, RecursionError):
        return [body]
    return lines if isinstance(first, dict) else [body]


def read_line(line: bytes, raw: Raw) -> Item:
    """This will read one object of the format; Unreadable with a sentence for an officer."""
    value = _load(line)
    if not isinstance(value, dict):
        raise Unreadable('Satu baris harus berisi satu objek JSON, misalnya {"platform": …}.')
    return _item(value, raw)


def _array(body: bytes, raw: Raw) -> list[Item]:
    values = _load(body)
    if not values or len(values) > _MOST_LINES:
        raise Unreadable(f"Daftar JSON berisi {len(values)} butir; harus 1 sampai {_MOST_LINES}.")
    found = []
    for number, value in enumerate(values, 1):
        try:
            if not isinstance(value, dict):
                raise Unreadable("bukan objek JSON.")
            found.append(_item(value, raw))
        except Unreadable as error:
            raise Unreadable(f"Butir {number}: {error}") from error
    return found


def _numbered(word: str, number: int, line: bytes, raw: Raw) -> Item:
    try:
        return read_line(line, raw)
    except Unreadable as error:
        raise Unreadable(f"{word} {number}: {error}") from error


def _load(line: bytes) -> Any:
    if len(line) > MOST_BYTES:
        raise Unreadable(f"Kiriman berukuran {len(line)} bita; paling banyak {MOST_BYTES}.")
    if b"\0" in line:
        raise Unreadable(f"Ada bita NUL pada posisi {line.index(0)}; isi seperti ini bukan JSON.")
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"Bukan UTF-8 yang utuh: bita pada posisi {error.start} tidak terbaca.") from error
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"Bukan JSON yang utuh: salah pada karakter {error.pos + 1}.") from error
    except RecursionError as error:
        raise Unreadable("JSON bersarang terlalu dalam.") from error
    except ValueError as error:
        raise Unreadable("Ada angka yang terlalu besar untuk dibaca.") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Unreadable(f"Kunci {_shown(key)} tertulis dua kali dalam satu objek.")
            seen.add(key)
    return value


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} bukan angka JSON.")


def _item(value: Mapping[str, Any], raw: Raw) -> Item:
    action = _action(value)
    gone = action == Action.DELETE
    created = value.get("created_at", ...) if gone else _required(value, "created_at")
    edited = value.get("edited_at")
    return Item(
        platform=_platform(value),
        external_id=_name(_required(value, "external_id"), "external_id", 300),
        kind=_one_of(value.get("kind", "post"), "kind", _KINDS),
        text=clean(_typed(value.get("text", "") if gone else _required(value, "text"), "text", str)),
        created_at=raw.received_at if created is ... else _time(created, "created_at", raw.zone),
        author=_author(value.get("author")),
        action=action,
        url=_link(value.get("url"), "url"),
        in_reply_to=_name(value.get("in_reply_to"), "in_reply_to", 300, none=True),
        thread=_name(value.get("thread"), "thread", 300, none=True),
        media=_media(value.get("media", [])),
        metrics=_metrics(value.get("metrics", {})),
        location=_location(value.get("location")),
        edited_at=_time(edited, "edited_at", raw.zone) if edited is not None else _edit_time(action, raw),
        account=_name(value.get("account"), "account", 200, none=True),
    )


def _edit_time(action: Action, raw: Raw) -> datetime | None:
    return raw.received_at if action == Action.EDIT else None


def _required(value: Mapping[str, Any], key: str) -> Any:
    if key not in value:
        raise Unreadable(f"Bidang {key} tidak ada.")
    return value[key]


def _typed(value: Any, key: str, kind: type) -> Any:
    if not isinstance(value, kind):
        raise Unreadable(f"Bidang {key} harus {_KIND_OF_VALUE[kind]}.")
    return value


def _one_of(value: Any, key: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed or not isinstance(value, str):
        raise Unreadable(f"Bidang {key} harus salah satu dari: {', '.join(allowed)}.")
    return value


def _action(value: Mapping[str, Any]) -> Action:
    return Action(_one_of(value.get("action", "create"), "action", tuple(Action)))


def _platform(value: Mapping[str, Any]) -> str:
    name = _typed(_required(value, "platform"), "platform", str).lower()
    if not _PLATFORM.fullmatch(name):
        raise Unreadable(
            "Bidang platform harus 1 sampai 12 huruf kecil atau angka, misalnya x atau facebook."
        )
    return str(name)


def _name(value: Any, key: str, most: int, *, none: bool = False) -> str:
    """An identifier: text that is kept byte for byte, so nothing in it may need mending."""
    if value is None and none:
        return ""
    text = str(_typed(value, key, str))
    if not text and not none:
        raise Unreadable(f"Bidang {key} kosong.")
    if len(text) > most:
        raise Unreadable(f"Bidang {key} lebih panjang dari {most} karakter.")
    if clean(text) != text:
        raise Unreadable(f"Bidang {key} berisi karakter yang tidak dapat disimpan.")
    return text


def _author(value: Any) -> Author | None:
    if value is None:
        return None
    _typed(value, "author", dict)
    known = {
        key: clean(_typed(value[key], f"author.{key}", str))
        for key in ("id", "handle", "name")
        if key in value
    }
    followers = None
    if "followers" in value:
        followers = _whole(value["followers"], "author.followers")
    if not (known.get("id") or known.get("handle")):
        return None
    return Author(
        external_id=_name(known.get("id") or known["handle"], "author.id", 200),
        handle=known.get("handle", "")[:200],
        name=known.get("name", "")[:200],
        followers=followers if followers is not None and followers >= 0 else None,
    )


def _whole(value: Any, key: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"Bidang {key} harus bilangan bulat.")
    if abs(value) >= 2**63:
        raise Unreadable(f"Bidang {key} terlalu besar.")
    return int(value)


def _time(value: Any, key: str, zone: str) -> datetime:
    text = _typed(value, key, str)
    try:
        if len(text) > 40:
            raise ValueError(text)
        at = datetime.fromisoformat(text.strip().upper())
        at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            f"Bidang {key} bukan waktu ISO 8601, misalnya 2026-11-22T08:00:00+07:00: {_shown(text)}."
        ) from error
    if not 1990 <= at.year <= 2100:
        raise Unreadable(f"Bidang {key} bertahun {at.year}; harus antara 1990 dan 2100.")
    return at


def _link(value: Any, key: str) -> str:
    if value is None:
        return ""
    text = clean(_typed(value, key, str).strip())
    return text if text.lower().startswith(("http://", "https://")) and len(text) <= 2000 else ""


def _media(value: Any) -> list[dict[str, str]]:
    found = []
    for one in _typed(value, "media", list):
        _typed(one, "media", dict)
        kept = {
            key: clean(_typed(one[key], f"media.{key}", str))[:2000] for key in ("type", "alt") if key in one
        }
        if "url" in one:
            kept["url"] = _link(_typed(one["url"], "media.url", str), "media.url")
        found.append(kept)
    return found[:50]


def _metrics(value: Any) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for key, number in _typed(value, "metrics", dict).items():
        known = None if number is None else _whole(number, f"metrics.{_shown(key)}")
        found[clean(key)[:40]] = known if known is None or known >= 0 else None
    return dict(list(found.items())[:50])


def _location(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    _typed(value, "location", dict)
    found: dict[str, Any] = {}
    for key in ("lat", "lon"):
        if key in value and (isinstance(value[key], bool) or not isinstance(value[key], int | float)):
            raise Unreadable(f"Bidang location.{key} harus angka.")
    if {"lat", "lon"} <= value.keys() and _on_globe(value["lat"], value["lon"]):
        found = {"lat": float(value["lat"]), "lon": float(value["lon"])}
    if "code" in value:
        code = clean(_typed(value["code"], "location.code", str))
        if 0 < len(code) <= 13:
            found["code"] = code
    return found or None


def _on_globe(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180  # NaN and infinity fail both


def _shown(text: str) -> str:
    return repr(clean(text)[:40])
