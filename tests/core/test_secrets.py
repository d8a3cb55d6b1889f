from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from tanggap.channels.models import App
from tanggap.core import secrets


@pytest.mark.fault(67)
@pytest.mark.django_db
def test_a_secret_stands_encrypted_in_the_database() -> None:
    from django.db import connection

    App.objects.create(key="a", platform="webhook", name="A", secrets=["rahasia-sekali"])
    with connection.cursor() as cursor:
        cursor.execute("select secrets from channels_app")
        stored = cursor.fetchone()[0]
    assert "rahasia" not in stored
    assert App.objects.get(key="a").secrets == ["rahasia-sekali"]


@pytest.mark.fault(67)
def test_a_new_key_reads_old_secrets_and_rotation_frees_the_old_key(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TANGGAP_KEYS = [old]
    token = secrets.encrypt({"t": 1})
    settings.TANGGAP_KEYS = [new, old]
    assert secrets.decrypt(token) == {"t": 1}
    rotated = secrets.rotate(token)
    settings.TANGGAP_KEYS = [new]
    assert secrets.decrypt(rotated) == {"t": 1}
    with pytest.raises(secrets.Unreadable, match="Put the key"):
        secrets.decrypt(token)


@pytest.mark.django_db
def test_a_row_whose_secret_cannot_be_read_is_still_listed_and_kept(settings: Settings) -> None:
    one = App.objects.create(key="a", platform="webhook", name="A", secrets=["rahasia"])
    kept = settings.TANGGAP_KEYS
    settings.TANGGAP_KEYS = [Fernet.generate_key().decode()]
    listed = App.objects.get(pk=one.pk)
    assert listed.name == "A"
    with pytest.raises(secrets.Unreadable):
        assert listed.secrets
    listed.name = "B"
    listed.save()
    settings.TANGGAP_KEYS = kept
    again = App.objects.get(pk=one.pk)
    assert (again.name, again.secrets) == ("B", ["rahasia"])
