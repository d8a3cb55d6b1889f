"""What the public may know of a case: frozen, already cleared of personal data; nothing of a confidential case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Government
from tanggap.cases.models import OPEN_STATES, Assignment, AssignmentState, Case, CaseState, Secrecy
from tanggap.cases.routing_table import topic_rule
from tanggap.core import scope

_S = CaseState
WORDS = {
    _S.NEW: _("Laporan diterima dan sedang dipilah."),
    _S.INCOMPLETE: _("Kami menunggu keterangan tambahan dari Anda."),
    _S.VERIFIED: _("Laporan sudah diperiksa."),
    _S.DISPATCHED: _("Laporan sudah diteruskan ke perangkat daerah yang berwenang."),
    _S.RETURNED: _("Laporan sedang dicarikan perangkat daerah yang tepat."),
    _S.IN_PROGRESS: _("Perangkat daerah sedang menindaklanjuti laporan."),
    _S.ANSWERED: _("Perangkat daerah sudah memberi tanggapan."),
    _S.REPORTER_REPLIED: _("Tanggapan Anda sudah diterima dan sedang dibaca."),
    _S.CLOSED: _("Laporan selesai."),
    _S.ARCHIVED: _("Laporan tidak dilanjutkan."),
}


@dataclass(frozen=True, slots=True)
class PublicStep:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case as its reporter or the public sees it. `steps` and `offices` are filled for a follow link only."""

    number: str
    government: str
    zone: str
    topic: str
    state: str
    words: str
    opened_at: datetime
    promised: datetime | None
    late: bool
    open: bool
    summary: str
    offices: tuple[str, ...] = ()
    steps: tuple[PublicStep, ...] = ()


def by_number(government_code: str, number: str) -> PublicCase | None:
    """This will return a case's public summary; None alike for one that is confidential and one that is not."""
    with scope.crossing("the portal serves every government"):
        case = (
            Case.objects.select_related("government")
            .filter(government__code=government_code, number=number.strip().upper())
            .exclude(secrecy=Secrecy.CONFIDENTIAL)
            .first()
        )
        return _public(case) if case else None


def by_follow(secret: str) -> PublicCase | None:
    """This will return a case to the holder of its follow link, with its steps and offices."""
    with scope.crossing("the portal serves every government"):
        case = Case.objects.select_related("government").filter(follow=secret).first()
        if case is None:
            return None
        tasks = list(
            Assignment.objects.filter(case=case)
            .exclude(state=AssignmentState.WITHDRAWN)
            .select_related("unit")
        )
        steps = [PublicStep(case.opened_at, str(_("Laporan diterima.")))]
        steps += [
            PublicStep(one.sent_at, str(_("Diteruskan ke %(unit)s.")) % {"unit": one.unit.name})
            for one in tasks
        ]
        steps += (
            [PublicStep(case.responded_at, str(_("Jawaban pertama dikirim.")))] if case.responded_at else []
        )
        steps += [
            PublicStep(one.ended_at, str(_("%(unit)s menyelesaikan tugasnya.")) % {"unit": one.unit.name})
            for one in tasks
            if one.ended_at and one.state == AssignmentState.DONE
        ]
        steps += [PublicStep(case.closed_at, str(WORDS[CaseState(case.state)]))] if case.closed_at else []
        offices = tuple(
            dict.fromkeys(one.unit.name for one in tasks if one.state != AssignmentState.RETURNED)
        )
        return _public(case, offices, tuple(sorted(steps, key=lambda one: one.at)))


def government_codes() -> list[tuple[str, str]]:
    """This will list the governments of this installation as (code, name)."""
    return list(Government.objects.order_by("name").values_list("code", "name"))


def _public(case: Case, offices: tuple[str, ...] = (), steps: tuple[PublicStep, ...] = ()) -> PublicCase:
    now = timezone.now()
    is_open = case.state in OPEN_STATES
    return PublicCase(
        number=case.number,
        government=case.government.name,
        zone=case.government.timezone,
        topic=topic_rule(case.topic).name if case.topic else "",
        state=case.state,
        words=str(WORDS[CaseState(case.state)]),
        opened_at=case.opened_at,
        promised=case.due_at,
        late=bool(is_open and case.due_at and case.due_at < now),
        open=is_open,
        summary=case.summary,
        offices=offices,
        steps=steps,
    )
