"""What a person's machine runs is three packages, and the commands that work on production need one of them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LOCAL = Path(__file__).resolve().parents[1] / "local"

MAY_IMPORT = {
    "autobook_cli": {"autobook", "autobook_cli"},
    "autobook_sim": {"autobook", "autobook_sim"},
    "autobook_local": {"autobook", "autobook_cli", "autobook_sim", "autobook_local"},
}
"""What each package may import of our own."""
MODULES = [
    pytest.param(package, path, id=str(path.relative_to(LOCAL)))
    for package in MAY_IMPORT
    for path in sorted((LOCAL / package).rglob("*.py"))
]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.ImportFrom():
                pytest.fail(f"{path}: relative import")


@pytest.mark.parametrize(("package", "path"), MODULES)
def test_packages_import_one_way(package: str, path: Path) -> None:
    """The command line needs neither the stack nor a simulator; the simulators need nothing but the product."""
    ours = {name.partition(".")[0] for name in imported(path)}
    ours = {name for name in ours if name.startswith("autobook") or name in {"tests", "functions", "local"}}
    assert ours <= MAY_IMPORT[package]


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "dlq --help",
        "dlq list --help",
        "events tail --help",
        "consumer new --help",
        "sweep --help",
        "reconcile --help",
        "reprocess --help",
        "rules --help",
        "rules check --help",
        "rules push --help",
        "explain --help",
        "rules backtest --help",
        "rules suggest --help",
    ],
)
def test_commands_for_production_load_no_local_system(command: str) -> None:
    """The commands that work on a stack in AWS, and the overview, load neither the local stack nor a simulator."""
    program = (
        "import sys\nfrom autobook_cli import app\n"
        "try:\n    app(sys.argv[1:], prog_name='autobook')\n"
        "finally:\n    print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", program, *command.split()], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"loaded", "autobook_cli", "typer"} <= loaded
    assert not loaded & {"autobook_local", "autobook_sim", "local", "psutil", "reportlab", "starlette", "uvicorn"}
