"""`receive` while AWS is slow: the real clients of AWS, cold and warm, against servers that hang or trickle.

How long an answer takes on a busy machine says nothing. What is looked at is the time that an answer is given
(`within` ends it then, tests/autobook/adapters/test_time_limit.py), and whether one that must not wait comes although
what it would wait for never does.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config

from autobook.adapters import http_api
from autobook.adapters.time_limit import within
from autobook.bootstrap import receive
from tests.functions.loading import ROOT, load_app
from tests.functions.loads import environment
from tests.functions.test_receive import BODY, SECRET, request, signature
from tests.settings import ENVIRONMENT
from tests.slow_servers import Peer, hanging, listening, ok

AT_MOST = 2.0
"""Seconds that everything behind the handler is given: it has to answer within 2.5, and Kanbert waits about three."""
NEVER = 600.0
"""Seconds that a client of AWS waits in a test where nobody may wait for it."""

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def trickling(peer: Peer) -> None:
    """Answers a byte at a time, for ever."""
    peer.read_request()
    peer.trickle(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000)


def failing(peer: Peer) -> None:
    """Answers 500."""
    peer.read_request()
    peer.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def ending(peer: Peer) -> None:
    """Ends the connection."""
    peer.read_request()


SLOW = [hanging, trickling]
TROUBLE = [*SLOW, failing, ending]


@dataclass
class Service:
    """A service of AWS that answers well until it is in `trouble`."""

    answer: dict[str, str]
    trouble: Callable[[Peer], None] | None = None
    requests: list[bytes] = field(default_factory=list)

    def __call__(self, peer: Peer) -> None:
        """One request a connection: the trouble begins with the next one."""
        if self.trouble is not None:
            self.requests.append(b"")
            self.trouble(peer)
            return
        self.requests.append(peer.read_request())
        body = json.dumps(self.answer).encode()
        peer.send(ok(body, media_type="application/x-amz-json-1.1", more="Connection: close\r\n"))


@dataclass
class Aws:
    """Both services, and where they listen."""

    secrets: Service
    sqs: Service
    environment: dict[str, str]


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Secrets Manager and SQS, both well."""
    value = json.dumps({"webhook_secrets": [SECRET]})
    secrets, sqs = Service({"Name": "kanbert-webhook", "SecretString": value}), Service({"MessageId": "m1"})
    with listening(secrets) as one, listening(sqs) as other:
        where = {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{one.port}",
            "AWS_ENDPOINT_URL_SQS": f"http://127.0.0.1:{other.port}",
            "DOCUMENTS_QUEUE_URL": f"http://127.0.0.1:{other.port}/123456789012/documents.fifo",
        }
        yield Aws(secrets, sqs, where)


@pytest.fixture
def handler(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    """The handler, never called before."""
    for name, given in (ENVIRONMENT | aws.environment).items():
        monkeypatch.setenv(name, given)
    receive.from_environment.cache_clear()
    yield load_app("receive").handler
    receive.from_environment.cache_clear()
    logging.getLogger("autobook").setLevel(logging.NOTSET)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that each answer was given."""
    given: list[float] = []

    def recorded(seconds: float, call: Callable[[], Any]) -> Any:
        given.append(seconds)
        return within(seconds, call)

    monkeypatch.setattr(http_api, "within", recorded)
    return given


def status_of(handler: Handler, event: dict[str, Any]) -> int:
    """The status of the answer."""
    status: int = handler(event, None)["statusCode"]
    return status


def set_clock(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    """Let time pass for the secrets that were read."""
    secrets: Any = receive.from_environment()[0].secrets
    monkeypatch.setattr(secrets._kept, "_monotonic", lambda: now)


def warm(handler: Handler) -> None:
    """One webhook, while all is well, with all the time that a busy machine takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_api, "ANSWER_WITHIN", 30.0)
        assert status_of(handler, request()) == 202


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("service", ["secrets", "sqs"])
def test_cold(handler: Handler, aws: Aws, limits: list[float], service: str, trouble: Callable[[Peer], None]) -> None:
    """At the first webhook of a function, with either service in trouble: 503 in time, and it works once it is over."""
    getattr(aws, service).trouble = trouble
    assert status_of(handler, request()) == 503
    assert limits[0] < AT_MOST
    getattr(aws, service).trouble = None
    warm(handler)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_warm_sqs(handler: Handler, aws: Aws, limits: list[float], trouble: Callable[[Peer], None]) -> None:
    """With SQS in trouble later on: 503 in time."""
    warm(handler)
    aws.sqs.trouble = trouble
    assert status_of(handler, request()) == 503
    assert limits[-1] < AT_MOST


