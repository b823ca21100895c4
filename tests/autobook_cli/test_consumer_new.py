"""`autobook consumer new`: a project that is complete, correct and safe to deploy."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import autobook_cli
from autobook_cli.consumers import commands
from autobook_cli.events import Topic, wire_type
from autobook_local.stack import Toolchains
from autobook_local.stack.template import load_template, resources
from tests.fake_topic import ARN
from tests.repository import ROOT

TYPES = "invoice.booked,invoice.needs_review"


@pytest.fixture(autouse=True)
def _nothing_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "running_account", lambda: None)


def new(*arguments: str | Path) -> Result:
    return CliRunner().invoke(autobook_cli.app, ["consumer", "new", *(str(each) for each in arguments)])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for two types."""
    parent = tmp_path_factory.mktemp("consumers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "running_account", lambda: None)
        assert new("booked-mail", "--types", TYPES, "--directory", parent).exit_code == 0
    return parent / "booked-mail"


def template(project: Path) -> dict[str, Any]:
    return load_template(project / "template.yaml")


def run(*command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A tool of the project, without anything of ours or of a person's in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)  # noqa: S603


PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_its_own_test_passes(project: Path) -> None:
    """As its README says, with its folder as the current one and nothing of ours on the path."""
    done = run(*PYTEST, folder=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b6 passed", done.stdout)


def test_its_own_test_can_fail(project: Path, tmp_path: Path) -> None:
    """With a function that acts on an event as often as it comes, it does."""
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    app = copy / "src" / "app.py"
    app.write_text(app.read_text().replace("act_once(event=", "act(event="))
    done = run(*PYTEST, "-k", "each_event_once", folder=copy)
    assert done.returncode == 1, done.stdout + done.stderr


def test_the_template_is_valid(project: Path) -> None:
    """cfn-lint, with the rules of SAM, finds nothing."""
    linter = Toolchains().sam.with_name("cfn-lint")
    done = run(linter, "--regions", "eu-central-1", "--", project / "template.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_as_ours(project: Path) -> None:
    """Ruff, with our rules and our format, finds nothing."""
    for command in (("check", "--extend-ignore", "S101"), ("format", "--check")):  # asserts are what tests are made of
        done = run(sys.executable, "-m", "ruff", *command, "--config", ROOT / "pyproject.toml", "--no-cache", project)
        assert done.returncode == 0, done.stdout + done.stderr


def test_filter(project: Path, tmp_path: Path) -> None:
    """The subscription takes the types that were asked for, by the event's body; without any, all."""
    subscription = resources(template(project), "AWS::SNS::Subscription")["Subscription"]
    assert subscription["FilterPolicyScope"] == "MessageBody"
    assert subscription["FilterPolicy"] == {"type": [wire_type(name) for name in TYPES.split(",")]}
    assert subscription["RawMessageDelivery"] is True
    assert new("everything", "--directory", tmp_path).exit_code == 0
    whole = resources(template(tmp_path / "everything"), "AWS::SNS::Subscription")["Subscription"]
    assert set(subscription) - set(whole) == {"FilterPolicyScope", "FilterPolicy"}


def test_queues(project: Path) -> None:
    """FIFO, encrypted, with dead letters and for as long as SQS keeps a message; only the topic may write."""
    queues = resources(template(project), "AWS::SQS::Queue")
    assert set(queues) == {"Queue", "DeadLetters"}
    for each in queues.values():
        assert each["FifoQueue"] is each["SqsManagedSseEnabled"] is True
        assert each["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queues["Queue"]["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    function = resources(template(project), "AWS::Serverless::Function")["Function"]
    assert queues["Queue"]["VisibilityTimeout"] >= 6 * function["Timeout"]
    (statement,) = resources(template(project), "AWS::SQS::QueuePolicy")["QueuePolicy"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "EventsTopicArn"}}}


def test_least_permission(project: Path) -> None:
    """The role may use the project's own log, queue and table, by name, and nothing else."""
    (policy,) = resources(template(project), "AWS::IAM::Role")["Role"]["Policies"]
    allowed = {str(each["Resource"]): each["Action"] for each in policy["PolicyDocument"]["Statement"]}
    arns = [{"Fn::GetAtt": [name, "Arn"]} for name in ("LogGroup", "Queue", "ProcessedTable")]
    assert list(allowed) == [str(arn) for arn in arns]
    assert not [action for actions in allowed.values() for action in actions if "*" in action]


def test_alarms_can_fire(project: Path) -> None:
    """On the first dead letter and on what waits for an hour; each reaches the topic that a person can subscribe to."""
    alarms = resources(template(project), "AWS::CloudWatch::Alarm")
    watched = {
        (each["MetricName"], each["Dimensions"][0]["Value"]["Fn::GetAtt"][0], each["Threshold"])
        for each in alarms.values()
    }
    assert watched == {
        ("ApproximateNumberOfMessagesVisible", "DeadLetters", 0),
        ("ApproximateAgeOfOldestMessage", "Queue", 3600),
    }
    for each in alarms.values():
        assert each["AlarmActions"] == each["OKActions"] == [{"Ref": "AlarmTopic"}]
        assert (each["ComparisonOperator"], each["Statistic"]) == ("GreaterThanThreshold", "Maximum")


def test_what_it_installs(project: Path) -> None:
    """The Powertools that we run with ourselves."""
    wanted = (project / "src" / "requirements.txt").read_text()
    assert wanted == f"aws-lambda-powertools=={version('aws-lambda-powertools')}\n"


def test_nothing_is_left_to_fill_in(project: Path) -> None:
    """Each file is complete, and the settings are read by their tools."""
    files = [path for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {str(path.relative_to(project)) for path in files} == {
        ".gitignore", "README.md", "pyproject.toml", "requirements-dev.txt", "samconfig.toml", "template.yaml",
        "src/app.py", "src/requirements.txt", "tests/test_app.py",
    }  # fmt: skip
    assert not [path for path in files if re.search(r"@[A-Z_]+@", path.read_text())]
    settings = tomllib.loads((project / "samconfig.toml").read_text())
    assert settings["default"]["global"]["parameters"]["stack_name"] == "booked-mail"
    assert "parameter_overrides" not in settings["default"]["deploy"]["parameters"]
    assert "EventsTopicArn=ARN" in (project / "README.md").read_text()


def test_the_topic_is_filled_in_where_it_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --stack, or while a local stack is up, `sam deploy` needs no parameter."""

    class Deployed:
        stack_name = "autobook-eu"

    monkeypatch.setattr(commands, "target", lambda *_: Deployed)
    monkeypatch.setattr(Topic, "of", lambda _: type("Topic", (), {"arn": ARN}))
    result = new("mail", "--directory", tmp_path, "--stack", "autobook-eu")
    assert "EventsTopicArn=ARN" not in result.output + (tmp_path / "mail" / "README.md").read_text()
    settings = tomllib.loads((tmp_path / "mail" / "samconfig.toml").read_text())
    assert settings["default"]["deploy"]["parameters"]["parameter_overrides"] == f"EventsTopicArn={ARN}"
    refused = new("autobook-eu", "--directory", tmp_path, "--stack", "autobook-eu")
    assert (refused.exit_code, "Autobook's own stack" in refused.stderr) == (1, True)


UNFIT = ["", "a", "Mail", "1mail", "my_mail", "my mail", "../mail", "my--mail", "mail-", "-mail", "é-mail", "m" * 41]


@pytest.mark.parametrize("name", [*UNFIT, "autobook", "autobook-local"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    """A name that no stack or queue can have, or that is Autobook's own, is refused; nothing is written."""
    result = new("--directory", tmp_path, "--", name)
    assert result.exit_code == 1
    assert result.stderr.startswith("autobook: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ab", "mail-2", "m" * 40])
def test_names_fit_everywhere(tmp_path: Path, name: str) -> None:
    """The longest name still makes names of queues that SQS takes (80 characters)."""
    assert new(name, "--directory", tmp_path / "new" / "place").exit_code == 0
    assert len(f"{name}-dead-letters.fifo") <= 80
    assert (tmp_path / "new" / "place" / name).stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("there", ["folder", "file", "broken link"])
def test_what_is_there_stays(tmp_path: Path, there: str) -> None:
    """An existing folder, a file or a link of that name is left as it is."""
    path = tmp_path / "mail"
    if there == "folder":
        path.mkdir()
    elif there == "file":
        path.write_text("mine")
    else:
        path.symlink_to(tmp_path / "nowhere")
    result = new("mail", "--directory", tmp_path)
    assert (result.exit_code, "exists already: choose another name" in result.stderr) == (1, True)
    assert [each.name for each in tmp_path.iterdir()] == ["mail"]
    assert there != "folder" or list(path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """It is named, in one line."""
    (tmp_path / "file").write_text("")
    result = new("mail", "--directory", tmp_path / "file" / "below")
    assert (result.exit_code, "cannot write into" in result.stderr) == (1, True)


def test_a_type_that_there_is_not(tmp_path: Path) -> None:
    """It is refused with what may be meant; nothing is written."""
    result = new("mail", "--directory", tmp_path, "--types", "invoice.booked,invoice.receive")
    assert result.exit_code == 2
    assert "did you mean invoice.received?" in " ".join(result.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []
