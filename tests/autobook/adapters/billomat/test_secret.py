"""Billomat's API key in Secrets Manager."""

from typing import Any, cast

import pytest

from autobook.adapters.billomat import BillomatSecret
from autobook.domain.errors import AccessRefused


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


@pytest.mark.parametrize("text", ['{"api_key": ""}', "{}", "x", "[]", '{"api_key": 1}', "null"])
def test_not_filled_in(text: str) -> None:
    """Until it is, the export waits."""
    with pytest.raises(AccessRefused):
        secret(text)()
