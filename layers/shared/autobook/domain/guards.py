"""Guards: looks at a supplier's other invoices before one is handed to accounting.

A guard that holds withholds the status, which a person then sets, and writes nothing. It looks for the same invoice a
second time, and for an amount that is unusual for the supplier.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final

from autobook.domain.action_fields import STATUS
from autobook.domain.codes import normal_code, quoted
from autobook.domain.conditions import local_date
from autobook.domain.decision import Decision
from autobook.domain.filter_text import literal, one_of
from autobook.domain.kanbert import IncomingInvoice, is_mark
from autobook.domain.problems import Problem, ProblemCode

LAST_INVOICES: Final = 12
FEWEST_INVOICES: Final = 5
"""Invoices of a supplier whose amounts are compared, by date the last, and without which nothing is unusual."""
_DAY: Final = timedelta(days=1)
_CENT: Final = Decimal("0.01")
_LONG_NUMBER: Final = 5
"""Characters from which on few other numbers contain an invoice's number."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MOST_SPELLINGS: Final = 32
_WITHDRAWN: Final = frozenset(("cancelled", "canceled", "deleted", "rejected", "void"))
"""Words for a status of an invoice that counts no more. None of them is documented."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards that are on. `tolerance`: by how many percent an amount may leave the span of the last; None: off."""

    duplicates: bool
    tolerance: Decimal | None


def grants_status(decision: Decision) -> bool:
    """True if the decision hands the invoice to accounting: only then the guards look."""
    return any(write.field == STATUS.name for write in decision.writes)


def with_status_withheld(decision: Decision, held: Sequence[tuple[ProblemCode, str]]) -> Decision:
    """The decision without the status, and with the reasons of the guards that held."""
    rules = tuple(write.rule_id for write in decision.writes if write.field == STATUS.name)
    problems = [Problem(code, f"status not set: {reason}", None, STATUS.name, rules) for code, reason in held]
    return replace(
        decision,
        writes=tuple(write for write in decision.writes if write.field != STATUS.name),
        problems=(*decision.problems, *problems),
        guards=tuple(code for code, _ in held),
    )


def filter_for_duplicates(invoice: IncomingInvoice, zone: tzinfo) -> str | None:
    """Kanbert's filter for invoices that may be the same; None where there is nothing to compare.

    It finds a little more: whether Kanbert regards case, and which day a moment is of, is decided here.
    """
    if invoice.supplier is None:
        return None
    alike: list[str] = []
    if number := (invoice.invoice_number or "").strip():
        alike.append(f"invoice_number in {one_of((str(invoice.invoice_number), *_spellings(number)))}")
        if len(number) >= _LONG_NUMBER:  # with blanks around it
            alike.append(f"invoice_number contains {literal(number)}")
        caseless = max(_LETTERS.split(number), key=len)
        if _LONG_NUMBER <= len(caseless) < len(number):  # in mixed case
            alike.append(f"invoice_number contains {literal(caseless)}")
    day, gross = _day_of(invoice, zone), invoice.sum_gross
    if day is not None and gross is not None:
        sums = f"sum_gross >= {gross - _CENT:f} and sum_gross <= {gross + _CENT:f}"
        alike.append(f'{sums} and date_of_invoice >= "{day - _DAY}" and date_of_invoice <= "{day + _DAY}"')
    # In parentheses: which of `and` and `or` binds closer is not documented.
    return " or ".join(f"({each})" for each in alike) or None


def _spellings(number: str) -> list[str]:
    """The number in upper and lower case; with few letters, in every mixture of both."""
    cases = [dict.fromkeys((each, each.upper(), each.lower())) for each in number]
    if prod(map(len, cases)) <= _MOST_SPELLINGS:
        return ["".join(each) for each in product(*cases)]
    return [number, number.upper(), number.lower(), number.capitalize(), number.title()]


