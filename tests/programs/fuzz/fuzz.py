"""Schemathesis against the simulator, from its own OpenAPI description: `make fuzz`. Exit 1 where it finds a 500.

It runs in an environment of its own (requirements/fuzz.in); `test_no_server_error.py` asks the same with Hypothesis
alone, so that `make test` needs no more than it has.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from autobook_sim.kanbert.server import running
from autobook_sim.kanbert.service import Kanbert

TOKEN = "fuzz-token"


def main(program: str, examples: str) -> int:
    """Run it; `program` is the path of `st`."""
    # It leaves a directory of its own where it runs.
    with running(Kanbert(token=TOKEN, incoming_pdf=True)) as simulator, tempfile.TemporaryDirectory() as elsewhere:
        command = [
            str(Path(program).absolute()), "run",
            f"{simulator.url}/openapi.json", "--header", f"Authorization: Bearer {TOKEN}",
            "--checks", "not_a_server_error", "--max-examples", examples, "--seed", "1",
        ]  # fmt: skip
        return subprocess.run(command, check=False, cwd=elsewhere).returncode  # noqa: S603 - a tool of ours


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
