"""Billomat's credentials in AWS Secrets Manager: `{"api_key": "…"}`, and perhaps `app_id` and `app_secret`."""

import json
from typing import TYPE_CHECKING

from autobook.adapters.billomat.api import NO_APP, RegisteredApp
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
        self._app: RegisteredApp = NO_APP

    def __call__(self, *, fresh: bool = False) -> str:
        """The API key. Raises AccessRefused until the secret is filled in."""
        if not self._key or fresh:
            text = secret_text(self._client, self._secret_id)
            try:
                fields = json.loads(text)
                key, app = fields["api_key"], (fields.get("app_id", ""), fields.get("app_secret", ""))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise AccessRefused('the secret of Billomat is not of the form {"api_key": "…"}') from error
            if not isinstance(key, str) or not key.strip():
                raise AccessRefused("the secret of Billomat holds no API key yet")
            if not all(isinstance(each, str) for each in app) or bool(app[0].strip()) != bool(app[1].strip()):
                raise AccessRefused(
                    "the secret of Billomat needs both app_id and app_secret, as texts, or none of them"
                )
            self._key, self._app = key.strip(), (app[0].strip(), app[1].strip())
        return self._key

    def app(self) -> RegisteredApp:
        """Id and secret of the registered app, as the secret had them when the key was read."""
        return self._app
