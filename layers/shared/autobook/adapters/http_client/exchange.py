"""An exchange as data: the system, the call, when it may be sent again, and the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, ClassVar, Final

from autobook.adapters.http_client.errors import Failure, json_message
from autobook.adapters.http_client.retry import retry_after

MAX_JSON: Final = 16 * 1024 * 1024
"""Longest JSON answer in bytes. A page of 100 invoices with bookings takes well under one MiB, an invoice of 5,000
lines some ten. Read, decoded and repaired it stays within a memory of 512 MB (see decoding.MOST_VALUES)."""
MAX_ERROR: Final = 64 * 1024
"""Bytes that are read of an error response: its message stands at the beginning."""


class Repeat(Enum):
    """When a call may be sent again."""

    SAFE = auto()
    """Reading: after any failure that may pass."""
    NEVER = auto()
    """Writing. Whatever came in between, the caller looks at the document again first: a person may have changed it
    meanwhile."""


class NoAnswer(Exception):
    """The call may or may not have been carried out."""

    def __init__(self, failure: Failure, after: float | None = None) -> None:
        """`after`: seconds that the system asked us to wait."""
        super().__init__(str(failure))
        self.failure = failure
        self.after = after


@dataclass(frozen=True, slots=True)
class RemoteApi:
    """What one system's API differs by from another's."""

    name: str
    headers: Callable[[str], Mapping[str, str]]
    """The headers of every request, made of the credential."""
    format: str = "JSON"
    """What an answer is written in, for people."""
    message: Callable[[bytes], str] = json_message
    """What the body of an error says."""
    wait: Callable[[int, Mapping[str, str], datetime], float | None] = lambda _, headers, now: retry_after(
        headers.get("Retry-After"), now
    )
    """Seconds that an answer's status and headers ask us to wait; None where they do not."""
    credential: str = "API token"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What to send to the `system` of a subclass: `json`, or `form` (multipart fields, with `files`), or `content`."""

    system: ClassVar[str] = "the server"

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    content: bytes | None = None
    content_type: str = ""
    repeat: Repeat = Repeat.SAFE
    max_bytes: int = MAX_JSON

    def failure(
        self,
        status: int | None,
        message: str,
        *,
        incomplete: bool = False,
        fields: Mapping[str, str] | None = None,
    ) -> Failure:
        """The failure of this call; `status` None where no answer came, or only a part of one (`incomplete`).

        `fields`: what the answer says about single fields.
        """
        return Failure(self.system, self.method, self.path, status, message, incomplete, fields or {})


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, read in full. `attempts` counts what was sent; `media_type` is in lower case."""

    status: int
    body: bytes
    attempts: int
    media_type: str = ""
