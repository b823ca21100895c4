"""Our engine and its peers behind one interface: load the rules, then say which fire for an invoice.

Every engine is timed from the invoice as it comes from the API: a peer's time includes making the flat, folded facts
that it needs (floats where it knows no decimals, text where it wants JSON) and putting the rules that fired through
`decide`, as an application would have to. Only the lambdas are spared the first: their facts are ready, which favours
them.
"""

# mypy: ignore-errors
# The peers live in an environment of their own (requirements/bench.txt), most of them without types.

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from autobook.domain.conditions import fold
from autobook.domain.kanbert.incoming import IncomingInvoice
from tests.programs.bench.workload import Spec, Workload, ours

Decision = dict[str, Any]
"""Per field the winning value, or the sorted values of a conflict."""

FOLDED = {"supplier": "supplier_folded", "number": "number_folded"}


def decide(specs: list[Spec], fired: list[int]) -> Decision:
    """First setter per field by priority; equal priority and another value is a conflict."""
    decision: Decision = {}
    at: dict[str, int] = {}
    for i in fired:
        spec = specs[i]
        for field, value in (("account", spec.account), ("project", spec.project)):
            if value is None:
                continue
            if field not in decision:
                decision[field] = value
                at[field] = spec.priority
            elif at[field] == spec.priority and decision[field] != value:
                known = decision[field]
                decision[field] = tuple(sorted({*(known if isinstance(known, tuple) else (known,)), value}))
    return decision


def flat(invoice: IncomingInvoice) -> dict[str, Any]:
    """The facts that the generated rules ask for."""
    supplier, number = invoice.supplier.name, invoice.invoice_number
    return {
        "supplier": supplier,
        "supplier_folded": fold(supplier),
        "number": number,
        "number_folded": fold(number),
        "gross": invoice.sum_gross,
        "origin": invoice.external_origin,
    }


class Peer:
    """A peer: `load` compiles, `decision` answers one invoice."""

    def __init__(self, work: Workload) -> None:
        order = sorted(range(len(work.specs)), key=lambda i: (work.specs[i].priority, work.specs[i].rule_id))
        self.specs = [work.specs[i] for i in order]
        self.inputs = self.given(work)
        self.sources = [self.source(i, spec) for i, spec in enumerate(self.specs)]

    def prepare(self, fact: dict[str, Any]) -> Any:
        fact["gross"] = float(fact["gross"])
        return fact

    def source(self, _i: int, spec: Spec) -> Any:
        groups = [f" {self.AND} ".join(self.clause(*clause) for clause in group) for group in spec.alternatives]
        return groups[0] if len(groups) == 1 else f" {self.OR} ".join(f"({group})" for group in groups)

    def given(self, work: Workload) -> list[Any]:
        return work.invoices()

    def decision(self, given: Any) -> Decision:
        return decide(self.specs, self.fired(self.prepare(flat(given))))


class Autobook:
    """Ours."""

    def __init__(self, work: Workload) -> None:
        self.sources = [ours(spec) for spec in work.specs]
        self.inputs = work.invoices()
        self._now = datetime(2026, 1, 20, tzinfo=UTC)

    def load(self) -> None:
        from autobook.domain.rules import RuleSet

        self.rules = RuleSet.load(self.sources, timezone=ZoneInfo("Europe/Vienna"))
        assert not self.rules.errors, self.rules.errors[0].render()

    def decision(self, given: Any) -> Any:
        return self.rules.match(given, now=self._now)

    @staticmethod
    def plain(match: Any) -> Decision:
        """The decision in the form that `decide` gives."""
        return {
            field: tuple(sorted({choice.value for choice in verdict.choices}))
            if hasattr(verdict, "choices")
            else verdict.value
            for field, verdict in match.bookings[0].items()
        }


