"""What colleagues say about a draft: with the words it is about, settled once it was seen to."""

from __future__ import annotations

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import Publication, Remark


def of(publication: Publication) -> list[Remark]:
    """This will return what was said about a publication: open ones first, then by time."""
    rows = publication.remarks.select_related("author__user", "settled_by__user")
    return list(rows.order_by(models.F("settled_at").asc(nulls_first=True), "created_at"))


def mark(publication: Publication) -> str:
    """This will return what changes whenever a remark comes or is settled."""
    rows = publication.remarks
    return f"{rows.count()}-{rows.filter(settled_at__isnull=False).count()}"


def say(publication: Publication, by: Member, text: str, quote: str = "") -> Remark:
    """This will keep a remark on a publication that the member sees; `quote` is the place that it speaks of."""
    require(by, "note.write")
    if not text.strip():
        raise Refusal(_("Catatan masih kosong. Tidak ada yang disimpan."), "remark")
    with transaction.atomic():
        one = Publication.objects.seen_by(by).get(pk=publication.pk)
        made = Remark.objects.create(
            publication=one, author=by, text=text.strip()[:4000], quote=" ".join(quote.split())[:300],
            created_at=timezone.now(),
        )  # fmt: skip
        audit.record("publication.remark", one, by, remark=made.pk)
        live.tell(one.government_id, "publication", [one.pk])
    return made


def settle(remark: Remark, by: Member, *, settled: bool = True) -> None:
    """This will mark a remark as seen to, or open it again."""
    require(by, "note.write")
    with transaction.atomic():
        one = Publication.objects.seen_by(by).get(pk=remark.publication_id)
        Remark.objects.filter(pk=remark.pk, publication=one).update(
            settled_at=timezone.now() if settled else None, settled_by=by if settled else None
        )
        audit.record("publication.remark_settled", one, by, remark=remark.pk, settled=settled)
        live.tell(one.government_id, "publication", [one.pk])
