"""How long a document has to be kept, and the chain of the archive's manifest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from autobook.domain.canonical import canonical_json, sha256

YEARS: Mapping[str, int] = {"DE": 8, "AT": 7, "CH": 10}
"""Full years after the end of the document's year: § 147 (3) AO (vouchers, since 2025), § 132 BAO, Art. 958f OR."""


def retain_until(document_date: datetime, jurisdiction: str, zone: ZoneInfo) -> datetime:
    """The first moment at which a document of that date may be deleted."""
    year = document_date.astimezone(zone).year
    return datetime(year + YEARS[jurisdiction] + 1, 1, 1, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One stored object. Each line carries the hash of the line before it, so that none can be taken out or changed.

    `number` counts from 1; the first line's `previous` is 64 zeros. `size` in bytes.
    """

    number: int
    previous: str
    key: str
    sha256: str
    size: int
    retain_until: str

    @property
    def hash(self) -> str:
        """SHA-256 over this line's canonical JSON; the next line's `previous`."""
        return sha256(self.to_json())

    def to_json(self) -> bytes:
        """As stored."""
        return canonical_json(asdict(self))

    @classmethod
    def first(cls, key: str, digest: str, size: int, until: str) -> Self:
        """The line that begins a manifest."""
        return cls(1, "0" * 64, key, digest, size, until)

    def next(self, key: str, digest: str, size: int, until: str) -> "ManifestLine":
        """The line that follows this one."""
        return ManifestLine(self.number + 1, self.hash, key, digest, size, until)
