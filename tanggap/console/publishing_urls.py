"""Addresses of the pages of content (konten); part of urls.py. Each page's own module holds its addresses."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
