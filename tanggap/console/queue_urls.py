"""Addresses of the queue, the stop switch and the public notes; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console.amendments_page import publication_amend, publication_amendments
from tanggap.console.queue_page import (
    queue_cancel,
    queue_confirm,
    queue_lift,
    queue_list,
    queue_mark,
    queue_retry,
    queue_settle,
    queue_stop,
)

urlpatterns = [
    path("konten/antrean/", queue_list, name="queue"),
    path("konten/antrean/ulang/", queue_retry, name="queue_retry"),
    path("konten/antrean/henti/", queue_stop, name="queue_stop"),
    path("konten/antrean/lanjut/", queue_lift, name="queue_lift"),
    path("konten/antrean/<int:pk>/batal/", queue_cancel, name="queue_cancel"),
    path("konten/antrean/<int:pk>/pastikan/", queue_confirm, name="queue_confirm"),
    path("konten/antrean/<int:pk>/hasil/", queue_settle, name="queue_settle"),
    path("konten/antrean/<int:pk>/tandai/", queue_mark, name="queue_mark"),
    path("konten/koreksi/", publication_amendments, name="publication_amendments"),
    path("konten/<int:pk>/koreksi/", publication_amend, name="publication_amend"),
]
