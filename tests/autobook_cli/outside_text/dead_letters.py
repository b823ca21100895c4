"""Cases of `autobook dlq`."""

import importlib
import json

import pytest

from tests.autobook_cli.outside_text import EVIL
from tests.autobook_cli.outside_text.fakes import EVENTS_LETTERS, Letters, run, stack_of

dlq = importlib.import_module("autobook_cli.dlq")

SUBJECT = EVIL.replace("/", "")
BODIES = [
    json.dumps({"subject": f"kind/{SUBJECT}", EVIL: [EVIL]}),
    EVIL,
    "[" * 50_000,
]


def letters(monkeypatch: pytest.MonkeyPatch, *arguments: str, body: str = BODIES[0], refuses: str = "") -> str:
    """A command on a stack with two letters."""
    deployed = stack_of(
        Letters(body, refuses),
        DocumentsQueue="to",
        DocumentsDeadLetters="from",
        EventsDeadLetters=EVENTS_LETTERS,
        EventsTopic="topic",
        ProcessLogGroup=EVIL,
    )
    monkeypatch.setattr(dlq, "target", lambda *_: deployed)
    return run("dlq", *arguments)


def list_(monkeypatch: pytest.MonkeyPatch) -> str:
    refused = letters(monkeypatch, "list", refuses="get_queue_attributes")
    return refused + "".join(letters(monkeypatch, "list", body=body) for body in BODIES)


def show(monkeypatch: pytest.MonkeyPatch) -> str:
    found = [letters(monkeypatch, "show", wanted, body=body) for wanted in (SUBJECT, EVIL, "-") for body in BODIES]
    return "".join(found) + letters(monkeypatch, "show", f"no {EVIL}")


def redrive(monkeypatch: pytest.MonkeyPatch) -> str:
    """Into queues of such names; refused letter by letter, and altogether."""
    done = letters(monkeypatch, "redrive", "--all")
    assert done.startswith("2 put back: ")
    refused = ("send_message_batch", "delete_message_batch", "get_queue_url", "get_queue_attributes")
    return done + "".join(letters(monkeypatch, "redrive", "--document", SUBJECT, refuses=each) for each in refused)


def drop(monkeypatch: pytest.MonkeyPatch) -> str:
    """With such a reason, into a log of such a name, or one that takes nothing; refused in part, and altogether."""
    done = letters(monkeypatch, "drop", "--all", "--reason", EVIL)
    assert "\n2 dropped, because: " in done
    refused = ("create_log_stream", "delete_message_batch", "get_caller_identity", "get_queue_attributes")
    return done + "".join(
        letters(monkeypatch, "drop", "--document", SUBJECT, "--reason", EVIL, refuses=each) for each in refused
    )
