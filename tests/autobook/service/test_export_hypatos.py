"""Export to Hypatos: once, in the present state, whatever happens on the way.

The use case runs on fakes, and Hypatos is the simulator behind the real client, so that every way in which Hypatos may
treat a known invoice is tried.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from autobook.adapters.http_client import RetryPolicy
from autobook.adapters.hypatos import ClientCredentials, HypatosClient
from autobook.domain.absence import SECOND_LOOK
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import GiveUp, Refused, RetryLater
from autobook.domain.event_types import EventType
from autobook.domain.events import Event
from autobook.domain.hypatos import HypatosParameters, HypatosRecord
from autobook.service.export_hypatos import UNANSWERED_WAIT, ExportToHypatos
from autobook_sim.hypatos.app import create_app
from autobook_sim.hypatos.profiles import PROFILES
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.in_process import InProcess
from tests.exporting import FakeHypatosRecords
from tests.exporting import announced as about
from tests.fake_kanbert import NOW, FakeKanbert, booking, incoming
from tests.fakes import VIENNA, Crash, FakeClock, Fuse

CREDENTIALS = ClientCredentials("autobook", "hypatos-test-secret")
URL = "http://127.0.0.1/v2"
DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")
PARAMETERS = HypatosParameters(zone=VIENNA)
UPDATABLE = [name for name in PROFILES if name != "insert-only" and not PROFILES[name].token_at_root]
ABOUT_INVOICES = (
    "documented", "insert-again", "insert-conflict", "insert-refused", "no-update", "no-update-404", "no-content",
    "one-token",
)  # fmt: skip
"""Profiles in which calls about invoices are answered differently."""


class FusedTransport(httpx.BaseTransport):
    """Each request counts as a call to the outside."""

    def __init__(self, inner: httpx.BaseTransport, fuse: Fuse) -> None:
        self._fuse = fuse
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it."""
        response: httpx.Response = self._fuse.call(request.method, self._inner.handle_request, request)
        return response


@dataclass
class World:
    """Kanbert, Hypatos, and what is remembered between runs."""

    transport: InProcess
    hypatos: Hypatos
    kanbert: FakeKanbert = field(default_factory=FakeKanbert)
    records: FakeHypatosRecords = field(default_factory=FakeHypatosRecords)
    clock: FakeClock = field(default_factory=FakeClock)
    parameters: HypatosParameters = PARAMETERS

    def run(self, cause: Event, fuse: Fuse | None = None) -> str:
        """One delivery; the outcome."""
        fuse = fuse or Fuse()
        policy, transport = RetryPolicy(sleep=lambda _: None), FusedTransport(self.transport, fuse)
        with HypatosClient(URL, CREDENTIALS, transport=transport, retry_policy=policy) as client:
            export = ExportToHypatos(
                fuse.wrap(self.kanbert), client, fuse.wrap(self.records), self.clock, self.parameters
            )
            return export(cause).outcome

    def deliver(self, cause: Event) -> str:
        """Delivered until it is done."""
        for _ in range(5):
            try:
                return self.run(cause)
            except RetryLater as error:
                self.clock.advance(seconds=error.after or 30)
                self.hypatos.clock.ahead += timedelta(seconds=error.after or 30)
        raise AssertionError("never done")

    def book(self, account: str = "acc-7380", **fields: Any) -> None:
        """The invoice is (again) in Kanbert, its line on this account."""
        line = booking(chart_of_account_id=account, chart_of_account={"id": account, "code": account[4:]})
        self.kanbert.incoming["inv1"] = incoming(**{"bookings": [line]} | fields)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What Hypatos has."""
        return [each.body for each in self.hypatos.invoices]

    @property
    def account(self) -> str:
        """Where the only line of the only invoice is booked in Hypatos."""
        (body,) = self.bodies
        (line,) = body["invoiceLines"]
        code: str = line["accountAssignments"][0]["glAccountCode"]
        return code


@pytest.fixture(scope="module")
def served() -> tuple[InProcess, Hypatos]:
    """One simulator for all tests."""
    hypatos = Hypatos(client_id=CREDENTIALS.client_id, client_secret=CREDENTIALS.client_secret)
    transport = InProcess(create_app(hypatos))
    return transport, hypatos


@pytest.fixture
def world(served: tuple[InProcess, Hypatos]) -> World:
    """Nothing in it yet."""
    served[1].reset()
    return World(*served)


def announced(type_: EventType = "invoice.booked", state: str = "1", document: Document = DOCUMENT) -> Event:
    """An event about the invoice; each state has its own id."""
    return about(document, type_, state)


def test_booked_invoice(world: World) -> None:
    """It is in Hypatos with its account and its totals."""
    world.book()
    assert world.run(announced()) == "sent"
    (body,) = world.bodies
    assert (body["externalId"], world.account) == ("kanbert-inv1", "7380")
    assert [body[f"total{name}Amount"] for name in ("Net", "Tax", "Gross")] == [100, 20, 120]


def test_other_parameters_count_on_a_replay(world: World) -> None:
    """An event that was dealt with is repeated under the same parameters, and dealt with anew under others."""
    world.book()
    assert [world.run(announced()), world.run(announced())] == ["sent", "repeated"]
    world.parameters = HypatosParameters(zone=VIENNA, company="AT01", tax_codes={"20": "V20"})
    assert [world.run(announced()), world.run(announced())] == ["sent", "repeated"]
    (body,) = world.bodies
    assert (body["externalCompanyId"], body["invoiceLines"][0]["taxCode"]["code"]) == ("AT01", "V20")


def test_an_answer_that_is_late_is_waited_for(world: World) -> None:
    """An insert without an answer may still be carried out: it is tried again after two minutes, not at once."""
    world.book()
    world.hypatos.faults.order({"operation": "invoices.insert", "kind": "drop_after"})
    with pytest.raises(RetryLater) as caught:
        world.run(announced())
    assert caught.value.after == UNANSWERED_WAIT
    assert world.run(announced()) == "sent"
    assert len(world.bodies) == 1


def test_not_booked_yet(world: World) -> None:
    """Nothing is sent, and nothing remembered: the next event looks again."""
    world.kanbert.add(incoming())
    assert world.run(announced("invoice.received")) == "not_booked"
    world.book()
    assert world.run(announced("invoice.received")) == "sent"


def test_redelivery(world: World) -> None:
    """The same event does nothing a second time, without a call to Kanbert or Hypatos."""
    world.book()
    world.run(announced())
    fuse = Fuse()
    assert world.run(announced(), fuse) == "repeated"
    assert fuse.calls == ["FakeHypatosRecords.get"]


def test_replay(world: World) -> None:
    """Other events about a state that is there send nothing, though the events are forgotten."""
    world.book()
    world.run(announced())
    for number in range(60):
        assert world.run(announced(state=f"other {number}")) == "unchanged"
    assert world.run(announced()) == "unchanged"
    assert len([each for each in world.hypatos.requests if each["operation"] != "auth.token"]) == 1


def test_correction(world: World) -> None:
    """A person's correction arrives as an edit of the same invoice."""
    world.book()
    world.run(announced())
    world.book("acc-7390", title=None)
    assert world.run(announced("booking.corrected", "2")) == "sent"
    assert world.account == "7390"
    assert "headerText" not in world.bodies[0]


