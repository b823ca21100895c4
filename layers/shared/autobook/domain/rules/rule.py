"""One rule, as an admin keeps it in the table: parsed, typed and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, Self

from autobook.domain.action_fields import ACTION_FIELDS, BY_NAME, ActionField, FieldKind, FieldScope
from autobook.domain.conditions import (
    Condition,
    SourceError,
    date_hint,
    date_value,
    is_ambiguous,
    known_value,
    near_miss,
    number_hint,
    parse,
    plain,
    quoted_texts,
    remarks,
    visible,
)
from autobook.domain.rules.codes import read_code
from autobook.domain.rules.errors import RuleError, described
from autobook.domain.rules.placeholders import check_template, refuse_placeholders
from autobook.domain.rules.rule_fields import BOOKING, rule_fields

Mode = Literal["apply", "suggest", "off"]
MODES: Final[tuple[Mode, ...]] = ("apply", "suggest", "off")
DEFAULT_PRIORITY: Final = 100
_LONGEST_REVIEW: Final = 1_000
_FLAGS: Final = {"true": ("wahr", "ja", "yes", "1", "x"), "false": ("falsch", "nein", "no", "0")}
"""What spreadsheets and people write for them."""
_LONGEST_NUMBER: Final = 100
"""Characters that a priority is read from."""
_FOR_PEOPLE: Final = frozenset(("condition", "description", "owner"))
"""The condition as parsed says what `when` says."""
ActionValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When to book, and what. Every attribute but `rule_id` and `when` may be left out."""

    rule_id: str
    when: str | Sequence[Any] | Mapping[str, Any]
    """The condition as it was written."""
    condition: Condition
    """The condition, parsed and checked."""
    priority: int | Decimal = DEFAULT_PRIORITY
    mode: Mode = "apply"
    valid_from: date | None = None
    valid_until: date | None = None
    sets: Mapping[str, ActionValue] = field(default_factory=dict)
    """What it sets, by the names in action_fields.py."""
    overwrite: bool = False
    review: str | None = None
    """Why a person must look at every invoice that meets the condition."""
    description: str | None = None
    owner: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """The rule of a table item; numbers may be `Decimal`, empty texts count as left out.

        RuleError, naming rule, attribute and place, if anything in it cannot be used.
        """
        if not isinstance(item, Mapping):
            raise RuleError(f"expected a rule with its attributes, found {described(item)}", attribute="rule_id")
        rule_id = item.get("rule_id")
        if not isinstance(rule_id, str) or not rule_id.strip():
            raise _missing_id(rule_id)
        found: dict[str, Any] = {"rule_id": rule_id}
        sets: dict[str, ActionValue] = {}
        attribute = "when"
        try:
            for attribute, value in item.items():
                if value is None or value == "" or attribute in _IGNORED:
                    continue
                reader = _READERS.get(attribute)
                if reader is None:
                    raise _unknown_attribute(attribute)
                (sets if attribute in BY_NAME else found)[attribute] = reader(value)
            attribute = "when"
            if "when" not in found:
                raise RuleError("a rule needs a condition", hint='write e.g. supplier.name = "Hetzner"')
            found["condition"] = parse(found["when"], rule_fields())
        except SourceError as error:
            raise RuleError.about(error, rule_id, _spelled(attribute)) from None
        rule = cls(**found, sets=sets)
        if rule.valid_from and rule.valid_until and rule.valid_from > rule.valid_until:
            raise RuleError(
                f"valid_until {rule.valid_until} is before valid_from {rule.valid_from}",
                attribute="valid_until",
                rule_id=rule_id,
            )
        _refuse_endless(rule)
        return rule

    def look_alikes(self) -> tuple[str, ...]:
        """What in the texts of its condition is not as it looks, in sentences: `"ACME[U+00A0]Ltd": U+00A0 (…) …`."""
        return tuple(
            f'"{visible(text[:60])}": {remark}'
            for text in dict.fromkeys(quoted_texts(self.when))
            for remark in remarks(text)
        )

    def deciding(self) -> dict[str, Any]:
        """What of this rule decides; what is for people is left out."""
        return {name: getattr(self, name) for name in _DECIDING}

    def actions(self, fields: Sequence[str]) -> dict[str, ActionValue]:
        """Those of the fields that this rule sets, with their values."""
        return {name: self.sets[name] for name in fields if name in self.sets}


_DECIDING: Final = tuple(each.name for each in fields(Rule) if each.name not in _FOR_PEOPLE)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise RuleError(f"expected a text, found {described(value)}")
    return value


def _template(row: ActionField) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(value)
        check_template(text)
        cure = ", what is there stays" if row.appended else ""
        refuse_placeholders(text, {_path(row, str(row.read_from))}, f"{row.name} would quote what it writes", cure)
        return text

    return read


