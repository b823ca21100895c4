"""How a condition reads an invoice, written out as Python source.

Source is made of field paths, which come from our own models, and of names for everything that a rule's author
wrote: no text of a rule ever becomes source.
"""

from functools import cache
from typing import NamedTuple

from autobook.domain.conditions.fields import BOOKING, FieldTable
from autobook.domain.conditions.text_matching import FOLDED


class Value(NamedTuple):
    """Something that tests look at: a field of the subject `i`, or of the booking at hand `b`."""

    name: str
    """The variable that holds it."""
    first: str
    """The statement that comes before all tests."""
    use: str
    """The expression that reads it; what is costly to convert is converted when it is first read."""
    nullable: bool


class Shape(NamedTuple):
    """A test as source: an expression over values and the parameters `p0`, `p1`, …

    Conditions that differ only in their constants have one shape.
    """

    test: str
    values: tuple[Value, ...]
    parameters: int


@cache
def values_of(table: FieldTable, key: str) -> tuple[Value, ...]:
    """What is kept under that key of the table (a path, or a folded one), after what it is made of."""
    path = key.removeprefix(FOLDED)
    name, fetched = path.replace(".", "__"), _fetched(path)
    plain = f"v_{name}"
    relation = table.relations.get(path)
    if relation is not None:
        return (_eager(plain, fetched, relation.nullable),)
    field = table.fields[path]
    kind, nullable = field.kind.name, field.nullable
    if kind == "date":
        return (_lazy(plain, f"None if (x := {fetched}) is None else local_date(x, zone)", nullable),)
    value = _eager(plain, fetched, nullable)
    if key == path:
        return (value,)
    null = f"None if {plain} is None else " if nullable else ""
    if kind == "currency":
        return value, _lazy(f"f_{name}", f"{null}fold(amount_text({plain}))", nullable)
    # `fold` without a call where most texts are ASCII.
    return value, _eager(f"f_{name}", f"{null}{plain}.lower() if {plain}.isascii() else fold({plain})", nullable)


def _eager(name: str, fetched: str, nullable: bool) -> Value:
    return Value(name, f"{name} = {fetched}", name, nullable)


def _lazy(name: str, made: str, nullable: bool) -> Value:
    return Value(name, f"{name} = unset", f"({name} if {name} is not unset else ({name} := {made}))", nullable)


def _fetched(path: str) -> str:
    """The attributes walked; null anywhere on the way is null."""
    first, *rest = path.split(".")
    source = "b" if first == BOOKING else f"i.{first}"
    for name in rest:
        source = f"None if (x := {source}) is None else x.{name}"
    return source
