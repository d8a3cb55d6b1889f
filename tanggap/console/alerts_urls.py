"""Addresses of the warnings; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console.alerts_page import (
    alerts_draft,
    alerts_list,
    alerts_one,
    alerts_source,
    alerts_sources,
    alerts_upload,
)

urlpatterns = [
    path("konten/peringatan/", alerts_list, name="alerts"),
    path("konten/peringatan/unggah/", alerts_upload, name="alerts_upload"),
    path("konten/peringatan/sumber/", alerts_sources, name="alerts_sources"),
    path("konten/peringatan/sumber/<int:pk>/", alerts_source, name="alerts_source"),
    path("konten/peringatan/<int:pk>/", alerts_one, name="alerts_one"),
    path("konten/peringatan/<int:pk>/draf/", alerts_draft, name="alerts_draft"),
]
