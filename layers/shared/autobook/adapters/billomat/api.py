"""Billomat as a system to call: its headers, its error documents, how long it asks us to wait.

Source: docs/billomat-api.md, Conventions.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from autobook.adapters.billomat.xml import Element, parse
from autobook.adapters.http_client import ApiCall, RemoteApi, json_message, retry_after

MEDIA_TYPE: Final = "application/xml"
_LONGEST_WAIT: Final = 86_400.0
"""Seconds."""
_MOST_MESSAGES: Final = 10


class BillomatCall(ApiCall):
    """A call to Billomat."""

    __slots__ = ()
    system = "Billomat"


type RegisteredApp = tuple[str, str]
"""Id and secret of an app that is registered with Billomat, which has a larger quota; empty for none."""
NO_APP: Final[RegisteredApp] = ("", "")


def billomat_api(app: Callable[[], RegisteredApp] = lambda: NO_APP) -> RemoteApi:
    """Billomat's API. `app` is asked with every request; its headers are sent where it has both, id and secret."""

    def headers(api_key: str) -> Mapping[str, str]:
        app_id, app_secret = app()
        of_the_app = {"X-AppId": app_id, "X-AppSecret": app_secret} if app_id and app_secret else {}
        return {"X-BillomatApiKey": api_key, "Accept": MEDIA_TYPE, **of_the_app}

    return RemoteApi(
        BillomatCall.system, headers, format="XML", message=error_message, wait=seconds_to_wait, credential="API key"
    )


def error_message(body: bytes) -> str:
    """What an error document says: `<errors><error>…</error></errors>`, or the same in JSON."""
    try:
        root = parse(body)
    except ValueError:
        return json_message(body) if body.lstrip()[:1] == b"{" else f"not XML ({len(body)} bytes)"
    return message_of(root)


def message_of(root: Element) -> str:
    """The messages of a parsed error document."""
    texts = [root.text, *(each.text for each in root.children[:_MOST_MESSAGES])]
    return "; ".join(text for each in texts if (text := each.strip())) or "no message"


def seconds_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """`Retry-After` where it comes; else, of a 429, until its time window ends (`X-Rate-Limit-Reset`)."""
    after = retry_after(headers.get("Retry-After"), now)
    if after is not None or status != 429:
        return after
    reset = headers.get("X-Rate-Limit-Reset", "").strip()
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    return min(max(int(reset) - now.timestamp(), 0.0), _LONGEST_WAIT)
