"""The calendar as a feed (RFC 5545) behind a secret link: titles and times, no word of what is published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from tanggap.agencies.models import AccessToken, Member
from tanggap.core import audit, scope
from tanggap.publishing import silence
from tanggap.publishing.models import Campaign, DeliveryState, SilentPeriod
from tanggap.publishing.schedule import calendar
from tanggap.publishing.schedule.calendar import Entry, Wanted

SCOPE = "calendar.read"
BEFORE, AHEAD = timedelta(days=31), timedelta(days=180)
_TAKES = timedelta(minutes=15)
_REFRESH = timedelta(minutes=30)
_TOUCHED_EVERY = timedelta(minutes=10)
_TENTATIVE = frozenset({"draft", "review", "paused"})


def link_of(member: Member) -> AccessToken | None:
    """This will return the member's standing link, whose secret nobody knows but its holder."""
    rows = AccessToken.objects.filter(member=member, scopes=[SCOPE], revoked_at=None)
    return rows.order_by("-created_at").first()


def make_link(member: Member) -> str:
    """This will make a new link and return its secret, which is shown once; an earlier one ends."""
    now = timezone.now()
    with transaction.atomic():
        _end(member, now)
        token, secret = AccessToken.make(member, "ICS", [SCOPE], now)
        audit.record("calendar.link", token, member, now=now)
    return secret


def revoke(member: Member) -> None:
    """This will end the member's link: whoever holds it gets nothing any more."""
    now = timezone.now()
    with transaction.atomic():
        for token in _end(member, now):
            audit.record("calendar.link_end", token, member, now=now)


def holder(secret: str, now: datetime) -> Member | None:
    """This will return the member whose link has this secret, None for one that ended or whose holder left."""
    with scope.crossing("the holder of a calendar link"):
        rows = AccessToken._base_manager.filter(
            digest=AccessToken.digest_of(secret),
            revoked_at=None,
            scopes=[SCOPE],
            member__user__is_active=True,
        )
        token = rows.select_related("member__user", "member__government", "member__unit").first()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        member = token.member
        today = now.astimezone(member.government.zone).date()
        if (member.active_from and today < member.active_from) or (
            member.active_until and today > member.active_until
        ):
            return None
        if token.last_used_at is None or now - token.last_used_at > _TOUCHED_EVERY:
            AccessToken._base_manager.filter(pk=token.pk).update(last_used_at=now)
    return member


def feed(member: Member, now: datetime, host: str) -> bytes:
    """This will write the member's calendar, from a month ago to half a year ahead; call it inside the government."""
    with translation.override(member.user.language or "id"):
        made = Calendar()
        made.add("prodid", "-//Tanggap//Kalender konten//ID")
        made.add("version", "2.0")
        made.add("calscale", "GREGORIAN")
        made.add("method", "PUBLISH")
        made.add("x-wr-calname", _("Konten %(government)s") % {"government": member.government})
        made.add("x-wr-timezone", member.government.timezone)
        made.add("refresh-interval", vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", vDuration(_REFRESH))
        since, until = now - BEFORE, now + AHEAD
        for entry in calendar.entries(member, since, until, Wanted(), now):
            made.add_component(_of_entry(entry, now, host))
        for period in silence.standing(since, until):
            made.add_component(_of_silence(period, now, host))
        zone = member.government.zone
        for campaign in calendar.campaigns(
            member, since.astimezone(zone).date(), until.astimezone(zone).date()
        ):
            made.add_component(_of_campaign(campaign, now, host))
        return bytes(made.to_ical())


def _of_entry(entry: Entry, now: datetime, host: str) -> Event:
    one = entry.publication
    made = _event(f"konten-{one.pk}-{_stamp(entry)}@{host}", now)
    # Never its text: a draft without a title is named by its kind and number.
    title = one.title.strip() or _("%(kind)s nomor %(number)s") % {
        "kind": one.get_kind_display(), "number": one.pk,
    }  # fmt: skip
    made.add(
        "summary",
        f"{title} ({', '.join(channel.name for channel in entry.channels)})" if entry.channels else title,
    )
    made.add("dtstart", entry.at.astimezone(UTC))
    made.add("duration", _TAKES)
    made.add("last-modified", one.changed_at.astimezone(UTC))
    made.add("status", "TENTATIVE" if entry.state in _TENTATIVE else "CONFIRMED")
    made.add("categories", [_words(entry)])
    made.add("transp", "TRANSPARENT")
    made.add("url", f"https://{host}/konten/{one.pk}/")
    return made


def _stamp(entry: Entry) -> str:
    """One that is moved stays the same event; the times of a repetition are events of their own."""
    return f"{entry.at:%Y%m%dT%H%M}" if entry.repeats else "0"


def _of_silence(period: SilentPeriod, now: datetime, host: str) -> Event:
    made = _event(f"hening-{period.pk}@{host}", now)
    made.add("summary", _("Masa hening: %(name)s") % {"name": period.name})
    made.add("dtstart", period.starts_at.astimezone(UTC))
    made.add("dtend", period.ends_at.astimezone(UTC))
    made.add("transp", "TRANSPARENT")
    return made


def _of_campaign(campaign: Campaign, now: datetime, host: str) -> Event:
    made = _event(f"rencana-{campaign.pk}@{host}", now)
    made.add("summary", _("Kampanye konten: %(name)s") % {"name": campaign.name})
    made.add("dtstart", campaign.starts_on)
    made.add("dtend", _next(campaign.ends_on))
    made.add("transp", "TRANSPARENT")
    return made


def _event(uid: str, now: datetime) -> Event:
    made = Event()
    made.add("uid", uid)
    made.add("dtstamp", now.astimezone(UTC))
    return made


def _words(entry: Entry) -> str:
    if entry.state == DeliveryState.SENT:
        return _("Terbit")
    if entry.late:
        return _("Lewat waktu, belum terbit")
    return _("Draf") if entry.state in _TENTATIVE else _("Terjadwal")


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _end(member: Member, now: datetime) -> list[AccessToken]:
    rows = list(AccessToken.objects.filter(member=member, scopes=[SCOPE], revoked_at=None))
    AccessToken.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=now)
    return rows
