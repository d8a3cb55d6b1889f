"""The demo: a fictional city with its accounts, a Mastodon server that stands in for a real one, and citizens.

Everything made here belongs to the fictional government 99.71; guard.py keeps it apart from real work.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from django.contrib.auth.hashers import make_password
from django.db import transaction

from tanggap.agencies.joining import add_member, load_government
from tanggap.agencies.models import Government, Member, Unit, User
from tanggap.channels import connect
from tanggap.channels.models import App, Channel
from tanggap.config import hooks
from tanggap.config.ports import free
from tanggap.config.supervisor import Child, Supervisor
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal

CODE = "99.71"
APP = "kota-tirtakencana"
HOME = "diskominfo"
DOMAIN = "tirtakencana.example"
_BY = audit.System("demo")
_START_SECONDS = 60.0
_FIRST_DAY, _DAY = 60, 600
"""Posts of the first day, told in half a minute so that there is something to see, and of each day after it."""


@dataclass(frozen=True)
class Account:
    """A log-in of the demo."""

    email: str
    name: str
    role: str
    unit: str


ACCOUNTS = (
    Account(f"admin@{DOMAIN}", "Ratna Wulandari", "administrator", HOME),
    Account(f"koordinator@{DOMAIN}", "Bagus Prasetya", "coordinator", HOME),
    Account(f"petugas@{DOMAIN}", "Dewi Lestari", "officer", HOME),
    Account(f"pimpinan@{DOMAIN}", "Hendra Gunawan", "leader", "setda"),
    Account(f"binamarga@{DOMAIN}", "Slamet Riyadi", "liaison", "dpupr-bina-marga"),
    Account(f"kebersihan@{DOMAIN}", "Euis Komalasari", "liaison", "dlh-kebersihan"),
    Account(f"pju@{DOMAIN}", "Joko Susilo", "liaison", "dishub-pju"),
    Account(f"airminum@{DOMAIN}", "Nining Kurnia", "liaison", "tirta-kencana"),
    Account(f"disdukcapil@{DOMAIN}", "Siti Aminah", "liaison", "disdukcapil"),
)


class Demo:
    """The demo of one data folder; what is made once (password, secret, port) stands in demo.json."""

    def __init__(self, data: Path) -> None:
        self.data, self.folder = data, data / "demo"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.kept = _kept(data / "demo.json")
        self.government: Government

    @property
    def platform(self) -> str:
        return f"http://127.0.0.1:{self.kept['port']}"

    def start_platform(self, supervisor: Supervisor) -> None:
        """This will start the Mastodon server that stands in for a real one, and wait until it answers."""
        _require_mock()
        words = ["mastodon", "--port", str(self.kept["port"]), "--folder", str(self.folder)]
        child = supervisor.start(Child("mastodon", lambda: _simulator(*words)))
        until = time.monotonic() + _START_SECONDS
        while not _answers(f"{self.platform}/api/v2/instance"):
            if not child.running() or time.monotonic() > until:
                raise click.ClickException(
                    f"The demo's Mastodon server does not come up. See {supervisor.logs / 'mastodon.log'} and "
                    f"end the program that uses its port {self.kept['port']}, or use another data folder."
                )
            time.sleep(0.1)

    def prepare(self) -> None:
        """This will load the city, its accounts and channels; what is there already stays as it is."""
        self.government = Government.objects.filter(code=CODE).first() or load_government(CODE, _BY)
        with scope.government(self.government.pk):
            self._accounts()
            self._mastodon()
            self._hook()

    def member(self, role: str) -> Member:
        """This will return the demo's member of a role."""
        return Member.objects.select_related("user", "unit", "government").filter(role=role).order_by("pk")[0]

    def let_citizens_speak(self, supervisor: Supervisor, address: str, seed: int, rate: float) -> None:
        """This will let citizens write from now on: a busy first day in an empty city, then day after day."""
        days = itertools.count(seed)
        quick = not (self.folder / "days").exists()

        def words() -> Sequence[str]:
            nonlocal quick
            pace = (_FIRST_DAY, 120.0) if quick else (_DAY, rate)
            quick = False
            (self.folder / "days").touch()
            return self.day(address, next(days), *pace, wait=0.0)

        supervisor.start(
            Child("citizens", words, environment={"TANGGAP_SIMULATOR_SECRET": self.kept["secret"]})
        )

    def day(
        self, address: str, seed: int, posts: int, rate: float, *, wait: float, run: int | None = None
    ) -> list[str]:
        """This will return the command of one day of the city against this installation."""
        words = [
            "run", "--mastodon", self.platform, "--hooks", f"{address}/hooks/{APP}", "--posts", str(posts),
            "--rate", str(rate), "--seed", str(seed), "--wait", str(wait), "--truth", str(self.truth),
        ]  # fmt: skip
        return _simulator(*words, *(["--run", str(run)] if run is not None else []))

    def verdict(self) -> list[str]:
        """This will return the command that compares what was said with what stands on the Mastodon server."""
        return _simulator("verdict", "--truth", str(self.truth), "--mastodon", self.platform)

    @property
    def truth(self) -> Path:
        return self.folder / "truth.ndjson"

    def lines(self) -> Iterator[str]:
        """This will tell how to log in."""
        yield f"The fictional city of {self.government.name}. Everyone's password: {self.kept['password']}"
        for one in ACCOUNTS:
            yield f"  {one.email:<38} {one.role:<14} {one.unit}"
        yield f"Its citizens write on {self.platform} and through /hooks/{APP}."

    def _accounts(self) -> None:
        there = set(User.objects.filter(email__endswith=f"@{DOMAIN}").values_list("email", flat=True))
        hashed = make_password(self.kept["password"])  # once: each hash takes a good part of a second
        for account in ACCOUNTS:
            if account.email not in there:
                with transaction.atomic():
                    User.objects.create(email=account.email, name=account.name, password=hashed)
                    add_member(
                        _BY, account.email, account.name, Unit.objects.get(code=account.unit), account.role
                    )

    def _mastodon(self) -> None:
        app, _ = App.objects.update_or_create(
            key="mastodon-tiruan",
            defaults={
                "platform": "mastodon", "name": "Mastodon tiruan", "api_base": self.platform, "trusted_base": True,
            },
        )  # fmt: skip
        if Channel.objects.filter(app=app).exists():
            return
        state = json.loads((self.folder / "mastodon-mock.json").read_text(encoding="utf-8"))
        connect.connect(
            self.member("administrator"), platform="mastodon", name=f"Mastodon {self.government.name}",
            values={"api_base": self.platform, "token": state["official"]["token"]},
            unit=Unit.objects.get(code=HOME),
        )  # fmt: skip

    def _hook(self) -> None:
        if not App.objects.filter(key=APP).exists():
            name = f"Media sosial {self.government.name}"
            _, secret = hooks.open_app(self.government, APP, name, APP, unit=Unit.objects.get(code=HOME))
            self.kept["secret"] = secret
            _keep(self.data / "demo.json", self.kept)


def _kept(place: Path) -> dict[str, Any]:
    if place.exists():
        kept: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return kept
    return _keep(place, {"password": f"tanggap-{secrets.token_urlsafe(9)}", "port": free(), "secret": ""})


def _keep(place: Path, kept: dict[str, Any]) -> dict[str, Any]:
    half = place.with_suffix(f".{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(json.dumps(kept), encoding="utf-8")
    half.replace(place)
    return kept


def _require_mock() -> None:
    import importlib.util

    if importlib.util.find_spec("mastodon_mock") is None:
        raise Refusal("The demo needs its Mastodon server: pip install 'tanggap[demo]'. Nothing was started.")


def _simulator(*words: str) -> list[str]:
    return [sys.executable, "-m", "tanggap.simulator", *words]


def _answers(address: str) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(address, timeout=2):  # noqa: S310  our own child on this machine
            return True
    except (URLError, OSError):
        return False
