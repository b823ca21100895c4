"""Kanbert's webhooks: is it from Kanbert, and which document is it about? Pure functions, standard library only.

Documented: POST, JSON `{event, data}`, a signature header, HMAC-SHA-256 over the payload with the subscription's
secret. Not documented: the header's name (a setting) and its encoding (lowercase hex is likely; `sha256=` and base64
are accepted), and the spelling of events about invoices (docs/kanbert-api.md, "Webhooks").

Not in domain/kanbert, whose façade loads pydantic: Kanbert waits three seconds for `receive`
(docs/decisions/facades.md).
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence

from autobook.domain.documents import VALID_ID, Change, Document, DocumentKind
from autobook.domain.errors import Reject

_LONGEST_SIGNATURE = 256
_EVENT = re.compile(r"(?P<subject>[a-z_-]{1,64})[:.](?P<change>[a-z_-]{1,32})", re.ASCII)
_SUBJECTS = {kind.replace("_", ""): kind for kind in DocumentKind}
_CHANGES = {
    "create": Change.CREATE,
    "created": Change.CREATE,
    "update": Change.UPDATE,
    "updated": Change.UPDATE,
    "delete": Change.DELETE,
    "deleted": Change.DELETE,
    "forcedelete": Change.DELETE,
    "forcedeleted": Change.DELETE,
    "restore": Change.RESTORE,
    "restored": Change.RESTORE,
}


class BadSignature(Reject):
    """The body was not signed with any of our secrets. The reason is for our log; the sender is not told."""


class NoMatch(BadSignature):
    """A signature of the right form that none of our secrets makes: one may have been replaced meanwhile."""


class NoSecret(NoMatch):
    """There is no secret to compare a signature with: nobody has filled one in yet."""


class BadPayload(Reject):
    """The body is signed, but is not a webhook."""


def verify(body: bytes, signature: str | None, secrets: Sequence[str]) -> None:
    """Raise BadSignature unless `signature` is the HMAC-SHA-256 of the raw `body` under one of `secrets`.

    Constant-time, closed when there is no secret. Raw bytes: PHP escapes `/` and non-ASCII, so JSON that was parsed
    and written again would not match.
    """
    given = _digest(signature)
    if not any(secrets):
        raise NoSecret("there is no webhook secret to compare with")
    matches = [
        hmac.compare_digest(given, hmac.digest(secret.encode(), body, hashlib.sha256)) for secret in secrets if secret
    ]
    if not any(matches):
        raise NoMatch(f"the signature matches none of our {len(matches)} webhook secrets")


def _digest(signature: str | None) -> bytes:
    if signature is None:
        raise BadSignature("there is no header of that name")
    text = signature.strip()
    if not text:
        raise BadSignature("the signature is empty")
    if len(text) > _LONGEST_SIGNATURE:
        raise BadSignature(f"wrong length: {len(text):,} characters")
    text = text.removeprefix("sha256=")
    try:
        digest = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadSignature(f"neither hexadecimal nor base64: {len(text)} characters") from error
    if len(digest) != hashlib.sha256().digest_size:
        raise BadSignature(f"wrong length: {len(text)} characters, which are {len(digest)} bytes instead of 32")
    return digest


def parse(body: bytes) -> tuple[Document, Change] | None:
    """The document that a verified webhook is about and what happened to it; None for events about other things.

    Raises BadPayload when it is not JSON, or names no event, or no usable id.
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload("the body is not JSON") from error
    if not isinstance(payload, dict) or not isinstance(event := payload.get("event"), str):
        raise BadPayload("the body names no event")
    subject_and_change = _event(event)
    if subject_and_change is None:
        return None
    kind, change = subject_and_change
    data = payload.get("data")
    identifier = data.get("id") if isinstance(data, dict) else None
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not VALID_ID.fullmatch(identifier):
        raise BadPayload("the body has no usable data.id")
    return Document(kind, identifier), change


def _event(event: str) -> tuple[DocumentKind, Change] | None:
    """`incoming-invoice:created`, `incoming_invoice:create` and `IncomingInvoice.create` are one event."""
    match = _EVENT.fullmatch(event.strip().lower())
    if match is None:
        return None
    kind = _SUBJECTS.get(re.sub("[-_]", "", match["subject"]))
    if kind is None:
        return None
    # A change we have no word for is still a change: the document is fetched, whatever it was.
    return kind, _CHANGES.get(re.sub("[-_]", "", match["change"]), Change.UPDATE)
