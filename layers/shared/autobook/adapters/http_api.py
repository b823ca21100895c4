"""API Gateway HTTP API, payload format 2.0. Standard library only.

Source: "Working with AWS Lambda proxy integrations for HTTP APIs" (API Gateway developer guide).
"""

import base64
import binascii
import json
import logging
from typing import Any

logger = logging.getLogger("autobook.receive")


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


def response(request: Request, status: int, message: str) -> dict[str, Any]:
    """A JSON response, logged with the request's id; neither body nor headers are logged."""
    level = logging.INFO if status < 400 else logging.WARNING
    logger.log(level, "webhook answered %s: %s", status, message, extra={"status": status, "trace_id": request.id})
    key = "status" if status < 400 else "error"
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({key: message, "request_id": request.id}),
    }
