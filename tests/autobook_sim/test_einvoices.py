"""E-invoices: the XML in a PDF goes before what is printed, where it is one and adds up."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autobook_local.demo.documents import demo_documents
from autobook_sim.ocr import ReadDocument, read_document
from autobook_sim.ocr.einvoice import MAX_XML, read_einvoice

PRINTED, SCAN = (demo_documents(date(2026, 11, 21))[place].pdf for place in (0, -1))
FACTURX = """<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:ram" xmlns:udt="urn:udt">
 <rsm:ExchangedDocument><ram:ID> X-17 </ram:ID><ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">20261105</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:IncludedSupplyChainTradeLineItem><ram:ApplicableTradeTax>
    <ram:RateApplicablePercent>3</ram:RateApplicablePercent></ram:ApplicableTradeTax>
  </ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:ID>1</ram:ID><ram:Name>Muster &amp; Söhne\n GmbH</ram:Name>
    <ram:DefinedTradeContact><ram:Name>A person</ram:Name></ram:DefinedTradeContact></ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>We</ram:Name></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:ApplicableTradeTax><ram:CalculatedAmount>20.00</ram:CalculatedAmount>
    <ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   <ram:ApplicableTradeTax><ram:CalculatedAmount>5</ram:CalculatedAmount>
    <ram:RateApplicablePercent>10</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   <ram:BillingSpecifiedPeriod>
    <ram:StartDateTime><udt:DateTimeString format="102">20261001</udt:DateTimeString></ram:StartDateTime>
    <ram:EndDateTime><udt:DateTimeString format="102">20261031</udt:DateTimeString></ram:EndDateTime>
   </ram:BillingSpecifiedPeriod>
   <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>
    <udt:DateTimeString format="102">20261119</udt:DateTimeString></ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>150</ram:LineTotalAmount><ram:TaxBasisTotalAmount>150.0</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">25.00</ram:TaxTotalAmount><ram:GrandTotalAmount>175.00</ram:GrandTotalAmount>
    <ram:DuePayableAmount>75.00</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
