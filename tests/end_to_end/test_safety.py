"""On the deployed system: web pages do not reach the endpoint, and nobody can compute the keys of a function."""

import hashlib
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from autobook_local.system import LocalSystem
from tests.end_to_end.webhooks import HEADER, deliver, signature, webhook_body

BODY = webhook_body("T9", "task:create")


@pytest.mark.parametrize(
    "foreign", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}]
)
def test_webhook_of_a_page(system: LocalSystem, foreign: dict[str, str]) -> None:
    """The endpoint answers 403 to a foreign request, though it is signed, and takes it from a program."""
    assert deliver(system, BODY).status_code == 202
    headers = {HEADER: signature(system, BODY), "Content-Type": "application/json", **foreign}
    assert httpx.post(system.deployment.webhook_url, content=BODY, headers=headers).status_code == 403


def test_preflight_of_a_page(system: LocalSystem) -> None:
    """The endpoint's preflight is refused, and without an origin it opens nothing."""
    wish = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(system.deployment.webhook_url, headers=wish).status_code == 403
    assert not [name for name in httpx.options(system.deployment.webhook_url).headers if name.startswith("access-c")]


def workers(system: LocalSystem) -> list[psutil.Process]:
    """The processes that run functions."""
    (emulator,) = psutil.Process(system.stack.emulator.identity.pid).children()
    return emulator.children(recursive=True)


def refusal(system: LocalSystem, key_id: str, secret: str, token: str) -> str:
    """The code with which somebody who holds that key is refused an action that no function may take."""
    session = boto3.Session(key_id, secret, token, system.stack.account.region)
    with pytest.raises(ClientError) as refused:
        session.client("iam", endpoint_url=system.stack.account.endpoint).list_users()
    return str(refused.value.response["Error"]["Code"])


def test_keys_of_a_function(system: LocalSystem) -> None:
    """A function's key is known by its role; the one that MiniStack would derive from its name is not known at all."""
    functions = system.deployment.clients.functions
    configuration = functions.get_function_configuration(FunctionName=system.deployment.resources["ReceiveFunction"])
    digest = hashlib.sha256(f"{configuration['FunctionArn']}:{configuration['Role']}".encode()).hexdigest()
    secret, token = (hashlib.sha256(f"{what}:{digest}".encode()).hexdigest() for what in ("secret", "token"))
    assert deliver(system, BODY).status_code == 202  # from now on the function has its key
    own = workers(system)[0].environ()
    assert refusal(system, own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"], own["AWS_SESSION_TOKEN"]) == (
        "AccessDenied"
    )
    assert refusal(system, f"ASIA{digest[:16].upper()}", secret, token) == "InvalidClientTokenId"


def test_functions_do_not_get_the_root_key(system: LocalSystem) -> None:
    """The processes that run functions hold their role's key, and nowhere the root user's."""
    assert deliver(system, BODY).status_code == 202
    secret = psutil.Process(system.stack.emulator.identity.pid).environ()["AWS_SECRET_ACCESS_KEY"]
    assert workers(system)
    for worker in workers(system):
        assert secret not in worker.environ().values()
        assert worker.environ()["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_only_loopback(system: LocalSystem) -> None:
    """Emulator, functions and simulator listen on 127.0.0.1 and nowhere else, on the two ports they tell of."""
    ports = {urlsplit(url).port for url in (system.stack.account.endpoint, system.simulator.url)}
    listening = set()
    for identity in (system.stack.emulator.identity, system.simulator.identity):
        process = psutil.Process(identity.pid)
        for each in (process, *process.children(recursive=True)):
            listening |= {one.laddr for one in each.net_connections("all") if one.status == psutil.CONN_LISTEN}
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == ports
