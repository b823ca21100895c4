"""Running the tests of conditions and rules against a mutant, in a process that starts with everything loaded.

Starting Python, pytest and Hypothesis takes longer than most mutants live. So this process imports them once, and
forks a child for each mutant; only the child imports conditions and rules, the changed module from its changed tree.
"""

import gc
import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.programs.mutants.changes import DOMAIN, ROOT, Mutant, mutated

PACKAGES = ("autobook.domain.conditions", "autobook.domain.rules")
_TESTS = ROOT / "tests" / "autobook" / "domain"
_WARM = ("boto3", "hypothesis.strategies", "hypothesis.internal.charmap", "_hypothesis_pytestplugin", "zoneinfo",
         "autobook.domain.kanbert.incoming")  # fmt: skip
"""What the tests import besides the rule engine."""
_MEMORY = 3 << 30
"""Bytes a child may map: a mutant that never stops collecting ends here, not with the machine."""
_EXAMPLES = 60
"""Examples of each property: always the same ones, so that a run can be repeated."""


class _ChangedModule(MetaPathFinder, Loader):
    """Finds one module of the package, and runs other code in its place."""

    def __init__(self, path: Path, code: CodeType) -> None:
        self._path = path
        self._name = ".".join(("autobook.domain", *path.relative_to(DOMAIN).with_suffix("").parts))
        self._code = code

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """The module's place, with this as its loader."""
        return spec_from_file_location(fullname, self._path, loader=self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(self._code, module.__dict__)  # noqa: S102 - this project's own source, with one change


def _test_files(first: str) -> list[str]:
    """The tests of the rules: those named after the module first, tables before properties, which fail later."""
    folders = ("conditions", "rules")
    files = [
        *_TESTS.glob("test_operator_*.py"),
        *(file for each in folders for file in _TESTS.joinpath(each).rglob("test_*.py")),
    ]
    files.sort()
    files.sort(key=lambda file: (file.name != first, "import given" in file.read_text()))
    return [str(file) for file in files]


def warm_up() -> None:
    """Load what every child needs, but nothing of the rule engine."""
    # The package of this tree, not one that happens to be installed.
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "shared")]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in _WARM:
        import_module(name)
    settings.register_profile(
        "mutants",
        settings(
            max_examples=_EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            # A counterexample is enough, it need not be the smallest one.
            phases=(Phase.explicit, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if any(name.startswith(PACKAGES) for name in sys.modules):
        raise RuntimeError("the rule engine is loaded already, so that no mutant could take its place")
    gc.freeze()


def unchanged() -> tuple[str, float]:
    """What the tests say of the engine as it is (empty if they pass), and the seconds of CPU time they take."""
    before = _children_seconds()
    with tempfile.NamedTemporaryFile("w+") as output:
        process = _start(None, ["--tb=short"], output.name, 600)
        process.join()
        written = output.read() if process.exitcode else ""
    return written, _children_seconds() - before


def trials(found: Iterable[Mutant], jobs: int, seconds: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether a test noticed it, as they end.

    One that keeps the tests busy for more than so many seconds of CPU time has been noticed.
    """
    waiting = iter(found)
    running: list[tuple[BaseProcess, Mutant]] = []
    try:
        while True:
            while len(running) < jobs and (mutant := next(waiting, None)) is not None:
                running.append((_start(mutant, ["--tb=no"], os.devnull, seconds), mutant))
            if not running:
                return
            wait([process.sentinel for process, _ in running])
            ended = [each for each in running if each[0].exitcode is not None]
            running = [each for each in running if each not in ended]
            for process, mutant in ended:
                yield mutant, process.exitcode != 0
    finally:
        for process, _ in running:
            process.kill()


def _start(mutant: Mutant | None, options: Sequence[str], output: str, seconds: int) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_test, args=(mutant, options, output, seconds))
    process.start()
    return process


def _test(mutant: Mutant | None, options: Sequence[str], output: str, seconds: int) -> None:
    """In the child: run the tests, and end with pytest's exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    written = os.open(output, os.O_WRONLY)
    os.dup2(written, 1)
    os.dup2(written, 2)
    module = mutant.key.module if mutant else ""
    if mutant:
        path = DOMAIN / module
        code = compile(mutated(mutant), str(path), "exec")
        sys.meta_path.insert(0, _ChangedModule(path, code))
    # Plain asserts: nothing is rewritten, so that no cache can hold what another mutant left.
    fixed = ["-q", "-x", "--no-header", "--assert=plain", "--rootdir", str(ROOT), "-p", "no:cacheprovider"]
    fixed += ["-p", "_hypothesis_pytestplugin", "--hypothesis-profile=mutants"]
    sys.exit(int(pytest.main([*fixed, *options, *_test_files(f"test_{Path(module).name}")])))


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
