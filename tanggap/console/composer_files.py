"""Files in the composer: chosen from the library, and shown to whoever sees the publication."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.console.composer_page import of
from tanggap.console.doors import screen, toast
from tanggap.console.membership import StaffRequest
from tanggap.console.pictures import SHOWN
from tanggap.core.files import StoredFile
from tanggap.core.refusal import Refusal
from tanggap.publishing.composing import attaching
from tanggap.publishing.media_library import crops, library
from tanggap.publishing.models import MediaItem

_FILMS = frozenset({"video/mp4", "video/webm", "video/quicktime"})


@require_POST
@screen("publication.write")
def publication_media(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put a library item (`item`, with `alt` and `crop` of this use) into the master or a channel's words."""
    one = of(request.member, pk)
    chosen = request.POST.get("item", "")
    item = MediaItem.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    if item is None:
        raise Refusal(_("Berkas itu sudah tidak ada di pustaka. Tidak ada yang ditambahkan."))
    channel = request.POST.get("channel", "")
    row = (
        one.variants.select_related("channel").filter(channel_id=int(channel)).first()
        if channel.isdecimal()
        else None
    )
    decorative = request.POST.get("decorative", "")
    shown_on = [row] if row else one.variants.select_related("channel__app")
    entry = library.entry(
        item, alt=request.POST.get("alt", "") or ("" if decorative else item.alt), decorative=decorative,
        crop=crops.read(request.POST.get("crop", "")), limits=library.strictest(each.channel for each in shown_on),
    )  # fmt: skip
    attaching.put_in(one, request.member, entry, row.channel if row else None)
    if request.htmx:
        return toast(HttpResponse(status=204), _("Ditambahkan."), publication_changed={"id": one.pk})
    return redirect(reverse("publication", args=[one.pk]) + (f"?kanal={channel}" if row else ""))


@require_safe
@screen()
def publication_file(request: StaffRequest, pk: int, file: int) -> HttpResponse | FileResponse:
    """This will send a file that stands in a publication which the member sees."""
    one = of(request.member, pk)
    standing = {
        entry["file"]
        for media in [one.media, *one.variants.values_list("media", flat=True)]
        for entry in media
    }
    kept = (
        StoredFile.objects.filter(pk=file, government_id=one.government_id).first()
        if file in standing
        else None
    )
    if kept is None or kept.media_type not in SHOWN | _FILMS or not kept.path.exists():
        raise Http404
    answer = FileResponse(kept.path.open("rb"), content_type=kept.media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
