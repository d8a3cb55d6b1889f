"""Developer apps that the operator of a server provides: made, changed, and never of another kind."""

from __future__ import annotations

import pytest

from tanggap.channels.models import App
from tanggap.config import hooks
from tanggap.core.refusal import Refusal

pytestmark = pytest.mark.django_db


def provide(key: str = "meta-kota", platform: str = "meta", **more: object) -> str:
    given = {"client": ("77", "rahasia"), "signing": "", "api_base": "", "trusted": False} | more
    return hooks.provide_app(key, platform, "Aplikasi kota", **given)  # type: ignore[arg-type]


def test_an_app_is_made_and_changed_and_keeps_its_verify_token() -> None:
    token = provide(signing="tanda", api_base="http://127.0.0.1:9/meta", trusted=True)
    app = App.objects.get()
    assert (app.platform, app.client, app.secrets) == ("meta", {"id": "77", "secret": "rahasia"}, ["tanda"])
    assert (app.api_base, app.trusted_base, app.verify_token) == ("http://127.0.0.1:9/meta", True, token)
    assert provide(client=("78", "baru")) == token
    app = App.objects.get()
    assert (app.client, app.trusted_base) == ({"id": "78", "secret": "baru"}, False)
    assert app.secrets[0]


@pytest.mark.parametrize(
    ("key", "platform", "says"), [("a", "friendster", "No connector"), ("meta-kota", "x", "is of kind meta")]
)
def test_what_nobody_serves_and_another_kind_are_refused(key: str, platform: str, says: str) -> None:
    provide()
    with pytest.raises(Refusal, match=says):
        provide(key, platform)
    assert App.objects.count() == 1
