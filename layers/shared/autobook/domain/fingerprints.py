"""What a document says, as a hash: its fingerprint, and its header, which is the same without the lines.

Only fields that we know count, field by field as listed here: Kanbert may add others, and those that change by
themselves would make a document look changed for ever. A related object (supplier, editor, account …) counts by its id:
what it is called is not the document's business. Absent equals empty, and the order of lines and of VAT rates means
nothing. Left out: timestamps, `payments` (no field of theirs is documented; `payment_status` says what came of them),
and `computed_fields`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import DocumentContent
from autobook.domain.kanbert import IncomingInvoice


@dataclass(frozen=True, slots=True)
class _Projection:
    """The fields of an object that count: its own values, its related objects by their id, its parts field by field.

    `lines` are parts that a list may leave out; a header goes without them.
    """

    values: tuple[str, ...]
    related: tuple[str, ...] = ()
    parts: tuple[tuple[str, "_Projection"], ...] = ()
    lines: tuple[tuple[str, "_Projection"], ...] = ()

    def of(self, source: object, *, lines: bool = True) -> dict[str, Any]:
        """What counts of this object, without what is empty."""
        found: dict[str, Any] = {name: getattr(source, name, None) for name in self.values}
        found |= {name: _id(getattr(source, name, None)) for name in self.related}
        for name, projection in (*self.parts, *(self.lines if lines else ())):
            found[name] = _sorted(projection.of(part) for part in getattr(source, name, None) or ())
        return {name: value for name, value in found.items() if value not in (None, "", [], ())}


def _id(related: object) -> str | None:
    return getattr(related, "id", None)


def _sorted(parts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By id, and parts without one (VAT rates), or with the same, by what they say."""
    found = list(parts)
    ids = [str(part.get("id", "")) for part in found]
    if len(set(ids)) == len(ids):
        return [part for _, part in sorted(zip(ids, found, strict=True), key=itemgetter(0))]
    return sorted(found, key=lambda part: (str(part.get("id", "")), canonical_json(part)))


class _Line(_Projection):
    """A line of an incoming invoice. Its account counts whether it is shown as an id or as an object."""

    def of(self, source: object, *, lines: bool = True) -> dict[str, Any]:
        found = super().of(source, lines=lines)
        account = found.pop("chart_of_account", None)
        return {"chart_of_account_id": account} | found if account else found


_BOOKING: Final = _Line(
    values=("id", "type", "title", "value", "chart_of_account_id", "position_id", "project_id", "client_id"),
    related=("chart_of_account", "outgoing_invoice"),
)
_INCOMING: Final = _Projection(
    values=(
        *("id", "external_id", "external_origin", "type", "title", "status", "payment_status", "invoice_number"),
        *("notes", "sum_net", "sum_tax", "sum_gross"),
        *("date_of_invoice", "due_date", "date_of_start", "date_of_end"),
    ),
    related=("supplier", "payment_account", "editor"),
    parts=(("vats", _Projection(values=("vat", "value"))),),
    lines=(("bookings", _BOOKING),),
)
_DISCOUNT: Final = _Projection(
    values=("id", "title", "discount_factor", "discount_absolute", "from_parent", "is_payment_discount", "order"),
)
_LINE_ITEM: Final = _Projection(
    values=(
        *("id", "title", "type", "indent", "order", "price", "amount", "tax_factor", "partial_factor", "description"),
        *("total_net_base", "total_net_without_discount", "total_net"),
        *("total_gross_base", "total_gross_without_discount", "total_gross"),
        *("exclude_from_discount", "discount_factor", "discount_absolute", "discount_bound"),
        *("purchase_price", "purchase_amount", "purchase_total_base", "purchase_total", "purchase_price_bound"),
        *("payment_partial_type", "payment_partial_interval"),
    ),
    related=("metric", "project"),
)
_EXTERNAL_COST: Final = _Projection(
    values=(
        *("id", "title", "type", "indent", "order", "is_credit", "is_optional", "price", "amount", "total", "status"),
        *("payment_partial_type", "payment_partial_interval"),
    ),
    related=("supplier", "client", "project"),
)
_OUTGOING: Final = _Projection(
    values=(
        *("id", "external_id", "external_origin", "master_invoice_id", "title", "status", "payment_status"),
        *("invoice_number", "is_credit", "po_number", "reference", "locale", "currency"),
        *("address", "address_changed", "taxation_enabled"),
        *("sum_net", "sum_tax", "sum_gross", "sum_external_costs"),
        *("partial_indent", "partial_factor", "payment_discount"),
        *("date_of_invoice", "payment_due_date", "payment_due_date_org", "payment_discount_due_date"),
        *("performance_range_start", "performance_range_end", "deleted_at"),
    ),
    related=("client", "company", "editor", "project"),
    lines=(("line_items", _LINE_ITEM), ("discounts", _DISCOUNT), ("external_costs", _EXTERNAL_COST)),
)


def fingerprint(content: DocumentContent) -> str:
    """What a document says, in 64 hexadecimal digits; the same while nothing that counts changes."""
    return sha256(canonical_json(_projection(content).of(content)))


def header(content: DocumentContent) -> str:
    """The same without lines: what a list that leaves them out shows of the state."""
    return sha256(canonical_json(_projection(content).of(content, lines=False)))


_LONGEST_STATUS: Final = 64
"""Characters. One that fills a table's item would end the run that counts it."""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What is remembered of a document's state; `status` and `updated_at` (ISO 8601) are Kanbert's, "" where empty.

    Of a status that is no word the beginning is kept: the fingerprint has all of it.
    """

    fingerprint: str
    header: str = ""
    status: str = ""
    updated_at: str = ""


def short_status(content: DocumentContent) -> str:
    """The status as it is remembered and counted by, "" where it is empty."""
    return (content.status or "")[:_LONGEST_STATUS]


def state_of(content: DocumentContent) -> DocumentState:
    """The state that a document is in."""
    changed = content.updated_at.isoformat() if content.updated_at else ""
    return DocumentState(fingerprint(content), header(content), short_status(content), changed)


def shows_lines(content: DocumentContent) -> bool:
    """False where a list left lines out: what is left can be compared by its header only."""
    return all(getattr(content, name, None) is not None for name, _ in _projection(content).lines)


def counted_fields(content: DocumentContent) -> Iterator[str]:
    """The fields that count, as paths such as `bookings.value` and `supplier.id`."""
    yield from _paths(_projection(content), "")


def _paths(projection: _Projection, prefix: str) -> Iterator[str]:
    yield from (prefix + name for name in projection.values)
    yield from (f"{prefix}{name}.id" for name in projection.related)
    for name, part in (*projection.parts, *projection.lines):
        yield from _paths(part, f"{prefix}{name}.")


def _projection(content: DocumentContent) -> _Projection:
    return _INCOMING if isinstance(content, IncomingInvoice) else _OUTGOING
