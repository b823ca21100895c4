"""An invoice as the matcher sees it: each field fetched, converted and folded once, when first asked for."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import cache
from operator import attrgetter
from typing import Any, Final

from pydantic import BaseModel

from autobook.domain.rules.fields import BOOKING, Field, FieldTable, rule_fields
from autobook.domain.rules.moments import as_day, as_span, instant, local_date
from autobook.domain.rules.text import amount_text, fold

FOLDED: Final = "~"
"""Prefix of the key under which a field's folded text is kept."""

Key = Any
"""A path, a folded path, or a special value with its sense."""
Getter = Callable[["Facts"], Any]


class Facts(dict[Key, Any]):
    """The values of one invoice (with one of its bookings) or of one element of a list, by key."""

    __slots__ = ("booking", "getters", "now", "subject", "timezone")

    subject: BaseModel
    booking: BaseModel | None
    getters: dict[Key, Getter]
    timezone: tzinfo
    now: datetime

    def __missing__(self, key: Key) -> Any:
        try:
            getter = self.getters[key]
        except KeyError:
            getter = _special_getter(*key)
        value = self[key] = getter(self)
        return value


def facts_of(
    getters: dict[Key, Getter], subject: BaseModel, booking: BaseModel | None, timezone: tzinfo, now: datetime
) -> Facts:
    """The facts about that subject; nothing is fetched yet."""
    facts = Facts()
    facts.getters = getters
    facts.subject = subject
    facts.booking = booking
    facts.timezone = timezone
    facts.now = now
    return facts


def with_booking(facts: Facts, booking: BaseModel | None) -> Facts:
    """The same invoice about one of its bookings. `facts` themselves know no booking; what they know is kept."""
    other = facts_of(facts.getters, facts.subject, booking, facts.timezone, facts.now)
    other.update(facts)
    return other


def _special_getter(sense: str, value: Any) -> Getter:
    """`("day", Moment)` and `("span", Moment)`: special values depend on now."""
    if sense == "day":
        return lambda facts: as_day(value, facts.now, facts.timezone)
    return lambda facts: as_span(value, facts.now, facts.timezone)


def _fetch(path: str) -> Getter:
    """Walk the attributes; null anywhere on the way is null."""
    names = path.split(".")
    if names[0] == BOOKING:
        rest = names[1:]

        def of_booking(facts: Facts) -> Any:
            value: Any = facts.booking
            for name in rest:
                if value is None:
                    return None
                value = getattr(value, name)
            return value

        return of_booking
    if len(names) == 1:
        get = attrgetter(path)
        return lambda facts: get(facts.subject)
    if len(names) == 2:
        outer = attrgetter(names[0])
        inner = attrgetter(names[1])
        return lambda facts: None if (value := outer(facts.subject)) is None else inner(value)

    def walk(facts: Facts) -> Any:
        value: Any = facts.subject
        for name in names:
            if value is None:
                return None
            value = getattr(value, name)
        return value

    return walk


def _typed(field: Field) -> Getter:
    fetch = _fetch(field.path)
    if field.kind.name not in ("date", "datetime"):
        return fetch
    convert = local_date if field.kind.name == "date" else instant

    def converted(facts: Facts) -> Any:
        value = fetch(facts)
        return None if value is None else convert(value, facts.timezone)

    return converted


def _folded(field: Field) -> Getter:
    path = field.path
    if field.kind.name != "currency":
        return lambda facts: None if (value := facts[path]) is None else fold(value)

    def folded(facts: Facts) -> str | None:
        value = facts[path]
        return None if value is None else fold(amount_text(value))

    return folded


def _elements(path: str, table: FieldTable) -> Getter:
    fetch = _fetch(path)
    getters = getters_of_table(table)

    def elements(facts: Facts) -> tuple[Facts, ...] | None:
        found = fetch(facts)
        if found is None:
            return None
        return tuple(facts_of(getters, each, None, facts.timezone, facts.now) for each in found)

    return elements


def getters_of_table(table: FieldTable) -> dict[Key, Getter]:
    """A getter for every key of the table."""
    getters: dict[Key, Getter] = {}
    for path, field in table.fields.items():
        getters[path] = _typed(field)
        if "contains" in field.operators:
            getters[FOLDED + path] = _folded(field)
    for path, relation in table.relations.items():
        getters[path] = _elements(path, relation.elements)
    return getters


@cache
def rule_getters() -> dict[Key, Getter]:
    """The getters of a booking rule's fields."""
    return getters_of_table(rule_fields())
