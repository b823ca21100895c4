"""What a person has to look at, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autobook.domain.action_fields import ACCOUNT, STATUS, ActionField
from autobook.domain.provenance import FieldValue, Written
from autobook.domain.refusals import RefusedWrite
from autobook.domain.rules import Choice, Conflict, Review
from autobook.domain.undone import Undone

_LONGEST, _MOST_CHOICES = 200, 10
"""Characters of a value, and choices of a conflict, that a message quotes."""
_MOST_RULES = 50
"""Rules that a problem names."""


class ProblemCode(StrEnum):
    """Why a person has to look."""

    NO_RULE = "no_rule"
    HELD = "held"
    CONFLICT = "conflict"
    UNKNOWN_CODE = "unknown_code"
    NO_BOOKING_LINE = "no_booking_line"
    REFUSED = "refused"
    NO_ROOM = "no_room"
    IMPLAUSIBLE_SUMS = "implausible_sums"
    DUPLICATE = "duplicate"
    UNUSUAL_AMOUNT = "unusual_amount"
    REVIEW_RULE = "review_rule"
    STATUS_WITHHELD = "status_withheld"
    NOT_READ = "not_read"
    IN_DOUBT = "in_doubt"


NO_ACCOUNT: Final = frozenset((ProblemCode.NO_RULE, ProblemCode.HELD))
"""What is said of a line that has no account."""
MAY_PASS: Final = frozenset((ProblemCode.REFUSED, ProblemCode.DUPLICATE, ProblemCode.UNUSUAL_AMOUNT))
"""What may be over without a change of the invoice or the rules: a period is opened again, a duplicate deleted."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person has to look at; `message` is a sentence."""

    code: ProblemCode
    message: str
    booking_id: str | None = None
    field: str | None = None
    rule_ids: tuple[str, ...] = ()
    rule_versions: tuple[str, ...] = ()
    """What each of them said then (domain/versions.py); none where that is not known."""


def rule_ids(choice: Choice | Conflict) -> tuple[str, ...]:
    """The rules behind a choice, the first fifty."""
    return (choice.rule_id,) if isinstance(choice, Choice) else tuple(c.rule_id for c in choice.choices[:_MOST_RULES])


def _cut(value: object) -> str:
    """A value as a message quotes it."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def review_rule(review: Review) -> Problem:
    """A rule says that a person must look, and why."""
    return Problem(ProblemCode.REVIEW_RULE, review.text, rule_ids=(review.rule_id,))


def conflict(found: Conflict, booking_id: str | None) -> Problem:
    """Rules that contradict each other."""
    choices = ", ".join(f"{_cut(choice.rule_id)} says {_cut(choice.value)}" for choice in found.choices[:_MOST_CHOICES])
    if len(found.choices) > _MOST_CHOICES:
        choices += f" and {len(found.choices) - _MOST_CHOICES} more"
    message = f"rules of equal priority disagree on {found.field}: {choices}"
    return Problem(ProblemCode.CONFLICT, message, booking_id, found.field, rule_ids(found))


def no_account(
    suggested: Choice | Conflict | None, booking_id: str | None, *, held: bool, undone: Sequence[Undone] = ()
) -> Problem:
    """A line that no rule gives an account, or none may: the brake is on, or what it gave was taken back."""
    if held and suggested is not None:
        rules = ", ".join(map(_cut, rule_ids(suggested)[:_MOST_CHOICES]))
        message = f"the brake is on, so the account of rule {rules} is only suggested"
        return Problem(ProblemCode.HELD, message, booking_id, ACCOUNT.name, rule_ids(suggested))
    if undone:
        rule_id, by = undone[-1].rule_id, undone[-1].by
        message = f"the account of rule {_cut(rule_id)} was taken back by {_cut(by)}; the rule has not changed since"
        return Problem(ProblemCode.NO_RULE, message, booking_id, ACCOUNT.name)
    return Problem(ProblemCode.NO_RULE, "no rule gives this line an account", booking_id, ACCOUNT.name)


def no_room(choice: Choice, field: ActionField) -> Problem:
    """A text that would become longer than Kanbert takes."""
    message = f"the {field.name} of rule {_cut(choice.rule_id)} would exceed Kanbert's {field.max_length:,} characters"
    return Problem(ProblemCode.NO_ROOM, message, None, choice.field, rule_ids(choice))


def implausible_sums(doubts: Sequence[str], rules: tuple[str, ...]) -> Problem:
    """Sums that do not add up: the invoice is not handed to accounting."""
    message = f"status not set: {'; '.join(doubts)}"
    return Problem(ProblemCode.IMPLAUSIBLE_SUMS, message, None, STATUS.name, rules)


def overwritten(ours: Written, write: Written) -> Problem:
    """Two rules with `overwrite` that replace each other's value."""
    first, second = _cut(ours.rule_id), _cut(write.rule_id)
    message = f"rules {first} and {second} overwrite each other's {write.field}: each sets what the other asks for"
    return Problem(ProblemCode.CONFLICT, message, write.booking_id, write.field, (ours.rule_id, write.rule_id))


def status_withheld(rules: tuple[str, ...]) -> Problem:
    """The status is not set while something else is left for a person."""
    message = "status not set: resolve the other problems first"
    return Problem(ProblemCode.STATUS_WITHHELD, message, None, STATUS.name, rules)


def not_read() -> Problem:
    """A document that has neither supplier nor sums after a day."""
    message = "the document has neither a supplier nor sums, a day after it came: OCR has failed, or it is no invoice"
    return Problem(ProblemCode.NOT_READ, message)


def refused(refusal: RefusedWrite) -> Problem:
    """A value that Kanbert did not take."""
    write = refusal.write
    message = f"Kanbert did not take the {write.field} {_cut(_text(write.value))} of rule {_cut(write.rule_id)}: "
    return Problem(
        ProblemCode.REFUSED,
        message + refusal.message,
        write.booking_id,
        write.field,
        (write.rule_id,),
        (write.rule_version,),
    )


def in_doubt(write: Written) -> Problem:
    """A value of which nothing tells whether it was written, of a run that was interrupted while it was sent."""
    message = (
        f"rule {_cut(write.rule_id)}: whether the {write.field} {_cut(_text(write.value))} came to be written is not "
        "known, for the run was interrupted; it is not tried again: look, and set it by hand"
    )
    return Problem(ProblemCode.IN_DOUBT, message, write.booking_id, write.field, (write.rule_id,))


def _text(value: FieldValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""


def unknown(choice: Choice, booking_id: str | None, reason: str) -> Problem:
    """A code that stands for nothing in Kanbert that can be written, and why."""
    message = f"{reason} (rule {_cut(choice.rule_id)}, {choice.field})"
    return Problem(ProblemCode.UNKNOWN_CODE, message, booking_id, choice.field, rule_ids(choice))
