"""The public addresses, below /publik/."""

from django.urls import path

from tanggap.portal import corrections, decision, tracking

app_name = "portal"
urlpatterns = [
    path("", tracking.home, name="home"),
    path("koreksi/", corrections.log, name="corrections"),
    path("koreksi/rss.xml", corrections.feed, name="corrections_feed"),
    path("ikuti/<str:secret>/", tracking.follow, name="follow"),
    path("putusan/<str:secret>/", decision.decision, name="decision"),
    path("putusan/<str:secret>/berkas/<int:at>/", decision.decision_file, name="decision_file"),
]
