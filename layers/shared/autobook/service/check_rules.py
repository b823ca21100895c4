"""Checking rules where they are saved: the verdict stands in the item, every version in the archive.

Verdicts first, for somebody waits for them; then, save by save, the archive and the announcement. Safe to repeat at any
point: a verdict is written only over the item that it is about, an entry of the archive once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.event_data import RuleChanged
from autobook.domain.retention import Retention
from autobook.domain.rule_events import rule_changed
from autobook.domain.rule_history import DELETED, HistoryEntry, RuleSave
from autobook.domain.rules import CHECK, Rule, rule_version
from autobook.rule_analysis import CodeVerdicts, Examination, RuleCheck, codes_of, compared, parsed, rule_check
from autobook.service.chained_store import JSON, store_chained
from autobook.service.ports import Archive, Clock, CodeResolver, EventPublisher, Manifest, RuleHistory, RuleItems
from autobook.service.rule_archive import missing_entries, unfinished_entries
from autobook.service.rule_lookups import RuleLookups

type Item = Mapping[str, Any]

_MANY: Final = 300
"""Rules whose comparison may take longer than somebody who has saved one of them wants to wait."""
_CODES_LAST: Final = timedelta(hours=25)
"""An hour longer than from night to night."""
_TIME_TO_WRITE: Final = 30.0
"""Seconds of a run that are left for writing verdicts when comparing is given up."""
_LOOKED_UP_NEXT: Final = CodeVerdicts(unchecked="they are being looked up")


class CheckReach(StrEnum):
    """Which rules a run looks at anew."""

    SAVED = "saved"
    """Those that were saved, and others as far as they are concerned."""
    DUE = "due"
    """Those without a verdict on what they say now, and those whose codes are still to be looked up."""
    ALL = "all"
    """All, with all codes; what the archive lacks is made up for."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a run did.

    Verdicts written, rules in error and rules with codes that were not looked up (of all), items in which no verdict
    fits, versions archived; why rules were not compared with each other, or codes not looked up, "" where they were.
    """

    written: int = 0
    in_error: int = 0
    codes_unchecked: int = 0
    too_large: tuple[str, ...] = ()
    archived: int = 0
    uncompared: str = ""
    lookups_stopped: str = ""
    access_refused: bool = False

    def counts(self) -> dict[str, int]:
        """As metrics."""
        return {
            "Written": self.written,
            "RulesInError": self.in_error,
            "CodesUnchecked": self.codes_unchecked,
            "TooLarge": len(self.too_large),
            "Archived": self.archived,
            "Uncompared": int(bool(self.uncompared)),
            "AccessRefused": int(self.access_refused),
        }


@dataclass(frozen=True, slots=True)
class CheckRules:
    """The use case. It may raise RetryLater; what was done until then is kept.

    `held`: the parameter holds every rule at `suggest`. `source` names the stack in events. `remaining` gives the
    seconds left.
    """

    items: RuleItems
    code_resolver: CodeResolver
    history: RuleHistory
    archive: Archive
    manifest: Manifest
    publisher: EventPublisher
    clock: Clock
    remaining: Callable[[], float]
    zone: ZoneInfo
    jurisdiction: str
    held: bool
    source: str

    def __call__(
        self,
        saves: Sequence[RuleSave] = (),
        reach: CheckReach = CheckReach.ALL,
        on_done: Callable[[RuleSave], None] = lambda _: None,
    ) -> CheckResult:
        """Check what was saved, or what is due. `on_done` is called with each save that need not come again."""
        concerned = [save for save in saves if save.concerns_us]
        if reach is CheckReach.SAVED and not concerned:
            for save in saves:
                on_done(save)
            return CheckResult()
        run = _Run(self, self.clock(), self.items.read())
        result, checks = run.check({save.rule_id for save in concerned}, reach)
        archived = 0
        for save in saves:
            if save.makes_a_version:
                archived += self._keep(save.entry())
                self._announce(save, checks.get(save.rule_id))
            on_done(save)
        if reach is CheckReach.ALL:
            archived += self._complete_history(run.items)
        return replace(result, archived=archived)

    def _complete_history(self, items: Mapping[str, Item]) -> int:
        """Archive what is missing; how many entries that were."""
        keys, now = list(self.history.entry_keys()), self.clock()
        for entry in unfinished_entries(self.history, keys, now):
            self._keep(entry)
        return sum(map(self._keep, missing_entries(keys, items, now, self.zone)))

    def _keep(self, entry: HistoryEntry) -> bool:
        retention = Retention.of(None, None, self.clock(), self.jurisdiction, self.zone)
        store_chained(self.archive, self.manifest, entry.key, entry.to_json(), JSON, retention.until)
        return True

    def _announce(self, save: RuleSave, check: RuleCheck | None) -> None:
        entry = save.entry()
        if save.after is None:
            data = RuleChanged(rule_id=save.rule_id, change="deleted", version=DELETED)
        else:
            judged = check if check is not None and check.version == entry.version else None
            data = RuleChanged(
                rule_id=save.rule_id,
                change="saved",
                version=entry.version,
                owner=entry.owner,
                state=judged.state if judged else None,
                message=judged.message if judged else "",
            )
        trace_id = f"rule-{save.event_id}"
        self.publisher.publish([rule_changed(data, save.event_id, self.clock(), trace_id, self.source)])


class _Run:
    """One look at the table."""

    def __init__(self, use_case: CheckRules, now: datetime, items: Mapping[str, Item]) -> None:
        self._use_case, self._now, self.items = use_case, now, items
        self._read = parsed(items.values(), timezone=use_case.zone, held=use_case.held)
        self._versions = {rule_id: rule_version(item) for rule_id, item in items.items()}
        self._checks: dict[str, Item] = {
            rule_id: check for rule_id, item in items.items() if isinstance(check := item.get(CHECK), Mapping)
        }
        self._written = 0
        self._too_large: list[str] = []

    def check(self, saved: set[str], reach: CheckReach) -> tuple[CheckResult, Mapping[str, RuleCheck]]:
        """Write the verdicts that differ. Returns them, too, by the rules that this run has looked at anew."""
        anew = [each for each in self.items if reach is CheckReach.ALL or each in saved or self._is_due(each, reach)]
        if not anew and reach is not CheckReach.SAVED:
            return self._result(self._read, None, {}), {}
        if reach is CheckReach.SAVED:
            self._write_early(anew)
        examined = self._compared()
        lookups = RuleLookups(self._use_case.code_resolver, self._use_case.remaining)
        lookups.ask_for([rule for rule_id in self._oldest_first(anew) if (rule := self._rule(rule_id))])
        checks = {rule_id: self._check(rule_id, examined, lookups) for rule_id in anew}
        self._announce_turns(checks, saved)  # before they are written, or who is interrupted would never tell
        for rule_id in self.items:
            if rule_id in checks:
                self._write(rule_id, checks[rule_id], repeat=reach is CheckReach.ALL)
            elif self._is_current(rule_id):
                # One that is not is a save of its own, which is about to be looked at.
                self._write(rule_id, rule_check(self.items[rule_id], examined, self._codes_before(rule_id)))
        return self._result(examined, lookups, checks), checks

    def _compared(self) -> Examination:
        """Whatever keeps rules from being compared keeps no verdict from being written: it is said in each."""
        try:
            return compared(self._read, now=self._now, may_go_on=lambda: self._use_case.remaining() > _TIME_TO_WRITE)
        except Exception as error:
            return replace(self._read, uncompared=f"comparing them failed with {error!r:.200}")

    def _is_due(self, rule_id: str, reach: CheckReach) -> bool:
        if reach is CheckReach.SAVED:
            return False
        if not self._is_current(rule_id) or self._checks[rule_id].get("brake", "") != self._read.rules.brake.message:
            return True
        rule, before = self._rule(rule_id), self._codes_before(rule_id)
        if rule is None or not codes_of(rule):
            return False
        is_known = before is not None and before.at is not None and self._now - before.at <= _CODES_LAST
        # An error may be cured in Kanbert, and nobody tells us.
        return not is_known or bool(before and before.errors)

    def _is_current(self, rule_id: str) -> bool:
        """True if there is a verdict on what the item says now."""
        check = self._checks.get(rule_id)
        return check is not None and check.get("version") == self._versions[rule_id]

    def _state(self, rule_id: str) -> object:
        return self._checks.get(rule_id, {}).get("state")

    def _rule(self, rule_id: str) -> Rule | None:
        try:
            return self._read.rules[rule_id]
        except KeyError:
            return None

    def _codes_before(self, rule_id: str) -> CodeVerdicts | None:
        """What an earlier run has found by the codes of this very version."""
        if not self._is_current(rule_id):
            return None
        return CodeVerdicts.from_fields(self._checks[rule_id])

    def _oldest_first(self, rule_ids: Sequence[str]) -> list[str]:
        return sorted(rule_ids, key=lambda each: str(self._checks.get(each, {}).get("codes_at", "")))

    def _write_early(self, saved: Sequence[str]) -> None:
        """What can be said at once of what was saved: Kanbert may be slow, and comparing many rules takes its time."""
        many = len(self.items) > _MANY
        early = replace(self._read, uncompared="this follows in a moment") if many else self._read
        for rule_id in saved:
            rule = self._rule(rule_id)
            if rule is not None and (many or codes_of(rule)):
                codes = _LOOKED_UP_NEXT if codes_of(rule) else None
                self._write(rule_id, rule_check(self.items[rule_id], early, codes))

    def _check(self, rule_id: str, examined: Examination, lookups: RuleLookups) -> RuleCheck:
        rule, before = self._rule(rule_id), self._codes_before(rule_id)
        earlier = before if before is not None and before.at is not None else None
        codes = None if rule is None else lookups.verdicts(rule, earlier, self._now, self._use_case.zone)
        return rule_check(self.items[rule_id], examined, codes)

    def _write(self, rule_id: str, check: RuleCheck, *, repeat: bool = False) -> None:
        if not repeat and not check.says_more_than(self._checks.get(rule_id)):
            return
        whole = check.as_item(self._now)
        for each in (whole, check.as_short_item(self._now), None):
            written = self._use_case.items.write_check(rule_id, each)
            if written is None:
                continue  # it does not fit: less of it, or none, which is better than an old one
            self._written += written
            if written:
                self._checks[rule_id] = each or {}
            if each is not whole:
                self._too_large.append(rule_id)
            return

    def _announce_turns(self, checks: Mapping[str, RuleCheck], saved: set[str]) -> None:
        """Rules that are broken since the verdict before, or sound again, without having been saved."""
        for rule_id, check in checks.items():
            before = self.items[rule_id].get(CHECK)
            if rule_id in saved or not isinstance(before, Mapping) or before.get("version") != check.version:
                continue
            if (before.get("state") == "error") != (check.state == "error"):
                owner = self.items[rule_id].get("owner")
                data = RuleChanged(
                    rule_id=rule_id,
                    change="broken" if check.state == "error" else "repaired",
                    version=check.version,
                    owner=owner if isinstance(owner, str) else None,
                    state=check.state,
                    message=check.message,
                )
                cause, trace_id = str(before.get("at")), f"check-{self._now.isoformat()}"
                event = rule_changed(data, cause, self._now, trace_id, self._use_case.source)
                self._use_case.publisher.publish([event])

    def _result(
        self, examined: Examination, lookups: RuleLookups | None, checks: Mapping[str, RuleCheck]
    ) -> CheckResult:
        states = [checks[each].state if each in checks else self._state(each) for each in self.items]
        unchecked = sum("codes_unchecked" in check for check in self._checks.values())
        return CheckResult(
            written=self._written,
            in_error=states.count("error"),
            codes_unchecked=unchecked,
            too_large=tuple(self._too_large),
            uncompared=examined.uncompared,
            lookups_stopped=lookups.stopped if lookups else "",
            access_refused=lookups is not None and lookups.refused,
        )
