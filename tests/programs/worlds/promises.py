"""The invariants by name, and one that does not hold."""

from dataclasses import dataclass
from enum import StrEnum


class Promise(StrEnum):
    """The invariants, by the promise that they belong to."""

    LOST = "lost"
    """Something did not happen that had to."""
    STATES = "states"
    """A state was not announced or archived, or one fact under two ids."""
    VANISHED = "vanished"
    """A message became a dead letter, or waits for ever."""
    OVERRULED = "overruled"
    CLOSED = "closed"
    """Written into an invoice that was found not open."""
    FALSE_CORRECTION = "false correction"
    UNANNOUNCED_CORRECTION = "unannounced correction"
    PROVENANCE = "provenance"
    """Provenance does not say whose a value is."""
    SURPRISE = "surprise"
    """Written without a rule that asks for it."""
    TWICE = "twice"
    """A value, a tag or a note was written where it stood, or had been written."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold."""

    promise: Promise
    text: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.text}"
