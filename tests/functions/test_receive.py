"""The function `receive`: the HTTP API's request in, an answer and perhaps a queued document out."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from autobook.adapters import http_api
from autobook.bootstrap import receive
from tests.functions.loading import load_app, sample

SECRET = "whsec_sample_secret"
PREVIOUS = "whsec_previous_secret"
BODY = sample("receive-webhook")["body"]

pytestmark = pytest.mark.usefixtures("aws")

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@pytest.fixture
def queue_url() -> str:
    """documents.fifo."""
    return boto3.client("sqs").create_queue(QueueName="documents.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]


@pytest.fixture
def handler(queue_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    """The handler, its secret filled in."""
    secrets = {"webhook_secrets": [SECRET, PREVIOUS]}
    boto3.client("secretsmanager").create_secret(Name="kanbert-webhook", SecretString=json.dumps(secrets))
    monkeypatch.setattr(http_api, "ANSWER_WITHIN", 60.0)  # moto takes its time to load
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("METRICS_NAMESPACE", "Autobook/test")
    monkeypatch.setenv("WEBHOOK_SECRET_ID", "kanbert-webhook")
    monkeypatch.setenv("SIGNATURE_HEADER", "Signature")
    monkeypatch.setenv("DOCUMENTS_QUEUE_URL", queue_url)
    receive.from_environment.cache_clear()
    yield load_app("receive").handler
    receive.from_environment.cache_clear()
    logging.getLogger("autobook").setLevel(logging.NOTSET)


def queued(queue_url: str) -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return [{"group": m["Attributes"]["MessageGroupId"], **json.loads(m["Body"])} for m in answer.get("Messages", [])]


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def request(body: str | bytes = BODY, signed: str | None = "") -> dict[str, Any]:
    """A request; `signed` None leaves the header out, "" signs it well."""
    event = sample("receive-webhook")
    raw = body if isinstance(body, bytes) else body.encode()
    event["headers"].pop("signature")
    if signed is not None:
        event["headers"]["signature"] = signed or signature(raw)
    if isinstance(body, bytes):
        return event | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event | {"body": body}


def answered(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    assert answer["headers"] == {"content-type": "application/json"}
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("name", ["receive-webhook", "receive-webhook-base64"])
def test_queued(handler: Handler, queue_url: str, name: str) -> None:
    """A signed webhook is answered 202 and queued in its document's group, whichever way the API passes the body."""
    assert answered(handler(sample(name), None)) == (202, {"status": "queued", "request_id": "ZxY1_hQ2FiAEJxw="})
    (message,) = queued(queue_url)
    assert message.pop("received_at")
    assert message == {
        "group": "incoming_invoice:inv1",
        "kind": "incoming_invoice",
        "id": "inv1",
        "event": "create",
        "trace_id": "ZxY1_hQ2FiAEJxw=",
    }


def test_header_in_any_case(handler: Handler, queue_url: str) -> None:
    """The signature header is found however it is written."""
    event = request()
    event["headers"]["SIGNATURE"] = event["headers"].pop("signature")
    assert handler(event, None)["statusCode"] == 202
    assert len(queued(queue_url)) == 1


def test_previous_secret(handler: Handler, queue_url: str) -> None:
    """While the secret is being exchanged, the previous one still counts."""
    assert handler(request(signed=signature(BODY.encode(), PREVIOUS)), None)["statusCode"] == 202
    assert len(queued(queue_url)) == 1


def test_webhooks_in_a_row(handler: Handler, queue_url: str) -> None:
    """The same webhook three times is three messages in one group; SQS drops none of them."""
    assert [handler(request(), None)["statusCode"] for _ in range(3)] == [202] * 3
    count = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    assert count["Attributes"]["ApproximateNumberOfMessages"] == "3"


GOOD = signature(BODY.encode())


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(signature(BODY.encode(), "wrong"), id="wrong"),
        pytest.param(None, id="missing"),
        pytest.param(" ", id="blank"),
        pytest.param(GOOD[:-2], id="truncated"),
        pytest.param(GOOD[:-1] + "é", id="non-ASCII"),
        pytest.param("ü" * 500, id="non-ASCII and long"),
        pytest.param("a" * 10_240, id="oversized"),
    ],
)
def test_bad_signature(handler: Handler, queue_url: str, signed: str | None) -> None:
    """A signature that is wrong in any way is answered 401 without detail, and nothing is queued."""
    status, body = answered(handler(request(signed=signed), None))
    assert (status, body) == (401, {"error": "unauthorized", "request_id": "ZxY1_hQ2FiAEJxw="})
    assert queued(queue_url) == []


