"""The reasons for which a person was asked to look at an invoice, for as long as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A reason that was announced; its parts are those of problems.Problem. `since` is when it was announced first."""

    code: str
    message: str
    booking_id: str | None = None
    field: str | None = None
    rule_ids: tuple[str, ...] = ()
    rule_versions: tuple[str, ...] = ()
    since: datetime | None = dataclass_field(default=None, compare=False)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it this reason: another message, or another rule behind it, is none.

        Rules that ask for a review by themselves are a reason each.
        """
        return self.code, self.booking_id, self.field, self.rule_ids if self.code == "review_rule" else ()


def resolved(before: Iterable[OpenReview], now: Iterable[OpenReview]) -> tuple[OpenReview, ...]:
    """The reasons that stand no longer."""
    still_open = {each.key for each in now}
    return tuple(each for each in before if each.key not in still_open)


def open_since(before: Iterable[OpenReview], still_open: Iterable[OpenReview], now: datetime) -> tuple[OpenReview, ...]:
    """The reasons that stand, each since it was announced first."""
    known = {each.key: each.since for each in before}
    return tuple(replace(each, since=known.get(each.key) or now) for each in still_open)
