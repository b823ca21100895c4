"""The use cases of a deployed system, run on a person's machine with the functions' own settings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.adapters.kanbert import KanbertClient, KanbertCodeResolver
from autobook.adapters.sqs import SqsDocumentQueue
from autobook.bootstrap import process, reconcile, sweep
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.kanbert import kanbert_client
from autobook.domain.documents import Document
from autobook.domain.guards import Guards
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.reconciling import ReconcileProgress
from autobook.domain.rules import RuleSet
from autobook.service.ports import CodeResolver
from autobook.service.process import ProcessDocument
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.reconcile_result import ReconcileResult
from autobook.service.sweep import SweepDocuments
from autobook.settings import (
    CheckRulesSettings,
    ProcessSettings,
    ReconcileSettings,
    ScheduleSettings,
    SweepSettings,
)
from autobook_cli.history import KanbertHistory, Names, Patience, RememberedCodes
from autobook_cli.live_rules import RulesTable
from autobook_cli.reprocessing import Reprocessing
from autobook_cli.target import Target


@contextmanager
def sweep_of(target: Target) -> Iterator[SweepDocuments]:
    """The sweep; without a limit of time."""
    settings = SweepSettings.from_environment(target.environment("SweepFunction"))
    with _clients(target, settings) as clients:
        yield sweep.build(settings, clients)


@contextmanager
def reconcile_of(
    target: Target, *, repairs: bool = True, on_page: Callable[[ReconcileResult], None] = lambda _: None
) -> Iterator[ReconcileDocuments]:
    """Reconcile, from the beginning, without a limit of time; the function's own runs are left as they are."""
    settings = ReconcileSettings.from_environment(target.environment("ReconcileFunction"))
    with _clients(target, settings) as clients:
        use_case = reconcile.build(settings, clients)
        yield replace(use_case, reconcile_state=ReconcileInMemory(), repairs=repairs, on_page=on_page)


@contextmanager
def reprocessing_of(target: Target) -> Iterator[Reprocessing]:
    """Deciding invoices again; without a limit of time."""
    settings = ProcessSettings.from_environment(target.environment("ProcessFunction"))
    with _clients(target, settings) as clients:
        queue = SqsDocumentQueue(clients.aws("sqs"), settings.documents_queue_url)
        yield Reprocessing(process.build(settings, clients), cast("KanbertClient", clients.kanbert), queue)


@contextmanager
def process_of(target: Target) -> Iterator[ProcessDocument]:
    """What `process` does, for a person who accepts or takes back; without a limit of time."""
    settings = ProcessSettings.from_environment(target.environment("ProcessFunction"))
    with _clients(target, settings) as clients:
        yield process.build(settings, clients)


@dataclass(frozen=True, slots=True)
class PastOfStack:
    """What a deployed system would decide past invoices by: the rules as they stand, its guards, its time zone."""

    history: KanbertHistory
    rules: RuleSet
    guards: Guards
    zone: ZoneInfo


@contextmanager
def past_of(target: Target, since: date | None, patience: Patience | None = None) -> Iterator[PastOfStack]:
    """Past invoices, and what provenance knows of them. Reads only."""
    settings, patience = ProcessSettings.from_environment(target.environment("ProcessFunction")), patience or Patience()
    with _clients(target, settings) as clients:
        use_case = process.build(settings, clients)
        many = DynamoSweepState(clients.aws("dynamodb"), settings.provenance_table)

        def records(documents: Iterable[Document]) -> Mapping[Document, ProvenanceRecord]:
            # Of an item that is too long, not all values come with the others.
            return {
                document: each.record if each.has_values else use_case.provenance.get(document)
                for document, each in many.known(documents).items()
                if each.record is not None
            }

        kanbert = cast("KanbertClient", clients.kanbert)
        names = Names.of_kanbert(kanbert, patience)
        codes = RememberedCodes(use_case.code_resolver, patience)
        yield PastOfStack(
            KanbertHistory(kanbert, records, codes, names, since, settings.zone, patience),
            use_case.rule_repository.rules(),
            use_case.status_guards.guards,
            settings.zone,
        )


@dataclass(frozen=True, slots=True)
class RulesOfStack:
    """The rules table of a deployed system, and what its rules are judged by: as `check_rules` does."""

    table: RulesTable
    zone: ZoneInfo
    held: bool
    """True if the parameter holds every rule at `suggest`."""
    codes: CodeResolver
    kanbert: KanbertClient
    stack_name: str

    @property
    def place(self) -> str:
        """Where the rules are, for people."""
        return f"the stack {self.stack_name}"


@contextmanager
def rules_of(target: Target, patience: Patience | None = None) -> Iterator[RulesOfStack]:
    """The rules of a deployed system, and its Kanbert, which is asked when something is wanted of it."""
    settings = CheckRulesSettings.from_environment(target.environment("CheckRulesFunction"))
    with _clients(target, settings) as clients:
        kanbert = cast("KanbertClient", clients.kanbert)
        yield RulesOfStack(
            RulesTable(clients.aws("dynamodb"), settings.rules_table),
            settings.zone,
            settings.holds_rules,
            RememberedCodes(KanbertCodeResolver(kanbert), patience or Patience()),
            kanbert,
            target.stack_name,
        )


class ReconcileInMemory:
    """The state of a run that nobody resumes."""

    def __init__(self) -> None:
        self._progress: ReconcileProgress | None = None
        self._pages: dict[tuple[str, int], bytes] = {}

    def progress(self) -> ReconcileProgress | None:
        """How far it came."""
        return self._progress

    def save_progress(self, progress: ReconcileProgress) -> ReconcileProgress:
        """Nobody else saves."""
        self._progress = progress.next_version()
        return self._progress

    def keep(self, name: str, number: int, digests: bytes) -> None:
        """Eight bytes a document."""
        self._pages[name, number] = digests

    def digests(self, name: str, pages: int) -> Iterator[bytes]:
        """The first pages of a collection."""
        return (self._pages[name, number] for number in range(pages))


@contextmanager
def _clients(target: Target, settings: ScheduleSettings | ProcessSettings | CheckRulesSettings) -> Iterator[Clients]:
    clients = Clients(target.client)
    with kanbert_client(settings, clients) as kanbert:
        yield replace(clients, kanbert=kanbert)
