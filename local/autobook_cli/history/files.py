"""Past invoices from files: lists as Kanbert's API returns them, or single documents as the archive keeps them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.documents import VALID_ID, Unreadable
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.ports import CodeResolver
from autobook_cli import rule_files
from autobook_cli.history.entry import Entry, is_since
from autobook_cli.history.names import AccountsOfInvoices, Names

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an invoice stands: which file, and which of the invoices in it."""

    file: int
    number: int


@dataclass
class FileHistory:
    """Files are read twice, one at a time: first for what they show of accounts, then for the invoices.

    Of an invoice that stands in several places the latest state counts. `unusable` are files that cannot be read at
    all.
    """

    paths: Sequence[Path]
    since: date | None
    zone: ZoneInfo
    names: Names = field(default_factory=Names)
    unusable: list[rule_files.Unreadable] = field(default_factory=list)
    _accounts: AccountsOfInvoices = field(default_factory=AccountsOfInvoices)
    _latest: dict[str, tuple[datetime, _Place]] = field(default_factory=dict)
    _began: dict[int, datetime] = field(default_factory=dict)
    """When the first invoice of each file came."""
    _standard_input: list[Any] | None = None

    def __post_init__(self) -> None:
        """Read all of them for the first time."""
        self.paths = files_in(self.paths)
        for file, path in enumerate(self.paths):
            try:
                items = self._items(path)
            except rule_files.Unreadable as error:
                self.unusable.append(error)
                continue
            for number, item in enumerate(items):
                self._look_at(_Place(file, number), item)

    def _look_at(self, place: _Place, item: Any) -> None:
        invoice = _read(item)
        if isinstance(invoice, Unreadable):
            self._began.setdefault(place.file, _LONG_AGO)
            return
        self.names.add_invoice(invoice)
        self._accounts.add(invoice)
        if not is_since(invoice, self.since, self.zone):
            return
        came, changed = invoice.created_at or _LONG_AGO, invoice.updated_at or invoice.created_at or _LONG_AGO
        self._began[place.file] = min(came, self._began.get(place.file, came))
        known = self._latest.get(invoice.id)
        if known is None or changed >= known[0]:
            self._latest[invoice.id] = (changed, place)

    @property
    def codes(self) -> CodeResolver:
        """The accounts that the invoices show."""
        return self._accounts

    @property
    def total(self) -> int | None:
        """How many different invoices there are."""
        return len(self._latest)

    def entries(self) -> Iterator[Entry | Unreadable]:
        """File by file, the one with the oldest invoice first; within a file in the order in which they came."""
        for file in sorted(self._began, key=lambda file: (self._began[file], file)):
            found: list[tuple[datetime, IncomingInvoice]] = []
            for number, item in enumerate(self._items(self.paths[file])):
                invoice = _read(item)
                if isinstance(invoice, Unreadable):
                    where = f"{rule_files.display_name(self.paths[file])}, invoice {number + 1}"
                    yield Unreadable(invoice.id, f"{where}: {invoice.reason}")
                elif self._latest.get(invoice.id, (None, None))[1] == _Place(file, number):
                    found.append((invoice.created_at or _LONG_AGO, invoice))
            for _, invoice in sorted(found, key=lambda each: (each[0], each[1].id)):
                yield Entry.without_record(invoice)

    def _items(self, path: Path) -> list[Any]:
        if path != rule_files.STANDARD_INPUT:
            return rule_files.read_invoice_items(path)
        if self._standard_input is None:  # it can be read once
            self._standard_input = rule_files.read_invoice_items(path)
        return self._standard_input


def _read(item: Any) -> IncomingInvoice | Unreadable:
    try:
        return rule_files.read_invoice(item)
    except ValueError as error:
        identifier = item.get("id") if isinstance(item, dict) else None
        named = isinstance(identifier, str) and VALID_ID.fullmatch(identifier)
        return Unreadable(identifier if named else None, str(error))


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Each file once; of a folder every JSON and YAML file in it and below."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = (each for each in path.rglob("*") if each.suffix.lower() in (".json", ".yaml", ".yml"))
            found |= dict.fromkeys(sorted(each for each in below if each.is_file()))
        else:
            found[path] = None
    return list(found)
