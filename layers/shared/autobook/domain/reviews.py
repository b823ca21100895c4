"""The reasons for which a person was asked to look at an invoice, for as long as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandingReview:
    """A reason that was announced; its parts are those of problems.Problem."""

    code: str
    message: str
    booking_id: str | None = None
    field: str | None = None
    rule_ids: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it this reason: another message, or another rule behind it, is none.

        Rules that ask for a review by themselves are a reason each.
        """
        return self.code, self.booking_id, self.field, self.rule_ids if self.code == "review_rule" else ()


def resolved(before: Iterable[StandingReview], now: Iterable[StandingReview]) -> tuple[StandingReview, ...]:
    """The reasons that stand no longer."""
    standing = {each.key for each in now}
    return tuple(each for each in before if each.key not in standing)
