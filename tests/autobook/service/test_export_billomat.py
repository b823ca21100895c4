"""Export to Billomat: once, in the present state, whatever happens on the way.

The use case runs on fakes, and Billomat is the simulator behind the real client, in every way that it may be.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from autobook.adapters.billomat import BillomatClient
from autobook.adapters.http_client import RetryPolicy
from autobook.domain.absence import SECOND_LOOK
from autobook.domain.billomat import BillomatParameters, SupplierMapping
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AwaitsMapping, FileUnavailable, GiveUp, NotFound, RetryLater
from autobook.domain.event_types import EventType
from autobook.domain.events import Event
from autobook.service.billomat_writer import UNANSWERED_WAIT
from autobook.service.export_billomat import ExportToBillomat
from autobook_sim.billomat.app import create_app
from autobook_sim.billomat.profiles import PROFILES
from autobook_sim.billomat.service import Billomat
from autobook_sim.in_process import InProcess
from tests.autobook.service.test_export_hypatos import FusedTransport
from tests.exporting import announced
from tests.exporting_billomat import FakeBillomatExports, FakeBillomatMappings
from tests.fake_kanbert import FakeKanbert, booking, incoming
from tests.fakes import VIENNA, Crash, FakeClock, Fuse

KEY = "export-test-key"
PDF = b"%PDF-1.4\n%%EOF\n"
PARAMETERS = BillomatParameters(zone=VIENNA, tags=("autobook",), category="it")
SUPPLIER = {"id": "sup1", "name": "Hostwerk GmbH"}


def seen(type_: EventType = "invoice.changed", document: str = "inv1", state: str = "s1") -> Event:
    """An event about an incoming invoice."""
    return announced(Document(DocumentKind.INCOMING_INVOICE, document), type_, state)


def line(code: str | None, value: str = "100.00", identifier: str = "b1", **fields: Any) -> dict[str, Any]:
    """A line on the account of this code."""
    account = {"id": f"acc-{code}", "code": code} if code else None
    on = {"chart_of_account_id": account["id"] if account else None, "chart_of_account": account}
    return booking(identifier, **{"value": Decimal(value), **on, **fields})


@dataclass
class World:
    """Kanbert, Billomat, and what is remembered between runs."""

    transport: InProcess
    billomat: Billomat
    kanbert: FakeKanbert = field(default_factory=FakeKanbert)
    exports: FakeBillomatExports = field(default_factory=FakeBillomatExports)
    mappings: FakeBillomatMappings = field(default_factory=FakeBillomatMappings)
    clock: FakeClock = field(default_factory=FakeClock)
    parameters: BillomatParameters = PARAMETERS

    def run(self, cause: Event | None = None, fuse: Fuse | None = None) -> str:
        """One delivery; the outcome."""
        fuse = fuse or Fuse()
        with self.client(fuse) as client:
            export = ExportToBillomat(
                fuse.wrap(self.kanbert), client, fuse.wrap(self.mappings), fuse.wrap(self.exports), self.clock,
                self.parameters,
            )  # fmt: skip
            return export(cause or seen()).outcome

    def client(self, fuse: Fuse) -> BillomatClient:
        """The real one; each of its requests counts."""
        transport, policy = FusedTransport(self.transport, fuse), RetryPolicy(sleep=lambda _: None)
        return BillomatClient("http://127.0.0.1/api", KEY, transport=transport, retry_policy=policy)

    def deliver(self, cause: Event | None = None) -> str:
        """Delivered until it is done."""
        for _ in range(5):
            try:
                return self.run(cause)
            except RetryLater as error:
                self.clock.advance(seconds=error.after or 30)
        raise AssertionError("never done")

    def book(self, *lines: dict[str, Any], identifier: str = "inv1", **fields: Any) -> None:
        """The invoice is (again) in Kanbert, with these lines."""
        self.kanbert.incoming[identifier] = incoming(
            identifier, **{"supplier": SUPPLIER, "bookings": list(lines or (line("7380"),))} | fields
        )
        self.kanbert.pdfs[identifier] = PDF

    @property
    def incomings(self) -> list[dict[str, Any]]:
        """What Billomat has."""
        return list(self.billomat.store.all("incomings"))

    @property
    def sums(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Net and gross by expense account."""
        return {each["expense_account_number"]: (each["total_net"], each["total_gross"]) for each in self.incomings}

    def writes(self) -> list[str]:
        """The operations since the last look that may change something."""
        found = [each["operation"] for each in self.billomat.requests if each["method"] != "GET"]
        self.billomat.requests.clear()
        return found


