"""The composer by plain forms: every button sends the whole form, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member, Unit
from tanggap.channels.models import Channel
from tanggap.publishing.models import Publication
from tests.city import a_publication

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(officer: Member, channel: Channel) -> Publication:
    return a_publication(officer, channel)


def sent(one: Publication, deed: str = "save", **more: object) -> dict[str, object]:
    return {"revision": one.revision, "deed": deed, "text": one.text, **more}


def at(one: Publication) -> str:
    return reverse("publication", args=[one.pk])


def test_the_list_and_the_composer_open(client: Client, draft: Publication) -> None:
    assert str(draft) in client.get(reverse("publications")).content.decode()
    page = client.get(at(draft)).content.decode()
    assert draft.text in page
    assert client.get(reverse("publication_new")).status_code == 200
    assert client.get(reverse("publication_history", args=[draft.pk])).status_code == 200
    assert client.get(reverse("publication_snippets")).status_code == 200
