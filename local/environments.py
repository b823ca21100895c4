"""Makes the environments that `make` needs, from hash-pinned requirements: `environments.sh dev sam ministack`.

Silent when there is nothing to do: an environment is made again only when its requirements (or Python) changed.
pip's output goes to .local/logs and is shown only when it fails. Standard library only: this runs before
anything is installed.
"""

import concurrent.futures
import dataclasses
import fcntl
import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


@dataclasses.dataclass(frozen=True)
class Environment:
    """A virtual environment, what goes into it and what for."""

    name: str
    directory: Path
    requirements: Path
    purpose: str
    editable: bool = False  # with the commands `autobook` and `autobook-sim`
    logs: Path = PROJECT / ".local" / "logs"

    @property
    def log(self) -> Path:
        """The output of venv and pip."""
        return self.logs / f"install-{self.name}.log"

    @property
    def stamp(self) -> Path:
        """Says from what a finished environment was made."""
        return self.directory / "made-from"

    def source(self) -> str:
        """A text that changes when the environment has to be made again."""
        files = [self.requirements, *([PROJECT / "pyproject.toml"] if self.editable else [])]
        digests = (hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
        return " ".join([sys.version.split()[0], str(self.directory), *digests])

    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        python = self.directory / "bin" / "python"
        return python.exists() and self.stamp.exists() and self.stamp.read_text() == self.source()

    def progress(self) -> str:
        """How far `make` is, by what pip has logged: packages looked at so far of all, then that it installs them."""
        packages = self.requirements.read_text().count("==")
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        if "Installing collected packages" in log:
            return f"installs {packages} packages"
        return f"{min(log.count('Collecting '), packages)} of {packages} packages"

    def make(self) -> bool:
        """Make it from nothing; False when that failed."""
        pip: list[str | Path] = [
            self.directory / "bin" / "python",
            "-m",
            "pip",
            "--no-input",
            "--disable-pip-version-check",
        ]
        steps: list[list[str | Path]] = [
            [sys.executable, "-m", "venv", "--clear", self.directory],
            [*pip, "install", "--require-hashes", "-r", self.requirements],
        ]
        if self.editable:
            steps.append([*pip, "install", "--no-deps", "--no-build-isolation", "-e", PROJECT])
        self.logs.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            for step in steps:
                if subprocess.run(step, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False).returncode:
                    return False
        self.stamp.write_text(self.source())
        return True


REQUIREMENTS = PROJECT / "requirements"
TOOLS = PROJECT / ".tools"
ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "dev", PROJECT / ".venv", REQUIREMENTS / "dev.txt", "libraries, tests and simulators", editable=True
        ),
        Environment("sam", TOOLS / "sam", REQUIREMENTS / "sam.txt", "the SAM CLI"),
        Environment("ministack", TOOLS / "ministack", REQUIREMENTS / "ministack.txt", "MiniStack, the local AWS"),
        Environment(
            "bench", TOOLS / "bench", REQUIREMENTS / "bench.txt", "the rule engines that ours is compared with"
        ),
        Environment("fuzz", TOOLS / "fuzz", REQUIREMENTS / "fuzz.txt", "Schemathesis"),
        Environment("mutants", TOOLS / "mutants", REQUIREMENTS / "mutants.txt", "mutmut, and what the tests need"),
        Environment("lock", TOOLS / "lock", REQUIREMENTS / "lock.txt", "pip-tools"),
    )
}


LOCK = PROJECT / ".local" / "install.lock"


def main(names: list[str]) -> int:
    """Make the named environments where they are not current; 1 when one failed."""
    if all(ENVIRONMENTS[name].is_current() for name in names):
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another make may be at it; what it has made is current by then
        return make([environment for name in names if not (environment := ENVIRONMENTS[name]).is_current()])


FIRST_SET_UP = "set-up: two to five minutes, some 200 MB to download, 800 MB on the disk; after this it takes none"
_LINE = 79
_SECONDS_BETWEEN_LINES = 30.0


def make(wanted: list[Environment]) -> int:
    """Make these environments, side by side; 1 when one failed."""
    failed = 0
    print(FIRST_SET_UP, flush=True)
    with concurrent.futures.ThreadPoolExecutor(len(wanted) or 1) as pool:
        for environment in wanted:
            print(f"installing {environment.purpose} into {environment.directory.relative_to(PROJECT)}", flush=True)
            environment.log.unlink(missing_ok=True)
        made = [pool.submit(environment.make) for environment in wanted]
        show_progress(wanted, made)
        for environment, done in zip(wanted, made, strict=True):
            if not done.result():
                failed = 1
                print(f"that failed; the end of {environment.log.relative_to(PROJECT)}:", file=sys.stderr)
                for line in environment.log.read_text(errors="replace").splitlines()[-20:]:
                    print("".join(each for each in line if each.isprintable()), file=sys.stderr)
    return failed


def show_progress(wanted: list[Environment], made: "list[concurrent.futures.Future[bool]]") -> None:
    """How far each is, until all are through: one line that changes on a terminal, else a line now and then."""
    terminal, began = sys.stdout.isatty(), time.monotonic()
    pause = 1.0 if terminal else _SECONDS_BETWEEN_LINES
    while concurrent.futures.wait(made, timeout=pause).not_done:
        seconds = int(time.monotonic() - began)
        parts = [f"{each.name} {each.progress()}" for each, done in zip(wanted, made, strict=True) if not done.done()]
        line = f"  {seconds // 60}:{seconds % 60:02} {', '.join(parts)}"[:_LINE]
        print(f"\r{line:<{_LINE}}" if terminal else line, end="" if terminal else "\n", flush=True)
    if terminal:
        print("\r" + " " * _LINE + "\r", end="", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
