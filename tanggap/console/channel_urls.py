"""Addresses of channels, developer apps and the log-in at platforms; part of urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from tanggap.console import (
    channel_apps,
    channel_health,
    channels_page,
    connecting,
    platform_login,
    raw_items,
    raw_log_page,
)

urlpatterns: list[URLPattern] = [
    path("kanal/", channels_page.channels, name="channels"),
    path("kanal/kiriman/", raw_items.channels_raw, name="channels_raw"),
    path("kanal/kiriman/ulang/", raw_items.channels_raw_again, name="channels_raw_again"),
    path("kanal/kiriman/<int:pk>/", raw_log_page.channels_raw_item, name="channels_raw_item"),
    path("kanal/log/", raw_log_page.channels_log, name="channels_log"),
    path("kanal/log/ulang/", raw_log_page.channels_log_again, name="channels_log_again"),
    path("kanal/log/sisihkan/", raw_log_page.channels_log_aside, name="channels_log_aside"),
    path("kanal/log/unduh/", raw_log_page.channels_log_export, name="channels_log_export"),
    path("kanal/baru/", connecting.channel_new, name="channel_new"),
    path("kanal/baru/<str:platform>/", connecting.channel_connect, name="channel_connect"),
    path("kanal/baru/<str:platform>/manual/", connecting.channel_by_hand, name="channel_by_hand"),
    path("kanal/baru/<str:platform>/masuk/", platform_login.channel_login, name="channel_login"),
    path("kanal/kembali/<str:platform>/", platform_login.channel_return, name="channel_return"),
    path("kanal/pilih-akun/", platform_login.channel_choose, name="channel_choose"),
    path("kanal/aplikasi/", channel_apps.channel_apps, name="channel_apps"),
    path("kanal/aplikasi/<slug:key>/", channel_apps.channel_app, name="channel_app"),
    path("kanal/aplikasi/<slug:key>/ubah/", channel_apps.channel_app_change, name="channel_app_change"),
    path("kanal/aplikasi/<slug:key>/rahasia/", channel_apps.channel_app_secret, name="channel_app_secret"),
    path("kanal/aplikasi/<slug:key>/hapus/", channel_apps.channel_app_remove, name="channel_app_remove"),
    path("kanal/<slug:key>/", channels_page.channel, name="channel"),
    path("kanal/<slug:key>/uji/", channels_page.channel_test, name="channel_test"),
    path("kanal/<slug:key>/jeda/", channels_page.channel_pause, name="channel_pause"),
    path("kanal/<slug:key>/jalankan/", channels_page.channel_resume, name="channel_resume"),
    path("kanal/<slug:key>/sambung/", channels_page.channel_reconnect, name="channel_reconnect"),
    path("kanal/<slug:key>/masuk/", platform_login.channel_login_again, name="channel_login_again"),
    path("kanal/<slug:key>/putus/", channels_page.channel_close, name="channel_close"),
    path("kanal/<slug:key>/rahasia/", channels_page.channel_secret, name="channel_secret"),
    path("kanal/<slug:key>/riwayat/", channel_health.channel_history, name="channel_history"),
    path("kanal/<slug:key>/riwayat/henti/", channel_health.channel_history_stop, name="channel_history_stop"),
    path(
        "kanal/<slug:key>/riwayat/lanjut/",
        channel_health.channel_history_resume,
        name="channel_history_resume",
    ),
]
