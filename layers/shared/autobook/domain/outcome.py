"""What the rules choose for one invoice, as a digest: two rule sets with the same outcome decide it alike."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from autobook.domain.action_fields import BY_NAME, FieldValues
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.match_changes import without_undone
from autobook.domain.ownership import Ownership
from autobook.domain.provenance import FieldPlace, ProvenanceRecord
from autobook.domain.rules import Choice, Conflict, Match, RuleSet, Verdicts, by_line
from autobook.domain.unread import is_unread

UNREAD = "unread"
"""The outcome for a document that is not read yet: no rule decides it."""


def present_outcome(rules: RuleSet, invoice: IncomingInvoice, record: ProvenanceRecord, now: datetime) -> str:
    """The outcome of these rules for an invoice."""
    if is_unread(invoice):
        return UNREAD
    match = without_undone(rules.match(invoice, now=now), invoice, record.undone, rules)
    return outcome(match, invoice, record)


def outcome(match: Match, invoice: IncomingInvoice, record: ProvenanceRecord) -> str:
    """The outcome of a match.

    What a person decided is left out: whatever the rules choose there, it is not written.
    """
    persons = _PersonsPlaces(invoice, record)
    chosen = [(None, match.invoice), *by_line(invoice, match.bookings)]
    suggested = [(None, match.suggestions.invoice), *by_line(invoice, match.suggestions.bookings)]
    parts = [_digestible(chosen, persons), _digestible(suggested, persons)]
    reviews = [
        sorted([each.rule_id, each.text] for each in reviews) for reviews in (match.reviews, match.suggestions.reviews)
    ]
    return sha256(canonical_json([*parts, *reviews] if any(reviews) else parts))


class _PersonsPlaces:
    """The places of an invoice that a person decided."""

    def __init__(self, invoice: IncomingInvoice, record: ProvenanceRecord) -> None:
        self._values = FieldValues(invoice)
        self._ownership = Ownership(record)

    def __contains__(self, place: FieldPlace) -> bool:
        if place in self._ownership.human_owned:
            return True
        ours = self._ownership.ours.get(place)
        if ours is not None and ours.accepted_by:
            return True
        if ours is not None or BY_NAME[place[1]].write_once:
            return False
        present = self._values.present(*place)
        return present is not None and not self._ownership.is_nobodys(place, present)


def _digestible(by_place: Iterable[tuple[str | None, Verdicts]], persons: _PersonsPlaces) -> list[Any]:
    """Each line's choices, lines in any order."""
    lines = []
    for booking_id, verdicts in by_place:
        fields = [[name, *_choices(verdict)] for name, verdict in verdicts.items() if (booking_id, name) not in persons]
        if fields:
            lines.append([booking_id or "", sorted(fields, key=canonical_json)])
    return sorted(lines, key=canonical_json)


def _choices(verdict: Choice | Conflict) -> list[list[Any]]:
    choices = verdict.choices if isinstance(verdict, Conflict) else (verdict,)
    return sorted(([one.value, one.rule_id, one.mode, one.overwrite] for one in choices), key=canonical_json)
