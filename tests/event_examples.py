"""One event of every type, as the use cases publish it: `python -m tests.event_examples` writes docs/examples/events.

docs/consumers.md shows them; it is written again too.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from autobook.domain.codes import Candidate
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.events import Event
from autobook.service.accept_suggestions import AcceptSuggestions
from autobook.service.undo import UndoValues
from tests.checking import CheckingSystem
from tests.fake_kanbert import booking, incoming, outgoing
from tests.fakes import FakeCodeResolver, FakeRuleRepository, System, message

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "examples" / "events"
PAGE = DOCS / "consumers.md"
_BLOCK = re.compile(r"(<!-- example: (\S+) -->\n```json\n).*?(```\n)", re.DOTALL)

HOSTING = Candidate("acc-7380", "7380", "Hosting and telephone")
OTHER = Candidate("acc-7390", "7390", "Software")
PROJECT = Candidate("prj-42", "P-42", "Relaunch")
TRACE = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
ADA = "arn:aws:iam::123456789012:user/ada"
HETZNER = 'supplier.name contains "Hetzner"'


def published() -> list[Event]:
    """At least one event of every type, with everything that it can say."""
    resolver = FakeCodeResolver(
        {("account", "7380"): (HOSTING,), ("account", "7390"): (OTHER,), ("project", "P-42"): (PROJECT,)}
    )
    rules = FakeRuleRepository(
        {"rule_id": "hosting", "when": f"{HETZNER} and booking.value < 150", "account": "7380", "tags": ["hosting"]},
        {"rule_id": "relaunch", "when": HETZNER, "project": "P-42", "account": "7390", "mode": "suggest"},
    )
    made = System(rule_repository=rules, code_resolver=resolver)
    made.kanbert.add(incoming(bookings=[booking("b1"), booking("b2", value="200.00")]))
    made.kanbert.add(incoming("inv2", bookings=[]))
    client = {"id": "cli1", "name": "Nordlicht AG", "shortcode": "NORD"}
    sums = {"sum_net": "1000.08", "sum_tax": "200.02", "currency": "EUR"}
    made.kanbert.add(outgoing(title="Relaunch", invoice_number="2026-031", client=client, **sums))
    made.processor()(replace(message(), traceparent=TRACE))
    made.processor()(message("inv2"))
    made.processor()(message("out1", DocumentKind.OUTGOING_INVOICE))
    for cause in list(made.publisher.published):
        if cause.type in {"invoice.received", "outgoing_invoice.changed"}:
            made.archiver()(cause)
    person = {"chart_of_account_id": "acc-5800", "chart_of_account": {"id": "acc-5800", "code": "5800", "title": "IT"}}
    made.kanbert.edit("inv1", "b1", **person)
    made.kanbert.edit("inv1", "b2", chart_of_account_id="acc-7390", chart_of_account={"id": "acc-7390", "code": "7390"})
    made.kanbert.edit("inv1", title="Hosting February")
    made.clock.advance(minutes=10)
    made.processor()(message())
    del made.kanbert.incoming["inv1"]
    del made.kanbert.outgoing["out1"]
    for document, kind in (("inv1", DocumentKind.INCOMING_INVOICE), ("out1", DocumentKind.OUTGOING_INVOICE)):
        with pytest.raises(RetryLater):
            made.processor()(message(document, kind))
    made.clock.advance(minutes=2)  # a 404 is believed the second time
    made.processor()(message())
    made.processor()(message("out1", DocumentKind.OUTGOING_INVOICE))
    made.kanbert.add(incoming("inv4"))
    made.processor()(message("inv4"))
    AcceptSuggestions(made.processor(), ADA)("inv4", lambda _: True, "trace-2")
    UndoValues(made.processor())("inv4", lambda written: written, ADA, "trace-3")
    checking = CheckingSystem(publisher=made.publisher)
    item = {"rule_id": "hosting", "when": 'suplier.name contains "Hetzner"', "account": "7380", "owner": "Ada"}
    checking.table.save(**item)
    checking.drain()
    return made.publisher.published


def examples() -> dict[str, str]:
    """Type to event: of each the one that says most."""
    found: dict[str, str] = {}
    for event in published():
        text = json.dumps(json.loads(event.to_json()), indent=2, ensure_ascii=False) + "\n"
        if len(text) > len(found.get(event.type, "")):
            found[event.type] = text
    return found


def page(text: str) -> str:
    """The page with its examples."""
    made = examples()
    return _BLOCK.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", text)


def main() -> None:
    """Write them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = examples()
    for stale in FOLDER.glob("*.json"):
        if stale.stem not in made:
            stale.unlink()
    for type_, text in made.items():
        (FOLDER / f"{type_}.json").write_text(text, "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
