"""Shorthands of the tests of `process`: a rule, a system with one invoice, a run."""

from collections.abc import Callable
from typing import Any

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AutobookError, RetryLater
from autobook.service.process import ProcessResult
from tests.fake_kanbert import incoming
from tests.fakes import FakeRuleRepository, System, message

HETZNER = 'supplier.name contains "Hetzner"'
INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")


def rule(rule_id: str = "hetzner", when: str = HETZNER, **actions: Any) -> dict[str, Any]:
    return {"rule_id": rule_id, "when": when, **actions}


def system(*rules: dict[str, Any], **fields: Any) -> System:
    """A system with these rules and one invoice."""
    made = System(rule_repository=FakeRuleRepository(*rules))
    made.kanbert.add(incoming(**fields))
    return made


def run(made: System, **about: Any) -> ProcessResult:
    return made.processor()(message(**about))


def run_to_the_end(made: System, **about: Any) -> ProcessResult:
    """The same, delivered again where it has to wait."""
    return made.deliver(message(**about))


def reasons(made: System) -> list[tuple[str, str | None, str | None]]:
    """Code, line and field of every reason in the last `invoice.needs_review`."""
    return [
        (r["code"], r["booking_id"], r["field"]) for r in made.publisher.of("invoice.needs_review")[-1].data["reasons"]
    ]


def corrections(made: System) -> list[dict[str, Any]]:
    """Every correction that was announced, each once."""
    events = {event.id: event for event in made.publisher.of("booking.corrected")}
    return [each for event in events.values() for each in event.data["corrections"]]


def refusing(*numbers: int, error: AutobookError | None = None, done: bool = False) -> Callable[[int, bool], None]:
    """The error (429 unless another is given) before, or after, the PATCHes of these numbers, from the fake's first."""

    def around(number: int, after: bool) -> None:
        if number in numbers and after is done:
            raise error or RetryLater("429", after=8)

    return around
