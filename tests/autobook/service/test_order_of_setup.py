"""Whatever the order in which a customer sets Autobook up: at the end the same is booked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from autobook.domain.errors import AccessRefused, RetryLater
from autobook.service.sweep import SweepDocuments
from tests.autobook.service.processing import rule
from tests.fake_kanbert import NOW, booking, incoming
from tests.fakes import Fuse, message
from tests.listing import ListingKanbert, ListingSystem

RULES = (rule(account="7381", note="by autobook"), rule("done", status="ready_for_accounting", tags=["t"]))


class ClosedKanbert(ListingKanbert):
    """Refuses the token, until there is one."""

    def __init__(self, *, bookings_listed: bool) -> None:
        super().__init__(bookings_listed=bookings_listed, page_size=2)
        self.token = False

    def fetch_page(self) -> None:
        self._check()
        super().fetch_page()

    def get_incoming_invoice(self, invoice_id: str) -> Any:
        self._check()
        return super().get_incoming_invoice(invoice_id)

    def _check(self) -> None:
        if not self.token:
            raise AccessRefused("401: Unauthenticated.")


@dataclass
class Customer(ListingSystem):
    """A system that is being set up. `first_days`: the parameter."""

    first_days: int = 30
    kanbert: ClosedKanbert = field(default_factory=lambda: ClosedKanbert(bookings_listed=True))
    webhooks: bool = False

    def sweeper(self, fuse: Fuse | None = None) -> SweepDocuments:
        return replace(super().sweeper(fuse), first_days=self.first_days)

    def pass_time(self, **time: float) -> None:
        """Some time, at the end of which the sweep runs; what is queued waits while the token is refused."""
        self.clock.advance(**time)
        try:
            self.sweeper()()
        except RetryLater:
            return
        self.work()

    def rest(self) -> None:
        """Until nothing is found any more. What is waited for is looked at within two hours, so short is the story."""
        quiet = 0
        for _ in range(20):
            before = len(self.publisher.published)
            self.pass_time(hours=2)
            quiet = quiet + 1 if len(self.publisher.published) == before else 0
            if quiet == 2:
                return
        raise AssertionError("it does not come to rest")

    # The steps.

    def fill_in_the_token(self) -> None:
        self.kanbert.token = True

    def write_the_rules(self) -> None:
        self.rule_repository.items += RULES

    def create_the_account(self) -> None:
        self.code_resolver.known["account", "7381"] = "acc-7380"

    def subscribe_webhooks(self) -> None:
        self.webhooks = True

    def receive_an_invoice(self) -> None:
        """One comes in while all this goes on."""
        self.kanbert.add(incoming("new", created_at=self.clock.now.isoformat()))
        if self.webhooks:
            self.queue.send(message("new"))


STEPS: tuple[Callable[[Customer], None], ...] = (
    Customer.fill_in_the_token,
    Customer.write_the_rules,
    Customer.create_the_account,
    Customer.subscribe_webhooks,
    Customer.receive_an_invoice,
)


def unique(number: int) -> dict[str, Any]:
    """What makes an invoice no duplicate of the others."""
    return {"invoice_number": f"R-{number}", "supplier": {"id": f"s{number}", "name": f"Hetzner {number}"}}


def customer(**options: Any) -> Customer:
    """With invoices of yesterday and of last year; one is handed over already, in one a person has decided."""
    made = Customer(kanbert=ClosedKanbert(bookings_listed=options.pop("bookings_listed", True)), **options)
    for number in range(3):
        created = (NOW - timedelta(days=400 * number)).isoformat()
        made.kanbert.add(incoming(f"inv{number}", created_at=created, **unique(number)))
    made.kanbert.add(incoming("closed", status="ready_for_accounting", **unique(8)))
    made.kanbert.add(incoming("theirs", bookings=[booking("b1", chart_of_account_id="acc-1")], **unique(9)))
    return made


def end_state(made: Customer) -> dict[str, Any]:
    """What is booked, by which rules, and how often it was announced."""
    documents = {
        identifier: (each["status"], each["notes"], [line["chart_of_account_id"] for line in each["bookings"]])
        for identifier, each in made.kanbert.incoming.items()
    }
    written = {
        document.id: sorted(((w.place, w.value, w.rule_id) for w in record.written), key=repr)
        for document, record in made.provenance.records.items()
        if record.written
    }
    booked = sorted(
        (event.subject, value["field"])
        for event in made.publisher.of("invoice.booked")
        for value in event.data["values"]
    )
    return {"documents": documents, "written": written, "tags": made.kanbert.tags, "booked": booked}


def played(steps: tuple[Callable[[Customer], None], ...], sweeps: int, **options: Any) -> dict[str, Any]:
    """The end of a story with this order, and so many sweeps between the steps."""
    made = customer(**options)
    for step in steps:
        step(made)
        for _ in range(sweeps):
            made.pass_time(minutes=5)
    made.rest()
    return end_state(made)


def orders() -> Iterator[tuple[Callable[[Customer], None], ...]]:
    yield from permutations(STEPS)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """Everything at once, before the first sweep."""
    return played(STEPS, 0)


def test_expected(expected: dict[str, Any]) -> None:
    """All open invoices are booked, but for what a person decided."""
    booked = ("ready_for_accounting", "by autobook", ["acc-7380"])
    assert expected["documents"] == {
        "inv0": booked,
        "inv1": booked,
        "inv2": booked,
        "new": booked,
        "closed": ("ready_for_accounting", None, [None]),
        "theirs": ("ready_for_accounting", "by autobook", ["acc-1"]),
    }


@pytest.mark.parametrize("bookings_listed", [True, False])
@pytest.mark.parametrize("sweeps", [0, 1, 3])
def test_every_order(sweeps: int, bookings_listed: bool, expected: dict[str, Any]) -> None:
    """All 120 orders of token, rules, account, webhooks and the first invoice, with sweeps in between or none."""
    for steps in orders():
        found = played(steps, sweeps, bookings_listed=bookings_listed)
        assert found == expected, [step.__name__ for step in steps]


@pytest.mark.parametrize("first_days", [0, 30, 3650])
def test_first_days(first_days: int, expected: dict[str, Any]) -> None:
    """How far the first sweep looks back makes no difference to what is open."""
    for steps in (STEPS, STEPS[::-1]):
        assert played(steps, 1, first_days=first_days) == expected