def _refuse_endless(rule: Rule) -> None:
    """With `overwrite`, a text that quotes when it was written last would be written again and again."""
    for row in ACTION_FIELDS:
        if row.kind is FieldKind.TEXT and not row.write_once and rule.overwrite and row.name in rule.sets:
            moments = {"updated_at", _path(row, "updated_at")}
            try:
                refuse_placeholders(str(rule.sets[row.name]), moments, "this changes whenever it is written", "")
            except RuleError as error:
                raise RuleError.about(error, rule.rule_id, row.name) from None


def _path(row: ActionField, attribute: str) -> str:
    """The name by which a placeholder, or a condition, has an attribute of the field's object."""
    return f"{BOOKING}.{attribute}" if row.scope is FieldScope.BOOKING else attribute


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(value)
        found = known_value(text, allowed)
        if found is None:
            hint = near_miss(plain(text).strip(), allowed) or f"use {' or '.join(allowed)}"
            raise RuleError(f'"{text[:60]}" is not possible here', hint=hint)
        return found

    return read


def _priority(value: Any) -> int | Decimal:
    number = value
    if isinstance(value, float | str):
        try:
            number = Decimal(plain(str(value)[:_LONGEST_NUMBER]).strip())
        except InvalidOperation:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        hint = number_hint(value) if isinstance(value, str) else ""
        raise RuleError(f"expected a number such as 100, found {described(value)}", hint=hint)
    if isinstance(number, Decimal) and is_ambiguous(number):
        raise RuleError(f"{number:f} is ambiguous", hint=number_hint(f"{number:f}"))
    if (isinstance(number, Decimal) and not number.is_finite()) or not -(10**9) <= number <= 10**9:
        raise RuleError("expected a number between -1,000,000,000 and 1,000,000,000")
    return int(number) if number == int(number) else number


def _flag(value: Any) -> bool:
    if isinstance(value, str) and (found := known_value(value, ("true", "false"))):
        return found == "true"
    if not isinstance(value, bool):
        meant = next((flag for flag, words in _FLAGS.items() if known_value(str(value), words)), "")
        raise RuleError(f"expected true or false, found {described(value)}", hint=f"write {meant}" if meant else "")
    return value


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    day = date_value(plain(value).strip()) if isinstance(value, str) else None
    if day is None or isinstance(day, datetime):
        hint = date_hint(value).replace('"', "") if isinstance(value, str) else ""
        raise RuleError(f"expected a date such as 2026-01-31, found {described(value)}", hint=hint)
    return day


def _tags(value: Any) -> tuple[str, ...]:
    """A list or set of texts, or one text with commas; sets come sorted, so that the same item says the same."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset):
        raise RuleError(f"expected a list of texts, found {described(value)}")
    tags = [tag for part in parts if (tag := _text(part).strip())]
    return tuple(sorted(tags) if isinstance(parts, set | frozenset) else tags)


def _review(value: Any) -> str | None:
    text = _text(value).strip()
    if len(text) > _LONGEST_REVIEW:
        raise RuleError(f"a text of more than {_LONGEST_REVIEW:,} characters")
    return text or None


def _when(value: Any) -> Any:
    return value


def _action_reader(row: ActionField) -> Callable[[Any], ActionValue]:
    match row.kind:
        case FieldKind.REFERENCE:
            return read_code
        case FieldKind.TEXT:
            return _template(row)
        case FieldKind.ENUM:
            return _choice(*row.values)
        case FieldKind.TAGS:
            return _tags


_IGNORED: Final = frozenset(("rule_id", "check"))
"""`rule_id` is read first; `check` is what we wrote ourselves."""

_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "when": _when, "priority": _priority, "mode": _choice(*MODES), "valid_from": _day, "valid_until": _day,
    **{row.name: _action_reader(row) for row in ACTION_FIELDS},
    "overwrite": _flag, "review": _review, "description": _text, "owner": _text,
}  # fmt: skip
ATTRIBUTES: Final = ("rule_id", *_READERS, "check")


def _missing_id(rule_id: object) -> RuleError:
    if rule_id is None or rule_id == "" or (isinstance(rule_id, str) and not rule_id.strip()):
        return RuleError("a rule needs a rule_id", hint="a speaking name such as hetzner-hosting", attribute="rule_id")
    return RuleError(f"a rule_id is a text, found {described(rule_id)}", hint="write it in quotes", attribute="rule_id")


def _unknown_attribute(attribute: object) -> RuleError:
    name = _spelled(attribute)
    return RuleError(f'unknown attribute "{name[:60]}"', hint=near_miss(name, ATTRIBUTES))


def _spelled(attribute: object) -> str:
    """The attribute's name; YAML has numbers and more where names belong."""
    return attribute if isinstance(attribute, str) else f"{attribute!s:.60}"