@pytest.fixture(scope="module")
def server() -> tuple[InProcess, Billomat]:
    """One for all."""
    billomat = Billomat(api_key=KEY)
    transport = InProcess(create_app(billomat))
    return transport, billomat


@pytest.fixture
def world(server: tuple[InProcess, Billomat]) -> World:
    """Everything at its beginning."""
    transport, billomat = server
    billomat.reset()
    return World(transport, billomat)


@pytest.fixture(params=PROFILES)
def any_world(request: pytest.FixtureRequest, world: World) -> World:
    """The same in every profile."""
    world.billomat.choose_profile(request.param)
    return world


def test_a_booked_invoice_is_exported_once(any_world: World) -> None:
    """With its supplier, number, dates, sums, account, texts, tag and file; again and again it stays the one."""
    world = any_world
    world.book(due_date="2026-03-14T00:00:00Z", notes="Server & more")
    assert world.deliver(seen("invoice.booked")) == "exported"
    (there,) = world.incomings
    assert {name: str(there[name]) for name in ("number", "date", "due_date", "note", "label", "category")} == {
        "number": "R-2026-17", "date": "2026-02-27", "due_date": "2026-03-14", "note": "Server & more",
        "label": "Hosting 2026/02", "category": "it",
    }  # fmt: skip
    assert (there["supplier_id"], there["expense_account_number"], there["currency_code"]) == (1, 7380, "EUR")
    assert (there["total_net"], there["total_gross"], there["quote"]) == (Decimal(100), Decimal(120), Decimal(1))
    assert there["address"].startswith("Hostwerk GmbH\n")
    assert world.billomat.store.files[there["id"]] == PDF
    assert world.billomat.store.tags_of(there["id"]) == {"autobook"}
    world.writes()
    for cause in (seen("invoice.booked"), seen("invoice.changed", state="s2"), seen("booking.corrected")):
        assert world.deliver(cause) == "unchanged"
    assert world.writes() == []


def test_a_correction_edits(any_world: World) -> None:
    """Another account, number, date, sum: the same incoming, edited; a due date that is gone is emptied."""
    world = any_world
    world.book(due_date="2026-03-14T00:00:00Z")
    world.deliver()
    first = world.incomings[0]["id"]
    world.book(
        line("7385"), invoice_number="R-18", date_of_invoice="2026-03-01T12:00:00Z",
        sum_gross=Decimal("119.99"), sum_tax=Decimal("19.99"),
    )  # fmt: skip
    assert world.deliver() == "exported"
    (there,) = world.incomings
    assert (there["id"], there["number"], str(there["date"]), there["due_date"]) == (first, "R-18", "2026-03-01", None)
    assert world.sums == {7385: (Decimal(100), Decimal("119.99"))}


def test_one_incoming_for_each_account(any_world: World) -> None:
    """Lines on several accounts: their sums add up to the invoice's to the cent, also where rates differ."""
    world = any_world
    lines = (line("7380", "33.33", "b1"), line("7390", "33.33", "b2"), line("7380", "33.34", "b3"))
    world.book(*lines)
    assert world.deliver() == "exported"
    assert world.sums == {7380: (Decimal("66.67"), Decimal("80.00")), 7390: (Decimal("33.33"), Decimal("40.00"))}
    assert {each["number"] for each in world.incomings} == {"R-2026-17"}


def test_the_largest_account(world: World) -> None:
    """By parameter one incoming, on the account of the largest part; a change of the largest part edits it."""
    world.parameters = replace(PARAMETERS, split="largest")
    world.book(line("7380", "40.00", "b1"), line("7390", "60.00", "b2"))
    world.deliver()
    assert world.sums == {7390: (Decimal(100), Decimal(120))}
    world.book(line("7380", "60.00", "b1"), line("7390", "40.00", "b2"))
    world.deliver()
    assert world.sums == {7380: (Decimal(100), Decimal(120))}
    assert len(world.incomings) == 1


