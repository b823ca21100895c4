"""The table of mappings to Billomat, which people write: one item per supplier and per account.

`{"mapping": "supplier:KANBERT-ID", "supplier_id": 12, "client_number": "…", "address": "…"}`, of which the last two may
be left out, and `{"mapping": "account:7380", "expense_account_number": 4900}`. A number may be written as text.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.domain.billomat import SupplierMapping, account_key, supplier_key
from autobook.domain.errors import AwaitsMapping

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoBillomatMappings:
    """Each lookup reads the item: a mapping counts from the moment it is saved."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def supplier(self, kanbert_id: str) -> SupplierMapping | None:
        """By Kanbert's id of the supplier. AwaitsMapping, saying what to correct, for an item that makes no sense."""
        key = supplier_key(kanbert_id)
        fields = self._fields(key)
        if fields is None:
            return None
        return SupplierMapping(
            supplier_id=_number(key, fields, "supplier_id", least=1),
            client_number=str(fields.get("client_number") or ""),
            address=str(fields.get("address") or ""),
        )

    def expense_account(self, code: str) -> int | None:
        """By the code of the account. AwaitsMapping as above."""
        key = account_key(code)
        fields = self._fields(key)
        return None if fields is None else _number(key, fields, "expense_account_number", least=0)

    def _fields(self, mapping: str) -> dict[str, Any] | None:
        key = item_of({"mapping": mapping})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return fields_of(answer["Item"]) if "Item" in answer else None


def _number(mapping: str, fields: Mapping[str, Any], name: str, *, least: int) -> int:
    text = str(fields.get(name, "")).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) >= least):
        reason = f"the mapping {mapping} to Billomat has {name} {text[:40]!r}: write a whole number from {least} on"
        raise AwaitsMapping(reason, (mapping,))
    return int(text)
