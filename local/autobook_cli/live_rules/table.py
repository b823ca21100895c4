"""The rules table of a stack, changed by `Change`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.rule_edits import DynamoRuleEdits, RefusedItem
from autobook_cli.live_rules.change import Change

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

type StoredRule = Mapping[str, Any]

__all__ = ["RefusedItem", "RulesTable", "StoredRule"]


class RulesTable:
    """Each write is one of the item as it was read, or none."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.name = name
        self._edits = DynamoRuleEdits(client, name)

    def read(self) -> dict[str, StoredRule]:
        """What people wrote, by rule, as it is now."""
        return dict(self._edits.read())

    def write(self, change: Change) -> bool:
        """True where it is written; False where somebody has changed the item since it was read. Or RefusedItem."""
        if change.after is None:
            return self._edits.delete(change.rule_id)
        if change.before is None:
            return self._edits.create(change.after)
        return self._edits.update(change.rule_id, change.values, change.removed)
