"""What a decision depended on, besides the document itself: when one of these differs, it is made again.

- What the rules choose for this invoice (domain/outcome.py). An edit of the rules reaches the invoices whose outcome it
  changes, and no others.
- The rule set's version, for a list that leaves out the lines that rules look at.
- What Kanbert has by a code that is missing or ambiguous, or by one that may replace what was written before.
- What may pass by itself: a code that Kanbert does not know yet, a value that it refused, a document whose OCR is not
  through. Such a document is looked at again, with waits that grow to a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

FIRST_WAIT: Final = timedelta(seconds=15)
"""So short that a sweep comes to it that a person starts right after curing what was wrong; so long that Kanbert's
webhooks about our own writes find nothing due."""
SECOND_WAIT: Final = timedelta(minutes=2)
"""Doubled from then on."""
LONGEST_WAIT: Final = timedelta(days=1)
READ_WITHIN: Final = timedelta(days=1)
"""How long OCR may take before a person is asked."""
_MOST_REASONS: Final = 50
"""Reasons to look again that a record names."""
_LONGEST_REASON: Final = 100


@dataclass(frozen=True, slots=True)
class Dependence:
    """What the last decision about a document depended on, and what it announced.

    `state` is the fingerprint in which the run left the document, "" while a later run may have announced another.
    `outcome` and `rule_set` are digests: what the rules choose for this invoice, and all rules. `codes` are those that
    may come to stand for something else (field, code, digest of what Kanbert has by it). `waiting_for` is what
    may pass by itself, `looks` how many decisions in a row waited for the same, `look_again_at` when the next one is
    due. `writes_in_a_row` counts runs that wrote, each on what the one before had left, under the same rules.
    `unread_since` is when a document that is not read yet was seen first. `announced` are digests of the
    suggestions and problems that were published last.
    """

    state: str = ""
    outcome: str = ""
    rule_set: str = ""
    codes: tuple[tuple[str, str, str], ...] = ()
    waiting_for: tuple[str, ...] = ()
    looks: int = 0
    look_again_at: datetime | None = None
    writes_in_a_row: int = 0
    unread_since: datetime | None = None
    announced: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """True when it is time to look again."""
        return self.look_again_at is not None and now >= self.look_again_at

    def is_by_edit(self, before: "Dependence | None") -> bool:
        """True if the rules have changed since the decision before, and the document has not (its state is known)."""
        return before is not None and bool(before.state) and before.rule_set != self.rule_set

    def waiting(self, reasons: Iterable[str], before: "Dependence | None", now: datetime) -> Self:
        """With the next look, if there are reasons for one: sooner where the decision before waited for something else.

        A document that is not read is looked at in time to ask a person.
        """
        waiting_for = tuple(sorted({reason[:_LONGEST_REASON] for reason in reasons})[:_MOST_REASONS])
        if not waiting_for:
            return replace(self, waiting_for=(), looks=0, look_again_at=None)
        again = before is not None and (before.waiting_for, before.outcome) == (waiting_for, self.outcome)
        looks = before.looks + 1 if again and before is not None else 1
        wait = FIRST_WAIT if looks == 1 else SECOND_WAIT * 2 ** min(looks - 2, 20)
        due = now + min(LONGEST_WAIT, wait)
        if self.unread_since is not None:
            due = min(due, self.unread_since + READ_WITHIN)
        return replace(self, waiting_for=waiting_for, looks=looks, look_again_at=due)
