"""Hypatos as a system to call: its name, its headers, and what its errors say (docs/hypatos-api.md, Conventions)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from autobook.adapters.http_client import ApiCall, RemoteApi

_PLACE: Final = ("body",)
"""What stands in front of every place in a body."""


class HypatosCall(ApiCall):
    """A call to Hypatos."""

    __slots__ = ()
    system = "Hypatos"


def error_message(body: bytes) -> str:
    """What an error says: of a 422 each field with its message, `invoiceLines.0.netAmount: Input should be …`.

    Documented is `{"detail": [{"loc": ["body", …], "msg", "type"}]}`. A text as `detail` or `loc`, a problem document
    (RFC 9457), OAuth's `error` and a `message` are read as well.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return f"not JSON ({len(body)} bytes)"
    if not isinstance(answer, dict):
        return "no message"
    for name in ("detail", "errors"):
        if isinstance(answer.get(name), list):
            return "; ".join(_field_message(each) for each in answer[name]) or "no message"
    found = [answer.get(name) for name in ("detail", "message", "error_description", "error", "title")]
    return next((each for each in found if isinstance(each, str) and each), "no message")


def _field_message(detail: Any) -> str:
    if not isinstance(detail, dict):
        return str(detail)
    loc = detail.get("loc")
    parts = loc.split(".") if isinstance(loc, str) else loc if isinstance(loc, list) else []
    place = ".".join(str(part) for part in (parts[1:] if tuple(parts[:1]) == _PLACE else parts))
    return f"{place or 'the body'}: {detail.get('msg') or detail.get('type') or 'invalid'}"


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


HYPATOS: Final = RemoteApi(HypatosCall.system, _bearer, message=error_message, credential="access token")
