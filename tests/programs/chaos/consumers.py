"""Billomat and Hypatos in the chaos: the exporters as deployed, their simulators as they may be, calls that fail."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from autobook.adapters.awaiting_letters import awaited
from autobook.adapters.deadline import Deadline
from autobook.bootstrap import export_billomat, export_hypatos, redrive_billomat
from autobook.bootstrap.clients import Clients
from autobook.domain.billomat import SUPPLIER, SupplierMapping
from autobook.domain.event_types import published_name
from autobook.domain.events import Event
from autobook.settings import ExportBillomatSettings, ExportHypatosSettings, RedriveBillomatSettings
from autobook_sim.billomat.app import create_app as billomat_app
from autobook_sim.billomat.profiles import PROFILES as BILLOMAT_PROFILES
from autobook_sim.billomat.service import Billomat
from autobook_sim.hypatos.app import create_app as hypatos_app
from autobook_sim.hypatos.profiles import PROFILES as HYPATOS_PROFILES
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.in_process import InProcess
from autobook_sim.kanbert.store import Clock
from tests.exporting import FakeHypatosRecords
from tests.exporting_billomat import FakeBillomatExports, FakeBillomatMappings
from tests.programs.chaos.aws import Context, Queue
from tests.programs.chaos.faults import Faults
from tests.programs.chaos.kanbert import ShakyKanbert
from tests.programs.chaos.system import API_KEY, ChaosSystem, environment, filtered_types
from tests.programs.chaos.world import World
from tests.settings import ENVIRONMENT

EXPORTED_TYPES: Final = {
    "export-billomat": filtered_types("ExportBillomatSubscription"),
    "export-hypatos": filtered_types("ExportHypatosSubscription"),
}
"""As the subscriptions filter."""
HYPATOS_NAMES: Final = tuple(
    name for name, each in HYPATOS_PROFILES.items() if name != "insert-only" and not each.token_at_root
)
"""Without the one in which nothing can be updated, and the one that needs another setting."""
BILLOMAT_NAMES: Final = tuple(BILLOMAT_PROFILES)
SUPPLIERS: Final = ("Hetzner Online GmbH", "A1 Telekom", "Bipa", "bipa")
"""Billomat's: one is not known there, another is ambiguous."""
_PARAMETERS: Final = '{"tags": ["autobook"], "delete": true}'
_CHANCE: Final = 0.03
_ANSWERS: Final[Mapping[str, httpx.Response]] = {
    "429": httpx.Response(429, text="slow down", headers={"Retry-After": "7"}),
    "500": httpx.Response(500, text="error"),
    "503 with Retry-After": httpx.Response(503, text="away", headers={"Retry-After": "60"}),
}
_LABEL: Final = re.compile(rb"<number>(?P<number>.*?)</number>.*<label>(?P<label>.*?)</label>", re.DOTALL)
_HOSTS: Final = {
    httpx.URL(ENVIRONMENT["BILLOMAT_BASE_URL"]).host: "billomat",
    httpx.URL(ENVIRONMENT["HYPATOS_BASE_URL"]).host: "hypatos",
}


