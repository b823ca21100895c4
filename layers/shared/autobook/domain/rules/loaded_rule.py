"""A sound rule with what matching needs of it, made once when the rule is loaded."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from autobook.domain.action_fields import BOOKING_FIELDS, INVOICE_FIELDS
from autobook.domain.canonical import sha256
from autobook.domain.conditions import conjuncts, pushed_down
from autobook.domain.rules.engine import Entry
from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.match import NOTHING, Choice, Choices, Effect
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.rule_conditions import about_booking, depends_on_the_day, effective
from autobook.domain.rules.rule_version import rule_version


class LoadedRule:
    """A sound rule with what matching needs of it."""

    __slots__ = ("_digest", "_item", "_version", "by_the_day", "effect", "entry", "per_booking", "rule")

    def __init__(self, rule: Rule, item: Mapping[str, Any]) -> None:
        self.rule = rule
        self._item = item
        self._version = ""
        self.effect = Effect(
            rule.rule_id,
            rule.priority,
            rule.mode == "apply",
            _choices(rule, INVOICE_FIELDS),
            _choices(rule, BOOKING_FIELDS),
            rule.review,
        )
        self.entry = Entry(self.effect, conjuncts(pushed_down(effective(rule))))
        self.per_booking = about_booking(rule.condition)
        self.by_the_day = depends_on_the_day(rule.condition)
        self._digest = ""

    @property
    def digest(self) -> str:
        """Of what decides in the rule; made when first asked for, as loading need not wait for it."""
        self._digest = self._digest or sha256(
            json.dumps(self.rule.deciding(), sort_keys=True, default=_as_json).encode()
        )
        return self._digest

    @property
    def version(self) -> str:
        """The name of what the item says; made when first asked for."""
        self._version = self._version or rule_version(self._item)
        return self._version


def _as_json(value: object) -> object:
    """What JSON has no form for, as a text that is the same in every process."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


def loaded_rule(item: Mapping[str, Any]) -> LoadedRule:
    """The rule of a table item. RuleError for one that cannot be used, whatever is in it."""
    try:
        return LoadedRule(Rule.from_item(item), item)
    except RuleError:
        raise
    except Exception as error:
        # A mistake of ours in reading one rule must not keep the others from deciding.
        raise RuleError(f"this rule cannot be read: {error!r:.200}", rule_id=str(item.get("rule_id", ""))) from error


def _choices(rule: Rule, fields: Sequence[str]) -> Choices:
    actions = rule.actions(fields)
    if not actions:
        return NOTHING
    return MappingProxyType(
        {field: Choice(field, value, rule.rule_id, rule.mode, rule.overwrite) for field, value in actions.items()}
    )
