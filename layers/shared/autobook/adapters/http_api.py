"""API Gateway HTTP API, payload format 2.0. Standard library only.

Source: "Working with AWS Lambda proxy integrations for HTTP APIs" (API Gateway developer guide).
"""

import base64
import binascii
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from autobook.adapters import LOADED_AT
from autobook.adapters.aws import is_passing
from autobook.adapters.time_limit import TimeIsUp, within
from autobook.domain.errors import RetryLater

logger = logging.getLogger("autobook.receive")

ANSWER_WITHIN: Final = 1.9
"""Seconds for everything that an answer takes, AWS clients included; Kanbert waits about three
(docs/kanbert-api.md, Webhooks)."""
_COLD_AT_LEAST, _COLD_AT_MOST = 0.7, 3.0
"""Seconds: what the first answer has however long loading took; and after how long the function was loaded in advance,
so that nobody waited for it."""
_MOST_NAMES, _LONGEST_NAME = 40, 64
"""Headers that are logged by name, and characters of each."""


class Request:
    """A request; reading it never raises."""

    def __init__(self, event: dict[str, Any]) -> None:
        self._event = event

    @property
    def id(self) -> str:
        """API Gateway's id of this request; in the access log too."""
        return str((self._event.get("requestContext") or {}).get("requestId") or "unknown")

    @property
    def body(self) -> bytes:
        """The raw bytes; empty, which no signature matches, where the base64 is invalid."""
        body = str(self._event.get("body") or "")
        if not self._event.get("isBase64Encoded"):
            return body.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(body, validate=True)
        except (ValueError, binascii.Error):
            return b""

    def header(self, name: str) -> str | None:
        """A header by its name, in any case."""
        headers = self._event.get("headers") or {}
        wanted = name.lower()
        return next((str(value) for key, value in headers.items() if str(key).lower() == wanted), None)

    @property
    def header_names(self) -> list[str]:
        """The names of its headers, for the log: never a value, which may be a signature."""
        names = sorted(str(name).lower()[:_LONGEST_NAME] for name in self._event.get("headers") or {})
        return names[:_MOST_NAMES]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender is told. `for_log`: what only the log is told."""

    status: int
    message: str
    for_log: dict[str, Any] = field(default_factory=dict)


def answered(
    request: Request, answer: Callable[[], Reply], report_unavailable: Callable[[str], None]
) -> dict[str, Any]:
    """The response. 503 where the answer takes too long or AWS cannot be reached: Kanbert sends the webhook again.

    What was begun is not undone: a webhook may be queued and answered 503, and is then queued twice.
    """
    try:
        return _response(request, within(ANSWER_WITHIN - _cold_start.seconds(), answer))
    except (RetryLater, TimeIsUp) as error:
        reason = str(error)
    except Exception as error:
        if not is_passing(error):
            raise
        reason = f"AWS: {error}"
    report_unavailable(reason)
    return _response(request, Reply(503, "try again later", {"reason": reason}))


class _ColdStart:
    """Kanbert waits while the function is loaded for the first webhook."""

    def __init__(self) -> None:
        self._over = False

    def seconds(self) -> float:
        """What loading took off this answer; nothing but off the first."""
        took = time.monotonic() - LOADED_AT
        if self._over or took > _COLD_AT_MOST:
            took = 0.0
        self._over = True
        return min(took, ANSWER_WITHIN - _COLD_AT_LEAST)


_cold_start = _ColdStart()


def _response(request: Request, answer: Reply) -> dict[str, Any]:
    """A JSON response, logged with the request's id; neither body nor values of headers are logged."""
    status, message = answer.status, answer.message
    level = logging.INFO if status < 400 else logging.WARNING
    extra = {"status": status, "trace_id": request.id, **answer.for_log}
    logger.log(level, "webhook answered %s: %s", status, message, extra=extra)
    key = "status" if status < 400 else "error"
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({key: message, "request_id": request.id}),
    }
