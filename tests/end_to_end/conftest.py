"""The whole system, once for all end-to-end tests: the production template on the local AWS, IAM enforced."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from autobook_local.demo.documents import DemoDocument, demo_documents
from autobook_local.demo.rule_list import RULES
from autobook_local.system import LocalSystem, read_rules


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """Running, with the demonstration's rules and a Hypatos and a Billomat to export to.

    Every test uploads the same invoice, which the guard would rightly take for a duplicate; and reconcile runs when a
    test asks for it, whatever time it is.
    """
    half_a_day_from_now = (datetime.now(UTC).hour + 12) % 24
    time = f"cron(0/15 {half_a_day_from_now}-{half_a_day_from_now} * * ? *)"
    parameters = {"DuplicateGuard": "off", "ReconcileTime": time}
    with LocalSystem(rules=read_rules(RULES), hypatos=True, billomat=True, parameters=parameters) as running:
        yield running


@pytest.fixture(scope="session")
def hosting() -> DemoDocument:
    """An invoice that a rule books."""
    documents = {document.file_name: document for document in demo_documents(date(2026, 11, 21))}
    return next(document for name, document in documents.items() if "hosting" in name or "hostwerk" in name)
