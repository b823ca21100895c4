"""How a condition reads its subject, written out as Python source.

Source is made of field paths, which come from our own models, and of names for everything that a condition's
author wrote: no text of a condition ever becomes source.
"""

from datetime import tzinfo
from functools import cache
from typing import Any, NamedTuple

from autobook.domain.conditions import FOLDED, TEXT_KINDS, FieldTable


class SourceValue(NamedTuple):
    """Something that tests read: a field of the subject `i`, or of its companion `b`."""

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
    values: tuple[SourceValue, ...]
    parameters: int


@cache
def values_of(table: FieldTable, key: str) -> tuple[SourceValue, ...]:
    """The value under that key of the table (a path, or a folded one), last; before it those it is made from."""
    path = key.removeprefix(FOLDED)
    name, fetched = path.replace(".", "__"), _fetched(path, table.companion)
    plain = f"v_{name}"
    relation = table.relations.get(path)
    if relation is not None:
        return (_eager(plain, fetched, relation.nullable),)
    field = table.fields[path]
    kind, nullable = field.kind.name, field.nullable
    if kind == "date":
        return (_lazy(plain, f"None if (x := {fetched}) is None else local_date(x, zone)", nullable),)
    if kind in TEXT_KINDS:
        fetched = f"x if (x := {fetched}) is None or x.isascii() else plain(x)"
    value = _eager(plain, fetched, nullable)
    if key == path:
        return (value,)
    null = f"None if {plain} is None else " if nullable else ""
    if kind == "currency":
        return value, _lazy(f"f_{name}", f"{null}fold(amount_text({plain}))", nullable)
    # `fold` without a call where most texts are ASCII.
    return value, _eager(f"f_{name}", f"{null}{plain}.lower() if {plain}.isascii() else fold({plain})", nullable)


def _eager(name: str, fetched: str, nullable: bool) -> SourceValue:
    return SourceValue(name, f"{name} = {fetched}", name, nullable)


def _lazy(name: str, made: str, nullable: bool) -> SourceValue:
    return SourceValue(name, f"{name} = unset", f"({name} if {name} is not unset else ({name} := {made}))", nullable)


def _fetched(path: str, companion: str) -> str:
    """The attributes walked; null anywhere on the way is null."""
    first, *rest = path.split(".")
    source = "b" if first == companion else f"i.{first}"
    for name in rest:
        source = f"None if (x := {source}) is None else x.{name}"
    return source


class SourceWriter:
    """Gathers what the source of one test needs: its values and its parameters."""

    def __init__(self, table: FieldTable, zone: tzinfo) -> None:
        self.table = table
        self.zone = zone
        self.values: dict[SourceValue, None] = {}
        self.parameters: list[Any] = []

    def parameter(self, constant: Any) -> str:
        """The name under which the test finds the constant."""
        self.parameters.append(constant)
        return f"p{len(self.parameters) - 1}"

    def value(self, key: str) -> SourceValue:
        """The value under that key, which the test will read."""
        values = values_of(self.table, key)
        for value in values:
            self.values[value] = None
        return values[-1]

    def present(self, key: str) -> tuple[str, str]:
        """What keeps null out, to stand before a comparison, and the name of the value behind that."""
        value = self.value(key)
        if value.use != value.name:
            return f"(t := {value.use}) is not None and ", "t"
        return (f"{value.name} is not None and " if value.nullable else ""), value.name