ZUGFERD_1 = (
    FACTURX.replace("CrossIndustryInvoice", "CrossIndustryDocument")
    .replace("rsm:ExchangedDocument", "rsm:HeaderExchangedDocument")
    .replace("ApplicableHeaderTrade", "ApplicableSupplyChainTrade")
    .replace("RateApplicablePercent", "ApplicablePercent")
    .replace("SettlementHeaderMonetary", "SettlementMonetary")
)
UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:cac" xmlns:cbc="urn:cbc">
 <cbc:ID>X-17</cbc:ID><cbc:IssueDate>2026-11-05</cbc:IssueDate><cbc:DueDate>2026-11-19</cbc:DueDate>
 <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cac:InvoicePeriod><cbc:StartDate>2026-10-01</cbc:StartDate><cbc:EndDate>2026-10-31</cbc:EndDate></cac:InvoicePeriod>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>A brand</cbc:Name></cac:PartyName>
  <cac:PartyLegalEntity><cbc:RegistrationName>Muster &amp; Söhne GmbH</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">25.00</cbc:TaxAmount>
  <cac:TaxSubtotal><cbc:TaxAmount>20.00</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>20</cbc:Percent></cac:TaxCategory>
  </cac:TaxSubtotal>
  <cac:TaxSubtotal><cbc:TaxAmount>5.00</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>10</cbc:Percent></cac:TaxCategory>
  </cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>150.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount>175.00</cbc:TaxInclusiveAmount><cbc:PayableAmount>75.00</cbc:PayableAmount>
 </cac:LegalMonetaryTotal></Invoice>"""
SUMS = (Decimal(150), Decimal(25), Decimal(175))


def with_file(content: bytes, xml: str | bytes, name: str = "factur-x.xml") -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(content))
    writer.add_attachment(name, xml.encode() if isinstance(xml, str) else xml)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def sums(read: ReadDocument) -> tuple[Decimal | None, ...]:
    return read.sum_net, read.sum_tax, read.sum_gross


@pytest.mark.parametrize("xml", [FACTURX, ZUGFERD_1, UBL], ids=["Factur-X", "ZUGFeRD 1.0", "UBL"])
@pytest.mark.parametrize("page", [PRINTED, SCAN], ids=["printed", "picture"])
def test_the_xml_goes_first(xml: str, page: bytes) -> None:
    """Supplier, number, dates, VAT and sums are those of the XML, whatever is printed, or nothing is."""
    read = read_document(with_file(page, xml))
    assert read.readable
    assert (read.supplier_name, read.invoice_number, read.type) == ("Muster & Söhne GmbH", "X-17", "Invoice")
    assert (read.date_of_invoice, read.due_date) == (date(2026, 11, 5), date(2026, 11, 19))
    assert (read.date_of_start, read.date_of_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert sums(read) == SUMS
    assert read.vats == ((Decimal(10), Decimal(5)), (Decimal(20), Decimal(20)))


@pytest.mark.parametrize(("code", "type_"), [("381", "Credit"), ("389", "Invoice"), ("384", "Invoice")])
def test_kinds(code: str, type_: str) -> None:
    """A credit note is one by its type code; a self-billed invoice, which German calls so too, is an invoice."""
    assert read_document(with_file(SCAN, FACTURX.replace(">380<", f">{code}<"))).type == type_
    assert read_document(with_file(SCAN, UBL.replace(">380<", f">{code}<"))).type == type_
    credit_note = UBL.replace("<Invoice", "<CreditNote").replace("</Invoice>", "</CreditNote>")
    assert read_document(with_file(SCAN, credit_note)).type == "Credit"


def test_figures_that_do_not_add_up_are_not_read() -> None:
    """XML whose figures contradict each other gives none of them, nor those that are printed; the rest is read."""
    read = read_document(with_file(PRINTED, FACTURX.replace(">175.00<", ">178.00<")))
    assert (read.invoice_number, sums(read), read.vats) == ("X-17", (None, None, None), ())
    read = read_document(with_file(PRINTED, FACTURX.replace(">20.00</ram:Calc", ">21.00</ram:Calc")))
    assert (sums(read), read.vats) == (SUMS, ())


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"<Invoice/>", b"<html><ID>X-1</ID></html>", b"no xml", b"<Invoice><ID>", b"\xff\xfe<",
        b'<?xml version="1.0" encoding="klingon"?><Invoice><ID>X-1</ID></Invoice>',
        b'<!DOCTYPE a [<!ENTITY b "X-1">]><Invoice><ID>&b;</ID></Invoice>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Invoice><ID>X-1</ID></Invoice>',
        b"<Invoice><ID>X-1</ID></Invoice>" + b" " * MAX_XML,
    ],
)  # fmt: skip
def test_any_other_file_changes_nothing(xml: bytes) -> None:
    """What is no invoice, is damaged, too large, or asks for more than XML is as if it were not there."""
    assert read_einvoice(xml) is None
    if len(xml) < 1000:
        assert read_document(with_file(PRINTED, xml)) == read_document(PRINTED)


def test_a_file_of_another_name() -> None:
    """Only files that are called XML are looked into."""
    assert read_document(with_file(PRINTED, FACTURX, "notes.txt")) == read_document(PRINTED)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FACTURX) - 1), st.text(max_size=20), st.integers(0, 300))
def test_no_damage_raises(at: int, rubbish: str, cut: int) -> None:
    """XML that is changed anywhere leads to an answer whose sums add up, or to none."""
    read = read_einvoice((FACTURX[:at] + rubbish + FACTURX[at + cut :]).encode("utf-8", "replace"))
    if read is not None and read.sums.net is not None:
        assert read.sums.tax is not None
        assert read.sums.net + read.sums.tax == read.sums.gross
