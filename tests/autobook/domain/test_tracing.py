"""The trace of X-Ray as W3C Trace Context writes it."""

import re

import pytest

from autobook.adapters.tracing import current_traceparent
from autobook.domain.documents import Change, DocumentKind, DocumentMessage
from autobook.domain.tracing import traceparent, valid_traceparent

ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"
TRACE = "5759e988bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1", f"00-{TRACE}-53995c3f42cd8ad8-01"),
        (f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0", f"00-{TRACE}-53995c3f42cd8ad8-00"),
        (f"Sampled=1; {ROOT} ;Parent=53995C3F42CD8AD8", f"00-{TRACE}-53995c3f42cd8ad8-01"),
        ("Root=1-5759E988-BD862E3FE1BE46A994272793;Parent=53995c3f42cd8ad8", f"00-{TRACE}-53995c3f42cd8ad8-00"),
    ],
)
def test_of_a_header(header: str, expected: str) -> None:
    """Root, parent and the decision to sample are taken over, whatever else the header says."""
    assert traceparent(header) == expected


@pytest.mark.parametrize(
    "parent", ["", ";Parent=", ";Parent=0000000000000000", ";Parent=xyz", ";Parent=53995c3f42cd8ad8a"]
)
def test_without_a_parent(parent: str) -> None:
    """A parent is mandatory: it follows from the root, and is the same each time."""
    made = traceparent(ROOT + parent)
    assert made == traceparent(ROOT)
    assert re.fullmatch(f"00-{TRACE}-(?!0{{16}})[0-9a-f]{{16}}-00", made or "")


@pytest.mark.parametrize(
    "header",
    [None, "", "Root", "Root=", "Root=1-5759e988-bd86", "Root=2-5759e988-bd862e3fe1be46a994272793", "Self=1-a-b",
     "ü;=;;", "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8", f"x{ROOT}", f"{ROOT}0"],
)  # fmt: skip
def test_none(header: str | None) -> None:
    """Without a trace there is nothing to say."""
    assert traceparent(header) is None


def test_of_this_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda sets it anew for each invocation; elsewhere there is none."""
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    assert current_traceparent() is None
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1")
    assert current_traceparent() == f"00-{TRACE}-53995c3f42cd8ad8-01"


@pytest.mark.parametrize(
    "text", ["", None, 5, f"00-{TRACE}-53995c3f42cd8ad8-01\n", f"00-{'0' * 32}-53995c3f42cd8ad8-01"]
)
def test_not_valid(text: object) -> None:
    """What is none is not passed on."""
    assert valid_traceparent(text) is None


def test_in_a_message() -> None:
    """It travels with the message; one that is none is left behind, and the message is read all the same."""
    sent = DocumentMessage(
        DocumentKind.INCOMING_INVOICE, "inv1", Change.UPDATE, "now", "t", f"00-{TRACE}-53995c3f42cd8ad8-01"
    )
    assert DocumentMessage.from_json(sent.to_json()) == sent
    odd = DocumentMessage.from_json(sent.to_json().replace("00-5759", "99-5759"))
    assert odd == DocumentMessage(DocumentKind.INCOMING_INVOICE, "inv1", Change.UPDATE, "now", "t")
    assert "traceparent" not in odd.to_json()
