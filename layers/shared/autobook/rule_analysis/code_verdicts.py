"""What the codes of a rule stand for in Kanbert: looked up when the rule is saved, and anew every night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Final, Self

from autobook.domain.action_fields import ACCOUNT, BY_NAME, FieldKind
from autobook.domain.code_resolution import LITERAL, CodeContext, UnresolvedCode
from autobook.domain.codes import Candidate, Code, quoted
from autobook.domain.conditions import local_date
from autobook.domain.rules import Rule

_OVER: Final = frozenset(("archived", "cancelled", "canceled", "closed", "completed", "done", "finished", "inactive"))
"""Words for a project that takes nothing any more. Kanbert's own are not documented."""
_UNKNOWN_CURE: Final = "correct it, or create it in Kanbert"
_ENDED_CURE: Final = "name another, or end the rule with valid_until"
_MOST_ACCOUNTS: Final = 5
"""Accounts of a position that are named."""


@dataclass(frozen=True, slots=True)
class CodeVerdicts:
    """The codes of one rule: `resolved` says for each field what it stands for, or why it stands for nothing.

    `at` is when they were looked up; None where they never were. `unchecked` is why not, "" where they were.
    """

    resolved: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    at: datetime | None = None
    unchecked: str = ""

    def as_fields(self) -> dict[str, Any]:
        """As attributes of `check`; what is empty is left out."""
        fields = {
            "codes": dict(self.resolved),
            "code_errors": list(self.errors),
            "code_warnings": list(self.warnings),
            "codes_at": self.at.isoformat(timespec="seconds") if self.at else "",
            "codes_unchecked": self.unchecked,
        }
        return {name: value for name, value in fields.items() if value}

    @classmethod
    def from_fields(cls, check: Mapping[str, Any]) -> Self | None:
        """As an earlier run wrote them; None where it wrote nothing of them, or somebody else did."""
        if "codes_unchecked" in check and "codes_at" not in check:
            return cls(unchecked=str(check["codes_unchecked"]))
        try:
            at = datetime.fromisoformat(check["codes_at"])
            resolved = {str(name): str(text) for name, text in check.get("codes", {}).items()}
            errors, warnings = (tuple(map(str, check.get(f"code_{name}", ()))) for name in ("errors", "warnings"))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return cls(resolved, errors, warnings, at) if at.tzinfo else None


def codes_of(rule: Rule) -> tuple[Code, ...]:
    """The codes of a rule that have to be looked up."""
    return tuple((name, value) for name, value in _references(rule) if not value.startswith(LITERAL))


def judged(rule: Rule, candidates: Mapping[Code, Sequence[Candidate]], now: datetime, timezone: tzinfo) -> CodeVerdicts:
    """What Kanbert has by the rule's codes, today or within the rule's validity."""
    day = _day_within(rule, local_date(now, timezone))
    judging = _Judging(day, timezone, candidates)
    for name, value in sorted(_references(rule), key=lambda each: each[0] != ACCOUNT.name):
        judging.judge(name, value)
    return CodeVerdicts(judging.resolved, tuple(judging.errors), tuple(judging.warnings), now)


def _references(rule: Rule) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in rule.sets.items()
        if BY_NAME[name].kind is FieldKind.REFERENCE and isinstance(value, str)
    ]


def _day_within(rule: Rule, today: date) -> date:
    """Today, or the nearest day on which the rule is valid."""
    day = max(today, rule.valid_from) if rule.valid_from else today
    return min(day, rule.valid_until) if rule.valid_until else day


class _Judging:
    """The codes of one rule, the account first: a position is looked up within it."""

    def __init__(self, day: date, timezone: tzinfo, candidates: Mapping[Code, Sequence[Candidate]]) -> None:
        self._day, self._timezone, self._candidates = day, timezone, candidates
        self._account = ""
        self.resolved: dict[str, str] = {}
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def judge(self, name: str, value: str) -> None:
        """One field and its code."""
        found = tuple({each.id: each for each in self._candidates.get((name, value), ())}.values())
        if value.startswith(LITERAL):
            self.resolved[name] = f"{quoted(value)} (taken as it is)"
            identifier = value.removeprefix(LITERAL)
        elif name == "position" and not self._account and found:
            accounts = [each.account_code or each.account_id for each in found[:_MOST_ACCOUNTS]]
            more = ", …" if len(found) > _MOST_ACCOUNTS else ""
            self.resolved[name] = f"{quoted(value)} of account {', '.join(accounts)}{more}"
            return
        else:
            identifier = self._looked_up(name, value, found)
        if name == ACCOUNT.name:
            self._account = identifier

    def _looked_up(self, name: str, value: str, found: Sequence[Candidate]) -> str:
        """The id, or "" with an error."""
        context = CodeContext(self._day, self._timezone, self._account, "today,")
        resolved = context.resolve((name, value), found)
        if isinstance(resolved, UnresolvedCode):
            reason = resolved.reason
            if name == "position" and not found:
                reason = f"Kanbert has no position {quoted(value)}"
            cure = "" if "id:…" in reason else f"; {_ENDED_CURE if found else _UNKNOWN_CURE}"
            self.resolved[name] = reason
            self.errors.append(f"{name}: {reason}{cure}")
            return ""
        meant = next(each for each in found if each.id == resolved)
        self.resolved[name] = self._described(meant)
        if over := self._is_over(meant):
            self.warnings.append(f"{name}: {quoted(value)} {over}, and invoices are still booked on it; {_ENDED_CURE}")
        return resolved

    def _described(self, meant: Candidate) -> str:
        title = f" {quoted(meant.title)}" if meant.title and meant.title != meant.code else ""
        end = self._end(meant)
        until = f", {'ended' if end < self._day else 'ends'} on {end}" if end else ""
        return f"{quoted(meant.code)}{title} (id {meant.id}{until})"

    def _is_over(self, meant: Candidate) -> str:
        end = self._end(meant)
        if end is not None and end < self._day:
            return f"ended on {end}"
        return f"is {meant.status} in Kanbert" if meant.status.casefold() in _OVER else ""

    def _end(self, meant: Candidate) -> date | None:
        return local_date(meant.end, self._timezone) if isinstance(meant.end, datetime) else meant.end
