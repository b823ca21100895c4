"""The export to Billomat on fakes: what is remembered, mappings, a Billomat in memory, a system built from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from autobook.adapters.billomat import IncomingCreate, IncomingUpdate
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.export_billomat import build
from autobook.bootstrap.redrive_billomat import build as build_redriver
from autobook.domain.awaiting import AwaitingLetter
from autobook.domain.billomat import BillomatExport, BillomatSupplier, Incoming, IncomingTag, SupplierMapping
from autobook.domain.documents import Document
from autobook.domain.errors import NotFound, Refused, RetryLater
from autobook.service.export_billomat import ExportToBillomat
from autobook.service.redrive_billomat import RedriveToBillomat
from autobook.settings import ExportBillomatSettings, RedriveBillomatSettings
from tests.fakes import Fuse, System
from tests.settings import ENVIRONMENT, NoAws


class FakeBillomatExports:
    """Records with versions, and whose incoming is whose: a save on top of another's is refused."""

    def __init__(self) -> None:
        self.records: dict[Document, BillomatExport] = {}
        self.owners: dict[int, Document] = {}

    def get(self, document: Document) -> BillomatExport:
        """The record, or a blank one."""
        return self.records.get(document, BillomatExport(document))

    def put(self, record: BillomatExport) -> BillomatExport:
        """Save it."""
        if self.get(record.document).version != record.version:
            raise RetryLater("another run was faster")
        saved = self.records[record.document] = record.next_version()
        return saved

    def claim(self, incoming_id: int, document: Document) -> Document:
        """The first one wins."""
        return self.owners.setdefault(incoming_id, document)


@dataclass
class FakeBillomatMappings:
    """What an administrator wrote down."""

    suppliers: dict[str, SupplierMapping] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    def supplier(self, kanbert_id: str) -> SupplierMapping | None:
        """By Kanbert's id."""
        return self.suppliers.get(kanbert_id)

    def expense_account(self, code: str) -> int | None:
        """By the account's code."""
        return self.accounts.get(code)


@dataclass
class FakeAwaitingLetters:
    """Letters in batches of two; one that is looked at is hidden until it is put back or released."""

    letters: list[AwaitingLetter]
    redriven: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    def batches(self) -> Iterator[list[AwaitingLetter]]:
        """Those that nobody holds."""
        while batch := [each for each in self.letters if each.receipt not in self.hidden][:2]:
            self.hidden |= {each.receipt for each in batch}
            yield batch

    def redrive(self, letter: AwaitingLetter) -> None:
        """Back into its queue."""
        assert letter.receipt in self.hidden
        self.letters.remove(letter)
        self.redriven.append(letter.body)

    def release(self, letter: AwaitingLetter) -> None:
        """Seen by others again."""
        self.hidden.remove(letter.receipt)


class FakeBillomat:
    """Incomings in memory. Refuses what Billomat would refuse, and doubles what is created twice."""

    def __init__(self) -> None:
        self.incomings: dict[int, dict[str, Any]] = {}
        self.tags: list[tuple[int, str]] = []

    def find_incomings(self, supplier_id: int, number: str) -> Iterator[Incoming]:
        """Numbers that contain this."""
        for identifier, fields in list(self.incomings.items()):
            if fields["supplier_id"] == supplier_id and number in fields["number"]:
                yield _incoming(identifier, fields)

    def post_incoming(self, fields: Mapping[str, object]) -> Incoming:
        """Create one."""
        identifier = len(self.incomings) + 1
        self.incomings[identifier] = _filled(_checked(IncomingCreate, fields))
        return _incoming(identifier, self.incomings[identifier])

    def put_incoming(self, incoming_id: int, fields: Mapping[str, object]) -> Incoming:
        """Edit one."""
        if incoming_id not in self.incomings:
            raise NotFound(f"404: {incoming_id}")
        self.incomings[incoming_id] = _filled(self.incomings[incoming_id] | _checked(IncomingUpdate, fields))
        return _incoming(incoming_id, self.incomings[incoming_id])

    def delete_incoming(self, incoming_id: int) -> None:
        """Delete one."""
        if self.incomings.pop(incoming_id, None) is None:
            raise NotFound(f"404: {incoming_id}")

    def incoming_file(self, incoming_id: int) -> bytes | None:
        """Its file."""
        file: bytes | None = self.incomings.get(incoming_id, {}).get("base64file")
        return file

    def list_incoming_tags(self, incoming_id: int) -> Iterator[IncomingTag]:
        """Those that it has."""
        for number, (tagged, name) in enumerate(list(self.tags), 1):
            if tagged == incoming_id:
                yield IncomingTag.model_validate({"id": str(number), "incoming_id": str(tagged), "name": name})

    def post_incoming_tag(self, incoming_id: int, name: str) -> None:
        """Put one on."""
        self.tags.append((incoming_id, name))

    def find_suppliers(self, name: str) -> Iterator[BillomatSupplier]:
        """The supplier of the fake invoices."""
        if name in "Hetzner Online GmbH":
            yield BillomatSupplier.model_validate({"id": "7", "name": "Hetzner Online GmbH"})


def _incoming(identifier: int, fields: Mapping[str, Any]) -> Incoming:
    plain = {name: str(value) for name, value in fields.items() if value is not None}
    return Incoming.model_validate({**plain, "id": str(identifier)})


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An emptied field is as one that never was there."""
    return {name: value for name, value in fields.items() if value is not None}


def _checked(model: Any, fields: Mapping[str, object]) -> dict[str, Any]:
    try:
        sent = model.model_validate(dict(fields))
    except ValidationError as error:
        raise Refused(f"400: {error}") from None
    return {name: getattr(sent, name) for name in sent.model_fields_set}


@dataclass
class BillomatExportingSystem(System):
    """With Billomat, mappings, and what is remembered of it."""

    billomat: FakeBillomat = field(default_factory=FakeBillomat)
    mappings: FakeBillomatMappings = field(default_factory=FakeBillomatMappings)
    exports: FakeBillomatExports = field(default_factory=FakeBillomatExports)
    parameters: str = '{"tags": ["autobook"], "delete": true}'

    def exporter(self, fuse: Fuse | None = None) -> ExportToBillomat:
        """The use case of `export_billomat`."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        clients = Clients(NoAws, clock=self.clock, kanbert=wrap(self.kanbert))
        environment = ENVIRONMENT | {"BILLOMAT_PARAMETERS": self.parameters}
        built = build(ExportBillomatSettings.from_environment(environment), clients)
        return replace(built, billomat=wrap(self.billomat), mappings=wrap(self.mappings), exports=wrap(self.exports))


@dataclass
class RedrivingSystem(System):
    """With dead letters that wait for mappings."""

    letters: FakeAwaitingLetters = field(default_factory=lambda: FakeAwaitingLetters([]))
    mappings: FakeBillomatMappings = field(default_factory=FakeBillomatMappings)

    def redriver(self, fuse: Fuse | None = None) -> RedriveToBillomat:
        """The use case of `redrive_billomat`; whatever an earlier run held is seen again."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        self.letters.hidden.clear()
        built = build_redriver(RedriveBillomatSettings.from_environment(ENVIRONMENT), Clients(NoAws, clock=self.clock))
        return replace(built, letters=wrap(self.letters), mappings=wrap(self.mappings))
