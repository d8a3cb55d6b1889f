"""Addresses of content plans; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console.campaigns_page import (
    campaigns,
    campaigns_act,
    campaigns_edit,
    campaigns_item,
    campaigns_item_act,
    campaigns_new,
    campaigns_one,
    campaigns_report,
)

urlpatterns = [
    path("konten/rencana/", campaigns, name="campaigns"),
    path("konten/rencana/baru/", campaigns_new, name="campaigns_new"),
    path("konten/rencana/<int:pk>/", campaigns_one, name="campaigns_one"),
    path("konten/rencana/<int:pk>/ubah/", campaigns_edit, name="campaigns_edit"),
    path("konten/rencana/<int:pk>/tutup/", campaigns_act, name="campaigns_act"),
    path("konten/rencana/<int:pk>/butir/", campaigns_item, name="campaigns_item"),
    path("konten/rencana/<int:pk>/butir/<int:item>/", campaigns_item_act, name="campaigns_item_act"),
    path("konten/rencana/<int:pk>/laporan/", campaigns_report, name="campaigns_report"),
]
