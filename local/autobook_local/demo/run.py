"""`autobook demo` and `autobook up`: start everything, send the invoices, follow them, show and check the result."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autobook.adapters.kanbert import IncomingInvoiceUpload, KanbertClient, UploadFile
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AutobookError
from autobook_cli.console import plain
from autobook_local.demo.checks import faults
from autobook_local.demo.consumers import Exports, exports_table, map_suppliers
from autobook_local.demo.files import PDF, LeftOut, Upload
from autobook_local.demo.outgoing import FILE_NAME, send_outgoing_invoice
from autobook_local.demo.story import StillBusy, Story, follow
from autobook_local.demo.table import table
from autobook_local.system import LocalSystem

_SECONDS_A_DOCUMENT = 5.0
_SECONDS_AT_LEAST = 90.0


def show(system: LocalSystem, files: list[Upload | LeftOut], console: Console) -> list[str]:
    """Send the files through the running system and print what became of each. Returns what is wrong with it."""
    with following(console) as progress:
        rows = _upload(system, files, progress)
        stories = [row for row in rows if isinstance(row, Story)]
        bar = progress.add_task("booked, archived, announced", total=len(stories))

        def archived(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        seconds = max(_SECONDS_AT_LEAST, _SECONDS_A_DOCUMENT * len(stories))
        try:
            follow(system, stories, seconds=seconds, progress=archived)
            mapped = map_suppliers(system)
        except StillBusy as error:
            return [str(error)]
    console.print(table(rows, names_of(system.simulator.client)))
    if system.consumers:
        console.print()
        console.print(exports_table(stories, Exports.of(system)))
    if mapped:
        text = f"dead letters until their suppliers were mapped, then exported: {', '.join(mapped)}"
        console.print(plain(text), soft_wrap=True)
    return faults(system, stories)


def following(console: Console) -> Progress:
    """A bar that goes away when it is done."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console, transient=True,
    )  # fmt: skip


def _upload(system: LocalSystem, files: list[Upload | LeftOut], progress: Progress) -> list[Story | LeftOut]:
    """Give the files to Kanbert, and one outgoing invoice after them. A file that Kanbert refuses is left out."""
    client = system.simulator.client
    bar = progress.add_task("uploading to Kanbert", total=len(files) + 1)
    rows: list[Story | LeftOut] = []
    for file in files:
        rows.append(file if isinstance(file, LeftOut) else _uploaded(system, file))
        progress.advance(bar)
    invoice_id, pdf = send_outgoing_invoice(client, datetime.now(UTC).date(), "EXT-2026-0001")
    rows.append(Story(Document(DocumentKind.OUTGOING_INVOICE, invoice_id), FILE_NAME, pdf))
    progress.advance(bar)
    return rows


def _uploaded(system: LocalSystem, file: Upload) -> Story | LeftOut:
    upload = UploadFile.of(file.name, file.content, file.media_type)
    try:
        invoice = system.simulator.client.upload_incoming_invoice(IncomingInvoiceUpload(), upload)
    except AutobookError as error:
        return LeftOut(file.name, f"refused by Kanbert: {error}")
    document = Document(DocumentKind.INCOMING_INVOICE, invoice.id)
    return Story(document, file.name, file.content if file.media_type == PDF else b"")


def names_of(client: KanbertClient) -> dict[str, str]:
    """What a person calls an id."""
    names: dict[str, str] = {}
    for account in client.chart_of_accounts(include=("positions",)):
        names[account.id] = f"{account.code} {account.title}"
        names |= {position.id: position.title or "" for position in account.listed_positions if position.id}
    names |= {project.id: f"{project.shortcode} {project.title}" for project in client.projects()}
    names |= {one.id: f"{one.shortcode} {one.name}" for one in client.clients()}
    return names


def system_for(
    progress: Callable[[str], None],
    rules: tuple[dict[str, Any], ...],
    *,
    port: int | None,
    simulator_port: int | None,
    consumers: frozenset[str],
) -> LocalSystem:
    """The local system with these rules, and these simulated consumers."""
    return LocalSystem(
        rules=rules,
        port=port,
        simulator_port=simulator_port,
        hypatos="hypatos" in consumers,
        billomat="billomat" in consumers,
        progress=progress,
    )
