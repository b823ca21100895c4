"""How long a document has to be kept, and the chain of the archive's manifest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, Self
from zoneinfo import ZoneInfo

from autobook.domain.canonical import canonical_json, sha256

YEARS: Mapping[str, int] = {"DE": 8, "AT": 7, "CH": 10}
"""Full years after the end of the document's year: § 147 (3) AO (vouchers, since 2025), § 132 BAO, Art. 958f OR."""

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""A document that bears an earlier date bears a wrong one."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a document is kept.

    `year` is that of the document's date. `until` is the first moment at which it may be deleted, in UTC, always more
    than the jurisdiction's years ahead. `implausible` is the date that came where it was not believed.
    """

    year: int
    until: datetime
    implausible: datetime | None = None

    @classmethod
    def of(
        cls, dated: datetime | None, created: datetime | None, now: datetime, jurisdiction: str, zone: ZoneInfo
    ) -> Self:
        """The retention of a document of that date, created in Kanbert at that moment, that is archived now.

        The years count from the end of the year of its date, or of its receipt by us, whichever is later. A date
        before 1990 is taken for the first day of 1990, one after the year that follows the document's creation for
        that year. Without a date the creation counts; KeyError for a jurisdiction that we do not know.
        """
        this_year = now.astimezone(zone).year
        received = created if created is not None and EARLIEST <= created <= now else now
        last_year = received.astimezone(zone).year + 1
        implausible = None
        if dated is None:
            year = last_year - 1
        elif dated < EARLIEST:
            year, implausible = EARLIEST.year, dated
        elif dated >= datetime(last_year + 1, 1, 1, tzinfo=zone):
            year, implausible = last_year, dated
        else:
            year = dated.astimezone(zone).year
        until = datetime(max(year, this_year) + YEARS[jurisdiction] + 1, 1, 1, tzinfo=zone)
        return cls(year, until.astimezone(UTC), implausible)


@dataclass(frozen=True, slots=True)
class ArchivedState:
    """How far a document is archived.

    `state` is the fingerprint that was archived last; empty before the first, and where a file is looked for still:
    then reconcile asks for the document once more. `file_missing_since` is when Kanbert first did not give its file,
    `missing_since` when it first said that the document itself is not there; None while they are.
    """

    state: str = ""
    file_missing_since: datetime | None = None
    missing_since: datetime | None = None


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
