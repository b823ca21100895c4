"""Kanbert in the chaos: the simulator without sockets, webhooks that are dropped, doubled and late, people who edit."""

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

import httpx

from autobook.adapters.kanbert import KanbertClient, RetryPolicy
from autobook.domain.documents import Document, DocumentKind
from autobook_sim.kanbert.in_process import InProcess, operation_at
from autobook_sim.kanbert.incoming import found, found_booking
from autobook_sim.kanbert.profiles import profiles_of
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.store import Clock
from autobook_sim.kanbert.webhooks import announcement
from autobook_sim.kanbert.wire import Record, stamp
from tests.fake_kanbert import booking, incoming, outgoing
from tests.programs.chaos.faults import KANBERT, Faults
from tests.programs.chaos.world import World
from tests.settings import ENVIRONMENT

SECRET, TOKEN = "whsec", "token"
DROPPED, DOUBLED = 0.2, 0.2
_CHANCE = 0.03
DEBOUNCED = 5.0
"""Seconds within which a change is announced by the webhook about the one before, unless that has left."""

type Spot = tuple[str, str, str]
"""(invoice, line, field)."""
type OnCall = Callable[[str, str], None]
"""Called with operation and document before a call."""


class Watched(Kanbert):
    """The simulator, which tells of every write before it is carried out."""

    look: Callable[[str, str, Record, Mapping[str, Any]], None] = staticmethod(lambda *_: None)

    def change_invoice(self, record: Record, fields: Mapping[str, Any]) -> None:
        """Look first."""
        self.look(record["id"], "", record, fields)
        super().change_invoice(record, fields)

    def change_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, Any]) -> Record:
        """Look first."""
        line = found_booking(found(self.store, invoice_id), booking_id)
        self.look(invoice_id, booking_id, line, fields)
        return super().change_booking(invoice_id, booking_id, fields)


