"""The verdict on one item of the rules table, as it is written back where the administrator is looking: `check`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from autobook.domain.rules import RuleError, is_settings, rule_version
from autobook.rule_analysis.code_verdicts import CodeVerdicts
from autobook.rule_analysis.examination import Examination

type CheckState = Literal["ok", "warning", "error"]
_LONGEST_MESSAGE: Final = 1_000
_LONGEST_FINDING: Final = 500
_SHORT_MESSAGE: Final = 100
"""Characters."""
_MOST_FINDINGS: Final = 20
_TIMES: Final = frozenset(("at", "codes_at"))
"""What says nothing about the rule."""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What is to be said of an item. `findings` are about the rule itself and those beside it.

    `version` is that of the item that was looked at; `brake` says that the brake is on, "" where it is off.
    """

    state: CheckState
    message: str
    version: str
    findings: tuple[str, ...] = ()
    codes: CodeVerdicts | None = None
    brake: str = ""

    def as_item(self, at: datetime) -> dict[str, Any]:
        """The attribute `check`, readable in the console; what is empty is left out."""
        return {**self._fields(), "at": at.isoformat(timespec="seconds")}

    def as_short_item(self, at: datetime) -> dict[str, Any]:
        """The same for an item in which there is hardly any room."""
        fields = {"state": self.state, "message": _cut(self.message, _SHORT_MESSAGE), "version": self.version}
        return {**fields, "at": at.isoformat(timespec="seconds")}

    def says_more_than(self, check: object) -> bool:
        """True unless an item's `check` says the same; when it was written does not count."""
        if not isinstance(check, Mapping):
            return True
        now = self._fields()
        return any(check.get(name) != now.get(name) for name in {*check, *now} - _TIMES)

    def _fields(self) -> dict[str, Any]:
        fields = {
            "state": self.state,
            "message": _cut(self.message, _LONGEST_MESSAGE),
            "version": self.version,
            "brake": self.brake,
            "findings": [_cut(each, _LONGEST_FINDING) for each in self.findings[:_MOST_FINDINGS]],
            **(self.codes.as_fields() if self.codes else {}),
        }
        return {name: value for name, value in fields.items() if value}


def rule_check(item: Mapping[str, Any], examined: Examination, codes: CodeVerdicts | None = None) -> RuleCheck:
    """The verdict on this item among the others. `codes`: what its codes stand for, where they were looked up."""
    rule_id, brake = str(item["rule_id"]), examined.rules.brake
    errors = [_located(each) for each in _errors(item, examined)]
    version = rule_version(item)
    if is_settings(item):
        message = "; ".join(errors) or brake.message or "the brake is off: each rule does what it says"
        return RuleCheck("error" if errors else "ok", message, version, brake=brake.message)
    findings = examined.findings_of(rule_id)
    compared = [each.message for each in findings if each.kind != "overlapping"]
    warnings = compared
    remarks = [each.message for each in findings if each.kind == "overlapping"]
    if codes is not None:
        # A rule that is switched off may name what it likes.
        wrong, odd = ((), codes.errors) if _is_off(rule_id, examined) else (codes.errors, ())
        errors, warnings = [*errors, *wrong], [*warnings, *odd, *codes.warnings]
    message = "; ".join([*errors, *warnings]) or "sound"
    if examined.uncompared and not errors:
        message += f"; not compared with the other rules: {examined.uncompared}"
    if codes is not None and codes.unchecked:
        message += f"; codes not checked: {codes.unchecked}"
    state: CheckState = "error" if errors else "warning" if warnings else "ok"
    return RuleCheck(state, message, version, (*compared, *remarks), codes, brake.message)


def _errors(item: Mapping[str, Any], examined: Examination) -> tuple[RuleError, ...]:
    """An item whose name is no name is in error under none."""
    rule_id = str(item["rule_id"])
    if (found := examined.errors_of(rule_id)) or is_settings(item):
        return found
    try:
        examined.rules[rule_id]
    except KeyError:
        return examined.errors_of("")[:1]
    return ()


def _is_off(rule_id: str, examined: Examination) -> bool:
    try:
        return examined.rules[rule_id].mode == "off"
    except KeyError:
        return False


def _located(error: RuleError) -> str:
    return f"{error.attribute}: {error.message}" if error.attribute else error.message


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
