"""What a machine sees in the library: a step looks at each new item once, in a process of its own (eyes.py).

What it says is a hint for people, never a verdict. What it could not do is kept as null and shown as such.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.db import models, transaction

from tanggap.core import live, scope, work
from tanggap.publishing.models import MediaItem
from tanggap.understanding import personal_data

log = logging.getLogger(__name__)
AT_ONCE = 4
PATIENCE = 90
"""Seconds until a look is given up; a film's twelve frames with text take some forty on one slow core."""
MOST_TEXT = 2000
_SILENT = frozenset({"name"})
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "TESSDATA_PREFIX", "VIRTUAL_ENV")

State = Literal["waiting", "could_not", "partly", "looked"]


def state_of(item: MediaItem) -> State:
    """This will say how far the machine got with an item; `partly` where it could not count faces or not read text."""
    if item.found is None:
        return "waiting" if item.looked_at is None else "could_not"
    return "partly" if None in {item.found.get("faces"), item.found.get("text")} else "looked"


def _due(now: datetime) -> models.QuerySet[MediaItem]:
    return MediaItem._base_manager.filter(looked_at=None).order_by("added_at", "id")


@work.step("seeing", due=_due, every=20, oldest="added_at")
def see(now: datetime) -> int:
    """This will look at a few items; each is marked as looked at before, so that one that kills the machine is not
    looked at for ever."""
    with scope.crossing("pictures of all governments"):
        with transaction.atomic():
            batch = work.claim(_due(now).select_related("file"), AT_ONCE)
            MediaItem._base_manager.filter(pk__in=[one.pk for one in batch]).update(looked_at=now)
        for one in batch:
            found = look(one.file.path, one.file.media_type)
            with transaction.atomic():
                MediaItem._base_manager.filter(pk=one.pk).update(found=found)
                live.tell(one.government_id, "media", [one.pk])
        return len(batch)


def look(path: Path, media_type: str) -> dict[str, Any] | None:
    """This will return what is kept as MediaItem.found; None where the machine could not look at all.

    Of the text that was read only so much is kept as an officer may see; what was masked counts as `personal_data`.
    """
    command = [sys.executable, "-m", "tanggap.publishing.media_library.eyes", str(path), media_type]
    env = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True, env=env)
        seen = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        log.warning("could not look at a file: %s", type(error).__name__)
        return None
    return told(seen)


def told(seen: dict[str, Any]) -> dict[str, Any] | None:
    """This will turn what the eyes saw into what is kept: personal data by its types, the text masked."""
    if seen["faces"] is None and seen["text"] is None:
        return None
    text = seen["text"]
    data = personal_data.find(text) if text else ()
    return {
        "faces": seen["faces"],
        "boxes": seen["boxes"],
        "text": text and personal_data.mask(text, data, "officer")[:MOST_TEXT],
        "personal_data": None if text is None else sorted({one.type for one in data} - _SILENT),
    }