@pytest.mark.parametrize("delete", [False, True])
def test_accounts_come_and_go(delete: bool, world: World) -> None:
    """An account that is not booked any more leaves no amount behind; one that returns takes its place again."""
    world.parameters = replace(PARAMETERS, delete=delete)
    both = (line("7380", "60.00", "b1"), line("7390", "40.00", "b2"))
    world.book(*both)
    world.deliver()
    world.book(line("7380"))
    assert world.deliver() == "exported"
    left = {} if delete else {7390: (Decimal(), Decimal())}
    assert world.sums == {7380: (Decimal(100), Decimal(120)), **left}
    world.book(*both)
    world.deliver()
    assert world.sums == {7380: (Decimal(60), Decimal(72)), 7390: (Decimal(40), Decimal(48))}
    assert len(world.incomings) == 2


@pytest.mark.parametrize("sign", [1, -1])
def test_a_credit_has_its_sign(sign: int, world: World) -> None:
    """A credit note is negative in Billomat, whichever sign its sums have in Kanbert."""
    sums = {"sum_net": Decimal(100), "sum_tax": Decimal(20), "sum_gross": Decimal(120)}
    signed: dict[str, Any] = {name: sign * value for name, value in sums.items()}
    signed["vats"] = [{"vat": Decimal(20), "value": sign * Decimal(20)}]
    lines = (line("7380", f"{sign * 60}", "b1"), line("7390", f"{sign * 40}", "b2"))
    world.book(*lines, **{"type": "Credit", **signed})
    world.deliver()
    assert world.sums == {7380: (Decimal(-60), Decimal(-72)), 7390: (Decimal(-40), Decimal(-48))}


def test_gross_lines_and_references(world: World) -> None:
    """Lines in gross are split as well; a reference to an outgoing invoice is no line of ours."""
    world.book(line("7380", "72.00", "b1"), line("7390", "48.00", "b2"))
    world.deliver()
    assert world.sums == {7380: (Decimal(60), Decimal(72)), 7390: (Decimal(40), Decimal(48))}


def test_not_booked_yet(world: World) -> None:
    """A line without an account: nothing is sent, not even a question."""
    world.book(line("7380", "60.00", "b1"), line(None, "40.00", "b2"))
    assert world.deliver() == "not_booked"
    assert world.billomat.requests == []


def test_missing_mappings_are_all_named(world: World) -> None:
    """The reason says what to do, for the supplier and every account at once; once it is mapped, it is exported."""
    lines = (line("IT-1", "60.00", "b1"), line("IT-2", "30.00", "b2"), line("7380", "10.00", "b3"))
    world.book(*lines, supplier={"id": "sup9", "name": "Nobody Ltd"})
    with pytest.raises(AwaitsMapping) as caught:
        world.run()
    assert caught.value.mappings == ("supplier:sup9", "account:IT-1", "account:IT-2")
    assert str(caught.value) == (
        "no Billomat supplier for Nobody Ltd (supplier sup9): add a mapping; no Billomat expense account for account "
        "IT-1: add a mapping; no Billomat expense account for account IT-2: add a mapping"
    )
    assert world.incomings == []
    world.mappings.suppliers["sup9"] = SupplierMapping(supplier_id=2, client_number="K-1", address="Nobody\nNowhere")
    world.mappings.accounts |= {"IT-1": 4900, "IT-2": 4900}
    assert world.run() == "exported"
    assert {(each["supplier_id"], each["client_number"], each["address"]) for each in world.incomings} == {
        (2, "K-1", "Nobody\nNowhere")
    }
    assert world.sums == {4900: (Decimal(90), Decimal(108)), 7380: (Decimal(10), Decimal(12))}


