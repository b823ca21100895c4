"""The machine that plays the next run in a world, with interventions: the real use cases on fakes."""

import hashlib
import hmac
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from json import dumps, loads
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autobook.bootstrap import receive
from autobook.bootstrap.clients import Clients
from autobook.domain.errors import AutobookError, GiveUp, Refused, RetryLater
from autobook.domain.event_types import published_name
from autobook.domain.provenance import FieldPlace
from autobook.domain.rules import RuleSet
from autobook.settings import ReceiveSettings
from tests.fake_kanbert import NOW
from tests.fakes import VIENNA, Crash, FakeProvenanceInventory, FakeRuleRepository, FakeSecrets, Fuse
from tests.listing import ListingSystem
from tests.programs.chaos.system import filtered_types
from tests.programs.worlds.interventions import Intervention
from tests.programs.worlds.kanbert import WorldKanbert
from tests.programs.worlds.places import FIELDS, INVOICE, OWN_FIELDS
from tests.programs.worlds.promises import Promise
from tests.programs.worlds.world import CALM, MOST_STEPS, STAGES, World
from tests.settings import ENVIRONMENT, NoAws

SECRET = "whsec"
WEBHOOK = b'{"event":"incoming-invoice:create","data":{"id":"inv1"}}'
SIGNATURE = hmac.new(SECRET.encode(), WEBHOOK, hashlib.sha256).hexdigest()
AFTER_CRASH, AFTER_FAULT = 360.0, 60.0
"""Seconds: the queues' visibility timeout, and the consumer's wait where nobody asks for another."""

OLDEST_LOOK = 2.0
"""Seconds that may lie between a look and a write that relies on it; the write's own call takes longer by itself."""

type Plan = Callable[[int, str], Intervention | None]
"""What comes before a call of a run, by its number (from 1) and name."""


def undisturbed(_number: int, _call: str) -> None:
    """Nothing comes between."""


class WorldRules(FakeRuleRepository):
    """Compiled once per state."""

    def rules(self, since: datetime | None = None) -> RuleSet:  # noqa: ARG002 - nothing is kept here
        """Compiled."""
        return _compiled(dumps(self.items))


@cache
def _compiled(items: str) -> RuleSet:
    return RuleSet.load(loads(items), timezone=VIENNA)


@dataclass
class _Port:
    """One of the outside things, whichever world it is in."""

    machine: "Machine"
    name: str

    def __getattr__(self, method: str) -> Any:
        target = self.machine.target(self.name)
        attribute = getattr(target, method)
        if not callable(attribute):
            return attribute
        machine, name = self.machine, f"{self.name}.{method}"
        return lambda *args, **named: machine.call(name, lambda: attribute(*args, **named), args)


class _Switchboard(Fuse):
    """Wraps each outside thing by its name in the system."""

    def __init__(self, machine: "Machine") -> None:
        super().__init__()
        self._machine = machine

    def wrap(self, target: object) -> Any:
        if isinstance(target, FakeProvenanceInventory):
            return _Port(self._machine, "inventory")
        names = (name for name, each in vars(self._machine.system).items() if each is target)
        return _Port(self._machine, next(names))


