"""Whatever a document, Kanbert, AWS or a file says, a command that prints it prints a text and nothing else."""

import contextlib
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

import autobook_cli
from autobook.domain.decision import Decision
from autobook.domain.documents import Document, DocumentKind, Unreadable
from autobook.domain.errors import GiveUp
from autobook.domain.problems import Problem, ProblemCode
from autobook.domain.provenance import ProvenanceRecord, Written
from autobook.domain.reconciling import Difference
from autobook.domain.rules import RuleSet
from autobook.service.reconcile_result import ReconcileResult
from autobook_cli.consumers import commands as consumers
from autobook_cli.events import TemporaryQueue, Topic
from autobook_cli.events import commands as events
from autobook_local.demo import command as demo_command
from autobook_local.demo import run as demo_run
from autobook_local.demo.story import Story
from autobook_local.stack import StackError
from autobook_local.stack.processes import ProcessId
from autobook_local.stack.running import RunningStack
from tests.autobook.domain.rules.invoices import an_invoice
from tests.autobook_cli.outside_text import EVIL, EVIL_NAME, FORGED, safe
from tests.fake_topic import FakeSns

dlq, reconcile, reprocess = (
    importlib.import_module(f"autobook_cli.{name}") for name in ("dlq", "reconcile", "reprocess")
)
runner = CliRunner()


