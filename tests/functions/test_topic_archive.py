"""The function `topic_archive`: whatever CloudFormation asks for is answered, within its limits."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aws_lambda_powertools import Logger

from autobook.adapters.custom_resource import MOST_BYTES, MOST_ID_BYTES, CustomResourceResponder
from autobook.adapters.deadline import Deadline
from autobook.bootstrap.clients import Clients
from autobook.bootstrap.topic_archive import build
from autobook.domain.errors import Reject, RetryLater
from tests.fake_archived_topics import TOPIC, ArchivedTopics, sns_error
from tests.functions.loading import load_app, sample

URL = "https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/arn?X-Amz-Signature=s"
REQUEST = sample("topic-archive-create")
KNOWN = "arn:aws:sns:eu-central-1:123456789012:autobook-events.fifo"


class Context:
    """Lambda's context: a run that has just begun."""

    log_group_name = "/autobook/autobook/topic_archive"
    log_stream_name = "2026/01/31/[1]0123"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds, of the timeout in the template."""
        return 180_000


@dataclass
class CloudFormation:
    """The address that answers are PUT to; `statuses` are answered one by one, then 200."""

    statuses: list[int | Exception] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One PUT."""
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status)

    @property
    def answer(self) -> dict[str, str]:
        """What arrived last."""
        found: dict[str, str] = json.loads(self.requests[-1].content)
        return found


@dataclass
class Function:
    """The handler, on topics in memory."""

    handler: Callable[[Any, Any], None]
    topics: ArchivedTopics
    there: CloudFormation

    def __call__(self, operation: str = "Create", **changes: Any) -> dict[str, str]:
        """Send a request, and return the answer."""
        self.handler(request(operation, **changes), Context())
        return self.there.answer


def request(operation: str = "Create", **changes: Any) -> dict[str, Any]:
    """A request; `Update` and `Delete` name the physical id that `Create` has answered."""
    known = {} if operation == "Create" else {"PhysicalResourceId": KNOWN}
    return {**REQUEST, "RequestType": operation, "ResponseURL": URL, **known, **changes}


def properties(**changes: Any) -> dict[str, Any]:
    return {"ServiceToken": "arn:function", "TopicArn": TOPIC, "RetentionDays": "90", **changes}


@pytest.fixture
def function() -> Function:
    module, topics, there, deadline = load_app("topic_archive"), ArchivedTopics(), CloudFormation(), Deadline()
    arrange = build(Clients(lambda _: topics, deadline=deadline))
    responder = CustomResourceResponder(
        deadline, Logger(service="topic_archive"), httpx.MockTransport(there), sleep=lambda _: None
    )
    module.from_environment = lambda: (responder, lambda: arrange)  # type: ignore[attr-defined]
    return Function(module.handler, topics, there)