def test_supplier_without_an_id(world: World) -> None:
    """Kanbert shows a name alone: the supplier of that name is taken, else a mapping of the name."""
    world.book(supplier={"id": None, "name": "Hostwerk GmbH"})
    assert world.run() == "exported"
    world.book(supplier={"id": None, "name": "Nobody Ltd"})
    with pytest.raises(AwaitsMapping) as caught:
        world.run()
    assert caught.value.mappings == ("supplier:name:Nobody Ltd",)
    world.mappings.suppliers["name:Nobody Ltd"] = SupplierMapping(supplier_id=2)
    assert world.run() == "exported"
    assert [each["supplier_id"] for each in world.incomings] == [2]


def test_no_supplier(world: World) -> None:
    """It has to be set in Kanbert."""
    world.book(supplier=None)
    with pytest.raises(GiveUp, match="invoice inv1 has no supplier: set it in Kanbert"):
        world.run()


def test_a_letter_that_comes_back_late(world: World) -> None:
    """An event that waited for a mapping and comes behind newer ones exports nothing but the present state."""
    world.book(supplier={"id": "sup9", "name": "Nobody Ltd"})
    late = seen("invoice.booked", state="s1")
    with pytest.raises(AwaitsMapping):
        world.run(late)
    world.mappings.suppliers["sup9"] = SupplierMapping(supplier_id=2)
    world.book(line("7390"), supplier={"id": "sup9", "name": "Nobody Ltd"})
    world.clock.advance(hours=100)
    assert world.run(seen("booking.corrected", state="s2")) == "exported"
    assert world.run(late) == "unchanged"
    assert world.sums == {7390: (Decimal(100), Decimal(120))}
    world.kanbert.incoming.clear()
    assert world.run(seen("invoice.deleted", state="s3")) == ("deleted" if world.parameters.delete else "kept")
    with pytest.raises(RetryLater, match="seen again"):
        world.run(late)
    world.clock.advance(seconds=SECOND_LOOK)
    assert world.run(late) == "kept"


def test_two_suppliers_of_one_name(world: World) -> None:
    """A name that several have decides nothing."""
    world.billomat.store.add_supplier({"name": "hostwerk gmbh"})
    world.book()
    with pytest.raises(AwaitsMapping, match=r"2 Billomat suppliers are called Hostwerk GmbH \(supplier sup1\): add"):
        world.run()


def test_accounts_by_mapping(world: World) -> None:
    """A mapped account takes precedence over its own code; one that is no number needs a mapping."""
    world.book(line("IT-1"))
    with pytest.raises(AwaitsMapping, match="no Billomat expense account for account IT-1: add a mapping"):
        world.run()
    world.mappings.accounts["IT-1"] = 4900
    world.run()
    assert list(world.sums) == [4900]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"invoice_number": None}, "has no number"),
        ({"date_of_invoice": None}, "has no date"),
        ({"bookings": [line("7380", "1.00", "b1"), line("7390", "2.00", "b2")]}, "add up to"),
    ],
)
def test_what_billomat_could_not_take(fields: dict[str, Any], reason: str, world: World) -> None:
    """A reason that says what to correct, and nothing in Billomat."""
    world.book(**fields)
    with pytest.raises(GiveUp, match=reason):
        world.run()
    assert world.incomings == []


def test_one_number_twice_in_kanbert(world: World) -> None:
    """A second document with the same supplier and number does not take over the first one's incoming."""
    world.book()
    world.deliver()
    world.book(line("7390"), identifier="inv2", invoice_number="R-2026-17")
    with pytest.raises(GiveUp, match=r"from document inv1: the invoice may be in Kanbert twice"):
        world.run(seen(document="inv2"))
    assert list(world.sums) == [7380]


def test_an_incoming_that_was_there_is_edited(any_world: World) -> None:
    """Somebody entered the invoice by hand: it is found by supplier and number, and edited. A similar number is not."""
    world = any_world
    by_hand = {"supplier_id": 1, "date": "2026-02-01"}
    with world.client(Fuse()) as client:
        client.post_incoming({**by_hand, "number": "R-2026-171"})
        client.post_incoming({**by_hand, "number": "R-2026-17"})
    world.book()
    assert world.deliver() == "exported"
    assert [(each["number"], each["total_gross"]) for each in world.incomings] == [
        ("R-2026-171", None),
        ("R-2026-17", Decimal(120)),
    ]


