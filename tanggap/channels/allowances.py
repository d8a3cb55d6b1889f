"""What may be sent on a channel now: one module, asked before typing, on save, on submit, on schedule and at send.

Pure: rules (what a connector declares, with a channel's own figures put in) and a sending go in, objections come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanggap.channels import links
from tanggap.channels.declared import Ability, Rate, Window
from tanggap.channels.limits import Count, Limits, MediaLimits, count, hashtags, mentions, with_overrides
from tanggap.channels.media import MOST_PIXELS, Piece

if TYPE_CHECKING:
    from tanggap.channels.connector import Connector

_NEEDED = {
    "post": Ability.PUBLISH, "reply": Ability.REPLY, "private_reply": Ability.PRIVATE_REPLY, "hide": Ability.HIDE,
    "withdraw": Ability.WITHDRAW,
}  # fmt: skip
_WORDLESS = frozenset({"hide", "withdraw"})
_YES = frozenset({"1", "true", "ya", "yes", "y"})


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something cannot leave now, for people: `otherwise` says what can be done instead.

    `until` is when it may go again where time alone helps (code "rate"), else when it was allowed last ("window").
    Codes: by_hand, empty, text, forbidden, hashtags, links, mentions, window, once, rate, media.
    """

    code: str
    text: str
    field: str = "text"
    until: datetime | None = None
    otherwise: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.otherwise}".strip()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a channel allows for one kind of send. `human_agent` where Meta granted the longer window for officers."""

    kind: str
    abilities: frozenset[Ability]
    limits: Limits
    media: MediaLimits | None = None
    windows: tuple[Window, ...] = ()
    rates: tuple[Rate, ...] = ()
    human_agent: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """What shall leave, as it will stand there; `to_message` where it answers a private message.

    `the_post` and `their_last_message` are times at the platform. `answered` where the target had its one answer.
    `sent` gives the number of sends of some kinds since a time, and the time of the oldest of them.
    """

    text: str
    to_message: bool = False
    the_post: datetime | None = None
    their_last_message: datetime | None = None
    answered: bool = False
    media: Sequence[Piece] = ()
    sent: Callable[[Rate, datetime], tuple[int, datetime | None]] | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Until when an answer is let through; `once` where only one is. `until` is None where time sets no limit."""

    until: datetime | None
    hours: float = 0
    otherwise: str = ""
    once: bool = False

    def closed(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until


def limits_of(declared: type[Connector], settings: Mapping[str, Any], kind: str = "post") -> Limits:
    """This will return how texts of a kind are counted: the channel's own figures before the platform's.

    `settings["limits"]` are those of published texts, and of all kinds for which the platform declares no others;
    `settings["limits"][kind]` those of one kind.
    """
    own = settings.get("limits") or {}
    special = own.get(kind) if isinstance(own.get(kind), Mapping) else None
    if kind in declared.limits_by_kind:
        return with_overrides(declared.limits_by_kind[kind], special)
    return with_overrides(with_overrides(declared.limits, own), special)


def rules_of(
    declared: type[Connector],
    settings: Mapping[str, Any],
    kind: str,
    *,
    by_hand: bool = False,
    to_message: bool = False,
) -> Rules:
    """This will gather what a channel allows for a kind of send; one that is worked by hand sends nothing itself.

    An answer to a private message is counted as the platform counts messages, where it says so.
    """
    private = ("message", "private_reply") if kind == "reply" and to_message else ()
    counted_as = next((one for one in private if one in declared.limits_by_kind), kind)
    media = declared.media
    own = settings.get("media")
    if media is not None and isinstance(own, Mapping):
        media = replace(media, **{key: value for key, value in own.items() if key in MediaLimits.__slots__})
    return Rules(
        kind, frozenset() if by_hand else declared.abilities, limits_of(declared, settings, counted_as), media,
        declared.windows, _rates_of(declared, settings, kind),
        str(settings.get("human_agent", "")).strip().lower() in _YES,
    )  # fmt: skip


def _rates_of(declared: type[Connector], settings: Mapping[str, Any], kind: str) -> tuple[Rate, ...]:
    """The platform's shares; where an account was told its own ({kind: [most, seconds]}) that one alone."""
    own = settings.get("rates")
    told = own.get(kind) if isinstance(own, Mapping) else None
    if isinstance(told, Sequence) and len(told) == 2:
        return (Rate((kind,), int(told[0]), int(told[1])),)
    return declared.rates


