"""A subject as a plain evaluation sees it: each field fetched, converted and folded when first asked for."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from autobook.domain.conditions.dates import instant, local_date
from autobook.domain.conditions.fields import Field, FieldTable
from autobook.domain.conditions.operators import TEXT_OPERATORS
from autobook.domain.conditions.text_matching import FOLDED, amount_text, fold

Getter = Callable[["Facts"], Any]


class Facts(dict[str, Any]):
    """The values of one subject (and its companion) or of one element of a list, by key."""

    def __init__(
        self, getters: dict[str, Getter], subject: object, companion: object, timezone: tzinfo, now: datetime
    ) -> None:
        """Nothing is fetched yet. `companion`: what paths with the table's `companion` prefix are read from."""
        self.getters = getters
        self.subject = subject
        self.companion = companion
        self.timezone = timezone
        self.now = now

    def __missing__(self, key: str) -> Any:
        value = self[key] = self.getters[key](self)
        return value


def _fetch(path: str, companion: str) -> Getter:
    """Walk the attributes; null anywhere on the way is null."""
    names = path.split(".")
    of_companion = names[0] == companion

    def walk(facts: Facts) -> Any:
        value: Any = facts.companion if of_companion else facts.subject
        for name in names[of_companion:]:
            if value is None:
                return None
            value = getattr(value, name)
        return value

    return walk


def _typed(field: Field, companion: str) -> Getter:
    fetch = _fetch(field.path, companion)
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


def _elements(path: str, companion: str, table: FieldTable) -> Getter:
    fetch = _fetch(path, companion)
    getters = getters_of_table(table)

    def elements(facts: Facts) -> tuple[Facts, ...] | None:
        found = fetch(facts)
        if found is None:
            return None
        return tuple(Facts(getters, each, None, facts.timezone, facts.now) for each in found)

    return elements


def getters_of_table(table: FieldTable) -> dict[str, Getter]:
    """A getter for every key of the table."""
    getters: dict[str, Getter] = {}
    for path, field in table.fields.items():
        getters[path] = _typed(field, table.companion)
        if not TEXT_OPERATORS.isdisjoint(field.operators):
            getters[FOLDED + path] = _folded(field)
    for path, relation in table.relations.items():
        getters[path] = _elements(path, table.companion, relation.elements)
    return getters
