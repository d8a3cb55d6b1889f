"""Addresses of the calendar of content."""

from __future__ import annotations

from django.urls import path

from tanggap.console.calendar_feed import calendar_best, calendar_feed, calendar_feed_end, calendar_ics
from tanggap.console.calendar_page import calendar_begin, calendar_move, calendar_page
from tanggap.console.calendar_plan import (
    calendar_silence,
    calendar_silence_lift,
    calendar_silences,
    calendar_slots,
)
from tanggap.console.calendar_repeat import (
    calendar_repeat,
    calendar_repeat_end,
    calendar_repeat_skip,
    calendar_repeat_words,
)
from tanggap.console.doors import open_to_all

_WHY = (
    "calendar programs have no session; the secret in the address is the key, and ends when its holder leaves"
)

calendar_urls = [
    path("konten/kalender/", calendar_page, name="calendar"),
    path("konten/kalender/mulai/", calendar_begin, name="calendar_begin"),
    path("konten/kalender/hening/", calendar_silences, name="calendar_silences"),
    path("konten/kalender/hening/<int:pk>/", calendar_silence, name="calendar_silence"),
    path("konten/kalender/hening/<int:pk>/cabut/", calendar_silence_lift, name="calendar_silence_lift"),
    path("konten/kalender/slot/", calendar_slots, name="calendar_slots"),
    path("konten/kalender/waktu-terbaik/", calendar_best, name="calendar_best"),
    path("konten/kalender/langganan/", calendar_feed, name="calendar_feed"),
    path("konten/kalender/langganan/cabut/", calendar_feed_end, name="calendar_feed_end"),
    path("konten/kalender/ics/<str:secret>.ics", open_to_all(calendar_ics, _WHY), name="calendar_ics"),
    path("konten/kalender/ulang/", calendar_repeat_words, name="calendar_repeat_words"),
    path("konten/<int:pk>/pindah/", calendar_move, name="calendar_move"),
    path("konten/<int:pk>/berulang/", calendar_repeat, name="calendar_repeat"),
    path("konten/<int:pk>/berulang/lewati/", calendar_repeat_skip, name="calendar_repeat_skip"),
    path("konten/<int:pk>/berulang/henti/", calendar_repeat_end, name="calendar_repeat_end"),
]
