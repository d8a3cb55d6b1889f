"""Publishes in Meta's two steps: a container that nobody sees is made and gets ready, then it is published.

Instagram and Threads share this (developers.facebook.com/docs/instagram-platform/content-publishing and
…/docs/threads/posts, seen 2026-11-22). Whatever goes wrong before the second step has published nothing; only the
second step can leave its outcome unknown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.channels.connector import Attachment
from tanggap.channels.errors import ConnectorError, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.platforms.meta_graph import Graph

PAUSE_SECONDS = 3.0
_LOOKS = 12
_LATER = 60.0


def made(line: Graph, path: str, form: Mapping[str, Any]) -> str:
    """This will make a container and return its id; Temporary where that failed, for nothing is published yet."""
    try:
        found = line.write(path, data=form)
        return str(found["id"])
    except OutcomeUnknown as error:
        raise Temporary(f"{line.name} belum menyiapkan kiriman; belum ada yang terbit.") from error
    except (KeyError, TypeError) as error:
        raise Temporary(
            f"Jawaban {line.name} tentang kiriman yang disiapkan tidak lengkap; belum ada yang terbit.",
            everywhere=False,
        ) from error


def ready(line: Graph, container: str, *, state: str, why: str) -> None:
    """This will wait until a container can be published; `state` and `why` are the fields that say so.

    Temporary while the platform still works on it (another try makes a new one; this one lapses after 24 hours),
    Permanent where it refuses the picture or film.
    """
    for look in range(_LOOKS):
        told = line.read(f"/{container}", {"fields": f"{state},{why}"})
        status = str(told.get(state, "")) if isinstance(told, dict) else ""
        if status in {"FINISHED", "PUBLISHED"}:
            return
        if status == "ERROR":
            said = str(told.get(why) or "tanpa alasan")[:200]
            raise Permanent(
                f"{line.name} tidak dapat mengolah gambar atau video ini ({said}). "
                "Periksa ukuran, jenis berkas, dan bahwa alamatnya dapat dibuka siapa pun."
            )
        if status == "EXPIRED":
            break
        if look + 1 < _LOOKS:
            time.sleep(PAUSE_SECONDS)
    raise Temporary(
        f"{line.name} masih mengolah gambar atau video; belum ada yang terbit.", _LATER, everywhere=False
    )


def published(line: Graph, path: str, container: str) -> str:
    """This will publish a container and return the id of what stands there now: the step that sends."""
    found = line.write(path, data={"creation_id": container})
    try:
        return str(found["id"])
    except (KeyError, TypeError) as error:
        raise OutcomeUnknown(f"Jawaban {line.name} sesudah terbit tidak terbaca.") from error


def permalink(line: Graph, key: str) -> str:
    """This will ask for the public address of something of ours; "" where it cannot be had now."""
    try:
        found = line.read(f"/{key}", {"fields": "permalink"})
    except ConnectorError:
        return ""  # it stands there all the same
    link = found.get("permalink") if isinstance(found, dict) else None
    return link if isinstance(link, str) and link.startswith("https://") else ""


def addresses(name: str, media: Sequence[Attachment]) -> list[tuple[Attachment, bool]]:
    """This will return each attachment with whether it is a film; Permanent where one has no public address."""
    for one in media:
        if not one.url.startswith("https://"):
            raise Permanent(
                f"{name} mengambil gambar dan video dari alamat publik, dan {one.name or 'berkas ini'} belum punya. "
                "Aktifkan alamat publik berkas di pengaturan, atau terbitkan di aplikasinya lalu tandai."
            )
    return [(one, one.type.startswith("video/")) for one in media]
