"""A deployment's addresses, without an emulator."""

import pytest

from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.stack import Deployment, LocalStack

DEPLOYMENT = Deployment(Account(4600, Credentials("key", "secret")), "autobook-local")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        (
            "https://abc123.execute-api.eu-central-1.amazonaws.com/webhooks/kanbert",
            "http://127.0.0.1:4600/_aws/execute-api/abc123/$default/webhooks/kanbert",
        ),
        (
            "https://abc123.execute-api.cn-north-1.amazonaws.com.cn",
            "http://127.0.0.1:4600/_aws/execute-api/abc123/$default/",
        ),
        ("https://example.com/webhooks", "https://example.com/webhooks"),
    ],
)
def test_an_api_address_is_translated(url: str, local: str) -> None:
    """An API Gateway address of AWS becomes the emulator's; any other address stays."""
    assert DEPLOYMENT.local_url(url) == local


def test_credentials_do_not_show() -> None:
    """A deployment in a traceback or a log does not give its secret key away."""
    assert "secret" not in repr(DEPLOYMENT).replace("secret_access_key", "")


def test_clients_ignore_a_persons_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile named in the environment, even one that does not exist, changes nothing."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://sqs.example.com")
    sqs = DEPLOYMENT.account.clients().sqs
    assert sqs.meta.endpoint_url == "http://127.0.0.1:4600"
    assert sqs.meta.region_name == "eu-central-1"


def test_a_stack_that_is_not_running_says_so() -> None:
    """Asking for the account before the start is a mistake in the program, named as one."""
    with pytest.raises(RuntimeError, match="the local stack is not running"):
        _ = LocalStack().account