def test_removed_in_billomat_by_a_person(world: World) -> None:
    """It is not created again: nobody is overruled."""
    world.book()
    world.deliver()
    world.billomat.store.remove_incoming(world.incomings[0]["id"])
    for number in ("R-18", "R-19"):
        world.book(invoice_number=number)
        assert world.deliver() == "exported"
    assert world.incomings == []


@pytest.mark.parametrize("delete", [False, True])
def test_deleted_in_kanbert(delete: bool, world: World) -> None:
    """What becomes of it in Billomat is the parameter's; a 404 alone is waited for."""
    world.parameters = replace(PARAMETERS, delete=delete)
    world.book(line("7380", "60.00", "b1"), line("7390", "40.00", "b2"))
    world.deliver()
    del world.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater, match="seen again"):
        world.run()
    assert len(world.incomings) == 2
    assert world.run(seen("invoice.deleted")) == ("deleted" if delete else "kept")
    assert len(world.incomings) == (0 if delete else 2)
    assert world.run(seen("invoice.deleted")) == ("deleted" if delete else "kept")


def test_a_404_long_after_the_event(world: World) -> None:
    """It is a first one, too, and the next one after the document was seen is again."""
    world.book()
    world.clock.advance(hours=5)
    there = world.kanbert.incoming["inv1"]
    for title in ("one", "two"):
        del world.kanbert.incoming["inv1"]
        with pytest.raises(RetryLater) as waiting:
            world.run()
        assert waiting.value.after == SECOND_LOOK
        world.clock.advance(seconds=SECOND_LOOK)
        world.kanbert.incoming["inv1"] = there | {"invoice_number": title}
        assert world.run() == "exported"
    del world.kanbert.incoming["inv1"]
    with pytest.raises(RetryLater):
        world.run()
    world.clock.advance(seconds=SECOND_LOOK)
    assert world.run() == "kept"


def test_restored_in_kanbert(world: World) -> None:
    """A document that returns after its deletion is exported anew."""
    world.parameters = replace(PARAMETERS, delete=True)
    world.book()
    world.deliver()
    there = world.kanbert.incoming.pop("inv1")
    world.run(seen("invoice.deleted"))
    world.kanbert.incoming["inv1"] = there
    assert world.deliver() == "exported"
    assert len(world.incomings) == 1


def test_a_file_that_cannot_be_had(world: World) -> None:
    """It is waited for; after a while the invoice goes without, and with it once it is archived."""
    archived = seen("invoice.archived", state="a1")
    assert world.run(archived) == "unchanged"
    world.book()
    world.kanbert.file_fault = FileUnavailable("not at the moment")
    with pytest.raises(FileUnavailable):
        world.run()
    world.clock.advance(hours=1)
    assert world.run() == "exported"
    assert world.billomat.store.files == {}
    assert world.run(archived) == "unchanged"
    world.kanbert.file_fault = None
    assert world.run(archived) == "exported"
    assert list(world.billomat.store.files.values()) == [PDF]
    calls = Fuse()
    assert world.run(archived, calls) == "unchanged"
    assert calls.calls == ["FakeBillomatExports.get"], "nothing is asked of anybody for an incoming that has its file"


def test_a_file_that_is_not_there(world: World) -> None:
    """A 404 for the file may pass; the invoice does not wait for long, and is no dead letter."""
    world.book()
    world.kanbert.file_fault = NotFound("404")
    with pytest.raises(RetryLater, match="believed when it is seen again"):
        world.run()
    assert world.deliver() == "exported"
    assert (len(world.incomings), world.billomat.store.files) == (1, {})


@pytest.mark.parametrize("profile", ["documented", "put-drops-file", "number-ignored", "write-empty"])
def test_a_file_is_sent_once(profile: str, world: World) -> None:
    """Edits do not send it again, unless an edit removed it; a file that is another one is sent."""
    world.billomat.choose_profile(profile)
    world.book()
    world.deliver()
    world.book(line("7385"))
    world.deliver()
    world.book(line("7385"), title="Another")
    world.deliver()
    there = world.incomings[0]["id"]
    dropped = 2 if profile == "put-drops-file" else 0
    assert (world.billomat.store.files[there], world.billomat.store.uploads[there]) == (PDF, 1 + dropped)
    world.kanbert.pdfs["inv1"] = PDF + b"%"
    world.deliver()
    assert (world.billomat.store.files[there], world.billomat.store.uploads[there]) == (PDF + b"%", 2 + dropped)


