"""Change the filter language and the rule engine in one small way at a time, and see whether a test notices.

    python -m tests.programs.mutants [--only MODULE] [--jobs N]

mutmut makes the changes and, for each, forks a process for the tests that reach it. It wants the code under `src/`,
so it works on a copy of the project in .local/mutants. Survivors are printed as a diff: each is a missing test, or a
change that nobody could notice, such as another threshold between two ways to the same answer. Exit code 1 if the tests
fail without any change. docs/decisions/mutation-testing.md says why it is mutmut.
"""
# ruff: noqa: T201 - it prints for a person

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
COPY = PROJECT / ".local" / "mutants"
SHIPPED = PROJECT / "layers" / "shared" / "autobook"
PACKAGES = ("domain/conditions", "domain/rules")
"""What is changed, below `autobook`."""
TESTS = ("tests/autobook/domain/conditions", "tests/autobook/domain/rules")
"""What has to notice."""


def modules() -> dict[str, str]:
    """By a name for people, `conditions/parser.py`, the module's path below `autobook`."""
    found = (path.relative_to(SHIPPED) for package in PACKAGES for path in (SHIPPED / package).rglob("*.py"))
    return {str(path.relative_to("domain")): str(path) for path in sorted(found)}


def chosen(only: str | None) -> list[str]:
    """The modules whose name ends with `only`, or all. SystemExit if there is none."""
    found = [path for name, path in modules().items() if only is None or f"/{name}".endswith(f"/{only}")]
    if not found:
        raise SystemExit(f"mutants: no module {only}; there are {', '.join(modules())}")
    return found


def configuration(paths: list[str]) -> str:
    """The copy's pyproject.toml: ours, with mutmut's settings."""
    ours = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    pytest = '[tool.pytest.ini_options]\npythonpath = ["src", "local", "."]\n'
    assert ours.count("[tool.pytest.ini_options]\n") == 1
    return f"""{ours.replace("[tool.pytest.ini_options]" + chr(10), pytest)}
[tool.mutmut]
source_paths = {[f"src/autobook/{package}" for package in PACKAGES]}
only_mutate = {[f"src/autobook/{path}" for path in paths]}
also_copy = ["src", "local", "tests", "docs", "pyproject.toml"]
pytest_add_cli_args_test_selection = {list(TESTS)}
"""


def copy_project(paths: list[str]) -> None:
    """Make the copy anew: what an earlier run found may no longer be so."""
    shutil.rmtree(COPY, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(SHIPPED, COPY / "src" / "autobook", ignore=ignored)
    for folder in ("local", "tests", "docs"):
        shutil.copytree(PROJECT / folder, COPY / folder, ignore=ignored)
    (COPY / "pyproject.toml").write_text(configuration(paths), encoding="utf-8")


def mutmut(*arguments: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run it in the copy."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=COPY, text=True, capture_output=quiet, check=False)  # noqa: S603 - our own


def survivors() -> list[str]:
    """The names of the changes that no test noticed, and of those that no test reaches."""
    lines = (line.strip().rpartition(": ") for line in mutmut("results", quiet=True).stdout.splitlines())
    return [name for name, _, verdict in lines if verdict in {"survived", "no tests"}]


def main() -> int:
    """Try them all, print the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="MODULE", help="such as parser.py or engine/index.py")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at the same time")
    options = parser.parse_args()
    copy_project(chosen(options.only))
    if code := mutmut("run", "--max-children", str(options.jobs)).returncode:
        return code
    alive = survivors()
    for name in alive:
        print(mutmut("show", name, quiet=True).stdout)
    print(f"{len(alive)} changes survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
