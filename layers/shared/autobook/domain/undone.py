"""What was taken back stays so until the rule changes: its version counts as silent where its value was undone."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Undone:
    """The value of this rule's version was taken back from this place, by whom and when.

    `booking_id` is None for the invoice itself.
    """

    booking_id: str | None
    field: str
    rule_id: str
    rule_version: str
    by: str
    at: datetime

    @property
    def place(self) -> tuple[str | None, str]:
        """Where."""
        return self.booking_id, self.field

    @property
    def key(self) -> tuple[str | None, str, str, str]:
        """What is silent there."""
        return self.booking_id, self.field, self.rule_id, self.rule_version
