"""The client: every operation, one instance per warm function."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from autobook.adapters.billomat.api import NO_APP, RegisteredApp, billomat_api
from autobook.adapters.billomat.incomings import BillomatIncomings
from autobook.adapters.billomat.suppliers import BillomatSuppliers
from autobook.adapters.http_client import Connection, RetryPolicy, TokenSource


class BillomatClient(BillomatIncomings, BillomatSuppliers):
    """Billomat's API.

    Every method raises RetryLater, AccessRefused (a RetryLater), GiveUp, Refused or NotFound (GiveUps); each carries
    `failure` (method, path, status, Billomat's message) where a call was made.

    `base_url` is `https://ACCOUNT.billomat.net/api`. `api_key` is the key or gives it; after a 401 it is asked once
    more, `fresh`. `app` gives id and secret of a registered app, which has a larger quota. `remaining` gives
    the seconds left in this run: nothing takes longer; without it a call has 60. `transport` and `retry_policy` are
    for tests.
    """

    def __init__(
        self,
        base_url: str,
        api_key: TokenSource | Callable[[], str] | str,
        *,
        app: Callable[[], RegisteredApp] = lambda: NO_APP,
        remaining: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        api = billomat_api(app)
        super().__init__(
            Connection(api, base_url, api_key, remaining=remaining, transport=transport, retry_policy=retry_policy)
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
