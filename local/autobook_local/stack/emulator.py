"""MiniStack as a process: an AWS account of one's own on the loopback interface, with IAM enforced.

Its state is in memory and its files in a scratch directory; neither outlives it.
"""

import dataclasses
import json
import secrets
import socket
import time
import urllib.request
from pathlib import Path
from typing import Self

from botocore.exceptions import ClientError

from autobook_local.stack.aws import Clients, Credentials
from autobook_local.stack.errors import StackError
from autobook_local.stack.processes import ProcessId, Supervised, plain_environment, scratch_directory
from autobook_local.stack.toolchains import Toolchains

LAUNCHER = Path(__file__).with_name("launch_emulator.py")
REGION = "eu-central-1"
_START_SECONDS = 60.0
_DEPLOYER = "autobook-deployer"
_ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclasses.dataclass(frozen=True)
class Account:
    """How to reach the emulated AWS account, as an administrator who is not its root user."""

    port: int
    credentials: Credentials
    region: str = REGION

    @property
    def endpoint(self) -> str:
        """The one address of all services."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Environment variables with which any AWS tool works on this account, and on no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
        }

    def clients(self) -> Clients:
        """AWS clients of the administrator."""
        return Clients(self.endpoint, self.region, self.credentials)


class Emulator:
    """A running MiniStack. Made by `start`; `stop` ends it, and so does the end of this process."""

    def __init__(self, process: Supervised, account: Account) -> None:
        self._process = process
        self.account = account

    @classmethod
    def start(cls, tools: Toolchains, *, port: int | None = None) -> Self:
        """Start it on `port` (or a free one), wait until it answers, and make an administrator.

        Raises StackError with the end of its log when it does not come up.
        """
        if port is not None and not _is_free(port):
            raise StackError(f"port {port} is already in use; choose another, or none to have a free one chosen")
        root = _new_root_key()
        process, port = cls._launch(tools, port, root)
        try:
            return cls(process, Account(port, _create_administrator(port, root)))
        except BaseException:
            process.stop()
            raise

    @classmethod
    def _launch(cls, tools: Toolchains, wanted: int | None, root: Credentials) -> tuple[Supervised, int]:
        python = tools.emulator_python
        for _ in range(5):  # somebody may take a free port before MiniStack does
            port = wanted or _free_port()
            directory = scratch_directory()
            process = Supervised(
                [python, "-I", LAUNCHER],
                env=_environment(directory, port, root),
                log=_new_log(tools, port),
                cwd=directory,
                directory=directory,
            )
            try:
                if _comes_up(process, port):
                    return process, port
            except BaseException:
                process.stop()
                raise
            process.stop()
            output = process.tail()
            process.log.unlink()
            if "already in use" not in output or wanted:
                raise StackError(f"MiniStack did not come up on port {port}", output)
        raise StackError("found no free port for MiniStack")

    @property
    def log(self) -> Path:
        """The output of MiniStack and of the functions."""
        return self._process.log

    @property
    def identity(self) -> ProcessId:
        """Which process it is."""
        return self._process.identity

    def stop(self, *, keep_log: bool = False) -> None:
        """End it with every function it runs, and remove its files."""
        self._process.stop()
        if not keep_log:
            self.log.unlink(missing_ok=True)

    def release(self) -> ProcessId:
        """Let it go on after this process has ended."""
        return self._process.release()


def _new_root_key() -> Credentials:
    """The key of the account's root user, whom no policy binds: another one at each start, used for one thing."""
    return Credentials(f"ROOT{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))


def _environment(directory: Path, port: int, root: Credentials) -> dict[str, str]:
    # Functions inherit this environment; what AWS sets for them (region, role credentials) MiniStack puts over it.
    return {
        **plain_environment(directory),
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
    }


def _new_log(tools: Toolchains, port: int) -> Path:
    log = tools.state / "logs" / f"ministack-{port}.log"  # several may run at once
    log.unlink(missing_ok=True)
    return log


def _comes_up(process: Supervised, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with _direct.open(f"http://127.0.0.1:{port}/_ministack/health", timeout=2):
                return process.poll() is None
        except OSError:
            time.sleep(0.05)
    return False


# Never through a proxy that a person's environment names.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _create_administrator(port: int, key_of_root: Credentials) -> Credentials:
    """Make the user that deploys and looks around, and make sure on the way that IAM is enforced."""
    root = Clients(f"http://127.0.0.1:{port}", REGION, key_of_root)
    root.iam.create_user(UserName=_DEPLOYER)
    key = root.iam.create_access_key(UserName=_DEPLOYER)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    try:
        Clients(f"http://127.0.0.1:{port}", REGION, credentials).sqs.list_queues()
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "AccessDenied":
            raise
    else:
        raise StackError("MiniStack does not enforce IAM: a user without any policy could list queues")
    root.iam.put_user_policy(UserName=_DEPLOYER, PolicyName="administrator", PolicyDocument=json.dumps(_ANYTHING))
    return credentials


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
