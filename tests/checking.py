"""The rules table with its stream, and `check_rules` on fakes."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from autobook.bootstrap import check_rules
from autobook.bootstrap.clients import Clients
from autobook.domain.rule_history import FOLDER, HistoryEntry, RuleSave
from autobook.domain.rules import content
from autobook.service.check_rules import CheckReach, CheckResult, CheckRules
from autobook.settings import CheckRulesSettings
from tests.fakes import FakeArchive, FakeClock, Fuse, OneByOne, System
from tests.settings import NoAws

LARGEST = 409_600
"""Bytes of an item (DynamoDB developer guide, "Constraints")."""


def _nothing() -> None:
    """Nothing happens meanwhile."""


class FakeRuleItems:
    """The table: items that people save, each change a record of the stream. Refuses what DynamoDB refuses.

    `on_read` is called after each look, as whatever happens meanwhile.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.stream: list[RuleSave] = []
        self.writes: list[str] = []
        self.on_read: Callable[[], object] = _nothing
        self._clock = clock
        self._seen: dict[str, dict[str, Any]] = {}
        self._number = 0

    def save(self, **item: Any) -> None:
        """As a person does in the console: the whole item, with the verdict that it has."""
        before = self.items.get(item["rule_id"])
        kept = {"check": before["check"]} if before and "check" in before else {}
        self._put(item["rule_id"], {**kept, **item})

    def delete(self, rule_id: str) -> None:
        """As a person does."""
        self._put(rule_id, None)

    def _put(self, rule_id: str, item: dict[str, Any] | None) -> None:
        before = self.items.pop(rule_id, None)
        if item is not None:
            self.items[rule_id] = item
        if item != before:
            self._number += 1
            at = self._clock().replace(microsecond=0)
            images = (deepcopy(before), deepcopy(item))
            self.stream.append(RuleSave(rule_id, at, f"{self._number:021}", f"event{self._number}", *images))

    def read(self) -> Mapping[str, Mapping[str, Any]]:
        """Every item as it is now."""
        self._seen = deepcopy(self.items)
        self.on_read()
        return deepcopy(self._seen)

    def write_check(self, rule_id: str, check: Mapping[str, Any] | None) -> bool | None:
        """Into the item as it was read."""
        present = self.items.get(rule_id)
        if present is None or present != self._seen[rule_id]:
            return False
        item = content(present) | ({} if check is None else {"check": dict(check)})
        if size_of(item) > LARGEST:
            return None
        self.writes.append(rule_id)
        self._put(rule_id, item)
        self._seen[rule_id] = deepcopy(item)
        return True


def size_of(value: Any) -> int:
    """Bytes that DynamoDB counts, nearly (DynamoDB developer guide, "Item sizes and formats")."""
    match value:
        case Mapping():
            return 3 + sum(len(str(name).encode()) + 1 + size_of(each) for name, each in value.items())
        case list() | tuple() | set():
            return 3 + sum(1 + size_of(each) for each in value)
        case bytes():
            return len(value)
    return len(str(value).encode())


@dataclass(frozen=True)
class FakeHistory:
    """What the archive has of the rules."""

    objects: FakeArchive

    def entry_keys(self) -> Iterator[str]:
        """In the order of their names, as S3 lists them."""
        return iter(sorted(key for key in self.objects.objects if key.startswith(FOLDER)))

    def entry(self, key: str) -> HistoryEntry:
        """As it was kept."""
        return HistoryEntry.from_json(self.objects.objects[key].content)


@dataclass
class CheckingSystem(System):
    """With the rules table and `check_rules`."""

    seconds_left: float = 240.0

    def __post_init__(self) -> None:
        """One clock for all."""
        super().__post_init__()
        self.table = FakeRuleItems(self.clock)

    def checker(self, fuse: Fuse | None = None) -> CheckRules:
        """The use case."""
        wrap: Callable[[object], Any] = (fuse or Fuse()).wrap
        clients = Clients(NoAws, clock=self.clock, kanbert=object())
        return replace(
            check_rules.build(CheckRulesSettings.from_environment(self.environment), clients),
            items=wrap(self.table),
            code_resolver=wrap(self.code_resolver),
            history=FakeHistory(self.objects),
            archive=wrap(self.objects),
            manifest=wrap(self.manifest),
            publisher=OneByOne(wrap(self.publisher)),
            remaining=lambda: self.seconds_left,
        )

    def drain(self, fuse: Fuse | None = None) -> int:
        """Deliver the stream until nothing is left of it; how many batches that took."""
        batches = 0
        while self.table.stream:
            batch = list(self.table.stream)
            done: list[RuleSave] = []
            try:
                self.checker(fuse)(batch, CheckReach.SAVED, done.append)
            finally:
                self.table.stream = [save for save in self.table.stream if save not in done]
            batches += 1
            assert batches < 20, "our own writes trigger work for ever"
        return batches

    def run(self, reach: CheckReach = CheckReach.ALL, fuse: Fuse | None = None) -> CheckResult:
        """A scheduled run."""
        return self.checker(fuse)((), reach)

    def night(self, days: float = 1) -> CheckResult:
        """The run of the next night, with all that follows from it."""
        self.clock.now += timedelta(days=days)
        result = self.run()
        self.drain()
        return result

    def check(self, rule_id: str) -> dict[str, Any]:
        """The verdict on a rule."""
        found: dict[str, Any] = self.table.items[rule_id]["check"]
        return found

    def history(self, name: str) -> list[HistoryEntry]:
        """What the archive has of a rule, by its name in keys."""
        keys = [key for key in FakeHistory(self.objects).entry_keys() if key.startswith(f"{FOLDER}{name}/")]
        return [HistoryEntry.from_json(self.objects.objects[key].content) for key in keys]
