"""What must hold of Billomat and Hypatos when everything has come to rest: each booked invoice once, as it is."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from autobook.domain.billomat import BillomatSupplier, is_booked, wanted_incomings, xml_text
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp
from autobook.domain.events import Event
from autobook.domain.hypatos import hypatos_invoice, is_exported
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.billomat_references import resolve_references
from tests.exporting_billomat import FakeBillomat
from tests.programs.chaos.consumers import ExportingChaosSystem
from tests.programs.chaos.invariants import Truth

_FOR_PEOPLE: Final = re.compile(r"has no (number|date)|add up to|is unreadable|has no supplier")
"""What a person has to correct in Kanbert; the letter stays until somebody takes it."""


def consumer_violations(system: ExportingChaosSystem, truth: Truth) -> list[str]:
    """Every invariant that does not hold, in a sentence."""
    invoices = _present(system, truth)
    return [
        *_billomat(system, truth, invoices),
        *_hypatos(system, invoices),
        *_order(system),
        *_dead_letters(system, truth, _twice(invoices)),
        *_waiting(system, truth),
    ]


def _present(system: ExportingChaosSystem, truth: Truth) -> dict[Document, IncomingInvoice]:
    """The incoming invoices that can be read, as Kanbert has them when it is quiet."""
    system.kanbert.simulator.stage.calm = True
    try:
        with system.kanbert.client() as client:
            return {
                document: client.get_incoming_invoice(document.id)
                for document in truth.states
                if document.kind is DocumentKind.INCOMING_INVOICE
            }
    finally:
        system.kanbert.simulator.stage.calm = False


def _billomat(system: ExportingChaosSystem, truth: Truth, invoices: dict[Document, IncomingInvoice]) -> Iterator[str]:
    store = system.billomat.store
    owned: dict[Document, list[dict[str, Any]]] = {}
    for each in store.all("incomings"):
        owner = system.exports.owners.get(each["id"])
        if owner is None:
            yield f"Billomat: the incoming {each['number']} is nobody's: {each['id']}"
        else:
            owned.setdefault(owner, []).append(each)
    for document, its in owned.items():
        if document.id in system.kanbert.deleted:
            yield f"Billomat: {document.key} was deleted, and has {len(its)} incomings"
    twice = _twice(invoices)
    for document, invoice in invoices.items():
        its = owned.get(document, [])
        if not is_booked(invoice) or (document in twice and not its):
            continue
        try:
            references = resolve_references(invoice, _Suppliers(system), system.mappings)
            wanted = wanted_incomings(invoice, *references, system.billomat_parameters)
        except GiveUp as error:
            if not _FOR_PEOPLE.search(str(error)):
                yield f"Billomat: {document.key} is not exported: {error}"
            continue
        expected = sorted((each.fields["expense_account_number"], each.fields["total_gross"]) for each in wanted)
        if sorted((each["expense_account_number"], each["total_gross"]) for each in its) != expected:
            found = [(each["id"], each["expense_account_number"], each["total_gross"]) for each in its]
            yield f"Billomat: {document.key} is there as {found} instead of {expected}"
            continue
        gross = sum((each["total_gross"] for each in its if each["total_gross"] is not None), Decimal())
        if invoice.sum_gross is not None and abs(gross) != abs(invoice.sum_gross):
            yield f"Billomat: {document.key} has {gross} in all instead of {invoice.sum_gross}"
        yield from _fields(system, truth, document, invoice, its)


def _twice(invoices: dict[Document, IncomingInvoice]) -> set[Document]:
    """Those whose number another one has as well: Billomat has the one that came first."""
    numbers = Counter(invoice.invoice_number for invoice in invoices.values())
    return {document for document, invoice in invoices.items() if numbers[invoice.invoice_number] > 1}


def _fields(
    system: ExportingChaosSystem,
    truth: Truth,
    document: Document,
    invoice: IncomingInvoice,
    its: list[dict[str, Any]],
) -> Iterator[str]:
    """Its title, tag and file, the last once."""
    store, file = system.billomat.store, truth.files.get(document)
    for each in its:
        if each["label"] != xml_text(invoice.title or "") and (each["label"] or invoice.title):
            yield f"Billomat: {document.key} is called {each['label']!r} instead of {invoice.title!r}"
        tags = [tag["name"] for tag in store.all("tags") if tag["incoming_id"] == each["id"]]
        if tags != ["autobook"]:
            yield f"Billomat: {document.key} has the tags {tags}"
        if file is not None and file.startswith(b"%PDF-"):
            if store.files.get(each["id"]) != file:
                yield f"Billomat: {document.key} is without its file"
            if store.uploads[each["id"]] != 1 and not system.billomat.profile.put_drops_file:
                yield f"Billomat: {document.key} was given its file {store.uploads[each['id']]} times"


class _Suppliers(FakeBillomat):
    """Finds suppliers as the client would."""

    def __init__(self, system: ExportingChaosSystem) -> None:
        super().__init__()
        self._all = [(each["id"], each["name"]) for each in system.billomat.store.all("suppliers")]

    def find_suppliers(self, name: str) -> Iterator[BillomatSupplier]:
        """By a part of the name."""
        for identifier, its in self._all:
            if name.casefold() in its.casefold():
                yield BillomatSupplier.model_validate({"id": str(identifier), "name": its})


def _hypatos(system: ExportingChaosSystem, invoices: dict[Document, IncomingInvoice]) -> Iterator[str]:
    parameters = system.hypatos_parameters
    bodies: dict[str, list[dict[str, Any]]] = {}
    for each in system.hypatos.invoices:
        bodies.setdefault(each.external_id, []).append(each.body)
    for external_id, its in bodies.items():
        if len(its) > 1:
            yield f"Hypatos: {external_id} is there {len(its)} times"
        identifier = external_id.removeprefix(parameters.prefix)
        if identifier in system.kanbert.deleted and its[0]["isCanceled"] is not True:
            yield f"Hypatos: {external_id} was deleted, and is not canceled"
    for document, invoice in invoices.items():
        found = bodies.get(f"{parameters.prefix}{document.id}", [])
        posted_on = system.records.get(document).posted_on
        try:
            if not found and not is_exported(invoice, parameters):
                continue
            wanted = hypatos_invoice(invoice, parameters, posted_on or system.world().date()).wire()
        except GiveUp as error:
            if not _FOR_PEOPLE.search(str(error)):
                yield f"Hypatos: {document.key} is not exported: {error}"
            continue
        if not found:
            yield f"Hypatos: {document.key} is missing"
            continue
        for name, value in wanted.items():
            there = found[0].get(name)
            if there != _plain(value):
                yield f"Hypatos: {document.key}: {name} is {there!r} instead of {value!r}"
        if system.hypatos.profile.null_removes and (surplus := found[0].keys() - wanted.keys()):
            yield f"Hypatos: {document.key}: {', '.join(surplus)} should not be there any more"


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value


def _order(system: ExportingChaosSystem) -> Iterator[str]:
    """A document's states arrive in their order: the number of a title that people give never becomes smaller."""
    for invoice in system.hypatos.invoices:
        bodies = [*invoice.history, invoice.body]
        titles = [str(body.get("headerText") or "") for body in bodies]
        numbers = [int(title.removeprefix("person-")) for title in titles if title.startswith("person-")]
        if numbers != sorted(numbers):
            yield f"Hypatos: {invoice.external_id} was given older states later: {numbers}"
    for document, titles in system.labels.items():
        numbers = [int(title.removeprefix("person-")) for title in titles if title.startswith("person-")]
        if numbers != sorted(numbers):
            yield f"Billomat: {document} was given older states later: {numbers}"


def _dead_letters(system: ExportingChaosSystem, truth: Truth, twice: set[Document]) -> Iterator[str]:
    unreadable = {document.key for document in truth.unreadable}
    numbers_taken = {document.key for document in twice}
    for name in system.exporting:
        for each in system.not_exported[name].messages():
            document = Event.from_json(each.body).document.key
            reason = str(each.attributes.get("reason", {}).get("StringValue"))
            is_second = "may be in Kanbert twice" in reason and document in numbers_taken
            if not _FOR_PEOPLE.search(reason) and document not in unreadable and not is_second:
                yield f"dead letter of {name}: {document}: {reason}"


def _waiting(system: ExportingChaosSystem, truth: Truth) -> Iterator[str]:
    closed = {document.key for document in truth.closed}
    for name, queue in system.exporting.items():
        waiting = Counter(Event.from_json(each.body).document.key for each in queue.messages())
        for document, number in waiting.items():
            if document not in closed:
                yield f"{number} events of {document} still wait in {name}"
