"""How a condition reads an invoice, written out as Python source.

Source is made of field paths, which come from our own models, and of names for everything that a rule's author
wrote: no text of a rule ever becomes source.
"""

from functools import cache
from typing import Final, NamedTuple

from autobook.domain.rules.fields import BOOKING, FieldTable

FOLDED: Final = "~"
"""Prefix of the key under which a field's folded text is kept."""


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
    name = f"v_{path.replace('.', '__')}"
    relation = table.relations.get(path)
    if relation is not None:
        return (_eager(name, _fetched(path, relation.nullable), relation.nullable),)
    field = table.fields[path]
    kind, nullable, fetched = field.kind.name, field.nullable, _fetched(path, field.nullable)
    if kind in ("date", "datetime"):
        convert = "local_date" if kind == "date" else "instant"
        return (_lazy(name, f"None if (x := {fetched}) is None else {convert}(x, zone)", nullable),)
    plain = _eager(name, fetched, nullable)
    if key == path:
        return (plain,)
    null = f"None if {name} is None else " if nullable else ""
    if kind == "currency":
        return plain, _lazy(f"f{name[1:]}", f"{null}fold(amount_text({name}))", nullable)
    # `fold` without a call where most texts are ASCII.
    return plain, _eager(f"f{name[1:]}", f"{null}{name}.lower() if {name}.isascii() else fold({name})", nullable)


def _eager(name: str, fetched: str, nullable: bool) -> Value:
    return Value(name, f"{name} = {fetched}", name, nullable)


def _lazy(name: str, made: str, nullable: bool) -> Value:
    return Value(name, f"{name} = unset", f"({name} if {name} is not unset else ({name} := {made}))", nullable)


def _fetched(path: str, nullable: bool) -> str:
    """The attributes walked; null anywhere on the way is null."""
    names = path.split(".")
    at = "i"
    if names[0] == BOOKING:
        names, at = names[1:], "b"
        nullable = True
    elif not nullable:
        return f"i.{path}"
    source = f"None if b is None else b.{names[0]}" if at == "b" else f"i.{names[0]}"
    for name in names[1:]:
        source = f"None if (x := {source}) is None else x.{name}"
    return source
