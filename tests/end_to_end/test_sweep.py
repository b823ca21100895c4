"""The scheduled functions on the deployed system: documents whose webhook never arrived are found and archived."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from autobook_cli.dead_letter_queues import DeadLetters
from autobook_cli.target import Target
from autobook_cli.use_cases import reconcile_of, sweep_of
from autobook_local.demo.documents import DemoDocument
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload
from tests.end_to_end.webhooks import unsubscribed


def invoke(system: LocalSystem, function: str) -> dict[str, Any]:
    """Run it as its schedule would."""
    name = system.deployment.resources[function]
    answer = system.deployment.clients.functions.invoke(FunctionName=name, Payload=b"{}")
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    assert not answer.get("FunctionError"), payload
    return payload


def test_without_webhook(system: LocalSystem, hosting: DemoDocument) -> None:
    """An invoice whose webhook never came is booked, archived and announced after the next sweep."""
    with unsubscribed(system):
        story = upload(system, hosting, "no webhook")
    swept = invoke(system, "SweepFunction")
    assert swept["Queued"] >= 1
    finish(system, story)
    assert story.is_archived
    assert len(story.of("invoice.booked")) == 1


def test_nothing_left(system: LocalSystem) -> None:
    """A second sweep finds nothing more, and the daily count no difference."""
    assert invoke(system, "SweepFunction")["Complete"] == 1
    reconciled = invoke(system, "ReconcileFunction")
    assert (reconciled["Complete"], reconciled["Differences"]) == (1, 0)


def test_from_a_persons_machine(system: LocalSystem) -> None:
    """`autobook sweep`, `reconcile` and `dlq` reach the deployed system: everything is known, nothing differs."""
    deployment = system.deployment
    where = Target(deployment.clients.session, deployment.stack_name, deployment.account.endpoint)
    with sweep_of(where) as sweep:
        found = list(sweep.find(datetime.now(UTC) - timedelta(days=400)))
    assert found
    assert not [each for each in found if each.needs_processing]
    with reconcile_of(where, repairs=False) as reconcile:
        reconciled = reconcile()
    assert reconciled.agrees
    assert sum(reconciled.kanbert.values()) == sum(reconciled.provenance.values()) >= len(found)
    letters = DeadLetters(where.client("sqs"), where.resources).peek()
    assert [letter for letter in letters if not letter.awaits] == [], "others wait for a mapping to Billomat"
