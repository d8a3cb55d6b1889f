"""Files of the library for staff: small pictures for the grid, whole ones for the page, films piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.pictures import SHOWN
from tanggap.core import files
from tanggap.publishing.models import MediaItem

FILMS = frozenset({"video/mp4", "video/quicktime"})
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PIECE = 256 * 1024


@require_safe
@screen()
def library_file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """This will send an item's file; of a film the part that the browser asks for."""
    file = MediaItem.objects.seen_by(request.member).select_related("file").get(pk=pk).file
    if file.media_type not in SHOWN | FILMS or not file.path.exists():
        raise Http404
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked and file.media_type in FILMS:
        return _guarded(_part(file.path, file.size, file.media_type, asked))
    answer = FileResponse(file.path.open("rb"), content_type=file.media_type)
    answer.headers["Accept-Ranges"] = "bytes"
    return _guarded(answer)


@require_safe
@screen()
def library_small(request: StaffRequest, pk: int) -> HttpResponseBase:
    """This will send a small picture of an item."""
    item = MediaItem.objects.seen_by(request.member).select_related("file").get(pk=pk)
    try:
        place = files.small(item.file)
    except files.Refused as error:
        raise Http404(str(error)) from error
    return _guarded(FileResponse(place.open("rb"), content_type="image/jpeg"))


def _part(path: Path, size: int, media_type: str, asked: re.Match[str]) -> HttpResponseBase:
    """One range as RFC 9110 section 14 has it: "bytes=0-99", "bytes=100-", "bytes=-100"."""
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    else:
        start, end = max(size - int(last or 0), 0), size - 1
    if start > end or start >= size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    answer = StreamingHttpResponse(_pieces(path, start, end), status=206, content_type=media_type)
    answer.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    answer.headers["Content-Length"] = str(end - start + 1)
    answer.headers["Accept-Ranges"] = "bytes"
    return answer


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
