"""Imports run one way: app → bootstrap → adapters → ports ← service → domain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "layers" / "shared" / "autobook"

MAY_IMPORT = {
    "domain": {"domain"},
    "rule_analysis": {"rule_analysis", "domain"},
    "service": {"service", "domain", "rule_analysis"},
    "adapters": {"adapters", "service.ports", "domain"},
    "settings": set[str](),
    "bootstrap": {"bootstrap", "adapters", "service", "domain", "settings"},
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


def test_rules_are_analysed_where_they_are_checked() -> None:
    """Of the functions only `check_rules` loads the analysis of rules."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for layer, path in modules()
        if layer not in {"rule_analysis", "app"} and any("rule_analysis" in name for name in imported(path))
    }
    assert users == {"service/check_rules.py", "service/rule_lookups.py"}


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


def test_imports_stand_at_the_top() -> None:
    """What ships imports nothing inside a function: what a function loads can be read off its modules."""
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for _, path in modules()
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not strays
