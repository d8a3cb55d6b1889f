"""Addresses of the review of labels and of the models; part of urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from tanggap.console import models_page, review_page

urlpatterns: list[URLPattern] = [
    path("tinjau/", review_page.review, name="review"),
    path("tinjau/jawab/", review_page.review_answer, name="review_answer"),
    path("tinjau/lewati/", review_page.review_skip, name="review_skip"),
    path("tinjau/urungkan/", review_page.review_undo, name="review_undo"),
    path("tinjau/hasil/", review_page.review_quality, name="review_quality"),
    path("pembaca/", models_page.models, name="models"),
    path("pembaca/latih/", models_page.models_train, name="models_train"),
    path("pembaca/kembali/", models_page.models_back, name="models_back"),
    path("pembaca/baca-ulang/", models_page.models_read_again, name="models_read_again"),
    path("pembaca/<int:pk>/pakai/", models_page.models_switch, name="models_switch"),
    path("pembaca/<int:pk>/sisihkan/", models_page.models_discard, name="models_discard"),
    path("pembaca/proses/<int:pk>/jeda/", models_page.models_pause, name="models_pause"),
    path("pembaca/proses/<int:pk>/lanjut/", models_page.models_resume, name="models_resume"),
]