def run(app: typer.Typer, *arguments: str) -> str:
    """What is printed, as on a terminal: without colours being taken out on the way."""
    result = runner.invoke(app, list(arguments), color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


# --- every command -----------------------------------------------------------------------------------------------


def rules(tmp_path: Path, *command: str) -> str:
    """A command on files with such names, rules with such ids, texts and values, an invoice with such a supplier."""
    invoice = json.loads(an_invoice().model_dump_json())
    text = EVIL.replace("\ud800", "")
    invoice |= {"supplier": {"id": "s1", "name": text}, "invoice_number": text, "notes": text, "title": text}
    invoice["bookings"] = [{**invoice["bookings"][0], "id": text, "title": text}]
    condition = f"title contains {json.dumps('red', ensure_ascii=False)} and notes = {json.dumps(text)}"
    items = [
        {"rule_id": text, "when": condition, "account": text},
        {"rule_id": f"{text} rival", "when": "sum_gross > 0", "account": "1"},
        {"rule_id": f"{text} other", "when": "booking.title contains 'red'", "client": text},
        {"rule_id": f"{text} broken", "when": f"supplier.name = '{text}' and ="},
        {"rule_id": f"{text} unknown", "when": f"sum_gross > 0 and {text}"},
        {"rule_id": f"{text} attribute", "when": "sum_gross > 0", text: "1"},
        {"rule_id": f"{text} value", "when": "sum_gross > 0", "priority": text, "mode": text},
    ]
    (tmp_path / f"{EVIL_NAME}.json").write_text(json.dumps(items))
    (tmp_path / f"{EVIL_NAME} invoices.json").write_text(json.dumps([invoice]))
    (tmp_path / f"{EVIL_NAME} broken.yaml").write_text("a: [\x1b[31m")
    files = {"RULES": f"{EVIL_NAME}.json", "INVOICES": f"{EVIL_NAME} invoices.json", "NO": f"{EVIL_NAME} broken.yaml"}
    return run(autobook_cli.app, "rules", *(str(tmp_path / files[each]) if each in files else each for each in command))


def check(tmp_path: Path) -> str:
    return rules(tmp_path, "check", "RULES", "NO", "INVOICES") + rules(tmp_path, "check", "RULES", "NO", "--json")


def try_(tmp_path: Path) -> str:
    wanted = ("--rules", "RULES", "--invoices")
    printed = [
        rules(tmp_path, "try", *wanted, invoices, *more)
        for invoices in ("INVOICES", "NO")
        for more in ((), ("--json",))
    ]
    return "".join(printed)


def explain(tmp_path: Path) -> str:
    wanted = ("explain", "--rules", "RULES", "--invoice", "INVOICES")
    more: list[tuple[str, ...]] = [(), ("--json",), ("--rule", EVIL), ("--rule", EVIL, "--json"), ("--timezone", EVIL)]
    return "".join(rules(tmp_path, *wanted, *each) for each in more)


class Queue:
    """SQS with one dead letter, whose every part is such a text."""

    def __init__(self, body: str) -> None:
        message = {
            "Body": body, "ReceiptHandle": "r",
            "Attributes": {"SentTimestamp": "0", "MessageGroupId": EVIL},
            "MessageAttributes": {"reason": {"StringValue": EVIL}, "attempts": {"StringValue": "4"}},
        }  # fmt: skip
        self._answers = [{"Messages": [message]}]

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return self._answers.pop() if self._answers else {}

    def change_message_visibility(self, **_: Any) -> None:
        pass

    def send_message(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": EVIL, "Message": EVIL}}, "SendMessage")


def letters(monkeypatch: pytest.MonkeyPatch, *arguments: str, body: str) -> str:
    resources = {"DocumentsQueue": "to", "DocumentsDeadLetters": "from"}
    stack = SimpleNamespace(client=lambda _: Queue(body), resources=resources)
    monkeypatch.setattr(dlq, "target", lambda *_: stack)
    return run(autobook_cli.app, "dlq", *arguments)


BODIES = [
    json.dumps({"subject": f"kind/{EVIL.replace('/', '')}", EVIL: [EVIL]}, ensure_ascii=False),
    EVIL,
    "[" * 50_000,
]
SUBJECT = EVIL.replace("/", "")


def dlq_list(monkeypatch: pytest.MonkeyPatch) -> str:
    return "".join(letters(monkeypatch, "list", body=body) for body in BODIES)


def dlq_show(monkeypatch: pytest.MonkeyPatch) -> str:
    found = [letters(monkeypatch, "show", wanted, body=body) for wanted in (SUBJECT, "-") for body in BODIES]
    return "".join(found)


def dlq_redrive(monkeypatch: pytest.MonkeyPatch) -> str:
    return "".join(
        letters(monkeypatch, "redrive", *each, body=BODIES[0]) for each in (["--all"], ["--document", SUBJECT])
    )


DOCUMENT: Any = SimpleNamespace(kind=EVIL, id=EVIL)


def use_case(monkeypatch: pytest.MonkeyPatch, name: str, made: Any) -> None:
    monkeypatch.setattr(reconcile, "target", lambda *_: None)
    monkeypatch.setattr(reconcile, name, lambda *_, **__: contextlib.nullcontext(made))


def sweep(monkeypatch: pytest.MonkeyPatch) -> str:
    found = SimpleNamespace(document=DOCUMENT, status=EVIL, needs_processing=True)
    made = SimpleNamespace(find=lambda _: [found], submit=lambda _: None, reach_back=lambda _: None)
    use_case(monkeypatch, "sweep_of", made)
    return run(autobook_cli.app, "sweep", "--since", "2026-01-31")


def reconcile_(monkeypatch: pytest.MonkeyPatch) -> str:
    counts = {EVIL: 1}
    result = ReconcileResult(counts, counts, counts, (Difference(DOCUMENT, EVIL, EVIL),), found=1)  # type: ignore[arg-type]
    use_case(monkeypatch, "reconcile_of", lambda: result)
    return run(autobook_cli.app, "reconcile")


def reprocess_(monkeypatch: pytest.MonkeyPatch) -> str:
    """Invoices, values, rules, problems and reasons that are such texts."""
    invoice = an_invoice()
    assert invoice.supplier is not None
    named = {"supplier": invoice.supplier.model_copy(update={"name": EVIL}), "invoice_number": EVIL}
    opened = invoice.model_copy(update={**named, "status": "open"})
    closed = invoice.model_copy(update={**named, "status": EVIL})
    write = Written(EVIL, "account", EVIL, EVIL, EVIL)
    problem = Problem(ProblemCode.REFUSED, EVIL, EVIL, "account", (EVIL,))
    decision = Decision(ProvenanceRecord(DOCUMENT), writes=(write,), suggestions=(write,), problems=(problem,))

    def preview(_: object) -> Decision:
        previews.append(decision)
        if len(previews) % 2:
            return decision
        raise GiveUp(EVIL)

    previews: list[Decision] = []
    rules = RuleSet.load([], timezone=ZoneInfo("UTC"))
    made = SimpleNamespace(
        select=lambda _: [opened, closed, opened, Unreadable(EVIL, EVIL)],
        submit=lambda _: None,
        titles=lambda: {EVIL: EVIL},
        process=SimpleNamespace(preview=preview, rule_repository=SimpleNamespace(rules=lambda: rules)),
    )
    monkeypatch.setattr(reprocess, "target", lambda *_: None)
    monkeypatch.setattr(reprocess, "reprocessing_of", lambda *_: contextlib.nullcontext(made))
    ways: list[tuple[str, ...]] = [("--dry-run",), (), ("--dry-run", "--json"), ("--json",)]
    return "".join(run(autobook_cli.app, "reprocess", "--open", *each) for each in ways)


def on_topic(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """A command on a topic with events of which every text is such a one."""
    sns = FakeSns()
    text = EVIL.replace("\ud800", "")  # SQS takes no lone surrogate
    value = {"field": text, "value": {"code": text}, "rule_id": text}
    invoice = {"invoice_number": text, "supplier": {"title": text}}
    event = {"id": "1", "type": text, "subject": text, "time": text, "data": {"invoice": invoice, "values": [value]}}
    reviewed = {**event, "data": {"reasons": [{"message": text}], "corrections": [value], "objects": [], "file": text}}
    for each in (event, reviewed):
        sns.publish(each, datetime.now(UTC) - timedelta(minutes=1))
    sns.queue("mine.fifo")
    receive = TemporaryQueue.receive

    def receive_until_refused(queue: TemporaryQueue, seconds: int) -> list[dict[str, Any]]:
        if found := receive(queue, seconds):
            return found
        raise ClientError({"Error": {"Code": EVIL, "Message": EVIL}}, "ReceiveMessage")

    with monkeypatch.context() as patch:
        if "tail" in arguments:
            patch.setattr(TemporaryQueue, "receive", receive_until_refused)
            patch.setattr(events, "_LONGEST_POLL", 0)
        patch.setattr(events, "target", lambda *_: None)
        patch.setattr(Topic, "of", lambda _: sns.topic())
        return run(autobook_cli.app, "events", *arguments)


def events_tail(monkeypatch: pytest.MonkeyPatch, aws: None) -> str:
    assert aws is None
    return on_topic(monkeypatch, "tail") + on_topic(monkeypatch, "tail", "--json")


def events_replay(monkeypatch: pytest.MonkeyPatch, aws: None) -> str:
    assert aws is None
    counted = on_topic(monkeypatch, "replay", "--since", "1h", "--to", "mine.fifo", "--dry-run")
    return counted + on_topic(monkeypatch, "replay", "--since", "1h", "--to", EVIL)


def consumer_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(consumers, "running_account", lambda: None)
    (tmp_path / EVIL_NAME).mkdir()
    written = run(autobook_cli.app, "consumer", "new", "mail", "--directory", str(tmp_path / EVIL_NAME))
    return written + run(autobook_cli.app, "consumer", "new", EVIL)


def story() -> Story:
    """A document of which every text is such a one."""
    invoice = an_invoice().model_copy(update={"status": EVIL})
    assert invoice.supplier is not None
    invoice = invoice.model_copy(update={"supplier": invoice.supplier.model_copy(update={"name": EVIL})})
    value = {"field": EVIL, "value": {"text": EVIL}, "rule_id": EVIL, "booking_id": EVIL, "before": None}
    data = {"values": [value], "reasons": [{"message": EVIL}], "would_book": [value]}
    stored = {"objects": [{"key": f"a/{EVIL}/{EVIL}.{EVIL}"}]}
    events: list[Any] = [
        SimpleNamespace(type=type_, data=data | stored)
        for type_ in ("invoice.booked", "invoice.suggested", "invoice.archived", EVIL)
    ]
    return Story(Document(DocumentKind.INCOMING_INVOICE, "i1"), EVIL, b"", events, invoice)


@contextlib.contextmanager
def system(progress: Callable[[str], None], **_: Any) -> Iterator[Any]:
    """A local system whose progress and outputs are such texts."""
    progress(EVIL)
    running: Any = SimpleNamespace(
        deployment=SimpleNamespace(
            outputs={"RulesTableName": "rules", "ArchiveBucketName": "archive", "EventsTopicArn": "topic"}
        ),
        account=SimpleNamespace(environment=lambda: {"A": "b"}, endpoint="http://127.0.0.1:1"),
        urls={"kanbert": "http://127.0.0.1:2", "webhook": "http://127.0.0.1:3"},
    )  # fmt: skip
    yield SimpleNamespace(hypatos_simulator=None, simulator=SimpleNamespace(token="token"), leave=lambda: running)


def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Callable[..., None]) -> str:
    """All that `demo` and `up` print: the table, what is wrong, why they cannot start, an unfit folder."""
    monkeypatch.setattr(demo_command, "system_for", system)
    monkeypatch.setattr(demo_run, "_upload", lambda *_: [story()])
    monkeypatch.setattr(demo_run, "_names", lambda _: {EVIL: EVIL})
    monkeypatch.setattr(demo_run, "follow", lambda *_, **__: None)
    app = typer.Typer()
    app.command()(command)
    printed = []
    for faults in ([EVIL], []):
        monkeypatch.setattr(demo_run, "faults", lambda *_, found=faults: found)
        printed.append(run(app))
    (tmp_path / EVIL_NAME).mkdir()
    printed.append(run(app, "--invoices", str(tmp_path / EVIL_NAME)))

    def fails(*_: Any, **__: Any) -> Any:
        raise StackError(EVIL, EVIL.replace(FORGED, "a line of the log"))

    monkeypatch.setattr(demo_command, "system_for", fails)
    return "".join([*printed, run(app)])


def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    return local(monkeypatch, tmp_path, demo_command.demo)


def up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(RunningStack, "load", lambda _: None)
    return local(monkeypatch, tmp_path, demo_command.up)


def down(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(ProcessId, "end", lambda _: True)
    monkeypatch.setattr(demo_command, "take_down", lambda _: [EVIL])
    app = typer.Typer()
    app.command()(demo_command.down)
    return run(app)


CASES: dict[str, Callable[..., str]] = {
    "rules check": check, "rules try": try_, "rules explain": explain,
    "dlq list": dlq_list, "dlq show": dlq_show, "dlq redrive": dlq_redrive,
    "events tail": events_tail, "events replay": events_replay, "consumer new": consumer_new,
    "sweep": sweep, "reconcile": reconcile_, "reprocess": reprocess_, "demo": demo, "up": up, "down": down,
}  # fmt: skip


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the command line, by its words, with the function behind it."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name}{word} ")
        else:
            yield f"{name}{word}", command.callback


def test_no_command_is_left_out() -> None:
    """Each command has its case below (an old name of one needs none)."""
    known = dict(commands(typer.main.get_command(autobook_cli.app)))
    behind = {known[name].__wrapped__ for name in CASES if name in known}
    assert {name for name, each in known.items() if each.__wrapped__ not in behind} == set()
    assert set(CASES) - set(known) <= {"demo", "up", "down"}


@pytest.mark.parametrize("name", CASES)
def test_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """All that the command says of such texts is text, markup is shown as it stands, and no line is forged."""
    given: dict[str, Any] = {"tmp_path": tmp_path, "monkeypatch": monkeypatch}
    names = CASES[name].__annotations__.keys()
    if "aws" in names:
        given["aws"] = request.getfixturevalue("aws")
    output = safe(CASES[name](**{each: given[each] for each in names & given}))
    assert "[red]" in output.replace("\n", "")
    assert "☺" not in output
    assert "😄" not in output


@pytest.mark.parametrize(
    "arguments",
    [
        (EVIL,),
        ("rules", EVIL),
        ("rules", "check", f"--{EVIL}"),
        ("sweep", "--since", EVIL),
        ("reprocess", "--since", EVIL),
        ("dlq", EVIL),
        ("events", EVIL),
        ("events", "tail", "--type", EVIL),
        ("events", "tail", "--document", EVIL),
        ("events", "replay", "--to", "x", "--since", EVIL),
        ("consumer", "new", "mail", "--types", EVIL),
        ("demo", EVIL),
        ("up", f"--{EVIL}"),
        ("down", EVIL),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    """Arguments that are refused, which a shell may have made of file names, are quoted in the same way."""
    safe(run(autobook_cli.app, *arguments))


def test_unforeseen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The trace of an error that nobody foresaw is text as well, and the exit code is 1."""

    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise ValueError("\x1b[31mred\u202e")

    @app.command()
    def other() -> None: ...

    monkeypatch.setattr(sys, "argv", ["autobook", "fail"])
    monkeypatch.setattr(autobook_cli, "app", app)
    with pytest.raises(SystemExit, match="1"):
        autobook_cli.main()
    assert capsys.readouterr().err.endswith("ValueError: [31mred\n\n")
