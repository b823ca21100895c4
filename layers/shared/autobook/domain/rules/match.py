"""What the rules say about an invoice: per field the value that wins, or the conflict."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.rules.rule import ActionValue, Mode


class Choice(NamedTuple):
    """A value for a field, and the rule that gives it."""

    field: str
    value: ActionValue
    rule_id: str
    mode: Mode
    overwrite: bool


class Review(NamedTuple):
    """A person must look at the invoice, for this reason."""

    rule_id: str
    text: str
    rule_version: str = ""
    """Named once it is decided (domain/versions.py)."""


class Conflict(NamedTuple):
    """Rules of equal priority that want different values for a field: nothing is written, a person decides."""

    field: str
    choices: tuple[Choice, ...]


Choices = Mapping[str, Choice]
Verdicts = Mapping[str, Choice | Conflict]
"""By field name."""

NOTHING: Final[Choices] = MappingProxyType({})


class Suggestions(NamedTuple):
    """What would change if the `suggest` rules were switched to `apply`. `bookings` as in a match."""

    invoice: Verdicts
    bookings: tuple[Verdicts, ...]
    reviews: tuple[Review, ...] = ()


class Match(NamedTuple):
    """What the rules say about an invoice. `bookings` in the invoice's order, one virtual line if it has none."""

    invoice: Verdicts
    bookings: tuple[Verdicts, ...]
    suggestions: Suggestions
    reviews: tuple[Review, ...] = ()
    """Of every rule that fires, whatever else is decided; in the order of decision."""
    held: bool = False
    """The brake is on: what the rules decide is among the suggestions (brake.py)."""


def by_line(invoice: IncomingInvoice, bookings: Iterable[Verdicts]) -> Iterator[tuple[str | None, Verdicts]]:
    """A match's (or its suggestions') bookings with the id of each line, null for the virtual one."""
    lines: list[str | None] = [line.id for line in invoice.bookings or ()]
    return zip(lines or [None], bookings, strict=True)


class Effect:
    """What a rule contributes: its place in the order and what it sets. Built once, when the rule is loaded."""

    __slots__ = ("apply", "booking", "invoice", "order", "priority", "review", "rule_id")

    def __init__(
        self,
        rule_id: str,
        priority: int | Decimal,
        apply: bool,
        invoice: Choices,
        booking: Choices,
        review: str | None = None,
    ) -> None:
        self.rule_id = rule_id
        self.priority = priority
        self.order = (priority, rule_id)
        self.apply = apply
        """False for a rule that only suggests."""
        self.invoice = invoice
        self.booking = booking
        self.review = None if review is None else Review(rule_id, review)


def resolve(chosen: Iterable[tuple[int | Decimal, Choices]]) -> Verdicts:
    """For each field the choice of the first rule; equal priority and a different value is a conflict.

    `chosen` is ordered by priority.
    """
    resolved: dict[str, Choice | Conflict] = {}
    decided_at: dict[str, int | Decimal] = {}
    for priority, choices in chosen:
        for field, choice in choices.items():
            present = resolved.get(field)
            if present is None:
                resolved[field] = choice
                decided_at[field] = priority
            elif decided_at[field] == priority:
                resolved[field] = _with_choice(present, choice)
    return MappingProxyType(resolved)


def _with_choice(present: Choice | Conflict, choice: Choice) -> Choice | Conflict:
    """One choice for each value: of rules that set the same the first that is switched on, else the first."""
    choices = list(present.choices if isinstance(present, Conflict) else (present,))
    same = next((i for i, each in enumerate(choices) if each.value == choice.value), None)
    if same is None:
        choices.append(choice)
    elif choices[same].mode != "apply" and choice.mode == "apply":
        choices[same] = choice
    return choices[0] if len(choices) == 1 else Conflict(present.field, tuple(choices))


class Resolution:
    """What rules that fire together decide for the invoice and for a line, and what their suggestions add."""

    __slots__ = (
        "booking",
        "booking_suggestions",
        "held",
        "invoice",
        "invoice_suggestions",
        "of_one_line",
        "review_suggestions",
        "reviews",
    )

    def __init__(self, firing: Sequence[Effect], *, held: bool = False) -> None:
        """`firing` in the order of decision. `held`: what they decide is only suggested."""
        self.held = held
        applied = [effect for effect in firing if effect.apply]
        self.invoice: Verdicts = resolve([(effect.priority, effect.invoice) for effect in applied])
        self.booking: Verdicts = resolve([(effect.priority, effect.booking) for effect in applied])
        self.invoice_suggestions: Verdicts = NOTHING
        self.booking_suggestions: Verdicts = NOTHING
        if len(applied) < len(firing):
            self.invoice_suggestions = suggested(
                self.invoice, resolve([(each.priority, each.invoice) for each in firing])
            )
            self.booking_suggestions = suggested(
                self.booking, resolve([(each.priority, each.booking) for each in firing])
            )
        self.reviews: tuple[Review, ...] = tuple([effect.review for effect in applied if effect.review])
        self.review_suggestions = tuple([each.review for each in firing if each.review and not each.apply])
        if held:
            # As it would be written once the brake is released, which a suggestion of higher priority would not change.
            self.invoice_suggestions = MappingProxyType({**self.invoice_suggestions, **self.invoice})
            self.booking_suggestions = MappingProxyType({**self.booking_suggestions, **self.booking})
            self.review_suggestions = tuple([each.review for each in firing if each.review])
            self.invoice, self.booking, self.reviews = NOTHING, NOTHING, ()
        self.of_one_line = self.match(1)
        """The match of an invoice with one booking line, as most have; made once."""

    def match(self, lines: int) -> Match:
        """The match of an invoice all of whose booking lines meet these rules."""
        suggestions = Suggestions(
            self.invoice_suggestions, (self.booking_suggestions,) * lines, self.review_suggestions
        )
        return Match(self.invoice, (self.booking,) * lines, suggestions, self.reviews, self.held)


NO_MATCH: Final = Resolution(())
"""Where no rule fires."""


def suggested(decided: Verdicts, if_switched_on: Verdicts) -> Verdicts:
    """What switching the suggestions on would change: the verdicts that differ from those of today."""
    return {field: verdict for field, verdict in if_switched_on.items() if _differs(verdict, decided.get(field))}


def _differs(verdict: Choice | Conflict, decided: Choice | Conflict | None) -> bool:
    if isinstance(verdict, Choice) and isinstance(decided, Choice):
        return verdict.value != decided.value
    if isinstance(verdict, Conflict) and isinstance(decided, Conflict):
        return set(verdict.choices) != set(decided.choices)
    return True
