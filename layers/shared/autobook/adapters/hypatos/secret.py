"""Hypatos' OAuth client in AWS Secrets Manager: `{"client_id": "…", "client_secret": "…"}`."""

import json
from typing import TYPE_CHECKING

from autobook.adapters.hypatos.tokens import ClientCredentials
from autobook.adapters.secretsmanager import secret_text
from autobook.domain.errors import AccessRefused

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

_FORM = '{"client_id": "…", "client_secret": "…"}'


class HypatosSecret:
    """The secret, read whenever a token is asked for: about once a day. A credential source of the client."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def __call__(self) -> ClientCredentials:
        """The credentials as they are now. Raises AccessRefused until the secret is filled in."""
        text = secret_text(self._client, self._secret_id)
        try:
            fields = json.loads(text)
            found = ClientCredentials(fields["client_id"], fields["client_secret"])
        except (ValueError, KeyError, TypeError) as error:
            raise AccessRefused(f"the secret of Hypatos is not of the form {_FORM}") from error
        if not isinstance(found.client_id, str) or not isinstance(found.client_secret, str):
            raise AccessRefused(f"the secret of Hypatos is not of the form {_FORM}")
        return found
