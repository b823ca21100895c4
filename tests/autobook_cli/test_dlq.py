"""`autobook dlq` as a person types it, on a stack as moto plays it."""

import json
import re
import sys
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from autobook_cli.dlq import app
from tests.autobook_cli.test_dead_letters import bodies, dead_letter, queues

__all__ = ["queues"]


@dataclass
class _Target:
    """A stack with these resources."""

    resources: dict[str, str]

    def client(self, service: str) -> Any:
        """A client of moto's."""
        return boto3.client(service)  # type: ignore[call-overload]


@pytest.fixture
def stack(queues: tuple[Any, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, str]]:
    """Queues with a log group beside them, and `autobook dlq` working on them."""
    sqs, urls = queues
    boto3.client("logs").create_log_group(logGroupName="/autobook/a/process")
    urls["ProcessLogGroup"] = "/autobook/a/process"
    monkeypatch.setattr(sys.modules["autobook_cli.dlq"], "target", lambda *_: _Target(urls))
    monkeypatch.setenv("COLUMNS", "80")
    return sqs, urls


def run(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def logged() -> list[dict[str, Any]]:
    logs, group = boto3.client("logs"), "/autobook/a/process"
    streams = [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    events = [logs.get_log_events(logGroupName=group, logStreamName=each)["events"] for each in streams]
    return [json.loads(event["message"]) for each in events for event in each]


def test_list(stack: tuple[Any, dict[str, str]]) -> None:
    """Every letter has a line with its reason, and a last line counts them; `--queue` narrows it down."""
    dead_letter(*stack, "inv1")
    dead_letter(*stack, "inv2", "Archive")
    code, output = run("list")
    assert code == 0
    assert re.search(r"incoming_invoice/inv1\s+no good: inv1\s+0 h 0 min\s+4\s+Documents", output)
    assert output.splitlines()[-1] == "2 dead letters: 1 Documents, 1 Archive"
    assert run("list", "--queue", "archive")[1].splitlines()[-1] == "1 dead letters: 1 Archive"
    assert run("list", "--queue", "post")[0] == 2


def test_nothing_there(stack: tuple[Any, dict[str, str]]) -> None:
    """No letter is one line, and an exit code says that nothing was put back or dropped."""
    assert stack
    assert run("list") == (0, "no dead letters\n")
    assert run("redrive", "--all") == (1, "0 put back\n")
    assert run("drop", "--all", "--reason", "tidying up") == (1, "0 dropped\n")


def test_show(stack: tuple[Any, dict[str, str]]) -> None:
    """A letter is shown with its reason, attempts, own id and body, by its document's id or its own."""
    dead_letter(*stack, "inv1")
    code, output = run("show", "inv1")
    assert code == 0
    assert "after 4 attempts" in output
    assert '"id": "inv1"' in output
    letter = re.search(r"^letter (\S+)$", output, re.MULTILINE)
    assert letter
    assert run("show", letter[1]) == (0, output)
    assert run("show", "inv2")[0] == 1


def test_redrive_says_where_to(stack: tuple[Any, dict[str, str]]) -> None:
    """How many went into which queue, and why the others stayed."""
    sqs, urls = stack
    dead_letter(sqs, urls, "inv1")
    dead_letter(sqs, urls, "inv2", "Archive")
    dead_letter(sqs, urls, "inv3", "Events")
    code, output = run("redrive", "--all")
    assert code == 0
    assert output.splitlines() == [
        "2 put back: 1 into DocumentsQueue, 1 into ArchiveQueue", "1 left: no queue of this stack takes it",
    ]  # fmt: skip
    assert len(bodies(sqs, urls["DocumentsQueue"])) == 1


@pytest.mark.parametrize("command", ["redrive", "drop"])
@pytest.mark.parametrize("options", [[], ["--all", "--document", "inv1"], ["--all", "--queue", "Archive"]])
def test_what_is_meant_has_to_be_said(stack: tuple[Any, dict[str, str]], command: str, options: list[str]) -> None:
    """Nothing is put back or dropped by a command that does not say which letters, or says two things."""
    dead_letter(*stack, "inv1")
    code, output = run(command, *options)
    assert (code, output) == (2, "autobook: give --document ID, --queue NAME or --all\n")
    assert "inv1" in run("list")[1]


def test_drop_asks_why(stack: tuple[Any, dict[str, str]]) -> None:
    """The reason is asked for; each letter is printed, and recorded in the log with both reasons and by whom."""
    dead_letter(*stack, "inv1")
    dead_letter(*stack, "inv2")
    code, output = run("drop", "--document", "inv1", stdin="a test \x1b[31mof ours\n")
    assert code == 0
    assert "dropped incoming_invoice/inv1 from Documents: no good: inv1" in output
    assert "1 dropped, because: a test [31mof ours" in output
    assert "recorded in /autobook/a/process, stream autobook-dlq-drop-" in output
    (line,) = logged()
    assert line["dropped_because"] == "a test [31mof ours"
    assert (line["document"], line["reason"], line["attempts"]) == ("incoming_invoice/inv1", "no good: inv1", 4)
    assert line["dropped_by"].startswith("arn:aws:")
    assert "inv1" not in run("list")[1]
    assert "inv2" in run("list")[1]


@pytest.mark.parametrize("options", [["--reason", "  "], ["--reason", "\u200b"], []])
def test_no_reason_no_drop(stack: tuple[Any, dict[str, str]], options: list[str]) -> None:
    """Without a reason, given or asked for, nothing is dropped."""
    dead_letter(*stack, "inv1")
    code, output = run("drop", "--all", *options)
    assert code == 2
    assert output.rstrip().endswith("autobook: nothing is dropped without a reason: --reason TEXT")
    assert "inv1" in run("list")[1]


def test_drop_where_the_log_takes_nothing(stack: tuple[Any, dict[str, str]]) -> None:
    """A log that takes nothing is said; the output is the record then."""
    sqs, urls = stack
    dead_letter(sqs, urls, "inv1")
    urls["ProcessLogGroup"] = "/no/such/group"
    code, output = run("drop", "--all", "--reason", "a test")
    assert code == 0
    assert "dropped incoming_invoice/inv1" in output
    assert "recorded in the output above only: An error occurred (ResourceNotFoundException)" in output
