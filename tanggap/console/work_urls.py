"""Addresses of cases, tasks, reports by hand, channels, imports and settings; part of urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from tanggap.console import adding, case_deeds, case_list, case_page, pictures, tasks

urlpatterns: list[URLPattern] = [
    path("kasus/", case_list.cases, name="cases"),
    path("kasus/unduh/", case_list.cases_csv, name="cases_csv"),
    path("kasus/bukti/<int:evidence>/", pictures.evidence_picture, name="evidence_picture"),
    path("kasus/<str:number>/", case_page.case, name="case"),
    path("kasus/<str:number>/tampilkan/<int:post>/", case_page.case_reveal, name="case_reveal"),
    path("kasus/<str:number>/verifikasi/", case_deeds.case_verify, name="case_verify"),
    path("kasus/<str:number>/disposisi/", case_deeds.case_dispatch, name="case_dispatch"),
    path("kasus/<str:number>/kelengkapan/", case_deeds.case_ask, name="case_ask"),
    path("kasus/<str:number>/tutup/", case_deeds.case_close, name="case_close"),
    path("kasus/<str:number>/arsipkan/", case_deeds.case_archive, name="case_archive"),
    path("kasus/<str:number>/buka/", case_deeds.case_reopen, name="case_reopen"),
    path("kasus/<str:number>/kerahasiaan/", case_deeds.case_secrecy, name="case_secrecy"),
    path("kasus/<str:number>/ringkasan/", case_deeds.case_summary, name="case_summary"),
    path("kasus/<str:number>/catatan/", case_deeds.case_note, name="case_note"),
    path("tugas/", tasks.tasks, name="tasks"),
    path("tugas/<int:pk>/", tasks.task, name="task"),
    path("tugas/<int:pk>/terima/", tasks.task_accept, name="task_accept"),
    path("tugas/<int:pk>/kembalikan/", tasks.task_return, name="task_return"),
    path("tugas/<int:pk>/kemajuan/", tasks.task_progress, name="task_progress"),
    path("tugas/<int:pk>/selesai/", tasks.task_finish, name="task_finish"),
    path("tambah/", adding.add, name="add"),
    path("tambah/<int:pk>/", adding.add_done, name="add_done"),
    path("pesan/<int:post>/gambar/<int:index>/", pictures.post_picture, name="post_picture"),
]
