"""Pictures that staff may see: evidence of an office's work, and what came with a post; never by the file's own id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from tanggap.cases.models import Case, Evidence
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.files import StoredFile
from tanggap.posts.models import Post

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a post: `url` of a copy of ours, else `link` to where it lies."""

    url: str
    link: str
    alt: str


def pictures_of(post: Post) -> list[Picture]:
    """This will return the pictures of a post; what lies on a platform is linked, not loaded."""
    found = []
    for index, one in enumerate(post.media):
        if one.get("type") not in {"image", "photo", "video", "gifv"}:
            continue
        kept = reverse("post_picture", args=[post.pk, index]) if one.get("file") else ""
        link = str(one.get("url") or "")
        found.append(Picture(kept, link if link.startswith("https://") else "", str(one.get("alt") or "")))
    return [one for one in found if one.url or one.link]


@require_safe
@screen()
def post_picture(request: StaffRequest, post: int, index: int) -> HttpResponse | FileResponse:
    """This will send a kept picture of a post that the member sees."""
    media: list[dict[str, Any]] = Post.objects.seen_by(request.member).get(pk=post).media
    if index >= len(media) or not media[index].get("file"):
        raise Http404
    return _send(StoredFile.objects.get(pk=media[index]["file"], government_id=request.member.government_id))


@require_safe
@screen()
def evidence_picture(request: StaffRequest, evidence: int) -> HttpResponse | FileResponse:
    """This will send a photo of an office's work in a case that the member sees."""
    seen = Case.objects.seen_by(request.member)
    row = Evidence.objects.select_related("file").get(pk=evidence, assignment__case__in=seen)
    return _send(row.file)


def _send(file: StoredFile) -> FileResponse:
    if file.media_type not in SHOWN or not file.path.exists():
        raise Http404
    answer = FileResponse(file.path.open("rb"), content_type=file.media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
