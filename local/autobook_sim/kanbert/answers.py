"""What is asked and what is answered, before it is bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response

from autobook_sim.kanbert.wire import plain_json

_RAW: Final = re.compile(rb'"\\u0000raw:([^"]*)"')


def raw_number(text: str) -> str:
    """A number in an answer that Python has no value for, such as `1e300000000`: written as it stands."""
    return f"\0raw:{text}"


@dataclass(frozen=True, slots=True)
class Call:
    """A call. `path` has the ids in it, `query` the parameters."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The id of the document that it is about; empty for a list."""
        return str(self.path.get("id") or self.path.get("invoiceId") or "")


@dataclass(slots=True)
class Answer:
    """An answer: JSON, or `content` as it is."""

    status: int = 200
    value: Any = None
    content: bytes | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """For the wire. `value` as the stage left it: without what is the simulator's own."""
        if self.content is not None or self.status == 204:
            return self.content or b""
        body = plain_json(self.value)
        return _RAW.sub(rb"\1", body) if b'"\\u0000raw:' in body else body

    def response(self) -> Response:
        """The same for Starlette."""
        media_type = None if self.status == 204 else self.media_type
        return Response(self.body(), self.status, headers=self.headers, media_type=media_type)
