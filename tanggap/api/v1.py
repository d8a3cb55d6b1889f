"""/api/v1: what programs may read, with a token of a member; they see what that member sees, masked as for staff.

Lists go newest first with a cursor: `next` of one page is `cursor` of the next, also while rows come in.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import AwareDatetime, Field

from tanggap import __version__
from tanggap.agencies.models import AccessToken, NotAllowed
from tanggap.cases.models import Case
from tanggap.core import scope
from tanggap.posts import masking
from tanggap.posts.models import Post

_USED_EVERY = timedelta(minutes=1)
_M = TypeVar("_M", bound=models.Model)


class Token(HttpBearer):
    """A token in the Authorization header: `Bearer tgp_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken | None:
        """This will return the token's row where it is valid, and its member still is."""
        now = timezone.now()
        with scope.crossing("which government a token belongs to"):
            rows = AccessToken.objects.select_related("member__unit", "member__government", "member__user")
            row = rows.filter(digest=AccessToken.digest_of(token), revoked_at__isnull=True).first()
            if row is None or (row.expires_at and row.expires_at <= now) or not _active(row, now):
                return None
            if row.last_used_at is None or now - row.last_used_at > _USED_EVERY:
                AccessToken.objects.filter(pk=row.pk).update(last_used_at=now)
        return row


def _active(row: AccessToken, now: datetime) -> bool:
    member, today = row.member, now.date()
    return (
        member.user.is_active
        and (member.active_from is None or member.active_from <= today)
        and (member.active_until is None or today <= member.active_until)
    )


api = NinjaAPI(
    title="Tanggap",
    version=__version__,
    description="What citizens said and what became of it, as the token's member sees it.",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=Token(),
    urls_namespace="api_v1",
)


# -- lists ---------------------------------------------------------------------------------------------------
class Paging(Schema):
    """Which part of a list."""

    cursor: str = Field("", max_length=100, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200)
    since: AwareDatetime | None = Field(
        None, description="only what came in at or after this time (with zone)"
    )


class Author(Schema):
    name: str
    handle: str
    platform: str


class PostOut(Schema):
    """A post with its newest reading; personal data in the text is covered."""

    id: int
    platform: str
    external_id: str
    kind: str
    channel: str
    text: str
    author: Author | None
    url: str
    in_reply_to: str
    thread: str
    created_at: datetime
    received_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    answered_at: datetime | None
    desk: str
    language: str
    sentiment: str
    intent: str
    supervisory: bool
    topic: str
    urgency: str
    area_code: str
    model: str
    case_number: str | None


class CaseOut(Schema):
    """A case with its clock; `due_at` and `late` as of now."""

    id: int
    number: str
    title: str
    case_class: str
    topic: str
    urgency: str
    area_code: str
    secrecy: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    responded_at: datetime | None
    closed_at: datetime | None
    late: bool
    units: list[str]


class Posts(Schema):
    items: list[PostOut]
    next: str | None


class Cases(Schema):
    items: list[CaseOut]
    next: str | None


@api.get("/posts", response=Posts, summary="Posts, newest first", tags=["posts"])
def posts(
    request: HttpRequest, paging: Annotated[Paging, Query()], platform: str = "", topic: str = ""
) -> Any:
    """Posts that the token's member sees. Needs the scope `posts:read`."""
    token = _token(request, "posts:read")
    with scope.government(token.government_id):
        rows = Post.objects.seen_by(token.member).select_related("author", "channel", "case_link__case")
        if platform:
            rows = rows.filter(platform=platform)
        if topic:
            rows = rows.filter(topic=topic)
        page, following = _page(rows, "received_at", paging)
        return {"items": [_post(one) for one in page], "next": following}


@api.get("/cases", response=Cases, summary="Cases, newest first", tags=["cases"])
def cases(request: HttpRequest, paging: Annotated[Paging, Query()], state: str = "") -> Any:
    """Cases that the token's member sees. Needs the scope `cases:read`."""
    token = _token(request, "cases:read")
    now = timezone.now()
    with scope.government(token.government_id):
        rows = Case.objects.seen_by(token.member).prefetch_related("assignments__unit")
        if state:
            rows = rows.filter(state=state)
        page, following = _page(rows, "opened_at", paging)
        return {"items": [_case(one, now) for one in page], "next": following}


def _post(post: Post) -> dict[str, Any]:
    plain = {name: getattr(post, name) for name in PostOut.model_fields if hasattr(post, name)}
    link = getattr(post, "case_link", None)
    return plain | {
        "text": masking.plain(post),
        "channel": post.channel.key,
        "author": post.author and {
            "name": post.author.name, "handle": post.author.handle, "platform": post.author.platform,
        },
        "case_number": link.case.number if link else None,
    }  # fmt: skip


def _case(case: Case, now: datetime) -> dict[str, Any]:
    plain = {name: getattr(case, name) for name in CaseOut.model_fields if name not in {"late", "units"}}
    late = case.due_at is not None and case.due_at < (case.closed_at or now)
    return plain | {"late": late, "units": [task.unit.code for task in case.assignments.all()]}


def _page(rows: models.QuerySet[_M], column: str, paging: Paging) -> tuple[list[_M], str | None]:
    """This will return one page and the cursor of the next; (column, id) is the order, newest first."""
    if paging.since:
        rows = rows.filter(**{f"{column}__gte": paging.since})
    if paging.cursor:
        at, pk = _decoded(paging.cursor)
        older = models.Q(**{f"{column}__lt": at}) | models.Q(**{column: at}, pk__lt=pk)
        rows = rows.filter(older, **{f"{column}__lte": at})
    page = list(rows.order_by(f"-{column}", "-pk")[: paging.limit + 1])
    if len(page) <= paging.limit:
        return page, None
    last = page[paging.limit - 1]
    return page[: paging.limit], _encoded(getattr(last, column), last.pk)


def _encoded(at: datetime, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {pk}".encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[datetime, int]:
    try:
        at, pk = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return moment, int(pk)
    except (ValueError, binascii.Error) as error:
        raise HttpError(
            422, "The cursor is not one that this API gave out. Begin without a cursor."
        ) from error


def _token(request: HttpRequest, wanted: str) -> AccessToken:
    token: AccessToken = request.auth  # type: ignore[attr-defined]  # set by ninja from Token
    if wanted not in token.scopes:
        raise HttpError(
            403, f"This token lacks the scope {wanted}. Ask an administrator for one that has it."
        )
    return token


# -- errors (RFC 9457) ---------------------------------------------------------------------------------------
def _problem(status: int, title: str, detail: str, **more: Any) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = _problem(401, "Token missing or invalid", "Send a valid token: Authorization: Bearer tgp_…")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = [{"field": ".".join(map(str, one["loc"][1:])), "error": one["msg"]} for one in error.errors]
    return _problem(422, "Parameters are not valid", "Correct the fields listed in errors.", errors=wrong)


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(error.status_code, "Request refused", str(error))


@api.exception_handler(NotAllowed)
def _not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return _problem(403, "Not allowed", str(error))


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(404, "Not found", "There is nothing here, or nothing that this token may see.")
