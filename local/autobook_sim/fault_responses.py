"""Plays a fault around an answer: late, refused, cut, truncated or malformed."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from autobook_sim.faults import Fault
from autobook_sim.transports import cut


async def with_fault(
    fault: Fault | None,
    answer: Callable[[], Awaitable[Response]],
    error: Callable[[int], Response],
    malformed: bytes,
) -> Response:
    """What becomes of a call. `answer` carries it out, `error` is the system's answer of a status that was ordered."""
    match fault.kind if fault else None:
        case "latency" if fault:
            await asyncio.sleep(fault.seconds)
        case "status" if fault:
            refused = error(fault.status)
            refused.headers.update(fault.headers)
            return refused
        case "drop":
            return _Dropped()
    response = await answer()
    match fault.kind if fault else None:
        case "drop_after":
            return _Dropped()
        case "truncate":
            return _Truncated(response)
        case "malformed":
            return Response(malformed, response.status_code, media_type=response.media_type)
    return response


class _Dropped(Response):
    """No answer at all: the connection is cut."""

    def __init__(self) -> None:
        super().__init__(status_code=599)

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        await cut(scope, at_once=True)


class _Truncated(Response):
    """Half of the body that was announced."""

    def __init__(self, whole: Response) -> None:
        super().__init__(bytes(whole.body) or b"{}", whole.status_code, media_type=whole.media_type)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(scope, at_once=False)
