"""A stack for commands that decide: the use cases on a fake Kanbert, with the tables as moto plays them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from autobook.adapters.dynamodb.history_store import DynamoHistory, RecordingPublisher
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.events import Event
from autobook.service.process import ProcessDocument
from autobook_cli import app
from tests.autobook.adapters.conftest import HISTORY, PROVENANCE
from tests.event_examples import HOSTING
from tests.fakes import FakeCodeResolver, FakeEventPublisher, FakeRuleRepository, System

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

type Command = Callable[..., tuple[int, str]]


class _Recorded(FakeEventPublisher):
    """Publishes, and keeps the history."""

    def __init__(self, history: DynamoHistory) -> None:
        super().__init__()
        self._history = history

    def publish(self, events: Iterable[Event]) -> None:
        """In this order."""
        RecordingPublisher(self._history, super()).publish(events)


def system_on(tables: "DynamoDBClient", *rules: dict[str, Any]) -> System:
    """The use cases, on these tables."""
    provenance: Any = DynamoProvenanceStore(tables, PROVENANCE)
    return System(
        rule_repository=FakeRuleRepository(*rules),
        code_resolver=FakeCodeResolver({("account", "7380"): (HOSTING,)}),
        provenance=provenance,
        publisher=_Recorded(DynamoHistory(tables, HISTORY)),
    )


class _Stack:
    """A stack with these tables, whose caller is Ada, or nobody whom AWS knows."""

    stack_name = "test"

    def __init__(self, tables: "DynamoDBClient") -> None:
        self._tables = tables
        self.resources = {"LedgerTable": PROVENANCE, "HistoryTable": HISTORY}
        self.operations: list[str] = []
        tables.meta.events.register("before-call", lambda model, **_: self.operations.append(model.name))

    def client(self, service: str) -> Any:
        """The tables, or who we are."""
        return self._tables if service == "dynamodb" else self

    def get_caller_identity(self) -> dict[str, str]:
        """Ada."""
        return {"Arn": "arn:aws:iam::1:user/ada"}


def command_on(
    made: System, tables: "DynamoDBClient", name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Command, _Stack]:
    """This command on that stack: exit code and output; `answer` is what a person types."""
    stack, commands = _Stack(tables), import_module(f"autobook_cli.{module}")

    @contextmanager
    def process_of(_target: object) -> Iterator[ProcessDocument]:
        yield made.processor()

    monkeypatch.setattr(commands, "target", lambda *_: stack)
    monkeypatch.setattr(commands, "process_of", process_of)

    def run(*arguments: str, answer: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, [name, *arguments], input=answer)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run, stack
