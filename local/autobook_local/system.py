"""The whole system on one machine: Kanbert's simulator, and the production template deployed beside it."""

import json
import re
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from boto3.dynamodb.types import TypeSerializer

from autobook.adapters.kanbert import KanbertClient
from autobook_local.stack import Deployment, LocalStack, ProcessId, StackError, Supervised, Toolchains
from autobook_local.stack.processes import plain_environment
from autobook_local.stack.running import RunningStack

_SECONDS_TO_LISTEN = 20
_LISTENING = re.compile(r"listening on (http://\S+)")


class Simulator:
    """Kanbert's simulator in a process of its own."""

    def __init__(self, tools: Toolchains, *, port: int = 0, options: tuple[str, ...] = ()) -> None:
        self.token = secrets.token_urlsafe(24)
        log = tools.state / "simulator.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "autobook_sim", "kanbert", "--port", str(port), "--token", self.token]
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
                raise StackError(f"the Kanbert simulator did not start: {process.tail(1)}", process.tail(20))
            time.sleep(0.05)
        raise StackError("the Kanbert simulator does not answer", process.tail())

    @property
    def api_url(self) -> str:
        """The base URL of the simulated API."""
        return f"{self.url}/api/v1"

    def control(self, method: str, path: str, body: object = None) -> Any:
        """The simulator's control endpoint, which the real Kanbert does not have."""
        content, headers = None if body is None else json.dumps(body), {"Content-Type": "application/json"}
        answer = httpx.request(method, f"{self.url}/_sim{path}", content=content, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @cached_property
    def client(self) -> KanbertClient:
        """A client of the simulated API, closed with the simulator."""
        return KanbertClient(self.api_url, self.token, incoming_pdf=True)

    def stop(self) -> None:
        """End it; harmless when it is no longer ours."""
        if "client" in self.__dict__:
            self.client.close()
        if self._process is not None:
            self._process.stop()
            self._process = None

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


@dataclass
class LocalSystem:
    """Everything, running, for as long as the `with` block lasts. `progress` gets a line for each step.

    Ports are chosen where None is given. The webhook is subscribed, the secret filled in, the rules are loaded.
    """

    rules: tuple[dict[str, Any], ...] = ()
    port: int | None = None
    simulator_port: int | None = None
    simulator_options: tuple[str, ...] = ("--incoming-pdf",)
    progress: Callable[[str], None] = lambda _: None
    tools: Toolchains = field(default_factory=Toolchains)
    webhook_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def __enter__(self) -> Self:
        """Start; StackError when something does not."""
        self.progress("starting the Kanbert simulator")
        self.simulator = Simulator(self.tools, port=self.simulator_port or 0, options=self.simulator_options)
        parameters = {"KanbertBaseUrl": self.simulator.api_url}
        self.stack = LocalStack(parameters=parameters, port=self.port, tools=self.tools, progress=self.progress)
        try:
            self.deployment: Deployment = self.stack.__enter__()
            self._set_up()
        except BaseException as error:
            self.stop(keep_log=isinstance(error, Exception))
            raise
        return self

    def _set_up(self) -> None:
        self.progress(f"filling in the secret, loading {len(self.rules)} rules, subscribing the webhook")
        clients, outputs = self.deployment.clients, self.deployment.outputs
        value = {"api_token": self.simulator.token, "webhook_secrets": [self.webhook_secret]}
        clients.secrets.put_secret_value(SecretId=outputs["SecretArn"], SecretString=json.dumps(value))
        load_rules(self.deployment, self.rules)
        self.subscribe()

    def subscribe(self) -> None:
        """Have Kanbert send its webhooks to the deployed endpoint."""
        self.simulator.control("PUT", "/webhook", {"url": self.deployment.webhook_url, "secret": self.webhook_secret})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.stop(keep_log=kind is not None and issubclass(kind, Exception))

    def stop(self, *, keep_log: bool = False) -> None:
        """End everything; harmless when nothing runs. `keep_log`: the emulator's, to look into."""
        try:
            self.stack.stop(keep_log=keep_log)
        finally:
            self.simulator.stop()

    def leave(self) -> RunningStack:
        """Let it all go on after this process; `make down` ends it."""
        processes = {"MiniStack": self.stack.emulator.identity, "Kanbert simulator": self.simulator.identity}
        urls = {"webhook": self.deployment.webhook_url, "kanbert": self.simulator.url}
        left = RunningStack(processes, self.stack.account, self.deployment.stack_name, urls)
        left.save(self.tools)
        self.stack.release()
        self.simulator.release()
        return left


def load_rules(deployment: Deployment, rules: tuple[dict[str, Any], ...]) -> None:
    """Put rules into the table, as an admin would in the DynamoDB console."""
    serialize = TypeSerializer().serialize
    for rule in rules:
        item = {name: serialize(value) for name, value in rule.items()}
        deployment.clients.dynamodb.put_item(TableName=deployment.outputs["RulesTableName"], Item=item)


def read_rules(path: Path) -> tuple[dict[str, Any], ...]:
    """Rules from a JSON file: a list of items."""
    items: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"), parse_float=str)
    return tuple(items)
