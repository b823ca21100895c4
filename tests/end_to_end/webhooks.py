"""Webhooks as Kanbert would send them, for the deployed endpoint."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from autobook_local.system import LocalSystem

HEADER = "Signature"


def webhook_body(document_id: str, event: str = "incoming-invoice:update") -> bytes:
    """PHP's JSON: `/` and everything beyond ASCII are escaped."""
    text = json.dumps({"event": event, "data": {"id": document_id, "title": "Müller/Söhne"}})
    return text.replace("/", "\\/").encode()


def signature(system: LocalSystem, body: bytes) -> str:
    """The right one."""
    return hmac.new(system.webhook_secret.encode(), body, hashlib.sha256).hexdigest()


def deliver(system: LocalSystem, body: bytes, headers: dict[str, str | bytes] | None = None) -> httpx.Response:
    """Send it, rightly signed unless other `headers` are given."""
    signed = {HEADER: signature(system, body)} if headers is None else headers
    sent = [("Content-Type", b"application/json"), *signed.items()]
    raw = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in sent]
    return httpx.post(system.deployment.webhook_url, content=body, headers=raw, timeout=20)


@contextmanager
def unsubscribed(system: LocalSystem) -> Iterator[None]:
    """Kanbert sends nothing inside the block."""
    system.simulator.control("PUT", "/webhook", {"url": None, "secret": None})
    try:
        yield
    finally:
        system.subscribe()
