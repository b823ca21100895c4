"""The simulators in processes of their own, beside the deployed system."""

import json
import os
import re
import secrets
import sys
import time
from functools import cached_property
from typing import Any, ClassVar

import httpx

from autobook.adapters.kanbert import KanbertClient
from autobook_local.stack import ProcessId, StackError, Supervised, Toolchains
from autobook_local.stack.processes import plain_environment

_SECONDS_TO_LISTEN = 20
_LISTENING = re.compile(r"listening on (http://\S+)")


class Simulator:
    """A simulator in a process of its own; `command` is what `autobook-sim` calls it."""

    command: ClassVar[str]
    name: ClassVar[str]
    """For people."""

    def __init__(self, tools: Toolchains, *, port: int = 0, options: tuple[str, ...] = ()) -> None:
        # A log of its own: another demo in this directory has one, too.
        self._log = log = tools.state / "logs" / f"simulator-{self.command}-{os.getpid()}-{secrets.token_hex(4)}.log"
        command = [sys.executable, "-m", "autobook_sim", self.command, "--port", str(port)]
        environment = plain_environment(tools.state / "simulator") | {"PYTHONUNBUFFERED": "1"}
        process = Supervised([*command, *options], env=environment, log=log, cwd=tools.project)
        self._process: Supervised | None = process
        try:
            self.url = self._wait(process)
        except BaseException:
            self.stop()
            raise

    def _wait(self, process: Supervised) -> str:
        until = time.monotonic() + _SECONDS_TO_LISTEN
        while time.monotonic() < until:
            if found := _LISTENING.search(process.tail()):
                return found[1]
            if process.poll() is not None:
                raise StackError(f"the {self.name} did not start: {process.tail(1)}", process.tail(20))
            time.sleep(0.05)
        raise StackError(f"the {self.name} does not answer", process.tail())

    def control(self, method: str, path: str, body: object = None) -> Any:
        """The simulator's control endpoint, which the real system does not have."""
        content, headers = None if body is None else json.dumps(body), {"Content-Type": "application/json"}
        answer = httpx.request(method, f"{self.url}/_sim{path}", content=content, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def stop(self) -> None:
        """End it; harmless when it is no longer ours."""
        if self._process is not None:
            self._process.stop()
            self._process = None
            self._log.unlink(missing_ok=True)

    @property
    def identity(self) -> ProcessId:
        """The running process."""
        return self._running().identity

    def release(self) -> None:
        """Let it go on after this process."""
        self._running().release()
        self._process = None

    def _running(self) -> Supervised:
        if self._process is None:
            raise RuntimeError("the simulator is not running")
        return self._process


class KanbertSimulator(Simulator):
    """Kanbert's, with a token of its own."""

    command = "kanbert"
    name = "Kanbert simulator"

    def __init__(self, tools: Toolchains, *, port: int = 0, options: tuple[str, ...] = ()) -> None:
        self.token = secrets.token_urlsafe(24)
        super().__init__(tools, port=port, options=("--token", self.token, *options))

    @property
    def api_url(self) -> str:
        """The base URL of the simulated API."""
        return f"{self.url}/api/v1"

    @cached_property
    def client(self) -> KanbertClient:
        """A client of the simulated API, closed with the simulator."""
        return KanbertClient(self.api_url, self.token, incoming_pdf=True)

    def stop(self) -> None:
        """End it; harmless when it is no longer ours."""
        if "client" in self.__dict__:
            self.client.close()
        super().stop()


class ConsumerSimulator(Simulator):
    """One of a system that invoices are exported to; `parameter` of the stack takes its address."""

    parameter: ClassVar[str]
    secret_output: ClassVar[str]
    """The stack's output that names the secret."""

    def __init__(self, tools: Toolchains, *, options: tuple[str, ...] = ()) -> None:
        super().__init__(tools, options=options)

    @property
    def api_url(self) -> str:
        """The base URL of the simulated API."""
        raise NotImplementedError

    @property
    def secret(self) -> str:
        """What the stack's secret holds."""
        raise NotImplementedError


class HypatosSimulator(ConsumerSimulator):
    """Hypatos', with an OAuth client of its own."""

    command = "hypatos"
    name = "Hypatos simulator"
    parameter = "HypatosBaseUrl"
    secret_output = "HypatosSecretArn"  # noqa: S105 - the name of an output

    def __init__(self, tools: Toolchains) -> None:
        self.client_id, self.client_secret = "autobook", secrets.token_urlsafe(24)
        super().__init__(tools, options=("--client-id", self.client_id, "--client-secret", self.client_secret))

    @property
    def api_url(self) -> str:
        """The base URL of the simulated API."""
        return f"{self.url}/v2"

    @property
    def secret(self) -> str:
        """What the stack's secret of Hypatos holds."""
        return json.dumps({"client_id": self.client_id, "client_secret": self.client_secret})


class BillomatSimulator(ConsumerSimulator):
    """Billomat's, with an API key of its own."""

    command = "billomat"
    name = "Billomat simulator"
    parameter = "BillomatBaseUrl"
    secret_output = "BillomatSecretArn"  # noqa: S105 - the name of an output

    def __init__(self, tools: Toolchains) -> None:
        self.api_key = secrets.token_urlsafe(24)
        super().__init__(tools, options=("--api-key", self.api_key))

    @property
    def api_url(self) -> str:
        """The base URL of the simulated API."""
        return f"{self.url}/api"

    @property
    def secret(self) -> str:
        """What the stack's secret of Billomat holds."""
        return json.dumps({"api_key": self.api_key})
