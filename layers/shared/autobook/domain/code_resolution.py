"""Which object of Kanbert's a code stands for: `7380` the account that is current on the invoice's date.

The port `CodeResolver` lists what has the code, and which of it is meant is decided here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from autobook.domain.codes import Candidate, Code, quoted
from autobook.domain.conditions import local_date

LITERAL: Final = "id:"
"""Begins a value that is an id, not a code."""
_MOST_NAMED: Final = 5
"""Candidates that a reason names."""
_NOT_LISTED: Final = ("editor", "payment_account")
"""Kanbert's API has no list of them (docs/kanbert-api.md, Master data)."""


@dataclass(frozen=True, slots=True)
class UnresolvedCode:
    """A code that stands for nothing that can be written; `reason` is a clause for an accountant."""

    field: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class CodeContext:
    """What a code means depends on: the day of the invoice, and for a position the account of its line.

    `account`: an id, or the mark of one that is shown without (domain/kanbert/references.py); "" where there is none.
    `day_name` is what the day is called in a reason.
    """

    day: date | None
    timezone: tzinfo
    account: str = ""
    day_name: str = "the invoice's date"

    def resolve(self, code: Code, candidates: Sequence[Candidate]) -> str | UnresolvedCode:
        """The id, or why there is none."""
        field, text = code
        candidates = tuple({each.id: each for each in candidates}.values())
        if field == "position":
            return self._position(code, candidates)
        current = tuple(each for each in candidates if self._is_current(each))
        # An invoice may come after its project's end; an account that has ended takes nothing any more.
        usable = _exact(text, current if current or field == "account" else candidates)
        if len(usable) == 1:
            return usable[0].id
        if usable:
            return UnresolvedCode(field, text, _several(field, text, usable))
        return UnresolvedCode(field, text, self._none(field, text, candidates))

    def _position(self, code: Code, candidates: Sequence[Candidate]) -> str | UnresolvedCode:
        field, text = code
        if not self.account:
            return UnresolvedCode(field, text, f"the line has no account in which to look for position {quoted(text)}")
        names = (self.account, self.account.removeprefix("code:") if self.account.startswith("code:") else None)
        here = _exact(text, [each for each in candidates if each.account_id in names or each.account_code == names[1]])
        if len(here) == 1:
            return here[0].id
        if here:
            return UnresolvedCode(field, text, _several(field, text, here))
        reason = f"the account of the line has no position {quoted(text)}"
        if candidates:
            accounts = dict.fromkeys(each.account_code or each.account_id for each in candidates)
            reason += f" (account {_listed(tuple(accounts))} has one)"
        return UnresolvedCode(field, text, reason)

    def _is_current(self, candidate: Candidate) -> bool:
        start, end = self._day_of(candidate.start), self._day_of(candidate.end)
        return self.day is None or ((start or self.day) <= self.day <= (end or self.day))

    def _none(self, field: str, text: str, candidates: Sequence[Candidate]) -> str:
        name = _name(field)
        if field in _NOT_LISTED:
            return f"Kanbert's API lists no {name}s: give the {name} as id:…, not as {quoted(text)}"
        if not candidates:
            return f"Kanbert has no {name} {quoted(text)}"
        ended = [end for each in candidates if (end := self._day_of(each.end)) and self.day and end < self.day]
        if ended:
            last = f"ended on {max(ended)}, before {self.day_name} {self.day}"
        else:
            starts = [start for each in candidates if (start := self._day_of(each.start))]
            last = f"begins on {min(starts)}, after {self.day_name} {self.day}"
        return f"{name} {quoted(text)} {last}"

    def _day_of(self, at: date | datetime | None) -> date | None:
        return local_date(at, self.timezone) if isinstance(at, datetime) else at


def _exact(text: str, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Those that have the code letter by letter, where there are any: `P-42` beside `p-42`."""
    return [each for each in candidates if each.code == text] or candidates


def _several(field: str, text: str, candidates: Collection[Candidate]) -> str:
    which = _listed(tuple(map(str, candidates)))
    return f"Kanbert has several {_name(field)}s {quoted(text)}: {which}; give the right one as id:…"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(quoted, names[:_MOST_NAMED])) + more


def _name(field: str) -> str:
    return field.replace("_", " ")
