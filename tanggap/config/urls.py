"""Where every address leads. Hooks, events and health never come here: config/dispatch.py takes them first."""

from django.urls import URLPattern, URLResolver, include, path

from tanggap.api.v1 import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("publik/", include("tanggap.portal.urls")),
    path("", include("tanggap.console.urls")),
]
handler403 = "tanggap.console.errors.forbidden"
handler404 = "tanggap.console.errors.not_found"
handler500 = "tanggap.console.errors.fault"
