"""A stack for commands that decide: the use cases and what they leave behind, on fakes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest
from typer.testing import CliRunner

from autobook.adapters.dynamodb.history_store import RecordingPublisher
from autobook.domain.events import Event
from autobook.domain.provenance import ProvenanceRecord
from autobook.service.process import ProcessDocument
from autobook_cli import app
from tests.event_examples import HOSTING
from tests.fake_history import FakeHistory
from tests.fakes import FakeCodeResolver, FakeEventPublisher, FakeRuleRepository, System

type Command = Callable[..., tuple[int, str]]


class _Recorded(FakeEventPublisher):
    """Publishes, and keeps the history."""

    def __init__(self) -> None:
        super().__init__()
        self.history = FakeHistory()

    def publish(self, events: Iterable[Event]) -> None:
        """In this order."""
        listed = list(events)
        RecordingPublisher(self.history, FakeEventPublisher()).publish(listed)
        super().publish(listed)


@dataclass
class DecidingSystem(System):
    """The use cases, with a history."""

    publisher: _Recorded = field(default_factory=_Recorded)

    def suggestion_list(self, *_: object) -> list[ProvenanceRecord]:
        """As the index has it: the documents by their oldest suggestion."""
        found = [each for each in self.provenance.records.values() if each.suggestions]
        return sorted(found, key=lambda each: min(str(one.since) for one in each.suggestions))


def deciding_system(*rules: dict[str, Any]) -> DecidingSystem:
    """With these rules, and an account whose title is known."""
    resolver = FakeCodeResolver({("account", "7380"): (HOSTING,)})
    return DecidingSystem(rule_repository=FakeRuleRepository(*rules), code_resolver=resolver)


class _Stack:
    """A stack of which every resource is there, and whose caller is Ada."""

    stack_name = "test"

    def __init__(self) -> None:
        self.resources = {"LedgerTable": "provenance", "HistoryTable": "history"}

    def client(self, _service: str) -> Any:
        """Who we are."""
        return self

    def get_caller_identity(self) -> dict[str, str]:
        """Ada."""
        return {"Arn": "arn:aws:iam::1:user/ada"}


def command_on(made: DecidingSystem, name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """This command on that stack: exit code and output; `answer` is what a person types."""
    commands = import_module(f"autobook_cli.{name}")

    @contextmanager
    def process_of(_target: object) -> Iterator[ProcessDocument]:
        yield made.processor()

    monkeypatch.setattr(commands, "target", lambda *_: _Stack())
    monkeypatch.setattr(commands, "process_of", process_of)
    monkeypatch.setattr(commands, "DynamoSuggestionList", made.suggestion_list, raising=False)
    monkeypatch.setattr(commands, "DynamoHistory", lambda *_: made.publisher.history, raising=False)

    def run(*arguments: str, answer: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, [name, *arguments], input=answer)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run
