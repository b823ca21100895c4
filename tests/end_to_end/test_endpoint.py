"""What the deployed endpoint refuses, and that nothing of it reaches the queue or the logs."""

import base64

import pytest

from autobook_local.demo.story import waiting
from autobook_local.system import LocalSystem
from tests.end_to_end.webhooks import HEADER, deliver, signature, webhook_body

BODY = webhook_body("NeverSeen1")


def queued(system: LocalSystem) -> int:
    """Messages in documents.fifo."""
    return waiting(system.deployment, "DocumentsQueue")


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({}, id="missing"),
        pytest.param({HEADER: ""}, id="empty"),
        pytest.param({HEADER: "0" * 64}, id="wrong"),
        pytest.param({HEADER: "sha256=" + "0" * 63}, id="truncated"),
        pytest.param({HEADER: "ü" * 64}, id="non-ascii"),
        pytest.param({HEADER: b"\xff\xfe" * 32}, id="no text at all"),
        pytest.param({HEADER: "a" * 6000}, id="oversized"),
    ],
)
def test_forged_signature(system: LocalSystem, forged: dict[str, str | bytes]) -> None:
    """Any fault in the signature is a 401 without detail, and leaves nothing in the queue."""
    answer = deliver(system, BODY, forged)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"
    assert queued(system) == 0


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"event":"incoming-invoice:create","data":{}}'])
def test_not_a_webhook(system: LocalSystem, body: bytes) -> None:
    """What is no JSON, or has no id, gets 400 when it is signed and 401 when it is not."""
    assert deliver(system, body).status_code == 400
    assert deliver(system, body, {HEADER: "0" * 64}).status_code == 401
    assert queued(system) == 0


def test_too_large(system: LocalSystem) -> None:
    """A body over 1 MiB gets 413."""
    assert deliver(system, b" " * (1024 * 1024 + 1)).status_code == 413
    assert queued(system) == 0


def test_another_event(system: LocalSystem) -> None:
    """An event about something else is accepted and ignored."""
    answer = deliver(system, webhook_body("T1", "task:create"))
    assert (answer.status_code, answer.json()["status"]) == (202, "ignored")
    assert queued(system) == 0


def test_base64_signature(system: LocalSystem) -> None:
    """A signature in base64 is as good as one in hexadecimal."""
    body = webhook_body("T2", "task:create")
    encoded = base64.b64encode(bytes.fromhex(signature(system, body))).decode()
    assert deliver(system, body, {HEADER: encoded}).status_code == 202


def test_logs_hold_no_body_and_no_secret(system: LocalSystem) -> None:
    """Whatever was sent, the function's log has neither the body nor a signature nor the secret."""
    body = webhook_body("T3", "task:create").replace(b"M\\u00fcller", b"Confidential")
    deliver(system, body)
    deliver(system, body, {HEADER: "f" * 64})
    log = "\n".join(system.deployment.logs("ReceiveFunction"))
    assert "unauthorized" in log
    for hidden in ("Confidential", signature(system, body), "f" * 64, system.webhook_secret, system.simulator.token):
        assert hidden not in log