@pytest.mark.parametrize(
    ("signed", "reason"),
    [
        (None, "there is no header of that name"),
        (" ", "the signature is empty"),
        (GOOD[:20], "wrong length: 20 characters, which are 15 bytes instead of 32"),
        (signature(BODY.encode(), "wrong"), "the signature matches none of our 2 webhook secrets"),
    ],
)
def test_the_log_says_why(handler: Handler, caplog: pytest.LogCaptureFixture, signed: str | None, reason: str) -> None:
    """The log of a refused webhook says why, which header was looked for and the names of those that came."""
    event = request(signed=signed)
    event["headers"]["X-Kanbert-Signature"] = "private"
    handler(event, None)
    (record,) = [record for record in caplog.records if record.name == "autobook.receive"]
    assert record.__dict__["reason"] == reason
    assert record.__dict__["expected_header"] == "Signature"
    assert {"content-type", "x-kanbert-signature"} <= set(record.__dict__["headers"])
    assert "private" not in str(record.__dict__)


def test_names_of_headers_are_bounded(handler: Handler, caplog: pytest.LogCaptureFixture) -> None:
    """However many and long the headers are, the line stays short."""
    event = request(signed=None)
    event["headers"] = {f"{number}-{'x' * 5000}": "" for number in range(1000)}
    handler(event, None)
    (record,) = [record for record in caplog.records if record.name == "autobook.receive"]
    assert len(str(record.__dict__["headers"])) < 4000


def test_too_large(handler: Handler, queue_url: str) -> None:
    """A body over 1 MiB is answered 413, signed or not, and not queued."""
    body = BODY + " " * (1024 * 1024 + 1 - len(BODY.encode()))
    assert handler(request(body), None)["statusCode"] == 413
    assert handler(request(body, signed=None), None)["statusCode"] == 413
    assert handler(request(body.encode()), None)["statusCode"] == 413
    assert queued(queue_url) == []


def test_one_mebibyte(handler: Handler, queue_url: str) -> None:
    """A body of exactly 1 MiB is taken."""
    body = BODY + " " * (1024 * 1024 - len(BODY.encode()))
    assert handler(request(body), None)["statusCode"] == 202
    assert len(queued(queue_url)) == 1


NOT_WEBHOOKS = [
    pytest.param("", id="empty"),
    pytest.param("no JSON", id="no JSON"),
    pytest.param('{"event":"incoming-invoice:created","data":{}}', id="no id"),
    pytest.param('{"event":"incoming-invoice:created","data":{"id":"../x"}}', id="an id that is a path"),
    pytest.param("[]", id="a list"),
    pytest.param(b"\xff\xfe\x00", id="no text"),
]


@pytest.mark.parametrize("body", NOT_WEBHOOKS)
def test_bad_payload(handler: Handler, queue_url: str, body: str | bytes) -> None:
    """What is signed but no webhook is answered 400, and not queued."""
    assert handler(request(body), None)["statusCode"] == 400
    assert queued(queue_url) == []


@pytest.mark.parametrize("body", NOT_WEBHOOKS)
def test_bad_payload_unsigned(handler: Handler, queue_url: str, body: str | bytes) -> None:
    """Without a good signature the same bodies are answered 401."""
    assert handler(request(body, signed="0" * 64), None)["statusCode"] == 401
    assert queued(queue_url) == []


def test_something_else(handler: Handler, queue_url: str) -> None:
    """An event about something else is answered 202 `ignored`, and not queued."""
    status, body = answered(handler(request('{"event":"task:create","data":{"id":"t1"}}'), None))
    assert (status, body["status"]) == (202, "ignored")
    assert queued(queue_url) == []


def test_broken_base64(handler: Handler, queue_url: str) -> None:
    """A body that is no base64 although the API says so fits no signature: 401."""
    event = request() | {"isBase64Encoded": True, "body": "%%%"}
    assert handler(event, None)["statusCode"] == 401
    assert queued(queue_url) == []


