"""Consuming a FIFO queue in Lambda: what fails, waits, goes to the dead letters, and what is not touched by it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from autobook.adapters.consumer import MAX_ATTEMPTS, FifoConsumer, backoff
from autobook.adapters.deadline import Deadline
from autobook.adapters.sqs import SqsMessageDisposition
from autobook.domain.documents import DocumentMessage
from autobook.domain.errors import AccessRefused, AwaitsMapping, Forbidden, GiveUp, NotFound, NoTimeLeft, RetryLater
from tests.fakes import FakeAttempts, message

type Consume = Callable[..., list[str]]
type Logged = Callable[[], list[dict[str, Any]]]


@dataclass
class Disposition:
    """Where messages go: (receipt, seconds) and (body, group, message id, reason, attempts)."""

    postponed: dict[str, float] = field(default_factory=dict)
    dead_lettered: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    awaited: list[tuple[str, ...]] = field(default_factory=list)
    failing: bool = False

    def postpone(self, receipt_handle: str, seconds: float) -> int | None:
        """Keep it."""
        if self.failing:
            return None
        self.postponed[receipt_handle] = seconds
        return int(seconds)

    def dead_letter(
        self, body: str, group: str, message_id: str, reason: str, attempts: int, awaits: tuple[str, ...] = ()
    ) -> None:
        """Keep it."""
        if self.failing:
            raise client_error("ServiceUnavailable", 503)
        self.dead_lettered.append((body, group, message_id, reason, attempts))
        self.awaited.append(awaits)


@dataclass(frozen=True)
class Done:
    """What the use case below answers."""

    words: str = "well"


class UseCase:
    """Fails as set up, by document; remembers what it processed."""

    def __init__(self, **failures: Exception | Callable[[], None]) -> None:
        self.failures = failures
        self.seen: list[str] = []

    def __call__(self, about: DocumentMessage) -> Done:
        """Deal with it."""
        self.seen.append(about.id)
        failure = self.failures.get(about.id)
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            failure()
        return Done()


@dataclass
class Context:
    """As much of Lambda's context as is asked for."""

    milliseconds: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """As set."""
        return self.milliseconds


def client_error(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]


@pytest.fixture
def disposition() -> Disposition:
    """Where messages go."""
    return Disposition()


@pytest.fixture
def attempts() -> FakeAttempts:
    """How often each message failed before."""
    return FakeAttempts()


@pytest.fixture
def log() -> StringIO:
    """What the logger writes into."""
    return StringIO()


@pytest.fixture
def logged(log: StringIO, capsys: pytest.CaptureFixture[str]) -> Logged:
    """Every line of log and metrics so far."""
    return lambda: [json.loads(line) for line in (log.getvalue() + capsys.readouterr().out).splitlines()]


@pytest.fixture
def consume(disposition: Disposition, attempts: FakeAttempts, log: StringIO, request: pytest.FixtureRequest) -> Consume:
    """Consume these records; answers the ids of those that come back."""
    logger = Logger(service=request.node.nodeid, level="INFO", stream=log)  # Powertools keeps one per name for ever
    metrics = Metrics(namespace="Autobook", service="test")
    consumer = FifoConsumer(cast("SqsMessageDisposition", disposition), attempts, Deadline(), logger, metrics)

    def run(use_case: UseCase, *records: dict[str, Any], context: Context | None = None) -> list[str]:
        event = {"Records": list(records)}
        answer = consumer(event, cast("LambdaContext", context or Context()), DocumentMessage.from_json, use_case)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    return run


def record(name: str, document: str = "", receives: int = 1, body: str | None = None) -> dict[str, Any]:
    """A message called `name` about a document, or with any body."""
    about = message(document or name)
    return {
        "messageId": name,
        "receiptHandle": f"receipt-{name}",
        "body": about.to_json() if body is None else body,
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "MessageGroupId": about.document.key,
            "SentTimestamp": "1772443800000",
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:documents.fifo",
        "awsRegion": "eu-central-1",
    }


def test_all_well(consume: Consume, disposition: Disposition) -> None:
    """What was dealt with does not come back."""
    use_case = UseCase()
    assert consume(use_case, record("a"), record("b")) == []
    assert use_case.seen == ["a", "b"]
    assert disposition == Disposition()


