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
    "service": {"service", "domain"},
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


FUNCTIONS = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

FACADE: frozenset[str] = frozenset()
"""A package that is its façade: its public names are those in its `__all__`, and no module behind it."""

PUBLIC = {
    "autobook.adapters.dynamodb": frozenset(
        {"inventory", "manifest", "provenance_store", "rule_repository", "sweep_state"}
    ),
    "autobook.adapters.kanbert": FACADE,
    "autobook.bootstrap": frozenset({"clients", "kanbert", *FUNCTIONS}),
}
"""What the rest of the product may import of a package: its façade alone, or these modules of it, by their own names.

Tests may import what is behind. A package that gets a façade gets a line here.
"""


def everything() -> Iterator[Path]:
    """Every module of the product, those for a person's machine included."""
    for folder in ("layers/shared", "functions", "local"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def inside(path: Path, package: str) -> bool:
    return any((base / package.replace(".", "/")) in path.parents for base in (ROOT / "layers/shared", ROOT / "local"))


def exported(package: str) -> set[str]:
    """The names in `__all__` of the package, read without importing it."""
    folder = next(f for base in ("layers/shared", "local") if (f := ROOT / base / package.replace(".", "/")).is_dir())
    for node in ast.walk(ast.parse((folder / "__init__.py").read_text("utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return set(ast.literal_eval(value))
    return set()


def behind(path: Path, package: str) -> set[str]:
    """What a file imports of a package that is not public."""
    public = PUBLIC[package]
    allowed = {f"{package}.{name}" for name in public | exported(package)}
    found = {name for name in imported(path) if name.startswith(f"{package}.")}
    return {name for name in found if not any(name == each or name.startswith(f"{each}.") for each in allowed)}


@pytest.mark.parametrize("package", PUBLIC)
def test_facade(package: str) -> None:
    """Nothing outside a package imports what is behind its façade."""
    strays = {
        str(path.relative_to(ROOT)): found
        for path in everything()
        if not inside(path, package) and (found := behind(path, package))
    }
    assert not strays


@pytest.mark.parametrize("package", PUBLIC)
def test_public_modules_exist(package: str) -> None:
    """The table names modules that are there, and a façade exports something."""
    folder = next(f for base in ("layers/shared", "local") if (f := ROOT / base / package.replace(".", "/")).is_dir())
    assert not [
        name for name in PUBLIC[package] if not (folder / name).is_dir() and not (folder / f"{name}.py").exists()
    ]
    assert PUBLIC[package] or exported(package)


def test_facade_sees_an_import_behind_it(tmp_path: Path) -> None:
    """Both spellings of an import behind the façade are found, and the façade's own names are not."""
    file = tmp_path / "x.py"
    file.write_text(
        "from autobook.adapters.kanbert import KanbertClient\n"
        "from autobook.adapters.kanbert.client import KanbertClient\n"
        "from autobook.adapters.kanbert import retry\n"
        "import autobook.adapters.dynamodb.items\n"
        "from autobook.adapters.dynamodb import manifest\n"
    )
    assert behind(file, "autobook.adapters.kanbert") == {
        "autobook.adapters.kanbert.client",
        "autobook.adapters.kanbert.client.KanbertClient",
        "autobook.adapters.kanbert.retry",
    }
    assert behind(file, "autobook.adapters.dynamodb") == {"autobook.adapters.dynamodb.items"}


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
