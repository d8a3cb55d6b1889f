"""What all simulated platforms share: people who say things, official accounts with tokens, faults, and hooks.

A platform is a WSGI application (so that a test calls it without a socket, and `serving` puts it on a port). Its own
file turns `Piece`s into the documented shapes; this file keeps them, and does what tests and the city ask for.
"""

from __future__ import annotations

import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

OFFICIAL = "official"
"""The author of whatever the official account says."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that stands on the platform: a post, comment, mention or message.

    `root` is the post or conversation it belongs to, `parent` what it answers; times are Unix seconds.
    `reference` is whatever idempotency key or marker the sender gave.
    """

    id: str
    kind: str
    author: str
    text: str
    at: float
    root: str = ""
    parent: str = ""
    account: str = ""
    edited_at: float | None = None
    deleted: bool = False
    hidden: bool = False
    reference: str = ""
    media: tuple[Mapping[str, Any], ...] = ()

    @property
    def ours(self) -> bool:
        return self.author == OFFICIAL


@dataclass(slots=True)
class Official:
    """An official account of a government: its id, its handle, and the token that opens it."""

    id: str
    handle: str
    name: str
    token: str
    expires_at: float | None = None
    revoked: bool = False


@dataclass(slots=True)
class Faults:
    """What goes wrong. The counted ones (`refuse`, `lose_answer`, `fail`) are used up by the next calls; `refused` and
    the others are shares."""

    refuse: int = 0
    retry_after: str | None = "2"
    fail: int = 0
    lose_answer: int = 0
    down: bool = False
    hooks_lost: float = 0.0
    hooks_doubled: float = 0.0
    hooks_delayed: float = 0.0
    answers_lost: float = 0.0
    refused: float = 0.0


@dataclass(frozen=True, slots=True)
class Hooked:
    """One signed delivery to the app's address."""

    body: bytes
    headers: Mapping[str, str]
    path: str = ""


class AnswerLost(Exception):
    """The request was carried out and its answer shall not arrive: the server cuts the line."""


