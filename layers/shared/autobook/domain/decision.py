"""What to do with an invoice: the rules' choices against what stands there and who put it there. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum

from autobook.domain.action_fields import REFERENCES, TEXTS, WRITE_ONCE, FieldValues, append_note
from autobook.domain.kanbert.incoming import IncomingInvoice
from autobook.domain.provenance import ProvenanceRecord, Value, Written
from autobook.domain.rules import Choice, Conflict, Match, Suggestions, by_line, fill

_CENT = Decimal("0.01")
_OPEN = "open"
_LITERAL = "id:"
_GONE = object()
"""What stands on a line that is not there."""

type Code = tuple[str, str]
"""(field, code) as a rule gives it: `("account", "7380")`."""


class Reason(StrEnum):
    """Why a person has to look."""

    NO_RULE = "no_rule"
    CONFLICT = "conflict"
    UNKNOWN_CODE = "unknown_code"
    NO_BOOKING_LINE = "no_booking_line"
    REFUSED = "refused"
    NO_ROOM = "no_room"
    SUMS_DIFFER = "sums_differ"
    STATUS_WITHHELD = "status_withheld"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person has to look at; `message` is a sentence."""

    reason: Reason
    message: str
    booking_id: str | None = None
    field: str | None = None
    rule_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A value of ours that a person changed."""

    ours: Written
    present: Value


@dataclass(frozen=True, slots=True)
class Decision:
    """`entry` is provenance's with what was found out about our values; the `writes` are not in it yet."""

    entry: ProvenanceRecord
    writes: tuple[Written, ...] = ()
    corrections: tuple[Correction, ...] = ()
    suggestions: tuple[Written, ...] = ()
    problems: tuple[Problem, ...] = ()
    would_book: tuple[Written, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A decision while it is being made."""

    writes: list[Written] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def codes(match: Match) -> frozenset[Code]:
    """Every code that has to be looked up in Kanbert before `decide`."""
    return frozenset(
        (choice.field, choice.value)
        for fields in _all_fields(match)
        for choice in fields.values()
        if isinstance(choice, Choice)
        and choice.field in REFERENCES
        and isinstance(choice.value, str)
        and not choice.value.startswith(_LITERAL)
    )


def _all_fields(match: Match) -> Iterator[Mapping[str, Choice | Conflict]]:
    for one in (match, match.suggestions):
        yield one.invoice
        yield from one.bookings


def decide(
    invoice: IncomingInvoice,
    match: Match,
    entry: ProvenanceRecord,
    resolved: Mapping[Code, str | None],
    timezone: tzinfo,
) -> Decision:
    """What to write, what a person has to look at, and what was corrected.

    `resolved` holds the id of every code of `codes(match)`, None where Kanbert knows none or more than one.
    """
    return _Decider(invoice, entry, resolved, timezone).decide(match)


class _Decider:
    def __init__(
        self, invoice: IncomingInvoice, entry: ProvenanceRecord, resolved: Mapping[Code, str | None], timezone: tzinfo
    ) -> None:
        self._invoice = invoice
        self._timezone = timezone
        self._values = FieldValues(invoice)
        self._resolved = resolved
        self._entry, self._corrections = self._review(entry)

    def _review(self, entry: ProvenanceRecord) -> tuple[ProvenanceRecord, tuple[Correction, ...]]:
        """What became of the values that we wrote."""
        kept, corrections = [], []
        # What an unfinished run wrote is undone in this invoice (domain/resumption.py): where neither its value nor
        # the one before it stands, a person was there.
        lost = {w.place: w for w in entry.pending if self._present(w) not in {w.before, _GONE}}
        for written in entry.written:
            if written.place in lost:
                continue
            present = self._present(written)
            if present is _GONE and self._invoice.bookings is not None:
                continue  # the line is gone, and our value with it
            if present is _GONE or self._values.still_holds(written):
                kept.append(written)
            else:
                corrections.append(Correction(written, self._values.present(*written.place)))
        corrections += [Correction(w, self._values.present(*place)) for place, w in lost.items()]
        yielded = entry.human_owned | {correction.ours.place for correction in corrections}
        return replace(entry, written=tuple(kept), human_owned=yielded), tuple(corrections)

    def _present(self, written: Written) -> object:
        if written.booking_id is not None and self._values.booking(written.booking_id) is None:
            return _GONE
        return self._values.present(*written.place)

    def decide(self, match: Match) -> Decision:
        if self._invoice.status != _OPEN:
            # Handed to accounting or booked: no longer ours to change.
            return Decision(entry=self._entry, corrections=self._corrections)
        draft, would_book = _Draft(), tuple[Written, ...]()
        if self._invoice.bookings:
            for booking_id, fields in by_line(self._invoice, match.bookings):
                self._fill(booking_id, fields.values(), draft)
            self._missing_accounts(draft)
        else:
            would_book = tuple(self._would_book(match))
            draft.problems.append(
                Problem(
                    Reason.NO_BOOKING_LINE,
                    "the invoice has no booking line, and Kanbert's API cannot add one",
                )
            )
        self._fill(None, (c for name, c in match.invoice.items() if name != "status"), draft)
        self._status(match.invoice.get("status"), draft)
        return Decision(
            entry=self._entry,
            writes=tuple(draft.writes),
            corrections=self._corrections,
            suggestions=tuple(self._suggestions(match.suggestions)),
            problems=tuple(draft.problems),
            would_book=would_book,
        )

    def _fill(self, booking_id: str | None, choices: Iterable[Choice | Conflict], draft: _Draft) -> None:
        for choice in choices:
            present = self._values.present(booking_id, choice.field)
            if isinstance(choice, Conflict):
                if any(self._may_write(one, booking_id, present) for one in choice.choices):
                    draft.problems.append(_conflict(choice, booking_id))
                continue
            if not self._may_write(choice, booking_id, present):
                continue
            value = self._value(choice, booking_id)
            if value is None:
                draft.problems.append(_unknown(choice, booking_id))
            elif choice.field == "note" and len(append_note(self._invoice.notes, str(value))) > TEXTS["note"]:
                draft.problems.append(_no_room(choice))
            elif value and (choice.field in WRITE_ONCE or not self._values.holds(booking_id, choice.field, value)):
                # Not empty: a text may come to nothing on this invoice.
                draft.writes.append(Written(booking_id, choice.field, value, present, choice.rule_id))

    def _may_write(self, choice: Choice, booking_id: str | None, present: Value) -> bool:
        place = (booking_id, choice.field)
        if place in self._entry.human_owned:
            return False
        ours = next((w for w in self._entry.written if w.place == place), None)
        if choice.field in WRITE_ONCE:
            return ours is None
        return present is None or (ours is not None and choice.overwrite)

    def _value(self, choice: Choice, booking_id: str | None) -> Value:
        value = choice.value
        if not isinstance(value, str):
            return tuple(value)
        if choice.field in TEXTS:
            line = self._values.booking(booking_id) if booking_id is not None else None
            return fill(value, self._invoice, line, timezone=self._timezone)[: TEXTS[choice.field]].strip()
        if choice.field not in REFERENCES:
            return value
        if value.startswith(_LITERAL):
            return value.removeprefix(_LITERAL)
        return self._resolved.get((choice.field, value))

    def _missing_accounts(self, draft: _Draft) -> None:
        accounted = {w.booking_id for w in draft.writes if w.field == "account"}
        explained = {p.booking_id for p in draft.problems if p.field == "account"}
        for line in self._invoice.bookings or ():
            needs_one = line.type != "reference" and not line.chart_of_account_id
            if needs_one and line.id not in accounted | explained:
                draft.problems.append(Problem(Reason.NO_RULE, "no rule gives this line an account", line.id, "account"))

    def _status(self, choice: Choice | Conflict | None, draft: _Draft) -> None:
        """Granted only when every line has an account and the lines add up to the invoice within a cent."""
        if choice is None:
            return
        granted = _Draft()
        self._fill(None, [choice], granted)
        if not granted.writes:
            draft.problems += granted.problems
        elif draft.problems:
            message = "the status is not set while something else needs a look"
            draft.problems.append(Problem(Reason.STATUS_WITHHELD, message, None, "status", _rules(choice)))
        elif not self._adds_up():
            message = "the status is not set: the lines do not add up to the invoice"
            draft.problems.append(Problem(Reason.SUMS_DIFFER, message, None, "status", _rules(choice)))
        else:
            draft.writes += granted.writes

    def _adds_up(self) -> bool:
        # Whether lines carry net or gross values is not documented: either may match (README, Assumptions).
        total = sum((line.value for line in self._invoice.bookings or ()), Decimal())
        return any(abs(total - whole) <= _CENT for whole in (self._invoice.sum_net, self._invoice.sum_gross))

    def _would_book(self, match: Match) -> Iterator[Written]:
        for booking in match.bookings:
            for choice in booking.values():
                if isinstance(choice, Choice):
                    yield Written(None, choice.field, self._shown(choice), None, choice.rule_id)

    def _suggestions(self, match: Suggestions) -> Iterator[Written]:
        for booking_id, fields in ((None, match.invoice), *by_line(self._invoice, match.bookings)):
            for choice in fields.values():
                present = self._values.present(booking_id, choice.field)
                if isinstance(choice, Choice) and self._may_write(choice, booking_id, present):
                    yield Written(booking_id, choice.field, self._shown(choice, booking_id), present, choice.rule_id)

    def _shown(self, choice: Choice, booking_id: str | None = None) -> Value:
        """A value for people and events: an unknown code stays as the rule gives it."""
        value = self._value(choice, booking_id)
        return choice.value if value is None and isinstance(choice.value, str) else value


def _rules(choice: Choice | Conflict) -> tuple[str, ...]:
    return (choice.rule_id,) if isinstance(choice, Choice) else tuple(c.rule_id for c in choice.choices)


def _conflict(conflict: Conflict, booking_id: str | None) -> Problem:
    said = ", ".join(f"{choice.rule_id} says {choice.value}" for choice in conflict.choices)
    message = f"rules of equal priority disagree on {conflict.field}: {said}"
    return Problem(Reason.CONFLICT, message, booking_id, conflict.field, _rules(conflict))


def _no_room(choice: Choice) -> Problem:
    message = f"the notes are full: no room for that of rule {choice.rule_id}"
    return Problem(Reason.NO_ROOM, message, None, choice.field, _rules(choice))


def _unknown(choice: Choice, booking_id: str | None) -> Problem:
    message = f"rule {choice.rule_id} names {choice.field} {choice.value}, which Kanbert does not know (or not as one)"
    return Problem(Reason.UNKNOWN_CODE, message, booking_id, choice.field, _rules(choice))
