"""Hold of the connection behind a request: a fault has to cut it, and ASGI has no word for that."""

import asyncio
from typing import Any, Protocol

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_OPEN: dict[tuple[str, int], asyncio.Transport] = {}


IN_PROCESS = "autobook_sim.in_process"
"""The extension of a scope that has the connection itself, where there is no socket."""


class Cuttable(Protocol):
    """A connection, as far as a fault needs it."""

    def abort(self) -> None:
        """Cut it at once."""

    def close(self) -> None:
        """End it when what was sent has left."""


class HeldProtocol(H11Protocol):
    """uvicorn's own, that remembers its transport by the client's address."""

    def connection_made(self, transport: Any) -> None:
        """A client came."""
        super().connection_made(transport)
        _OPEN[transport.get_extra_info("peername")[:2]] = transport
        self._peer = transport.get_extra_info("peername")[:2]

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        _OPEN.pop(self._peer, None)
        super().connection_lost(exc)


async def cut(scope: Scope, *, at_once: bool) -> None:
    """Cut the connection that a request came over: at once, or when what was sent has left."""
    held: Cuttable | None = (scope.get("extensions") or {}).get(IN_PROCESS)
    connection = held if held is not None else _OPEN[tuple(scope["client"])]
    (connection.abort if at_once else connection.close)()
    if held is None:
        await asyncio.sleep(0.01)  # the loop closes it
