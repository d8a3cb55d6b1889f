"""What a platform declares, in the words of the screens: abilities, limits, windows, rates, quotas, periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanggap.channels.connector import Ability, Connector
from tanggap.channels.limits import Limits

ABILITIES: dict[Ability, tuple[str | Promise, str]] = {
    Ability.HOOK: (gettext_lazy("menerima kiriman langsung"), "webhook"),
    Ability.STREAM: (gettext_lazy("aliran langsung"), "zap"),
    Ability.FETCH: (gettext_lazy("ditarik berkala"), "refresh-cw"),
    Ability.BACKFILL: (gettext_lazy("riwayat"), "history"),
    Ability.SEARCH: (gettext_lazy("mencari pembicaraan umum"), "scan-line"),
    Ability.REPLY: (gettext_lazy("membalas"), "reply"),
    Ability.PRIVATE_REPLY: (gettext_lazy("pesan pribadi"), "lock"),
    Ability.PUBLISH: (gettext_lazy("menerbitkan"), "send"),
    Ability.MEDIA: (gettext_lazy("melampirkan gambar"), "image"),
    Ability.HIDE: (gettext_lazy("menyembunyikan"), "eye-off"),
    Ability.EDITS: (gettext_lazy("tahu suntingan"), "pencil"),
    Ability.DELETES: (gettext_lazy("tahu penghapusan"), "trash-2"),
    Ability.RECEIPTS: (gettext_lazy("tahu pesan dibaca"), "check-check"),
    Ability.LOOK_UP: (gettext_lazy("memeriksa hasil kiriman"), "search"),
    Ability.RECHECK: (gettext_lazy("melihat lagi kiriman lama"), "rotate-ccw"),
    Ability.FIGURES: (gettext_lazy("angka tiap terbitan"), "trending-up"),
    Ability.WITHDRAW: (gettext_lazy("menarik terbitan sendiri"), "undo-2"),
}
KINDS: dict[str, str | Promise] = {
    "post": gettext_lazy("Unggahan"),
    "reply": gettext_lazy("Balasan"),
    "private_reply": gettext_lazy("Pesan pribadi"),
    "hide": gettext_lazy("Sembunyikan"),
    "withdraw": gettext_lazy("Penarikan"),
    "message": gettext_lazy("Pesan"),
    "human_agent": gettext_lazy("Jawaban petugas sesudah jendela biasa"),
}
COUNTED: dict[str, str | Promise] = {
    "codepoints": gettext_lazy("karakter"),
    "graphemes": gettext_lazy("huruf tampak"),
    "bluesky": gettext_lazy("huruf tampak"),
    "mastodon": gettext_lazy("huruf tampak"),
    "utf16": gettext_lazy("satuan UTF-16"),
    "x_weighted": gettext_lazy("karakter berbobot"),
    "emoji_utf8": gettext_lazy("karakter, emoji dihitung menurut bitanya"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a platform allows or forbids, in a sentence, with where that stands."""

    name: str
    text: str
    source_url: str = ""
    checked_on: str = ""


def able(abilities: frozenset[Ability]) -> list[tuple[str | Promise, str]]:
    """This will list abilities with their icons, in the order of the screens."""
    return [ABILITIES[one] for one in ABILITIES if one in abilities]


def facts(one: type[Connector], own: Mapping[str, Limits] | None = None) -> list[Fact]:
    """This will list what a platform allows: lengths, media, windows, rates, quota; `own` are an account's limits."""
    return [*_lengths(one, own or {}), *_media(one), *_windows(one), *_rates(one), *_quota(one)]


