"""Kanbert's filter of incoming invoices: the documented fields and no others (docs/kanbert-api.md)."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from autobook.domain.conditions import Condition, Facts, FieldTable, getters_of_table, parse, truth
from autobook.domain.filter_fields import table_of
from autobook.domain.kanbert import IncomingInvoice
from tests.fake_kanbert import NOW

FIELDS = frozenset(
    (
        *("external_id", "title", "invoice_number", "type", "status", "payment_status"),
        *("sum_net", "sum_tax", "sum_gross", "supplier.id", "editor.id", "date_of_invoice", "due_date", "created_at"),
    )
)
SORTS = frozenset(("title", "date_of_invoice", "due_date", "sum_net", "sum_tax", "sum_gross", "created_at"))
_ZONE = ZoneInfo("Europe/Vienna")


@lru_cache
def _table() -> FieldTable:
    every = table_of(IncomingInvoice)
    table = FieldTable({path: field for path, field in every.fields.items() if path in FIELDS})
    table.index()
    return table


@lru_cache
def _condition(text: str) -> Condition:
    return parse(text, _table())


def fits(invoice: IncomingInvoice, text: str) -> bool:
    """True if the filter surely holds. Refuses one that names another field."""
    facts = Facts(getters_of_table(_table()), invoice, None, _ZONE, NOW)
    return truth(_condition(text), facts, _table()) is True
