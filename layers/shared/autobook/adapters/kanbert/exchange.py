"""An exchange with Kanbert as data: the call, when it may be sent again, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from autobook.adapters.kanbert.errors import Failure

MAX_JSON: Final = 32 * 1024 * 1024
"""Longest JSON answer in bytes; a page of 100 invoices with bookings takes well under one MiB."""


class Repeat(Enum):
    """When a call may be sent again."""

    SAFE = auto()
    """Reading, and deleting: after any failure that may pass."""
    UNSENT = auto()
    """Writing: only when Kanbert has certainly not carried it out (no connection, or 429). After anything else the
    caller looks at the document again first: a person may have changed it meanwhile."""


class NoAnswer(Exception):
    """The call may or may not have been carried out."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What to send. Either `json`, or `form` (multipart fields, with `files`)."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    repeat: Repeat = Repeat.SAFE
    max_bytes: int = MAX_JSON

    def failure(self, status: int | None, message: str, *, incomplete: bool = False) -> Failure:
        """The failure of this call; `status` None where no answer came, or only a part of one (`incomplete`)."""
        return Failure(self.method, self.path, status, message, incomplete)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, read in full. `attempts` counts what was sent; `media_type` is in lower case."""

    status: int
    body: bytes
    attempts: int
    media_type: str = ""