class Simulated(ABC):
    """One simulated platform. `say`, `edit`, `delete` are what citizens do; `pieces` what stands there now.

    `secret` signs hooks, `verify_token` is what the platform's test of the address must be answered with.
    Thread-safe: every call holds the platform's lock.
    """

    platform: ClassVar[str]
    has_hooks: ClassVar[bool] = True
    kinds: ClassVar[tuple[str, ...]] = ("comment",)
    """The kinds that citizens can say here: comment, mention, message."""

    def __init__(self, *, seed: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.random = Random(seed)
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.pieces: dict[str, Piece] = {}
        self.officials: dict[str, Official] = {}
        self.faults = Faults()
        self.figures: dict[str, dict[str, int | None]] = {}
        self.secret, self.verify_token = "simulated-app-secret", "simulated-verify-token"
        self.client_id, self.client_secret = "simulated-client", self.secret
        self.first = ""
        """The post below which a comment stands that names none; empty where citizens begin by themselves."""
        self.hooks: list[Hooked] = []
        self.calls: list[tuple[str, str]] = []
        self._map = Map([*self.rules()], strict_slashes=False)
        self.begin()

    # -- what each platform's file gives -----------------------------------------------------------------
    @abstractmethod
    def rules(self) -> Iterable[Rule]:
        """This will return the routes of the documented interface; an endpoint is called with (request, **values)."""

    @abstractmethod
    def begin(self) -> None:
        """This will open the first official account with `open_account`, and what it needs (a first post)."""

    def hook(self, event: str, piece: Piece) -> Hooked | None:
        """This will return the signed delivery of an event (create, edit, delete); None where it sends none."""
        return None

    def refused(self) -> Response:
        """This will return the platform's answer to too many requests."""
        headers = {"Retry-After": self.faults.retry_after} if self.faults.retry_after is not None else {}
        return Response("{}", 429, headers, content_type="application/json")

    def failed(self) -> Response:
        """This will return the platform's answer when it is out of order."""
        return Response("{}", 503, content_type="application/json")

    # -- what the city and the tests do ------------------------------------------------------------------
    def open_account(self, key: str, handle: str, name: str, token: str) -> Official:
        """This will open an official account."""
        self.officials[key] = Official(key, handle, name, token)
        return self.officials[key]

    def rename(self, name: str) -> None:
        """This will give the first official account another city's name, in its handle and posts too."""
        official = self.official
        before, official.name = official.name, name
        official.handle = official.handle.replace(
            before.split()[-1].lower(), name.rsplit(maxsplit=1)[-1].lower()
        )
        for key, one in self.pieces.items():
            self.pieces[key] = replace(one, text=one.text.replace(before, name))

    def told_to(self, address: str) -> None:  # noqa: B027  most platforms need not know
        """This will tell the platform where its deliveries go."""

    @property
    def official(self) -> Official:
        """This will return the first official account."""
        return next(iter(self.officials.values()))

    def say(
        self, text: str, *, author: str = "warga1", kind: str = "", parent: str = "", account: str = "",
        at: float | None = None,
    ) -> Piece:  # fmt: skip
        """This will let a citizen say something to an official account, and put its delivery into `hooks`."""
        with self.lock:
            if kind in {"", "comment"}:
                parent = parent or self.first
            answered = self.pieces.get(parent)
            piece = self.add(
                kind or (answered.kind if answered and answered.kind != "post" else self.kinds[0]), author, text,
                parent=parent, account=account or (answered.account if answered else self.official.id), at=at,
            )  # fmt: skip
            self.emit("create", piece)
            return piece

    def edit(self, key: str, text: str) -> Piece:
        """This will change what stands there."""
        with self.lock:
            piece = self.pieces[key] = replace(self.pieces[key], text=text, edited_at=self.clock())
            self.emit("edit", piece)
            return piece

    def delete(self, key: str) -> Piece:
        """This will take it away."""
        with self.lock:
            piece = self.pieces[key] = replace(self.pieces[key], deleted=True)
            self.emit("delete", piece)
            return piece

    def look(self, key: str, **numbers: int | None) -> Mapping[str, int | None]:
        """This will let people see, like and pass on a piece; None for a number that the platform shall not tell.

        By name: views, reach, likes, comments, shares, clicks, saves. Returns all that stand there.
        """
        with self.lock:
            self.figures.setdefault(key, {}).update(numbers)
            return dict(self.figures[key])

    def figure(self, piece: Piece, name: str, otherwise: int = 0) -> int | None:
        """This will return a number of a piece; None where it is not told."""
        return self.figures.get(piece.id, {}).get(name, otherwise)

    def answers(self, key: str = "") -> list[Piece]:
        """This will return what official accounts said in answer to a piece (to any, without `key`)."""
        with self.lock:
            return [
                one for one in self.pieces.values()
                if one.ours and not one.deleted and one.kind != "post" and key in {"", one.parent}
            ]  # fmt: skip

    def add(self, kind: str, author: str, text: str, **more: Any) -> Piece:
        """This will put a piece there; ids rise with time."""
        at = more.pop("at", None)
        piece = Piece(
            id=more.pop("id", "") or self.new_id(), kind=kind, author=author, text=text,
            at=self.clock() if at is None else at, **more,
        )  # fmt: skip
        if not piece.root:
            above = self.pieces.get(piece.parent)
            piece = replace(piece, root=above.root or above.id if above else piece.id)
        self.pieces[piece.id] = piece
        return piece

    def new_id(self) -> str:
        """This will return the id of the next piece, as the platform forms them."""
        return str(10**14 + next(self.numbers))

    def emit(self, event: str, piece: Piece) -> None:
        """This will queue the delivery of an event, or lose, double or delay it as the faults say."""
        delivery = self.hook(event, piece)
        if delivery is None or self.random.random() < self.faults.hooks_lost:
            return
        times = 2 if self.random.random() < self.faults.hooks_doubled else 1
        for _ in range(times):
            late = self.random.random() < self.faults.hooks_delayed and self.hooks
            self.hooks.insert(self.random.randrange(len(self.hooks)) if late else len(self.hooks), delivery)

    def deliveries(self) -> list[Hooked]:
        """This will hand over the queued deliveries."""
        with self.lock:
            taken, self.hooks = self.hooks, []
            return taken

    def expire(self) -> None:
        """This will let the first official account's token run out."""
        self.official.expires_at = self.clock() - 1

    def revoke(self) -> None:
        """This will take the first official account's token away."""
        self.official.revoked = True

    def restore(self, token: str = "") -> str:
        """This will give the account a valid token again, as its owner does by logging in; returns it."""
        official = self.official
        official.token = token or f"{official.token}-baru"
        official.expires_at, official.revoked = None, False
        return official.token

    def settings(self) -> dict[str, str]:
        """This will return what an administrator fills in to connect the first account, beside its secrets."""
        return {}

    def secrets(self) -> dict[str, str]:
        """This will return the secrets that open the first account, by the names that the product asks for."""
        return {"token": self.official.token}

    def owner_of(self, token: str) -> Official | None:
        """This will return whose token this is, were it expired or revoked."""
        return next((one for one in self.officials.values() if one.token == token), None)

    # -- serving -----------------------------------------------------------------------------------------
    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        with self.lock:
            answer = self._answer(request)
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        self.calls.append((request.method, request.path))
        faults = self.faults
        if faults.down or faults.fail:
            faults.fail = max(faults.fail - 1, 0)
            return self.failed()
        if faults.refuse or faults.refused and self.random.random() < faults.refused:
            faults.refuse = max(faults.refuse - 1, 0)
            return self.refused()
        try:
            endpoint, values = self._map.bind_to_environ(request.environ).match()
            answer: Response = endpoint(request, **values)
        except HTTPException as error:
            answer = error.get_response(request.environ)
        writes = request.method in {"POST", "PUT", "PATCH", "DELETE"} and answer.status_code < 300
        if writes and (faults.lose_answer or self.random.random() < faults.answers_lost):
            faults.lose_answer = max(faults.lose_answer - 1, 0)
            raise AnswerLost
        return answer
