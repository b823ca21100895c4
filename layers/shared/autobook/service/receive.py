"""A webhook's way into the queue: verified, understood, queued. Standard library only: Kanbert waits three seconds."""

from dataclasses import dataclass
from enum import Enum

from autobook.domain.documents import DocumentMessage
from autobook.domain.errors import Reject
from autobook.domain.webhook import NoMatch, parse, verify
from autobook.service.ports import Clock, DocumentQueue, Secrets

LARGEST_BODY = 1024 * 1024
"""Bytes."""


class TooLarge(Reject):
    """The body is over the limit."""


class ReceiveResult(Enum):
    """What became of a webhook."""

    QUEUED = "queued"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """The use case. Raises TooLarge, BadSignature or BadPayload for what is refused."""

    secrets: Secrets
    queue: DocumentQueue
    clock: Clock

    def __call__(self, body: bytes, signature: str | None, trace_id: str) -> ReceiveResult:
        """`body` is the raw bytes as signed; `trace_id` names this delivery in every log from here on."""
        if len(body) > LARGEST_BODY:
            raise TooLarge("the body is over 1 MiB")
        self._verify(body, signature)
        parsed = parse(body)
        if parsed is None:
            return ReceiveResult.IGNORED
        document, change = parsed
        self.queue.send(DocumentMessage(document.kind, document.id, change, self.clock().isoformat(), trace_id))
        return ReceiveResult.QUEUED

    def _verify(self, body: bytes, signature: str | None) -> None:
        try:
            verify(body, signature, self.secrets.webhook_secrets())
        except NoMatch:
            # The secret may have been replaced since it was last read.
            verify(body, signature, self.secrets.webhook_secrets(fresh=True))
