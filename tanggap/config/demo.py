"""The demo: a fictional city with its accounts, a Mastodon server, simulated platforms, and citizens who speak there.

Everything made here belongs to the fictional government 99.71; guard.py keeps it apart from real work.
"""

from __future__ import annotations

import functools
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
from tanggap.channels.connector import all_connectors
from tanggap.channels.models import App, Channel
from tanggap.config import demo_accounts, demo_content, hooks
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
_FIRST_DAY, _DAY = 80, 600
"""Posts of the first day, told in less than a minute so that there is something to see, and of each day after it."""
_MOST = 3000
"""How many pieces each simulated platform keeps: some days of the demo, and little memory."""


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

    @property
    def town(self) -> str:
        return f"http://127.0.0.1:{self.kept['town_port']}"

    def start_platforms(self, supervisor: Supervisor, address: str) -> None:
        """This will start the Mastodon server and the simulated platforms, whose hooks go to `address`, and wait."""
        _require_mock()
        words = {
            "mastodon": ["mastodon", "--port", str(self.kept["port"]), "--folder", str(self.folder)],
            "platforms": [
                "platforms", "--port", str(self.kept["town_port"]), "--hooks", f"{address}/hooks",
                "--folder", str(self.folder / "platforms"), "--most", str(_MOST),
                "--official", "Pemerintah Kota Tirtakencana",
            ],
        }  # fmt: skip
        children = {
            name: supervisor.start(Child(name, functools.partial(_simulator, *said)))
            for name, said in words.items()
        }
        self._wait_for(supervisor, children["mastodon"], f"{self.platform}/api/v2/instance", "port")
        self._wait_for(supervisor, children["platforms"], f"{self.town}/_kota/state", "town_port")

    def _wait_for(self, supervisor: Supervisor, child: Child, address: str, port: str) -> None:
        until = time.monotonic() + _START_SECONDS
        while _asked(address) is None:
            if not child.running() or time.monotonic() > until:
                raise click.ClickException(
                    f"The demo's {child.name} does not come up. See {supervisor.logs / child.name}.log and end the "
                    f"program that uses its port {self.kept[port]}, or use another data folder."
                )
            time.sleep(0.1)

    def prepare(self) -> None:
        """This will load the city, its accounts and channels; what is there already stays as it is."""
        self.government = Government.objects.filter(code=CODE).first() or load_government(CODE, _BY)
        with scope.government(self.government.pk):
            self._accounts()
            self._mastodon()
            self._platforms()
            self._hook()
            demo_content.publish(self.member("officer"), self.member("coordinator"))

    def member(self, role: str) -> Member:
        """This will return the demo's member of a role."""
        return Member.objects.select_related("user", "unit", "government").filter(role=role).order_by("pk")[0]

    def let_citizens_speak(self, supervisor: Supervisor, seed: int, rate: float) -> None:
        """This will let citizens write from now on: a busy first day in an empty city, then day after day."""
        told = self.folder / "days"

        def words() -> Sequence[str]:
            # Another day after a restart too: nobody says the same again.
            number = int(told.read_text() or 1) if told.exists() else 0
            told.write_text(str(number + 1))
            return self.day(seed + number, *((_DAY, rate) if number else (_FIRST_DAY, 120.0)), wait=0.0)

        supervisor.start(Child("citizens", words))

    def day(self, seed: int, posts: int, rate: float, *, wait: float, run: int | None = None) -> list[str]:
        """This will return the command of one day of the city against this installation."""
        words = [
            "run", "--mastodon", self.platform, "--town", self.town, "--posts", str(posts), "--rate", str(rate),
            "--seed", str(seed), "--wait", str(wait), "--truth", str(self.truth),
        ]  # fmt: skip
        return _simulator(*words, *(["--run", str(run)] if run is not None else []))

    def verdict(self, held: Path) -> list[str]:
        """This will return the command that compares what was said with what stands on all platforms.

        `held` is a file that says what this installation holds and has sent.
        """
        words = ["--mastodon", self.platform, "--town", self.town, "--held", str(held)]
        return _simulator("verdict", "--truth", str(self.truth), *words)

    @property
    def truth(self) -> Path:
        return self.folder / "truth.ndjson"

    def standing(self, platform: str) -> list[str]:
        """This will return what the official account of a simulated platform says by itself, as it stands there."""
        pieces = json.loads(_asked(f"{self.town}/{platform}/_kota/pieces", {}) or "[]")
        return [one["text"] for one in pieces if one["author"] == "official" and not one["deleted"]]

    def lines(self) -> Iterator[str]:
        """This will tell how to log in."""
        yield f"The fictional city of {self.government.name}. Everyone's password: {self.kept['password']}"
        for one in ACCOUNTS:
            yield f"  {one.email:<38} {one.role:<14} {one.unit}"
        named = ", ".join(sorted(all_connectors()[one].name for one in self._simulated()))
        yield f"Its citizens write on Mastodon ({self.platform}) and on simulated platforms: {named}."
        yield f"See them, and where the answers go: {self.town}/   Another program may write to /hooks/{APP}."

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

    def _platforms(self) -> None:
        by, unit = self.member("administrator"), Unit.objects.get(code=HOME)
        demo_accounts.connect_all(by, self._simulated(), unit=unit, named=self.government.name)

    def _simulated(self) -> dict[str, Any]:
        """The simulated platforms that there is a connector for, with what connects their accounts."""
        told: dict[str, Any] = json.loads(_asked(f"{self.town}/_kota/state") or "{}")
        return {name: one for name, one in told.items() if name in all_connectors()}

    def _hook(self) -> None:
        if not App.objects.filter(key=APP).exists():
            name = f"Media sosial {self.government.name}"
            _, secret = hooks.open_app(self.government, APP, name, APP, unit=Unit.objects.get(code=HOME))
            self.kept["secret"] = secret
            _keep(self.data / "demo.json", self.kept)


def _kept(place: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    made = {"password": f"tanggap-{secrets.token_urlsafe(9)}", "port": free(), "secret": ""}
    missing = {name: value for name, value in made.items() if name not in kept}
    if "town_port" not in kept:
        missing["town_port"] = _another(kept.get("port", made["port"]))
    return _keep(place, {**kept, **missing}) if missing else kept


def _another(port: int) -> int:
    """A free port that is not the one given out a moment ago."""
    while (found := free()) == port:
        pass
    return found


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


def _asked(address: str, given: object = None) -> bytes | None:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    body = None if given is None else json.dumps(given).encode()
    asked = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310  our own child on this machine
    try:
        with urlopen(asked, timeout=5) as answer:  # noqa: S310
            return bytes(answer.read())
    except (URLError, OSError):
        return None
