"""What is known not to hold yet: each with the world that shows it. A test demands that each still does."""

from dataclasses import dataclass
from typing import Final

from tests.programs.worlds.explore import Failure
from tests.programs.worlds.truth import Promise


@dataclass(frozen=True)
class Known:
    """`item` of issue 11 that mends it; `text` is a part of what the violation says, `world` one that shows it."""

    item: str
    promise: Promise
    text: str
    world: str

    def covers(self, failure: Failure) -> bool:
        """True if that is the same."""
        return failure.violation.promise is self.promise and self.text in failure.violation.text


KNOWN: Final = (
    Known("1", Promise.LOST, "overwrite=True) overwrites it", "swept/1.8 AWS answer lost/2.3 rule overwrites"),
    Known("4", Promise.LOST, "was written 0 times and announced 1 times", "ready/1.10 429/2.2 b1.account = ours"),
    Known("4", Promise.LOST, "'note') is empty", "first/1.6 429/2.2 invoice.note emptied"),
    Known("4", Promise.PROVENANCE, "is recorded as ours", "ready/1.10 429/2.2 b1.account = ours"),
    Known("4", Promise.PROVENANCE, "decided by a person, and", "overwritten/0.6 429/1.2 b1.account = ours"),
    Known("4", Promise.UNANNOUNCED_CORRECTION, "was changed", "overwritten/0.6 429/1.2 b1.account = other"),
    Known("5", Promise.FALSE_CORRECTION, "corrected 0 times", "ready/1.10 crash/2.2 b1.account = other"),
    Known("5", Promise.FALSE_CORRECTION, "'status'): ours 'ready_for_accounting'", "ready/6.3 status = booked"),
    Known("6", Promise.CLOSED, "'account') was written", "ready/1.10 crash/2.2 status = ready_for_accounting"),
    Known("6", Promise.CLOSED, "the invoice was ready_for_accounting", "ready/1.13 crash"),
    Known("6", Promise.TWICE, "'tags') = 'auto' was written before", "first/1.9 crash"),
    Known("ids", Promise.LOST, "was written 1 times and announced 2", "first/1.11 crash/2.2 status = booked"),
    Known("ids", Promise.FALSE_CORRECTION, "announced 2 times", "emptied/0.11 crash/1.2 b1.account = other"),
)


def is_known(failure: Failure) -> bool:
    """True for a failure that the table covers."""
    return any(known.covers(failure) for known in KNOWN)
