"""The wiring of `sweep`."""

from collections.abc import Callable
from functools import cache

from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.rule_repository import DynamoRuleRepository
from autobook.adapters.dynamodb.sweep_state import DynamoSweepState
from autobook.adapters.dynamodb.watch_state import DynamoWatchState
from autobook.adapters.kanbert import KanbertCodeResolver
from autobook.adapters.scheduled import ScheduledRun
from autobook.adapters.sqs import SqsDocumentQueue
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients, without_limit
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.telemetry import Telemetry
from autobook.service.sweep import SweepDocuments
from autobook.service.watch import WatchedSweep
from autobook.settings import SweepSettings


def build(
    settings: SweepSettings, clients: Clients, *, report_unidentified: Callable[[str], None] = lambda _: None
) -> SweepDocuments:
    """The use case. `report_unidentified` is called with the reason of each element of a list that has no id."""
    tables = clients.aws("dynamodb")
    kanbert = kanbert_client(settings, clients)
    return SweepDocuments(
        kanbert=kanbert,
        rule_repository=DynamoRuleRepository(tables, settings.rules_table, settings.zone, held=settings.holds_rules),
        code_resolver=KanbertCodeResolver(kanbert),
        sweep_state=DynamoSweepState(tables, settings.provenance_table),
        queue=SqsDocumentQueue(clients.aws("sqs"), settings.documents_queue_url),
        clock=clients.clock,
        remaining=without_limit if clients.deadline is None else clients.deadline,
        first_days=settings.days,
        report_unidentified=report_unidentified,
    )


def watched(settings: SweepSettings, clients: Clients, *, report_unidentified: Callable[[str], None]) -> WatchedSweep:
    """The use case with its watch."""
    state = DynamoWatchState(clients.aws("dynamodb"), settings.provenance_table)
    sweep = build(settings, clients, report_unidentified=report_unidentified)
    return WatchedSweep(sweep, state, clients.clock)


@cache
def from_environment() -> tuple[ScheduledRun, WatchedSweep]:
    """The scheduled run and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = SweepSettings.from_environment(), Deadline()
    telemetry = Telemetry.of("sweep", settings)
    run = ScheduledRun(deadline, telemetry.logger, telemetry.metrics, telemetry.not_filled_in)

    def report(reason: str) -> None:
        telemetry.logger.error("an element of a list has no id", extra={"unidentified": reason})
        run.report({"Unidentified": 1})

    return run, watched(settings, Clients(aws_clients(PATIENT), deadline=deadline), report_unidentified=report)
