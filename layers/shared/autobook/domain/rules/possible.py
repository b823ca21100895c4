"""Whether any invoice at all could make a condition true: the reasoning behind the linter.

Careful in one direction: "impossible" is certain, "possible" may be too hopeful (about list filters, special
values of different kinds and patterns it knows little).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.normal_form import pushed_down
from autobook.domain.rules.printer import to_text
from autobook.domain.rules.syntax import (
    And,
    Comparison,
    Condition,
    Counted,
    Moment,
    Not,
    Operator,
    Or,
    Quantified,
    joined,
)
from autobook.domain.rules.text import amount_text, fold
from autobook.domain.rules.truth import ordered, text_holds

Atom = Comparison | Quantified | Counted | Not
MOST_ALTERNATIVES = 64
"""Conditions with more alternatives than this are taken as possible."""


class _TooMany(Exception):
    pass


def possible(conditions: Iterable[Condition], table: FieldTable) -> bool:
    """Whether all these conditions could be true together."""
    try:
        alternatives = _alternatives(And(tuple(pushed_down(each) for each in conditions)))
    except _TooMany:
        return True
    return any(_consistent(atoms, table) for atoms in alternatives)


def implies(stronger: Condition, weaker: Condition, table: FieldTable) -> bool:
    """Whether the weaker condition is surely true wherever the stronger one is."""
    try:
        alternatives = _alternatives(And((pushed_down(stronger), _untrue(pushed_down(weaker), table))))
    except _TooMany:
        return False
    return not any(_consistent(atoms, table) for atoms in alternatives)


def certain(condition: Condition, table: FieldTable) -> bool:
    """Whether the condition is true for every invoice."""
    try:
        alternatives = _alternatives(_untrue(pushed_down(condition), table))
    except _TooMany:
        return False
    return not any(_consistent(atoms, table) for atoms in alternatives)


def _untrue(condition: Condition, table: FieldTable) -> Condition:
    """The condition that holds where this one (pushed down) is false or unknown."""
    match condition:
        case And(parts):
            return joined(Or, [_untrue(part, table) for part in parts])
        case Or(parts):
            return joined(And, [_untrue(part, table) for part in parts])
        case Comparison(path, op, _):
            opposite = pushed_down(condition, wanted=False)
            if op in ("isnull", "isnotnull") or not table.fields[path].nullable:
                return opposite
            return Or((opposite, Comparison(path, "isnull", None)))
        case Not(Comparison(path) as part):
            return Or((part, Comparison(path, "isnull", None))) if table.fields[path].nullable else part
        case Not(part):
            return _untrue(part, table) if isinstance(part, And | Or) else Not(condition)
        case _:
            return Not(condition)


def _alternatives(condition: Condition) -> list[tuple[Atom, ...]]:
    """Disjunctive normal form. _TooMany if it explodes."""
    match condition:
        case Or(parts):
            found = [atoms for part in parts for atoms in _alternatives(part)]
        case And(parts):
            found = [()]
            for part in parts:
                found = [(*left, *right) for left in found for right in _alternatives(part)]
                if len(found) > MOST_ALTERNATIVES:
                    raise _TooMany
        case _:
            return [(condition,)]
    if len(found) > MOST_ALTERNATIVES:
        raise _TooMany
    return found


def _consistent(atoms: tuple[Atom, ...], table: FieldTable) -> bool:
    """Whether the atoms do not contradict each other, field by field."""
    fields: dict[str, list[tuple[Comparison, bool]]] = {}
    opaque: dict[str, bool] = {}
    for atom in atoms:
        wanted = True
        while isinstance(atom, Not):
            atom, wanted = atom.part, not wanted  # type: ignore[assignment]
        if isinstance(atom, Comparison):
            fields.setdefault(atom.path, []).append((atom, wanted))
        if opaque.setdefault(to_text(atom), wanted) is not wanted:
            return False
    return all(_field_possible(table, path, found) for path, found in fields.items())


def _field_possible(table: FieldTable, path: str, atoms: list[tuple[Comparison, bool]]) -> bool:
    field = table.fields[path]
    null = {atom.op == "isnull" for atom, _ in atoms}
    if True in null:
        return field.nullable and null == {True}
    money = field.kind.name == "currency"
    tests = [test for atom, wanted in atoms for test in _tests(atom, wanted, field.kind.name)]
    bases = {base for base, _, _, _ in tests}
    return all(_line_possible([test for test in tests if test[0] == base], money) for base in bases)


_Test = tuple[str, Operator, Any, bool]
"""Base (constants, `today`, …), operator, value on that base's own scale, whether it is wanted."""


