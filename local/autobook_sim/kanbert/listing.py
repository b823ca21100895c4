"""Lists: filter, sort, computed fields, and cursors that survive inserts (they name the last element, not a number)."""

import base64
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import total_ordering
from typing import Any
from urllib.parse import urlencode

from autobook.domain.conditions import FieldTable
from autobook_sim.kanbert.filters import Filter, field_table, moves, parsed, relation_table
from autobook_sim.kanbert.operations import Operation
from autobook_sim.kanbert.profiles import Paging, Stage
from autobook_sim.kanbert.refusals import bad_request, invalid
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record

DEFAULT_SIZE = 30
_AGGREGATE = re.compile(r"(\w{1,40})\.(count|sum|avg|min|max)\((.*)\)", re.DOTALL | re.ASCII)
_ALIAS = re.compile(r"computed_fields\[([A-Za-z_]\w{0,39})\]", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True)
class _Key:
    """A sort key: null first, as MySQL has it; turned round where `-` stands before the name."""

    value: Any
    down: bool

    def __lt__(self, other: "_Key") -> bool:
        one, two = (self, other) if not self.down else (other, self)
        if one.value is None or two.value is None:
            return one.value is None and two.value is not None
        return bool(one.value < two.value)


class Listing:
    """Answers list requests; remembers the last sorted selection, so that paging through it is quick."""

    def __init__(self, store: Store, timezone: tzinfo, stage: Stage) -> None:
        self._store = store
        self._stage = stage
        self._timezone = timezone
        self._remembered: dict[Any, tuple[list[tuple[_Key, ...]], list[Record]]] = {}

    def page(
        self,
        operation: Operation,
        rows: Callable[[], Iterable[Record]],
        params: list[tuple[str, str]],
        url: str,
        scope: str = "",
    ) -> Record:
        """A page. `scope` tells apart lists of the same operation (line items of two invoices)."""
        asked = dict(params)
        computed = self._computed(operation, params)
        _included(operation, asked.get("include"))
        paging = self._stage.paging
        names = self._sorts(operation, asked.get("sort"), tuple(computed))
        names = () if paging.order_ignored else names
        size = min(_size(asked.get("page[size]")), paging.largest)
        keys, records = self._selection(operation, rows, asked.get("filter"), names, computed, scope)
        start, end = _span(keys, asked.get("page[cursor]"), size, names, paging)
        data = [self._answered(record, operation, computed) for record in records[start:end]]
        following, before = _cursors(keys, start, end, names, paging)
        rest = [(name, value) for name, value in params if name != "page[cursor]"]

        def link(cursor: str | None) -> str | None:
            return None if cursor is None else f"{url}?{urlencode([*rest, ('page[cursor]', cursor)])}"

        return {
            "data": data,
            "links": [],
            "meta": {
                "path": url,
                "per_page": size,
                "next_cursor": following,
                "next_cursor_url": link(following),
                "prev_cursor": before,
                "prev_cursor_url": link(before),
            },
        }

    def _selection(
        self,
        operation: Operation,
        rows: Callable[[], Iterable[Record]],
        source: str | None,
        names: tuple[str, ...],
        computed: "dict[str, Aggregate]",
        scope: str,
    ) -> tuple[list[tuple[_Key, ...]], list[Record]]:
        written = tuple((alias, each.written) for alias, each in computed.items())
        remembered = (operation.id, scope, self._store.version, source, names, written)
        if remembered in self._remembered:
            return self._remembered[remembered]
        assert operation.filters is not None  # noqa: S101 - every list has its table
        wanted: Callable[[Record], bool]
        if source and source.strip():
            table = field_table(operation.filters, self._store.me, tuple(computed))
            condition = parsed(source, table)
            lasts = not moves(condition)
            wanted = Filter(condition, table, self._timezone, self._store.clock())
        else:
            wanted, lasts = _not_archived, True
        found = []
        for record in rows():
            values = {alias: each.of(record, self) for alias, each in computed.items()}
            bare = {alias: value for alias, value in values.items() if alias not in record}
            with_values = {**record, **bare, "computed_fields": values} if computed else record
            if wanted(with_values):
                found.append((tuple(_key(with_values, name) for name in (*names, "_order")), with_values))
        found.sort(key=lambda pair: pair[0])
        selection = [key for key, _ in found], [record for _, record in found]
        # `now` and its like move: such a selection is made anew.
        self._remembered = {remembered: selection} if lasts else {}
        return selection

    def _computed(self, operation: Operation, params: list[tuple[str, str]]) -> "dict[str, Aggregate]":
        computed: dict[str, Aggregate] = {}
        for name, value in params:
            if not name.startswith("computed_fields"):
                continue
            alias = _ALIAS.fullmatch(name)
            if not operation.computed or alias is None:
                raise bad_request(f"Requested computed field(s) `{name[:60]}` are not allowed.")
            computed[alias[1]] = Aggregate.parse(value, self._store.me)
        return computed

    @staticmethod
    def _sorts(operation: Operation, sort: str | None, aliases: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name for name in (sort or "").split(",") if name)
        for name in names:
            bare = name.removeprefix("-")
            if bare.removeprefix("computed_fields.") in aliases or bare in operation.sorts:
                continue
            allowed = ", ".join(operation.sorts)
            raise bad_request(f"Requested sort(s) `{bare[:60]}` is not allowed. Allowed sort(s) are `{allowed}`.")
        return names

    def _answered(self, record: Record, operation: Operation, computed: "dict[str, Aggregate]") -> Record:
        if not computed:
            return record
        original = self._store.get("outgoing" if operation.id.startswith("outgoing") else "master", record["id"])
        return {**(original or record), "computed_fields": record["computed_fields"]}

    def filter_of(self, where: str, table: FieldTable) -> Filter:
        """A nested condition."""
        return Filter(parsed(where, table), table, self._timezone, self._store.clock())


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`line_items.sum(total_net, type = 'unit')`."""

    written: str
    relation: str
    function: str
    column: str | None
    where: str | None
    table: FieldTable

    @classmethod
    def parse(cls, text: str, me: str) -> "Aggregate":
        """400 where it is not allowed: unknown relation, aggregate, column or condition."""
        found = _AGGREGATE.fullmatch(text.strip())
        if found is None or found[1] not in ("line_items", "external_costs"):
            raise bad_request(f"Requested computed field `{text[:60]}` is not allowed.")
        relation, function, rest = found[1], found[2], found[3].strip()
        table = relation_table(relation, me)
        column: str | None = None
        if function != "count":
            column, _, rest = (part.strip() for part in rest.partition(","))
            kind = table.fields[column].kind.name if column in table.fields else None
            if kind not in ("currency", "number"):
                raise bad_request(f"Requested computed field `{text[:60]}` needs a column of numbers.")
        if rest:
            parsed(rest, table)
        return cls(text, relation, function, column, rest or None, table)

    def of(self, record: Record, listing: Listing) -> Decimal:
        """The value; 0 where there is nothing to aggregate ("coalesce default")."""
        wanted = listing.filter_of(self.where, self.table) if self.where else None
        rows = [row for row in record.get(self.relation) or () if wanted is None or wanted(row)]
        if self.column is None:
            return Decimal(len(rows))
        values = [Decimal(row[self.column]) for row in rows if row.get(self.column) is not None]
        if not values:
            return Decimal()
        match self.function:
            case "sum":
                return sum(values, Decimal())
            case "avg":
                return (sum(values, Decimal()) / len(values)).quantize(Decimal("0.0001"))
            case "min":
                return min(values)
        return max(values)


def _not_archived(record: Record) -> bool:
    return record.get("deleted_at") is None


def _included(operation: Operation, include: str | None) -> None:
    for name in (include or "").split(","):
        if name and name not in operation.includes:
            allowed = ", ".join(operation.includes) or "none"
            raise bad_request(
                f"Requested include(s) `{name[:60]}` are not allowed. Allowed include(s) are `{allowed}`."
            )


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT_SIZE
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise invalid({"page.size": ["The page.size field must be at least 1."]})
    return int(text[:9])


def _key(record: Record, name: str) -> _Key:
    bare = name.removeprefix("-")
    value = record.get("computed_fields", {}).get(bare.removeprefix("computed_fields.")) if "computed" in bare else None
    value = record.get(bare) if value is None else value
    if isinstance(value, str):
        value = value.casefold()
    return _Key(Decimal(value) if isinstance(value, int) else value, name.startswith("-"))


def _cursor(key: tuple[_Key, ...], names: tuple[str, ...], *, forward: bool) -> str:
    plain = [{"n": str(each.value)} if isinstance(each.value, Decimal) else each.value for each in key]
    document = {"sort": ",".join(names), "key": plain, "next": forward}
    return base64.urlsafe_b64encode(json.dumps(document, separators=(",", ":")).encode()).decode().rstrip("=")


def _cursors(
    keys: list[tuple[_Key, ...]], start: int, end: int, names: tuple[str, ...], paging: Paging
) -> tuple[Any, Any]:
    """The next page's and the previous one's; None where there is none."""
    more, less = end < len(keys) and end > start, start > 0 and start < len(keys)
    if paging.offsets:
        return (end if more else None), (start if less else None)
    following = _cursor(keys[end - 1], names, forward=True) if more else None
    return following, _cursor(keys[start], names, forward=False) if less else None


def _span(
    keys: list[tuple[_Key, ...]], cursor: str | None, size: int, names: tuple[str, ...], paging: Paging
) -> tuple[int, int]:
    """First and last (exclusive) place of the page."""
    if not cursor:
        return 0, min(size, len(keys))
    if paging.offsets:
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
            raise bad_request("The cursor is invalid.")
        return min(int(cursor), len(keys)), min(int(cursor) + size, len(keys))
    try:
        document = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if document["sort"] != ",".join(names):
            raise ValueError("another sort")
        values = [Decimal(each["n"]) if isinstance(each, dict) else each for each in document["key"]]
        downs = [*(name.startswith("-") for name in names), False]
        key = tuple(_Key(value, down) for value, down in zip(values, downs, strict=True))
        if document["next"] and paging.ties_lost and names:
            # As `WHERE created_at > ?` without a second column: what has the same key is passed over, or none at all.
            start = next(
                (n for n, each in enumerate(keys) if key[0] < each[0] and each[0].value is not None), len(keys)
            )
            return start, min(start + size, len(keys))
        if document["next"]:
            start = bisect_right(keys, key)
            return start, min(start + size, len(keys))
        end = bisect_left(keys, key)
        return max(0, end - size), end
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        raise bad_request("The cursor is invalid.") from None
