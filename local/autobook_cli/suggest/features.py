"""What a proposed condition asks about a line besides its supplier: a word, a rate, an amount. The simplest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from re import compile as pattern
from typing import Final, Protocol

from autobook.domain.filter_text import literal
from autobook_cli.suggest.observations import Observation

_WORD: Final = pattern(r"[^\W\d_]{4,}")
"""Words that say something: shorter ones, and numbers, hardly do."""
_LONGEST_WORD: Final = 40


class Feature(Protocol):
    """A part of a condition. `key` says what it asks for, without the figures that change from month to month."""

    @property
    def key(self) -> tuple[str, ...]:
        """The same for two that are one habit."""

    @property
    def text(self) -> str:
        """In the filter language; "" where there is nothing to ask."""

    def met(self, line: Observation) -> bool:
        """True if the line meets it. What is empty meets nothing."""


@dataclass(frozen=True, slots=True)
class AnyLine:
    """Nothing more than the supplier."""

    @property
    def key(self) -> tuple[str, ...]:
        """Every line is the same."""
        return ("any",)

    @property
    def text(self) -> str:
        """Nothing to ask."""
        return ""

    def met(self, line: Observation) -> bool:  # noqa: ARG002
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Word:
    """A word in the title of the line, or of the invoice."""

    field: str
    word: str

    @property
    def key(self) -> tuple[str, ...]:
        """The word."""
        return self.field, self.word

    @property
    def text(self) -> str:
        """`booking.title contains "server"`."""
        return f"{self.field} contains {literal(self.word)}"

    def met(self, line: Observation) -> bool:
        """Wherever in the title, as `contains` has it."""
        return self.word in title(line, self.field)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of VAT."""

    rate: Decimal

    @property
    def key(self) -> tuple[str, ...]:
        """The rate."""
        return "vats", f"{self.rate.normalize():f}"

    @property
    def text(self) -> str:
        """`vats.any(vat = 10)`."""
        return f"vats.any(vat = {self.rate.normalize():f})"

    def met(self, line: Observation) -> bool:
        """Among the invoice's VAT lines."""
        return self.rate in line.rates


@dataclass(frozen=True, slots=True)
class Band:
    """Amounts from `low` (inclusive) to `high` (exclusive); None: no limit."""

    field: str
    low: Decimal | None
    high: Decimal | None

    @property
    def key(self) -> tuple[str, ...]:
        """Which side: the limits become sharper with every invoice."""
        return self.field, "low" if self.low is None else "high" if self.high is None else "middle"

    @property
    def text(self) -> str:
        """`sum_gross >= 100 and sum_gross < 500`."""
        low = f"{self.field} >= {self.low:f}" if self.low is not None else ""
        high = f"{self.field} < {self.high:f}" if self.high is not None else ""
        return " and ".join(filter(None, (low, high)))

    def met(self, line: Observation) -> bool:
        """Within the limits."""
        found = amount(line, self.field)
        if found is None:
            return False
        return (self.low is None or found >= self.low) and (self.high is None or found < self.high)


@dataclass(frozen=True, slots=True)
class Both:
    """Two at once."""

    one: Feature
    other: Feature

    @property
    def key(self) -> tuple[str, ...]:
        """The keys of both."""
        return *self.one.key, *self.other.key

    @property
    def text(self) -> str:
        """One and the other."""
        return f"{self.one.text} and {self.other.text}"

    def met(self, line: Observation) -> bool:
        """Both."""
        return self.one.met(line) and self.other.met(line)


def title(line: Observation, field: str) -> str:
    """The text of a field."""
    return line.line_title if field == "booking.title" else line.invoice_title


def amount(line: Observation, field: str) -> Decimal | None:
    """The amount of a field."""
    return line.value if field == "booking.value" else line.gross


def words_in(lines: Iterable[Observation], supplier: str) -> Iterator[Word]:
    """Every word of their titles that is not a part of the supplier's name, each once."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        for field in ("booking.title", "title"):
            for word in _WORD.findall(title(line, field)):
                if (field, word) not in seen and len(word) <= _LONGEST_WORD and word not in supplier:
                    seen.add((field, word))
                    yield Word(field, word)


def rates_in(lines: Iterable[Observation]) -> list[Rate]:
    """Every rate, if there are several."""
    found = sorted({rate for line in lines for rate in line.rates})
    return [Rate(rate) for rate in found] if len(found) > 1 else []


def amount_field(lines: Sequence[Observation]) -> str:
    """The amount by which a supplier's lines differ: the line's own where invoices have several."""
    return "booking.value" if len({line.invoice_id for line in lines}) < len(lines) else "sum_gross"


def limit_between(below: Decimal, above: Decimal) -> Decimal:
    """The roundest amount that is greater than `below`, and at most `above`."""
    for exponent in range(9, -3, -1):
        step = Decimal(1).scaleb(exponent)
        for part in (step * 5, step * 2, step):
            found = (above / part).to_integral_value("ROUND_FLOOR") * part
            if below < found <= above:
                return found.quantize(Decimal("0.01")) if found % 1 else found.quantize(Decimal(1))
    return above