class Lambdas(Peer):
    """One generated Python lambda per rule, tested in order, on `Decimal`."""

    AND, OR = "and", "or"

    def __init__(self, work):
        self._constants: dict[str, Decimal] = {}
        super().__init__(work)

    def given(self, work):
        return work.facts

    def decision(self, given):
        return decide(self.specs, self.fired(given))

    def clause(self, kind, field, *value):
        name = f"f[{field!r}]"
        match kind:
            case "null":
                return f"{name} is None"
            case "in":
                return f"{name} in {set(value[0])!r}"
            case "eq":
                return f"{name} == {value[0]!r}"
            case "contains":
                return f"{value[0].casefold()!r} in f[{FOLDED[field]!r}]"
            case "prefix":
                return f"f[{FOLDED[field]!r}].startswith({value[0].casefold()!r})"
        constant = self.constant(value[0])
        return f"{name} {({'from': '>=', 'below': '<', 'not': '!='})[kind]} {constant}"

    def constant(self, amount: Decimal) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = amount
        return name

    def load(self):
        self.tests: list[Callable] = [eval(f"lambda f: {source}", self._constants) for source in self.sources]  # noqa: S307

    def fired(self, given):
        return [i for i, test in enumerate(self.tests) if test(given)]


class _Infix(Peer):
    """What the C-like expression languages share."""

    AND, OR = "&&", "||"
    NULL = "null"

    def clause(self, kind, field, *value):
        quoted = f'"{value[0]}"' if kind in ("eq", "contains", "prefix") else None
        match kind:
            case "null":
                return f"{field} == {self.NULL}"
            case "in":
                return f"{field} in [" + ", ".join(f'"{each}"' for each in value[0]) + "]"
            case "eq":
                return f"{field} == {quoted}"
            case "contains":
                return self.contains(FOLDED[field], quoted.casefold())
            case "prefix":
                return self.prefix(FOLDED[field], quoted.casefold())
        return f"{field} {({'from': '>=', 'below': '<', 'not': '!='})[kind]} {float(value[0])!r}"

    def contains(self, field, text):
        return f"{field}.contains({text})"

    def prefix(self, field, text):
        return f"{field}.startsWith({text})"


class CelRust(_Infix):
    """common-expression-language (Rust)."""

    def load(self):
        import cel

        self.programs = [cel.compile(source).execute for source in self.sources]

    def fired(self, given):
        return [i for i, program in enumerate(self.programs) if program(given)]


class CelCpp(_Infix):
    """cel-expr-python (C++)."""

    def load(self):
        from cel_expr_python import cel

        types = dict.fromkeys(("supplier", "supplier_folded", "number", "number_folded"), cel.Type.STRING)
        env = cel.NewEnv(variables=types | {"gross": cel.Type.DOUBLE, "origin": cel.Type.DYN})
        self.programs = [env.compile(source) for source in self.sources]

    def fired(self, given):
        return [i for i, program in enumerate(self.programs) if program.eval(data=given).value()]


class Zen(_Infix):
    """zen-engine (Rust), compiled expressions."""

    AND, OR = "and", "or"

    def contains(self, field, text):
        return f"contains({field}, {text})"

    def prefix(self, field, text):
        return f"startsWith({field}, {text})"

    def load(self):
        import zen

        self.programs = [zen.compile_expression(source).evaluate for source in self.sources]

    def fired(self, given):
        return [i for i, program in enumerate(self.programs) if program(given)]


class RuleEngine(_Infix):
    """rule-engine (Python)."""

    AND, OR = "and", "or"

    def contains(self, field, text):
        return f"{text} in {field}"

    def prefix(self, field, text):
        return f"{field}.starts_with({text})"

    def load(self):
        import rule_engine

        self.programs = [rule_engine.Rule(source).matches for source in self.sources]

    def fired(self, given):
        return [i for i, program in enumerate(self.programs) if program(given)]


