"""Addresses of the media library; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from tanggap.console import library_files, library_page, library_pick

urlpatterns: list[URLPattern] = [
    path("konten/pustaka/", library_page.library, name="library"),
    path("konten/pustaka/unggah/", library_page.library_add, name="library_add"),
    path("konten/pustaka/pilih/", library_pick.library_pick, name="library_pick"),
    path("konten/pustaka/<int:pk>/", library_page.library_one, name="library_one"),
    path("konten/pustaka/<int:pk>/ganti/", library_page.library_replace, name="library_replace"),
    path("konten/pustaka/<int:pk>/samarkan/", library_page.library_blur, name="library_blur"),
    path("konten/pustaka/<int:pk>/lihat-lagi/", library_page.library_look, name="library_look"),
    path("konten/pustaka/<int:pk>/arsip/", library_page.library_archive, name="library_archive"),
    path("konten/pustaka/<int:pk>/berkas/", library_files.library_file, name="library_file"),
    path("konten/pustaka/<int:pk>/kecil/", library_files.library_small, name="library_small"),
]
