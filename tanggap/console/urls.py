"""Every address of the staff's console. Each route has a rule (console/doors.py); a test refuses one without."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tanggap.console.account_urls import urlpatterns as account_urls
from tanggap.console.case_panel import thread_case, thread_case_form, thread_case_join, thread_case_make
from tanggap.console.desk_deeds import inbox_act, undo
from tanggap.console.inbox import inbox, inbox_forget, inbox_fresh, inbox_rows, inbox_save
from tanggap.console.learning_urls import urlpatterns as learning_urls
from tanggap.console.notices_page import notices, notices_read
from tanggap.console.palette import palette
from tanggap.console.profile import profile
from tanggap.console.publishing_urls import urlpatterns as publishing_urls
from tanggap.console.reply import (
    reply_approve,
    reply_refuse,
    reply_settle,
    reply_take_over,
    thread_answers,
    thread_by_hand,
    thread_discard,
    thread_draft,
    thread_reply,
    thread_send,
)
from tanggap.console.style_page import style
from tanggap.console.thread import (
    thread,
    thread_confirm,
    thread_correct,
    thread_note,
    thread_talk,
    thread_unmask,
)
from tanggap.console.today import today
from tanggap.console.work_urls import urlpatterns as work_urls

inbox_urls = [
    path("masuk/", inbox, name="inbox"),
    path("masuk/baris/", inbox_rows, name="inbox_rows"),
    path("masuk/segar/", inbox_fresh, name="inbox_fresh"),
    path("masuk/tindakan/", inbox_act, name="inbox_act"),
    path("masuk/tampilan/", inbox_save, name="inbox_save"),
    path("masuk/tampilan/<int:pk>/hapus/", inbox_forget, name="inbox_forget"),
    path("urungkan/", undo, name="undo"),
    path("masuk/<int:pk>/", thread, name="thread"),
    path("masuk/<int:pk>/percakapan/", thread_talk, name="thread_talk"),
    path("masuk/<int:pk>/utuh/", thread_unmask, name="thread_unmask"),
    path("masuk/<int:pk>/label/", thread_correct, name="thread_correct"),
    path("masuk/<int:pk>/label/benar/", thread_confirm, name="thread_confirm"),
    path("masuk/<int:pk>/catatan/", thread_note, name="thread_note"),
    path("masuk/<int:pk>/kasus/", thread_case, name="thread_case"),
    path("masuk/<int:pk>/kasus/isian/", thread_case_form, name="thread_case_form"),
    path("masuk/<int:pk>/kasus/gabung/", thread_case_join, name="thread_case_join"),
    path("masuk/<int:pk>/kasus/buat/", thread_case_make, name="thread_case_make"),
    path("masuk/<int:pk>/balasan/", thread_reply, name="thread_reply"),
    path("masuk/<int:pk>/jawaban-serupa/", thread_answers, name="thread_answers"),
    path("masuk/<int:pk>/draf/", thread_draft, name="thread_draft"),
    path("masuk/<int:pk>/draf/buang/", thread_discard, name="thread_discard"),
    path("masuk/<int:pk>/kirim/", thread_send, name="thread_send"),
    path("masuk/<int:pk>/terjawab/", thread_by_hand, name="thread_by_hand"),
    path("balasan/<int:pk>/ambil/", reply_take_over, name="reply_take_over"),
    path("balasan/<int:pk>/setuju/", reply_approve, name="reply_approve"),
    path("balasan/<int:pk>/kembali/", reply_refuse, name="reply_refuse"),
    path("balasan/<int:pk>/hasil/", reply_settle, name="reply_settle"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today, name="today"),
    *inbox_urls,
    path("profil/", profile, name="profile"),
    path("pemberitahuan/", notices, name="notices"),
    path("pemberitahuan/dibaca/", notices_read, name="notices_read"),
    path("palet/", palette, name="palette"),
    path("gaya/", style, name="style"),
    *account_urls,
    *learning_urls,
    *publishing_urls,
    *work_urls,
]