def test_one_failing_document(consume: Consume) -> None:
    """A document that fails does not hold up the others, before or behind it."""
    use_case = UseCase(b=RetryLater("later"))
    assert consume(use_case, record("a"), record("b"), record("c")) == ["b"]
    assert use_case.seen == ["a", "b", "c"]


def test_every_document_failing(consume: Consume) -> None:
    """Where all fail each comes back by itself; the invocation as a whole does not fail."""
    use_case = UseCase(a=RetryLater("later"), b=ValueError("bug"))
    assert consume(use_case, record("a"), record("b")) == ["a", "b"]


def test_order_within_a_document(consume: Consume, disposition: Disposition) -> None:
    """Behind a message that failed, later ones of the same document are not attempted, and come back with it."""
    use_case = UseCase(x=RetryLater("later", after=60))
    records = [record("1", "x"), record("2", "y"), record("3", "x"), record("4", "x"), record("5", "y")]
    assert consume(use_case, *records) == ["1", "3", "4"]
    assert use_case.seen == ["x", "y", "y"]
    assert 60 <= disposition.postponed.pop("receipt-1") <= 72
    assert disposition.postponed == {"receipt-3": 0, "receipt-4": 0}, "or they would block their group"


def test_group_is_free_again_next_time(consume: Consume) -> None:
    """A document that failed in one batch is attempted in the next."""
    use_case = UseCase(a=RetryLater("later"))
    assert consume(use_case, record("a")) == ["a"]
    use_case.failures.clear()
    assert consume(use_case, record("a")) == []


