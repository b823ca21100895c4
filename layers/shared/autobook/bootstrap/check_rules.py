"""The wiring of `check_rules`."""

from functools import cache

from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.manifest import DynamoManifest
from autobook.adapters.dynamodb.rule_items import DynamoRuleItems
from autobook.adapters.dynamodb.rule_stream import RuleStream
from autobook.adapters.kanbert import KanbertCodeResolver
from autobook.adapters.s3 import S3Archive
from autobook.adapters.s3_rule_history import S3RuleHistory
from autobook.adapters.scheduled import ScheduledRun
from autobook.adapters.sns import SnsEventPublisher
from autobook.bootstrap.clients import PATIENT, Clients, aws_clients, without_limit
from autobook.bootstrap.kanbert import kanbert_client
from autobook.bootstrap.telemetry import Telemetry
from autobook.service.check_rules import CheckRules
from autobook.settings import CheckRulesSettings


def build(settings: CheckRulesSettings, clients: Clients) -> CheckRules:
    """The use case."""
    tables, objects = clients.aws("dynamodb"), clients.aws("s3")
    return CheckRules(
        items=DynamoRuleItems(tables, settings.rules_table),
        code_resolver=KanbertCodeResolver(kanbert_client(settings, clients)),
        history=S3RuleHistory(objects, settings.archive_bucket),
        archive=S3Archive(objects, settings.archive_bucket, settings.lock_mode),
        manifest=DynamoManifest(tables, settings.provenance_table),
        publisher=SnsEventPublisher(clients.aws("sns"), settings.events_topic_arn),
        clock=clients.clock,
        remaining=without_limit if clients.deadline is None else clients.deadline,
        zone=settings.zone,
        jurisdiction=settings.jurisdiction,
        held=settings.holds_rules,
        source=settings.event_source,
    )


@cache
def from_environment() -> tuple[RuleStream, ScheduledRun, CheckRules]:
    """What runs a batch of the stream, a scheduled run, and the use case, for Lambda. Raises BadSettings."""
    settings, deadline = CheckRulesSettings.from_environment(), Deadline()
    telemetry = Telemetry.of("check_rules", settings)
    use_case = build(settings, Clients(aws_clients(PATIENT), deadline=deadline))
    schedule = ScheduledRun(deadline, telemetry.logger, telemetry.metrics, telemetry.not_filled_in)
    stream = RuleStream(deadline, telemetry.logger, telemetry.metrics)
    return stream, schedule, use_case
