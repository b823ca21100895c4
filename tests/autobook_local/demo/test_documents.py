"""The demo's invoices against the reader, and against themselves."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import autobook_local.demo
from autobook_local.demo.documents import DemoDocument, demo_documents
from autobook_sim.ocr import read_document

TODAY = date(2026, 11, 21)
DOCUMENTS = demo_documents(TODAY)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.what)
def test_every_document_is_read_as_it_was_written(document: DemoDocument) -> None:
    """Supplier, number, dates, VAT lines and sums come back from the PDF exactly, and nothing else does."""
    assert replace(read_document(document.pdf), text="") == document.expected


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 3, 31)])
def test_any_day_will_do(today: date) -> None:
    """Months of any length and the turn of the year are read as well as today."""
    for document in demo_documents(today):
        assert replace(read_document(document.pdf), text="") == document.expected, document.file_name


def test_the_same_day_gives_the_same_bytes() -> None:
    """A document is the same file in every run of a day."""
    assert demo_documents(TODAY) == DOCUMENTS


def test_sums_add_up() -> None:
    """Net and tax make gross, and the VAT lines make the tax."""
    for read in (document.expected for document in DOCUMENTS if document.expected.readable):
        assert read.sum_net is not None
        assert read.sum_tax is not None
        assert read.sum_net + read.sum_tax == read.sum_gross
        assert sum(value for _, value in read.vats) == read.sum_tax


def test_the_kinds_that_the_demo_promises_are_there() -> None:
    """Credit note, reverse charge, mixed rates, non-ASCII name and a picture are among at least eight."""
    read = [document.expected for document in DOCUMENTS]
    assert len(read) >= 8
    assert any(one.type == "Credit" for one in read)
    assert any([rate for rate, _ in one.vats] == [0] for one in read)
    assert any([rate for rate, _ in one.vats] == [10, 20] for one in read)
    assert any(one.supplier_name and not one.supplier_name.isascii() for one in read)
    assert any(not one.readable for one in read)


def test_rules_have_ids_of_their_own_and_known_attributes() -> None:
    """The example rules could be typed into the table as they stand."""
    rules = json.loads(Path(autobook_local.demo.__file__).with_name("rules.json").read_text(encoding="utf-8"))
    known = {
        "rule_id",
        "when",
        "priority",
        "mode",
        "valid_from",
        "valid_until",
        "account",
        "position",
        "project",
        "client",
        "booking_title",
        "booking_type",
        "status",
        "tags",
        "editor",
        "payment_account",
        "invoice_title",
        "note",
        "overwrite",
        "description",
        "owner",
    }
    assert len({rule["rule_id"] for rule in rules}) == len(rules)
    assert all(set(rule) <= known and rule["when"] for rule in rules)
    assert not any("Rosenrot" in rule["when"] for rule in rules)
