"""Webhooks: signature and payload, before anything else is believed."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.documents import Change, Document, DocumentKind
from autobook.domain.webhook import BadPayload, BadSignature, NoMatch, parse, verify

SECRET = "whsec-current"
PREVIOUS = "whsec-previous"
BODY = b'{"event":"incoming-invoice:created","data":{"id":"k3Jd9"}}'


def digest(body: bytes = BODY, secret: str = SECRET) -> bytes:
    return hmac.digest(secret.encode(), body, hashlib.sha256)


class TestSignatureAccepted:
    def test_lowercase_hex(self) -> None:
        """The likely encoding, lowercase hex, is accepted."""
        verify(BODY, digest().hex(), [SECRET])

    def test_uppercase_hex(self) -> None:
        """Hex is accepted in capitals too."""
        verify(BODY, digest().hex().upper(), [SECRET])

    def test_sha256_prefix(self) -> None:
        """A `sha256=` prefix, as GitHub writes it, is tolerated."""
        verify(BODY, "sha256=" + digest().hex(), [SECRET])

    def test_base64(self) -> None:
        """Base64 is tolerated."""
        verify(BODY, base64.b64encode(digest()).decode(), [SECRET])

    def test_base64_with_prefix(self) -> None:
        """Prefix and base64 together are tolerated."""
        verify(BODY, "sha256=" + base64.b64encode(digest()).decode(), [SECRET])

    def test_surrounding_blanks(self) -> None:
        """Blanks around a header's value mean nothing."""
        verify(BODY, f"  {digest().hex()} ", [SECRET])

    def test_previous_secret(self) -> None:
        """While secrets are being exchanged, what the previous one signed is accepted."""
        verify(BODY, digest(secret=PREVIOUS).hex(), [SECRET, PREVIOUS])

    def test_php_escaped_raw_bytes(self) -> None:
        """The bytes as PHP escaped them are verified, not JSON that was read and written again."""
        body = rb'{"event":"incoming-invoice:created","data":{"id":"k3Jd9","title":"M\u00fcller \/ S\u00f6hne"}}'
        assert json.dumps(json.loads(body), separators=(",", ":")).encode() != body
        verify(body, digest(body).hex(), [SECRET])

    def test_non_ascii_secret(self) -> None:
        """A secret with letters beyond ASCII works, as UTF-8."""
        verify(BODY, digest(secret="Schlüssel").hex(), ["Schlüssel"])


GOOD = digest().hex()


class TestSignatureRefused:
    @pytest.mark.parametrize(
        "signature",
        [
            pytest.param(digest(secret="another").hex(), id="wrong secret"),
            pytest.param(digest(BODY + b" ").hex(), id="another body"),
            pytest.param(None, id="missing"),
            pytest.param("", id="empty"),
            pytest.param("sha256=", id="prefix only"),
            pytest.param(GOOD[:-2], id="truncated by a byte"),
            pytest.param(GOOD[:-1], id="truncated by a digit"),
            pytest.param(GOOD[:32], id="truncated to a half"),
            pytest.param(GOOD + "00", id="too long"),
            pytest.param(GOOD[:-1] + "é", id="non-ASCII, as long as hex"),
            pytest.param("１" * 64, id="full-width digits"),
            pytest.param("sïgnature", id="non-ASCII"),
            pytest.param("\ud800" * 64, id="lone surrogates"),
            pytest.param("\x00" * 64, id="NUL"),
            pytest.param("g" * 64, id="no hex"),
            pytest.param("a" * 10_240, id="oversized"),
            pytest.param(GOOD + " " * 300 + "x", id="oversized with a good beginning"),
            pytest.param(f"{GOOD}, {GOOD}", id="two headers joined"),
            pytest.param(base64.b64encode(digest()[:31]).decode(), id="base64 of 31 bytes"),
            pytest.param(base64.b64encode(digest()).decode().rstrip("="), id="base64 without padding"),
            pytest.param("sha1=" + GOOD, id="another algorithm"),
        ],
    )
    def test_signature(self, signature: str | None) -> None:
        """Whatever is wrong with a signature, it is refused; the reason holds nothing of it."""
        with pytest.raises(BadSignature) as refused:
            verify(BODY, signature, [SECRET, PREVIOUS])
        for private in (signature, SECRET, PREVIOUS, GOOD, GOOD[:8]):
            assert not private or private not in str(refused.value)

    @pytest.mark.parametrize(
        ("signature", "reason"),
        [
            (None, "there is no header of that name"),
            (" ", "the signature is empty"),
            (GOOD[:-2], "neither hexadecimal nor base64: 62 characters"),
            (GOOD[:32], "wrong length: 32 characters, which are 24 bytes instead of 32"),
            ("a" * 10_240, "wrong length: 10,240 characters"),
            ("g" * 64, "neither hexadecimal nor base64: 64 characters"),
        ],
    )
    def test_reason(self, signature: str | None, reason: str) -> None:
        """The log is told why: no such header, an empty one, the wrong length or form."""
        with pytest.raises(BadSignature) as refused:
            verify(BODY, signature, [SECRET])
        assert str(refused.value) == reason
        assert not isinstance(refused.value, NoMatch)

    def test_reason_no_match(self) -> None:
        """A signature of the right form that fits none of the secrets is told from one that is none."""
        with pytest.raises(NoMatch, match=r"^the signature matches none of our 2 webhook secrets$"):
            verify(BODY, digest(secret="another").hex(), [SECRET, PREVIOUS])

    def test_reason_no_secret(self) -> None:
        """So is the lack of any secret."""
        with pytest.raises(NoMatch, match=r"^there is no webhook secret to compare with$"):
            verify(BODY, GOOD, [])

    def test_no_secrets(self) -> None:
        """Before a secret is filled in, nothing is accepted."""
        with pytest.raises(BadSignature):
            verify(BODY, digest(secret="").hex(), [])

    def test_empty_secret(self) -> None:
        """An empty secret is no secret: what is signed with it is refused."""
        with pytest.raises(BadSignature):
            verify(BODY, digest(secret="").hex(), ["", SECRET])

    def test_secret_removed(self) -> None:
        """What a secret signed that is no longer listed is refused."""
        with pytest.raises(BadSignature):
            verify(BODY, digest(secret=PREVIOUS).hex(), [SECRET])


