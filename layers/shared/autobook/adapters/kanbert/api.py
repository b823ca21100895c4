"""Kanbert as a system to call: its name and its headers (docs/kanbert-api.md, Conventions)."""

from collections.abc import Mapping
from typing import Final

from autobook.adapters.http_client import ApiCall, RemoteApi


class KanbertCall(ApiCall):
    """A call to Kanbert."""

    __slots__ = ()
    system = "Kanbert"


def _headers(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


KANBERT: Final = RemoteApi(KanbertCall.system, _headers)
