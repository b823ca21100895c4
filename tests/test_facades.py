"""A package with a façade is used through it: nothing outside imports the modules behind."""

import ast
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "layers" / "shared"

FACADES = (
    "autobook.adapters.billomat",
    "autobook.adapters.http_client",
    "autobook.adapters.hypatos",
    "autobook.adapters.kanbert",
    "autobook.domain.billomat",
    "autobook.domain.conditions",
    "autobook.domain.conditions.printing",
    "autobook.domain.hypatos",
    "autobook.domain.kanbert",
    "autobook.domain.rules",
    "autobook.domain.rules.engine",
    "autobook_cli.backtest",
    "autobook_cli.history",
    "autobook_cli.live_rules",
    "autobook_cli.suggest",
)
"""Packages whose `__init__` is all that others may import."""
BESIDE = {
    "autobook.domain.conditions.printing": "printing conditions: for people, loaded by the command line alone",
    "autobook.domain.rules.explain": "why a rule fires or not: for people, loaded by the command line alone",
}
"""Public, too, but not loaded with the façade: what it is, and why it is not loaded by all."""
FUNCTIONS = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
BY_MODULE = {
    "autobook.adapters.dynamodb": {
        "attempts", "billomat_exports", "billomat_mappings", "history_store", "hypatos_records", "inventory",
        "manifest", "provenance_store", "reconcile_state", "review_list", "rule_edits", "rule_items", "rule_repository",
        "rule_stream", "sweep_state", "watch_state",
    },
    "autobook.bootstrap": {"clients", "kanbert", *FUNCTIONS},
}  # fmt: skip
"""Packages without a façade, so that a function loads the modules it uses and no other; the public ones of each."""


def modules() -> Iterator[tuple[str, Path]]:
    """Every module that is not a test, by its full name."""
    for root in (SHARED, ROOT / "functions", ROOT / "local"):
        for path in sorted(root.rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each imported module, with the name taken from it (empty for `import module`)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, "") for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from ((module, alias.name) for alias in names)


def inside(name: str, package: str) -> bool:
    """Whether the module is the package or stands in it."""
    return name == package or name.startswith(f"{package}.")


def behind(importer: str, module: str, name: str) -> str | None:
    """The façade that this import goes round, if it does."""
    for facade in FACADES:
        if inside(importer, facade) or not inside(module, facade):
            continue
        if module in BESIDE or f"{module}.{name}" in BESIDE:
            continue
        if module != facade or name not in importlib.import_module(facade).__all__:
            return facade
    for package, public in BY_MODULE.items():
        if not inside(importer, package) and inside(module, package):
            within = f"{module}.{name}".removeprefix(f"{package}.").split(".")[0]
            if within not in public:
                return package
    return None


