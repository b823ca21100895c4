"""Documents and values in words, on lines of at most 80 characters."""

import textwrap

from autobook.domain.codes import ObjectName
from autobook.domain.event_values import value_of
from autobook.domain.history import value_text
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import FieldValue, Written
from autobook_cli.console import plain

WIDTH = 80


def fit(text: str, indent: str = "") -> str:
    """On as many lines as it takes, whatever is in it."""
    return textwrap.fill(plain(text), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ") or indent


def in_words(invoice: IncomingInvoice) -> str:
    """Number, supplier, sum and id."""
    supplier = (invoice.supplier.name if invoice.supplier else None) or "no supplier"
    gross = "no sum" if invoice.sum_gross is None else f"{invoice.sum_gross:f}"
    return f"{invoice.invoice_number or 'no number'}  {supplier}  {gross}  ({invoice.id})"


def named_text(field: str, value: FieldValue, name: ObjectName | None) -> str:
    """A value with code and title, as far as they are known."""
    event_value = value_of(field, value, name)
    return value_text(event_value.model_dump(exclude_none=True)) if event_value is not None else "empty"


def place_of(written: Written) -> str:
    """The line, where it is one, and the field."""
    return f"line {written.booking_id} {written.field}" if written.booking_id else written.field


def ours_text(written: Written) -> str:
    """The value that was written or suggested."""
    return named_text(written.field, written.value, written.value_name)


def before_text(written: Written) -> str:
    """The value that stood there before."""
    return named_text(written.field, written.before, written.before_name)


def counted(number: int, noun: str) -> str:
    """`1 value`, `2 values`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
