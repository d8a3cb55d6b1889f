"""Addresses of the archive; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console.archive_page import archive_begin, archive_download, archive_list, archive_one

urlpatterns = [
    path("konten/arsip/", archive_list, name="archive"),
    path("konten/arsip/ekspor/", archive_begin, name="archive_begin"),
    path("konten/arsip/ekspor/<int:pk>/", archive_download, name="archive_download"),
    path("konten/arsip/<int:pk>/", archive_one, name="archive_one"),
]
