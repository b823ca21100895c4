"""What `make up` prints: the commands run as they are."""

import re
import subprocess
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from autobook_local.demo.what_to_try import what_to_try
from autobook_local.stack import Deployment, ProcessId, Toolchains
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.running import RunningStack
from autobook_sim.kanbert.server import running
from autobook_sim.kanbert.service import Kanbert

OUTPUTS = {"RulesTableName": "rules", "ArchiveBucketName": "archive", "EventsTopicArn": "arn:events"}
TODAY = date(2026, 11, 21)


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment with these outputs, wherever it is."""
    known: Any = cached_property(lambda _: OUTPUTS)
    known.__set_name__(Deployment, "outputs")
    monkeypatch.setattr(Deployment, "outputs", known)


def left(kanbert: str, token: str) -> RunningStack:
    account = Account(4566, Credentials("the-key", "the-secret"))
    urls = {"webhook": "http://127.0.0.1:4566/x", "kanbert": kanbert}
    return RunningStack({"MiniStack": ProcessId(1, 2.5)}, account, "autobook-local", urls, token)


@pytest.mark.usefixtures("outputs")
def test_the_commands_run_as_they_are_printed(tmp_path: Path) -> None:
    """Copied into a shell, in any folder, they give Kanbert an invoice and list it; a strange path is no obstacle."""
    project = tmp_path / 'my projects; it\'s, "here"'
    (project / ".local").mkdir(parents=True)
    with running(Kanbert(token="the-token")) as simulator:
        text = what_to_try(left(simulator.url, "the-token"), Toolchains(project), TODAY)
        commands = re.findall(r"^  (curl .*?[^\\])$", text, re.MULTILINE | re.DOTALL)
        assert len(commands) == 2
        for command in commands:
            done = subprocess.run(  # noqa: S603 - our own text, as a person would paste it
                ["/bin/sh", "-c", command.replace("curl", "curl -sS --fail-with-body", 1)],
                capture_output=True, text=True, cwd="/", check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            assert "HW-2026-20991" in done.stdout
        assert [each["invoice_number"] for each in simulator.kanbert.store.all("incoming")] == ["HW-2026-20991"]


@pytest.mark.usefixtures("outputs")
def test_lines_fit(tmp_path: Path) -> None:
    """Words and commands fit 80 columns; only a path, an address or a key may be longer than a line."""
    (tmp_path / ".local").mkdir()
    text = what_to_try(left("http://127.0.0.1:8700", "x" * 32), Toolchains(tmp_path), TODAY)
    assert [line for line in text.splitlines() if len(line) > 80 and "file=@" not in line] == []
    assert "x" * 32 in text


@pytest.mark.usefixtures("outputs")
def test_a_persons_own_kanbert(tmp_path: Path) -> None:
    """There is no token to show, and nothing is offered for upload."""
    text = what_to_try(left("https://kanbert.example/api/v1", ""), Toolchains(tmp_path), TODAY)
    assert "https://kanbert.example/api/v1" in text
    assert "simulated" not in text
    assert "Bearer" not in text
    assert "curl" not in text