class ChaoticKanbert:
    """Keeps who set what, sends webhooks to `deliver` (False: not acknowledged, tried three times in all)."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        *,
        webhooks: bool = True,
        profiles: Iterable[str] = (),
        largest_page: int = 7,
    ) -> None:
        self.world = world
        self.faults = faults
        self.webhooks = webhooks
        self.simulator = Watched(
            token=TOKEN,
            seed_number=faults.seed,
            incoming_pdf=True,
            examples=False,
            profiles=profiles_of(profiles),
            largest_page=largest_page,
            clock=Clock(world),
        )
        self.simulator.look = self._look
        self.simulator.webhooks = cast("Any", self)
        accounts = self.simulator.store.tables["chart_of_accounts"]
        for each in [id_ for id_, account in accounts.items() if account["code"] not in ("7380", "7390", "5800")]:
            del accounts[each]
        store = self.simulator.store
        store.add("projects", {**next(store.all("projects")), "id": "p1", "shortcode": "P-X"})
        everything = store.all
        store.all = lambda table: (each for each in everything(table) if each.get("_listed", True))  # type: ignore[method-assign]
        self.deliver: Callable[[bytes, str], bool] = lambda _body, _signature: False
        self.persons: dict[Spot, object] = {}
        """What a person put somewhere last; None where a person cleared a value of ours."""
        self.ours: set[Spot] = set()
        self.overruled: list[str] = []
        self.wrote_in_vain: list[str] = []
        self.deleted: set[str] = set()
        self._announced: dict[str, float] = {}
        self._edits = 0

    @property
    def incoming(self) -> dict[str, Record]:
        """Every incoming invoice, by id."""
        return self.simulator.store.tables["incoming"]

    @property
    def outgoing(self) -> dict[str, Record]:
        """Every outgoing invoice, by id."""
        return self.simulator.store.tables["outgoing"]

    def appear(self, number: int) -> None:
        """A document comes: every tenth an outgoing invoice."""
        rng = self.faults.draw(f"document {number}")
        now = stamp(self.world())
        identifier = self.simulator.stage.identifier(f"doc{number}")
        if number % 10 == 9:
            table, document = "outgoing", outgoing(identifier, title="", created_at=now, updated_at=now)
        else:
            supplier = rng.choice(["Hetzner Online GmbH", "A1 Telekom", "Bipa", "Unknown Ltd"])
            values = rng.choice([[], ["100"], ["100"], ["60", "40"], ["50", "30.01", "19.99"]])
            lines = [booking(f"b{line}", title=None, value=Decimal(value)) for line, value in enumerate(values)]
            table, document = (
                "incoming",
                incoming(
                    identifier,
                    supplier={"id": f"s{len(supplier)}", "name": supplier},
                    bookings=[line | {"chart_of_account": None, "outgoing_invoice": None} for line in lines],
                    created_at=now,
                    updated_at=now,
                ),
            )
            document |= {"_md5": None, "_tags": None, "_booked_at": None}
        store = self.simulator.store
        store.files[identifier] = f"%PDF-1.7 {number} %%EOF".encode()
        self.simulator.stage.create(table, store.add(table, document))
        self.happened(table, "create", document)

    def line(self, invoice_id: str, line: str) -> Record:
        """A line as it is now."""
        return found_booking(self.incoming[invoice_id], line)

    def client(self, transport: httpx.BaseTransport | None = None) -> KanbertClient:
        """Calls without faults: what Kanbert says when it is quiet."""
        transport = transport or InProcess(self.simulator)
        policy = RetryPolicy(sleep=lambda _: None, now=self.world, attempts=1)
        url = ENVIRONMENT["KANBERT_BASE_URL"]
        return KanbertClient(url, TOKEN, incoming_pdf=True, transport=transport, retry_policy=policy)

    # --- webhooks

    def happened(self, table: str, change: str, record: Record) -> None:
        """As Kanbert does: late, perhaps not at all, perhaps twice, in any order; quick changes are announced once."""
        identifier = record["id"]
        if change == "update" and self.world.seconds - self._announced.get(identifier, -DEBOUNCED) < DEBOUNCED:
            return
        if not self.webhooks or self.faults.happens(f"webhook dropped {identifier}", DROPPED):
            return
        times = self.simulator.stage.copies(identifier)
        if times and self.faults.happens(f"webhook doubled {identifier}", DOUBLED):
            times += 1
        if times:
            self._announced[identifier] = self.world.seconds
        rng = self.faults.draw(f"webhook delay {identifier}")
        for _ in range(times):
            delay = rng.uniform(0.1, 90) + self.simulator.stage.delay(identifier)
            self._attempt(table, change, record, delay, 3)

    def _attempt(self, table: str, change: str, record: Record, delay: float, left: int) -> None:
        def send() -> None:
            stage = self.simulator.stage
            self._announced.pop(record["id"], None)
            _, body = stage.webhook(*announcement(stage, table, change, record))
            signature = stage.signature(hmac.digest(SECRET.encode(), body, hashlib.sha256))
            if not self.deliver(body, signature) and left > 1:
                self._attempt(table, change, record, 20.0 * (4 - left), left - 1)

        self.world.at(self.world.seconds + delay, send)

    # --- what Autobook writes

    def _look(self, invoice_id: str, line: str, present: Record, fields: Mapping[str, Any]) -> None:
        """Whose values are written over."""
        for name, value in fields.items():
            spot = (invoice_id, line, name)
            if spot in self.persons and self.persons[spot] != value:
                self.overruled.append(f"{spot}: {self.persons[spot]!r} by {value!r}")
            if present.get(name) == value and not (name == "type" and value == "account"):
                self.wrote_in_vain.append(f"{spot}: {value!r}")
            self.ours.add(spot)

    # --- what people do

    def person_edits(self, rng: random.Random, *, may_clear: Callable[[Document], bool]) -> None:
        """Somebody sets or clears a field, changes a title, books or deletes an invoice."""
        identifiers = sorted(self.incoming)
        if not identifiers:
            return
        identifier = rng.choice(identifiers)
        lines = [str(line["id"]) for line in self.incoming[identifier]["bookings"]]
        what = rng.random()
        if what < 0.04:
            self._delete(identifier)
        elif what < 0.10:
            self._person_sets(identifier, "", "status", "booked")
        elif what < 0.25 or not lines:
            self.retitle(identifier)
        else:
            line, name = rng.choice(lines), rng.choice(["chart_of_account_id", "project_id", "title"])
            spot = (identifier, line, name)
            document = Document(DocumentKind.INCOMING_INVOICE, identifier)
            filled = self.line(identifier, line)[name] is not None
            if rng.random() < 0.2 and filled and spot in self.ours and spot not in self.persons and may_clear(document):
                self._person_sets(identifier, line, name, None)
            else:
                self._edits += 1
                self._person_sets(identifier, line, name, f"person-{self._edits}")

    def retitle(self, identifier: str) -> None:
        """Somebody changes the invoice's title, which no rule writes."""
        self._edits += 1
        self._person_sets(identifier, "", "title", f"person-{self._edits}")

    def _person_sets(self, identifier: str, line: str, name: str, value: object) -> None:
        self.faults.tell(f"person sets {identifier} {line} {name} = {value}")
        self.edit(identifier, line, **{name: value})
        self.persons[identifier, line, name] = value

    def edit(self, identifier: str, line: str = "", **fields: object) -> None:
        """A person changes an invoice, or one of its lines, in the browser."""
        invoice = self.incoming[identifier]
        part = self.line(identifier, line) if line else invoice
        part.update(fields)
        if "chart_of_account_id" in fields:
            part["chart_of_account"] = self._account(fields["chart_of_account_id"])
        if self.simulator.stage.moves("booking" if line else "incoming"):
            part["updated_at"] = invoice["updated_at"] = stamp(self.world())
        self.simulator.store.touch()
        self.happened("incoming", "update", invoice)

    def _account(self, identifier: object) -> Record | None:
        """An account that only people know: no list has it, which would be long."""
        if identifier is None:
            return None
        store = self.simulator.store
        made = {"id": identifier, "code": identifier, "title": "a person's", "_positions": [], "_listed": False}
        return store.get("chart_of_accounts", str(identifier)) or store.add("chart_of_accounts", made)

    def _delete(self, identifier: str) -> None:
        self.faults.tell(f"person deletes {identifier}")
        record = self.incoming[identifier]
        self.simulator.store.remove("incoming", identifier)
        self.deleted.add(identifier)
        self.happened("incoming", "delete", record)


class ShakyKanbert(InProcess):
    """A connection to Kanbert: calls take time, fail, get no answer, or end the whole run."""

    def __init__(self, kanbert: ChaoticKanbert, on_call: OnCall) -> None:
        super().__init__(kanbert.simulator)
        self._world, self._faults, self._on_call = kanbert.world, kanbert.faults, on_call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, if there is one."""
        at = operation_at(request.method, request.url.path)
        assert at is not None, request.url
        operation, path = at[0].id, at[1]
        about = path.get("id") or path.get("invoiceId") or ""
        self._world.spend(self._faults.draw("kanbert is slow").uniform(0.05, 0.4))
        self._on_call(operation, about)
        place = f"kanbert.{operation} {about}".rstrip()
        self._faults.crash(f"crash before {place}", _CHANCE / 2)
        for kind, answer in KANBERT.items():
            if self._faults.happens(f"{kind} at {place}", _CHANCE):
                return answer()
        response = super().handle_request(request)
        if self._faults.happens(f"no answer from {place}", _CHANCE):
            raise httpx.ReadTimeout("no answer")
        self._faults.crash(f"crash after {place}", _CHANCE / 2)
        return response
