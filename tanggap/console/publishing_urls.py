"""Addresses of the pages of content (konten); part of urls.py. Each page's own module holds its addresses."""

from __future__ import annotations

from django.urls import URLPattern

from tanggap.console.composer_urls import composer_urls
from tanggap.console.library_urls import urlpatterns as library_urls
from tanggap.console.queue_urls import urlpatterns as queue_urls

urlpatterns: list[URLPattern] = [*composer_urls, *library_urls, *queue_urls]
