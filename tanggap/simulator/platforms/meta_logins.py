"""The log-in that Instagram and Threads have of their own, beside Facebook's: a code, an hour, then sixty days.

Built from developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login,
…/instagram-platform/reference/access_token, …/reference/refresh_access_token and …/docs/threads/get-started/
long-lived-tokens (seen 2026-11-22).
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.meta_graph import GraphError, MetaGraph, answer

DAY = 86_400


class OwnLogin(MetaGraph):
    """A product with its own log-in; `prefix` begins its grant types, `mark` its tokens.

    `making` is the last word of the path that makes a container before something is published.
    """

    prefix: ClassVar[str]
    mark: ClassVar[str]
    making: ClassVar[str]

    def login_rules(self) -> list[Rule]:
        """This will return the routes of the log-in."""
        return [
            Rule("/oauth/authorize", endpoint=self._dialog, methods=["GET"]),
            Rule("/oauth/access_token", endpoint=self._short_token, methods=["POST"]),
            Rule("/access_token", endpoint=self._long_token, methods=["GET"]),
            Rule("/refresh_access_token", endpoint=self._refreshed, methods=["GET"]),
        ]

    def new_token(self) -> str:
        """This will return a long-lived token as the product forms them."""
        return f"{self.mark}{secrets.token_hex(12)}"

    def _short_token(self, request: Request) -> Response:
        given = request.values
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            raise GraphError(101, "Error validating client secret.")
        if self.codes.pop(given.get("code", ""), None) != given.get("redirect_uri"):
            raise GraphError(100, "Error validating verification code.", subcode=36008)
        token = f"short{secrets.token_hex(12)}"
        self.login_tokens.add(token)
        return answer({"access_token": token, "user_id": int(self.official.id)})

    def _long_token(self, request: Request) -> Response:
        given = request.args
        fits = given.get("grant_type") == f"{self.prefix}_exchange_token"
        if not fits or given.get("client_secret") != self.client_secret:
            raise GraphError(101, "Error validating client secret.")
        if given.get("access_token") not in self.login_tokens:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        return self._renewed()

    def _refreshed(self, request: Request) -> Response:
        if request.args.get("grant_type") != f"{self.prefix}_refresh_token":
            raise GraphError(100, "(#100) The parameter grant_type is required.")
        self.official_of(request)
        return self._renewed()

    def _renewed(self) -> Response:
        official = self.official
        official.token, official.revoked = self.new_token(), False
        official.expires_at = self.clock() + 60 * DAY
        return answer({"access_token": official.token, "token_type": "bearer", "expires_in": 60 * DAY})

    def _answer(self, request: Request) -> Response:
        # An answer that a story wants lost is that of the step which publishes: the one before shows nobody anything.
        if request.method != "POST" or request.path.rstrip("/").rpartition("/")[2] != self.making:
            return super()._answer(request)
        kept, self.faults.lose_answer = self.faults.lose_answer, 0
        try:
            return super()._answer(request)
        finally:
            self.faults.lose_answer = kept
