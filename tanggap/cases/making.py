"""An officer makes a case of a post: with a suggestion, its reason, and the last word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Unit, require
from tanggap.cases import clocks, opening, triage
from tanggap.cases.deadlines import Due
from tanggap.cases.models import Case, CasePost
from tanggap.cases.routing import Router, Suggested
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the system would make of a post, with reasons, for the form that an officer sees."""

    title: str
    case_class: str
    topic: str
    area_code: str
    why: str
    units: list[Suggested]
    due: Due | None


def suggestion(
    post: Post, topic: str | None = None, area_code: str | None = None, case_class: str | None = None
) -> Suggestion:
    """This will suggest class, topic, place and offices for a post; what an officer has chosen already is kept."""
    now = timezone.now()
    government = post.government
    router = Router(government, now.astimezone(government.zone).date())
    chosen = case_class or triage.class_of(post)
    topic = post.topic if topic is None else topic
    area_code = post.area_code if area_code is None else area_code
    supervisory = chosen == "pengaduan_pengawasan"
    return Suggestion(
        title=opening.title_of(topic, router.area_name(area_code), opening.street_of(post), chosen),
        case_class=chosen,
        topic=topic,
        area_code=area_code,
        why=str(triage.TEXTS.get(triage.Reason(post.triage), ""))
        if post.triage in list(triage.Reason)
        else "",
        units=router.suggest(topic, area_code, supervisory=supervisory, urgency=post.urgency),
        due=clocks.due(government, chosen, "settlement", post.received_at),
    )


def from_post(
    post: Post,
    by: Member,
    *,
    title: str = "",
    case_class: str | None = None,
    topic: str | None = None,
    area_code: str | None = None,
    secrecy: str = "",
    units: Sequence[Unit] | None = None,
) -> Case:
    """This will open a case from a post; given offices get it at once, else it waits for the coordinator."""
    require(by, "case.triage")
    now = timezone.now()
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        there = CasePost.objects.filter(post=locked).select_related("case").first()
        if there:
            raise Refusal(
                _("Pesan ini sudah masuk kasus %(number)s. Tidak ada kasus baru dibuat.")
                % {"number": there.case.number}
            )
        router = Router(post.government, now.astimezone(post.government.zone).date())
        wish = opening.Wish(
            locked, case_class or triage.class_of(locked), triage.Reason.BY_HAND, title=title, topic=topic,
            area_code=area_code, secrecy=secrecy, dispatch=bool(units),
            units=opening.offices(units, _("dipilih petugas")) if units else None,
        )  # fmt: skip
        plan = opening.plan(post.government, [wish], by, router, now)
        locked.save(update_fields=["units", "confidential", "named"])
        (case,) = opening.write(plan, [locked.pk])
    return case
