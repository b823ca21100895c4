"""What the simulated Billomat and Hypatos have of the demonstration's invoices: shown, and compared with Kanbert."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rich import box
from rich.table import Table

from autobook.domain.kanbert import Booking
from autobook_cli.console import plain
from autobook_cli.dead_letter_queues import DeadLetters
from autobook_local.demo.story import StillBusy, Story, waiting
from autobook_local.system import LocalSystem

CONSUMERS: Final = frozenset({"billomat", "hypatos"})
"""Systems that booked invoices can be exported to."""
_BILLOMAT_LETTERS: Final = "ExportBillomatDeadLetters"
_SECONDS: Final = 90.0


@dataclass(frozen=True)
class Export:
    """One invoice as a consumer has it: how often, the accounts of its lines, its gross sum, the size of its file."""

    times: int
    accounts: tuple[str, ...]
    gross: Decimal
    file: int | None = None


@dataclass(frozen=True)
class Exports:
    """What each consumer that is switched on has; None for one that is not."""

    billomat: list[dict[str, Any]] | None
    hypatos: list[dict[str, Any]] | None

    @classmethod
    def of(cls, system: LocalSystem) -> "Exports":
        """As the simulators have it now."""
        billomat, hypatos = system.billomat_simulator, system.hypatos_simulator
        return cls(
            None if billomat is None else billomat.control("GET", "/documents")["incomings"],
            None if hypatos is None else [each["body"] for each in hypatos.control("GET", "/invoices")],
        )

    def in_billomat(self, story: Story) -> Export | None:
        """One incoming for each account, all under the invoice's number."""
        number = story.invoice.invoice_number if story.invoice else None
        found = [each for each in self.billomat or () if each["number"] == number]
        if not found:
            return None
        accounts = tuple(str(each["expense_account_number"]) for each in found)
        times = max(accounts.count(account) for account in accounts)
        gross = sum((Decimal(each["total_gross"] or 0) for each in found), Decimal())
        return Export(times, accounts, gross, min(each["file"] for each in found))

    def in_hypatos(self, story: Story) -> Export | None:
        """One invoice with all lines."""
        found = [each for each in self.hypatos or () if each["externalId"] == f"kanbert-{story.document.id}"]
        if not found:
            return None
        codes = (line["accountAssignments"][0].get("glAccountCode", "-") for line in found[0]["invoiceLines"])
        return Export(len(found), tuple(codes), Decimal(str(found[0]["totalGrossAmount"])))


def booked_lines(story: Story) -> list[Booking]:
    """The lines of an invoice that is booked on each of them; none of any other."""
    lines = [each for each in (story.invoice.bookings or () if story.invoice else ()) if not each.is_reference]
    return lines if all(each.chart_of_account_id for each in lines) else []


def exports_table(stories: list[Story], exports: Exports) -> Table:
    """One row for each booked invoice; fits 80 columns."""
    made = Table(box=box.SIMPLE, show_edge=False)
    made.add_column("exported", overflow="fold", ratio=3)
    made.add_column("gross", justify="right", no_wrap=True)
    if exports.billomat is not None:
        made.add_column("Billomat: gross on account, file", overflow="fold", ratio=3)
    if exports.hypatos is not None:
        made.add_column("Hypatos: gross on account", overflow="fold", ratio=3)
    for story in stories:
        if story.invoice is None or not booked_lines(story):
            continue
        cells = [plain(story.name), _amount(story.invoice.sum_gross)]
        if exports.billomat is not None:
            cells.append(_cell(exports.in_billomat(story)))
        if exports.hypatos is not None:
            cells.append(_cell(exports.in_hypatos(story)))
        made.add_row(*cells)
    return made


def _cell(export: Export | None) -> str:
    if export is None:
        return "missing"
    file = f", {export.file / 1024:,.0f} KB" if export.file else ""
    return plain(f"{_amount(export.gross)} on {', '.join(dict.fromkeys(export.accounts))}{file}")


def _amount(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}"


def export_faults(stories: list[Story], exports: Exports) -> Iterator[str]:
    """Every booked invoice is in each consumer once, with Kanbert's accounts and sum; no other invoice is there."""
    systems: list[tuple[str, list[dict[str, Any]] | None, Callable[[Story], Export | None]]] = [
        ("Billomat", exports.billomat, exports.in_billomat),
        ("Hypatos", exports.hypatos, exports.in_hypatos),
    ]
    for name, there, of in systems:
        if there is not None:
            for story in stories:
                yield from (f"{story.name}: {fault} in {name}" for fault in _faults_of(story, of(story)))


def _faults_of(story: Story, export: Export | None) -> Iterator[str]:
    lines = booked_lines(story)
    times = export.times if export is not None else 0
    if times != bool(lines):
        yield f"{times} times instead of {int(bool(lines))}"
    elif export is not None and story.invoice is not None:
        codes = {each.chart_of_account.code for each in lines if each.chart_of_account is not None}
        if set(export.accounts) != codes:
            yield f"booked on {', '.join(export.accounts)}"
        if abs(export.gross) != abs(story.invoice.sum_gross or Decimal()):
            yield f"{_amount(export.gross)} instead of {_amount(story.invoice.sum_gross)}"
        if export.file is not None and story.pdf and export.file != len(story.pdf):
            yield "without its file"


def map_suppliers(system: LocalSystem) -> list[str]:
    """What an administrator does: make the suppliers that dead letters ask for, and save their mappings.

    Returns what was mapped, once the invoices went on by themselves. StillBusy where they do not.
    """
    if system.billomat_simulator is None:
        return []
    clients, outputs = system.deployment.clients, system.deployment.outputs
    letters = DeadLetters(clients.sqs, system.deployment.resources)
    names = {each.id: each.name for each in system.simulator.client.suppliers()}
    missing = dict.fromkeys(
        mapping for letter in letters.peek() if letter.queue == _BILLOMAT_LETTERS for mapping in letter.awaits
    )
    mapped: list[str] = []
    for mapping in missing:
        kind, _, key = mapping.partition(":")
        if kind == "supplier":
            name = names.get(key) or key
            made = system.billomat_simulator.control("POST", "/suppliers", {"name": name})
            item = {"mapping": {"S": mapping}, "supplier_id": {"N": str(made["id"])}}
            clients.dynamodb.put_item(TableName=outputs["BillomatMappingsTableName"], Item=item)
            mapped.append(name)
    if mapped:
        _wait(system, letters)
    return mapped


def _wait(system: LocalSystem, letters: DeadLetters) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        awaiting = [each for each in letters.peek() if each.queue == _BILLOMAT_LETTERS and each.awaits]
        if not awaiting and not waiting(system.deployment, "ExportBillomatQueue"):
            return
        time.sleep(0.5)
    raise StillBusy(f"after {_SECONDS:.0f} s mapped invoices still wait to be exported to Billomat")
