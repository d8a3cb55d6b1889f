"""Addresses of the checks' rules; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from tanggap.console import rules_page

urlpatterns: list[URLPattern] = [
    path("konten/aturan/", rules_page.rules, name="rules"),
    path("konten/aturan/ubah/", rules_page.rules_edit, name="rules_edit"),
    path("konten/aturan/buang/", rules_page.rules_discard, name="rules_discard"),
    path("konten/aturan/<int:pk>/ulang/", rules_page.rules_again, name="rules_again"),
]
