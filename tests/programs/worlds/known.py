"""What is known not to hold yet: each with the world that shows it. A test demands that each still does."""

from dataclasses import dataclass
from typing import Final

from tests.programs.worlds.explore import Failure
from tests.programs.worlds.promises import Promise


@dataclass(frozen=True)
class Known:
    """`cure` is what would change it; `text` is a part of what the violation says, `world` one that shows it."""

    cure: str
    promise: Promise
    text: str
    world: str

    def covers(self, failure: Failure) -> bool:
        """True if that is the same."""
        return failure.violation.promise is self.promise and self.text in failure.violation.text


KNOWN: Final[tuple[Known, ...]] = ()


def is_known(failure: Failure) -> bool:
    """True for a failure that the table covers."""
    return any(known.covers(failure) for known in KNOWN)
