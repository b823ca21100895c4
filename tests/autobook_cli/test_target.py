"""The deployed system that a command works on."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from autobook_cli import running, target
from autobook_cli.running import RunningAccount, running_account
from autobook_cli.target import NoTarget, Target
from autobook_local.stack import ProcessId, Toolchains
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.running import RunningStack


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def make_up(project: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that `make up` writes in this project, found by the command line."""
    tools = Toolchains(project)
    account = Account(port, Credentials("the-key", "the-secret"))
    RunningStack({"MiniStack": ProcessId(1, 2.5)}, account, "autobook-local", {"kanbert": "http://127.0.0.1:1"}).save(
        tools
    )
    path = tools.state / running.FILE_NAME
    monkeypatch.setattr(target, "running_account", lambda: running_account(path))
    return path


def test_what_make_up_wrote_is_found(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --stack a command works on what `make up` left running, with its key and no setting of a person's."""
    monkeypatch.setenv("AWS_PROFILE", "a-profile-of-mine")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key-of-mine")
    make_up(tmp_path, port, monkeypatch)
    found = target.target(None, None, None)
    client = found.client("sqs")
    assert (found.stack_name, client.meta.endpoint_url) == ("autobook-local", f"http://127.0.0.1:{port}")
    assert client.meta.region_name == "eu-central-1"
    credentials = found.session.get_credentials()
    assert credentials
    assert credentials.access_key == "the-key"


def test_what_has_ended_is_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash or a reboot nothing listens any more: one line says so, and what to do."""
    with socket.socket() as bound:  # a port that nobody else takes, and on which nobody listens
        bound.bind(("127.0.0.1", 0))
        make_up(tmp_path, bound.getsockname()[1], monkeypatch)
        with pytest.raises(NoTarget, match=r"^nothing is up on this machine: run `make up`, or name a stack"):
            target.target(None, None, None)


def document(**changed: Any) -> dict[str, Any]:
    key = {"access_key_id": "k", "secret_access_key": "s"}
    return {"account": {"port": 1, "region": "eu-central-1", "credentials": key}, "stack_name": "n"} | changed


def test_the_documented_parts_are_enough(tmp_path: Path) -> None:
    """Only the account and the stack's name are read; the key is not shown."""
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(document()))
    account = running_account(path)
    assert account == RunningAccount(1, "eu-central-1", "k", "s", "n")
    assert "'s'" not in repr(account)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", json.dumps(document(account=5)), json.dumps(document(account={"port": "x"}))]
)
def test_an_unreadable_file_is_as_none(tmp_path: Path, content: str) -> None:
    """A file that was cut short or is of another version is as none."""
    path = tmp_path / "stack.json"
    assert running_account(path) is None
    path.write_text(content)
    assert running_account(path) is None


def test_a_port_that_cannot_be_is_not_up() -> None:
    """A port that no system has is one on which nothing listens."""
    assert not RunningAccount(99_999, "eu-central-1", "k", "s", "n").answers()


def test_every_resource_of_a_large_stack_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of more than 100 resources is listed in pages, and each page counts; what was never made has no id."""
    where = Target(boto3.Session(), "large")
    client = boto3.client("cloudformation")
    monkeypatch.setattr(Target, "client", lambda *_: client)
    listed = [resource(f"R{number}", f"physical-{number}") for number in range(230)] + [resource("Failed", None)]
    with Stubber(client) as stubber:
        for start in range(0, 231, 100):
            asked = {"StackName": "large"} | ({"NextToken": f"from-{start}"} if start else {})
            more = {"NextToken": f"from-{start + 100}"} if start + 100 < len(listed) else {}
            page = {"StackResourceSummaries": listed[start : start + 100]} | more
            stubber.add_response("list_stack_resources", page, asked)
        assert where.resources == {f"R{number}": f"physical-{number}" for number in range(230)}
        stubber.assert_no_pending_responses()


def resource(logical_id: str, physical_id: str | None) -> dict[str, Any]:
    """As CloudFormation lists it."""
    found = {"LogicalResourceId": logical_id, "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_COMPLETE"}
    at = {"LastUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC)}
    return found | at | ({"PhysicalResourceId": physical_id} if physical_id else {})


def test_unknown_profile_is_told_in_one_line() -> None:
    """A profile that a person does not have is refused in one line."""
    with pytest.raises(NoTarget, match=r"^The config profile \(nobody\) could not be found$"):
        target.target("autobook", "nobody", None)
