"""Nobody but programs with a key of this start gets anything from a running emulator, and no web page at all."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from autobook_local.stack import Toolchains
from autobook_local.stack.aws import Clients, Credentials
from autobook_local.stack.emulator import REGION, Emulator
from tests.autobook_sim.foreign_requests import FOREIGN_IDS, JSON, OWN_IDS, answer, foreign, own, status, upgraded

BUCKET, PAGE = "bucket-with-a-page", "page.html"


def control_paths() -> list[str]:
    """Every path of MiniStack's own endpoint, from its source."""
    source = next(Toolchains().emulator_python.parents[1].glob("lib/python*/site-packages/ministack/app.py"))
    found = re.findall(r"[\"'](/_ministack/[\w./-]+|/_localstack/[\w./-]+|/health)", source.read_text("utf-8"))
    return sorted(set(found))


CONTROL = control_paths()
SERVICES = [
    "/", f"/{BUCKET}", f"/{BUCKET}/{PAGE}", "/?Action=ListUsers", "/000000000000/queue?Action=ReceiveMessage",
    "/2015-03-31/functions", "/2015-03-31/functions/f/invocations", "/_aws/execute-api/abc/$default/webhooks/kanbert",
    "/restapis/abc/prod/_user_request_/x", "/_aws/lambda-url/abc/", "/oauth2/login", "/pool/.well-known/jwks.json",
]  # fmt: skip


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One that holds a page in a bucket."""
    running = Emulator.start(Toolchains())
    try:
        s3 = running.account.clients().s3
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_object(Bucket=BUCKET, Key=PAGE, Body=b"<script>steal()</script>", ContentType="text/html")
        yield running
    finally:
        running.stop()


@pytest.fixture
def port(emulator: Emulator) -> int:
    return emulator.account.port


def root_key(emulator: Emulator) -> Credentials:
    """What the process was given."""
    environment = psutil.Process(emulator.identity.pid).environ()
    return Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])


# --- web pages ---------------------------------------------------------------------------------------------------


def test_control_paths_are_found() -> None:
    """The paths to try are those of MiniStack."""
    assert {"/_ministack/health", "/_ministack/reset", "/_ministack/config", "/_ministack/sqs/messages"} <= {*CONTROL}


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_foreign_pages(port: int, name: str) -> None:
    """No service and no control endpoint answers a foreign request; preflights neither."""
    headers = [*foreign(port)[name], JSON]
    asked = [(method, path) for path in (*CONTROL, *SERVICES) for method in ("GET", "POST", "PUT", "OPTIONS")]
    assert {each: status(port, *each, headers) for each in asked} == dict.fromkeys(asked, 403)


@pytest.mark.parametrize("name", FOREIGN_IDS)
@pytest.mark.parametrize("path", ["/", "/_aws/execute-api/abc/$default", "/mqtt"])
def test_foreign_websockets(port: int, name: str, path: str) -> None:
    """A foreign page that asks for a WebSocket gets 403."""
    assert upgraded(port, path, foreign(port)[name]) == 403


@pytest.mark.parametrize("name", OWN_IDS)
def test_programs(port: int, name: str) -> None:
    """A request that is not foreign is answered."""
    assert status(port, "GET", "/_ministack/health", own(port)[name]) == 200
    assert status(port, "POST", "/_ministack/config", [*own(port)[name], JSON], "{}") == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [path for path in CONTROL if path.startswith("/_ministack/")])
def test_control_takes_json(port: int, path: str, method: str, kind: str) -> None:
    """Nothing is reset or set by what a form can send."""
    assert status(port, method, path, [("Host", f"127.0.0.1:{port}"), ("Content-Type", kind)], "{}") == 415


def test_without_a_host(port: int) -> None:
    """HTTP/1.0 may leave the host out: 403. HTTP/1.1 may not: 400."""
    for version, code in (("1.0", b"403"), ("1.1", b"400")):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET /_ministack/health HTTP/{version}\r\n\r\n".encode())
            assert connection.recv(64).split()[1] == code


def test_answers_are_closed(emulator: Emulator) -> None:
    """No answer carries a CORS header, MiniStack's own `*` neither, and a page from a bucket runs no script."""
    url = emulator.account.clients().s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": PAGE})
    port, signed = emulator.account.port, url.removeprefix(emulator.account.endpoint)
    host = [("Host", f"127.0.0.1:{port}")]
    for method, path in (
        ("OPTIONS", "/"),
        ("GET", "/_ministack/health"),
        ("GET", "/?Action=ListUsers"),
        ("GET", signed),
    ):
        _, headers, _ = answer(port, method, path, host)
        assert not [name for name in headers if name.startswith("access-control")], path
        assert headers["content-security-policy"] == "sandbox"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert answer(port, "GET", signed, host)[2] == b"<script>steal()</script>"


