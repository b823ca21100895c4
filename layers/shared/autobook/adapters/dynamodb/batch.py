"""Many items at once, a hundred keys a request."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from autobook.adapters.dynamodb.items import fields_of, item_of
from autobook.domain.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_KEYS_PER_REQUEST = 100
"""Keys of one BatchGetItem (API reference)."""
_ATTEMPTS = 6


def get_many(
    client: "DynamoDBClient",
    table: str,
    keys: Iterable[str],
    names: Sequence[str],
    sleep: Callable[[float], None],
) -> Iterator[Mapping[str, Any]]:
    """The items of these keys that are there, with `pk` and the attributes of these names, read consistently.

    RetryLater where DynamoDB leaves some unprocessed however often it is asked.
    """
    alias = {f"#{number}": name for number, name in enumerate(("pk", *names))}
    for batch in batched(keys, _KEYS_PER_REQUEST, strict=False):
        asked: Any = {
            table: {
                "Keys": [item_of({"pk": key}) for key in batch],
                "ProjectionExpression": ", ".join(alias),
                "ExpressionAttributeNames": alias,
                "ConsistentRead": True,
            }
        }
        yield from _answers(client, table, asked, sleep)


def _answers(
    client: "DynamoDBClient", table: str, asked: Any, sleep: Callable[[float], None]
) -> Iterator[Mapping[str, Any]]:
    for attempt in range(_ATTEMPTS):
        answer = client.batch_get_item(RequestItems=asked)
        yield from (fields_of(item) for item in answer["Responses"].get(table, []))
        asked = answer.get("UnprocessedKeys")
        if not asked:
            return
        sleep(0.05 * 2**attempt * (1 + random.random()))  # noqa: S311 - jitter
    raise RetryLater("DynamoDB does not keep up", after=60)
