"""`sam build` and `sam deploy`, as a person would type them, against the emulated account."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from autobook_local.stack.architecture import PARAMETER, host_architecture
from autobook_local.stack.emulator import Account
from autobook_local.stack.errors import StackError
from autobook_local.stack.processes import Supervised
from autobook_local.stack.toolchains import Toolchains

PROFILE = "local"  # in samconfig.toml
_BUILD_SECONDS = 300.0
_DEPLOY_SECONDS = 180.0


class Build:
    """A `sam build` on its way: started at once, so that the emulator can start meanwhile.

    Cached by content: what has not changed is not built again (SAM's cache under .local/build and .aws-sam). Built for
    this machine, or another `architecture`.
    """

    def __init__(self, tools: Toolchains, *, architecture: str | None = None) -> None:
        wanted = architecture or host_architecture()
        self._directory = tools.state / "build" / wanted
        self._process = Supervised(
            [
                tools.sam,
                "build",
                *_profile(tools),
                *("--template-file", tools.template),
                *("--build-dir", self._directory / "artifacts"),
                *("--cache-dir", self._directory / "cache"),
                *("--parameter-overrides", f"{PARAMETER}={wanted}"),
            ],
            env=sam_environment(tools),
            log=_new_log(tools, "sam-build"),
            cwd=tools.project,
        )

    def finish(self) -> Path:
        """Wait for it; the path of the built template."""
        if self._process.wait(_BUILD_SECONDS) != 0:
            raise StackError("sam build failed", self._process.tail())
        return self._directory / "artifacts" / "template.yaml"

    def stop(self) -> None:
        """Give it up."""
        self._process.stop()


def deploy(tools: Toolchains, account: Account, template: Path, stack_name: str, parameters: Mapping[str, str]) -> None:
    """Deploy a built template; StackError with the end of the log when CloudFormation refuses it."""
    given = {PARAMETER: host_architecture(), **parameters}
    process = Supervised(
        [
            tools.sam,
            "deploy",
            *_profile(tools),
            *("--template-file", template),
            *("--stack-name", stack_name),
            *("--region", account.region),
            *("--parameter-overrides", *(f'{k}="{v}"' for k, v in given.items())),
        ],
        env={**sam_environment(tools), **account.environment(), "SAM_CLI_POLL_DELAY": "0.3"},
        log=_new_log(tools, f"sam-deploy-{stack_name}"),
        cwd=tools.project,
    )
    try:
        if process.wait(_DEPLOY_SECONDS) != 0:
            raise StackError(f"sam deploy of {stack_name} failed", process.tail(60))
    finally:
        process.stop()


@contextlib.contextmanager
def exclusive(tools: Toolchains, progress: Callable[[str], None]) -> Iterator[None]:
    """Only one build and deploy at a time in this checkout: `make demo` and `make test` share the build directory."""
    tools.state.mkdir(exist_ok=True)
    with (tools.state / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another build in this directory")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _profile(tools: Toolchains) -> list[str | Path]:
    return ["--config-file", tools.project / "samconfig.toml", "--config-env", PROFILE]


def sam_environment(tools: Toolchains) -> dict[str, str]:
    """A person's environment (pip needs it to find its index) without their AWS account."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SAM_", "PYTHON", "VIRTUAL_ENV"))}
    direct = ",".join(filter(None, ["127.0.0.1,localhost", os.environ.get("no_proxy", os.environ.get("NO_PROXY"))]))
    return {
        **kept,
        "PATH": tools.build_path(),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(tools.state / "sam"),  # else it writes to the home directory
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def _new_log(tools: Toolchains, name: str) -> Path:
    log = tools.state / "logs" / f"{name}.log"
    log.unlink(missing_ok=True)
    return log