# --- keys --------------------------------------------------------------------------------------------------------


def calls(key: Credentials, endpoint: str) -> dict[str, Any]:
    """One call to each of some services, by protocol: query, JSON, REST."""
    clients = Clients(endpoint, REGION, key)
    sts: Any = clients.session.client("sts", endpoint_url=endpoint)
    return {
        "iam": clients.iam.list_users, "sqs": clients.sqs.list_queues, "dynamodb": clients.dynamodb.list_tables,
        "lambda": clients.functions.list_functions, "s3": clients.s3.list_buckets, "sts": sts.get_caller_identity,
        "secretsmanager": clients.secrets.list_secrets, "cloudformation": clients.cloudformation.list_stacks,
    }  # fmt: skip


@pytest.mark.parametrize(
    "service", ["iam", "sqs", "dynamodb", "lambda", "s3", "sts", "secretsmanager", "cloudformation"]
)
@pytest.mark.parametrize(
    "key_id", ["test", "000000000000", "123456789012", "AKIAIOSFODNN7EXAMPLE", "AWS_ACCESS_KEY_ID"]
)
def test_no_key_is_known(emulator: Emulator, key_id: str, service: str) -> None:
    """No key that somebody could know, MiniStack's usual root keys among them, can do anything."""
    with pytest.raises(ClientError) as refusal:
        calls(Credentials(key_id, "test"), emulator.account.endpoint)[service]()
    code = refusal.value.response["Error"]["Code"]
    assert code in ("InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException")


@pytest.mark.parametrize(
    "path", ["/", f"/{BUCKET}", f"/{BUCKET}/{PAGE}", "/?Action=ListUsers", "/2015-03-31/functions"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_without_a_key(port: int, method: str, path: str) -> None:
    """A request that is not signed is nobody's; MiniStack takes it, for S3, as the root user's."""
    assert status(port, method, path, [("Host", f"127.0.0.1:{port}")]) in (400, 403)
    assert b"steal" not in answer(port, method, path, [("Host", f"127.0.0.1:{port}")])[2]


def test_the_root_key_is_signed_with(emulator: Emulator) -> None:
    """The id of the root user's key is not enough: without its secret it is refused."""
    key = root_key(emulator)
    assert calls(key, emulator.account.endpoint)["iam"]()["Users"]
    for secret in ("test", key.secret_access_key[:-1]):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            calls(Credentials(key.access_key_id, secret), emulator.account.endpoint)["iam"]()


def test_each_start_has_its_own_keys(emulator: Emulator) -> None:
    """Root user and administrator get other keys at each start, and those of one start do nothing at another."""
    again = Emulator.start(Toolchains())
    try:
        keys = [root_key(emulator), root_key(again), emulator.account.credentials, again.account.credentials]
        assert len({key.access_key_id for key in keys} | {key.secret_access_key for key in keys}) == 8
        for key in (root_key(emulator), emulator.account.credentials):
            with pytest.raises(ClientError, match="InvalidClientTokenId"):
                calls(key, again.account.endpoint)["iam"]()
    finally:
        again.stop()


def test_it_listens_on_the_loopback_interface_alone(emulator: Emulator) -> None:
    """Nothing that it starts listens anywhere else."""
    process = psutil.Process(emulator.identity.pid)
    family = [process, *process.children(recursive=True)]
    listening = [each.laddr for one in family for each in one.net_connections("all") if each.status == "LISTEN"]
    assert {(address.ip, address.port) for address in listening} == {("127.0.0.1", emulator.account.port)}
