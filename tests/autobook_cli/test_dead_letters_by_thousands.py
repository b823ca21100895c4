"""Thousands of dead letters at a real network's latency, on SQS as it is documented, by the number of calls."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from autobook_cli.dead_letter_queues import DeadLetters
from autobook_cli.dead_letters import DeadLetter
from tests.fake_queues import FakeSqs

MANY = 2000
PAIRS = {"DocumentsDeadLetters": "DocumentsQueue", "ArchiveDeadLetters": "ArchiveQueue"}
NAMES = [*PAIRS, *PAIRS.values(), "EventsDeadLetters"]
RESOURCES = {name: f"https://sqs/{name}.fifo" for name in NAMES}
RESOURCES["SchedulesDeadLetters"] = "https://sqs/SchedulesDeadLetters"
BATCHES = MANY // 10


@pytest.fixture
def sqs() -> FakeSqs:
    return FakeSqs(queues={url: [] for url in RESOURCES.values()})


def body(number: int) -> str:
    return json.dumps({"kind": "incoming_invoice", "id": f"inv{number}", "trace_id": str(number)})


def fill(sqs: FakeSqs, count: int = MANY, documents: int = MANY) -> None:
    """So many letters, in turn in two queues, about so many documents."""
    for number in range(count):
        queue = list(PAIRS)[number % 2]
        group = f"incoming_invoice:inv{number % documents}"
        reason = {"reason": f"no good: {number}", "attempts": "4"}
        sqs.put(RESOURCES[queue], body(number % documents), group, reason)
        sqs.now += timedelta(milliseconds=1)
    sqs.now += timedelta(hours=3)


def dead_letters(sqs: FakeSqs) -> DeadLetters:
    return DeadLetters(sqs, RESOURCES, clock=lambda: sqs.now)


def waiting(sqs: FakeSqs) -> Counter[str]:
    return Counter({name: len(sqs.queues[url]) for name, url in RESOURCES.items() if sqs.queues[url]})


def test_list(sqs: FakeSqs) -> None:
    """All are seen, oldest first, with the attempts that were recorded; none is moved or stays hidden."""
    fill(sqs)
    before = waiting(sqs)
    for _ in range(3):
        sqs.calls.clear()
        listing = dead_letters(sqs).look()
        assert [each.identifier for each in listing.letters] == [f"inv{n}" for n in range(MANY)]
        assert {each.attempts for each in listing.letters} == {4}
        assert listing.unseen == 0
        assert waiting(sqs) == before
        assert not any(sqs.hidden(url) for url in RESOURCES.values())
        # Ten at a time there and back, and an empty answer for each queue.
        assert sqs.calls == {
            "get_queue_attributes": 4, "receive_message": BATCHES + 4, "change_message_visibility_batch": BATCHES,
        }  # fmt: skip


def test_redrive_of_all(sqs: FakeSqs) -> None:
    """Each goes back into its own queue, ten at a time, and its letter is deleted."""
    fill(sqs)
    handled = list(dead_letters(sqs).redrive(lambda _: True))
    assert Counter((each.done, each.note) for each in handled) == {
        (True, "DocumentsQueue"): MANY // 2, (True, "ArchiveQueue"): MANY // 2,
    }  # fmt: skip
    assert waiting(sqs) == dict.fromkeys(PAIRS.values(), MANY // 2)
    assert sqs.calls == {
        "get_queue_attributes": 4, "receive_message": BATCHES + 4, "send_message_batch": BATCHES,
        "delete_message_batch": BATCHES,
    }  # fmt: skip


def test_redrive_of_one_among_many(sqs: FakeSqs) -> None:
    """The others are given back, also where one look takes longer than any fixed time would allow."""
    sqs.latency = 2.0
    fill(sqs, count=600)
    handled = list(dead_letters(sqs).redrive(lambda letter: letter.is_called("inv598")))
    assert [(each.letter.identifier, each.done) for each in handled] == [("inv598", True)]
    assert waiting(sqs) == {"DocumentsDeadLetters": 299, "ArchiveDeadLetters": 300, "DocumentsQueue": 1}
    assert not any(sqs.hidden(url) for url in RESOURCES.values())


def test_drop(sqs: FakeSqs) -> None:
    """Each is recorded before it is deleted, and nothing is sent anywhere."""
    fill(sqs)
    recorded: list[str] = []

    def record(letters: Sequence[DeadLetter]) -> None:
        assert any(each.body == letters[0].body for each in sqs.queues[RESOURCES[letters[0].queue]])
        recorded.extend(each.message_id for each in letters)

    handled = list(dead_letters(sqs).drop(lambda _: True, record))
    assert [each.letter.message_id for each in handled if each.done] == recorded
    assert len(set(recorded)) == MANY
    assert waiting(sqs) == {}
    assert sqs.calls["delete_message_batch"] == BATCHES


def test_many_letters_of_one_document(sqs: FakeSqs) -> None:
    """SQS shows ten of a group; the listing says how many are behind them, and redriving reaches each."""
    fill(sqs, count=50, documents=2)
    listing = dead_letters(sqs).look()
    assert (len(listing.letters), listing.unseen) == (20, 30)
    assert sum(each.done for each in dead_letters(sqs).redrive(lambda _: True)) == 50
    assert waiting(sqs) == {"DocumentsQueue": 25, "ArchiveQueue": 25}


def test_a_letter_that_comes_back_at_once(sqs: FakeSqs) -> None:
    """What fails again while the command runs is put back once, not for ever."""
    fill(sqs, count=30)
    dead = {PAIRS[name]: name for name in PAIRS}
    names = {url: name for name, url in RESOURCES.items()}

    def fails(url: str, text: str) -> None:
        sqs.put(RESOURCES[dead[names[url]]], text, f"again-{text}", {"reason": "again", "attempts": "1"})

    sqs.on_send = fails
    handled = list(dead_letters(sqs).redrive(lambda _: True))
    assert Counter(each.note for each in handled if not each.done) == {"it came after this command began": 30}
    assert sum(each.done for each in handled) == 30
    assert not any(sqs.hidden(url) for url in RESOURCES.values())


def test_letters_that_come_round_again(sqs: FakeSqs) -> None:
    """Where SQS's counts are wrong and letters are hidden for too short a time, each is still seen once."""
    sqs.counts, sqs.latency = False, 3.0
    fill(sqs, count=400)
    assert len(dead_letters(sqs).look().letters) == 400
    assert sum(each.done for each in dead_letters(sqs).redrive(lambda _: True)) == 400


