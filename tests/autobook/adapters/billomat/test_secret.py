"""Billomat's API key in Secrets Manager."""

import json
from typing import Any, cast

import httpx
import pytest

from autobook.adapters.billomat import BillomatClient, BillomatSecret
from autobook.domain.errors import AccessRefused
from autobook_sim.billomat.server import RunningBillomat


class FakeSecretsManager:
    """Counts how often it is asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        """The next text."""
        assert SecretId == "billomat"
        return {"SecretString": self.texts.pop(0)}


def secret(*texts: str) -> BillomatSecret:
    """With these contents, one after the other."""
    return BillomatSecret(cast("Any", FakeSecretsManager(*texts)), "billomat")


def test_read_once_and_after_a_refusal() -> None:
    """The key is kept while it is good."""
    key = secret('{"api_key": " one "}', '{"api_key": "two"}')
    assert [key(), key(), key(fresh=True), key()] == ["one", "one", "two", "two"]


def test_a_registered_app(billomat: RunningBillomat) -> None:
    """Its headers go along with every request, once they are in the secret; none without both."""
    plain = '{"api_key": "billomat-test-key"}'
    registered = '{"api_key": "billomat-test-key", "app_id": "7", "app_secret": "s3cret"}'
    for text, expected in ((plain, (None, None)), (registered, ("7", "s3cret"))):
        source, seen = secret(text), list[httpx.Headers]()

        def answer(request: httpx.Request, seen: list[httpx.Headers] = seen) -> httpx.Response:
            seen.append(request.headers)
            return httpx.Response(200, text="<supplier><id>1</id></supplier>")

        transport = httpx.MockTransport(answer)
        with BillomatClient(billomat.api_url, source, app=source.app, transport=transport) as client:
            client.get_supplier(1)
        assert [(each.get("X-AppId"), each.get("X-AppSecret")) for each in seen] == [expected]


@pytest.mark.parametrize(
    "app", [{"app_id": "7"}, {"app_secret": "s"}, {"app_id": 7, "app_secret": "s"}, {"app_id": "7", "app_secret": " "}]
)
def test_half_an_app(app: dict[str, object]) -> None:
    """The export waits, and says what is missing."""
    with pytest.raises(AccessRefused, match="both app_id and app_secret"):
        secret(json.dumps({"api_key": "k"} | app))()


@pytest.mark.parametrize("text", ['{"api_key": ""}', "{}", "x", "[]", '{"api_key": 1}', "null"])
def test_not_filled_in(text: str) -> None:
    """Until it is, the export waits."""
    with pytest.raises(AccessRefused):
        secret(text)()
