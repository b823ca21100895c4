"""The XML that an e-invoice carries inside its PDF: ZUGFeRD, Factur-X and XRechnung, old and new, in CII or UBL.

Elements are found by their local names, which the versions share (ZUGFeRD 1.0 and 2, Factur-X 1.0:
CrossIndustryInvoice; EN 16931-3-2: UBL 2.1). A file that says nothing of the kind, or figures that do not add up, are
as if they were not there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from autobook_sim.ocr.sums import Sums, VatLine, consistent

MAX_XML = 5 * 1024 * 1024
"""Bytes of an embedded file that is looked at."""
_ROOTS = {"CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote"}
_RATES = ("RateApplicablePercent", "ApplicablePercent")
_CREDIT_CODES = {"81", "83", "381", "396", "532"}
"""Of UNTDID 1001: credit notes. A self-billed invoice (389) is an invoice."""
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_LONGEST = 191
_AMOUNT = re.compile(r"[+-]?\d{1,12}(\.\d{1,10})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What the XML says; None where it does not."""

    is_credit: bool
    supplier_name: str | None
    invoice_number: str | None
    date_of_invoice: date | None
    due_date: date | None
    start: date | None
    end: date | None
    sums: Sums


def read_einvoice(xml: bytes) -> EInvoice | None:
    """The invoice in an embedded file; None for any other file."""
    if len(xml) > MAX_XML:
        return None
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        return None
    if _name(root) not in _ROOTS:
        return None
    read = _ubl(root) if _name(root) in ("Invoice", "CreditNote") else _cii(root)
    return read if read.invoice_number or read.supplier_name else None


def _cii(root: Element) -> EInvoice:
    document = _first(root, "ExchangedDocument", "HeaderExchangedDocument")
    settlement = _first(
        root, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement", "SupplyChainTradeSettlement"
    )
    sums = _first(
        settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"
    )
    period = _first(settlement, "BillingSpecifiedPeriod")
    return EInvoice(
        is_credit=_text(_child(document, "TypeCode")) in _CREDIT_CODES,
        supplier_name=_text(_child(_first(root, "SellerTradeParty"), "Name")),
        invoice_number=_text(_child(document, "ID")),
        date_of_invoice=_day(_child(document, "IssueDateTime")),
        due_date=_day(_first(settlement, "DueDateDateTime")),
        start=_day(_child(period, "StartDateTime")),
        end=_day(_child(period, "EndDateTime")),
        sums=_sums(
            [
                (_amount(_first(tax, *_RATES)), _amount(_child(tax, "CalculatedAmount")))
                for tax in _children(settlement, "ApplicableTradeTax")
            ],
            _amount(_child(sums, "TaxBasisTotalAmount")),
            _amount(_child(sums, "TaxTotalAmount")),
            _amount(_child(sums, "GrandTotalAmount")),
        ),
    )  # fmt: skip


def _ubl(root: Element) -> EInvoice:
    party = _first(_child(root, "AccountingSupplierParty"), "Party")
    name = _text(_first(_child(party, "PartyLegalEntity"), "RegistrationName"))
    total, sums = _child(root, "TaxTotal"), _child(root, "LegalMonetaryTotal")
    period = _child(root, "InvoicePeriod")
    code = _text(_child(root, "InvoiceTypeCode"))
    return EInvoice(
        is_credit=_name(root) == "CreditNote" or code in _CREDIT_CODES,
        supplier_name=name or _text(_first(_child(party, "PartyName"), "Name")),
        invoice_number=_text(_child(root, "ID")),
        date_of_invoice=_day(_child(root, "IssueDate")),
        due_date=_day(_first(root, "DueDate", "PaymentDueDate")),
        start=_day(_child(period, "StartDate")),
        end=_day(_child(period, "EndDate")),
        sums=_sums(
            [
                (_amount(_child(_first(each, "TaxCategory"), "Percent")), _amount(_child(each, "TaxAmount")))
                for each in _children(total, "TaxSubtotal")
            ],
            _amount(_child(sums, "TaxExclusiveAmount")),
            _amount(_child(total, "TaxAmount")),
            _amount(_child(sums, "TaxInclusiveAmount")),
        ),
    )


def _sums(
    lines: list[tuple[Decimal | None, Decimal | None]], net: Decimal | None, tax: Decimal | None, gross: Decimal | None
) -> Sums:
    """The sums, if they add up. VAT lines of one rate are one; an exempt one may leave out its rate."""
    by_rate: dict[Decimal, Decimal] = {}
    for rate, amount in lines:
        if amount is None:
            return consistent((), net, tax, gross)
        by_rate[rate or Decimal(0)] = by_rate.get(rate or Decimal(0), Decimal(0)) + amount
    vats: tuple[VatLine, ...] = tuple(sorted(by_rate.items()))
    if tax is None and vats:
        tax = sum((amount for _, amount in vats), Decimal(0))
    return consistent(vats, net, tax, gross)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element | None, name: str) -> Iterator[Element]:
    return (each for each in (element if element is not None else ()) if _name(each) == name)


def _child(element: Element | None, name: str) -> Element | None:
    return next(_children(element, name), None)


def _first(element: Element | None, *names: str) -> Element | None:
    """The first below, at any depth, with one of the names."""
    below = element.iter() if element is not None else iter(())
    return next((each for each in below if _name(each) in names), None)


def _text(element: Element | None) -> str | None:
    """Its text on one line."""
    text = " ".join("".join(element.itertext()).split()) if element is not None else ""
    return text[:_LONGEST] or None


def _day(element: Element | None) -> date | None:
    """`20261105` (format 102) or `2026-11-05`."""
    match = _DAY.match(_text(element) or "")
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _amount(element: Element | None) -> Decimal | None:
    text = _text(element) or ""
    try:
        amount = Decimal(text) if _AMOUNT.fullmatch(text) else None
    except InvalidOperation:  # pragma: no cover - the pattern lets nothing else through
        return None
    return None if amount is None else _two_places(amount)


def _two_places(amount: Decimal) -> Decimal:
    """`100`, `100.0` and `100.0000` are `100.00`, as they are printed."""
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()