def test_create(function: Function) -> None:
    """The topic keeps an archive; the answer repeats what the request says of itself."""
    assert function("Create") == {
        "Status": "SUCCESS",
        "PhysicalResourceId": TOPIC,
        **{name: REQUEST[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    assert function.topics.days() == 90


def test_update(function: Function) -> None:
    """Other days, under the same physical id: another one would have CloudFormation delete the first, and so clear."""
    first = function("Create")["PhysicalResourceId"]
    answer = function("Update", PhysicalResourceId=first, ResourceProperties=properties(RetentionDays="30"))
    assert (answer["Status"], answer["PhysicalResourceId"], function.topics.days()) == ("SUCCESS", first, 30)


def test_delete(function: Function) -> None:
    """Cleared; then SNS lets the topic go."""
    function("Create")
    answer = function("Delete")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", KNOWN)
    function.topics.delete_topic(TOPIC)


def test_delete_of_a_topic_that_is_gone(function: Function) -> None:
    """Somebody was faster."""
    function.topics.policies.clear()
    assert function("Delete")["Status"] == "SUCCESS"


@pytest.mark.parametrize("operation", ["Create", "Update"])
def test_a_topic_that_is_gone(function: Function, operation: str) -> None:
    """A deployment fails, with the reason and where to read more."""
    function.topics.policies.clear()
    answer = function(operation)
    assert (answer["Status"], answer["Reason"]) == (
        "FAILED",
        f"there is no topic {TOPIC} (log /autobook/autobook/topic_archive, 2026/01/31/[1]0123)",
    )


def test_a_failed_creation_is_taken_back(function: Function) -> None:
    """CloudFormation asks for the deletion of what failed, with the same bad properties: that succeeds."""
    bad = properties(RetentionDays="366")
    failed = function("Create", ResourceProperties=bad)
    assert (failed["Status"], "RetentionDays is '366'" in failed["Reason"]) == ("FAILED", True)
    assert failed["PhysicalResourceId"]
    answer = function("Delete", ResourceProperties=bad, PhysicalResourceId=failed["PhysicalResourceId"])
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", failed["PhysicalResourceId"])


@pytest.mark.parametrize("operation", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (sns_error("InvalidParameter", "an archive of its own"), "an archive of its own"),
        (KeyError("nobody foresaw this"), "KeyError: 'nobody foresaw this'"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_whatever_goes_wrong(function: Function, operation: str, error: Exception, reason: str) -> None:
    """FAILED with the reason, at once, also where nobody foresaw it."""
    function.topics.fail_with([error])
    answer = function(operation)
    assert (answer["Status"], reason in answer["Reason"]) == ("FAILED", True)
    assert answer["PhysicalResourceId"]


def test_bad_settings(function: Function) -> None:
    """What cannot even be wired is answered."""
    handler = function.handler
    responder = handler.__globals__["from_environment"]()[0]

    def broken() -> Any:
        raise RuntimeError("LOG_LEVEL is missing")

    handler.__globals__["from_environment"] = lambda: (responder, broken)
    assert "LOG_LEVEL is missing" in function("Delete")["Reason"]


@pytest.mark.parametrize(
    "changes",
    [
        {"RequestType": "Read"},
        {"RequestType": None},
        {"ResourceProperties": None},
        {"ResourceProperties": ["TopicArn"]},
        {"ResourceProperties": {}},
        {"ResourceProperties": properties(TopicArn=["a"])},
        {"ResourceProperties": properties(RetentionDays={"Ref": "Days"})},
        {"StackId": None, "LogicalResourceId": None, "ResourceProperties": {}},
    ],
)
def test_a_malformed_request(function: Function, changes: dict[str, Any]) -> None:
    """It is answered as well."""
    answer = function("Create", **changes)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"]
    assert answer["PhysicalResourceId"]


@pytest.mark.parametrize("given", [None, {}, 1, ["TopicArn"]])
def test_a_malformed_deletion(function: Function, given: Any) -> None:
    """Where no topic is named no archive was ever made: nothing holds the deletion up."""
    assert function("Delete", ResourceProperties=given)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "event", [None, [], {}, {"ResponseURL": None}, {"ResponseURL": "http://evil.example/x"}, {"ResponseURL": "x" * 9}]
)
def test_nobody_to_answer(function: Function, event: Any) -> None:
    """Without an address, or one where others could read along, the run fails, and with it the alarm fires."""
    with pytest.raises(Reject, match="ResponseURL"):
        function.handler({**request(), **event} if event else event, Context())
    assert function.there.requests == []
    assert function.topics.calls == 0


def test_how_it_is_sent(function: Function) -> None:
    """PUT, to the very address, with an empty content type: with any other the signature would not fit."""
    function("Create")
    (sent,) = function.there.requests
    assert (sent.method, str(sent.url), sent.headers["Content-Type"]) == ("PUT", URL, "")
    assert sent.headers["Content-Length"] == str(len(sent.content))


@pytest.mark.parametrize("trouble", [[500], [503, 500], [httpx.ConnectError("x")], [httpx.ReadTimeout("x"), 500]])
def test_an_answer_that_is_lost(function: Function, trouble: list[int | Exception]) -> None:
    """It is sent again; what was done is done once."""
    function.there.statuses = trouble.copy()
    function("Create")
    assert len(function.there.requests) == len(trouble) + 1
    assert len({each.content for each in function.there.requests}) == 1
    assert function.topics.calls == 1


@pytest.mark.parametrize("trouble", [403, 500, 302, httpx.ConnectError(f"no way to {URL}")])
def test_an_answer_that_never_arrives(
    function: Function, trouble: int | Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run fails, so that Lambda repeats it; neither the error nor the log has the signed address."""
    function.there.statuses = [trouble] * 9
    with pytest.raises(RetryLater, match="could not be answered") as error:
        function("Create")
    assert len(function.there.requests) == 3
    assert "Signature" not in f"{error.value}{capsys.readouterr().out}"


@pytest.mark.parametrize("character", ["x", "ä", "€", "\U0001f4a5", '"', "\n", "\x00"])
def test_limits(function: Function, character: str) -> None:
    """4,096 bytes in all and 1,024 for the physical id, whatever is in the reason; one line of it."""
    function.topics.fail_with([RuntimeError(f"because {character * 9000} the end")])
    answer = function("Delete", PhysicalResourceId=character * 2000, StackId=REQUEST["StackId"], RequestId="r" * 128)
    content = function.there.requests[-1].content
    assert len(content) <= MOST_BYTES
    assert len(json.dumps(answer["PhysicalResourceId"])) - 2 <= MOST_ID_BYTES
    assert answer["Reason"].startswith("RuntimeError: because")
    assert "\n" not in answer["Reason"]


def test_a_short_physical_id_is_repeated_as_it_is(function: Function) -> None:
    """Every answer about one resource has the same."""
    for name in ("a", "Ärger/€", "x" * 1024):
        assert function("Delete", PhysicalResourceId=name)["PhysicalResourceId"] == name
