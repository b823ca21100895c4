"""The places of one invoice in the fake Kanbert, and what a set of rules asks for in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autobook.domain.action_fields import BY_NAME
from autobook.domain.provenance import FieldPlace
from tests.fakes import ACCOUNTS

INVOICE: Final = "inv1"
LINES: Final = ("b1", "b2")
ON_LINES: Final = ("account", "booking_title", "project")
ON_INVOICE: Final = ("note", "editor")
PLACES: Final[Sequence[FieldPlace]] = (
    *((line, field) for line in LINES for field in ON_LINES),
    *((None, f) for f in ON_INVOICE),
)
"""Where people and rules meet; the status is a place by itself."""
STATUS: Final[FieldPlace] = (None, "status")
TAGS: Final[FieldPlace] = (None, "tags")
WITH_TAGS: Final[Sequence[FieldPlace]] = tuple((None, field) for field in ON_INVOICE)
"""What goes in one request with the tags, which Kanbert does not show."""
FIELDS: Final[Mapping[str, str]] = {BY_NAME[field].api_name: field for field in (*ON_LINES,)}
OWN_FIELDS: Final[Mapping[str, str]] = {BY_NAME[field].api_name: field for field in (*ON_INVOICE, "status", "tags")}
"""Kanbert's names of the fields of a line, and of the invoice."""

type Rule = dict[str, Any]


def read(invoice: Mapping[str, Any], place: FieldPlace) -> str | None:
    """What stands there, None where it is empty; "" for a line that is not there."""
    line, field = place
    if line is not None:
        holder = next((each for each in invoice["bookings"] if each["id"] == line), None)
        return "" if holder is None else holder[BY_NAME[field].api_name] or None
    if field == "editor":
        return invoice["editor"]["id"] if invoice["editor"] else None
    if field == "tags":
        return None
    return invoice[BY_NAME[field].api_name] or None


def holds(place: FieldPlace, present: str | None, value: str | None) -> bool:
    """True if the value stands there, or among other text in a note."""
    if place[1] == "note" and value is not None:
        return value in (present or "")
    return present == value


@dataclass(frozen=True, slots=True)
class Ask:
    """What a rule wants in a place."""

    value: str
    rule_id: str
    overwrite: bool


def asked(rules: Iterable[Rule], place: FieldPlace) -> Ask | None:
    """What these rules write there; None where nothing does, or two of equal priority disagree.

    Reckoned without the engine: every rule of these worlds fits every line, as far as its `when` goes.
    """
    asks = _first(rules, place[1], "apply")
    return min(asks, key=lambda ask: ask.rule_id) if len({ask.value for ask in asks}) == 1 else None


def disagree(rules: Iterable[Rule], place: FieldPlace) -> bool:
    """True where rules of equal priority want different values."""
    return len({ask.value for ask in _first(rules, place[1], "apply")}) > 1


def outcome(rules: Iterable[Rule]) -> object:
    """What these rules ask for or suggest, and by which rule; two sets that agree in it have the same to say."""
    rules = list(rules)
    fields = sorted({field for rule in rules for field in rule} & {field for _, field in (*PLACES, STATUS, TAGS)})
    return tuple((mode, field, _first(rules, field, mode)) for field in fields for mode in ("apply", "suggest"))


def _first(rules: Iterable[Rule], field: str, mode: str) -> frozenset[Ask]:
    """What those of first priority want in a field."""
    wanting = [rule for rule in rules if field in rule and rule.get("mode", "apply") == mode]
    first = min((rule.get("priority", 100) for rule in wanting), default=0)
    return frozenset(
        Ask(_written(rule[field]), rule["rule_id"], rule.get("overwrite", False))
        for rule in wanting
        if rule.get("priority", 100) == first
    )


def _written(value: Any) -> str:
    """As it stands in Kanbert."""
    if isinstance(value, list):
        return ",".join(value)
    text = str(value)
    return text.removeprefix("id:") if text.startswith("id:") else ACCOUNTS.get(text, text)
