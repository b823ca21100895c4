"""What to do with an invoice: what the rules choose, against what stands there and who put it there. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from autobook.domain.action_fields import ACCOUNT, BOOKING_TYPE, BY_NAME, STATUS, FieldValues
from autobook.domain.chosen_values import ChosenValues, code_of
from autobook.domain.code_resolution import UnresolvedCode
from autobook.domain.codes import Candidate, Code
from autobook.domain.corrections import Correction
from autobook.domain.kanbert import REFERENCE, Booking, IncomingInvoice
from autobook.domain.object_names import ObjectNames
from autobook.domain.ownership import Ownership
from autobook.domain.problems import (
    Problem,
    ProblemCode,
    conflict,
    implausible_sums,
    no_account,
    no_room,
    review_rule,
    rule_ids,
    status_withheld,
    unknown,
)
from autobook.domain.provenance import FieldValue, ProvenanceRecord, Written
from autobook.domain.refusals import RefusedWrite
from autobook.domain.rules import Choice, Conflict, Match, Review, Suggestions, Verdicts, by_line
from autobook.domain.sums import implausibilities
from autobook.domain.unread import is_unread


@dataclass(frozen=True, slots=True)
class Decision:
    """`record` is provenance's, brought up to date with what became of our values; the `writes` are not in it yet.

    `unresolved` are codes without which something is not written, or not suggested. `guards` are those that held the
    status back (domain/guards.py). `refused` are those of the writes that Kanbert did not take. `names` are what the
    objects are called that it speaks of.
    """

    record: ProvenanceRecord
    writes: tuple[Written, ...] = ()
    corrections: tuple[Correction, ...] = ()
    suggestions: tuple[Written, ...] = ()
    suggested_reviews: tuple[Review, ...] = ()
    problems: tuple[Problem, ...] = ()
    would_book: tuple[Written, ...] = ()
    unresolved: tuple[UnresolvedCode, ...] = ()
    guards: tuple[ProblemCode, ...] = ()
    refused: tuple[RefusedWrite, ...] = ()
    names: ObjectNames = field(default_factory=ObjectNames, compare=False)


@dataclass(slots=True)
class _Draft:
    """A decision while it is being made."""

    writes: list[Written] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def codes(invoice: IncomingInvoice, match: Match, record: ProvenanceRecord, timezone: tzinfo) -> frozenset[Code]:
    """Every code that has to be looked up in Kanbert before `decide`: those of values that may be written."""
    return frozenset(_Decider(invoice, record, {}, timezone).codes(match))


def decide(
    invoice: IncomingInvoice,
    match: Match,
    record: ProvenanceRecord,
    candidates: Mapping[Code, Sequence[Candidate]],
    timezone: tzinfo,
    problems: Iterable[Problem] = (),
) -> Decision:
    """What to write, and what a person has to look at.

    `record` as it is after `review` (corrections.py). `candidates` are what Kanbert has by each code of `codes`.
    `problems` are there already: they withhold the status.
    """
    return _Decider(invoice, record, candidates, timezone).decide(match, problems)


class _Decider:
    def __init__(
        self,
        invoice: IncomingInvoice,
        record: ProvenanceRecord,
        candidates: Mapping[Code, Sequence[Candidate]],
        timezone: tzinfo,
    ) -> None:
        self._invoice = invoice
        self._values = FieldValues(invoice)
        self._chosen = ChosenValues(self._values, candidates, timezone)
        self._record = record
        self._ownership = Ownership(record)
        self._references: set[str | None] = set()
        """Ids of lines that are references, or become references now."""

    def codes(self, match: Match) -> Iterator[Code]:
        """Codes of values that may be written."""
        if self._invoice.status != STATUS.initial or is_unread(self._invoice):
            return
        for verdicts in (match, match.suggestions):
            for booking_id, fields in ((None, verdicts.invoice), *by_line(self._invoice, verdicts.bookings)):
                for found in fields.values():
                    for choice in found.choices if isinstance(found, Conflict) else (found,):
                        present = self._values.present(booking_id, choice.field)
                        if (code := code_of(choice)) and self._may_write(choice, booking_id, present):
                            yield code

    def decide(self, match: Match, problems: Iterable[Problem]) -> Decision:
        if self._invoice.status != STATUS.initial or is_unread(self._invoice):
            # Handed to accounting or booked: no longer ours to change. Not read yet: nothing to go by.
            return Decision(record=self._record, problems=tuple(problems))
        draft, would_book = _Draft(problems=list(problems)), tuple[Written, ...]()
        if self._invoice.bookings:
            for booking_id, fields in by_line(self._invoice, match.bookings):
                self._fill(booking_id, self._of_line(booking_id, fields), draft)
            self._missing_accounts(match, draft)
        else:
            would_book = tuple(self._would_book(match))
            draft.problems.append(
                Problem(
                    ProblemCode.NO_BOOKING_LINE,
                    "the invoice has no booking line, and Kanbert's API cannot add one",
                )
            )
        self._fill(None, (c for name, c in match.invoice.items() if name != STATUS.name), draft)
        draft.problems += map(review_rule, match.reviews)
        self._status(match.invoice.get(STATUS.name), draft)
        suggestions = tuple(self._suggestions(match.suggestions))
        return Decision(
            record=self._record,
            writes=tuple(draft.writes),
            suggestions=suggestions,
            suggested_reviews=match.suggestions.reviews,
            problems=tuple(draft.problems),
            would_book=would_book,
            unresolved=self._chosen.unresolved,
        )

    def _of_line(self, booking_id: str | None, fields: Verdicts) -> Iterable[Choice | Conflict]:
        """What the rules may say about a line: of a reference nothing, of one that becomes a reference its type."""
        line = self._values.booking(booking_id) if booking_id is not None else None
        if line is not None and line.is_reference and not self._made_reference(line):
            self._references.add(booking_id)
            return ()
        chosen = fields.get(BOOKING_TYPE.name)
        present = self._values.present(booking_id, BOOKING_TYPE.name)
        decided = isinstance(chosen, Choice) and self._may_write(chosen, booking_id, present)
        becomes = chosen.value if isinstance(chosen, Choice) and decided else present
        if becomes != REFERENCE:
            # The account first: a position is looked up within it.
            return sorted(fields.values(), key=lambda each: each.field != ACCOUNT.name)
        self._references.add(booking_id)
        return (chosen,) if chosen is not None else ()

    def _made_reference(self, line: Booking) -> bool:
        """True if we made the line a reference, and nobody has said to which outgoing invoice."""
        ours = self._ownership.ours.get((line.id, BOOKING_TYPE.name))
        return ours is not None and ours.value == REFERENCE and line.outgoing_invoice is None

    def _fill(self, booking_id: str | None, choices: Iterable[Choice | Conflict], draft: _Draft) -> None:
        for found in choices:
            present = self._values.present(booking_id, found.field)
            if isinstance(found, Conflict):
                choice = self._chosen.agreed(found, booking_id)
                if choice is None:
                    if any(self._may_write(one, booking_id, present) for one in found.choices):
                        draft.problems.append(conflict(found, booking_id))
                    continue
            else:
                choice = found
            if not self._may_write(choice, booking_id, present):
                continue
            value, field = self._chosen.value(choice, booking_id), BY_NAME[choice.field]
            if isinstance(value, UnresolvedCode):
                draft.problems.append(unknown(choice, booking_id, value.reason))
            elif not field.fits(value, present):
                draft.problems.append(no_room(choice, field))
            elif self._ownership.is_made_of((booking_id, choice.field), present, value):
                continue  # written again, it would come to the same
            elif value and (field.read_from is None or not self._chosen.stands(choice, booking_id, value)):
                # Not empty: a text may come to nothing on this invoice. Not there: a note is not doubled.
                draft.writes.append(Written(booking_id, choice.field, value, present, choice.rule_id))

    def _may_write(self, choice: Choice, booking_id: str | None, present: FieldValue) -> bool:
        place = (booking_id, choice.field)
        if place in self._ownership.human_owned:
            return False
        ours = self._ownership.ours.get(place)
        if BY_NAME[choice.field].write_once:
            return ours is None
        if ours is not None and ours.accepted_by:
            return False  # a person has said so
        if present is None or (ours is not None and choice.overwrite):
            return True
        return self._ownership.is_nobodys(place, present)

    def _missing_accounts(self, match: Match, draft: _Draft) -> None:
        suggested = dict(by_line(self._invoice, match.suggestions.bookings))
        accounted = {w.booking_id for w in draft.writes if w.field == ACCOUNT.name}
        explained = {p.booking_id for p in draft.problems if p.field == ACCOUNT.name}
        for line in self._invoice.bookings or ():
            if not line.chart_of_account_id and line.id not in accounted | explained | self._references:
                proposed = suggested[line.id].get(ACCOUNT.name)
                undone = [each for each in self._record.undone if each.place == (line.id, ACCOUNT.name)]
                draft.problems.append(no_account(proposed, line.id, held=match.held, undone=undone))

    def _status(self, choice: Choice | Conflict | None, draft: _Draft) -> None:
        """Granted only when nothing is left for a person, and the invoice's own sums are plausible."""
        if choice is None:
            return
        granted = _Draft()
        self._fill(None, [choice], granted)
        if not granted.writes:
            draft.problems += granted.problems
            return
        if doubts := implausibilities(self._invoice):
            draft.problems.append(implausible_sums(doubts, rule_ids(choice)))
        elif draft.problems:
            draft.problems.append(status_withheld(rule_ids(choice)))
        else:
            draft.writes += granted.writes

    def _would_book(self, match: Match) -> Iterator[Written]:
        for booking in match.bookings:
            for choice in self._of_line(None, booking):
                if isinstance(choice, Choice):
                    yield Written(None, choice.field, self._chosen.announced(choice), None, choice.rule_id)

    def _suggestions(self, match: Suggestions) -> Iterator[Written]:
        yield from self._suggested(None, match.invoice.values())
        for booking_id, fields in by_line(self._invoice, match.bookings):
            if booking_id not in self._references:
                yield from self._suggested(booking_id, self._of_line(booking_id, fields))

    def _suggested(self, booking_id: str | None, choices: Iterable[Choice | Conflict]) -> Iterator[Written]:
        for choice in choices:
            present = self._values.present(booking_id, choice.field)
            if isinstance(choice, Choice) and self._may_write(choice, booking_id, present):
                value = self._chosen.announced(choice, booking_id)
                if present is None or not self._chosen.stands(choice, booking_id, value):
                    yield Written(booking_id, choice.field, value, present, choice.rule_id)
