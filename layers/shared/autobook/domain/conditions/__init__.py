"""Kanbert's filter language: `supplier.name contains "Hetzner" and sum_gross < 500`.

    condition = parse(text, table)
    truth(condition, Facts(getters_of_table(table), record, None, timezone, now), table)

`parse` reads the string form and the JSON form against a table of fields; `truth` evaluates the tree plainly, and
`rules.engine` compiles it. The package depends on nothing else of ours. `printing` writes conditions out again; it
is loaded by those who import it, not with this façade.
"""

from autobook.domain.conditions.ast import (
    QUANTIFIERS,
    And,
    Comparison,
    Condition,
    Counted,
    FieldReference,
    Not,
    Or,
    Quantified,
    Quantifier,
    Scalar,
    Value,
    joined,
)
from autobook.domain.conditions.dates import (
    EARLIEST,
    LATEST,
    NO_CLOCK,
    Span,
    SpecialDate,
    as_day,
    as_span,
    date_value,
    instant,
    local_date,
    midnight,
)
from autobook.domain.conditions.errors import ConditionError, SourceError, near_miss
from autobook.domain.conditions.evaluator import counted, negated, truth
from autobook.domain.conditions.facts import Facts, Getter, getters_of_table
from autobook.domain.conditions.fields import Field, FieldTable, Relation, TypedOperand
from autobook.domain.conditions.kinds import TEXT_KINDS, Kind
from autobook.domain.conditions.literals import BareWord, RawValue, known_value
from autobook.domain.conditions.look_alikes import plain, remarks, visible
from autobook.domain.conditions.normal_form import conjuncts, pushed_down
from autobook.domain.conditions.operators import (
    KIND_OPERATORS,
    LIST_OPERATORS,
    NEGATIONS,
    OPERATORS,
    SPELLINGS,
    TEXT_OPERATORS,
    VALUELESS,
    Operator,
    OperatorName,
    Truth,
)
from autobook.domain.conditions.parser import parse, quoted_texts
from autobook.domain.conditions.text_matching import FOLDED, Pattern, PlainTest, amount_text, fold
from autobook.domain.conditions.written_numbers import date_hint, is_ambiguous, number_hint

__all__ = [
    "EARLIEST",
    "FOLDED",
    "KIND_OPERATORS",
    "LATEST",
    "LIST_OPERATORS",
    "NEGATIONS",
    "NO_CLOCK",
    "OPERATORS",
    "QUANTIFIERS",
    "SPELLINGS",
    "TEXT_KINDS",
    "TEXT_OPERATORS",
    "VALUELESS",
    "And",
    "BareWord",
    "Comparison",
    "Condition",
    "ConditionError",
    "Counted",
    "Facts",
    "Field",
    "FieldReference",
    "FieldTable",
    "Getter",
    "Kind",
    "Not",
    "Operator",
    "OperatorName",
    "Or",
    "Pattern",
    "PlainTest",
    "Quantified",
    "Quantifier",
    "RawValue",
    "Relation",
    "Scalar",
    "SourceError",
    "Span",
    "SpecialDate",
    "Truth",
    "TypedOperand",
    "Value",
    "amount_text",
    "as_day",
    "as_span",
    "conjuncts",
    "counted",
    "date_hint",
    "date_value",
    "fold",
    "getters_of_table",
    "instant",
    "is_ambiguous",
    "joined",
    "known_value",
    "local_date",
    "midnight",
    "near_miss",
    "negated",
    "number_hint",
    "parse",
    "plain",
    "pushed_down",
    "quoted_texts",
    "remarks",
    "truth",
    "visible",
]
