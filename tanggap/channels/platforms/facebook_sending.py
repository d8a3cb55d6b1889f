"""Publishes on a Page: a text, a link, one picture or several, or a film.

Sources, seen 2026-11-22: developers.facebook.com/docs/pages-api/posts, …/docs/graph-api/reference/page/photos,
…/docs/graph-api/reference/page/videos.
"""

from __future__ import annotations

import json
from typing import Any

from tanggap.channels.connector import Attachment, Outgoing, Sent
from tanggap.channels.errors import ConnectorError, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.multipart import Part, form
from tanggap.channels.platforms.meta_graph import Graph


def publish(line: Graph, page: str, out: Outgoing) -> Sent:
    """This will publish once; Permanent for pictures and films together, which Facebook does not take."""
    films = [one for one in out.media if one.type.startswith("video/")]
    if films and len(out.media) > 1:
        raise Permanent(
            "Facebook menerima satu video saja, tanpa gambar lain. Pisahkan menjadi dua terbitan."
        )
    if films:
        return _film(line, page, out.text, films[0])
    if len(out.media) == 1:
        found = _upload(line, f"/{page}/photos", out.media[0], {"caption": out.text}, "source")
        return _sent(found, "post_id")
    fields: dict[str, Any] = {"message": out.text}
    if link := out.options.get("link"):
        fields["link"] = str(link)
    for number, one in enumerate(out.media):
        fields[f"attached_media[{number}]"] = json.dumps({"media_fbid": _waiting(line, page, one)})
    return _sent(line.write(f"/{page}/feed", data=fields), "id")


def comment(line: Graph, target: str, out: Outgoing) -> Sent:
    """This will answer a comment or a post publicly, with at most one picture."""
    if len(out.media) > 1 or any(not one.type.startswith("image/") for one in out.media):
        raise Permanent("Komentar Facebook hanya dapat membawa satu gambar.")
    path = f"/{target}/comments"
    found = (
        _upload(line, path, out.media[0], {"message": out.text}, "source")
        if out.media
        else line.write(path, data={"message": out.text})
    )
    return _sent(found, "id")


def _waiting(line: Graph, page: str, picture: Attachment) -> str:
    """Uploads a picture that nobody sees yet and returns its id; whatever fails, nothing was published."""
    try:
        found = _upload(line, f"/{page}/photos", picture, {"published": "false"}, "source")
        return str(found["id"])
    except OutcomeUnknown as error:
        raise Temporary(f"Gambar belum sampai di {line.name}; belum ada yang terbit.") from error
    except (KeyError, TypeError) as error:
        raise Temporary(f"Jawaban {line.name} tentang gambar tidak utuh; belum ada yang terbit.") from error


def _film(line: Graph, page: str, text: str, film: Attachment) -> Sent:
    found = _upload(line, f"/{page}/videos", film, {"description": text}, "source")
    video = _id(found, "id")
    # What stands on the Page is a post of its own id, known once the film is there.
    try:
        node = line.read(f"/{video}", {"fields": "post_id,permalink_url"})
    except ConnectorError:
        node = {}
    key = str(node.get("post_id") or video)
    whole = key if "_" in key else f"{page}_{key}"
    return Sent(whole, f"https://www.facebook.com/{whole}")


def _upload(line: Graph, path: str, one: Attachment, fields: dict[str, str], name: str) -> Any:
    described = {**fields, **({"alt_text_custom": one.alt} if one.alt and "photos" in path else {})}
    body, kind = form(described, [Part(name, one.name or "berkas", one.type, one.content)])
    return line.write(path, content=body, headers={"Content-Type": kind})


def _sent(found: Any, key: str) -> Sent:
    whole = _id(found, key) if isinstance(found, dict) and found.get(key) else _id(found, "id")
    return Sent(whole, f"https://www.facebook.com/{whole}")


def _id(found: Any, key: str) -> str:
    try:
        return str(found[key])
    except (KeyError, TypeError) as error:
        raise OutcomeUnknown("Jawaban Facebook sesudah kiriman tidak terbaca.") from error
