"""What the export to Billomat needs from outside; see ports.py for what every port may raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autobook.domain.awaiting import AwaitingLetter
    from autobook.domain.billomat import BillomatExport, BillomatSupplier, Incoming, IncomingTag, SupplierMapping
    from autobook.domain.documents import Document, Unreadable


class BillomatDocuments(Protocol):
    """Incomings and suppliers in Billomat. A write that may have been carried out raises Unanswered."""

    def find_incomings(self, supplier_id: int, number: str) -> Iterator[Incoming | Unreadable]:
        """Those of a supplier with this number, and perhaps others."""

    def post_incoming(self, fields: Mapping[str, object]) -> Incoming | None:
        """Create one of plain fields; None where the answer does not show it. Raises Refused."""

    def put_incoming(self, incoming_id: int, fields: Mapping[str, object]) -> Incoming | None:
        """Write these fields; None where the answer does not show it. Raises NotFound, or Refused."""

    def delete_incoming(self, incoming_id: int) -> None:
        """With its files. Raises NotFound."""

    def incoming_file(self, incoming_id: int) -> bytes | None:
        """Its file; None where there is none, or none that can be read."""

    def list_incoming_tags(self, incoming_id: int) -> Iterator[IncomingTag | Unreadable]:
        """The tags that it has."""

    def post_incoming_tag(self, incoming_id: int, name: str) -> IncomingTag | None:
        """Put a tag on it."""

    def find_suppliers(self, name: str) -> Iterator[BillomatSupplier | Unreadable]:
        """Those whose name contains this."""


class BillomatMappings(Protocol):
    """What an administrator wrote down: which supplier and account of Kanbert is which in Billomat.

    AwaitsMapping for one that makes no sense.
    """

    def supplier(self, kanbert_id: str) -> SupplierMapping | None:
        """By Kanbert's id of the supplier, or its name where it came without an id."""

    def expense_account(self, code: str) -> int | None:
        """By the code of the account."""


class BillomatExports(Protocol):
    """What is remembered of the export to Billomat."""

    def get(self, document: Document) -> BillomatExport:
        """The record, or a blank one of version 0."""

    def put(self, record: BillomatExport) -> BillomatExport:
        """Save it over `record.version`; returns it with the next version. RetryLater if another was faster."""

    def claim(self, incoming_id: int, document: Document) -> Document:
        """Whose incoming it is from now on: the document that claimed it first."""


class AwaitingLetters(Protocol):
    """The dead letters of an export; one that was looked at is ours until it is put back or released."""

    def batches(self) -> Iterator[list[AwaitingLetter]]:
        """All of them, a few at a time."""

    def redrive(self, letter: AwaitingLetter) -> None:
        """Put it back into the queue that it came from. Repeated after a crash: it may be delivered twice."""

    def release(self, letter: AwaitingLetter) -> None:
        """Leave it where it is."""