@given(body=st.binary(max_size=200), signature=st.none() | st.text() | st.from_regex(r"(sha256=)?[0-9a-f]{60,66}"))
def test_no_signature_surprises(body: bytes, signature: str | None) -> None:
    """No header value makes verification raise anything but BadSignature, and none is accepted by chance."""
    with pytest.raises(BadSignature):
        verify(body, signature, [SECRET])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.sampled_from(["incoming-invoice:created", "OutgoingInvoice.update", "task:create"]) | st.text()


@given(
    st.binary(max_size=300)
    | st.builds(
        lambda event, data: json.dumps({"event": event, "data": data}).encode(), EVENTS | JSON_VALUES, JSON_VALUES
    )
    | st.builds(
        lambda event, data: json.dumps({"event": event, "data": {"id": data}}).encode(),
        EVENTS | JSON_VALUES,
        JSON_VALUES,
    )
)
def test_no_payload_surprises(body: bytes) -> None:
    """No body makes parsing raise anything but BadPayload."""
    try:
        subject = parse(body)
    except BadPayload:
        return
    assert subject is None or isinstance(subject[0], Document)


def body(event: object, identifier: object = "k3Jd9") -> bytes:
    return json.dumps({"event": event, "data": {"id": identifier}}).encode()


class TestEventNames:
    @pytest.mark.parametrize("subject", ["incoming-invoice", "incoming_invoice", "IncomingInvoice", "incominginvoice"])
    @pytest.mark.parametrize("separator", [":", "."])
    @pytest.mark.parametrize(
        ("word", "change"),
        [
            ("create", Change.CREATE),
            ("created", Change.CREATE),
            ("update", Change.UPDATE),
            ("updated", Change.UPDATE),
            ("delete", Change.DELETE),
            ("deleted", Change.DELETE),
            ("force-delete", Change.DELETE),
            ("force_deleted", Change.DELETE),
            ("forceDeleted", Change.DELETE),
            ("restore", Change.RESTORE),
            ("restored", Change.RESTORE),
            ("paid", Change.UPDATE),
        ],
    )
    def test_spellings(self, subject: str, separator: str, word: str, change: Change) -> None:
        """Every spelling that Kanbert's pages use means the same; an unknown change is a change."""
        document = Document(DocumentKind.INCOMING_INVOICE, "k3Jd9")
        assert parse(body(f"{subject}{separator}{word}")) == (document, change)

    def test_outgoing(self) -> None:
        """Outgoing invoices are followed too."""
        assert parse(body("outgoing-invoice:update")) == (
            Document(DocumentKind.OUTGOING_INVOICE, "k3Jd9"),
            Change.UPDATE,
        )

    @pytest.mark.parametrize(
        "event",
        ["task:create", "comment:update", "contact:deleted", "invoice:created", "incoming-invoice", "", ":", "ı:x"],
    )
    def test_something_else(self, event: str) -> None:
        """An event about something else is none of ours, whatever its data."""
        assert parse(body(event, None)) is None


class TestPayloadRefused:
    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"event=incoming-invoice", id="no JSON"),
            pytest.param(b'{"event":"incoming-invoice:created","data":{"id":"k3', id="truncated"),
            pytest.param(b"\xff\xfe\xfa", id="no text"),
            pytest.param(b"[" * 100_000, id="nested too deep"),
            pytest.param(b"1" * 5_000, id="a number too long to read"),
            pytest.param(b"[]", id="a list"),
            pytest.param(b"null", id="null"),
            pytest.param(b'{"data":{"id":"k3Jd9"}}', id="no event"),
            pytest.param(b'{"event":7,"data":{"id":"k3Jd9"}}', id="event is no text"),
            pytest.param(b'{"event":"incoming-invoice:created"}', id="no data"),
            pytest.param(b'{"event":"incoming-invoice:created","data":["k3Jd9"]}', id="data is a list"),
            pytest.param(b'{"event":"incoming-invoice:created","data":{}}', id="no id"),
        ],
    )
    def test_body(self, payload: bytes) -> None:
        """What is no webhook is refused as such."""
        with pytest.raises(BadPayload):
            parse(payload)

    @pytest.mark.parametrize(
        "identifier", [None, "", True, 1.5, [], {}, "a/b", "../x", "a b", "é", "a" * 65, "x\n", "a:b"]
    )
    def test_identifier(self, identifier: object) -> None:
        """An id that could not stand in a path, a queue group and an object key is refused."""
        with pytest.raises(BadPayload):
            parse(body("incoming-invoice:created", identifier))

    def test_number(self) -> None:
        """A numeric id is read as its digits."""
        assert parse(body("incoming-invoice:created", 4711)) == (
            Document(DocumentKind.INCOMING_INVOICE, "4711"),
            Change.CREATE,
        )
