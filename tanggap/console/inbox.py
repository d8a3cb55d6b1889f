"""The inbox: list, filters, saved views; its rows and counts stay current while it is open."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Member
from tanggap.channels.models import Channel
from tanggap.console import labels
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import rows
from tanggap.core.refusal import Refusal
from tanggap.posts import inbox as posts
from tanggap.posts.models import Post, SavedView

GROUPS = (
    (
        gettext_lazy("Perlu ditangani"),
        ("baru", "belum_ditugaskan", "milik_saya", "mendesak", "perlu_dipilah"),
    ),
    (gettext_lazy("Menurut jenis"), ("pesan", "komentar", "sebutan", "sensitif")),
    (gettext_lazy("Lain"), ("ditunda", "pantauan", "spam", "selesai", "semua")),
)
QUICK = (("unread", "1"), ("urgency", "high"), ("sentiment", "negative"), ("fold", "1"))
_MOST_ROWS = 100


@screen()
def inbox(request: StaffRequest) -> HttpResponse:
    """This will show the list with nothing open; htmx gets the rows alone."""
    filters = posts.Filters.from_query(request.GET.dict())
    if request.htmx and not request.htmx.history_restore_request:
        template = "inbox_page.html" if filters.before else "inbox_list.html"
        return render(request, template, listing(request.member, filters))
    return render(request, "inbox.html", shell(request.member, filters))


@screen()
def inbox_rows(request: StaffRequest) -> HttpResponse:
    """This will show given rows as they stand now; those that left the list are taken out of it."""
    filters = posts.Filters.from_query(request.GET.dict())
    ids = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdigit()][:_MOST_ROWS]
    joined = posts.select(request.member, filters).select_related(*posts.RELATED).defer(*posts.DEFERRED)
    found = list(joined.filter(pk__in=ids))
    gone = set(ids) - {post.pk for post in found}
    page = {"rows": rows(found, request.member), "gone": gone, "filters": filters, "now": timezone.now()}
    return render(request, "inbox_rows.html", page | {"counts": posts.counts(request.member)})


@screen()
def inbox_fresh(request: StaffRequest) -> HttpResponse:
    """This will tell how many posts came since the newest one on the list, for the pill above it."""
    filters = posts.Filters.from_query(request.GET.dict())
    newest = request.GET.get("newest", "")
    came = posts.select(request.member, filters).filter(pk__gt=int(newest) if newest.isdigit() else 0)
    page = {"many": came.order_by()[:100].count(), "filters": filters}
    return render(request, "inbox_fresh.html", page | {"counts": posts.counts(request.member)})


@require_POST
@screen()
def inbox_save(request: StaffRequest) -> HttpResponse:
    """This will keep the filters in force under a name."""
    name = request.POST.get("name", "").strip()[:60]
    if not name:
        raise Refusal(_("Beri nama untuk tampilan ini."), "name")
    query = posts.Filters.from_query(QueryDict(request.POST.get("query", "")).dict()).as_query(before="")
    SavedView.objects.update_or_create(member=request.member, name=name, defaults={"query": query[:600]})
    to = f"{reverse('inbox')}?{query}"
    return back(request, _("Tampilan “%(name)s” disimpan.") % {"name": name}, to=to)


@require_POST
@screen()
def inbox_forget(request: StaffRequest, pk: int) -> HttpResponse:
    """This will delete one of the member's own views; posts are not touched."""
    view = get_object_or_404(SavedView, pk=pk, member=request.member)
    view.delete()
    return back(request, _("Tampilan “%(name)s” dihapus.") % {"name": view.name}, to=reverse("inbox"))


def shell(member: Member, filters: posts.Filters) -> dict[str, Any]:
    """This will gather the whole screen around an open or closed pane."""
    counts = posts.counts(member)
    return {
        "member": member,
        "views": [
            (title, [(key, posts.VIEWS[key].name, counts.get(key)) for key in keys]) for title, keys in GROUPS
        ],
        "view_name": posts.VIEWS[filters.view].name,
        "counts": counts,
        "saved": SavedView.objects.filter(member=member).order_by("name"),
        "people": colleagues(),
        **listing(member, filters),
        **_choices(),
    }


def listing(member: Member, filters: posts.Filters) -> dict[str, Any]:
    """This will gather one page of the list."""
    now = timezone.now()
    page = posts.page(member, filters, now)
    return {
        "filters": filters,
        "query": filters.as_query(before=""),
        "rows": rows(page.rows, member),
        "more": filters.as_query(before=page.next) if page.next else "",
        "newest": _newest(member, filters, page.rows),
        "chips": chips(filters),
        "quick": [(name, value, filters.as_query(before="", **{name: "" if getattr(filters, name) == value else value}),
                   getattr(filters, name) == value) for name, value in QUICK],
        "now": now,
    }  # fmt: skip


def chips(filters: posts.Filters) -> list[tuple[str, str]]:
    """This will name the filters in force beside the quick ones, each with the address without it."""
    quick = dict(QUICK)
    return [
        (_named(name, value), filters.as_query(before="", **{name: ""}))
        for name, value in filters.active.items()
        if quick.get(name) != value
    ]


def colleagues() -> list[Member]:
    """This will return whom a post may be given to, by name."""
    today = timezone.localdate()
    found = Member.objects.exclude(active_until__lt=today).filter(
        role__in=["coordinator", "officer", "liaison"]
    )
    return list(found.select_related("user", "unit").order_by("user__name"))


def _newest(member: Member, filters: posts.Filters, page: list[Post]) -> int:
    return max((post.pk for post in page), default=0)


def _named(name: str, value: str) -> str:
    if value == "?":
        return str({"topic": _("Tanpa topik"), "area": _("Tanpa wilayah"), "sentiment": _("Nada tak diketahui")}.get(
            name, _("Tidak diketahui")))  # fmt: skip
    if name in labels.SETS:
        return str(labels.word(name, value).name)
    if name == "area":
        return Area.objects.filter(code=value).values_list("name", flat=True).first() or value
    if name == "channel" and value.isdigit():
        return Channel.objects.filter(pk=int(value)).values_list("name", flat=True).first() or value
    if name == "assignee":
        found = (
            Member.objects.filter(pk=int(value)).select_related("user").first() if value.isdigit() else None
        )
        return str(found) if found else _("Belum ditugaskan")
    return {
        "q": f"“{value}”",
        "alike": _("Kiriman serupa"),
        "collection": _("Kata pantau"),
        "since": _("sejak %(day)s") % {"day": value},
        "until": _("s.d. %(day)s") % {"day": value},
    }.get(name, value)


def _choices() -> dict[str, Any]:
    """What the filter form offers."""
    return {
        "platforms": labels.PLATFORMS,
        "sentiments": labels.SENTIMENTS,
        "intents": labels.INTENTS,
        "urgencies": labels.URGENCIES,
        "languages": labels.LANGUAGES,
        "topics": labels.TOPICS,
        "areas": Area.objects.order_by("level", "name").only("code", "name", "level"),
        "channels": Channel.objects.filter(closed_at=None).order_by("name").only("id", "name"),
    }