class TestRetryLater:
    def test_as_asked(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
        """A wait that the other side asked for is kept to, and a little more by chance: not all come at once."""
        attempts.counts["a"] = {"waiting": 6}
        consume(UseCase(a=RetryLater("429", after=120)), record("a"))
        assert 120 <= disposition.postponed["receipt-a"] <= 144

    def test_longer_than_asked(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
        """A short wait that is asked for again and again grows all the same: receives are not for ever."""
        attempts.counts["a"] = {"waiting": 39}
        consume(UseCase(a=RetryLater("503", after=30)), record("a"))
        assert disposition.postponed["receipt-a"] >= 3600

    @pytest.mark.parametrize("before", [0, 1, 4, 49])
    def test_growing(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts, before: int) -> None:
        """Otherwise the wait grows with the attempts, up to two hours."""
        attempts.counts["a"] = {"waiting": before}
        consume(UseCase(a=RetryLater("503")), record("a"))
        longest = min(7200, 5 * 2**before)
        assert longest / 2 <= disposition.postponed["receipt-a"] <= longest

    def test_never_dead_lettered(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
        """Waiting is no failure: after nine hundred times it still waits."""
        attempts.counts["a"] = {"waiting": 899}
        assert consume(UseCase(a=RetryLater("503")), record("a", receives=900)) == ["a"]
        assert disposition.dead_lettered == []


class TestAttempts:
    def test_receiving_is_not_failing(self, consume: Consume, disposition: Disposition) -> None:
        """A message that was received hundreds of times and fails for the first time waits as after one attempt."""
        consume(UseCase(a=RetryLater("503"), b=ValueError("bug")), record("a", receives=900), record("b", receives=900))
        assert disposition.postponed["receipt-a"] <= 5
        assert disposition.postponed["receipt-b"] <= 5
        assert disposition.dead_lettered == []

    def test_nothing_is_stored_without_a_fault(self, consume: Consume, attempts: FakeAttempts) -> None:
        """What is done, what is skipped behind another and what the run has no time for costs no write."""
        context = Context(16_000)
        use_case = UseCase(a=RetryLater("later"), c=lambda: setattr(context, "milliseconds", 14_000))
        records = [record("1", "a"), record("2", "a"), record("3", "b"), record("4", "c"), record("5", "d")]
        assert consume(use_case, *records, context=context) == ["1", "2", "5"]
        assert attempts.counts == {"1": {"waiting": 1}}

    def test_kinds_do_not_add_up(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
        """A document that waited for days has ten attempts for a bug, and waits for it as after the first."""
        attempts.counts["a"] = {"waiting": 300, "aws": 40, "access": 20}
        assert consume(UseCase(a=ZeroDivisionError("bug")), record("a", receives=360)) == ["a"]
        assert disposition.postponed["receipt-a"] <= 5
        assert attempts.counts["a"] == {"waiting": 300, "aws": 40, "access": 20, "bug": 1}

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (RetryLater("503"), "waiting"),
            (AccessRefused("401"), "access"),
            (Forbidden("403"), "access"),
            (EndpointConnectionError(endpoint_url="https://sns"), "aws"),
            (ValueError("bug"), "bug"),
            (GiveUp("422"), "given_up"),
        ],
    )
    def test_kinds(self, consume: Consume, attempts: FakeAttempts, error: Exception, kind: str) -> None:
        """Each fault is counted as what it is."""
        consume(UseCase(a=error), record("a"))
        assert attempts.counts == {"a": {kind: 1}}

    @pytest.mark.parametrize("error", [RetryLater("503"), ValueError("bug"), AccessRefused("401")])
    def test_store_out_of_reach(
        self, consume: Consume, disposition: Disposition, attempts: FakeAttempts, error: Exception
    ) -> None:
        """Where a fault cannot be counted the message waits as after so many receives, and is never given up."""
        attempts.failing = True
        assert consume(UseCase(a=error), record("a", receives=900)) == ["a"]
        assert disposition.postponed["receipt-a"] >= 3600
        assert disposition.dead_lettered == []


class TestAccessRefused:
    def test_stops_the_batch(self, consume: Consume, disposition: Disposition, logged: Logged) -> None:
        """When our token is refused no other is attempted: all would fail alike. It is counted for the alarm."""
        use_case = UseCase(a=AccessRefused("401"))
        assert consume(use_case, record("a"), record("b"), record("c")) == ["a", "b", "c"]
        assert use_case.seen == ["a"]
        assert set(disposition.postponed) == {"receipt-a", "receipt-b", "receipt-c"}
        assert all(wait > 0 for wait in disposition.postponed.values())
        assert disposition.dead_lettered == []
        metrics = [line for line in logged() if "_aws" in line]
        assert metrics[-1]["AccessRefused"] == [1.0, 1.0, 1.0]
        assert metrics[-1]["service"] == "test"

    def test_next_batch_asks_again(self, consume: Consume) -> None:
        """The next batch asks again: somebody may have fixed the token."""
        use_case = UseCase(a=AccessRefused("401"))
        consume(use_case, record("a"))
        use_case.failures.clear()
        assert consume(use_case, record("a"), record("b")) == []

    def test_the_others_did_not_fail(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
        """Those that wait for the one that was refused wait as long, and nothing is counted for them."""
        attempts.counts["a"] = {"access": 7}
        consume(UseCase(a=AccessRefused("401")), record("a"), record("b", receives=100))
        assert attempts.counts == {"a": {"access": 8}}
        assert 320 <= disposition.postponed["receipt-b"] <= 640

    def test_forbidden_concerns_its_own_document(
        self, consume: Consume, disposition: Disposition, logged: Logged
    ) -> None:
        """403 may be about one document: it waits, the others go on. It is counted for the alarm."""
        use_case = UseCase(b=Forbidden("403"))
        assert consume(use_case, record("a"), record("b"), record("c"), record("d")) == ["b"]
        assert use_case.seen == ["a", "b", "c", "d"]
        assert set(disposition.postponed) == {"receipt-b"}
        assert [line for line in logged() if "_aws" in line][-1]["AccessRefused"] == [1.0]

    def test_forbidden_for_another_document_too(self, consume: Consume, attempts: FakeAttempts) -> None:
        """When a second document is refused the rest of the batch waits: it is about us."""
        use_case = UseCase(a=Forbidden("403"), c=Forbidden("403"))
        assert consume(use_case, record("a"), record("b"), record("c"), record("d")) == ["a", "c", "d"]
        assert use_case.seen == ["a", "b", "c"]
        assert set(attempts.counts) == {"a", "c"}

    def test_forbidden_again_in_the_next_batch(self, consume: Consume) -> None:
        """The same document, refused batch after batch, never holds up another."""
        use_case = UseCase(a=Forbidden("403"))
        for _ in range(3):
            assert consume(use_case, record("a"), record("b")) == ["a"]


class TestGiveUp:
    @pytest.mark.parametrize("error", [GiveUp("422: no such account"), NotFound("422: no such account")])
    def test_dead_lettered_with_the_reason(
        self, consume: Consume, disposition: Disposition, attempts: FakeAttempts, error: GiveUp
    ) -> None:
        """What cannot succeed goes to the dead letters at once, with the reason and how often it failed in all."""
        attempts.counts["a"] = {"waiting": 1, "bug": 1}
        assert consume(UseCase(a=error), record("a", receives=30)) == []
        body = message("a").to_json()
        assert disposition.dead_lettered == [(body, "incoming_invoice:a", "a", "422: no such account", 3)]

    def test_awaited_mappings_go_along(self, consume: Consume, disposition: Disposition) -> None:
        """What has to be there first is said with the letter, for whoever puts it back."""
        failing = UseCase(a=AwaitsMapping("add a mapping", ("supplier:s",)), b=GiveUp("422"))
        assert consume(failing, record("a"), record("b")) == []
        assert disposition.awaited == [("supplier:s",), ()]

    def test_later_ones_go_on(self, consume: Consume) -> None:
        """Behind a dead letter the document's later messages are dealt with."""
        use_case = UseCase()
        assert consume(use_case, record("1", "x", body="{}"), record("2", "x")) == []
        assert use_case.seen == ["x"]

    def test_not_ours(self, consume: Consume, disposition: Disposition) -> None:
        """What is no message of ours goes to the dead letters as it is."""
        assert consume(UseCase(), record("a", body="<xml/>")) == []
        assert disposition.dead_lettered == [("<xml/>", "incoming_invoice:a", "a", "not a document message", 1)]

    def test_dead_lettering_fails(self, consume: Consume, disposition: Disposition) -> None:
        """What cannot be dead-lettered comes back: nothing is lost."""
        disposition.failing = True
        assert consume(UseCase(a=GiveUp("422")), record("a"), record("b")) == ["a"]


class TestUnexpected:
    def test_retried(self, consume: Consume, disposition: Disposition, attempts: FakeAttempts, logged: Logged) -> None:
        """An unexpected fault is logged with its place and retried after a while."""
        attempts.counts["a"] = {"bug": MAX_ATTEMPTS - 2}
        assert consume(UseCase(a=ZeroDivisionError("bug")), record("a")) == ["a"]
        assert disposition.postponed["receipt-a"] > 0
        (line,) = [line for line in logged() if line.get("message") == "failed"]
        assert (line["document"], line["trace_id"], line["level"]) == ("incoming_invoice:a", "trace-1", "ERROR")
        assert "ZeroDivisionError" in line["exception"]

    def test_dead_letter_after_its_attempts(
        self, consume: Consume, disposition: Disposition, attempts: FakeAttempts
    ) -> None:
        """After ten attempts it goes to the dead letters, with what went wrong."""
        attempts.counts["a"] = {"bug": MAX_ATTEMPTS - 1}
        assert consume(UseCase(a=ZeroDivisionError("bug")), record("a")) == []
        assert disposition.dead_lettered[0][3] == "failed 10 times, last with ZeroDivisionError: bug"

    def test_postponing_fails(self, consume: Consume, disposition: Disposition) -> None:
        """Where SQS takes no wait at all, the message still comes back, and the others are dealt with."""
        disposition.failing = True
        use_case = UseCase(a=RetryLater("later"))
        assert consume(use_case, record("1", "a"), record("2", "a"), record("b")) == ["1", "2"]
        assert use_case.seen == ["a", "b"]


PASSING = [
    client_error("ThrottlingException"),
    client_error("ProvisionedThroughputExceededException"),
    client_error("InternalServerError", 500),
    client_error("SlowDown", 503),
    client_error("AccessDeniedException"),
    client_error("AuthorizationError", 403),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
]


@pytest.mark.parametrize("error", PASSING, ids=[str(e)[:60] for e in PASSING])
def test_aws_faults_wait(consume: Consume, disposition: Disposition, attempts: FakeAttempts, error: Exception) -> None:
    """AWS busy, out of reach or refusing us is no document's fault: it waits, also after a long outage."""
    attempts.counts["a"] = {"aws": 49}
    assert consume(UseCase(a=error), record("a")) == ["a"]
    assert disposition.postponed["receipt-a"] >= 3600
    assert disposition.dead_lettered == []


def test_aws_refusals_are_bugs(consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
    """What AWS will not take however often it is sent is dead-lettered after its attempts."""
    attempts.counts["a"] = {"bug": MAX_ATTEMPTS - 1}
    assert consume(UseCase(a=client_error("ValidationException")), record("a")) == []
    assert "ValidationException" in disposition.dead_lettered[0][3]


def test_no_time_left(consume: Consume, disposition: Disposition) -> None:
    """Without time for another document the rest goes back untouched, to be seen at once."""
    context = Context(16_000)
    use_case = UseCase(a=lambda: setattr(context, "milliseconds", 14_000))
    assert consume(use_case, record("a"), record("b"), record("c"), context=context) == ["b", "c"]
    assert use_case.seen == ["a"]
    assert disposition.postponed == {"receipt-b": 0, "receipt-c": 0}


@pytest.mark.parametrize("receives", [1, 11, 900])
def test_no_time_left_at_any_count(
    consume: Consume, disposition: Disposition, attempts: FakeAttempts, receives: int
) -> None:
    """However often it was received or failed before, a message that the run has no time for waits zero seconds, and
    so does what is behind it in its group."""
    attempts.counts = {"b": {"waiting": 500}, "c": {"bug": 9}}
    context = Context(16_000)
    use_case = UseCase(a=lambda: setattr(context, "milliseconds", 14_000))
    records = [record("a"), record("b", "x", receives), record("c", "x", receives)]
    assert consume(use_case, *records, context=context) == ["b", "c"]
    assert disposition.postponed == {"receipt-b": 0, "receipt-c": 0}
    assert attempts.counts == {"b": {"waiting": 500}, "c": {"bug": 9}}


def test_time_runs_out_meanwhile(consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
    """A document that was begun late and not ended in time goes back at once, uncounted."""
    assert consume(UseCase(b=NoTimeLeft("no time left in this run")), record("a"), record("b", receives=50)) == ["b"]
    assert disposition.postponed == {"receipt-b": 0}
    assert attempts.counts == {}


def test_whole_run_is_not_enough(consume: Consume, disposition: Disposition, attempts: FakeAttempts) -> None:
    """A document that had the whole run waits as for any other reason: at once it would take the next run too."""
    assert consume(UseCase(a=NoTimeLeft("no time left in this run")), record("a"), record("b")) == ["a"]
    assert disposition.postponed["receipt-a"] > 0
    assert attempts.counts == {"a": {"waiting": 1}}


def test_logs_are_about_their_document(consume: Consume, logged: Logged) -> None:
    """A line about a message that could not be read does not carry the document of the one before."""
    consume(UseCase(), record("a"), record("b", body="{}"), record("c"))
    lines = [line for line in logged() if "level" in line]
    assert [line.get("document") for line in lines] == ["incoming_invoice:a", None, "incoming_invoice:c"]


def test_metrics(consume: Consume, logged: Logged) -> None:
    """Everything that becomes of a message is counted."""
    consume(
        UseCase(b=RetryLater("l"), c=GiveUp("g"), d=ValueError("v")), record("a"), record("b"), record("c"), record("d")
    )
    (metrics,) = [line for line in logged() if "_aws" in line]
    assert {name: metrics[name] for name in ("Done", "Postponed", "GivenUp", "Failed")} == {
        "Done": [1.0],
        "Postponed": [1.0],
        "GivenUp": [1.0],
        "Failed": [1.0],
    }


def test_backoff() -> None:
    """5, 10, 20 … seconds up to two hours, less up to a half by chance."""
    longest = [backoff(n, jitter=lambda: 0.0) for n in range(1, 14)]
    assert longest[:4] == [5, 10, 20, 40]
    assert longest[-3:] == [5120, 7200, 7200]
    assert backoff(10_000, jitter=lambda: 1.0) == 3600