def as_kept(text: str) -> str:
    """This will write line ends as platforms count them: one sign, however the browser sent them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def opening(rules: Rules, sending: Sending) -> Open:
    """This will say until when this can be sent, by the platform's windows."""
    names = {rules.kind, "message"} if rules.kind == "reply" and sending.to_message else {rules.kind}
    mine = [one for one in rules.windows if one.kind in names]
    if not mine:
        return Open(None)
    longer = [one for one in rules.windows if one.kind == "human_agent"] if rules.human_agent else []
    ends = [(end, one) for one in [*mine, *longer] if (end := _end(one, sending)) is not None]
    once = any(one.once for one in mine)
    if not ends:
        return Open(None, once=once, otherwise=mine[0].otherwise)
    until, last = max(ends, key=lambda pair: pair[0])
    return Open(until, last.hours, last.otherwise, once)


def objections(rules: Rules, sending: Sending, now: datetime) -> list[Objection]:
    """This will say all that keeps this from leaving now, gravest first; empty where nothing does."""
    if _NEEDED.get(rules.kind, Ability.REPLY) not in rules.abilities:
        return [_by_hand(rules.kind)]
    found = [*_of_windows(rules, sending, now)]
    if rules.kind not in _WORDLESS:
        found += [*of_text(rules.limits, sending.text), *of_media(rules, sending)]
    return [*found, *_of_rates(rules, sending, now)]


def of_text(limits: Limits, text: str) -> Iterable[Objection]:
    """This will say what a platform would refuse in a text."""
    counted = count(text, limits)
    if not counted.fits:
        yield Objection("text", too_long(counted))
    bad = sorted({sign for sign in limits.forbidden if sign in text})
    if bad:
        yield Objection("forbidden", _("Platform tidak menerima tanda %(signs)s.") % {"signs": " ".join(bad)})
    yield from _too_many("hashtags", hashtags(text), limits.hashtags_most, _("tagar"))
    yield from _too_many("links", len(links.links(text, bare=True)), limits.links_most, _("tautan"))
    yield from _too_many("mentions", mentions(text), limits.mentions_most, _("sebutan akun"))


def too_long(counted: Count) -> str:
    """This will say that a text is too long, in the unit that binds."""
    if counted.unit == "bytes":
        return _("Terlalu panjang: %(used)s dari %(most)s bita.") % {
            "used": counted.used,
            "most": counted.most,
        }
    return _("Terlalu panjang: %(used)s dari %(most)s.") % {"used": counted.used, "most": counted.most}


def of_media(rules: Rules, sending: Sending) -> Iterable[Objection]:
    """This will say what a platform would refuse of the files that go with a text."""
    allowed, pieces = rules.media, sending.media
    if not pieces:
        if allowed is not None and allowed.required and rules.kind == "post":
            yield _media(_("Platform ini tidak menerima teks saja: sertakan gambar atau video."))
        return
    if allowed is None or Ability.MEDIA not in rules.abilities:
        yield _media(_("Kanal ini tidak menerima lampiran. Taruh tautannya di dalam teks."))
        return
    if len(pieces) > allowed.most:
        told = {"n": len(pieces), "most": allowed.most}
        yield _media(_("Lampiran terlalu banyak: %(n)s dari paling banyak %(most)s.") % told)
    alone = [one for one in pieces if one.type.partition("/")[0] in allowed.alone]
    if alone and len(pieces) > 1:
        yield _media(_("%(name)s harus berdiri sendiri, tanpa lampiran lain.") % {"name": _named(alone[0])})
    for one in pieces:
        yield from _of_piece(one, allowed)


