"""The rules table, which admins edit: read at most every thirty seconds, recompiled only where it changed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from autobook.adapters.dynamodb.items import fields_of
from autobook.domain.rules import RuleSet, content

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_MAX_AGE = 30.0
"""Seconds."""
_FEW_CHANGES = 5
"""Up to so many changed rules are compiled one by one; beyond, the whole set is compiled anew."""


class DynamoRuleRepository:
    """The rules table, read at most every thirty seconds. Of a set that is known, only what has changed is compiled.

    `report` is called with every set that differs from the one before; the set names its rules in error. `held`: the
    parameter holds every rule at `suggest`, whatever the item `_settings` says.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        zone: ZoneInfo,
        monotonic: Callable[[], float] = time.monotonic,
        report: Callable[[RuleSet], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        held: bool = False,
    ) -> None:
        self._client = client
        self._table = table
        self._monotonic = monotonic
        self._report = report
        self._clock = clock
        self._items: dict[str, dict[str, Any]] = {}
        self._rules = RuleSet.load([], timezone=zone, held=held)
        self._zone = zone
        self._held = held
        self._read_at: float | None = None
        self._began = datetime.min.replace(tzinfo=UTC)

    def rules(self, since: datetime | None = None) -> RuleSet:
        """The rules as they stood at most thirty seconds ago, and not before `since`."""
        now, began = self._monotonic(), self._clock()
        if self._read_at is None or now - self._read_at > _MAX_AGE or (since is not None and self._began < since):
            items = self._scan()
            if items != self._items:
                self._rules = self._recompiled(items)
                self._items = items
                self._report(self._rules)
            self._read_at, self._began = now, began
        return self._rules

    def _recompiled(self, items: dict[str, dict[str, Any]]) -> RuleSet:
        changed = [item for rule_id, item in items.items() if self._items.get(rule_id) != item]
        removed = self._items.keys() - items.keys()
        if len(changed) + len(removed) > _FEW_CHANGES:
            return RuleSet.load(items.values(), timezone=self._zone, held=self._held)
        rules = self._rules
        for rule_id in removed:
            rules = rules.without_rule(rule_id)
        for item in changed:
            rules = rules.with_rule(item)
        return rules

    def _scan(self) -> dict[str, dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        # A verdict that is written is no change of the rules.
        items = (fields_of(content(item)) for page in pages for item in page["Items"])
        return {item["rule_id"]: item for item in items}
