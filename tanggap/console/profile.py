"""The member's own page: name, language, theme, one-letter keys, security."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import User
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a member may set about the own account."""

    theme = forms.ChoiceField(
        label=gettext_lazy("Tampilan"),
        choices=[
            ("auto", gettext_lazy("Ikuti perangkat")),
            ("light", gettext_lazy("Terang")),
            ("dark", gettext_lazy("Gelap")),
        ],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Bahasa"), choices=[("id", "Bahasa Indonesia"), ("en", "English")]
    )

    class Meta:
        model = User
        fields = ("name", "language", "theme", "single_keys")


@screen()
def profile(request: StaffRequest) -> HttpResponse:
    """This will show and change the member's own settings."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(form.cleaned_data["language"])
        return back(request, _("Tersimpan."), to=reverse("profile"))
    two_factor = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    page: dict[str, Any] = {"form": form, "two_factor": two_factor}
    return render(request, "profile.html", page, status=422 if form.errors else 200)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """This will keep the language that somebody chose before logging in."""
    code = request.POST.get("language", "")
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    response = redirect(wanted if safe else "/")
    if code in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 86400,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response
