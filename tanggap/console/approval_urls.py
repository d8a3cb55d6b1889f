"""Addresses of approval: what waits, one publication, routes; part of publishing_urls.py."""

from __future__ import annotations

from django.urls import path

from tanggap.console import approval_page, approval_routes_page, approvals_page

approval_urls = [
    path("konten/persetujuan/", approvals_page.approvals, name="approvals"),
    path("konten/persetujuan/wakil/", approvals_page.approvals_delegate, name="approvals_delegate"),
    path(
        "konten/persetujuan/wakil/<int:pk>/akhiri/", approvals_page.approvals_delegate_end,
        name="approvals_delegate_end",
    ),
    path("konten/<int:pk>/persetujuan/", approval_page.publication_approval, name="publication_approval"),
    path("konten/<int:pk>/persetujuan/setuju/", approval_page.publication_approve, name="publication_approve"),
    path("konten/<int:pk>/persetujuan/kembali/", approval_page.publication_return, name="publication_return"),
    path(
        "konten/<int:pk>/persetujuan/komentar/", approval_page.publication_approval_comment,
        name="publication_approval_comment",
    ),
    path("konten/<int:pk>/persetujuan/undang/", approval_page.publication_invite, name="publication_invite"),
    path(
        "konten/<int:pk>/persetujuan/undang/<int:invitation>/cabut/", approval_page.publication_uninvite,
        name="publication_uninvite",
    ),
    path(
        "konten/<int:pk>/persetujuan/berkas/<int:version>/<int:at>/", approval_page.publication_approval_file,
        name="publication_approval_file",
    ),
    path("konten/jalur/", approval_routes_page.routes, name="routes"),
    path("konten/jalur/ubah/", approval_routes_page.routes_edit, name="routes_edit"),
    path("konten/jalur/<int:pk>/akhiri/", approval_routes_page.routes_end, name="routes_end"),
]  # fmt: skip
