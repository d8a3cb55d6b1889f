"""Every address of the staff's console. Each route has a rule (console/doors.py); a test refuses one without."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, URLResolver, path

from tanggap.console.doors import open_to_all
from tanggap.console.notices_page import notices, notices_read
from tanggap.console.palette import palette
from tanggap.console.profile import language, profile
from tanggap.console.style_page import style

_OUTSIDE = "the way in: nobody is logged in yet"
_OWN = "allauth asks for the log-in itself and touches the own account only"

account_urls = [
    path("akun/masuk/", open_to_all(account.login, _OUTSIDE), name="account_login"),
    path("akun/keluar/", open_to_all(account.logout, _OUTSIDE), name="account_logout"),
    path("akun/tutup/", open_to_all(account.account_inactive, _OUTSIDE), name="account_inactive"),
    path("akun/daftar/", open_to_all(account.signup, "shows that accounts are made by an administrator"), name="account_signup"),
    path("akun/masuk-ulang/", open_to_all(account.reauthenticate, _OWN), name="account_reauthenticate"),
    path("akun/sandi/", open_to_all(account.password_change, _OWN), name="account_change_password"),
    path("akun/sandi/buat/", open_to_all(account.password_set, _OWN), name="account_set_password"),
    path("akun/sandi/lupa/", open_to_all(account.password_reset, _OUTSIDE), name="account_reset_password"),
    path("akun/sandi/lupa/terkirim/", open_to_all(account.password_reset_done, _OUTSIDE), name="account_reset_password_done"),
    path("akun/sandi/lupa/<str:uidb36>-<path:key>/", open_to_all(account.password_reset_from_key, _OUTSIDE), name="account_reset_password_from_key"),
    path("akun/sandi/baru/selesai/", open_to_all(account.password_reset_from_key_done, _OUTSIDE), name="account_reset_password_from_key_done"),
    path("akun/bahasa/", open_to_all(language, _OUTSIDE), name="language"),
    path("akun/kode/", open_to_all(mfa.authenticate, _OUTSIDE), name="mfa_authenticate"),
    path("akun/kode/ulang/", open_to_all(mfa.reauthenticate, _OWN), name="mfa_reauthenticate"),
    path("akun/dua-langkah/", open_to_all(mfa.index, _OWN), name="mfa_index"),
    path("akun/dua-langkah/pasang/", open_to_all(totp.activate_totp, _OWN), name="mfa_activate_totp"),
    path("akun/dua-langkah/lepas/", open_to_all(totp.deactivate_totp, _OWN), name="mfa_deactivate_totp"),
    path("akun/dua-langkah/cadangan/", open_to_all(recovery.view_recovery_codes, _OWN), name="mfa_view_recovery_codes"),
    path("akun/dua-langkah/cadangan/buat/", open_to_all(recovery.generate_recovery_codes, _OWN), name="mfa_generate_recovery_codes"),
    path("akun/dua-langkah/cadangan/unduh/", open_to_all(recovery.download_recovery_codes, _OWN), name="mfa_download_recovery_codes"),
]  # fmt: skip

urlpatterns: list[URLPattern | URLResolver] = [
    path("profil/", profile, name="profile"),
    path("pemberitahuan/", notices, name="notices"),
    path("pemberitahuan/dibaca/", notices_read, name="notices_read"),
    path("palet/", palette, name="palette"),
    path("gaya/", style, name="style"),
    *account_urls,
]