@pytest.mark.parametrize(("importer", "path"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_nothing_is_imported_from_behind_a_facade(importer: str, path: Path) -> None:
    """A module outside a package imports what the package's façade lists, or what stands publicly beside it."""
    strays = [
        f"{module}.{name} (use {facade})"
        for module, name in imports(path)
        if (facade := behind(importer, module, name))
    ]
    assert not strays


@pytest.mark.parametrize(
    ("importer", "module", "name", "allowed"),
    [
        ("autobook.adapters.x", "autobook.domain.conditions", "parse", True),
        ("autobook.adapters.x", "autobook.domain.conditions", "fold_all", False),
        ("autobook.adapters.x", "autobook.domain.conditions", "parser", False),
        ("autobook.adapters.x", "autobook.domain.conditions.parser", "parse", False),
        ("autobook.adapters.x", "autobook.domain.conditions.parser", "", False),
        ("autobook.adapters.x", "autobook.domain.conditions.printing", "to_text", True),
        ("autobook.adapters.x", "autobook.domain.conditions.printing.text_printer", "to_text", False),
        ("autobook_cli.rules", "autobook.domain.rules", "explain", True),
        ("autobook_cli.rules", "autobook.domain.rules.explain", "explain", True),
        ("autobook_cli.rules", "autobook.domain.rules.engine", "IndexNode", False),
        ("autobook.domain.rules.ruleset", "autobook.domain.rules.engine", "IndexNode", True),
        ("autobook.domain.rules.ruleset", "autobook.domain.rules.engine.index", "IndexNode", False),
        ("autobook.domain.rules.engine.index", "autobook.domain.rules.engine.source", "Shape", True),
        ("autobook.bootstrap.process", "autobook.adapters.kanbert", "KanbertClient", True),
        ("autobook.bootstrap.process", "autobook.adapters.kanbert", "retry", False),
        ("autobook.bootstrap.process", "autobook.adapters.kanbert.client", "KanbertClient", False),
        ("autobook.bootstrap.archive", "autobook.adapters.dynamodb", "manifest", True),
        ("autobook.bootstrap.archive", "autobook.adapters.dynamodb.manifest", "DynamoManifest", True),
        ("autobook.bootstrap.archive", "autobook.adapters.dynamodb.items", "item_of", False),
        ("autobook.bootstrap.archive", "autobook.adapters.dynamodb.items", "", False),
        ("autobook_cli.use_cases", "autobook.bootstrap", "sweep", True),
        ("autobook_cli.use_cases", "autobook.bootstrap.telemetry", "Telemetry", False),
    ],
)
def test_what_goes_round_a_facade(importer: str, module: str, name: str, allowed: bool) -> None:
    """The test above sees what it is there to see."""
    assert (behind(importer, module, name) is None) is allowed


@pytest.mark.parametrize(("package", "name"), [(p, n) for p, names in BY_MODULE.items() for n in sorted(names)])
def test_public_modules_are_there(package: str, name: str) -> None:
    """The table names modules that are there, each with a docstring."""
    assert importlib.import_module(f"{package}.{name}").__doc__


@pytest.mark.parametrize("facade", FACADES)
def test_a_facade_lists_what_it_imports(facade: str) -> None:
    """A façade has ordinary imports and `__all__`, and nothing else: no name is fetched when it is first used."""
    module = importlib.import_module(facade)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    listed: list[str] = []
    imported: list[str] = []
    for node in tree.body:
        match node:
            case ast.Expr(ast.Constant()):
                pass
            case ast.ImportFrom(names=names):
                imported += [alias.asname or alias.name for alias in names]
            case ast.Assign(targets=[ast.Name("__all__")]):
                listed = ast.literal_eval(node.value)
            case _:
                pytest.fail(f"{facade}: {ast.unparse(node)}")
    assert sorted(listed) == sorted(imported)


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after the statement."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SHARED)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(run.stdout))


def test_what_stands_beside_a_facade_is_not_loaded_with_it() -> None:
    """Reading and matching rules loads neither the printers nor `explain`."""
    loaded = loaded_by("import autobook.domain.rules")
    assert "autobook.domain.rules.engine.index" in loaded
    assert not {name for name in loaded for public in BESIDE if inside(name, public)}


def test_conditions_depend_on_nothing_else_of_ours() -> None:
    """The filter language, printers included, loads no other module of ours, and no pydantic."""
    loaded = loaded_by("import autobook.domain.conditions.printing")
    ours = {name for name in loaded if inside(name, "autobook")}
    assert {name for name in ours if not inside(name, "autobook.domain.conditions")} == {"autobook", "autobook.domain"}
    assert not {name for name in loaded if inside(name, "pydantic")}


def test_kanbert_models_load_no_condition() -> None:
    """Who only reads documents loads no filter language."""
    loaded = loaded_by("import autobook.domain.kanbert")
    assert not {name for name in loaded if inside(name, "autobook.domain.conditions")}


def test_engine_knows_no_rule() -> None:
    """The engine matches conditions, whatever they stand for: it imports nothing of the rules around it."""
    engine = SHARED / "autobook" / "domain" / "rules" / "engine"
    for path in engine.glob("*.py"):
        ours = {module for module, _ in imports(path) if inside(module, "autobook")}
        assert all(
            inside(module, "autobook.domain.conditions") or inside(module, "autobook.domain.rules.engine")
            for module in ours
        ), path
