"""Refusals: their status, body and headers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from autobook_sim.hypatos.profiles import Profile
from autobook_sim.hypatos.validation import Detail

_PAGE = "<!doctype html><title>Error</title><h1>Error</h1>"


class Refused(Exception):
    """Answered so."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status_code}")
        self.response = response


def refused(status: int, message: str, headers: dict[str, str] | None = None) -> Refused:
    """A refusal with one sentence; its shape is not documented."""
    return Refused(JSONResponse({"message": message}, status, headers=headers))


def token_refused(status: int, error: str) -> Refused:
    """As RFC 6749, 5.2, has the token endpoint refuse."""
    return Refused(JSONResponse({"error": error}, status, headers={"Cache-Control": "no-store"}))


def invalid(details: Sequence[Detail], profile: Profile) -> Refused:
    """A body that is not valid."""
    status = profile.invalid_status
    if profile.refused == "html":
        return Refused(HTMLResponse(_PAGE, status))
    return Refused(JSONResponse(_body(details, profile), status))


def _body(details: Sequence[Detail], profile: Profile) -> Any:
    listed = [json.loads(json.dumps(asdict(each))) for each in details]
    match profile.refused:
        case "detail as text":
            return {"detail": "; ".join(f"{_dotted(each)}: {each.msg}" for each in details)}
        case "loc as text":
            return {"detail": [{**each, "loc": ".".join(map(str, each["loc"]))} for each in listed]}
        case "problem":
            return {"title": "Unprocessable Content", "status": 422, "detail": _dotted(details[0]), "errors": listed}
    return {"detail": listed}


def _dotted(detail: Detail) -> str:
    return ".".join(map(str, detail.loc))
