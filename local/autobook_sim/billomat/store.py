"""What the simulated Billomat knows, in memory."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from autobook_sim.billomat.refusals import not_found
from autobook_sim.billomat.wire import Record

EXAMPLES = (
    {"name": "Hostwerk GmbH", "country_code": "DE", "client_number": "KD-4711", "email": "rechnung@hostwerk.example"},
    {"name": "Papier & Tinte OHG", "country_code": "AT", "note": "Büro"},
    {"name": "Cloud Services Ltd", "country_code": "IE", "currency_code": "USD", "first_name": "Ann"},
)
"""Suppliers to begin with."""


@dataclass
class Store:
    """Tables of records by id, in the order of their creation."""

    tables: dict[str, dict[int, Record]] = field(default_factory=lambda: {"incomings": {}, "suppliers": {}, "tags": {}})
    files: dict[int, bytes] = field(default_factory=dict)
    """An incoming's id to its file."""
    uploads: Counter[int] = field(default_factory=Counter)
    """How many files each incoming was given: a file that comes again may be kept a second time."""
    _last: int = 0

    @property
    def next_id(self) -> int:
        """The id of the record that comes next."""
        return self._last + 1

    def add(self, table: str, record: Record) -> Record:
        """Keep a record under a new id."""
        self._last += 1
        record = {"id": self._last, "created": now().isoformat(timespec="seconds"), **record}
        self.tables[table][self._last] = record
        return record

    def add_supplier(self, fields: Record) -> Record:
        """A supplier, with addresses in German and Euro unless `fields` say otherwise."""
        address = f"{fields.get('name', '')}\nBeispielstraße 1\n12345 Beispielstadt"
        return self.add("suppliers", {"currency_code": "EUR", "_address": address, **fields})

    def found(self, table: str, record_id: int) -> Record:
        """The record. Refusal where there is none."""
        record = self.tables[table].get(record_id)
        if record is None:
            raise not_found({"incomings": "Incoming", "suppliers": "Supplier", "tags": "Tag"}[table])
        return record

    def all(self, table: str) -> Iterator[Record]:
        """In the order of creation."""
        return iter(list(self.tables[table].values()))

    def tags_of(self, incoming_id: int) -> set[str]:
        """The names of an incoming's tags."""
        return {each["name"] for each in self.all("tags") if each["incoming_id"] == incoming_id}

    def keep_file(self, incoming_id: int, content: bytes) -> None:
        """The incoming's file from now on."""
        self.files[incoming_id] = content
        self.uploads[incoming_id] += 1

    def remove_incoming(self, incoming_id: int) -> None:
        """With its files and tags."""
        del self.tables["incomings"][incoming_id]
        self.files.pop(incoming_id, None)
        for each in list(self.all("tags")):
            if each["incoming_id"] == incoming_id:
                del self.tables["tags"][each["id"]]


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
