"""The brake: holds every rule at `suggest` at once, by an item of the rules table that is no rule.

`{"rule_id": "_settings", "mode": "suggest"}` holds, `"mode": "apply"` or no such item releases. Anything else holds as
well, for somebody wanted to set something, and what they wanted cannot be told. The parameter `Mode` of the template
says the same; the brake is on if either says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from autobook.domain.conditions import known_value, near_miss, plain
from autobook.domain.rules.errors import RuleError, described

SETTINGS: Final = "_settings"
"""The `rule_id` of the item."""
_HOLD, _RELEASE = "suggest", "apply"
_ATTRIBUTES: Final = ("rule_id", "mode", "description", "owner", "check")
_CURE: Final = f"write {_HOLD} or {_RELEASE}, or delete the item; until then every rule is held at {_HOLD}"


def is_settings(item: Mapping[str, Any]) -> bool:
    """True for the item that is no rule: by its name, or by a name like it if it has no condition."""
    rule_id = item.get("rule_id") if isinstance(item, Mapping) else None
    if not isinstance(rule_id, str):
        return False
    return _is_named(rule_id) or (not item.get("when") and _is_misspelt(rule_id))


def _is_named(rule_id: str) -> bool:
    return known_value(rule_id, (SETTINGS,)) is not None


def _is_misspelt(rule_id: str) -> bool:
    return bool(near_miss(plain(rule_id).strip(), (SETTINGS,)))


@dataclass(frozen=True, slots=True)
class Brake:
    """Whether every rule is held at `suggest`, and why.

    `reasons`: each a clause; none where the rules decide. `errors` is what is wrong with the item.
    """

    reasons: tuple[str, ...] = ()
    errors: tuple[RuleError, ...] = ()

    @property
    def is_on(self) -> bool:
        """True if no rule writes."""
        return bool(self.reasons)

    @property
    def message(self) -> str:
        """In a sentence; "" while the brake is off."""
        return f"the brake is on: every rule is held at {_HOLD} ({'; '.join(self.reasons)})" if self.is_on else ""

    @classmethod
    def of(cls, items: Iterable[Mapping[str, Any]], *, held: bool = False) -> Self:
        """The brake as these items say (`is_settings` of each is true). `held`: the parameter says so, too."""
        reasons = ["the parameter Mode is suggest"] if held else []
        errors: list[RuleError] = []
        for item in items:
            try:
                if _mode(item) == _HOLD:
                    reasons.append(f"{SETTINGS} has mode {_HOLD}")
            except RuleError as error:
                errors.append(error)
                reasons.append(f"{SETTINGS} cannot be read: {error.problem}")
            unknown = [name for name in item if name not in _ATTRIBUTES]
            if unknown and not errors:
                errors.append(_unknown_attribute(str(item["rule_id"]), unknown[0]))
        return cls(tuple(dict.fromkeys(reasons)), tuple(errors))


def _mode(item: Mapping[str, Any]) -> str:
    """What the item says. RuleError where that cannot be told."""
    rule_id, value = str(item["rule_id"]), item.get("mode")
    if not _is_named(rule_id):
        hint = f"did you mean {SETTINGS}? Until it is renamed or deleted every rule is held at {_HOLD}"
        raise RuleError(f"{rule_id:.60} has no condition", hint=hint, attribute="rule_id", rule_id=rule_id)
    if value is None or value == "":
        raise RuleError("it has no mode", hint=_CURE, attribute="mode", rule_id=rule_id)
    if not isinstance(value, str):
        raise RuleError(f"expected a text, found {described(value)}", hint=_CURE, attribute="mode", rule_id=rule_id)
    mode = known_value(value, (_HOLD, _RELEASE))
    if mode is None:
        hint = near_miss(plain(value).strip(), (_HOLD, _RELEASE)) or _CURE
        raise RuleError(f'"{value[:60]}" is not possible here', hint=hint, attribute="mode", rule_id=rule_id)
    return mode


def _unknown_attribute(rule_id: str, name: object) -> RuleError:
    text = f"{name!s:.60}"
    hint = near_miss(text, _ATTRIBUTES) or f"{SETTINGS} takes {', '.join(_ATTRIBUTES[1:4])}"
    return RuleError(f'unknown attribute "{text}"', hint=hint, attribute=text, rule_id=rule_id)
