"""`autobook demo` and `autobook up`: start everything, send the invoices, follow them, show and check the result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autobook.adapters.kanbert import IncomingInvoiceUpload, UploadFile
from autobook.domain.documents import Document, DocumentKind
from autobook_local.demo.checks import exported, faults
from autobook_local.demo.documents import demo_documents
from autobook_local.demo.outgoing import FILE_NAME, send_outgoing_invoice
from autobook_local.demo.story import StillBusy, Story, follow
from autobook_local.demo.table import table
from autobook_local.system import LocalSystem, read_rules

RULES = Path(__file__).with_name("rules.json")
_SECONDS_A_DOCUMENT = 5.0
_SECONDS_AT_LEAST = 90.0
PDF = "application/pdf"
_MEDIA_TYPES = {".pdf": PDF, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class NothingToShow(Exception):
    """The folder holds no invoice; says which."""


@dataclass(frozen=True)
class Upload:
    """A file that is given to Kanbert."""

    name: str
    content: bytes
    media_type: str = PDF


def uploads(folder: Path | None, today: date) -> list[Upload]:
    """A person's own files, or the generated ones. Raises NothingToShow."""
    if folder is None:
        return [Upload(document.file_name, document.pdf) for document in demo_documents(today)]
    if not folder.is_dir():
        raise NothingToShow(f"{folder} is not a folder")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _MEDIA_TYPES)
    if not files:
        raise NothingToShow(f"{folder} holds no invoice ({', '.join(sorted(_MEDIA_TYPES))})")
    return [Upload(path.name, path.read_bytes(), _MEDIA_TYPES[path.suffix.lower()]) for path in files]


def show(system: LocalSystem, files: list[Upload], console: Console) -> list[str]:
    """Send the files through the running system and print what became of them. Returns what is wrong with it."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console, transient=True,
    ) as progress:  # fmt: skip
        stories = _upload(system, files, progress)
        bar = progress.add_task("booked, archived, announced", total=len(stories))

        def archived(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        seconds = max(_SECONDS_AT_LEAST, _SECONDS_A_DOCUMENT * len(stories))
        try:
            follow(system, stories, seconds=seconds, progress=archived)
        except StillBusy as error:
            return [str(error)]
    console.print(table(stories, _names(system)))
    if system.hypatos_simulator is not None:
        console.print(f"Hypatos has {len(exported(system))} invoices: those that are booked on every line")
    return faults(system, stories)


def _upload(system: LocalSystem, files: list[Upload], progress: Progress) -> list[Story]:
    client = system.simulator.client
    bar = progress.add_task("uploading to Kanbert", total=len(files) + 1)
    stories = []
    for file in files:
        upload = UploadFile.of(file.name, file.content, file.media_type)
        invoice = client.upload_incoming_invoice(IncomingInvoiceUpload(), upload)
        document = Document(DocumentKind.INCOMING_INVOICE, invoice.id)
        stories.append(Story(document, file.name, file.content if file.media_type == PDF else b""))
        progress.advance(bar)
    invoice_id, pdf = send_outgoing_invoice(client, datetime.now(UTC).date(), "EXT-2026-0001")
    stories.append(Story(Document(DocumentKind.OUTGOING_INVOICE, invoice_id), FILE_NAME, pdf))
    progress.advance(bar)
    return stories


def _names(system: LocalSystem) -> dict[str, str]:
    """What a person calls an id."""
    client = system.simulator.client
    names: dict[str, str] = {}
    for account in client.chart_of_accounts(include=("positions",)):
        names[account.id] = f"{account.code} {account.title}"
        names |= {position.id: position.title or "" for position in account.listed_positions if position.id}
    names |= {project.id: f"{project.shortcode} {project.title}" for project in client.projects()}
    names |= {one.id: f"{one.shortcode} {one.name}" for one in client.clients()}
    return names


CONSUMERS = frozenset({"hypatos"})
"""Systems that booked invoices can be exported to."""


def system_for(
    progress: Callable[[str], None], *, port: int | None, simulator_port: int | None, consumers: frozenset[str]
) -> LocalSystem:
    """The local system with the demonstration's rules, and these simulated consumers."""
    return LocalSystem(
        rules=read_rules(RULES),
        port=port,
        simulator_port=simulator_port,
        hypatos="hypatos" in consumers,
        progress=progress,
    )
