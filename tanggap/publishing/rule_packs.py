"""Rule packs of a government: drafted, tried on what it said before, made to stand; each version kept as it was.

What cannot be read whole raises: the checks then keep everything in (contexts.context_of).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Government, Member, NotAllowed, Role, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import checks, pack, pack_trial
from tanggap.publishing.check import Check, Severity
from tanggap.publishing.models import RulePack, RulePackDraft
from tanggap.publishing.pack import MOST_WORDS, PASS, Pack
from tanggap.publishing.pack_trial import Trial

ANSWERING = (Role.COORDINATOR, Role.OFFICER, Role.LIAISON)
"""Roles that may be named to let findings pass: those who write and coordinate."""
_WEIGHT = {"informs": 0, "warns": 1, "blocks": 2}


def standing(government: Government, moment: datetime) -> Pack:
    """This will return the pack that stands at a moment; ValueError where what is kept cannot be read."""
    row = standing_row(moment.astimezone(ZoneInfo(government.timezone)).date())
    return pack.read(row.content, row.number) if row else Pack()


def standing_row(day: date) -> RulePack | None:
    """This will return the newest version whose days hold this one."""
    held = models.Q(valid_until=None) | models.Q(valid_until__gte=day)
    return RulePack.objects.filter(held, valid_from__lte=day).order_by("-number").first()


def draft(by: Member) -> RulePackDraft:
    """This will return the draft of a government; where there is none, one that begins with what stands."""
    require(by, "publication.rules")
    found = RulePackDraft.objects.first()
    if found is not None:
        return found
    now = timezone.now()
    row = standing_row(_today(by, now))
    return RulePackDraft.objects.create(
        content=row.content if row else Pack().as_json(),
        basis=row.basis if row else "",
        changed_by=by,
        changed_at=now,
    )


def save(
    by: Member,
    given: Pack,
    *,
    revision: int,
    valid_from: date | None,
    valid_until: date | None,
    basis: str,
    note: str,
) -> RulePackDraft:
    """This will keep the draft as it was typed; Lost where somebody saved since, Refusal for what no rule allows."""
    require(by, "publication.rules")
    _require_sound(given)
    if valid_from and valid_until and valid_until < valid_from:
        raise Refusal(_("Hari terakhir mendahului hari pertama. Draf belum disimpan."), "valid_until")
    with transaction.atomic():
        one = RulePackDraft.objects.select_for_update().get(pk=draft(by).pk)
        if one.revision != revision:
            raise Lost("Somebody else saved the draft of the rules.")
        one.content, one.valid_from, one.valid_until = given.as_json(), valid_from, valid_until
        one.basis, one.note = basis.strip()[:300], note.strip()[:300]
        one.revision, one.changed_by, one.changed_at = revision + 1, by, timezone.now()
        one.save()
        audit.record("rule_pack.draft", one, by, now=one.changed_at, digest=_digest(one))
    return one


def attempt(by: Member, most: int) -> Trial:
    """This will try the draft on the newest texts that left, against what stands today, and keep the counts."""
    one, now = draft(by), timezone.now()
    tried = pack_trial.tried(by, standing(by.government, now), pack.read(one.content), now, most)
    one.tried = {"digest": _digest(one), **tried.counts(), "at": now.isoformat()}
    one.save(update_fields=["tried"])
    return tried


def go_live(by: Member, *, revision: int) -> RulePack:
    """This will make the draft stand from its first day on; only what was tried, and with a basis.

    NotAllowed where it weakens a rule that blocks and the member is no administrator.
    """
    require(by, "publication.rules")
    now = timezone.now()
    with transaction.atomic():
        one = RulePackDraft.objects.select_for_update().get(pk=draft(by).pk)
        if one.revision != revision:
            raise Lost("Somebody else saved the draft of the rules.")
        after = pack.read(one.content)
        _require_sound(after)
        _require_tried(one)
        today = _today(by, now)
        first = one.valid_from or today
        if first < today:
            raise Refusal(_("Hari pertama sudah lewat. Aturan tidak berlaku surut."), "valid_from")
        if len(one.basis) < 5:
            raise Refusal(
                _("Tulis dasar aturan ini, misalnya nomor surat keputusan atau berita acara."), "basis"
            )
        if weakened(after) and by.role != Role.ADMINISTRATOR:
            raise NotAllowed(
                _(
                    "Aturan yang mencegah terbit hanya boleh dimatikan atau diringankan administrator. Draf tersimpan."
                )
            )
        newest = RulePack.objects.aggregate(newest=models.Max("number"))["newest"] or 0
        made = RulePack.objects.create(
            number=newest + 1, content=one.content, valid_from=first, valid_until=one.valid_until, basis=one.basis,
            note=one.note, tried={key: value for key, value in one.tried.items() if key != "digest"}, author=by,
            made_at=now,
        )  # fmt: skip
        audit.record("rule_pack.go_live", made, by, now=now, number=made.number, weakened=weakened(after))
        one.delete()
        live.tell(by.government_id, "rule_pack", [made.pk])
    return made


def discard(by: Member) -> None:
    """This will put the draft away; what stands is not touched."""
    one = draft(by)
    audit.record("rule_pack.discard", one, by)
    one.delete()


def begin_from(by: Member, number: int) -> RulePackDraft:
    """This will put an earlier version into the draft, to be tried and made to stand again."""
    row = RulePack.objects.get(number=number)
    one = draft(by)
    return save(
        by, pack.read(row.content), revision=one.revision, valid_from=None, valid_until=None, basis=row.basis,
        note=_("Kembali ke versi %(number)s") % {"number": number},
    )  # fmt: skip


def is_tried(one: RulePackDraft) -> bool:
    """This will say whether the draft was tried as it stands."""
    return bool(one.tried.get("digest") == _digest(one))


def weakened(given: Pack) -> list[str]:
    """This will return the rules that block as shipped and block less, or may be answered for by more, in a pack."""
    found = [check.id for check in checks.all_checks() if _weaker(check, given)]
    passing = {one.rule for one in given.words if one.list == PASS}
    return sorted({*found, *(rule for rule in passing if _blocks(rule))})


def _weaker(check: Check, given: Pack) -> bool:
    setting = given.setting(check.id)
    lighter = bool(setting.severity) and _WEIGHT[setting.severity] < _WEIGHT[check.gives]
    return check.gives == Severity.BLOCKS and (not setting.on or lighter or bool(set(setting.by) - check.by))


def _blocks(rule: str) -> bool:
    check = checks.check_of(rule)
    return check is not None and check.gives == Severity.BLOCKS


def _require_sound(given: Pack) -> None:
    for rule, setting in given.settings.items():
        check = checks.check_of(rule)
        if check is None or not set(setting.by) <= set(ANSWERING):
            raise Refusal(_("Ada aturan atau peran yang tidak dikenal. Draf belum disimpan."), f"rule-{rule}")
        named = {"name": check.name}
        if setting == pack.Setting(reason=setting.reason):
            continue
        if not check.overridable:
            raise Refusal(
                _("“%(name)s” tidak dapat diubah: tidak ada yang boleh meloloskannya.") % named,
                f"rule-{rule}",
            )
        if check.gives == Severity.BLOCKS and not setting.reason.strip() and _weaker(check, given):
            raise Refusal(
                _("Tulis alasan meringankan “%(name)s”. Draf belum disimpan.") % named, f"rule-{rule}"
            )
    if len(given.words) > MOST_WORDS:
        raise Refusal(_("Paling banyak %(most)s kata. Draf belum disimpan.") % {"most": MOST_WORDS}, "words")
    for word in given.words:
        _require_word(word)


def _require_word(word: pack.Word) -> None:
    check = checks.check_of(word.rule)
    said = {"phrase": word.phrase}
    if check is None or (word.list == PASS and not check.overridable):
        raise Refusal(_("Pilih kelas lain untuk “%(phrase)s”. Draf belum disimpan.") % said, "words")
    if not word.reason.strip():
        raise Refusal(_("Tulis alasan untuk “%(phrase)s”. Draf belum disimpan.") % said, "words")
    if not set(word.by) <= set(ANSWERING):
        raise Refusal(_("Ada aturan atau peran yang tidak dikenal. Draf belum disimpan."), "words")


def _require_tried(one: RulePackDraft) -> None:
    if not is_tried(one):
        raise Refusal(
            _("Coba dulu aturan ini pada teks terakhir; sejak percobaan terakhir isinya berubah."), "tried"
        )


def _digest(one: RulePackDraft) -> str:
    content: Mapping[str, Any] = one.content
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _today(by: Member, now: datetime) -> date:
    return now.astimezone(ZoneInfo(by.government.timezone)).date()
