"""Generated rules and invoices of the shape that people write, in a form that every engine takes.

60 % one supplier with or without an amount band, 20 % name contains + amount range, 10 % prefix or like,
10 % or / in / null. Supplier frequencies are Zipf-like; about a third of the invoices match nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from autobook.domain.conditions import fold
from autobook.domain.kanbert.incoming import IncomingInvoice

Clause = tuple[Any, ...]
"""`(eq|in, field, value)`, `(contains|prefix, field, text)`, `(from|below|not, field, amount)`, `(null, field)`."""

FIELDS = {"supplier": "supplier.name", "number": "invoice_number", "gross": "sum_gross", "origin": "external_origin"}


@dataclass(frozen=True)
class Spec:
    """A rule: all clauses of any alternative."""

    rule_id: str
    priority: int
    account: str
    project: str | None
    alternatives: tuple[tuple[Clause, ...], ...]


def ours(spec: Spec) -> dict[str, Any]:
    """The rule as an item of our table."""
    groups = [" and ".join(_clause(clause) for clause in group) for group in spec.alternatives]
    when = groups[0] if len(groups) == 1 else " or ".join(f"({group})" for group in groups)
    item = {"rule_id": spec.rule_id, "when": when, "priority": spec.priority, "account": spec.account}
    return item | ({"project": spec.project} if spec.project else {})


def _clause(clause: Clause) -> str:
    kind, field, *value = clause
    path = FIELDS[field]
    match kind:
        case "null":
            return f"{path} is null"
        case "in":
            return f"{path} in [" + ", ".join(f'"{each}"' for each in value[0]) + "]"
        case "eq":
            return f'{path} = "{value[0]}"'
        case "contains":
            return f'{path} contains "{value[0]}"'
        case "prefix":
            return f'{path} startswith "{value[0]}"' if len(value[0]) % 2 else f'{path} like "{value[0]}%"'
        case _:
            return f"{path} {({'from': '>=', 'below': '<', 'not': '!='})[kind]} {value[0]}"


SYLLABLES = (
    "ba",
    "ke",
    "lo",
    "mi",
    "nu",
    "ra",
    "se",
    "ti",
    "vo",
    "wa",
    "zen",
    "dor",
    "fel",
    "gar",
    "hul",
    "jam",
    "pix",
)
FORMS = ("GmbH", "AG", "e.U.", "KG", "Ltd", "S.A.", "GmbH & Co KG")


def _name(random: Random) -> str:
    word = "".join(random.choices(SYLLABLES, k=random.choice((3, 4)))).capitalize()
    second = "".join(random.choices(SYLLABLES, k=2)).capitalize()
    return f"{word} {second} {random.choice(FORMS)}"


class Workload:
    """`count` rules of one shape and the invoices for them; the same seed gives the same work."""

    def __init__(self, shape: str, count: int, invoices: int, seed: int = 7) -> None:
        random = Random(f"{shape}-{count}-{seed}")
        self._random = random
        self.suppliers = list(dict.fromkeys(_name(random) for _ in range(max(4, count // 2))))
        self.popular = self.suppliers[0]
        make: Callable[[int], tuple[tuple[Clause, ...], ...]] = getattr(self, f"_{shape}")
        self.specs = [
            Spec(
                f"r{i:05}",
                random.choice((10, 20, 50, 100, 100, 100, 100, 200)),
                str(random.choice((7380, 7600, 5880, 7200, 7010))),
                f"P-{random.randrange(20)}" if random.random() < 0.4 else None,
                make(i),
            )
            for i in range(count)
        ]
        weights = [1 / (rank + 1) for rank in range(len(self.suppliers))]
        known = random.choices(self.suppliers, weights, k=invoices)
        self.facts = [self._fact(name if random.random() < 0.67 else f"Qqx {_name(random)}") for name in known]

    def _amount(self, low: float = 5, high: float = 5000) -> Decimal:
        return Decimal(str(round(self._random.uniform(low, high), 2)))

    def _band(self) -> tuple[Clause, Clause]:
        low = self._amount()
        return ("from", "gross", low), ("below", "gross", low + self._amount(50, 800))

    def _number(self, kind: int) -> str:
        return f"{self._random.choice(('RE', 'INV', 'A', 'F-'))}{kind}"

    # --- shapes ----------------------------------------------------------------------------------------------

    def _usual(self, i: int) -> tuple[tuple[Clause, ...], ...]:
        random, kind = self._random, i % 10
        supplier = self.suppliers[(i // 10 * 6 + kind) % len(self.suppliers)]  # nearly everyone has a rule
        if kind < 6:
            return ((("eq", "supplier", supplier), *(self._band() if random.random() < 0.5 else ())),)
        if kind < 8:
            return ((("contains", "supplier", supplier.split()[0]), *self._band()),)
        if kind < 9:
            return ((("prefix", "number", self._number(random.randrange(100, 100_000))),),)
        form = random.randrange(3)
        if form == 0:
            return ((("in", "supplier", tuple(random.choices(self.suppliers, k=3))),),)
        if form == 1:
            return ((("eq", "supplier", supplier),), (("eq", "supplier", random.choice(self.suppliers)), *self._band()))
        return ((("null", "origin"), ("eq", "supplier", supplier)),)

    def _equality(self, _i: int) -> tuple[tuple[Clause, ...], ...]:
        return ((("eq", "supplier", self._random.choice(self.suppliers)),),)

    def _unkeyed(self, i: int) -> tuple[tuple[Clause, ...], ...]:
        """Nothing to index on but contains, prefixes and ranges."""
        kind = i % 3
        if kind == 0:
            return ((("contains", "supplier", self._random.choice(self.suppliers).split()[0]), *self._band()),)
        if kind == 1:
            return ((("prefix", "number", self._number(self._random.randrange(100, 100_000))),),)
        low = self._amount(5, 5000)
        return ((("from", "gross", low), ("below", "gross", low + self._amount(1, 20))),)

    def _crowded(self, i: int) -> tuple[tuple[Clause, ...], ...]:
        """A tenth of all rules name the same supplier, each with its amount band."""
        if i % 10 == 0:
            low = self._amount()
            band: tuple[Clause, Clause] = (("from", "gross", low), ("below", "gross", low + self._amount(10, 200)))
            return ((("eq", "supplier", self.popular), *band),)
        return self._usual(i - 1 if i % 10 == 6 else i)

    def _blunt(self, _i: int) -> tuple[tuple[Clause, ...], ...]:
        """No selective predicate at all: amounts that are not this one, and a fragment too short to look up."""
        fragment = "".join(self._random.choices("bcdfghjk", k=2))
        return ((("not", "gross", self._amount()), ("contains", "number", fragment), ("not", "gross", self._amount())),)

    # --- invoices ----------------------------------------------------------------------------------------------

    def _fact(self, supplier: str) -> dict[str, Any]:
        random = self._random
        number = f"{self._number(random.randrange(100, 1_000_000))}-{random.randrange(100)}"
        return {
            "supplier": supplier,
            "supplier_folded": fold(supplier),
            "number": number,
            "number_folded": fold(number),
            "gross": self._amount(),
            "origin": None if random.random() < 0.7 else "datev",
        }

    def invoices(self) -> list[IncomingInvoice]:
        """The invoices as our engine gets them."""
        return [
            IncomingInvoice.model_validate(
                {
                    "id": f"i{i}", "type": "Invoice", "title": fact["supplier"], "status": "open",
                    "payment_status": "open", "invoice_number": fact["number"], "sum_net": fact["gross"],
                    "sum_tax": Decimal(0), "sum_gross": fact["gross"], "external_origin": fact["origin"],
                    "supplier": {"id": "s", "name": fact["supplier"]}, "created_at": "2026-01-15T08:00:00Z",
                    "date_of_invoice": "2026-01-15T00:00:00Z",
                    "bookings": [
                        {"id": "b", "type": "account", "value": fact["gross"], "created_at": "2026-01-15T08:00:00Z"}
                    ],
                }
            )
            for i, fact in enumerate(self.facts)
        ]  # fmt: skip
