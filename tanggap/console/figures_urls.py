"""The address of a publication's numbers; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console.figures_panel import publication_figures

figures_urls = [path("konten/<int:pk>/angka/", publication_figures, name="publication_figures")]
