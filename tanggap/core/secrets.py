"""Encrypts tokens and secrets at rest; keys rotate.

`settings.TANGGAP_KEYS` lists Fernet keys, newest first: the first encrypts, all decrypt. Running
`rotate` on a value writes it with the newest key.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute


class Unreadable(RuntimeError):
    """A stored secret was written with a key that this installation no longer has."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(value: Any) -> str:
    """This will return a JSON value as an encrypted text."""
    return _box(tuple(settings.TANGGAP_KEYS)).encrypt(json.dumps(value).encode()).decode()


def decrypt(token: str) -> Any:
    """This will return the value behind an encrypted text; Unreadable where no key fits."""
    try:
        return json.loads(_box(tuple(settings.TANGGAP_KEYS)).decrypt(token.encode()))
    except InvalidToken as error:
        raise Unreadable(
            "A stored secret cannot be decrypted with the keys of this installation. Nothing was changed. "
            "Put the key that was in use before back into TANGGAP_KEYS (after the newest), or connect again."
        ) from error


def rotate(token: str) -> str:
    """This will return the same secret, encrypted with the newest key."""
    return _box(tuple(settings.TANGGAP_KEYS)).rotate(token.encode()).decode()


if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class _Locked(str):
    """A value as it stands in the database."""

    __slots__ = ()


class _Opening(DeferredAttribute):
    """Decrypts when the value is asked for, so that a row whose secret cannot be read can still be listed."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, _Locked):
            value = instance.__dict__[self.field.attname] = decrypt(value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SecretField(_Text):
    """A JSON value that stands encrypted in the database; empty stays empty. Unreadable where no key fits."""

    descriptor_class = _Opening

    if TYPE_CHECKING:  # what django-stubs lets a field take and give
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return _Locked(value) if value else None

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return model_instance.__dict__.get(self.attname)

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, _Locked):
            return str(value)
        return None if value is None else encrypt(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))