def _of_piece(one: Piece, allowed: MediaLimits) -> Iterable[Objection]:
    name = _named(one)
    told: dict[str, object]
    most = allowed.bytes_by_type.get(one.type)
    if not one.whole:
        yield _media(_("%(name)s rusak atau bukan gambar. Pilih berkas lain.") % {"name": name})
    if most is None:
        types = ", ".join(sorted(kind.partition("/")[2].upper() for kind in allowed.bytes_by_type))
        told = {"name": name, "type": one.type, "types": types}
        yield _media(_("%(name)s berjenis %(type)s, yang tidak diterima. Yang diterima: %(types)s.") % told)
    elif one.size > most:
        told = {"name": name, "size": _mega(one.size), "most": _mega(most)}
        yield _media(_("%(name)s terlalu besar: %(size)s MB dari paling banyak %(most)s MB.") % told)
    if one.width * one.height > MOST_PIXELS:
        yield _media(_("%(name)s lebih dari 50 megapiksel. Perkecil gambarnya.") % {"name": name})
    if allowed.ratio and one.width and one.height:
        least, greatest = allowed.ratio
        if not least <= one.width / one.height <= greatest:
            told = {"name": name, "width": one.width, "height": one.height}
            yield _media(
                _("%(name)s terlalu lebar atau terlalu tinggi (%(width)s×%(height)s). Potong gambarnya.")
                % told
            )
    if allowed.alt_most and len(one.alt) > allowed.alt_most:
        told = {"name": name, "used": len(one.alt), "most": allowed.alt_most}
        yield _media(_("Teks alternatif %(name)s terlalu panjang: %(used)s dari %(most)s.") % told)


def _of_windows(rules: Rules, sending: Sending, now: datetime) -> Iterable[Objection]:
    window = opening(rules, sending)
    if window.closed(now):
        yield Objection(
            "window",
            _("Batas waktu platform untuk membalas sudah lewat (%(hours)s jam).") % {"hours": f"{window.hours:g}"},
            until=window.until, otherwise=window.otherwise,
        )  # fmt: skip
    elif window.once and sending.answered:
        yield Objection(
            "once", _("Platform hanya menerima satu balasan pribadi untuk kiriman ini, dan itu sudah dikirim."),
            otherwise=window.otherwise,
        )  # fmt: skip


def _of_rates(rules: Rules, sending: Sending, now: datetime) -> Iterable[Objection]:
    if sending.sent is None:
        return
    for rate in rules.rates:
        if rules.kind not in rate.kinds:
            continue
        span = timedelta(seconds=rate.seconds)
        n, oldest = sending.sent(rate, now - span)
        if n >= rate.most:
            yield Objection(
                "rate",
                _("Platform menerima paling banyak %(most)s kiriman dalam %(span)s.")
                % {"most": rate.most, "span": _span(rate.seconds)},
                until=(oldest or now) + span, otherwise=_("Kiriman ini menunggu gilirannya."),
            )  # fmt: skip


def _by_hand(kind: str) -> Objection:
    if kind == "post":
        text = _("Kanal ini tidak dapat diisi dari sini. Salin teksnya dan terbitkan di platform.")
    elif kind == "withdraw":
        text = _("Kiriman di kanal ini tidak dapat ditarik dari sini. Hapus di platform, lalu tandai.")
    elif kind == "hide":
        text = _("Komentar di kanal ini tidak dapat disembunyikan dari sini. Sembunyikan di platform.")
    else:
        text = _(
            "Kanal ini tidak dapat dibalas dari sini. Salin teksnya, balas di platform, lalu tandai terjawab."
        )
    return Objection("by_hand", text, "kind")


def _too_many(code: str, n: int, most: int | None, word: str) -> Iterable[Objection]:
    if most is not None and n > most:
        told = {"what": word, "n": n, "most": most}
        yield Objection(code, _("Terlalu banyak %(what)s: %(n)s dari paling banyak %(most)s.") % told)


def _end(window: Window, sending: Sending) -> datetime | None:
    last = sending.their_last_message or sending.the_post
    since = last if window.since == "their_last_message" else sending.the_post
    return since + timedelta(hours=window.hours) if since else None


def _media(text: str) -> Objection:
    return Objection("media", text, "media")


def _named(one: Piece) -> str:
    return one.name or _("Lampiran")


def _mega(size: int) -> str:
    return f"{size / 1_000_000:.1f}".rstrip("0").rstrip(".").replace(".", ",")


def _span(seconds: int) -> str:
    if seconds % 3600 == 0:
        n = seconds // 3600
        return ngettext("%(n)s jam", "%(n)s jam", n) % {"n": n}
    if seconds >= 60:
        n = seconds // 60
        return ngettext("%(n)s menit", "%(n)s menit", n) % {"n": n}
    return ngettext("%(n)s detik", "%(n)s detik", seconds) % {"n": seconds}
