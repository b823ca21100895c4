"""A webhook from Kanbert, through the HTTP API."""

from typing import Any

from autobook.adapters.http_api import Reply, Request, answered
from autobook.bootstrap.receive import from_environment, report_refused, report_unavailable
from autobook.domain.webhook import BadPayload, BadSignature
from autobook.service.receive import TooLarge


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """202 queued or ignored, 400 not a webhook, 401 not from Kanbert, 413 over 1 MiB, 503 AWS is out of reach."""
    request = Request(event)
    return answered(request, lambda: _answer(request), report_unavailable)


def _answer(request: Request) -> Reply:
    receive, signature_header = from_environment()
    try:
        result = receive(request.body, request.header(signature_header), request.id)
    except TooLarge as error:
        return Reply(413, str(error))
    except BadSignature as error:
        report_refused(error)
        why = {"reason": str(error), "expected_header": signature_header, "headers": request.header_names}
        return Reply(401, "unauthorized", why)
    except BadPayload as error:
        return Reply(400, str(error))
    return Reply(202, result.value)
