"""Cases of `autobook events` and `autobook consumer`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from autobook_cli.consumers import commands as consumers
from autobook_cli.events import TemporaryQueue, Topic
from autobook_cli.events import commands as events
from tests.autobook_cli.events import NOW, stop_the_clock
from tests.autobook_cli.outside_text import EVIL, EVIL_NAME, EVIL_TEXT
from tests.autobook_cli.outside_text.fakes import aws_error, run
from tests.fake_topic import FakeSns


def on_topic(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """A command on a topic with events of which every text is such a one."""
    stop_the_clock(monkeypatch)
    sns, text = FakeSns(now=lambda: NOW), EVIL_TEXT
    value = {"field": text, "value": {"code": text}, "rule_id": text}
    invoice = {"invoice_number": text, "supplier": {"title": text}}
    event = {"id": "1", "type": text, "subject": text, "time": text, "data": {"invoice": invoice, "values": [value]}}
    reviewed = {**event, "data": {"reasons": [{"message": text}], "corrections": [value], "objects": [], "file": text}}
    for each in (event, reviewed):
        sns.publish(each, NOW - timedelta(minutes=1))
    sns.queue("mine.fifo")
    receive = TemporaryQueue.receive

    def receive_until_refused(queue: TemporaryQueue, seconds: int) -> list[dict[str, Any]]:
        return receive(queue, seconds) or aws_error()

    with monkeypatch.context() as patch:
        if "tail" in arguments:
            patch.setattr(TemporaryQueue, "receive", receive_until_refused)
            patch.setattr(events, "_LONGEST_POLL", 0)
        patch.setattr(events, "target", lambda *_: None)
        patch.setattr(Topic, "of", lambda _: sns.topic())
        return run("events", *arguments)


def tail(monkeypatch: pytest.MonkeyPatch, aws: None) -> str:
    assert aws is None
    return on_topic(monkeypatch, "tail") + on_topic(monkeypatch, "tail", "--json")


def replay(monkeypatch: pytest.MonkeyPatch, aws: None) -> str:
    assert aws is None
    counted = on_topic(monkeypatch, "replay", "--since", "1h", "--to", "mine.fifo", "--dry-run")
    return counted + on_topic(monkeypatch, "replay", "--since", "1h", "--to", EVIL)


def new_consumer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(consumers, "running_account", lambda: None)
    (tmp_path / EVIL_NAME).mkdir()
    written = run("consumer", "new", "mail", "--directory", str(tmp_path / EVIL_NAME))
    return written + run("consumer", "new", EVIL)
