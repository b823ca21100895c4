"""On the deployed system: a rule is checked where it is saved, every night anew, and every version of it is kept."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from autobook.domain.rule_history import HistoryEntry
from autobook_local.demo.documents import DemoDocument
from autobook_local.stack.permissions import restart_functions, withheld
from autobook_local.system import LocalSystem
from tests.autobook.service.test_check_rules import NINE_BROKEN
from tests.end_to_end.test_main_job import finish, upload
from tests.end_to_end.test_permissions import permission
from tests.end_to_end.test_reach import rest
from tests.end_to_end.test_sweep import invoke
from tests.functions.loading import sample

WITHIN = 10.0
"""Seconds from a save to its verdict."""
SECONDS_TO_FAIL = 5.0
PATIENCE = 90.0
"""Seconds after which a permission that is back has had its effect."""
_plain, _typed = TypeDeserializer().deserialize, TypeSerializer().serialize


def put(system: LocalSystem, rule_id: str, **attributes: Any) -> None:
    """As an administrator does in the console."""
    item: dict[str, Any] = {name: _typed(value) for name, value in {"rule_id": rule_id, **attributes}.items()}
    system.deployment.clients.dynamodb.put_item(TableName=system.deployment.outputs["RulesTableName"], Item=item)


def check(system: LocalSystem, rule_id: str) -> dict[str, Any]:
    """What the administrator sees in the item; nothing while there is no verdict."""
    table, key = system.deployment.outputs["RulesTableName"], {"rule_id": {"S": rule_id}}
    item = system.deployment.clients.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    found: dict[str, Any] = _plain(item["check"]) if "check" in item else {}
    return found


def history(system: LocalSystem, rule_id: str) -> list[HistoryEntry]:
    """What the archive has of the rule."""
    s3, bucket = system.deployment.clients.s3, system.deployment.outputs["ArchiveBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"rules/{rule_id}/").get("Contents", [])
    return [HistoryEntry.from_json(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()) for each in listed]


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    """Fails when it takes longer."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.3)


def run(system: LocalSystem, event: dict[str, Any]) -> dict[str, Any]:
    """What the function answers; an error where MiniStack has just put another one in its place."""
    function = system.deployment.resources["CheckRulesFunction"]
    answer = system.deployment.clients.functions.invoke(FunctionName=function, Payload=json.dumps(event))
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    return payload


@contextmanager
def rules(system: LocalSystem, *rule_ids: str) -> Iterator[None]:
    """Deletes these at the end: other tests have the table as it was."""
    try:
        yield
    finally:
        for rule_id in rule_ids:
            table, key = system.deployment.outputs["RulesTableName"], {"rule_id": {"S": rule_id}}
            system.deployment.clients.dynamodb.delete_item(TableName=table, Key=key)


def test_nine_broken_rules(system: LocalSystem) -> None:
    """Saved in the console, each says within ten seconds what is wrong, where, and what to do."""
    put(system, "warm", when="sum_gross > 0", note="n")
    wait_for(lambda: check(system, "warm"), PATIENCE)
    with rules(system, "warm", *NINE_BROKEN):
        for name, (attributes, _) in NINE_BROKEN.items():
            put(system, name, **attributes)
        wait_for(lambda: all(check(system, name).get("state") == "error" for name in NINE_BROKEN), WITHIN)
        for name, (_, message) in NINE_BROKEN.items():
            assert check(system, name)["message"].startswith(message)
        put(system, "typo", when='supplier.name = "A"', note="n")
        wait_for(lambda: check(system, "typo").get("state") == "ok", WITHIN)
    wait_for(lambda: [each.change for each in history(system, "typo")] == ["saved", "saved", "deleted"], PATIENCE)


def test_account_that_ended(system: LocalSystem) -> None:
    """The night finds that an account has ended meanwhile."""
    simulator = system.simulator
    account = simulator.control("POST", "/chart-of-accounts", {"code": "7999", "title": "Ending"})
    with rules(system, "ending"):
        put(system, "ending", when="sum_gross > 0", account="7999")
        wait_for(
            lambda: check(system, "ending").get("codes", {}).get("account", "").startswith("7999 Ending"), PATIENCE
        )
        assert check(system, "ending")["state"] != "error"
        yesterday = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        simulator.control("PATCH", f"/chart-of-accounts/{account['id']}", {"end_date": yesterday})
        assert invoke(system, "CheckRulesFunction")["RulesInError"] >= 1
        assert "account 7999 ended on " in check(system, "ending")["message"]


def test_brake(system: LocalSystem, hosting: DemoDocument) -> None:
    """Held, nothing is written; released, the next sweep has the invoice booked."""
    role = system.deployment.resources["ProcessRole"]
    with rules(system, "_settings"):
        put(system, "_settings", mode="suggest")
        restart_functions(system.deployment, role)  # rather than wait for half a minute
        story = finish(system, upload(system, hosting, "brake"))
        assert [story.of("invoice.booked"), len(story.of("invoice.suggested"))] == [[], 1]
        assert {reason["code"] for reason in story.of("invoice.needs_review")[-1].data["reasons"]} == {"held"}
        wait_for(lambda: "the brake is on" in check(system, "_settings").get("message", ""), PATIENCE)
    restart_functions(system.deployment, role)
    restart_functions(system.deployment, system.deployment.resources["SweepRole"])
    rest(system)
    (line,) = system.simulator.client.get_incoming_invoice(story.document.id).bookings or ()
    assert line.chart_of_account_id


@pytest.mark.parametrize(
    "action",
    [
        "secretsmanager:GetSecretValue",
        *("dynamodb:Scan", "dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:PutItem"),
        *("s3:PutObject", "sns:Publish"),
    ],
)
def test_without_permission(system: LocalSystem, action: str) -> None:
    """A save does not get through in all its parts, and does once the permission is back."""
    rule_id = f"without-{action.replace(':', '-')}"

    def is_through() -> bool:
        seen.update(event.subject for event in system.take_events())
        has_codes = "codes_at" in check(system, rule_id)
        return has_codes and bool(history(system, rule_id)) and f"rule/{rule_id}" in seen

    seen = set[str]()
    with rules(system, rule_id):
        with withheld(system.deployment, permission(system, "CheckRulesRole", action)):
            put(system, rule_id, when="sum_gross > 0", account="7380")
            until = time.monotonic() + SECONDS_TO_FAIL
            while time.monotonic() < until:
                assert not is_through()
                time.sleep(0.5)
            if action == "secretsmanager:GetSecretValue":
                wait_for(lambda: "codes not checked: " in check(system, rule_id).get("message", ""), PATIENCE)
        if action == "secretsmanager:GetSecretValue":
            wait_for(lambda: "Written" in run(system, {"rules": "due"}), PATIENCE)  # as it is every ten minutes
        wait_for(is_through, PATIENCE)


def test_without_reading_the_archive(system: LocalSystem) -> None:
    """What is stored already has to be seen, and what is stored at all to be listed."""
    batch = sample("check-rules-batch")
    batch["Records"] = batch["Records"][2:]
    done: dict[str, Any] = {"batchItemFailures": []}
    wait_for(lambda: run(system, batch) == done, PATIENCE)
    with withheld(system.deployment, permission(system, "CheckRulesRole", "s3:GetObject")):
        assert run(system, batch) != done
    wait_for(lambda: run(system, batch) == done, PATIENCE)
    with withheld(system.deployment, permission(system, "CheckRulesRole", "s3:ListBucket")):
        wait_for(lambda: run(system, {}) == {}, PATIENCE)
    wait_for(lambda: run(system, {}).get("Written", 0) > 0, PATIENCE)
