"""What a reconcile run has come to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from autobook.domain.reconciling import Difference


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a run has come to so far.

    `kanbert`, `provenance` and `archive` count by `kind status`. `differences` are those that this call has found (the
    first thousand); the numbers are of the whole run. `repaired`: queued once more. `uncured`: those that the run
    before had found as well, and what had vanished from provenance or archive; these are cause for alarm. `dead` ended
    as dead letters before. `in_flight` and `before_horizon` were skipped, `unconfirmed` could not be asked for (403,
    5xx). `files_missing`: archived without the file, which is looked for. `unlisted` lists could not be walked to their
    ends, again and again; the rest was compared. `complete` when nothing is left to compare; `due` is False when there
    was nothing to do.
    """

    kanbert: dict[str, int] = field(default_factory=dict)
    provenance: dict[str, int] = field(default_factory=dict)
    archive: dict[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    found: int = 0
    repaired: int = 0
    uncured: int = 0
    dead: int = 0
    in_flight: int = 0
    before_horizon: int = 0
    unconfirmed: int = 0
    unidentified: int = 0
    files_missing: int = 0
    unlisted: int = 0
    complete: bool = False
    due: bool = True

    @classmethod
    def of(cls, counts: Mapping[str, int], differences: Iterable[Difference], *, complete: bool) -> Self:
        """From what a run has counted so far; `differences` are those of this call."""
        numbers = {each.name: counts[each.name] for each in fields(cls) if each.name in counts}
        return cls(
            **numbers,  # type: ignore[arg-type] # numbers by their names
            kanbert=_table("kanbert", counts),
            provenance=_table("provenance", counts),
            archive=_table("archive", counts),
            differences=tuple(differences),
            complete=complete,
        )

    @property
    def agrees(self) -> bool:
        """True if Kanbert, provenance and archive agree."""
        return self.complete and not self.found and not self.unlisted

    def counts(self) -> dict[str, int]:
        """Metrics. The numbers of a run count when it is complete; what is uncured is cause for alarm.

        `Complete` is 0 where a list was not walked to its end: that is cause for alarm when it goes on.
        """
        if not self.complete:
            return {"Complete": 0}
        return {
            "Complete": int(not self.unlisted),
            "Differences": self.found,
            "Repaired": self.repaired,
            "Uncured": self.uncured,
            "Dead": self.dead,
            "InFlight": self.in_flight,
            "Unconfirmed": self.unconfirmed,
            "Unidentified": self.unidentified,
            "FilesMissing": self.files_missing,
            "Unlisted": self.unlisted,
        }


def _table(name: str, counts: Mapping[str, int]) -> dict[str, int]:
    prefix = f"{name} "
    return {key.removeprefix(prefix): count for key, count in sorted(counts.items()) if key.startswith(prefix)}