def duplicate(invoice: IncomingInvoice, others: Iterable[IncomingInvoice], zone: tzinfo) -> str | None:
    """Why the invoice may be there already; None where it is not. A credit note is no duplicate of its invoice."""
    for other in others:
        if not _counts(invoice, other) or not _same_supplier(invoice, other) or not _was_there_before(other, invoice):
            continue
        supplier = _supplier(invoice)
        number = invoice.invoice_number or ""
        if normal_code(number) and normal_code(number) == normal_code(other.invoice_number or ""):
            return f"invoice {quoted(number)} of {supplier} is there already: {_described(other, zone)}"
        day, gross = _day_of(invoice, zone), invoice.sum_gross
        same_amount = gross is not None and other.sum_gross is not None and abs(gross - other.sum_gross) < _CENT / 2
        if same_amount and day is not None and _day_of(other, zone) == day:
            return f"{supplier} has another invoice of the same day and amount: {_described(other, zone)}"
    return None


def filter_for_supplier(invoice: IncomingInvoice) -> str | None:
    """Kanbert's filter for the supplier's invoices; None where the supplier has no id."""
    supplier = invoice.supplier
    if supplier is None or not supplier.id or is_mark(supplier.id):
        return None
    return f"supplier.id = {literal(supplier.id)}"


def unusual_amount(invoice: IncomingInvoice, others: Iterable[IncomingInvoice], tolerance: Decimal) -> str | None:
    """Why the amount is unusual for the supplier; None where it is not, or too few are known."""
    own = [other for other in others if _counts(invoice, other) and _same_supplier(invoice, other)]
    compared = {other.id: other for other in own if other.sum_gross}
    last = sorted(compared.values(), key=_moment_of, reverse=True)[:LAST_INVOICES]
    if len(last) < FEWEST_INVOICES or invoice.sum_gross is None:
        return None
    low, high = min(last, key=_amount), max(last, key=_amount)
    factor = 1 + tolerance / 100
    if _amount(low) / factor <= _amount(invoice) <= _amount(high) * factor:
        return None
    return (
        f"gross {_amount(invoice):.2f} is unusual for {_supplier(invoice)}, whose last {len(last)} invoices are "
        f"from {_amount(low):.2f} ({_number(low)}) to {_amount(high):.2f} ({_number(high)})"
    )


def _counts(invoice: IncomingInvoice, other: IncomingInvoice) -> bool:
    """True for another invoice of the same kind, invoice or credit note, that was not withdrawn."""
    withdrawn = (other.status or "").strip().lower() in _WITHDRAWN or other.source.get("deleted_at")
    return other.id != invoice.id and not withdrawn and _is_credit(other) == _is_credit(invoice)


def _is_credit(invoice: IncomingInvoice) -> bool:
    return invoice.type == "Credit" or (invoice.sum_gross or 0) < 0


def _was_there_before(other: IncomingInvoice, invoice: IncomingInvoice) -> bool:
    """True unless the other came later and is still open: of two, the later one is the duplicate."""
    if other.status != STATUS.initial or other.created_at is None or invoice.created_at is None:
        return True
    return (other.created_at, other.id) < (invoice.created_at, invoice.id)


def _same_supplier(invoice: IncomingInvoice, other: IncomingInvoice) -> bool:
    one, two = invoice.supplier, other.supplier
    if one is None or two is None:
        return False
    return (one.id is not None and one.id == two.id) or (
        bool(one.name) and normal_code(one.name or "") == normal_code(two.name or "")
    )


def _day_of(invoice: IncomingInvoice, zone: tzinfo) -> date | None:
    return local_date(invoice.date_of_invoice, zone) if invoice.date_of_invoice is not None else None


def _moment_of(invoice: IncomingInvoice) -> tuple[datetime, str]:
    return invoice.date_of_invoice or invoice.created_at or datetime.min.replace(tzinfo=UTC), invoice.id


def _amount(invoice: IncomingInvoice) -> Decimal:
    """Of a credit note too the bare amount: its sign is not documented."""
    return abs(invoice.sum_gross or Decimal())


def _supplier(invoice: IncomingInvoice) -> str:
    supplier = invoice.supplier
    return quoted((supplier.name or supplier.id or "") if supplier is not None else "")


def _number(invoice: IncomingInvoice) -> str:
    return quoted(invoice.invoice_number or f"without a number, id {invoice.id}")


def _described(other: IncomingInvoice, zone: tzinfo) -> str:
    day, amount = _day_of(other, zone), other.sum_gross
    facts = (f"of {day}" if day else "without a date", f"gross {amount:.2f}" if amount is not None else "no gross sum")
    return f"{_number(other)}, {', '.join(facts)}, status {quoted(other.status or '')} (id {other.id})"
