"""What the simulated products of Meta share: the Graph API's tokens, errors, pages, permissions, and signed hooks.

Built from developers.facebook.com/docs/graph-api (overview/rate-limiting, guides/error-handling, secure-requests,
results, batch-requests, webhooks/getting-started), …/docs/facebook-login/guides/advanced/manual-flow and
…/docs/facebook-login/guides/access-tokens (seen 2026-11-22).

A product subclasses `MetaGraph`, adds its routes to `shared_rules()`, and answers with `GraphError` where it refuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import Hooked, Official, Piece, Simulated

_VERSION = re.compile(r"/v\d+\.\d+(?=/)")


class GraphError(HTTPException):
    """An error body as the Graph API gives it; raised by an endpoint, or returned by `.answer`."""

    def __init__(
        self, code: int, message: str, *, subcode: int = 0, status: int = 400, kind: str = "OAuthException",
        transient: bool = False, user_message: str = "", headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode:
            error["error_subcode"] = subcode
        if transient:
            error["is_transient"] = True
        if user_message:
            error["error_user_msg"] = user_message
        error["fbtrace_id"] = f"A{secrets.token_urlsafe(9)}"
        self.answer = answer({"error": error}, status, headers)
        if code in {104, 190}:
            self.answer.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{message}"'
        super().__init__(message, self.answer)


class MetaGraph(Simulated):
    """A product of Meta: tokens of official accounts, `granted` permissions, and one app address for all of them.

    `ended_by` is the subcode that tells why a revoked token ended; `batch` is how many updates one delivery may
    carry (Meta puts up to 1000 together).
    """

    hook_object: ClassVar[str] = "page"
    rate_code: ClassVar[int] = 32
    usage_type: ClassVar[str] = "pages"
    permissions: ClassVar[tuple[str, ...]] = ()
    hook_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **more: Any) -> None:
        self.granted = set(self.permissions)
        self.ended_by, self.batch, self.require_proof = 460, 1, False
        self.codes: dict[str, str] = {}
        self.login_tokens: set[str] = set()
        self.subscribed: dict[str, list[str]] = {}
        super().__init__(**more)

    # -- tokens ------------------------------------------------------------------------------------------
    def official_of(self, request: Request) -> Official:
        """This will return the account whose token the request carries; GraphError where it opens nothing."""
        token = token_of(request)
        if not token:
            raise GraphError(104, "An access token is required to request this resource.")
        self._check_proof(request, token)
        official = self.owner_of(token)
        if official is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if official.revoked:
            raise GraphError(190, _ENDED.get(self.ended_by, _ENDED[460]), subcode=self.ended_by)
        if official.expires_at is not None and official.expires_at <= self.clock():
            raise GraphError(190, _ENDED[463], subcode=463)
        return official

    def _check_proof(self, request: Request, token: str) -> None:
        given = request.values.get("appsecret_proof")
        if given is None and not self.require_proof:
            return
        if given is None:
            raise GraphError(
                100, "API calls from the server require an appsecret_proof argument",
                kind="GraphMethodException",
            )  # fmt: skip
        wanted = hmac.new(self.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given, wanted):
            raise GraphError(
                100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException"
            )

    def need(self, *permissions: str) -> None:
        """This will refuse as Meta does before review where one of the permissions is not granted."""
        for one in permissions:
            if one not in self.granted:
                raise GraphError(
                    10, f"(#10) This endpoint requires the '{one}' permission or the 'Page Public Content Access' "
                    "feature. Refer to https://developers.facebook.com/docs/apps/review/login-permissions",
                    status=403,
                )  # fmt: skip

    # -- what every product answers ------------------------------------------------------------------------
    def shared_rules(self) -> list[Rule]:
        """This will return the routes of log-in, tokens and subscriptions; the version before a path is left out."""
        return [
            Rule("/dialog/oauth", endpoint=self._dialog, methods=["GET"]),
            Rule("/oauth/access_token", endpoint=self._access_token, methods=["GET", "POST"]),
            Rule("/debug_token", endpoint=self._debug_token, methods=["GET"]),
            Rule("/me/accounts", endpoint=self._accounts, methods=["GET"]),
            Rule("/<account>/subscribed_apps", endpoint=self._subscribed, methods=["GET", "POST", "DELETE"]),
        ]

    def _dialog(self, request: Request) -> Response:
        code = f"AQ{secrets.token_urlsafe(24)}"
        self.codes[code] = request.args.get("redirect_uri", "")
        back = urlencode({"code": code, "state": request.args.get("state", "")})
        return Response(status=302, headers={"Location": f"{request.args.get('redirect_uri', '')}?{back}"})

    def _access_token(self, request: Request) -> Response:
        given = request.values
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            raise GraphError(101, "Error validating client secret.")
        if given.get("grant_type") == "fb_exchange_token":
            if given.get("fb_exchange_token") not in self.login_tokens:
                raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        elif self.codes.pop(given.get("code", ""), None) != given.get("redirect_uri"):
            raise GraphError(
                100, "Error validating verification code. Please make sure your redirect_uri is identical to the "
                "one you used in the OAuth dialog request", subcode=36008,
            )  # fmt: skip
        token = f"EAAlogin{secrets.token_hex(12)}"
        self.login_tokens.add(token)
        return answer({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944})

    def _debug_token(self, request: Request) -> Response:
        if token_of(request) != f"{self.client_id}|{self.client_secret}":
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        owner = self.owner_of(request.args.get("input_token", ""))
        ends = int(owner.expires_at) if owner and owner.expires_at else 0
        return answer(
            {"data": {
                "app_id": self.client_id, "type": "PAGE", "is_valid": bool(owner and not owner.revoked),
                "expires_at": ends, "data_access_expires_at": 0, "scopes": sorted(self.granted),
                "profile_id": owner.id if owner else "",
            }}
        )  # fmt: skip

    def _accounts(self, request: Request) -> Response:
        if token_of(request) not in self.login_tokens:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        self._check_proof(request, token_of(request))
        nodes = [
            {"id": one.id, "access_token": one.token, "tasks": ["MODERATE", "MESSAGING", "CREATE_CONTENT"],
             **self.account_node(one)}
            for one in self.officials.values()
        ]  # fmt: skip
        return self.listed(request, nodes)

    def account_node(self, official: Official) -> dict[str, Any]:
        """This will return what /me and /me/accounts tell of an account."""
        return {
            "id": official.id, "name": official.name, "username": official.handle.lstrip("@"),
            "category": "Government Organization", "link": f"https://www.facebook.com/{official.id}",
        }  # fmt: skip

    def _subscribed(self, request: Request, account: str) -> Response:
        if self.official_of(request).id != account:
            raise GraphError(
                100, f"Unsupported get request. Object with ID '{account}' does not exist", subcode=33
            )
        if request.method == "POST":
            fields = request.values.get("subscribed_fields", "")
            if not fields:
                raise GraphError(100, "(#100) The parameter subscribed_fields is required.")
            self.subscribed[account] = fields.split(",")
            return answer({"success": True})
        if request.method == "DELETE":
            self.subscribed.pop(account, None)
            return answer({"success": True})
        known = self.subscribed.get(account)
        data = [{"id": self.client_id, "name": "Tanggap", "subscribed_fields": known}] if known else []
        return answer({"data": data})

    # -- shapes ------------------------------------------------------------------------------------------
    def listed(
        self, request: Request, nodes: Sequence[Mapping[str, Any]], most: int = 100, **also: Any
    ) -> Response:
        """This will answer with one page of nodes: `limit`, `after` and `fields` as asked, cursors and `next`.

        A cursor names the last node that was shown, so that what is added before it moves nothing.
        """
        size = min(_whole(request.args.get("limit"), 25), most)
        ids = [str(node["id"]) for node in nodes]
        after = _uncursor(request.args.get("after", ""))
        start = ids.index(after) + 1 if after in ids else 0
        shown = list(nodes[start : start + size])
        body: dict[str, Any] = {"data": [picked(one, request.args.get("fields", "")) for one in shown]}
        if shown:
            cursors = {"before": _cursor(str(shown[0]["id"])), "after": _cursor(str(shown[-1]["id"]))}
            body["paging"] = {"cursors": cursors}
            if start + size < len(nodes):
                query = {
                    **request.args.to_dict(),
                    "access_token": token_of(request),
                    "after": cursors["after"],
                }
                body["paging"]["next"] = f"{request.base_url}?{urlencode(query)}"
        return answer({**body, **also})

    def hooked(self, entry: Mapping[str, Any]) -> Hooked:
        """This will sign a delivery of one entry."""
        body = json.dumps({"object": self.hook_object, "entry": [entry]}).encode()
        return self._signed(body)

    def _signed(self, body: bytes) -> Hooked:
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json", "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={signature}",
        }  # fmt: skip
        return Hooked(body, headers)

    def deliveries(self) -> list[Hooked]:
        """This will hand over the queued deliveries, `batch` updates in each."""
        taken = super().deliveries()
        if self.batch == 1:
            return taken
        entries = [entry for one in taken for entry in json.loads(one.body)["entry"]]
        groups = [entries[start : start + self.batch] for start in range(0, len(entries), self.batch)]
        return [
            self._signed(json.dumps({"object": self.hook_object, "entry": group}).encode())
            for group in groups
        ]

    def address_test(self) -> dict[str, str]:
        """This will return the query with which Meta tests the app's address; hub.challenge must come back."""
        return {
            "hub.mode": "subscribe",
            "hub.challenge": str(self.random.randrange(10**8, 10**9)),
            "hub.verify_token": self.verify_token,
        }

    def batch_of(self, request: Request) -> Response:
        """This will answer a batch: each question by itself, in their order (…/docs/graph-api/batch-requests)."""
        self.official_of(request)
        asked = json.loads(request.form.get("batch", "null"))
        if not isinstance(asked, list) or not asked:
            raise GraphError(100, "(#100) param batch must be an array.")
        if len(asked) > 50:
            raise GraphError(100, "Too many requests in batch message. Maximum batch size is 50",
                             kind="GraphBatchException")  # fmt: skip
        return answer([self._part(request, one) for one in asked])

    def _part(self, request: Request, one: Mapping[str, Any]) -> dict[str, Any]:
        path, _, query = str(one["relative_url"]).partition("?")
        builder = EnvironBuilder(
            f"/{path.lstrip('/')}", method=one["method"], query_string=query,
            headers=[("Authorization", f"Bearer {token_of(request)}")],
        )  # fmt: skip
        inner = Request(builder.get_environ())
        try:
            endpoint, values = self._map.bind_to_environ(inner.environ).match()
            told: Response = endpoint(inner, **values)
        except HTTPException as error:
            told = error.get_response(inner.environ)
        return {"code": told.status_code, "body": told.get_data(as_text=True)}

    # -- faults ------------------------------------------------------------------------------------------
    def refused(self) -> Response:
        """This will answer a call over the limit; the wait is told in minutes by the usage header."""
        told, headers = self.faults.retry_after, {}
        if told is not None:
            minutes = -(-int(told) // 60) if told.lstrip("-").isdigit() else 0
            headers = self._usage(100, minutes)
        message = f"(#{self.rate_code}) Page request limit reached"
        return GraphError(self.rate_code, message, status=403, headers=headers).answer

    def failed(self) -> Response:
        """This will answer as when the platform is out of order."""
        return GraphError(
            2,
            "An unexpected error has occurred. Please retry your request later.",
            status=500,
            transient=True,
        ).answer

    def _usage(self, percent: int, minutes: int = 0) -> dict[str, str]:
        usage = {"type": self.usage_type, "call_count": percent, "total_cputime": percent // 2,
                 "total_time": percent // 2, "estimated_time_to_regain_access": minutes}  # fmt: skip
        return {"X-Business-Use-Case-Usage": json.dumps({self.official.id: [usage]})}

    def _answer(self, request: Request) -> Response:
        request.environ["PATH_INFO"] = _VERSION.sub("", request.environ["PATH_INFO"], count=1)
        found = super()._answer(request)
        if found.status_code == 404 and found.mimetype != "application/json":
            message = "Unsupported request. Object does not exist, or missing permissions"
            return GraphError(100, message, subcode=33, kind="GraphMethodException").answer
        for name, value in self._usage(min(len(self.calls) % 100, 99)).items():
            found.headers.setdefault(name, value)
        return found


_ENDED = {
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: You cannot access the app till you log in to www.facebook.com and follow "
    "the instructions given.",
    460: "Error validating access token: The session has been invalidated because the user changed their password "
    "or Facebook has changed the session for security reasons.",
    463: "Error validating access token: Session has expired.",
    464: "Error validating access token: Sessions for the user are not allowed because the user is not a confirmed "
    "user.",
    467: "Error validating access token: This may be because the user logged out or may be due to a system error.",
    492: "Error validating access token: The user must be an administrator, editor, or moderator of the page in "
    "order to impersonate it.",
}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """This will return a JSON answer."""
    return Response(
        json.dumps(body), status, dict(headers or {}), content_type="application/json; charset=UTF-8"
    )


def token_of(request: Request) -> str:
    """This will return the token of a request: in its header, or as access_token."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind in {"Bearer", "OAuth"} else request.values.get("access_token", "")


def gone(identity: str) -> GraphError:
    """This will return the error for an object that is not there, or that the token may not see."""
    return GraphError(
        100, f"Unsupported request. Object with ID '{identity}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation.", subcode=33, kind="GraphMethodException",
    )  # fmt: skip


def time_of(at: float) -> str:
    """This will return a time as the Graph API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def picked(node: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """This will return a node's asked fields and its id; of nested ones only their names count."""
    names = set(names_of(fields))
    return {key: value for key, value in node.items() if key == "id" or not names or key in names}


def names_of(fields: str) -> list[str]:
    """This will return the outermost names of a field list: "a,b.limit(2){c,d}" names a and b."""
    found, depth, word = [], 0, ""
    for sign in f"{fields},":
        depth += (sign in "{(") - (sign in "})")
        if sign == "," and depth == 0:
            found.append(re.split(r"[.{(]", word.strip())[0])
            word = ""
        else:
            word += sign
    return [one for one in found if one]


def newest_first(pieces: Iterable[Piece], keep: Callable[[Piece], bool]) -> list[Piece]:
    """This will return what stands and is kept, newest first."""
    return sorted((one for one in pieces if not one.deleted and keep(one)), key=lambda one: -one.at)


def _cursor(identity: str) -> str:
    return base64.urlsafe_b64encode(identity.encode()).decode().rstrip("=")


def _uncursor(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return ""


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and 0 < int(text) < 10**6 else default
