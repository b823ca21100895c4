"""What a system's refusals mean for the caller: with method, path, status and the server's message, never a credential.

Assumption for every system: what statuses other than the documented ones mean (docs/kanbert-api.md, Conventions).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from autobook.adapters.http_client.field_errors import field_errors, json_object
from autobook.domain.errors import (
    AccessRefused,
    AutobookError,
    BrokenPaging,
    FileUnavailable,
    Forbidden,
    GiveUp,
    NotFound,
    NoTimeLeft,
    Refused,
    RetryLater,
    Unanswered,
    UnreadableDocument,
)

_MAX_MESSAGE: Final = 500
"""Characters."""
_MIN_SECRET: Final = 6
"""Characters: anything shorter is not a token, and would be masked all over the message."""
_LATER: Final = frozenset({408, 409, 423, 425, 429})
"""4xx that say "not now": request timeout, conflict, locked, too early, too many requests."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that did not work. `status` is None where no answer came; `message` is the server's, or our own.

    `incomplete`: an answer was on its way, and did not come in full. `fields`: what the server says about single fields
    of the request, under their names.
    """

    system: str
    method: str
    path: str
    status: int | None
    message: str
    incomplete: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        answered = f" answered {self.status}" if self.status is not None else " failed"
        return f"{self.system}: {self.method} {self.path}{answered}: {self.message}"


class _WithFailure:
    """Carries the failure beside the message."""

    failure: Failure


class ApiRetryLater(_WithFailure, RetryLater):
    """May succeed later."""


class ApiBrokenPaging(_WithFailure, BrokenPaging):
    """A list's walk has to begin anew."""


class ApiNoTimeLeft(_WithFailure, NoTimeLeft):
    """Not sent: the run is over."""


class ApiUnanswered(ApiRetryLater, Unanswered):
    """A write that may have been carried out."""


class ApiAccessRefused(_WithFailure, AccessRefused):
    """Our credential is refused (401)."""


class ApiForbidden(ApiAccessRefused, Forbidden):
    """The credential is good but does not reach this (403): a scope is missing, or the document is closed to us."""


class ApiFileUnavailable(ApiRetryLater, FileUnavailable):
    """A document's file cannot be had at the moment."""


class ApiGiveUp(_WithFailure, GiveUp):
    """Would be refused again."""


class ApiNotFound(_WithFailure, NotFound):
    """404 or 410."""


class ApiUnreadable(ApiGiveUp, UnreadableDocument):
    """A document that cannot be read."""


class ApiRefused(ApiGiveUp, Refused):
    """A 4xx that rejects the request; nothing was changed."""


def error_for(failure: Failure, *, after: float | None = None) -> AutobookError:
    """The error by what the caller should do. `after`: seconds that the system asked us to wait."""
    status = failure.status
    error: ApiRetryLater | ApiAccessRefused | ApiForbidden | ApiGiveUp | ApiNotFound
    if status == 401:
        error = ApiAccessRefused(str(failure), after=after)
    elif status == 403:
        error = ApiForbidden(str(failure), after=after)
    elif status in (404, 410):
        error = ApiNotFound(str(failure))
    # Success that cannot be read, a redirect (maintenance, a moved API: no document's fault), a server's fault.
    elif status is None or status < 400 or status >= 500 or status in _LATER:
        error = ApiRetryLater(str(failure), after=after)
    else:
        error = ApiRefused(str(failure), failure.fields)
    error.failure = failure
    return error


def unanswered(failure: Failure, *, after: float | None = None) -> ApiUnanswered:
    """For a write that may have been carried out. `after`: seconds that the system asked us to wait."""
    error = ApiUnanswered(str(failure), after=after)
    error.failure = failure
    return error


def broken_paging(failure: Failure) -> ApiBrokenPaging:
    """For cursors that lead nowhere."""
    error = ApiBrokenPaging(str(failure))
    error.failure = failure
    return error


def file_unavailable(failure: Failure, *, after: float | None = None) -> ApiFileUnavailable:
    """For a file that may be there later. `after`: seconds that the system asked us to wait."""
    error = ApiFileUnavailable(str(failure), after=after)
    error.failure = failure
    return error


def no_time_left(failure: Failure) -> ApiNoTimeLeft:
    """For a call that was not sent because the run is over."""
    error = ApiNoTimeLeft(str(failure))
    error.failure = failure
    return error


def unreadable(failure: Failure, source: object) -> ApiUnreadable:
    """For a document that came and cannot be read: `source` is what came."""
    error = ApiUnreadable(str(failure))
    error.failure = failure
    error.source = source
    return error


def gives_up(failure: Failure) -> ApiGiveUp:
    """A GiveUp that no status stands for: retrying cannot help."""
    error = ApiGiveUp(str(failure))
    error.failure = failure
    return error


def json_message(body: bytes) -> str:
    """The message of a JSON error, with the field errors of a 422 (docs/kanbert-api.md, Conventions)."""
    answer = json_object(body)
    if answer is None:
        return f"not JSON ({len(body)} bytes)"
    text = str(answer.get("message") or "no message")
    return text + "".join(f"; {': '.join(filter(None, ('.'.join(path), each)))}" for path, each in field_errors(body))


def presentable(text: str, secret: str) -> str:
    """A server's message, shortened, on one line, without `secret` and without what no UTF-8 can say.

    It goes into logs, tables and queues, which refuse halves of surrogate pairs (a text that PHP has cut).
    """
    text = text.encode(errors="replace").decode()
    if len(secret) >= _MIN_SECRET:
        text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…"
