"""The sweep and reconcile of a deployed system, run on a person's machine with the functions' own settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from autobook.bootstrap import reconcile, sweep
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.kanbert import kanbert_client
from autobook.service.reconcile import ReconcileDocuments
from autobook.service.sweep import SweepDocuments
from autobook.settings import ReconcileSettings, ScheduleSettings, SweepSettings
from autobook_cli.target import Target


@contextmanager
def sweep_of(target: Target) -> Iterator[SweepDocuments]:
    """The sweep; without a limit of time."""
    settings = SweepSettings.from_environment(target.environment("SweepFunction"))
    with _clients(target, settings) as clients:
        yield sweep.build(settings, clients)


@contextmanager
def reconcile_of(target: Target) -> Iterator[ReconcileDocuments]:
    """Reconcile; without a limit of time."""
    settings = ReconcileSettings.from_environment(target.environment("ReconcileFunction"))
    with _clients(target, settings) as clients:
        yield reconcile.build(settings, clients)


@contextmanager
def _clients(target: Target, settings: ScheduleSettings) -> Iterator[Clients]:
    clients = Clients(target.client)
    with kanbert_client(settings, clients) as kanbert:
        yield replace(clients, kanbert=kanbert)
