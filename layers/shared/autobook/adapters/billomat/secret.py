"""Billomat's API key in AWS Secrets Manager: `{"api_key": "…"}`."""

import json
from typing import TYPE_CHECKING

from autobook.adapters.secretsmanager import secret_text
from autobook.domain.errors import AccessRefused

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class BillomatSecret:
    """The secret, read once per warm function, and once more after a 401. A token source of the client."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id
        self._key = ""

    def __call__(self, *, fresh: bool = False) -> str:
        """The API key. Raises AccessRefused until the secret is filled in."""
        if not self._key or fresh:
            text = secret_text(self._client, self._secret_id)
            try:
                key = json.loads(text)["api_key"]
            except (ValueError, KeyError, TypeError) as error:
                raise AccessRefused('the secret of Billomat is not of the form {"api_key": "…"}') from error
            if not isinstance(key, str) or not key.strip():
                raise AccessRefused("the secret of Billomat holds no API key yet")
            self._key = key.strip()
        return self._key
