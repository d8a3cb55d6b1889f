"""Addresses of the pages of content (konten); part of urls.py. Each page's own module holds its addresses."""

from __future__ import annotations

from django.urls import URLPattern

from tanggap.console.alerts_urls import urlpatterns as alerts_urls
from tanggap.console.approval_urls import approval_urls
from tanggap.console.archive_urls import urlpatterns as archive_urls
from tanggap.console.calendar_urls import calendar_urls
from tanggap.console.campaigns_urls import urlpatterns as campaigns_urls
from tanggap.console.composer_urls import composer_urls
from tanggap.console.figures_urls import figures_urls
from tanggap.console.library_urls import urlpatterns as library_urls
from tanggap.console.queue_urls import urlpatterns as queue_urls
from tanggap.console.rules_urls import urlpatterns as rules_urls

urlpatterns: list[URLPattern] = [
    *alerts_urls,
    *archive_urls,
    *campaigns_urls,
    *approval_urls,
    *calendar_urls,
    *composer_urls,
    *figures_urls,
    *library_urls,
    *queue_urls,
    *rules_urls,
]
