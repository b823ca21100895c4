"""The client: every documented operation, one instance per warm function."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from autobook.adapters.http_client import Connection, RetryPolicy, TokenSource
from autobook.adapters.kanbert.api import KANBERT
from autobook.adapters.kanbert.incoming import IncomingOperations
from autobook.adapters.kanbert.master_data import MasterDataOperations
from autobook.adapters.kanbert.outgoing import OutgoingOperations


class KanbertClient(IncomingOperations, OutgoingOperations, MasterDataOperations):
    """Kanbert's API.

    Every method raises RetryLater, AccessRefused (a RetryLater), GiveUp or NotFound (a GiveUp); each carries
    `failure` (method, path, status, the server's message) where a call was made.

    `base_url` holds the API's version. `token` is the token or gives it; after a 401 it is asked once more,
    `fresh`. `remaining` gives the seconds left in this run: nothing takes longer; without it a call has 60.
    `incoming_pdf` switches on the download that is not documented. `transport` and `retry_policy` are for tests.
    """

    def __init__(
        self,
        base_url: str,
        token: TokenSource | Callable[[], str] | str,
        *,
        remaining: Callable[[], float] | None = None,
        incoming_pdf: bool = False,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        connection = Connection(
            KANBERT, base_url, token, remaining=remaining, transport=transport, retry_policy=retry_policy
        )
        super().__init__(connection, incoming_pdf=incoming_pdf)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
