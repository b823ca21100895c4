"""Imports run one way: app → bootstrap → adapters → ports ← service → domain."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "layers" / "shared" / "autobook"

MAY_IMPORT = {
    "domain": {"domain"},
    "rule_analysis": {"rule_analysis", "domain"},
    "service": {"service", "domain"},
    "adapters": {"adapters", "service.ports", "domain"},
    "settings": set[str](),
    "bootstrap": {"adapters", "service", "domain", "settings"},
    "app": {"bootstrap", "adapters.http_api", "service", "domain"},
}
"""What each layer may import of our own. `app`: http_api is how a request is read, it talks to nothing."""

FORBIDDEN_IN_SERVICE = {"boto3", "botocore", "httpx", "aws_lambda_powertools", "os", "time", "socket", "random"}
FORBIDDEN_IN_DOMAIN = FORBIDDEN_IN_SERVICE | {"pathlib", "logging", "uuid"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of ours that ships, with its layer."""
    for path in sorted(PACKAGE.rglob("*.py")):
        first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if first != "__init__":
            yield first, path
    for path in sorted((ROOT / "functions").rglob("*.py")):
        yield "app", path


MODULES = [pytest.param(layer, path, id=str(path.relative_to(ROOT))) for layer, path in modules()]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, by its full name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                pytest.fail(f"{path}: relative import")


def within(name: str, allowed: set[str]) -> bool:
    return any(name == layer or name.startswith(layer + ".") for layer in allowed)


@pytest.mark.parametrize(("layer", "path"), MODULES)
def test_one_way(layer: str, path: Path) -> None:
    """A module imports only what its layer may."""
    ours = {name.removeprefix("autobook.") for name in imported(path) if name.startswith("autobook.")}
    allowed = MAY_IMPORT[layer]
    strays = {name for name in ours if not within(name, allowed) and not any(a.startswith(name + ".") for a in allowed)}
    assert not strays


@pytest.mark.parametrize(("layer", "path"), MODULES)
def test_nothing_local(layer: str, path: Path) -> None:
    """What ships needs nothing of what runs on a person's machine, and no test."""
    assert not [
        name
        for name in imported(path)
        if name.split(".")[0] in {"autobook_cli", "autobook_local", "autobook_sim", "tests", "functions"}
    ], layer


@pytest.mark.parametrize("path", [p for layer, p in modules() if layer == "domain"], ids=lambda p: p.stem)
def test_domain_is_pure(path: Path) -> None:
    """The domain talks to nothing outside and has no clock: `now` is an argument."""
    assert not {name.split(".")[0] for name in imported(path)} & FORBIDDEN_IN_DOMAIN
    calls = {
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not calls & CLOCKS


@pytest.mark.parametrize("path", [p for layer, p in modules() if layer == "service"], ids=lambda p: p.stem)
def test_service_talks_through_ports(path: Path) -> None:
    """A use case knows no library that talks to the outside."""
    assert not {name.split(".")[0] for name in imported(path)} & FORBIDDEN_IN_SERVICE


@pytest.mark.parametrize("path", [path for layer, path in modules() if layer == "app"], ids=lambda p: p.parent.name)
def test_handlers_are_short(path: Path) -> None:
    """A function's file only parses, calls one use case and translates."""
    assert len(path.read_text("utf-8").splitlines()) < 30


RECEIVE = """
import json, runpy, sys
app = runpy.run_path("functions/receive/app.py")
app["receiver"]()
print(json.dumps(sorted(sys.modules)))
"""


def test_receive_is_light() -> None:
    """Starting `receive` loads neither pydantic nor httpx nor Powertools nor boto3: Kanbert waits three seconds."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE.parent),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "LOG_LEVEL": "INFO",
        "SECRET_ID": "secret",
        "SIGNATURE_HEADER": "Signature",
        "DOCUMENTS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/documents.fifo",
    }
    run = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", RECEIVE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(run.stdout)}
    assert not loaded & {"pydantic", "pydantic_core", "httpx", "aws_lambda_powertools", "boto3", "typing_extensions"}
    assert "autobook.service.receive" in json.loads(run.stdout)
