"""Looking up the codes of rules in Kanbert, as far as it answers and time allows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from autobook.domain.codes import Candidate, Code
from autobook.domain.errors import AccessRefused, Forbidden, NotFilledIn, RetryLater
from autobook.domain.rules import Rule
from autobook.rule_analysis import CodeVerdicts, codes_of, judged
from autobook.service.ports import CodeResolver

_LISTED: Final = frozenset(("account", "position"))
"""Fields whose codes come in one list; the others take a request each."""
_TIME_FOR_A_LOOKUP: Final = 20.0
"""Seconds; with less time left no further code is looked up."""
_LONGEST_REASON: Final = 300


@dataclass
class RuleLookups:
    """What Kanbert has by the codes of some rules. `stopped` is why the rest was not asked for, "" where all were."""

    code_resolver: CodeResolver
    remaining: Callable[[], float]
    stopped: str = ""
    refused: bool = False
    """Kanbert refuses our token, or these lists to it."""
    _found: dict[Code, Sequence[Candidate]] = field(default_factory=dict)
    _failed: dict[Code, str] = field(default_factory=dict)

    def ask_for(self, rules: Sequence[Rule]) -> None:
        """Ask for every code of these, the first rules first."""
        wanted = list(dict.fromkeys(code for rule in rules for code in codes_of(rule)))
        listed = [code for code in wanted if code[0] in _LISTED]
        for codes in (listed, *([code] for code in wanted if code[0] not in _LISTED)):
            if codes and not self.stopped:
                self._ask(codes)

    def _ask(self, codes: Sequence[Code]) -> None:
        if self.remaining() < _TIME_FOR_A_LOOKUP:
            self.stopped = "the run had no time left"
            return
        try:
            self._found |= self.code_resolver.candidates(codes, fresh=True)
        except Forbidden as error:
            self.refused = True
            self._failed |= dict.fromkeys(codes, f"{error}"[:_LONGEST_REASON])
        except RetryLater as error:
            self.refused = isinstance(error, AccessRefused) and not isinstance(error, NotFilledIn)
            self.stopped = f"{error}"[:_LONGEST_REASON]
        except Exception as error:
            # Whatever keeps these from being looked up, the verdict says so, and does not wait for it.
            self._failed |= dict.fromkeys(codes, f"{error}"[:_LONGEST_REASON] or type(error).__name__)

    def verdicts(self, rule: Rule, before: CodeVerdicts | None, now: datetime, zone: ZoneInfo) -> CodeVerdicts | None:
        """What the rule's codes stand for; as `before` says where they could not be looked up. None without any."""
        codes = codes_of(rule)
        reasons = [self._failed.get(code, self.stopped) for code in codes if code not in self._found]
        if not reasons:
            found: Mapping[Code, Sequence[Candidate]] = self._found
            looked_up = judged(rule, found, now, zone)
            return looked_up if looked_up.resolved else None
        return before or CodeVerdicts(unchecked=f"{reasons[0] or 'not asked'}; asked again within minutes")