@pytest.mark.parametrize("missing", ["headers", "body", "requestContext"])
def test_parts_missing(handler: Handler, missing: str) -> None:
    """A request without headers, body or context is answered, not stumbled over."""
    event = request()
    del event[missing]
    assert handler(event, None)["statusCode"] == (202 if missing == "requestContext" else 401)
    assert handler(request() | {missing: None}, None)["statusCode"] == (202 if missing == "requestContext" else 401)


def fill_in(*secrets: object) -> None:
    value = json.dumps({"webhook_secrets": secrets})
    boto3.client("secretsmanager").put_secret_value(SecretId="kanbert-webhook", SecretString=value)


@pytest.mark.parametrize("secrets", [("",), ("   ",), ("too-short",), ("", " ", "fifteen-letters")])
def test_secret_that_is_none(
    handler: Handler, queue_url: str, capsys: pytest.CaptureFixture[str], secrets: tuple[str, ...]
) -> None:
    """Until a secret is filled in that nobody can guess, every webhook is answered 401, also one that is signed with
    what is there, and the alarm's metric counts it in a line that Lambda takes for an error."""
    fill_in(*secrets)
    for secret in ("", *secrets):
        assert handler(request(signed=signature(BODY.encode(), secret)), None)["statusCode"] == 401
    assert queued(queue_url) == []
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {line["message"] for line in lines}
    assert counted == {"BadSecret", "NotFilledIn"}
    bad = [line for line in lines if line["message"] == "BadSecret"]
    assert len(bad) == len(secrets)
    for line in bad:
        assert (line["service"], line["BadSecret"], line["level"]) == ("receive", 1, "ERROR")
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        (counted,) = line["_aws"]["CloudWatchMetrics"]
        assert counted == {
            "Namespace": "Autobook/test",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "BadSecret", "Unit": "Count"}],
        }


def test_secret_not_filled_in(handler: Handler, queue_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The secret as the deployment has made it: the only thing that is counted is that somebody has to fill it in."""
    fill_in()
    assert handler(request(), None)["statusCode"] == 401
    assert queued(queue_url) == []
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["service"], line["NotFilledIn"], line["level"]) == ("secret", 1, "ERROR")


def test_signature_refused(handler: Handler, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature that none of the secrets makes is counted."""
    assert handler(request(signed=signature(b"another body")), None)["statusCode"] == 401
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["service"], line["SignatureRefused"]) == ("receive", 1)


def test_secret_with_a_line_end(handler: Handler, queue_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret that was pasted with blanks and a line end works, and nothing is counted."""
    fill_in(f"  {SECRET}\n")
    assert handler(request(), None)["statusCode"] == 202
    assert len(queued(queue_url)) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(request(), id="queued"),
        pytest.param(request(signed=signature(BODY.encode(), "wrong")), id="bad signature"),
        pytest.param(request('{"event":"incoming-invoice:created","data":"MARK"}'), id="no id"),
        pytest.param(request("MARK"), id="no JSON"),
        pytest.param(request('{"event":"task:MARK","data":{"id":"MARK"}}'), id="something else"),
        pytest.param(request("MARK" * 300_000), id="too large"),
        pytest.param(request() | {"isBase64Encoded": True}, id="broken base64"),
    ],
)
def test_logs_tell_nothing(handler: Handler, caplog: pytest.LogCaptureFixture, event: dict[str, Any]) -> None:
    """No log record holds the body, the signature or a secret, at any level; every answer is logged once."""
    caplog.set_level(logging.DEBUG)  # of the root logger, which Lambda sets to the template's LogLevel
    handler(event, None)
    records = [r for r in caplog.records if r.name.startswith("autobook")]
    assert len(records) == 1
    logged = json.dumps([record.__dict__ for record in caplog.records], default=str)
    signed = event["headers"]["signature"]
    for private in ("MARK", "Personenverkehr", "supplier", signed, SECRET, PREVIOUS, signature(BODY.encode())):
        assert private not in logged


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text() | st.binary(max_size=50).map(lambda b: base64.b64encode(b).decode()),
    signed=st.none() | st.text(max_size=300),
    encoded=st.booleans(),
)
def test_nothing_raises(handler: Handler, body: str, signed: str | None, encoded: bool) -> None:
    """Whatever comes without a good signature, the answer is 401."""
    event = request(signed=None) | {"body": body, "isBase64Encoded": encoded}
    if signed is not None:
        event["headers"]["signature"] = signed
    assert handler(event, None)["statusCode"] == 401
