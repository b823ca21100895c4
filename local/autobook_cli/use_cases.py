"""The use cases of a deployed system, run on a person's machine with the functions' own settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from autobook.adapters.kanbert import KanbertClient
from autobook.adapters.sqs import SqsDocumentQueue
from autobook.bootstrap import process, reconcile, sweep
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.kanbert import kanbert_client
from autobook.domain.reconciling import ReconcileProgress
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.reconcile_result import ReconcileResult
from autobook.service.sweep import SweepDocuments
from autobook.settings import ProcessSettings, ReconcileSettings, ScheduleSettings, SweepSettings
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
def _clients(target: Target, settings: ScheduleSettings | ProcessSettings) -> Iterator[Clients]:
    clients = Clients(target.client)
    with kanbert_client(settings, clients) as kanbert:
        yield replace(clients, kanbert=kanbert)
