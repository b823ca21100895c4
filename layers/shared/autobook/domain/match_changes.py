"""What the rules say about one invoice, without what was taken back there, or with what a person has accepted. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autobook.domain.action_fields import STATUS
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldPlace, Written
from autobook.domain.rules import Choice, Conflict, Match, RuleSet, Suggestions, Verdicts, by_line
from autobook.domain.undone import Undone

type _Silent = set[tuple[FieldPlace, str]]
"""Places and the rules that are silent there."""


def without_undone(match: Match, invoice: IncomingInvoice, undone: Iterable[Undone], rules: RuleSet) -> Match:
    """The match without the choices of rules whose value was undone at that place, while they say what they said then.

    Such a rule does not set the status of the invoice either. A rule that it outranks does not take its place.
    """
    silent = {(each.place, each.rule_id) for each in undone if rules.version_of(each.rule_id) == each.rule_version}
    if not silent:
        return match
    silent |= {((None, STATUS.name), rule_id) for _, rule_id in silent}
    suggestions = match.suggestions
    return match._replace(
        invoice=_spoken(None, match.invoice, silent),
        bookings=tuple(_spoken(line, each, silent) for line, each in by_line(invoice, match.bookings)),
        suggestions=suggestions._replace(
            invoice=_spoken(None, suggestions.invoice, silent),
            bookings=tuple(_spoken(line, each, silent) for line, each in by_line(invoice, suggestions.bookings)),
        ),
    )


def _spoken(booking_id: str | None, verdicts: Verdicts, silent: _Silent) -> Verdicts:
    left = {name: _left(verdict, (booking_id, name), silent) for name, verdict in verdicts.items()}
    return {name: verdict for name, verdict in left.items() if verdict is not None}


def _left(verdict: Choice | Conflict, place: FieldPlace, silent: _Silent) -> Choice | Conflict | None:
    choices = verdict.choices if isinstance(verdict, Conflict) else (verdict,)
    left = tuple(each for each in choices if (place, each.rule_id) not in silent)
    if len(left) == len(choices):
        return verdict
    return Conflict(verdict.field, left) if len(left) > 1 else next(iter(left), None)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Suggestions that a person accepts: they are decided under this name, as if their rules were switched on."""

    by: str
    suggestions: tuple[Written, ...]

    def accepted(self, match: Match, invoice: IncomingInvoice, rules: RuleSet) -> Match:
        """The match in which they are decided; but for those of a rule that has changed, or suggests it no longer."""
        wanted = {each.place: each for each in self.suggestions}

        def chosen(booking_id: str | None, suggested: Verdicts) -> Mapping[str, Choice]:
            found = {}
            for name, verdict in suggested.items():
                ours = wanted.get((booking_id, name))
                if ours is None or not isinstance(verdict, Choice) or verdict.rule_id != ours.rule_id:
                    continue
                if rules.version_of(verdict.rule_id) == ours.rule_version:
                    found[name] = verdict
            return found

        own = chosen(None, match.suggestions.invoice)
        suggested = list(by_line(invoice, match.suggestions.bookings))
        lines = [chosen(line, each) if line is not None else {} for line, each in suggested]
        return match._replace(
            invoice={**match.invoice, **own},
            bookings=tuple({**each, **moved} for each, moved in zip(match.bookings, lines, strict=True)),
            suggestions=Suggestions(
                _without(match.suggestions.invoice, own),
                tuple(_without(each, moved) for (_, each), moved in zip(suggested, lines, strict=True)),
                match.suggestions.reviews,
            ),
        )

    def signed(self, writes: Iterable[Written]) -> tuple[Written, ...]:
        """The writes that were decided so, under the name; without those that have become another value.

        Nothing of the status is left then: it was decided for all of them.
        """
        wanted, kept, other = {each.place: each for each in self.suggestions}, list[Written](), False
        for write in writes:
            ours = wanted.get(write.place)
            if ours is None or ours.rule_id != write.rule_id:
                kept.append(write)
            elif (ours.value, ours.before) == (write.value, write.before):
                kept.append(replace(write, accepted_by=self.by))
            else:
                other = True
        return tuple(write for write in kept if not other or write.field != STATUS.name)


def _without(verdicts: Verdicts, moved: Mapping[str, Choice]) -> Verdicts:
    return {name: each for name, each in verdicts.items() if name not in moved}
