"""A webhook from Kanbert, through the HTTP API."""

from typing import Any

from autobook.adapters.http_api import Request, answer
from autobook.bootstrap import receiver
from autobook.domain.webhook import BadPayload, BadSignature
from autobook.service.receive import TooLarge


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """202 queued or ignored, 400 not a webhook, 401 not from Kanbert, 413 over 1 MiB."""
    receive, signature_header = receiver()
    request = Request(event)
    try:
        result = receive(request.body, request.header(signature_header), request.id)
    except TooLarge as error:
        return answer(request, 413, str(error))
    except BadSignature:
        return answer(request, 401, "unauthorized")
    except BadPayload as error:
        return answer(request, 400, str(error))
    return answer(request, 202, result.value)