class ShakyConsumers(httpx.BaseTransport):
    """Connections to Kanbert, Billomat and Hypatos: the calls to the last two fail as those to the first do."""

    def __init__(self, kanbert: httpx.BaseTransport, system: "ExportingChaosSystem") -> None:
        self._kanbert, self._system = kanbert, system
        self._world, self._faults = system.world, system.faults

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, if there is one."""
        name = _HOSTS.get(request.url.host)
        if name is None:
            return self._kanbert.handle_request(request)
        place = f"{name}.{request.method} {request.url.path}"
        self._world.spend(self._faults.draw(f"{name} is slow").uniform(0.05, 0.4))
        self._faults.crash(f"crash before {place}", _CHANCE / 2)
        if name in self._system.away:
            return httpx.Response(503, text="away")
        for kind, answer in _ANSWERS.items():
            if self._faults.happens(f"{kind} at {place}", _CHANCE):
                return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        response = self._system.apps[name].handle_request(request)
        if label := _LABEL.search(request.content if name == "billomat" else b""):
            self._system.labels.setdefault(label["number"].decode(), []).append(label["label"].decode())
        if self._faults.happens(f"no answer from {place}", _CHANCE):
            raise httpx.ReadTimeout("no answer")
        self._faults.crash(f"crash after {place}", _CHANCE / 2)
        return response


class ExportingChaosSystem(ChaosSystem):
    """With both exporters, their simulators, and an administrator of the mappings.

    `consumer_profiles` are those of Billomat and Hypatos. `away`: those of the two that answer nothing but 503 now.
    """

    def __init__(
        self,
        world: World,
        faults: Faults,
        *,
        consumer_profiles: tuple[str, str] = ("documented", "documented"),
        **options: Any,
    ) -> None:
        super().__init__(world, faults, **options)
        of_billomat, of_hypatos = consumer_profiles
        self.billomat = Billomat(api_key=API_KEY, profile=of_billomat, examples=False)
        for name in SUPPLIERS:
            self.billomat.store.add_supplier({"name": name})
        self.hypatos = Hypatos(client_id="autobook", client_secret=API_KEY, profile=of_hypatos, seed=faults.seed)
        self.hypatos.clock = Clock(world)
        self.apps = {
            "billomat": InProcess(billomat_app(self.billomat)),
            "hypatos": InProcess(hypatos_app(self.hypatos)),
        }
        self.exports, self.records, self.mappings = FakeBillomatExports(), FakeHypatosRecords(), FakeBillomatMappings()
        self.away: set[str] = set()
        self.labels: dict[str, list[str]] = {}
        """The titles that Billomat was given under each number, in order."""
        self.exporting: dict[str, Queue] = {}
        self.not_exported: dict[str, Queue] = {}
        """The dead letters, by the name of their queue."""
        for name, types in EXPORTED_TYPES.items():
            self.not_exported[name] = Queue(f"{name}-dead", world)
            self.exporting[name] = Queue(name, world, dead=self.not_exported[name])
            self.queues.add(self.exporting[name], self.not_exported[name])
            self.topic.subscribe(self.exporting[name], types)
        self.billomat_settings = ExportBillomatSettings.from_environment(
            environment("export-billomat") | {"BILLOMAT_PARAMETERS": _PARAMETERS}
        )
        self.hypatos_settings = ExportHypatosSettings.from_environment(environment("export-hypatos"))
        self._start_exporters()

    def _reaching(self, deadline: Deadline) -> Clients:
        kanbert = ShakyKanbert(self.kanbert, self._people_meanwhile)
        transport = ShakyConsumers(kanbert, self)
        return replace(self._clients(deadline), transport=transport)

    def _start_exporters(self) -> None:
        deadlines = Deadline(), Deadline()
        built = export_billomat.build(self.billomat_settings, self._reaching(deadlines[0]))
        self.billomat_parameters = built.parameters
        to_billomat = replace(
            built,
            mappings=self._aws(self.mappings, "mappings"),
            exports=self._aws(self.exports, "exports"),
        )
        to_hypatos = replace(
            export_hypatos.build(self.hypatos_settings, self._reaching(deadlines[1])),
            records=self._aws(self.records, "records"),
        )
        self.hypatos_parameters = to_hypatos.parameters
        queue, settings = self.exporting["export-billomat"], self.billomat_settings
        self._consume(settings, queue, Event.from_json, to_billomat, 2, deadlines[0])
        queue = self.exporting["export-hypatos"]
        self._consume(self.hypatos_settings, queue, Event.from_json, to_hypatos, 2, deadlines[1])

    def redrive(self) -> None:
        """The function `redrive_billomat`."""
        deadline = Deadline()
        deadline.start(Context(self.world, self.world.seconds + 240).get_remaining_time_in_millis)
        variables = environment("export-billomat") | {"EXPORT_QUEUE_URL": "export-billomat"}
        built = redrive_billomat.build(RedriveBillomatSettings.from_environment(variables), self._clients(deadline))
        self._quietly(replace(built, mappings=self._aws(self.mappings, "mappings")))

    def map_what_is_missing(self) -> None:
        """An administrator reads the dead letters and saves what they ask for, which starts `redrive_billomat`."""
        suppliers, accounts = self.mappings.suppliers, self.mappings.accounts
        for letter in self.not_exported["export-billomat"].messages():
            for mapping in awaited(letter.attributes):
                kind, _, name = mapping.partition(":")
                self.faults.tell(f"an administrator maps {mapping}")
                if kind != SUPPLIER:
                    accounts.setdefault(name, 9000 + len(accounts))
                elif name not in suppliers:
                    number = self.billomat.store.add_supplier({"name": f"made for {name}"})["id"]
                    suppliers[name] = SupplierMapping(supplier_id=number, client_number=f"K-{name}")
        self.world.at(self.world.seconds + 5, self.redrive)

    def replay(self) -> None:
        """The whole topic again, into both queues."""
        for number, text in enumerate(list(self.topic.published)):
            event = Event.from_json(text)
            for name, types in EXPORTED_TYPES.items():
                if published_name(event.type) in types:
                    self.exporting[name].send(text, event.subject, f"replay {self.world.seconds} {number}")
