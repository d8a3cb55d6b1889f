"""The public addresses, below /publik/."""

from django.urls import path

from tanggap.portal import tracking

app_name = "portal"
urlpatterns = [
    path("", tracking.home, name="home"),
    path("ikuti/<str:secret>/", tracking.follow, name="follow"),
]