class Machine:
    """The real use cases, built once; `play` lends them a world for one run."""

    def __init__(self) -> None:
        self.system = ListingSystem(kanbert=WorldKanbert(), rule_repository=WorldRules())
        self._inventory = FakeProvenanceInventory(self.system.provenance, self.system.manifest)
        self.secrets = FakeSecrets(SECRET)
        board = _Switchboard(self)
        receive_webhook = replace(
            receive.build(ReceiveSettings.from_environment(ENVIRONMENT), Clients(NoAws, clock=self.system.clock)),
            secrets=_Port(self, "secrets"),
            queue=_Port(self, "queue"),
        )
        self.use_cases: dict[str, Callable[..., Any]] = {
            "receive": receive_webhook,
            "process": self.system.processor(board),
            "archive": self.system.archiver(board),
            "sweep": self.system.sweeper(board),
            "reconcile": self.system.reconciler(board),
        }
        self.calls: list[str] = []
        self.happened: list[tuple[int, str]] = []
        self._plan: Plan = undisturbed
        self._world = World(WorldKanbert(), ())
        self._running = ""
        self._looked_at = NOW

    def target(self, name: str) -> Any:
        """The outside thing of that name."""
        if name == "secrets":
            return self.secrets
        return self._inventory if name == "inventory" else getattr(self.system, name)

    def play(self, world: World, plan: Plan = undisturbed) -> World:
        """The next run in this world, which is changed, with what the plan puts before its calls.

        The last call of all, `end`, is the end of the run, before its message is acknowledged. Afterwards `calls` has
        the calls, and `happened` number and name of each intervention that changed something.
        """
        step = world.next_step()
        assert step is not None
        self._lend(world, plan)
        self._running = step
        world.truth.run_begins()
        world.steps += 1
        published = len(world.published)
        messages: dict[str, list[Any]] = {
            "receive": [WEBHOOK, SIGNATURE, "webhook"],
            "process": world.documents[:1],
            "archive": world.to_archive[:1],
        }
        try:
            self.use_cases[step](*messages.get(step, []))
        except Crash:
            wait = AFTER_CRASH
        except GiveUp as error:
            world.truth.fails()
            world.dead.append(str(error))
            wait = 0.0
        except (AutobookError, BotoCoreError, ClientError) as error:
            if isinstance(error, AutobookError):  # otherwise it may not be able to record what it knows
                world.truth.fails()
            wait = (error.after if isinstance(error, RetryLater) else None) or AFTER_FAULT
        else:
            wait = 0.0
        with suppress(Crash):
            if not wait:
                wait = AFTER_CRASH
                self.call("end", lambda: None, ())
                wait = 0.0
        if step == "reconcile" and self.system.queue.messages and not self.happened and not world.record().deleted:
            world.truth.violate(Promise.LOST, "the sweep left a document to reconcile")
        self._take_back(world, step, wait, published)
        return world

    def _lend(self, world: World, plan: Plan) -> None:
        system = self.system
        self.calls, self.happened, self._plan, self._world = [], [], plan, world
        system.kanbert = world.kanbert
        world.kanbert.on_page = lambda: self.call("kanbert.page", lambda: None, ())
        system.rule_repository.items = list(world.rules)
        system.provenance.records = world.records
        system.publisher.published = world.published
        system.queue.messages = []
        system.archive_requests.events = []
        system.objects.objects = world.objects
        vars(system.manifest).update(world.manifest)
        vars(system.sweep_state).update(world.sweep)
        vars(system.reconcile_state).update(world.reconcile)
        system.clock.now = world.now
        system.code_resolver.remembered.clear()

    def _take_back(self, world: World, step: str, wait: float, published: int) -> None:
        system = self.system
        world.rules = tuple(system.rule_repository.items)
        world.manifest = {name: getattr(system.manifest, name) for name in world.manifest}
        world.sweep = {name: getattr(system.sweep_state, name) for name in world.sweep}
        world.reconcile = {name: getattr(system.reconcile_state, name) for name in world.reconcile}
        world.now = system.clock.now + timedelta(seconds=wait)
        if wait == 0.0:
            self._acknowledge(world, step)
        world.documents += system.queue.messages
        waiting = {event.id for event in world.to_archive}
        archived = filtered_types("ArchiveSubscription")
        announced = [event for event in world.published[published:] if published_name(event.type) in archived]
        world.to_archive += [event for event in announced + system.archive_requests.events if event.id not in waiting]
        if world.kanbert.changed:
            world.kanbert.changed = False
            if world.webhooks and len(world.documents) < 2:
                world.documents.append(world.message())

    def _acknowledge(self, world: World, step: str) -> None:
        if step == "process":
            del world.documents[0]
        elif step == "archive":
            del world.to_archive[0]
        elif step == "reconcile" and world.record().deleted:
            world.now += timedelta(days=1)  # Kanbert said twice that it is not there: tomorrow's run finds it
        else:
            world.stage += 1
            if world.stage < len(STAGES):
                world.now += STAGES[world.stage][1]

    def call(self, name: str, execute: Callable[[], Any], args: tuple[Any, ...]) -> Any:
        """One call to the outside."""
        if name.startswith("kanbert."):
            self.system.clock.advance(seconds=self._world.pace)
        self.calls.append(name)
        intervention = self._plan(len(self.calls), name)
        if intervention is not None and intervention.fault is not None:
            self.happened.append((len(self.calls), intervention.name))
            self._world.files_denied += (name, intervention.name) == ("kanbert.incoming_invoice_pdf", "404")
            try:
                return intervention.fault(lambda: self._execute(name, execute, args), args)
            except Refused as error:
                self._world.truth.refuses(_patched(name, args, error.fields))
                raise
        act = intervention.act if intervention is not None else None
        if intervention is not None and act is not None and act(self._world, self.system.rule_repository):
            self.happened.append((len(self.calls), intervention.name))
            done_again = CALM if self._running in {"receive", "process", "archive"} else CALM - 1
            self._world.stage = min(self._world.stage, done_again)
        answer = self._execute(name, execute, args)
        if name.startswith("kanbert.patch"):
            self._world.truth.is_answered(_patched(name, args))
        return answer

    def _execute(self, name: str, execute: Callable[[], Any], args: tuple[Any, ...]) -> Any:
        truth = self._world.truth
        if name.startswith("kanbert.patch"):
            self._check_window()
        answer = execute()
        match self._running, name:
            case "process", "kanbert.get_incoming_invoice":
                self._looked_at = self.system.clock.now
                kanbert = self._world.kanbert
                status, pending = kanbert.incoming[INVOICE]["status"], self._world.record().pending
                truth.looks(status, kanbert.values(), pending, kanbert.state)
            case "process", "rule_repository.rules":
                truth.reads_rules(tuple(self.system.rule_repository.items))
            case "process", "kanbert.patch_booking" | "kanbert.patch_incoming_invoice":
                truth.turns(self._world.kanbert.state)
            case "process", "publisher.publish":
                for event in args[0]:
                    truth.announces(event.id)
            case "process", "provenance.put":
                truth.saves(args[0].pending)
        return answer

    def _check_window(self) -> None:
        """What a person does between a look and the write after it nobody can know: so the look has to be fresh."""
        age = (self.system.clock.now - self._looked_at).total_seconds()
        if age > OLDEST_LOOK + self._world.pace:
            self._world.truth.violate(Promise.OVERRULED, f"written {age} seconds after the last look")


def _patched(name: str, args: tuple[Any, ...], fields: Collection[str] = ()) -> list[FieldPlace]:
    """The places that a PATCH is about, or those of its fields that are named."""
    line, names = (args[1], FIELDS) if name == "kanbert.patch_booking" else (None, OWN_FIELDS)
    return [(line, names[field]) for field in args[-1] if not fields or field in fields]


def rest(machine: Machine, world: World, plan: Callable[[int], Plan] = lambda _run: undisturbed) -> World:
    """Play until everything has come to rest; `plan` by the number of the run, from 0."""
    while world.next_step() is not None and not world.truth.violations:
        machine.play(world, plan(world.steps))
        if world.steps > MOST_STEPS:
            world.truth.violate(Promise.VANISHED, f"no rest after {MOST_STEPS} runs")
    return world
