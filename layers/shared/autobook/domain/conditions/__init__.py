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
from autobook.domain.conditions.kinds import Kind
from autobook.domain.conditions.literals import BareWord, RawValue
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
from autobook.domain.conditions.parser import parse
from autobook.domain.conditions.text_matching import FOLDED, Pattern, PlainTest, amount_text, fold
from autobook.domain.conditions.value_text import quoted

__all__ = [
    "And",
    "BareWord",
    "Comparison",
    "Condition",
    "ConditionError",
    "Counted",
    "EARLIEST",
    "FOLDED",
    "Facts",
    "Field",
    "FieldTable",
    "Getter",
    "KIND_OPERATORS",
    "Kind",
    "LATEST",
    "LIST_OPERATORS",
    "NEGATIONS",
    "NO_CLOCK",
    "Not",
    "OPERATORS",
    "Operator",
    "OperatorName",
    "Or",
    "Pattern",
    "PlainTest",
    "QUANTIFIERS",
    "Quantified",
    "Quantifier",
    "RawValue",
    "Relation",
    "SPELLINGS",
    "Scalar",
    "SourceError",
    "Span",
    "SpecialDate",
    "TEXT_OPERATORS",
    "Truth",
    "TypedOperand",
    "VALUELESS",
    "Value",
    "amount_text",
    "as_day",
    "as_span",
    "conjuncts",
    "counted",
    "date_value",
    "fold",
    "getters_of_table",
    "instant",
    "joined",
    "local_date",
    "midnight",
    "near_miss",
    "negated",
    "parse",
    "pushed_down",
    "quoted",
    "truth",
]
