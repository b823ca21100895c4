"""The client of Kanbert that the use cases share."""

from typing import Protocol, cast

from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.secretsmanager import ApiTokenSecret
from autobook.bootstrap.clients import Clients


class KanbertAccess(Protocol):
    """The settings of a function that talks to Kanbert."""

    @property
    def api_secret_id(self) -> str:
        """The secret that holds the API token."""

    @property
    def kanbert_base_url(self) -> str:
        """The base URL, with the API's version."""


def kanbert_client(settings: KanbertAccess, clients: Clients, *, incoming_pdf: bool = False) -> KanbertClient:
    """The client that `clients` brings, or one with the token of the secret. `incoming_pdf`: see KanbertClient."""
    if clients.kanbert is not None:
        return cast("KanbertClient", clients.kanbert)
    return KanbertClient(
        settings.kanbert_base_url,
        ApiTokenSecret(clients.aws("secretsmanager"), settings.api_secret_id),
        remaining=clients.deadline,
        incoming_pdf=incoming_pdf,
        transport=clients.transport,
        retry_policy=clients.retry_policy,
    )
