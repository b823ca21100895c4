"""The client of Kanbert that the use cases share."""

from typing import cast

from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.secretsmanager import KanbertSecret
from autobook.bootstrap.clients import Clients
from autobook.settings import ConsumerSettings, ScheduleSettings


def kanbert_client(
    settings: ConsumerSettings | ScheduleSettings, clients: Clients, *, incoming_pdf: bool = False
) -> KanbertClient:
    """The client that `clients` brings, or one with the token of the secret. `incoming_pdf`: see KanbertClient."""
    if clients.kanbert is not None:
        return cast("KanbertClient", clients.kanbert)
    secret = KanbertSecret(clients.aws("secretsmanager"), settings.secret_id)
    return KanbertClient(
        settings.kanbert_base_url,
        secret.api_token,
        remaining=clients.deadline,
        incoming_pdf=incoming_pdf,
        transport=clients.transport,
        retry_policy=clients.retry_policy,
    )
