"""The changes that are made to a module, one at a time: each a mistake that somebody could have made.

Left alone are annotations, decorators and asserts (the type checker reads them, not the invoices) and the wording of
messages, which the tables of messages hold letter by letter. Texts that are compared with something are changed.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[3]
DOMAIN = ROOT / "layers" / "shared" / "autobook" / "domain"

_SIGNS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and", ast.Or: "or",
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.LShift: "<<", ast.RShift: ">>",
    ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
}  # fmt: skip
"""`|` stays: between types it is no calculation."""
_NOT_RUN = frozenset({"annotation", "returns", "decorator_list", "type_params", "bases"})


class Key(NamedTuple):
    """What names a mutant for good, wherever its line moves: module, function, the line as it was, the change."""

    module: str
    """Its path in the domain: `conditions/parser.py`."""
    function: str
    was: str
    change: str


class Mutant(NamedTuple):
    """One changed module; `number` is the position of the change among all of the module's."""

    key: Key
    line: int
    number: int


class _Change(NamedTuple):
    name: str
    make: Callable[[], object]
    """Makes it, in the tree itself."""


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    text = (DOMAIN / module).read_text()
    lines = text.splitlines()
    seen: dict[Key, int] = {}
    for number, (function, line, change) in enumerate(_all_changes(ast.parse(text))):
        key = Key(module, function, lines[line - 1].strip(), change.name)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            key = key._replace(change=f"{change.name} (no. {seen[key]})")
        yield Mutant(key, line, number)


def mutated(mutant: Mutant) -> ast.Module:
    """The module with the change made."""
    tree = ast.parse((DOMAIN / mutant.key.module).read_text())
    _, _, change = next(islice(_all_changes(tree), mutant.number, None))
    change.make()
    return ast.fix_missing_locations(tree)


def _all_changes(tree: ast.Module) -> Iterator[tuple[str, int, _Change]]:
    """Every change, with the function and the line it is in."""
    line = 1
    for function, node in _nodes(tree):
        line = getattr(node, "lineno", line)
        for change in _changes(node):
            yield function, line, change


def _nodes(node: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """What runs, with the (dotted) name of the function around it."""
    if isinstance(node, ast.Assert):
        return
    yield function, node
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}".lstrip(".")
    for name, value in ast.iter_fields(node):
        if name not in _NOT_RUN:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _nodes(child, function)


def _changes(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for i, op in enumerate(ops):
                yield _Change(_swap(op), partial(ops.__setitem__, i, _SWAPS[type(op)]()))
            for each in (left, *others):
                yield from _other_texts(each)
        case ast.BoolOp(op=op, values=values):
            yield _Change(_swap(op), partial(setattr, node, "op", _SWAPS[type(op)]()))
            neutral = ast.Constant(type(op) is ast.And)
            for i in range(len(values)):
                yield _Change(f"{_SIGNS[type(op)]}: part {i + 1} left out", partial(values.__setitem__, i, neutral))
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _SWAPS:
            yield _Change(_swap(op), partial(setattr, node, "op", _SWAPS[type(op)]()))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _Change("not: left out", partial(setattr, node, "operand", ast.UnaryOp(ast.Not(), operand)))
        case ast.UnaryOp(op=ast.USub()):
            yield _Change("-: left out", partial(setattr, node, "op", ast.UAdd()))
        case ast.Constant(value=bool() as value):
            yield _Change(f"{value} → {not value}", partial(setattr, node, "value", not value))
        case ast.Constant(value=int() as value):
            yield _Change(f"{value} → {value + 1}", partial(setattr, node, "value", value + 1))
        case ast.MatchValue(value=value):
            yield from _other_texts(value)
        case ast.Break():
            yield _Change("break → continue", partial(setattr, node, "__class__", ast.Continue))
        case ast.Continue():
            yield _Change("continue → break", partial(setattr, node, "__class__", ast.Break))
        case ast.If() | ast.IfExp():
            yield from _conditions("if", partial(setattr, node, "test"))
        case ast.match_case(guard=ast.expr()):
            yield from _conditions("case … if", partial(setattr, node, "guard"))
        case ast.comprehension(ifs=ifs):
            for i in range(len(ifs)):
                yield from _conditions("for … if", partial(ifs.__setitem__, i))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield _Change("return: None", partial(setattr, node, "value", ast.Constant(None)))
        case ast.Expr(value=ast.Call()):
            yield _Change("call: left out", partial(setattr, node, "value", ast.Constant(None)))


def _swap(op: ast.AST) -> str:
    return f"{_SIGNS[type(op)]} → {_SIGNS[_SWAPS[type(op)]]}"


def _conditions(what: str, put: Callable[[ast.expr], Any]) -> Iterator[_Change]:
    for word, value in (("always", True), ("never", False)):
        yield _Change(f"{what}: {word}", partial(put, ast.Constant(value)))


def _other_texts(node: ast.expr) -> Iterator[_Change]:
    """A text that something is compared with, alone or in a list, becomes another."""
    for each in node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield _Change(f"{each.value!r} → another", partial(setattr, each, "value", f"{each.value}?"))