def test_a_file_is_kept_while_kanbert_does_not_offer_it(world: World) -> None:
    """An edit without it changes nothing about the file; a new incoming gets it later."""
    world.book()
    world.deliver()
    world.kanbert.file_fault = FileUnavailable("not at the moment")
    world.clock.advance(hours=1)
    assert world.run() == "unchanged"
    world.book(line("7380", "60.00", "b1"), line("7390", "40.00", "b2"))
    assert world.run() == "exported"
    assert len(world.billomat.store.files) == 1
    world.kanbert.file_fault = None
    assert world.run(seen("invoice.archived")) == "exported"
    assert list(world.billomat.store.files.values()) == [PDF, PDF]
    assert set(world.billomat.store.uploads.values()) == {1}


def test_an_answer_that_is_late_is_waited_for(world: World) -> None:
    """A POST without an answer may still be carried out: it is looked for after two minutes, not at once."""
    world.book()
    world.billomat.faults.order({"operation": "incomings.create", "kind": "drop_after"})
    with pytest.raises(RetryLater) as caught:
        world.run()
    assert caught.value.after == UNANSWERED_WAIT


def test_other_documents_are_none_of_ours(world: World) -> None:
    """An event about an outgoing invoice calls nobody."""
    cause = announced(Document(DocumentKind.OUTGOING_INVOICE, "out1"), "outgoing_invoice.changed")
    fuse = Fuse()
    assert world.run(cause, fuse) == "not_for_us"
    assert fuse.calls == []


@pytest.mark.parametrize("number", ["R\x07 1\ud800", "re-1  a", "Straße\u00a01"])
def test_numbers_that_change_on_the_way(number: str, any_world: World) -> None:
    """Characters that XML cannot hold, case and blanks that Billomat changes: it is found again, not created again."""
    world = any_world
    world.book(invoice_number=number)
    for _ in range(2):
        world.exports.records.clear()
        assert world.deliver() == "exported"
        assert len(world.incomings) == 1


def test_created_and_never_listed(world: World) -> None:
    """It is not created again by itself; a person who looked and redrives has it created."""
    world.billomat.choose_profile("write-empty", listing_lag=10_000)
    world.book()
    with pytest.raises(RetryLater, match="not listed yet") as caught:
        world.run()
    assert caught.value.after == UNANSWERED_WAIT
    with pytest.raises(GiveUp, match=r"look for it\. Redriven, it is created anew"):
        world.run()
    assert len(world.incomings) == 1
    world.billomat.choose_profile("documented")
    assert world.deliver() == "exported"
    assert len(world.incomings) == 1


FIRST = (line("7380", "60.00", "b1"), line("7390", "40.00", "b2"))
"""Two incomings."""
STORIES: dict[str, tuple[Any, ...]] = {"create": (), "edit": FIRST, "split": (line("7380"),), "merge": FIRST}
"""What was exported before the run that ends."""
AFTERWARDS = {
    "create": FIRST,
    "edit": (line("7380", "50.00", "b1"), line("7395", "50.00", "b2")),
    "split": FIRST,
    "merge": (line("7390"),),
}
EXPECTED = {
    "create": {7380: (Decimal(60), Decimal(72)), 7390: (Decimal(40), Decimal(48))},
    "edit": {7380: (Decimal(50), Decimal(60)), 7395: (Decimal(50), Decimal(60))},
    "split": {7380: (Decimal(60), Decimal(72)), 7390: (Decimal(40), Decimal(48))},
    "merge": {7390: (Decimal(100), Decimal(120))},
}
PLAYED = (
    "documented", "write-empty", "listed-late", "number-normalised", "number-ignored", "single-unwrapped",
    "last-page-again", "put-replaces",
)  # fmt: skip


