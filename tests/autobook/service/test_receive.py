"""The way of a webhook into the queue."""

import hashlib
import hmac
import json

import pytest

from autobook.domain.documents import Change, DocumentKind, DocumentMessage
from autobook.domain.webhook import BadPayload, BadSignature
from autobook.service.receive import LARGEST_BODY, ReceiveResult, ReceiveWebhook, TooLarge
from tests.fake_kanbert import NOW
from tests.fakes import FakeClock, FakeQueue, FakeSecrets

BODY = b'{"event":"incoming-invoice:created","data":{"id":"inv1"}}'


def signed(body: bytes, by: str = "current") -> str:
    return hmac.digest(by.encode(), body, hashlib.sha256).hex()


def use_case(queue: FakeQueue, secrets: FakeSecrets | None = None) -> ReceiveWebhook:
    return ReceiveWebhook(secrets or FakeSecrets("current", "previous"), queue, FakeClock())


def test_queued() -> None:
    """A signed webhook about an invoice is queued as a reference, with when it came and its trace."""
    queue = FakeQueue()
    assert use_case(queue)(BODY, signed(BODY), "trace-7") is ReceiveResult.QUEUED
    assert queue.messages == [
        DocumentMessage(DocumentKind.INCOMING_INVOICE, "inv1", Change.CREATE, NOW.isoformat(), "trace-7")
    ]


def test_three_deliveries_are_three_messages() -> None:
    """Nothing is dropped here as a repetition: whether something has changed is seen when it is fetched."""
    queue = FakeQueue()
    for _ in range(3):
        use_case(queue)(BODY, signed(BODY), "trace")
    assert len(queue.messages) == 3


def test_ignored() -> None:
    """An event about something else is acknowledged and not queued."""
    queue = FakeQueue()
    body = b'{"event":"task:create","data":{"id":"t1"}}'
    assert use_case(queue)(body, signed(body), "trace") is ReceiveResult.IGNORED
    assert queue.messages == []


def test_secret_replaced_meanwhile() -> None:
    """A signature of a secret that was entered a moment ago is accepted: doubts lead to a fresh look."""
    queue = FakeQueue()
    secrets = FakeSecrets("old", replaced=("new", "old"))
    assert use_case(queue, secrets)(BODY, signed(BODY, "new"), "trace") is ReceiveResult.QUEUED


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "é" * 64, "x" * 10_240])
def test_bad_signature(signature: str | None) -> None:
    """What is not signed is refused and not queued."""
    queue = FakeQueue()
    with pytest.raises(BadSignature):
        use_case(queue)(BODY, signature, "trace")
    assert queue.messages == []


def test_bad_payload() -> None:
    """What is signed but no webhook is refused as such, and not queued."""
    queue = FakeQueue()
    with pytest.raises(BadPayload):
        use_case(queue)(b"{}", signed(b"{}"), "trace")
    assert queue.messages == []


def test_bad_payload_unsigned() -> None:
    """Without a signature nobody learns what is wrong with a body."""
    with pytest.raises(BadSignature):
        use_case(FakeQueue())(b"{}", signed(b"{}", "wrong"), "trace")


def padded(size: int) -> bytes:
    frame = json.dumps({"event": "incoming-invoice:created", "data": {"id": "inv1", "title": ""}}).encode()
    return frame.replace(b'"title": ""', b'"title": "' + b"a" * (size - len(frame)) + b'"')


def test_largest_body() -> None:
    """A body of 1 MiB is taken."""
    body = padded(LARGEST_BODY)
    assert len(body) == LARGEST_BODY
    assert use_case(FakeQueue())(body, signed(body), "trace") is ReceiveResult.QUEUED


@pytest.mark.parametrize("good", [True, False])
def test_too_large(good: bool) -> None:
    """A body over 1 MiB is refused, signed or not, and not queued."""
    queue = FakeQueue()
    body = padded(LARGEST_BODY + 1)
    with pytest.raises(TooLarge):
        use_case(queue)(body, signed(body) if good else "no", "trace")
    assert queue.messages == []