def test_posting_date_stays(world: World) -> None:
    """It is that of the first export."""
    world.book()
    world.run(announced())
    world.book("acc-7390")
    later = announced(state="2").model_copy(update={"time": NOW + timedelta(days=40)})
    world.run(later)
    assert world.bodies[0]["postingDate"] == "2026-03-02"


def test_an_account_that_was_taken_away(world: World) -> None:
    """What was exported once follows Kanbert, booked or not."""
    world.book()
    world.run(announced())
    world.kanbert.incoming["inv1"] = incoming()
    assert world.run(announced(state="2")) == "sent"
    assert "accountAssignments" not in world.bodies[0]["invoiceLines"][0]


def test_deletion(world: World) -> None:
    """It is canceled, with everything that was known of it; again sent when it comes back."""
    world.book()
    world.run(announced())
    del world.kanbert.incoming["inv1"]
    assert world.run(announced("invoice.deleted", "2")) == "canceled"
    assert (world.bodies[0]["isCanceled"], world.account) == (True, "7380")
    assert world.run(announced("invoice.deleted", "3")) == "unchanged"
    world.book()
    assert world.run(announced(state="4")) == "sent"
    assert world.bodies[0]["isCanceled"] is False


def test_deletion_of_what_was_never_sent(world: World) -> None:
    """There is nothing to cancel."""
    assert world.run(announced("invoice.deleted")) == "deleted"
    assert world.bodies == []


def test_deletion_that_is_none(world: World) -> None:
    """The document is there after all: its state counts, not the event."""
    world.book()
    assert world.run(announced("invoice.deleted")) == "sent"


def test_a_404_may_pass(world: World) -> None:
    """Other events wait for the document; after that its deletion is another event's business."""
    world.book()
    world.run(announced())
    del world.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater):
        world.run(announced(state="2"))
    world.clock.advance(minutes=11)
    assert world.run(announced(state="2")) == "deleted"  # the second look
    assert world.bodies[0]["isCanceled"] is False


def test_a_404_long_after_the_event(world: World) -> None:
    """It is a first one, too, and the next one after the document was seen is again."""
    world.book()
    world.clock.advance(hours=5)
    there = world.kanbert.incoming["inv1"]
    for title in ("one", "two"):
        event = announced(state=title)
        del world.kanbert.incoming["inv1"]
        with pytest.raises(RetryLater) as waiting:
            world.run(event)
        assert waiting.value.after == SECOND_LOOK
        world.clock.advance(seconds=SECOND_LOOK)
        world.kanbert.incoming["inv1"] = there | {"invoice_number": title}
        assert world.run(event) == "sent"


