"""CPU that each function's imports take: python -m tests.programs.bench.imports [PROCESSES]

Each process starts afresh and imports every module that the function has loaded once it is built, in that order: the
clients' own work (certificates, service descriptions) does not count, what the interpreter itself loads neither.
CPU is user and system time; printed is the median in milliseconds.
"""

import json
import subprocess
import sys
from statistics import median

from tests.functions.loads import FUNCTIONS, HIDE, ROOT, absent, environment, loaded

_PROCESSES = 15

_CPU = f"""{HIDE}
import importlib, resource
names = [name for name in json.loads(sys.argv[2]) if name not in sys.modules]

def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

before = cpu()
for name in names:
    importlib.import_module(name)
print(cpu() - before)
"""


def cpu_milliseconds(function: str, modules: list[str], processes: int = _PROCESSES) -> float:
    """The median of so many fresh processes that import these modules of a function."""
    arguments = [sys.executable, "-c", _CPU, json.dumps(absent(function)), json.dumps(modules)]
    runs = [
        subprocess.run(arguments, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)  # noqa: S603
        for _ in range(processes)
    ]
    return 1000 * median(float(run.stdout) for run in runs)


def main(processes: int) -> None:
    """Print a line per function."""
    for function in FUNCTIONS:
        modules = [name for name in loaded(function) if name != "__main__"]
        ours = sum(name.split(".")[0] == "autobook" for name in modules)
        line = f"{function:12} {cpu_milliseconds(function, modules, processes):6.0f} ms, {ours} modules of ours"
        sys.stdout.write(f"{line}, {len(modules)} in all\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _PROCESSES)