def test_what_a_queue_does_not_take(sqs: FakeSqs) -> None:
    """A letter that cannot be sent stays, with the reason; the nine beside it go."""
    fill(sqs, count=20)
    sqs.refused = {body(4)}
    handled = list(dead_letters(sqs).redrive(lambda _: True))
    assert [(each.letter.identifier, each.note) for each in handled if not each.done] == [
        ("inv4", "InvalidMessageContents")
    ]
    assert waiting(sqs) == {"DocumentsDeadLetters": 1, "DocumentsQueue": 9, "ArchiveQueue": 10}
    assert not any(sqs.hidden(url) for url in RESOURCES.values())


def test_large_letters(sqs: FakeSqs) -> None:
    """Ten letters that are too long for one call go in several."""
    for number in range(20):
        text = json.dumps({"subject": f"incoming_invoice/{number}", "data": "é" * 50_000}, ensure_ascii=False)
        sqs.put(RESOURCES["ArchiveDeadLetters"], text, f"g{number}")
    sqs.now += timedelta(hours=1)
    assert sum(each.done for each in dead_letters(sqs).redrive(lambda _: True)) == 20
    assert sqs.calls["send_message_batch"] == 10


@pytest.mark.parametrize("at", [1, 3, 7])
def test_an_interrupted_look_hides_nothing(sqs: FakeSqs, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C every letter is there for the next command."""
    fill(sqs, count=100)
    receive, calls = sqs.receive_message, Counter[str]()

    def interrupted(**options: object) -> dict[str, object]:
        calls["receive"] += 1
        if calls["receive"] == at:
            raise KeyboardInterrupt
        return receive(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(sqs, "receive_message", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dead_letters(sqs).look()
    calls.clear()
    with pytest.raises(KeyboardInterrupt):
        list(dead_letters(sqs).redrive(lambda _: False))
    assert not any(sqs.hidden(url) for url in RESOURCES.values())
    assert sum(waiting(sqs).values()) == 100
