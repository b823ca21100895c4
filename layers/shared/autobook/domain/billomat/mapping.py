"""How a booked incoming invoice of Kanbert becomes incomings of Billomat.

docs/billomat-api.md, "What is exported", has the table. Pure: suppliers and accounts are given, nothing is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from autobook.domain.billomat.parameters import BillomatParameters
from autobook.domain.billomat.values import xml_text
from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.errors import GiveUp
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.line_amounts import line_amounts

_CENT: Final = Decimal("0.01")
_LONGEST: Final = 10_000
"""Characters of a text."""
SUPPLIER: Final = "supplier"
ACCOUNT: Final = "account"
_LONGEST_NAME: Final = 500
"""Characters of what a mapping is about: DynamoDB takes keys of 2,048 bytes."""


def supplier_key(identifier: str) -> str:
    """The key of a supplier's mapping: `supplier:` and Kanbert's id, `name:` and its name where it came without one."""
    return f"{SUPPLIER}:{identifier[:_LONGEST_NAME]}"


def account_key(code: str) -> str:
    """The key of an account's mapping: `account:7380`."""
    return f"{ACCOUNT}:{code[:_LONGEST_NAME]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierMapping:
    """A supplier in Billomat, and what is said of it in an incoming, where somebody wrote that down."""

    supplier_id: int
    client_number: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class WantedIncoming:
    """An incoming as it is to be; `slot` tells those of one invoice apart: the expense account, or `whole`."""

    slot: str
    fields: Mapping[str, Any]

    @property
    def number(self) -> str:
        """The invoice's number."""
        return str(self.fields["number"])

    @property
    def supplier_id(self) -> int:
        """The supplier in Billomat."""
        return int(self.fields["supplier_id"])

    @property
    def state(self) -> str:
        """All of it, in 64 hexadecimal digits."""
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in self.fields.items()}
        return sha256(canonical_json(plain))


def account_code(booking: Booking) -> str | None:
    """The code of a line's account, its id where Kanbert shows no code; None for a line without an account."""
    account = booking.chart_of_account
    return (account.code if account and account.code else None) or booking.chart_of_account_id


def is_booked(invoice: IncomingInvoice) -> bool:
    """True if every line (but references to outgoing invoices) has an account."""
    lines = _own_lines(invoice)
    return bool(lines) and all(account_code(each) for each in lines)


def account_codes(invoice: IncomingInvoice) -> tuple[str, ...]:
    """The accounts of its lines, each once."""
    return tuple(dict.fromkeys(code for each in _own_lines(invoice) if (code := account_code(each))))


def _own_lines(invoice: IncomingInvoice) -> list[Booking]:
    return [each for each in invoice.bookings or () if each.type != "reference"]


def wanted_incomings(
    invoice: IncomingInvoice,
    supplier: SupplierMapping,
    expense_accounts: Mapping[str, int],
    parameters: BillomatParameters,
) -> tuple[WantedIncoming, ...]:
    """What Billomat is to have of a booked invoice. `expense_accounts`: of each code of `account_codes`.

    Raises GiveUp where Billomat could not take it: without number or date, or lines that do not add up.
    """
    shared = _shared_fields(invoice, supplier, parameters)
    sign = -1 if invoice.type == "Credit" and (invoice.sum_gross or invoice.sum_net or 0) > 0 else 1
    parts = _parts(invoice, expense_accounts)
    if parameters.split == "largest" or len(parts) == 1:
        account = max(parts, key=lambda each: abs(parts[each]))
        sums = {"total_net": _signed(invoice.sum_net, sign), "total_gross": _signed(invoice.sum_gross, sign)}
        slot = "whole" if parameters.split == "largest" else str(account)
        return (WantedIncoming(slot, shared | sums | {"expense_account_number": account}),)
    nets, grosses = _sums_by_account(invoice, expense_accounts, list(parts))
    return tuple(
        WantedIncoming(
            str(account),
            shared
            | {
                "total_net": _signed(nets[account], sign),
                "total_gross": _signed(grosses[account], sign),
                "expense_account_number": account,
            },
        )
        for account in parts
    )


def _shared_fields(
    invoice: IncomingInvoice, supplier: SupplierMapping, parameters: BillomatParameters
) -> dict[str, Any]:
    number = xml_text(invoice.invoice_number or "").strip()
    day = _day(invoice.date_of_invoice, parameters.zone)
    missing = [name for name, value in (("number", number), ("date", day)) if not value]
    if missing:
        raise GiveUp(
            f"invoice {invoice.id} has no {' and no '.join(missing)}, which Billomat asks for: add it in Kanbert, and "
            "it is exported"
        )
    optional = {"address": supplier.address, "client_number": supplier.client_number, "category": parameters.category}
    return {
        "supplier_id": supplier.supplier_id,
        "number": number,
        "date": day,
        "due_date": _day(invoice.due_date, parameters.zone),
        "note": (invoice.notes or "")[:_LONGEST] or None,
        "label": (invoice.title or "")[:_LONGEST] or None,
        "currency_code": parameters.currency,
        "quote": parameters.quote,
        **{name: text for name, text in optional.items() if text},
    }


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _signed(value: Decimal | None, sign: int) -> Decimal | None:
    return None if value is None else sign * value


def _parts(invoice: IncomingInvoice, expense_accounts: Mapping[str, int]) -> dict[int, Decimal]:
    """What is booked on each expense account, in the order of the lines."""
    parts: dict[int, Decimal] = {}
    for each in _own_lines(invoice):
        account = expense_accounts[account_code(each) or ""]
        parts[account] = parts.get(account, Decimal()) + (each.value or Decimal())
    return parts


def _sums_by_account(
    invoice: IncomingInvoice, expense_accounts: Mapping[str, int], accounts: Sequence[int]
) -> tuple[dict[int, Decimal | None], dict[int, Decimal | None]]:
    """Net and gross of each account; where a line's tax is not known, the missing sum in proportion to the other."""
    net: dict[int, list[Decimal | None]] = {account: [] for account in accounts}
    gross: dict[int, list[Decimal | None]] = {account: [] for account in accounts}
    for booking, amounts in zip(invoice.bookings or (), line_amounts(invoice), strict=True):
        if booking.type != "reference":
            account = expense_accounts[account_code(booking) or ""]
            net[account].append(amounts.net)
            gross[account].append(amounts.gross)
    nets, grosses = _added(net), _added(gross)
    return _completed(nets, grosses, invoice.sum_net), _completed(grosses, nets, invoice.sum_gross)


def _added(values: Mapping[int, list[Decimal | None]]) -> dict[int, Decimal | None]:
    return {
        account: None if None in each else sum((value for value in each if value is not None), Decimal())
        for account, each in values.items()
    }


def _completed(
    sums: dict[int, Decimal | None], others: dict[int, Decimal | None], total: Decimal | None
) -> dict[int, Decimal | None]:
    """The sums, or all of `total` shared out as the others are, to the cent."""
    weights = [value for value in others.values() if value is not None]
    if None not in sums.values() or total is None or len(weights) < len(others):
        return sums
    whole = sum(weights, Decimal())
    if not whole:
        return sums
    shares = [(total * weight / whole).quantize(_CENT) for weight in weights]
    largest = max(range(len(shares)), key=lambda place: abs(shares[place]))
    shares[largest] += total - sum(shares, Decimal())
    return dict(zip(sums, shares, strict=True))
