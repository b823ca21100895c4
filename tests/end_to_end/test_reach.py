"""On the deployed system: a rule that comes after the invoice reaches it, by the sweep and by `autobook reprocess`."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from autobook_cli.reprocessing import Selection
from autobook_cli.target import Target
from autobook_cli.use_cases import reprocessing_of
from autobook_local.demo.documents import demo_documents
from autobook_local.demo.story import Story, busy
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import SECONDS, finish, upload
from tests.end_to_end.test_sweep import invoke


def put_rule(system: LocalSystem, **attributes: str) -> None:
    """As an administrator does in the console."""
    item: dict[str, Any] = {name: {"S": value} for name, value in attributes.items()}
    system.deployment.clients.dynamodb.put_item(TableName=system.deployment.outputs["RulesTableName"], Item=item)


def note_of(system: LocalSystem, story: Story) -> str:
    """What stands in the invoice's notes."""
    return system.simulator.client.get_incoming_invoice(story.document.id).notes or ""


def wait_for(condition: Callable[[], bool]) -> None:
    """Fails when it takes too long."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.5)


def rest(system: LocalSystem) -> None:
    """Sweep until nothing is found any more: what the simulator had from the start, too."""
    wait_for(lambda: not busy(system))
    wait_for(lambda: invoke(system, "SweepFunction")["Queued"] == 0 and not busy(system))


def open_invoice(system: LocalSystem, mark: str) -> Story:
    """One that was decided, and is open still."""
    flowers = next(each for each in demo_documents(date(2026, 11, 21)) if each.file_name == "flowers.pdf")
    story = finish(system, upload(system, flowers, mark))
    rest(system)
    assert story.invoice is not None
    assert story.invoice.status == "open"
    return story


def test_rule_after_the_invoice(system: LocalSystem) -> None:
    """A rule that is added later is applied after the next sweep; nothing is queued by the one after that."""
    story = open_invoice(system, "rule after the invoice")
    put_rule(system, rule_id="later", when=f'id = "{story.document.id}"', note="reached by the sweep")
    assert invoke(system, "SweepFunction")["Queued"] == 1
    wait_for(lambda: "reached by the sweep" in note_of(system, story))
    wait_for(lambda: not busy(system))
    assert invoke(system, "SweepFunction")["Queued"] == 0


def test_reprocess(system: LocalSystem) -> None:
    """From a person's machine: what would be written, and then it is."""
    story = open_invoice(system, "reprocess")
    put_rule(system, rule_id="reprocessed", when=f'id = "{story.document.id}"', note="reached by reprocess")
    deployment = system.deployment
    where = Target(deployment.clients.session, deployment.stack_name, deployment.account.endpoint)
    with reprocessing_of(where) as reprocessing:
        (invoice,) = reprocessing.select(Selection(rule="reprocessed"))
        assert not isinstance(invoice, Exception)
        preview = reprocessing.process.preview(reprocessing.kanbert.get_incoming_invoice(story.document.id))
        assert [(write.field, write.value) for write in preview.writes] == [("note", "reached by reprocess")]
        assert "7" in "".join(reprocessing.titles().values())
        reprocessing.submit(reprocessing.kanbert.get_incoming_invoice(story.document.id))
    wait_for(lambda: "reached by reprocess" in note_of(system, story))
