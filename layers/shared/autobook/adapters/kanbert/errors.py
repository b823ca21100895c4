"""What Kanbert's refusals mean for the caller, with method, path, status and the server's message; never the token.

Documented: 401 `{message}`, 422 `{message, errors{field: [...]}}`, 400 on a bad filter, 500 `{message}`. Not documented
(assumptions): the shapes of 403, 404, 409 and 429, and whether `Retry-After` comes.
"""

import json
from dataclasses import dataclass
from typing import Final

from autobook.domain.errors import AccessRefused, AutobookError, GiveUp, NotFound, Refused, RetryLater

_LONGEST: Final = 500
_SHORTEST_SECRET: Final = 6
"""Anything shorter is no token, and would blacken half the message."""
_LATER: Final = frozenset({408, 409, 423, 425, 429})
"""4xx that say "not now": request timeout, conflict, locked, too early, too many requests."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that did not work. `status` is None where no answer came; `message` is the server's, or our own."""

    method: str
    path: str
    status: int | None
    message: str

    def __str__(self) -> str:
        answered = f" answered {self.status}" if self.status is not None else " failed"
        return f"Kanbert: {self.method} {self.path}{answered}: {self.message}"


class _Told:
    """Carries the failure beside the sentence."""

    failure: Failure


class KanbertRetryLater(_Told, RetryLater):
    """May succeed later."""


class KanbertAccessRefused(_Told, AccessRefused):
    """The token is refused, or lacks a scope."""


class KanbertGiveUp(_Told, GiveUp):
    """Would be refused again."""


class KanbertNotFound(_Told, NotFound):
    """404 or 410."""


class KanbertRefused(KanbertGiveUp, Refused):
    """A 4xx that says no to what was asked; nothing was changed."""


def error_for(failure: Failure, *, after: float | None = None) -> AutobookError:
    """The error that tells the caller what to do. `after`: seconds that Kanbert asked us to wait."""
    status = failure.status
    error: KanbertRetryLater | KanbertAccessRefused | KanbertGiveUp | KanbertNotFound
    if status in (401, 403):
        error = KanbertAccessRefused(str(failure), after=after)
    elif status in (404, 410):
        error = KanbertNotFound(str(failure))
    # Success that cannot be read, a redirect (maintenance, a moved API: no document's fault), a server's fault.
    elif status is None or status < 400 or status >= 500 or status in _LATER:
        error = KanbertRetryLater(str(failure), after=after)
    else:
        error = KanbertRefused(str(failure))
    error.failure = failure
    return error


def gives_up(failure: Failure) -> KanbertGiveUp:
    """For what no status says: trying again cannot help."""
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
            said = (
                (name, each) for name, all_ in errors.items() for each in (all_ if isinstance(all_, list) else [all_])
            )
            text += "".join(f"; {name}: {each}" for name, each in said)
    else:
        text = f"no JSON but {len(body)} bytes"
    if len(secret) >= _SHORTEST_SECRET:
        text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
