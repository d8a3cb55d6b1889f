"""What the composer's buttons do, each after what was typed has been saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Unit
from tanggap.channels.limits import count
from tanggap.console import moments
from tanggap.console.composer_form import MASTER
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import contents, windows, writing
from tanggap.publishing.approval import approving
from tanggap.publishing.composing import attaching, copying, places, remarks, snippets, splitting
from tanggap.publishing.models import (
    Campaign,
    Copy,
    Publication,
    PublicationKind,
    PublicationState,
    Remark,
    Snippet,
    Variant,
)

Answer = str | None


def do(request: StaffRequest, one: Publication, deed: str, value: str) -> Answer:
    """This will do what a button says; an address leads elsewhere, None back to the composer."""
    found = _DEEDS.get(deed)
    if found is None:
        raise Refusal(_("Tindakan itu tidak dikenal. Teks Anda tersimpan; muat ulang halaman."))
    if deed not in _ANY_STATE and one.state != PublicationState.DRAFT:
        raise Refusal(
            _("Konten ini sudah diajukan. Pilih “Ubah” untuk menjadikannya draf lagi; tidak ada yang diubah.")
        )
    return found(request, one, value)


def _save(request: StaffRequest, one: Publication, value: str) -> Answer:
    return None


def _channels(request: StaffRequest, one: Publication, value: str) -> Answer:
    wanted = {int(pk) for pk in request.POST.getlist("channel") if pk.isdecimal()}
    writing.choose_channels(
        one, request.member, [row for row in places.open_to(request.member, one) if row.pk in wanted]
    )
    return None


def _unit(request: StaffRequest, one: Publication, value: str) -> Answer:
    pk = request.POST.get("unit", "")
    unit = Unit.objects.filter(pk=int(pk), active_until__isnull=True).first() if pk.isdecimal() else None
    if unit is not None and unit.pk != one.unit_id:
        writing.choose_unit(one, request.member, unit)
    return None


def _unlink(request: StaffRequest, one: Publication, value: str) -> Answer:
    row = _row(one, value)
    copied = {"linked": False, "text": one.text, "media": one.media, "comment": one.comment}
    writing.save(one, request.member, one.revision, {}, {row.channel_id: copied})
    return None


def _relink(request: StaffRequest, one: Publication, value: str) -> Answer:
    row = _row(one, value)
    cleared = {"linked": True, "text": "", "media": [], "comment": ""}
    writing.save(one, request.member, one.revision, {}, {row.channel_id: cleared})
    return None


def _thread_add(request: StaffRequest, one: Publication, value: str) -> Answer:
    row = _row(one, value)
    return _thread(request, one, row, [*row.thread, ""])


def _thread_drop(request: StaffRequest, one: Publication, value: str) -> Answer:
    channel, _colon, at = value.partition(":")
    row = _row(one, channel)
    return _thread(request, one, row, [part for place, part in enumerate(row.thread) if str(place) != at])


def _thread(request: StaffRequest, one: Publication, row: Variant, thread: list[str]) -> Answer:
    writing.save(one, request.member, one.revision, {}, {row.channel_id: {"thread": thread[:24]}})
    return None


def _thread_split(request: StaffRequest, one: Publication, value: str) -> Answer:
    """Parts words that are too long for one post; the channel has words of its own from then on."""
    row = _row(one, value)
    source = one if row.linked else row
    limits, further = (windows.rules_of(row.channel, kind).limits for kind in ("post", "reply"))
    link = contents.tagged(one, row.channel.platform)
    parts = splitting.split(
        source.text,
        lambda text: count(text, further).fits,
        lambda text: count(contents.with_link(text, link), limits).fits,
    )
    own = (
        {"linked": False, "text": parts[0], "media": source.media, "comment": source.comment} if parts else {}
    )
    changes = {row.channel_id: own | {"thread": [*parts[1:], *row.thread][:24]}}
    writing.save(one, request.member, one.revision, {}, changes)
    return None


def _media(request: StaffRequest, one: Publication, value: str) -> Answer:
    """`value`: what:where:place, for instance up:all:1."""
    what, _colon, rest = value.partition(":")
    where, _colon, at = rest.partition(":")
    channel = None if where == MASTER else _row(one, where).channel
    if not at.isdecimal():
        raise Refusal(_("Lampiran itu sudah tidak ada. Tidak ada yang diubah."))
    if what == "drop":
        attaching.take_out(one, request.member, int(at), channel)
    else:
        attaching.shift(one, request.member, int(at), -1 if what == "up" else 1, channel)
    return None


def _put(request: StaffRequest, one: Publication, value: str) -> Answer:
    found = {str(each.pk): each for each in snippets.offered(request.member)}.get(value)
    if found is None:
        raise Refusal(_("Cuplikan itu sudah tidak ada. Tidak ada yang diubah."))
    tab = request.POST.get("tab", "")
    snippets.put_in(one, request.member, found, int(tab) if tab.isdecimal() else None)
    return None


def _keep_snippet(request: StaffRequest, one: Publication, value: str) -> Answer:
    text = request.POST.get("snippet_text", "").strip() or one.text
    whole = request.POST.get("snippet_form") == Snippet.Form.TEMPLATE
    unit = None if request.POST.get("snippet_for") == "all" else one.unit
    snippets.keep(
        request.member, name=request.POST.get("snippet_name", ""), text=one.text if whole else text, unit=unit,
        form=Snippet.Form.TEMPLATE if whole else Snippet.Form.BLOCK, kind=one.kind if whole else "",
    )  # fmt: skip
    messages.success(request, _("Cuplikan disimpan."))
    return None


def _remark(request: StaffRequest, one: Publication, value: str) -> Answer:
    remarks.say(one, request.member, request.POST.get("remark", ""), request.POST.get("remark_quote", ""))
    return None


def _settle(request: StaffRequest, one: Publication, value: str) -> Answer:
    remarks.settle(_remark_of(one, value), request.member)
    return None


def _open_again(request: StaffRequest, one: Publication, value: str) -> Answer:
    remarks.settle(_remark_of(one, value), request.member, settled=False)
    return None


def _hand_in(request: StaffRequest, one: Publication, value: str) -> Answer:
    given = [
        {"rule": rule, "reason": request.POST.get(f"reason-{rule}", "").strip()[:500]}
        for rule in request.POST.getlist("override")
    ]
    approving.hand_in(one, request.member, given)
    messages.success(request, _("Konten diajukan. Yang berwenang sudah diberi tahu."))
    return None


def _reopen(request: StaffRequest, one: Publication, value: str) -> Answer:
    with transaction.atomic():
        row = writing.locked(one, request.member)
        writing.reopen(row, request.member, _("Dibuka lagi untuk diubah."))
    messages.success(request, _("Konten menjadi draf lagi. Persetujuan yang ada tidak berlaku."))
    return None


def _discard(request: StaffRequest, one: Publication, value: str) -> Answer:
    writing.discard(one, request.member)
    messages.success(request, _("Konten dibatalkan. Versinya tetap ada dalam catatan."))
    return reverse("publications")


def _duplicate(request: StaffRequest, one: Publication, value: str) -> Answer:
    made = copying.duplicate(one, request.member)
    messages.success(
        request, _("Ini draf baru dengan isi yang sama. Waktu terbit dan persetujuan tidak ikut.")
    )
    return reverse("publication", args=[made.pk])


def _copy_drop(request: StaffRequest, one: Publication, value: str) -> Answer:
    Copy.objects.filter(publication=one, member=request.member).delete()
    messages.success(request, _("Versi terbaru dipakai. Salinan ketikan Anda dihapus."))
    return None


def _copy_take(request: StaffRequest, one: Publication, value: str) -> Answer:
    """Puts the typed words of a copy where the member chose them, over the newest version."""
    copy = Copy.objects.filter(publication=one, member=request.member).order_by("-pk").first()
    if copy is None:
        return None
    fields: dict[str, Any] = {}
    variants: dict[int, dict[str, Any]] = {}
    for each in differing(copy, one):
        if request.POST.get(f"take-{each['at']}", "mine") != "mine":
            continue
        if each["channel"] is None:
            fields[each["name"]] = _value(each["name"], each["typed"])
        else:
            variants.setdefault(each["channel"], {})[each["name"]] = each["typed"]
    writing.save(one, request.member, one.revision, fields, variants)
    Copy.objects.filter(publication=one, member=request.member).delete()
    messages.success(request, _("Pilihan Anda disimpan."))
    return None


def differing(copy: Copy, one: Publication) -> list[dict[str, Any]]:
    """This will list the fields in which typed words and the newest version differ, side by side."""
    found = [
        _side("", None, name, typed, newest)
        for name, typed in copy.typed.get("fields", {}).items()
        if (newest := _comparable(one, name)) != _moment(name, typed)
    ]
    rows = {str(row.channel_id): row for row in one.variants.select_related("channel")}
    for pk, given in copy.typed.get("variants", {}).items():
        row = rows.get(pk)
        found += [
            _side(row.channel.name, row.channel_id, name, typed, getattr(row, name))
            for name, typed in given.items()
            if row is not None and getattr(row, name) != typed
        ]
    return found


def _side(where: str, channel: int | None, name: str, typed: Any, newest: Any) -> dict[str, Any]:
    at = f"v{channel}-{name}" if channel else name
    return {
        "at": at, "name": name, "channel": channel, "where": where, "typed": typed, "label": _NAMES.get(name, name),
        "mine_shown": _in_words(name, typed), "newest_shown": _in_words(name, newest),
    }  # fmt: skip


def _in_words(name: str, value: Any) -> str:
    if name == "due_at" and value:
        return moments.full(datetime.fromisoformat(value) if isinstance(value, str) else value)
    if name == "media":
        return ", ".join(f"{entry.get('name', '')}: {entry.get('alt') or '–'}" for entry in value)
    if name == "thread":
        return "\n\n".join(value)
    if name == "utm":
        return ", ".join(f"{key}={part}" for key, part in value.items())
    if name == "campaign" and value:
        return str(Campaign.objects.filter(pk=value).first() or value)
    return str(PublicationKind(value).label) if name == "kind" else str(value or "")


def _comparable(one: Publication, name: str) -> Any:
    value = getattr(one, name)
    return value if isinstance(value, datetime) else getattr(value, "pk", value)


def _moment(name: str, typed: Any) -> Any:
    return datetime.fromisoformat(typed) if name == "due_at" and typed else typed


def _value(name: str, typed: Any) -> Any:
    if name == "campaign":
        return Campaign.objects.filter(pk=typed).first() if typed else None
    return _moment(name, typed)


def _row(one: Publication, value: str) -> Variant:
    row = (
        one.variants.select_related("channel")
        .filter(channel_id=int(value) if value.isdecimal() else 0)
        .first()
    )
    if row is None:
        raise Refusal(_("Kanal itu sudah tidak dipilih. Teks Anda tersimpan."))
    return row


def _remark_of(one: Publication, value: str) -> Remark:
    return Remark.objects.get(publication=one, pk=int(value) if value.isdecimal() else 0)


_ANY_STATE = frozenset(
    {"save", "remark", "settle", "open-again", "reopen", "discard", "duplicate", "copy-drop"}
)
"""Deeds that take nothing back of what was handed in, or say so."""
_NAMES: dict[str, Any] = {
    "kind": gettext_lazy("Jenis"), "title": gettext_lazy("Judul untuk rekan"), "text": gettext_lazy("Teks"),
    "media": gettext_lazy("Media"), "comment": gettext_lazy("Komentar pertama"), "link": gettext_lazy("Tautan"),
    "utm": gettext_lazy("Penanda kampanye"), "source": gettext_lazy("Sumber"), "thread": gettext_lazy("Utas"),
    "checked_by": gettext_lazy("Pemeriksa fakta"), "responsible": gettext_lazy("Penanggung jawab"),
    "due_at": gettext_lazy("Waktu terbit"), "late_minutes": gettext_lazy("Batas terlambat"),
    "campaign": gettext_lazy("Rencana"),
}  # fmt: skip
_DEEDS: dict[str, Callable[[StaffRequest, Publication, str], Answer]] = {
    "save": _save, "channels": _channels, "unit": _unit, "unlink": _unlink, "relink": _relink,
    "thread-add": _thread_add, "thread-split": _thread_split, "thread-drop": _thread_drop, "media": _media, "put": _put,
    "keep-snippet": _keep_snippet, "remark": _remark, "settle": _settle, "open-again": _open_again,
    "hand-in": _hand_in, "reopen": _reopen, "discard": _discard, "duplicate": _duplicate, "copy-drop": _copy_drop,
    "copy-take": _copy_take,
}  # fmt: skip
