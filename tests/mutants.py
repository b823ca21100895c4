"""`make mutants`: change the rule engine in one small way at a time, and see whether a test notices.

    python -m tests.mutants [--jobs 2] [--only parser.py] [--list]

Each mutant is a copy of the package with one operator, constant or connective changed; the tests of the rules run
against it until the first failure. Survivors are printed with their line; those that are known to change nothing
that can be seen stand, with the reason, in EQUIVALENT below. Exit code 1 if another survives.
"""
# ruff: noqa: S603, T201 - it starts this project's own tests, and prints for a person

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "layers" / "shared" / "autobook"
RULES = Path("domain") / "rules"
MODULES = ("parser.py", "compiler.py", "access.py", "index.py", "intervals.py", "ruleset.py", "outcome.py", "truth.py")
TESTS = ("operators", "intervals", "errors", "ruleset", "explain_and_lint", "untyped", "properties")
SECONDS = 90
"""A mutant that keeps the tests busy for longer has been noticed."""

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip

_SPEED = "a threshold of speed: the answer is the same on either side"
_SHORT_CUT = "a short cut: without it nothing is found there, only slower"


EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("index.py", "_CROWD = 8", "constant: one more"): _SPEED,
    ("index.py", "_DEEPEST = 4", "constant: one more"): _SPEED,
    ("index.py", "_SHORT, _LONG = SHORTEST_NEEDLE, 6", "constant: one more"): _SPEED,
    ("index.py", '_FEWEST = {"=": 2, "^": 6, "$": 6, "*": 8, "-": 12}', "constant: one more"): _SPEED,
    ("index.py", "if self.always:", "condition: always"): _SHORT_CUT,
    ("index.py", "if self.started:", "condition: always"): _SHORT_CUT,
    ("index.py", "if self.contained:", "condition: always"): _SHORT_CUT,
    ("index.py", "if self.ended:", "condition: always"): _SHORT_CUT,
    ("index.py", "if not small:", "condition: always"): _SPEED,
    ("index.py", "if not small:", "condition: never"): _SHORT_CUT,
    ("index.py", "if not needles:", "condition: never"): _SHORT_CUT,
    (
        "index.py",
        "def __init__(self, entries: Iterable[Entry], table: FieldTable, zone: tzinfo, depth: int = 0) -> None:",
        "constant: one more",
    ): "rules with several places are tested instead of looked up: slower",
    ("parser.py", "if not found:", "condition: never"): _SHORT_CUT,
    ("parser.py", "if self._table is not None:", "condition: never"): "the slow way to the same tree",
    ("intervals.py", "self._size = 2 * len(bounds) + 1", "constant: one more"): "a larger tree, the same paths",
    ("intervals.py", "left += 1", "constant: one more"): "left is odd here: halved, both are the same",
}
"""Known survivors: (module, the line as it was, the change) → why no test can tell."""


class Mutant(NamedTuple):
    """One changed module."""

    module: str
    line: int
    was: str
    change: str
    source: str


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    text = (PACKAGE / RULES / module).read_text()
    lines, tree = text.splitlines(), ast.parse(text)
    places = [(i, change) for i, node in enumerate(ast.walk(tree)) for change in _changes(node)]
    for i, change in places:
        mutated = copy.deepcopy(tree)
        node = next(each for at, each in enumerate(ast.walk(mutated)) if at == i)
        _apply(node, change)
        line = getattr(node, "lineno", 0)
        yield Mutant(module, line, lines[line - 1].strip(), change, ast.unparse(mutated))


def _changes(node: ast.AST) -> list[str]:
    match node:
        case ast.Compare(ops=ops):
            return [f"comparison {i}: {type(op).__name__} → {_SWAPS[type(op)].__name__}" for i, op in enumerate(ops)]
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in _SWAPS:
            return [f"operator: {type(op).__name__} → {_SWAPS[type(op)].__name__}"]
        case ast.UnaryOp(op=ast.Not()):
            return ["not: dropped"]
        case ast.Constant(value=bool()):
            return ["constant: flipped"]
        case ast.Constant(value=int()):
            return ["constant: one more"]
        case ast.Break():
            return ["break: continue"]
        case ast.If():
            return ["condition: always", "condition: never"]
    return []


def _apply(node: ast.AST, change: str) -> None:
    match node:
        case ast.Compare(ops=ops):
            at = int(change.split(":")[0].split()[1])
            ops[at] = _SWAPS[type(ops[at])]()  # type: ignore[call-overload]
        case ast.BoolOp() | ast.BinOp():
            node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
        case ast.UnaryOp(operand=operand):
            node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), operand)
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() as value):
            node.value = value + 1
        case ast.If():
            node.test = ast.Constant(change.endswith("always"))
        case ast.Break():
            node.__class__ = ast.Continue  # type: ignore[assignment]


def survives(mutant: Mutant) -> bool:
    """Whether the tests pass all the same."""
    return not _failure(mutant.module, mutant.source)


def _failure(module: str, source: str) -> str:
    """What the tests print when they fail with this source in the module's place; empty if they pass."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "autobook"
        shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
        (copied / RULES / module).write_text(source)
        files = [str(ROOT / "tests" / "unit" / "rules" / f"test_{name}.py") for name in TESTS]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *files]
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "took too long"
        return (done.stdout + done.stderr).decode(errors="replace") if done.returncode else ""


def main() -> int:
    """Try them all; 0 if only known equivalents survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=MODULES, action="append")
    parser.add_argument("--list", action="store_true", help="only count the mutants")
    options = parser.parse_args()
    modules = options.only or MODULES
    found = [mutant for module in modules for mutant in mutants(module)]
    print(f"{len(found)} mutants of {', '.join(modules)}", flush=True)
    if options.list:
        return 0
    unchanged = _failure(MODULES[0], (PACKAGE / RULES / MODULES[0]).read_text())
    if unchanged:
        print(f"the tests fail without any change, so they can say nothing about mutants:\n{unchanged[-2000:]}")
        return 1
    alive: list[Mutant] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for i, (mutant, survived) in enumerate(zip(found, pool.map(survives, found), strict=True), start=1):
            if survived:
                alive.append(mutant)
                known = EQUIVALENT.get((mutant.module, mutant.was, mutant.change))
                print(
                    f"{mutant.module}:{mutant.line}: {mutant.change}: {mutant.was}  [{known or 'SURVIVED'}]", flush=True
                )
            if i % 50 == 0:
                print(f"  {i} of {len(found)} tried, {len(alive)} alive", file=sys.stderr, flush=True)
    unknown = [mutant for mutant in alive if (mutant.module, mutant.was, mutant.change) not in EQUIVALENT]
    equivalent = len(alive) - len(unknown)
    noticed = f"{len(found) - len(alive)} of {len(found)} noticed"
    print(f"{noticed}; {equivalent} known to be equivalent, {len(unknown)} others alive")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