class JsonLogic(Peer):
    """datalogic-py (Rust), data parsed once per invoice."""

    def clause(self, kind, field, *value):
        variable = {"var": field}
        match kind:
            case "null":
                return {"==": [variable, None]}
            case "in":
                return {"in": [variable, list(value[0])]}
            case "eq":
                return {"==": [variable, value[0]]}
            case "contains":
                return {"in": [value[0].casefold(), {"var": FOLDED[field]}]}
            case "prefix":
                return {"starts_with": [{"var": FOLDED[field]}, value[0].casefold()]}
        return {({"from": ">=", "below": "<", "not": "!="})[kind]: [variable, float(value[0])]}

    def source(self, _i, spec):
        groups = [{"and": [self.clause(*clause) for clause in group]} for group in spec.alternatives]
        return groups[0] if len(groups) == 1 else {"or": groups}

    def load(self):
        import datalogic_py

        engine = datalogic_py.Engine()
        self.handle = datalogic_py.DataHandle
        self.session = engine.session()
        self.programs = [engine.compile(source) for source in self.sources]

    def prepare(self, fact):
        fact["gross"] = float(fact["gross"])
        return json.dumps(fact)

    def fired(self, given):
        self.session.reset()
        handle, truthy = self.handle(given), self.session.evaluate_truthy
        return [i for i, program in enumerate(self.programs) if truthy(program, handle)]


class Clips(Peer):
    """clipspy: the Rete network of CLIPS (C)."""

    SLOTS = ("supplier", "supplier_folded", "number", "number_folded", "gross", "origin")

    def prepare(self, fact):
        fact["gross"] = float(fact["gross"])
        fact["origin"] = fact["origin"] or self.nil
        return fact

    def source(self, i, spec):
        return [self._defrule(f"{i}-{n}", i, group) for n, group in enumerate(spec.alternatives)]

    def _defrule(self, name, i, group):
        slots: dict[str, list[str]] = {}
        for kind, field, *value in group:
            variable = f"?{field}"
            match kind:
                case "null":
                    slots.setdefault(field, []).append("nil")
                case "in":
                    slots.setdefault(field, []).append("|".join(f'"{each}"' for each in value[0]))
                case "eq":
                    slots.setdefault(field, []).append(f'"{value[0]}"')
                case "contains":
                    slots.setdefault(FOLDED[field], []).append(
                        f':(str-index "{value[0].casefold()}" {variable}_folded)'
                    )
                case "prefix":
                    text = value[0].casefold()
                    slots.setdefault(FOLDED[field], []).append(f':(eq 1 (str-index "{text}" {variable}_folded))')
                case _:
                    op = {"from": ">=", "below": "<", "not": "!="}[kind]
                    slots.setdefault(field, []).append(f":({op} {variable} {float(value[0])!r})")
        parts = []
        for slot, tests in slots.items():
            bound = f"?{slot}&" if any(test.startswith(":") for test in tests) else ""
            parts.append(f"({slot} {bound}{'&'.join(tests)})")
        return f"(defrule r{name} (invoice {' '.join(parts)}) => (fired {i}))"

    def load(self):
        import clips

        self.nil = clips.Symbol("nil")
        self.env = clips.Environment()
        self.hits: set[int] = set()
        self.env.define_function(lambda i: self.hits.add(int(i)), "fired")
        self.env.build(f"(deftemplate invoice {' '.join(f'(slot {slot})' for slot in self.SLOTS)})")
        for rules in self.sources:
            for rule in rules:
                self.env.build(rule)
        self.template = self.env.find_template("invoice")

    def fired(self, given):
        self.hits.clear()
        fact = self.template.assert_fact(**given)
        self.env.run()
        fact.retract()
        return sorted(self.hits)


ENGINES: dict[str, Any] = {
    "autobook": Autobook,
    "lambdas": Lambdas,
    "clipspy": Clips,
    "cel-rust": CelRust,
    "cel-cpp": CelCpp,
    "zen-engine": Zen,
    "json-logic": JsonLogic,
    "rule-engine": RuleEngine,
}
