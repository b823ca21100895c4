"""What the simulated Kanbert knows, in memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from autobook_sim.kanbert.wire import Record

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COLLECTIONS = (
    "chart_of_accounts", "positions", "clients", "companies", "projects", "suppliers", "users", "payment_accounts",
    "incoming", "outgoing", "master", "webhooks",
)  # fmt: skip


class Clock:
    """The simulated time: the real one (or another `source`), moved, or stopped."""

    def __init__(self, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self.ahead = timedelta()
        self.frozen: datetime | None = None

    def __call__(self) -> datetime:
        """Now."""
        return (self.frozen or self._source()) + self.ahead


@dataclass
class Settings:
    """What a test may switch (`PUT /_sim/settings`)."""

    ocr: bool = True
    """Uploaded documents are read."""
    ocr_booking: bool = True
    """What was read leaves one booking line."""
    incoming_pdf: bool = False
    """The download of incoming PDFs, which is not documented, exists."""
    omit_bookings: bool = False
    """Answers leave out `bookings` and `payments`, as the reference allows."""


@dataclass
class Store:
    """Collections of records by id, in the order of their creation; `version` grows with every change."""

    seed: int = 1
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    tables: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in COLLECTIONS})
    files: dict[str, bytes] = field(default_factory=dict)
    """A document's id to its file."""
    media_types: dict[str, str] = field(default_factory=dict)
    version: int = 0
    me: str = ""
    """The signed-in user's id."""
    _counters: dict[str, int] = field(default_factory=dict)

    def new_id(self, kind: str) -> str:
        """Opaque, like a hashid; the same for the same seed and order."""
        number = self._counters[kind] = self._counters.get(kind, 0) + 1
        digest = hashlib.blake2b(f"{self.seed}/{kind}/{number}".encode(), digest_size=12).digest()
        rest = int.from_bytes(digest)
        text = ""
        for _ in range(14):
            rest, digit = divmod(rest, len(_ALPHABET))
            text += _ALPHABET[digit]
        return text

    def add(self, table: str, record: Record) -> Record:
        """Keep a record under its id."""
        self.version += 1
        record["_order"] = self.version
        self.tables[table][record["id"]] = record
        return record

    def touch(self) -> None:
        """Something was changed in place."""
        self.version += 1

    def remove(self, table: str, record_id: str) -> Record | None:
        """Take a record out."""
        self.version += 1
        self.files.pop(record_id, None)
        return self.tables[table].pop(record_id, None)

    def get(self, table: str, record_id: str | None) -> Record | None:
        """The record, or None."""
        return self.tables[table].get(record_id) if record_id is not None else None

    def exists(self, table: str, record_id: str) -> bool:
        """Whether there is one."""
        return record_id in self.tables[table]

    def all(self, table: str) -> Iterator[Record]:
        """In the order of creation."""
        return iter(self.tables[table].values())
