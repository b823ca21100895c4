"""The whole system, once for all end-to-end tests: the production template on the local AWS, IAM enforced."""

from collections.abc import Iterator
from datetime import date

import pytest

from autobook_local.demo.documents import DemoDocument, demo_documents
from autobook_local.demo.run import RULES
from autobook_local.system import LocalSystem, read_rules


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """Running, with the demonstration's rules and a Hypatos and a Billomat to export to."""
    with LocalSystem(rules=read_rules(RULES), hypatos=True, billomat=True) as running:
        yield running


@pytest.fixture(scope="session")
def hosting() -> DemoDocument:
    """An invoice that a rule books."""
    documents = {document.file_name: document for document in demo_documents(date(2026, 11, 21))}
    return next(document for name, document in documents.items() if "hosting" in name or "hostwerk" in name)
