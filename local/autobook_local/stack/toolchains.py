"""Where the tools are: each in an environment of its own, made by `local/environments.sh` from pinned requirements."""

import dataclasses
import os
from pathlib import Path

from autobook_local.stack.errors import StackError

PROJECT = Path(__file__).resolve().parents[3]


@dataclasses.dataclass(frozen=True)
class Toolchains:
    """The programs that the local stack runs, and the project they run on."""

    project: Path = PROJECT

    @property
    def sam(self) -> Path:
        """The SAM CLI."""
        return self._tool("sam", "sam")

    @property
    def emulator_python(self) -> Path:
        """The Python that has MiniStack, and that it runs functions with."""
        return self._tool("ministack", "python")

    @property
    def template(self) -> Path:
        """The production template."""
        return self.project / "template.yaml"

    @property
    def state(self) -> Path:
        """Where builds, logs and the state of `make up` are kept; ignored by git."""
        return self.project / ".local"

    def build_path(self) -> str:
        """PATH for `sam build`, which looks for python3.13 and its pip there."""
        return os.pathsep.join([str(self.project / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])

    def _tool(self, environment: str, program: str) -> Path:
        path = self.project / ".tools" / environment / "bin" / program
        if not path.exists():
            raise StackError(f"{path.relative_to(self.project)} is missing: run `make tools` first")
        return path