def _lengths(one: type[Connector], own: Mapping[str, Limits]) -> Iterator[Fact]:
    if not one.abilities & {Ability.REPLY, Ability.PRIVATE_REPLY, Ability.PUBLISH}:
        return
    kinds = {"post": one.limits, **one.limits_by_kind, **own}
    for kind, limits in kinds.items():
        unit = str(COUNTED.get(limits.count, limits.count))
        text = _("paling panjang %(most)s %(unit)s") % {"most": _n(limits.most), "unit": unit}
        also = [
            _("tautan dihitung %(n)s") % {"n": limits.url_length} if limits.url_length else "",
            _("paling banyak %(n)s bita") % {"n": _n(limits.bytes_most)} if limits.bytes_most else "",
            _("%(n)s tagar") % {"n": limits.hashtags_most} if limits.hashtags_most is not None else "",
            _("%(n)s tautan") % {"n": limits.links_most} if limits.links_most is not None else "",
        ]
        whole = "; ".join([text, *filter(None, also)])
        yield Fact(str(KINDS.get(kind, kind)), whole, limits.source_url, limits.checked_on)


def _media(one: type[Connector]) -> Iterator[Fact]:
    if one.media is None:
        return
    text = ngettext("%(n)s lampiran", "%(n)s lampiran", one.media.most) % {"n": one.media.most}
    sizes = ", ".join(
        f"{kind} ≤ {_size(most)}" for kind, most in sorted(one.media.bytes_by_type.items())
    )  # fmt: skip
    yield Fact(_("Lampiran"), f"{text}: {sizes}", one.media.source_url, one.media.checked_on)


def _windows(one: type[Connector]) -> Iterator[Fact]:
    for window in one.windows:
        since = _("pesan terakhir warga") if window.since == "their_last_message" else _("kirimannya")
        text = _("sampai %(long)s sesudah %(since)s") % {"long": _long(window.hours), "since": since}
        once = _("satu kali saja") if window.once else ""
        whole = "; ".join(filter(None, [text, once])) + f". {window.otherwise}"
        yield Fact(str(KINDS.get(window.kind, window.kind)), whole, window.source_url, window.checked_on)


def _rates(one: type[Connector]) -> Iterator[Fact]:
    for rate in one.rates:
        kinds = ", ".join(str(KINDS.get(kind, kind)) for kind in rate.kinds)
        text = _("paling banyak %(most)s tiap %(long)s") % {
            "most": _n(rate.most), "long": _long(rate.seconds / 3600)
        }  # fmt: skip
        yield Fact(kinds, text, rate.source_url, rate.checked_on)


def _quota(one: type[Connector]) -> Iterator[Fact]:
    if one.quota is None:
        return
    costs = ", ".join(
        f"{ABILITIES[Ability(kind)][0] if kind in list(Ability) else kind} {_n(units)}"
        for kind, units in one.quota.costs.items()
    )
    text = _("%(units)s satuan sehari (%(costs)s)") % {"units": _n(one.quota.units), "costs": costs}
    yield Fact(_("Jatah harian"), text, one.quota.source_url, one.quota.checked_on)


def every(seconds: float) -> str:
    """This will say a period in words, in the unit that fits it."""
    return _long(seconds / 3600)


def _long(hours: float) -> str:
    if hours >= 48 and hours % 24 == 0:
        days = int(hours // 24)
        return ngettext("%(n)s hari", "%(n)s hari", days) % {"n": days}
    if hours >= 1 and hours == int(hours):
        return ngettext("%(n)s jam", "%(n)s jam", int(hours)) % {"n": int(hours)}
    if hours * 60 >= 1:
        minutes = round(hours * 60)
        return ngettext("%(n)s menit", "%(n)s menit", minutes) % {"n": minutes}
    seconds = round(hours * 3600)
    return ngettext("%(n)s detik", "%(n)s detik", seconds) % {"n": seconds}


def _n(value: int) -> str:
    return str(number_format(value, use_l10n=True, force_grouping=True))


def _size(most: int) -> str:
    """Whole numbers as platforms write them: some count a megabyte as 1,048,576 bytes, some as 1,000,000."""
    for unit, base in (("MB", 1024), ("MB", 1000)):
        if most % base**2 == 0:
            return f"{_n(most // base**2)} {unit}"
    return f"{_n(most // 1000)} kB" if most < 1_000_000 else f"{_n(most // 1_000_000)} MB"