@pytest.mark.parametrize("trouble", TROUBLE)
def test_cached_secret(
    handler: Handler, aws: Aws, trouble: Callable[[Peer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cached secret, of any age, Secrets Manager is not waited for: its client could wait for ever."""
    patient = Config(connect_timeout=NEVER, read_timeout=NEVER, retries={"mode": "standard", "total_max_attempts": 2})
    monkeypatch.setattr(receive, "FAST", patient)
    monkeypatch.setattr(http_api, "ANSWER_WITHIN", 30.0)
    warm(handler)
    aws.secrets.trouble = trouble
    began = time.monotonic()
    for age in (301.0, 3600.0, 86_400.0):
        set_clock(monkeypatch, began + age)
        assert status_of(handler, request()) == 202


@pytest.mark.parametrize("trouble", SLOW)
def test_doubts(
    handler: Handler,
    aws: Aws,
    limits: list[float],
    trouble: Callable[[Peer], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wrong signature that sends us to a slow Secrets Manager is refused in time; the next ones ask nobody."""
    warm(handler)
    aws.secrets.trouble = trouble
    began = time.monotonic()
    set_clock(monkeypatch, began + 31)
    wrong = request(signed=signature(BODY.encode(), "wrong"))
    assert status_of(handler, wrong) == 401
    assert limits[-1] < AT_MOST
    for _ in range(20):
        assert status_of(handler, wrong) == 401
    # Counted at the end: a connection may be taken note of after its caller has given it up.
    assert len(aws.secrets.requests) <= 3, "one refresh, which botocore may send twice"


def test_no_signature_asks_nobody(handler: Handler, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be a signature is no reason to doubt the secret."""
    warm(handler)
    began = time.monotonic()
    set_clock(monkeypatch, began + 31)
    for signed in (None, " ", "abc"):
        assert status_of(handler, request(signed=signed)) == 401
    assert len(aws.secrets.requests) == 1


def test_unavailable_is_counted(
    handler: Handler, aws: Aws, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A 503 is counted for the alarm, and logged with its reason; the sender is told to try again."""
    aws.sqs.trouble = hanging
    answer = handler(request(), None)
    assert json.loads(answer["body"])["error"] == "try again later"
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["service"], line["Unavailable"], line["level"]) == ("receive", 1, "ERROR")
    assert line["reason"]
    assert [record.__dict__["status"] for record in caplog.records if record.name == "autobook.receive"] == [503]


_FIRST_WEBHOOK = """
import json, runpy, sys, time
handler = runpy.run_path("functions/receive/app.py")["handler"]
from autobook.adapters import LOADED_AT, http_api
within, began = http_api.within, time.monotonic()
def recorded(seconds, call):
    print(began - LOADED_AT, seconds)
    return within(seconds, call)
http_api.within = recorded
for _ in range(2):
    print(handler(json.loads(sys.argv[1]), None)["statusCode"])
"""


@pytest.mark.parametrize("service", ["secrets", "sqs"])
def test_cold_start_in_all(aws: Aws, service: str) -> None:
    """What loading took is taken off the first answer's time, down to a least, and off no other's."""
    getattr(aws, service).trouble = hanging
    run = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", _FIRST_WEBHOOK, json.dumps(request())],
        cwd=ROOT, env=environment() | aws.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, status, second, other = (line for line in run.stdout.splitlines() if not line.startswith("{"))
    assert (status, other) == ("503", "503")
    loading, limit = map(float, first.split())
    assert loading > 0
    assert limit <= max(http_api.ANSWER_WITHIN - loading, 0.7) or loading > 3
    assert float(second.split()[1]) == http_api.ANSWER_WITHIN < AT_MOST
