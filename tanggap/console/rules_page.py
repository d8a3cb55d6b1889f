"""The checks' rules: what stands and how it fares, the draft of other rules, its trial, and every version before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Role
from tanggap.console import rules_form
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import checks, pack, rule_figures, rule_packs
from tanggap.publishing.check import Check
from tanggap.publishing.models import RulePack, RulePackDraft
from tanggap.publishing.pack import Pack, Setting
from tanggap.publishing.pack_trial import Trial

SEVERITIES = {
    "blocks": gettext_lazy("Mencegah terbit"),
    "warns": gettext_lazy("Memperingatkan"),
    "informs": gettext_lazy("Memberi tahu"),
}
COUNTS = (50, 100, 300)
_SHOWN_VERSIONS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the list shows it."""

    check: Check
    setting: Setting
    severity: str
    by: tuple[str, ...]
    figures: Any
    recent: rule_figures.Recent


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as the history shows it; `unread` where it cannot be understood."""

    row: RulePack
    stands: bool
    unread: bool
    settings: tuple[tuple[str, Setting], ...]
    words: tuple[pack.Word, ...]


@require_safe
@screen("publication.rules")
def rules(request: StaffRequest) -> HttpResponse:
    """This will list every rule with its figures and its findings of 90 days, and the versions of the pack."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(request.member.government.timezone)).date()
    row = rule_packs.standing_row(today)
    kept = RulePack.objects.select_related("author__user").order_by("-number")
    versions = [_kept(one, row) for one in kept[:_SHOWN_VERSIONS]]
    broken = any(one.unread and one.stands for one in versions)
    stands = Pack() if row is None or broken else pack.read(row.content, row.number)
    counts = rule_figures.recent(request.member.government_id, now)
    page = {
        "row": row, "broken": broken, "days": rule_figures.DAYS, "versions": versions, "pack": stands,
        "rules": [_row(one, stands, counts) for one in _ordered()],
        "draft": RulePackDraft.objects.select_related("changed_by__user").first(), "severities": SEVERITIES,
        "roles": dict(Role.choices), "names": _names(), "today": today,
    }  # fmt: skip
    return render(request, "publishing/rules.html", page)


@screen("publication.rules")
def rules_edit(request: StaffRequest) -> HttpResponse:
    """This will show the draft and take what is done with it: saved, tried, made to stand. Works without scripts."""
    if request.method != "POST":
        one = rule_packs.draft(request.member)
        return _form(request, rules_form.of_draft(one), Tried())
    form, do = rules_form.of_request(request), request.POST.get("do", "save")
    if do == "more":
        return _form(request, form.longer(), Tried())
    try:
        saved = _saved(request, form)
        if do == "try":
            found = rule_packs.attempt(request.member, _many(request))
            return _form(request, rules_form.of_draft(saved), Tried(), found)
        if do == "live":
            made = rule_packs.go_live(request.member, revision=saved.revision)
            text = _(
                "Versi %(number)s berlaku mulai %(day)s. Konten yang diajukan sejak itu diperiksa dengannya."
            )
            return done(request, text % {"number": made.number, "day": _day(made)}, reverse("rules"))
    except Refusal as refusal:
        form = form.at(RulePackDraft.objects.first())
        return _form(request, form, Tried.of("rules", request, refusal))
    return done(request, _("Draf aturan tersimpan. Yang berlaku belum berubah."), reverse("rules_edit"))


@require_POST
@screen("publication.rules")
def rules_discard(request: StaffRequest) -> HttpResponse:
    """This will put the draft away."""
    rule_packs.discard(request.member)
    return done(request, _("Draf dibuang. Yang berlaku tidak berubah."), reverse("rules"))


@require_POST
@screen("publication.rules")
def rules_again(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put an earlier version into the draft."""
    rule_packs.begin_from(request.member, RulePack.objects.get(pk=pk).number)
    return done(request, _("Versi itu kini menjadi draf. Coba, lalu berlakukan."), reverse("rules_edit"))


def _saved(request: StaffRequest, form: rules_form.Form) -> RulePackDraft:
    """Saves what was typed; the very same draft is not saved again, so that its trial stays good."""
    given = form.pack()
    first, last = form.day("valid_from"), form.day("valid_until")
    one = rule_packs.draft(request.member)
    same = (one.content, one.valid_from, one.valid_until, one.basis, one.note) == (
        given.as_json(), first, last, form.basis, form.note
    )  # fmt: skip
    if same and one.revision == form.revision:
        return one
    return rule_packs.save(
        request.member, given, revision=form.revision, valid_from=first, valid_until=last, basis=form.basis,
        note=form.note,
    )  # fmt: skip


def _form(
    request: StaffRequest, form: rules_form.Form, tried: Tried, trial: Trial | None = None
) -> HttpResponse:
    draft = rule_packs.draft(request.member)
    page = {
        "form": form, "tried": tried, "trial": trial, "draft": draft, "severities": SEVERITIES, "counts": COUNTS,
        "rules": [(one, form.setting(one)) for one in _ordered() if one.id != pack.OWN_WORDS],
        "classes": [(one.id, one.name) for one in _ordered()], "names": _names(),
        "answering": [(role, Role(role).label) for role in rule_packs.ANSWERING],
        "lists": {pack.BLOCK: _("Cegah"), pack.PASS: _("Boleh lewat")},
        "is_tried": rule_packs.is_tried(draft), "administrator": request.member.role == Role.ADMINISTRATOR,
    }  # fmt: skip
    return render(request, "publishing/rules_edit.html", page, status=422 if tried.form else 200)


def _ordered() -> list[Check]:
    order = list(SEVERITIES)
    return sorted(checks.all_checks(), key=lambda one: (order.index(one.gives), str(one.name)))


def _row(check: Check, stands: Pack, counts: dict[str, rule_figures.Recent]) -> Row:
    setting = stands.setting(check.id)
    by = () if not check.overridable else setting.by or tuple(sorted(check.by))
    return Row(
        check, setting, setting.severity or str(check.gives), by, rule_figures.measured().get(check.id),
        counts.get(check.id, rule_figures.Recent()),
    )  # fmt: skip


def _kept(one: RulePack, standing: RulePack | None) -> Kept:
    stands = standing is not None and one.pk == standing.pk
    try:
        read = pack.read(one.content, one.number)
    except ValueError:
        return Kept(one, stands, unread=True, settings=(), words=())
    return Kept(one, stands, unread=False, settings=tuple(read.settings.items()), words=read.words)


def _names() -> dict[str, Any]:
    return {one.id: one.name for one in checks.all_checks()}


def _many(request: StaffRequest) -> int:
    asked = request.POST.get("many", "")
    return int(asked) if asked in map(str, COUNTS) else COUNTS[0]


def _day(made: RulePack) -> str:
    return date_format(made.valid_from, "j F Y")
