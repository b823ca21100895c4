"""The archive of the topic: set with the stack, cleared before the topic goes."""

import pytest

from autobook.adapters.sns_topic_archives import SnsTopicArchives
from autobook.domain.errors import NotFound, Refused, Reject, RetryLater
from autobook.service.topic_archive import ArrangeTopicArchive
from tests.fake_archived_topics import TOPIC, ArchivedTopics, sns_error


class Run:
    """The use case on topics in memory, with a run that has so many seconds."""

    def __init__(self, seconds: float = 180) -> None:
        self.topics = ArchivedTopics()
        self.left = seconds
        self.arrange = ArrangeTopicArchive(SnsTopicArchives(self.topics), lambda: self.left, self.sleep)  # type: ignore[arg-type]

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.left -= seconds


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.mark.parametrize("days", ["1", "90", "365"])
def test_keep(run: Run, days: str) -> None:
    """The topic keeps its messages for so many days; saying so once more changes nothing."""
    for _ in range(2):
        run.arrange.keep(TOPIC, days)
        assert run.topics.days() == int(days)


@pytest.mark.parametrize("days", ["", "0", "366", "3651", "-1", "1.5", "ninety", "٩٠", "9" * 5000])
def test_keep_for_no_number_of_days(run: Run, days: str) -> None:
    """Refused before SNS is asked, by the property's name, in a short sentence."""
    with pytest.raises(Reject, match="RetentionDays") as error:
        run.arrange.keep(TOPIC, days)
    assert len(str(error.value)) < 150
    assert run.topics.calls == 0


def test_keep_without_a_topic(run: Run) -> None:
    """Nothing can be done."""
    with pytest.raises(Reject, match="TopicArn"):
        run.arrange.keep("", "90")


def test_keep_of_a_topic_that_is_gone(run: Run) -> None:
    """The deployment has to hear of it."""
    with pytest.raises(NotFound, match="no topic"):
        run.arrange.keep(f"{TOPIC[:-5]}2.fifo", "90")


def test_clear(run: Run) -> None:
    """A topic that keeps an archive cannot be deleted; afterwards it can, and clearing once more is no error."""
    run.arrange.keep(TOPIC, "90")
    with pytest.raises(type(sns_error("")), match="ArchivePolicy"):
        run.topics.delete_topic(TOPIC)
    run.arrange.clear(TOPIC)
    run.arrange.clear(TOPIC)
    run.topics.delete_topic(TOPIC)
    assert run.topics.policies == {}


@pytest.mark.parametrize("topic", [TOPIC.replace("autobook", "gone"), "", "autobook-events.fifo"])
def test_clear_of_a_topic_that_is_gone(run: Run, topic: str) -> None:
    """Nothing is left to do, and nothing holds the deletion up."""
    run.arrange.clear(topic)
    assert run.topics.days() is None


@pytest.mark.parametrize("operation", ["keep", "clear"])
@pytest.mark.parametrize(
    "error",
    [sns_error("AuthorizationError", status=403), sns_error("Throttling"), sns_error("InternalError", status=500)],
)
def test_waiting_for_the_role(run: Run, operation: str, error: Exception) -> None:
    """A role that was made a moment ago may be refused at first, and SNS may be busy: both pass."""
    run.topics.policies[TOPIC] = '{"MessageRetentionPeriod": "7"}'
    run.topics.fail_with([error] * 3)
    run.arrange.keep(TOPIC, "90") if operation == "keep" else run.arrange.clear(TOPIC)
    assert run.topics.days() == (90 if operation == "keep" else None)
    assert run.topics.calls == 4


@pytest.mark.parametrize("operation", ["keep", "clear"])
def test_a_fault_that_does_not_pass(run: Run, operation: str) -> None:
    """It is given up while there is time to say so."""
    run.topics.fail_with([sns_error("AuthorizationError", status=403)] * 1000)
    with pytest.raises(RetryLater, match="AuthorizationError"):
        run.arrange.keep(TOPIC, "90") if operation == "keep" else run.arrange.clear(TOPIC)
    assert run.left > 80


@pytest.mark.parametrize("operation", ["keep", "clear"])
def test_a_refusal(run: Run, operation: str) -> None:
    """What SNS refuses for good is not asked for again."""
    run.topics.fail_with([sns_error("InvalidParameter", "an archive of its own")])
    with pytest.raises(Refused, match="an archive of its own"):
        run.arrange.keep(TOPIC, "90") if operation == "keep" else run.arrange.clear(TOPIC)
    assert run.topics.calls == 1
