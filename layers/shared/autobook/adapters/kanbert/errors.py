"""What Kanbert's refusals mean for the caller, with method, path, status and the server's message; never the token.

docs/kanbert-api.md, Conventions, has the documented errors (400, 401, 422, 500). Assumptions: the shapes of 403, 404,
409 and 429, and whether `Retry-After` comes.
"""

import json
from dataclasses import dataclass
from typing import Final

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

    `incomplete`: an answer was on its way, and did not come in full.
    """

    method: str
    path: str
    status: int | None
    message: str
    incomplete: bool = False

    def __str__(self) -> str:
        answered = f" answered {self.status}" if self.status is not None else " failed"
        return f"Kanbert: {self.method} {self.path}{answered}: {self.message}"


class _WithFailure:
    """Carries the failure beside the message."""

    failure: Failure


class KanbertRetryLater(_WithFailure, RetryLater):
    """May succeed later."""


class KanbertBrokenPaging(_WithFailure, BrokenPaging):
    """A list's walk has to begin anew."""


class KanbertNoTimeLeft(_WithFailure, NoTimeLeft):
    """Not sent: the run is over."""


class KanbertAccessRefused(_WithFailure, AccessRefused):
    """The token is refused (401)."""


class KanbertForbidden(KanbertAccessRefused, Forbidden):
    """The token is good but does not reach this (403): a scope is missing, or the document is closed to us."""


class KanbertFileUnavailable(KanbertRetryLater, FileUnavailable):
    """A document's file cannot be had at the moment."""


class KanbertGiveUp(_WithFailure, GiveUp):
    """Would be refused again."""


class KanbertNotFound(_WithFailure, NotFound):
    """404 or 410."""


class KanbertUnreadable(KanbertGiveUp, UnreadableDocument):
    """A document that cannot be read."""


class KanbertRefused(KanbertGiveUp, Refused):
    """A 4xx that rejects the request; nothing was changed."""


def error_for(failure: Failure, *, after: float | None = None) -> AutobookError:
    """The error by what the caller should do. `after`: seconds that Kanbert asked us to wait."""
    status = failure.status
    error: KanbertRetryLater | KanbertAccessRefused | KanbertForbidden | KanbertGiveUp | KanbertNotFound
    if status == 401:
        error = KanbertAccessRefused(str(failure), after=after)
    elif status == 403:
        error = KanbertForbidden(str(failure), after=after)
    elif status in (404, 410):
        error = KanbertNotFound(str(failure))
    # Success that cannot be read, a redirect (maintenance, a moved API: no document's fault), a server's fault.
    elif status is None or status < 400 or status >= 500 or status in _LATER:
        error = KanbertRetryLater(str(failure), after=after)
    else:
        error = KanbertRefused(str(failure))
    error.failure = failure
    return error


def broken_paging(failure: Failure) -> KanbertBrokenPaging:
    """For cursors that lead nowhere."""
    error = KanbertBrokenPaging(str(failure))
    error.failure = failure
    return error


def file_unavailable(failure: Failure, *, after: float | None = None) -> KanbertFileUnavailable:
    """For a file that may be there later. `after`: seconds that Kanbert asked us to wait."""
    error = KanbertFileUnavailable(str(failure), after=after)
    error.failure = failure
    return error


def no_time_left(failure: Failure) -> KanbertNoTimeLeft:
    """For a call that was not sent because the run is over."""
    error = KanbertNoTimeLeft(str(failure))
    error.failure = failure
    return error


def unreadable(failure: Failure, source: object) -> KanbertUnreadable:
    """For a document that came and cannot be read: `source` is what came."""
    error = KanbertUnreadable(str(failure))
    error.failure = failure
    error.source = source
    return error


def gives_up(failure: Failure) -> KanbertGiveUp:
    """A GiveUp that no status stands for: retrying cannot help."""
    error = KanbertGiveUp(str(failure))
    error.failure = failure
    return error


def server_message(body: bytes, secret: str) -> str:
    """The server's message with the field errors of a 422, shortened, on one line and without `secret`."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        text = str(answer.get("message") or "no message")
        errors = answer.get("errors")
        if isinstance(errors, dict):
            by_field = (
                (name, each) for name, all_ in errors.items() for each in (all_ if isinstance(all_, list) else [all_])
            )
            text += "".join(f"; {name}: {each}" for name, each in by_field)
    else:
        text = f"not JSON ({len(body)} bytes)"
    if len(secret) >= _MIN_SECRET:
        text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…"
