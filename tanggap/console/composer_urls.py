"""Addresses of the list of content, the composer and the saved texts."""

from __future__ import annotations

from django.urls import path

from tanggap.console.composer_begin import publication_new
from tanggap.console.composer_files import publication_file, publication_media
from tanggap.console.composer_history import publication_history
from tanggap.console.composer_page import publication, publication_save, publication_state
from tanggap.console.composer_snippets import publication_snippet, publication_snippets
from tanggap.console.publications_page import publications

composer_urls = [
    path("konten/", publications, name="publications"),
    path("konten/baru/", publication_new, name="publication_new"),
    path("konten/cuplikan/", publication_snippets, name="publication_snippets"),
    path("konten/cuplikan/<int:pk>/", publication_snippet, name="publication_snippet"),
    path("konten/<int:pk>/", publication, name="publication"),
    path("konten/<int:pk>/simpan/", publication_save, name="publication_save"),
    path("konten/<int:pk>/keadaan/", publication_state, name="publication_state"),
    path("konten/<int:pk>/media/", publication_media, name="publication_media"),
    path("konten/<int:pk>/berkas/<int:file>/", publication_file, name="publication_file"),
    path("konten/<int:pk>/riwayat/", publication_history, name="publication_history"),
]