def test_other_documents(world: World) -> None:
    """Outgoing invoices are not for Hypatos."""
    outgoing = Document(DocumentKind.OUTGOING_INVOICE, "out1")
    assert world.run(announced(document=outgoing)) == "not_for_us"


def test_lines_that_do_not_add_up(world: World) -> None:
    """Given up with the reason; nothing is sent, and a corrected invoice goes its way."""
    world.book(sum_net=Decimal(7), sum_gross=Decimal(8))
    with pytest.raises(GiveUp, match="add up to"):
        world.run(announced())
    world.book()
    assert world.run(announced(state="2")) == "sent"


def test_refused_by_hypatos(world: World) -> None:
    """Given up with each field; put back, it is sent."""
    world.book()
    world.hypatos.faults.order({"operation": "invoices.insert", "kind": "status", "status": 422})
    with pytest.raises(Refused, match="answered 422"):
        world.run(announced())
    assert world.run(announced()) == "sent"
    assert len(world.bodies) == 1


class OvertakenRecords(FakeHypatosRecords):
    """Another run saves between reading and saving."""

    def get(self, document: Document) -> HypatosRecord:
        """The record as it was before the other run."""
        found = super().get(document)
        self.records[document] = found.next_version()
        return found


def test_two_runs_at_once(world: World) -> None:
    """The slower one waits, before anything is sent."""
    world.book()
    world.records = OvertakenRecords()
    with pytest.raises(RetryLater, match="another run"):
        world.run(announced())
    assert world.bodies == []


@pytest.mark.parametrize("name", ABOUT_INVOICES)
@pytest.mark.parametrize("story", ["booked", "corrected", "deleted"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_crash_at_every_call(world: World, name: str, story: str, after: bool) -> None:
    """Ended before or after any call and delivered again: once in Hypatos, in the right state."""
    number = 0
    while True:
        number += 1
        world.hypatos.reset()
        world.hypatos.profile_name = name
        world.kanbert, world.records, world.clock = FakeKanbert(), FakeHypatosRecords(), FakeClock()
        world.book()
        cause = announced()
        if story != "booked":
            world.deliver(cause)
            cause = announced("invoice.changed" if story == "corrected" else "invoice.deleted", "2")
        if story == "corrected":
            world.book("acc-7390")
        if story == "deleted":
            del world.kanbert.incoming["inv1"]
        fuse = Fuse(at=number, after=after)
        try:
            world.run(cause, fuse)
        except Crash:
            world.deliver(cause)
        except RetryLater:
            world.deliver(cause)
        assert world.account == ("7390" if story == "corrected" else "7380")
        assert world.bodies[0]["isCanceled"] is (story == "deleted")
        assert not world.records.get(DOCUMENT).attempted
        if len(fuse.calls) < number:
            break
    assert number > 5


@pytest.mark.parametrize("kind", ["status", "drop", "drop_after", "truncate", "malformed"])
@pytest.mark.parametrize("name", UPDATABLE)
def test_change_behind_a_lost_answer(world: World, name: str, kind: str) -> None:
    """An insert without an answer, then a change: the invoice is there once, changed."""
    world.hypatos.profile_name = name
    world.book()
    world.hypatos.faults.order({"operation": "invoices.insert", "kind": kind, "status": 503})
    try:
        world.run(announced())
    except RetryLater:
        world.book("acc-7390")
        world.deliver(announced(state="2"))
        assert world.deliver(announced()) == "unchanged"
        assert world.account == "7390"
    assert len(world.bodies) == 1


def test_where_nothing_can_be_changed(world: World) -> None:
    """A lost answer does no harm; a change is given up with the reason, also when it is put back."""
    world.hypatos.profile_name = "insert-only"
    world.book()
    world.hypatos.faults.order({"operation": "invoices.insert", "kind": "drop_after"})
    assert world.deliver(announced()) == "sent"
    world.book("acc-7390")
    for _ in range(3):
        with pytest.raises(Refused, match="answered 409"):
            world.run(announced(state="2"))
    assert world.account == "7380"


def test_where_nothing_can_be_changed_behind_a_lost_answer(world: World) -> None:
    """Which of two states arrived is not known: the later one is not taken for granted."""
    world.hypatos.profile_name = "insert-only"
    world.book()
    world.hypatos.faults.order({"operation": "invoices.insert", "kind": "drop_after"})
    with pytest.raises(RetryLater):
        world.run(announced())
    world.book("acc-7390")
    for _ in range(3):
        with pytest.raises(Refused, match="answered 409"):
            world.run(announced(state="2"))


def test_a_day_of_outage(world: World) -> None:
    """Whatever was announced meanwhile, in the end Hypatos has the present state, once."""
    world.book()
    world.hypatos.faults.order({"operation": "*", "kind": "status", "status": 503, "times": None})
    for number in range(20):
        world.book(f"acc-{7000 + number}")
        with pytest.raises(RetryLater):
            world.run(announced(state=str(number)))
    world.hypatos.faults.clear()
    outcomes = [world.deliver(announced(state=str(number))) for number in range(20)]
    assert outcomes == ["sent", *["unchanged"] * 19]
    assert world.account == "7019"
