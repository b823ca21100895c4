"""A webhook from Kanbert, through the HTTP API."""

from typing import Any

from autobook.adapters.http_api import Request, response
from autobook.bootstrap.receive import from_environment
from autobook.domain.webhook import BadPayload, BadSignature
from autobook.service.receive import TooLarge


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """202 queued or ignored, 400 not a webhook, 401 not from Kanbert, 413 over 1 MiB."""
    receive, signature_header = from_environment()
    request = Request(event)
    try:
        result = receive(request.body, request.header(signature_header), request.id)
    except TooLarge as error:
        return response(request, 413, str(error))
    except BadSignature:
        return response(request, 401, "unauthorized")
    except BadPayload as error:
        return response(request, 400, str(error))
    return response(request, 202, result.value)
