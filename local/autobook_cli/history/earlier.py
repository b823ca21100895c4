"""The supplier's invoices that were there before one, for the guards: what Kanbert would have listed then.

Asking Kanbert would take two calls for each invoice, and list what came later too. Kept of each invoice is what
the guards look at, and of each supplier the last ones by date.
"""

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from autobook.domain.codes import normal_code
from autobook.domain.conditions import local_date
from autobook.domain.documents import DocumentContent, Unreadable
from autobook.domain.guards import LAST_INVOICES
from autobook.domain.kanbert import IncomingInvoice, Supplier

_MOST_LAST: Final = 3 * LAST_INVOICES
_MOST_ALIKE: Final = 20
"""Invoices of one number, or of one day and sum, that are kept."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class _Earlier:
    """What the guards look at."""

    id: str
    type: str | None
    status: str | None
    invoice_number: str | None
    sum_gross: Decimal | None
    supplier: Supplier | None
    date_of_invoice: datetime | None
    created_at: datetime | None
    deleted: bool

    @classmethod
    def of(cls, invoice: IncomingInvoice) -> "_Earlier":
        return cls(
            invoice.id, invoice.type, invoice.status, invoice.invoice_number, invoice.sum_gross, invoice.supplier,
            invoice.date_of_invoice, invoice.created_at, bool(invoice.source.get("deleted_at")),
        )  # fmt: skip

    def invoice(self) -> IncomingInvoice:
        """As a list would show it."""
        source: dict[str, Any] = {"deleted_at": True} if self.deleted else {}
        displayed = {name: getattr(self, name) for name in self.__slots__ if name not in ("id", "deleted")}
        return IncomingInvoice.model_validate({"id": self.id, **source}).model_copy(update=displayed)


class EarlierInvoices:
    """Every invoice that was remembered, by supplier. The order is that in which they came."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last: dict[str, list[_Earlier]] = {}
        self._alike: dict[tuple[object, ...], list[_Earlier]] = {}

    def remember(self, invoice: IncomingInvoice) -> None:
        """It is there from now on."""
        earlier = _Earlier.of(invoice)
        for supplier in _keys(invoice.supplier):
            last = self._last.setdefault(supplier, [])
            insort(last, earlier, key=_moment)
            del last[:-_MOST_LAST]
        for key in self._likenesses(invoice):
            alike = self._alike.setdefault(key, [])
            if len(alike) < _MOST_ALIKE:
                alike.append(earlier)

    def before(self, invoice: IncomingInvoice) -> "ListsOfEarlier":
        """What the guards ask about this invoice, answered."""
        suppliers = list(_keys(invoice.supplier))
        last = {each.id: each for key in suppliers for each in self._last.get(key, ())}
        alike = {each.id: each for key in self._likenesses(invoice) for each in self._alike.get(key, ())}
        return ListsOfEarlier(list(alike.values()), sorted(last.values(), key=_moment, reverse=True))

    def _likenesses(self, invoice: IncomingInvoice) -> Iterator[tuple[object, ...]]:
        number = normal_code(invoice.invoice_number or "")
        day = invoice.date_of_invoice and local_date(invoice.date_of_invoice, self._zone)
        for supplier in _keys(invoice.supplier):
            if number:
                yield supplier, number
            if day is not None and invoice.sum_gross is not None:
                yield supplier, day, invoice.sum_gross


class ListsOfEarlier:
    """Stands for Kanbert's lists: the guards ask for invoices that are alike, and for the supplier's last ones."""

    def __init__(self, alike: list[_Earlier], last: list[_Earlier]) -> None:
        self._alike, self._last = alike, last

    def list_incoming_invoices(
        self,
        *,
        filter: str | None,  # noqa: A002, ARG002 - the API's name
        sort: str,
        page_size: int,  # noqa: ARG002
        cursor: str | None,  # noqa: ARG002
        on_page: Callable[[str | None], None] | None,  # noqa: ARG002
    ) -> Iterator[IncomingInvoice]:
        """The last first where the guards ask for an order by date, otherwise those that are alike."""
        return (each.invoice() for each in (self._last if sort == "-date_of_invoice" else self._alike))

    def list_outgoing_invoices(self, **_: Any) -> Iterator[DocumentContent | Unreadable]:
        """No guard asks for them."""
        return iter(())


def _keys(supplier: Supplier | None) -> Iterator[str]:
    """A supplier is the same by id, or by name."""
    if supplier is None:
        return
    if supplier.id:
        yield f"id {supplier.id}"
    if name := normal_code(supplier.name or ""):
        yield f"name {name}"


def _moment(earlier: _Earlier) -> tuple[datetime, str]:
    return earlier.date_of_invoice or earlier.created_at or _LONG_AGO, earlier.id