def _before(world: World, story: str) -> None:
    world.billomat.reset()
    world.exports, world.kanbert, world.clock = FakeBillomatExports(), FakeKanbert(), FakeClock()
    if STORIES[story]:
        world.book(*STORIES[story])
        world.deliver()
    world.book(*AFTERWARDS[story])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_every_call(story: str, after: bool, world: World) -> None:
    """Ended right before or right after any call, and delivered again: each incoming once, with the right sums."""
    world.parameters = replace(PARAMETERS, delete=True)
    _before(world, story)
    undisturbed = Fuse()
    world.run(fuse=undisturbed)
    assert len(undisturbed.calls) > 8
    for number in range(1, len(undisturbed.calls) + 1):
        _before(world, story)
        with pytest.raises((Crash, RetryLater)):
            world.run(fuse=Fuse(number, after))
        assert world.deliver() in ("exported", "unchanged")
        assert world.sums == EXPECTED[story], undisturbed.calls[number - 1]
        assert len(world.incomings) == len(EXPECTED[story]), undisturbed.calls[number - 1]
        assert all(world.billomat.store.tags_of(each["id"]) == {"autobook"} for each in world.incomings)
        assert len(world.billomat.store.tables["tags"]) == len(world.incomings)
        assert set(world.billomat.store.uploads.values()) == {1}, undisturbed.calls[number - 1]


@pytest.mark.parametrize("kind", ["drop", "drop_after", "truncate", "malformed", "status"])
@pytest.mark.parametrize("profile", PLAYED)
def test_a_lost_answer_at_every_operation(profile: str, kind: str, world: World) -> None:
    """Whatever answer is lost or spoilt, on any call: nothing is doubled, and it ends as it should."""
    for operation in (
        "incomings.index", "incomings.create", "incomings.edit", "incomings.pdf", "suppliers.index", "tags.*",
    ):  # fmt: skip
        for story in ("create", "split"):
            _before(world, story)
            world.billomat.choose_profile(profile)
            world.billomat.faults.order({"operation": operation, "kind": kind, "times": 1, "status": 503})
            assert world.deliver() in ("exported", "unchanged")
            assert world.sums == EXPECTED[story], (operation, story)
            assert len(world.incomings) == 2, (operation, story)
            assert set(world.billomat.store.uploads.values()) == {1}, (operation, story)


def test_the_number_changes_after_a_lost_answer(world: World) -> None:
    """What was created under the old number is found, and becomes the one with the new number."""
    world.book()
    world.billomat.faults.order({"operation": "incomings.create", "kind": "drop_after"})
    with pytest.raises(RetryLater):
        world.run()
    world.book(invoice_number="R-18")
    assert world.deliver() == "exported"
    assert [each["number"] for each in world.incomings] == ["R-18"]


def test_back_to_the_former_state_after_a_crash(world: World) -> None:
    """A correction was half exported and then taken back in Kanbert: Billomat goes back, too."""
    world.book()
    world.deliver()
    world.book(line("7385"))
    world.billomat.faults.order({"operation": "incomings.edit", "kind": "drop_after"})
    with pytest.raises(RetryLater):
        world.run()
    assert list(world.sums) == [7385]
    world.book()
    assert world.deliver() == "exported"
    assert list(world.sums) == [7380]


def test_deleted_after_a_lost_answer(world: World) -> None:
    """What may have been created is found and deleted as well."""
    world.parameters = replace(PARAMETERS, delete=True)
    world.book()
    world.billomat.faults.order({"operation": "incomings.create", "kind": "drop_after"})
    with pytest.raises(RetryLater):
        world.run()
    del world.kanbert.incoming["inv1"]
    assert world.deliver(seen("invoice.deleted")) == "deleted"
    assert world.incomings == []


def test_a_day_of_outage(world: World) -> None:
    """Billomat away for a day: every attempt waits, then the invoice is there once."""
    world.book()
    world.billomat.faults.order({"operation": "*", "kind": "status", "status": 503, "times": None})
    for _ in range(24):
        with pytest.raises(RetryLater):
            world.run()
        world.clock.advance(hours=1)
    world.billomat.faults.clear()
    assert world.run() == "exported"
    assert len(world.incomings) == 1
