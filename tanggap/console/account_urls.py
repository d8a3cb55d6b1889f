"""The addresses of log-in and second factor: allauth's views under our words. They ask for no member."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from tanggap.console.doors import open_to_all
from tanggap.console.profile import language

_OUTSIDE = "the way in: nobody is logged in yet"
_OWN = "allauth asks for the log-in itself and touches the own account only"

_ROUTES = (
    ("masuk/", account.login, _OUTSIDE, "account_login"),
    ("keluar/", account.logout, _OUTSIDE, "account_logout"),
    ("tutup/", account.account_inactive, _OUTSIDE, "account_inactive"),
    ("daftar/", account.signup, "says that an administrator makes the accounts", "account_signup"),
    ("masuk-ulang/", account.reauthenticate, _OWN, "account_reauthenticate"),
    ("sandi/", account.password_change, _OWN, "account_change_password"),
    ("sandi/buat/", account.password_set, _OWN, "account_set_password"),
    ("sandi/lupa/", account.password_reset, _OUTSIDE, "account_reset_password"),
    ("sandi/lupa/terkirim/", account.password_reset_done, _OUTSIDE, "account_reset_password_done"),
    (
        "sandi/lupa/<str:uidb36>-<path:key>/",
        account.password_reset_from_key,
        _OUTSIDE,
        "account_reset_password_from_key",
    ),
    (
        "sandi/baru/selesai/",
        account.password_reset_from_key_done,
        _OUTSIDE,
        "account_reset_password_from_key_done",
    ),
    ("bahasa/", language, _OUTSIDE, "language"),
    ("kode/", mfa.authenticate, _OUTSIDE, "mfa_authenticate"),
    ("kode/ulang/", mfa.reauthenticate, _OWN, "mfa_reauthenticate"),
    ("dua-langkah/", mfa.index, _OWN, "mfa_index"),
    ("dua-langkah/pasang/", totp.activate_totp, _OWN, "mfa_activate_totp"),
    ("dua-langkah/lepas/", totp.deactivate_totp, _OWN, "mfa_deactivate_totp"),
    ("dua-langkah/cadangan/", recovery.view_recovery_codes, _OWN, "mfa_view_recovery_codes"),
    ("dua-langkah/cadangan/buat/", recovery.generate_recovery_codes, _OWN, "mfa_generate_recovery_codes"),
    ("dua-langkah/cadangan/unduh/", recovery.download_recovery_codes, _OWN, "mfa_download_recovery_codes"),
)

urlpatterns = [path(f"akun/{where}", open_to_all(view, why), name=name) for where, view, why, name in _ROUTES]
