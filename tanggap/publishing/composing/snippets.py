"""Saved texts: templates that begin a publication, blocks that are put into one; kept by office, looked at in turn."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import regex
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Unit, require
from tanggap.channels.allowances import as_kept
from tanggap.core import audit
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.models import Publication, PublicationKind, Snippet

REVIEW_AFTER = timedelta(days=180)
"""How long a saved text counts as looked at."""
_HASHTAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#])#[\p{L}\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*")
_LATELY = 200


def offered(member: Member) -> list[Snippet]:
    """This will return the saved texts that a member may use: the own offices', those above, and everybody's."""
    rows = Snippet.objects.select_related("unit", "author__user")
    if not member.sees_all:
        above: set[int] = set()
        unit: Unit | None = member.unit
        while unit is not None:
            above.add(unit.pk)
            unit = unit.parent
        rows = rows.filter(models.Q(unit__isnull=True) | models.Q(unit_id__in=above | member.unit_ids()))
    return list(rows.order_by(models.F("unit__name").asc(nulls_first=True), "name"))


def keep(
    by: Member, *, name: str, text: str, form: str = Snippet.Form.BLOCK, kind: str = "", unit: Unit | None = None,
    changed: Snippet | None = None,
) -> Snippet:  # fmt: skip
    """This will save a text under a name of its own, or change a saved one; it counts as looked at today."""
    require(by, "publication.write")
    name, text, now = " ".join(name.split())[:120], as_kept(text).strip(), timezone.now()
    if not name:
        raise Refusal(_("Beri nama agar rekan menemukannya. Tidak ada yang disimpan."), "name")
    if not text:
        raise Refusal(_("Teksnya masih kosong. Tidak ada yang disimpan."), "text")
    if unit is not None and not by.sees_all and unit.pk not in by.unit_ids():
        raise NotAllowed(_("Folder itu milik perangkat daerah lain. Tidak ada yang diubah."))
    values = {
        "name": name, "text": text, "form": form if form in Snippet.Form.values else Snippet.Form.BLOCK,
        "kind": kind if kind in PublicationKind.values else "", "unit": unit, "reviewed_at": now,
    }  # fmt: skip
    try:
        with transaction.atomic():
            if changed is None:
                one = Snippet.objects.create(author=by, created_at=now, **values)
            else:
                one = _mine(changed, by)
                for key, value in values.items():
                    setattr(one, key, value)
                one.save(update_fields=list(values))
            audit.record("snippet.keep", one, by, now=now, form=one.form)
    except IntegrityError:
        raise Refusal(
            _("Sudah ada cuplikan bernama “%(name)s”. Pilih nama lain.") % {"name": name}, "name"
        ) from None
    return one


def reviewed(snippet: Snippet, by: Member) -> None:
    """This will note that somebody read a saved text and found it still right."""
    require(by, "publication.write")
    with transaction.atomic():
        one = _mine(snippet, by)
        one.reviewed_at = timezone.now()
        one.save(update_fields=["reviewed_at"])
        audit.record("snippet.reviewed", one, by)


def drop(snippet: Snippet, by: Member) -> None:
    """This will delete a saved text; what was written with it stays."""
    require(by, "publication.write")
    with transaction.atomic():
        one = _mine(snippet, by)
        audit.record("snippet.drop", one, by)
        one.delete()


def put_in(publication: Publication, by: Member, snippet: Snippet, channel: int | None = None) -> Publication:
    """This will put a saved text below the words of the master, or of a channel that has words of its own."""
    row = publication.variants.filter(channel_id=channel, linked=False).first() if channel else None
    before = (row.text if row else publication.text).rstrip()
    text = f"{before}\n\n{snippet.text}" if before else snippet.text
    with transaction.atomic():
        counted(snippet)
        if row is None:
            return writing.save(publication, by, publication.revision, {"text": text})
        return writing.save(publication, by, publication.revision, {}, {row.channel_id: {"text": text}})


def counted(snippet: Snippet) -> None:
    """This will count one use of a saved text."""
    Snippet.objects.filter(pk=snippet.pk).update(used=models.F("used") + 1)


def stale(snippet: Snippet, now: datetime) -> bool:
    """This will tell whether somebody should read a saved text again."""
    return snippet.reviewed_at is None or now - snippet.reviewed_at > REVIEW_AFTER


def hashtags(member: Member, most: int = 12) -> list[str]:
    """This will return the hashtags that the member's offices used most in their newest publications."""
    rows = Publication.objects.seen_by(member).order_by("-changed_at").values_list("text", flat=True)
    found = Counter(tag for text in rows[:_LATELY] for tag in set(_HASHTAG.findall(text)))
    return [tag for tag, _n in sorted(found.items(), key=lambda pair: (-pair[1], pair[0].lower()))[:most]]


def _mine(snippet: Snippet, by: Member) -> Snippet:
    one = Snippet.objects.select_for_update(of=("self",)).get(pk=snippet.pk)
    if (
        not by.sees_all
        and one.author_id != by.pk
        and (one.unit_id is None or one.unit_id not in by.unit_ids())
    ):
        raise NotAllowed(_("Cuplikan ini milik perangkat daerah lain. Tidak ada yang diubah."))
    return one
