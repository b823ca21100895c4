"""The function `redrive_billomat`: called by the table's stream and by a schedule."""

from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger, Metrics

from autobook.adapters.deadline import Deadline
from autobook.adapters.dynamodb.items import item_of
from autobook.adapters.scheduled import ScheduledRun
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.redrive_billomat import build
from autobook.settings import RedriveBillomatSettings
from tests.functions.loading import load_app
from tests.functions.test_batches import Context
from tests.settings import ENVIRONMENT

MAPPINGS = ENVIRONMENT["BILLOMAT_MAPPINGS_TABLE"]


@pytest.fixture
def redrive(aws: None) -> Any:
    """The handler on AWS in memory, with two letters: one of `sup1`, one of `sup2`."""
    assert aws is None
    sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
    queue, dead = (
        sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("export", "dead")
    )
    dynamodb.create_table(
        TableName=MAPPINGS,
        KeySchema=[{"AttributeName": "mapping", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "mapping", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    disposition = SqsMessageDisposition(sqs, queue, dead)
    for name in ("sup1", "sup2"):
        disposition.dead_letter(name, f"invoice/{name}", name, "add a mapping", 1, (f"supplier:{name}",))
    variables = ENVIRONMENT | {"EXPORT_QUEUE_URL": queue, "DEAD_LETTERS_QUEUE_URL": dead}
    clients = {"sqs": sqs, "dynamodb": dynamodb}
    deadline, module = Deadline(), load_app("redrive_billomat")
    use_case = build(
        RedriveBillomatSettings.from_environment(variables),
        Clients(lambda service: clients[service], deadline=deadline),
    )
    metrics = Metrics(namespace="Autobook", service="redrive_billomat")
    run = ScheduledRun(deadline, Logger(service="redrive"), metrics, lambda _: None)
    module.from_environment = lambda: (run, use_case)  # type: ignore[attr-defined]
    return module.handler


@pytest.mark.parametrize("event", [{}, {"Records": [{"eventName": "INSERT", "dynamodb": {"Keys": {}}}]}])
def test_a_run(redrive: Any, event: dict[str, Any]) -> None:
    """Whatever calls it: the invoice whose mapping is there goes back into the queue, the other one waits."""
    item = item_of({"mapping": "supplier:sup1", "supplier_id": 7})
    boto3.client("dynamodb").put_item(TableName=MAPPINGS, Item=item)
    assert redrive(event, Context()) == {"Redriven": 1, "AwaitingMapping": 1}
    assert redrive(event, Context()) == {"Redriven": 0, "AwaitingMapping": 1}