def _tests(atom: Comparison, wanted: bool, kind: str) -> list[_Test]:
    values = atom.value if atom.op in ("in", "nin") and isinstance(atom.value, tuple) else (atom.value,)
    if atom.op in ("isnull", "isnotnull"):
        return []
    scaled = [_scaled(value, kind, atom.op) for value in values]
    bases = {base for base, _ in scaled}
    if len(bases) != 1 or None in bases:
        return []
    (base,) = bases
    value = tuple(value for _, value in scaled) if atom.op in ("in", "nin") else scaled[0][1]
    return [(str(base), atom.op, value, wanted)]


def _scaled(value: Any, kind: str, op: Operator) -> tuple[str | None, Any]:
    """The value on a scale on which it can be compared with others of the same base."""
    if isinstance(value, Moment):
        return (
            (None, None)
            if kind == "datetime" and op in ("eq", "ne", "in", "nin")
            else (value.word, Decimal(value.days))
        )
    if kind == "datetime":
        if not isinstance(value, datetime) or value.tzinfo is None:
            return None, None
        return "", value.astimezone(UTC)
    if kind == "date" and isinstance(value, datetime):
        return None, None
    return "", value


def _line_possible(tests: list[_Test], money: bool) -> bool:
    """Whether one value can pass all tests of one base."""
    for _, op, value, wanted in tests:
        if wanted and op in ("eq", "in"):
            candidates = value if op == "in" else (value,)
            return any(all(_passes(each, test, money) for test in tests) for each in candidates)
    return _range_possible(tests) and _texts_possible(tests)


def _passes(value: Any, test: _Test, money: bool) -> bool:
    _, op, wanted_value, wanted = test
    if op in ("contains", "startswith", "endswith", "like"):
        text = fold(amount_text(value) if money and isinstance(value, Decimal) else str(value))
        return text_holds(text, op, str(wanted_value)) is wanted
    return ordered(op, value, wanted_value) is wanted


def _range_possible(tests: list[_Test]) -> bool:
    low = max(((v, op == "gt") for _, op, v, _ in tests if op in ("gt", "gte")), default=None)
    high = min(((v, op == "lte") for _, op, v, _ in tests if op in ("lt", "lte")), default=None)
    if low is None or high is None:
        return True
    (low_value, low_open), (high_value, high_closed) = low, high
    if low_value != high_value:
        discrete = type(low_value) is date
        narrow = discrete and low_open and not high_closed and (high_value - low_value).days == 1
        return bool(low_value < high_value) and not narrow
    if low_open or not high_closed:
        return False
    excluded = [v for _, op, v, _ in tests if op == "ne"] + [v for _, op, vs, _ in tests if op == "nin" for v in vs]
    return low_value not in excluded


def _texts_possible(tests: list[_Test]) -> bool:
    known = [
        (op, fold(str(v))) for _, op, v, wanted in tests if wanted and op in ("contains", "startswith", "endswith")
    ]
    for op, text in known:
        for other_op, other in known:
            if op == other_op == "startswith" and not (text.startswith(other) or other.startswith(text)):
                return False
            if op == other_op == "endswith" and not (text.endswith(other) or other.endswith(text)):
                return False
        for _, refused_op, value, wanted in tests:
            if wanted or refused_op not in ("contains", "startswith", "endswith"):
                continue
            refused = fold(str(value))
            if (refused_op == "contains" and refused in text) or (
                refused_op == op and text_holds(text, refused_op, refused)
            ):
                return False
    return True
