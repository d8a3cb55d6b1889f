"""Log-in, lock-out, second factor, profile, language."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member

PASSWORD = "sandi-panjang-sekali"


def log_in(client: Client, member: Member, password: str = PASSWORD) -> str:
    answer = client.post(
        reverse("account_login"), {"login": member.user.email, "password": password}, follow=True
    )
    return answer.content.decode()


@pytest.fixture
def outside(db: None) -> Client:
    return Client()


def test_the_right_password_opens_the_first_screen(outside: Client, officer: Member) -> None:
    assert "Belum dibaca" in log_in(outside, officer)


def test_a_wrong_password_and_an_unknown_account_hear_the_same(outside: Client, officer: Member) -> None:
    answers = {
        re.sub(r"csrfmiddlewaretoken\" value=\"[^\"]+|value=\"[^\"]*@[^\"]*\"|nonce-\S+", "", outside.post(
            reverse("account_login"), {"login": email, "password": "salah-salah-salah"}
        ).content.decode())
        for email in (officer.user.email, "tidak.ada@uji.go.id")
    }  # fmt: skip
    assert len(answers) == 1


def test_five_failures_lock_the_door_for_a_while(outside: Client, officer: Member) -> None:
    for _ in range(5):
        answer = outside.post(
            reverse("account_login"), {"login": officer.user.email, "password": "salah-salah"}
        )
    assert answer.status_code == 429
    assert "Masuk dikunci 15 menit" in answer.content.decode()
    assert "dikunci" in log_in(outside, officer), "the right password does not open a locked door"


def test_a_forgotten_password_is_answered_alike_for_everybody(outside: Client, officer: Member) -> None:
    pages = []
    for email in (officer.user.email, "tidak.ada@uji.go.id"):
        answer = outside.post(reverse("account_reset_password"), {"email": email}, follow=True)
        assert "Periksa surel Anda" in answer.content.decode()
        pages.append(answer.redirect_chain)
    assert pages[0] == pages[1]
    link = re.search(r"https?://\S+", str(mail.outbox[0].body))
    assert link
    answer = outside.get(re.sub(r"^https?://[^/]+", "", link[0]), follow=True)
    assert "Kata sandi baru" in answer.content.decode()


def test_a_second_factor_is_set_up_and_then_asked_for(outside: Client, officer: Member) -> None:
    log_in(outside, officer)
    asked = outside.get(reverse("mfa_activate_totp"), follow=True)
    assert "Pastikan ini Anda" in asked.content.decode(), "the password is asked for once more"
    where = asked.redirect_chain[-1][0]
    page = outside.post(where, {"password": PASSWORD}, follow=True).content.decode()
    assert "Pindai kode ini" in page
    secret = outside.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    outside.post(reverse("mfa_activate_totp"), {"code": code})
    assert Authenticator.objects.filter(user=officer.user, type="totp").exists()
    outside.post(reverse("account_logout"))
    assert "Kode verifikasi" in log_in(Client(), officer)


def test_nobody_signs_up_alone(outside: Client) -> None:
    assert "Akun dibuatkan administrator" in outside.get(reverse("account_signup")).content.decode()


def test_profile_sets_language_theme_and_keys(client: Client, officer: Member) -> None:
    client.post(reverse("profile"), {"name": "Bagas", "language": "en", "theme": "dark"})
    page = client.get(reverse("profile")).content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert 'data-keys="off"' in page
    officer.user.refresh_from_db()
    assert officer.user.name == "Bagas"


def test_language_before_the_log_in(outside: Client) -> None:
    outside.post(reverse("language"), {"language": "en", "next": "https://jahat.test/"})
    assert "With the work account" in outside.get(reverse("account_login")).content.decode()
    assert (
        outside.post(reverse("language"), {"language": "id", "next": "https://jahat.test/"})["Location"]
        == "/"
    )
