"""The whole system on one machine: the simulators, and the production template deployed beside them."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from boto3.dynamodb.types import TypeSerializer

from autobook.domain.events import Event
from autobook_local import rule_display
from autobook_local.listening import EventListener
from autobook_local.simulators import BillomatSimulator, ConsumerSimulator, HypatosSimulator, KanbertSimulator
from autobook_local.stack import Deployment, LocalStack, Toolchains
from autobook_local.stack.running import RunningStack


@dataclass
class LocalSystem:
    """Everything, running, for as long as the `with` block lasts. `progress` gets a line for each step.

    Ports are chosen where None is given. The webhook is subscribed, the secrets filled in, the rules are loaded.
    `parameters` of the template come to the simulators' addresses. `hypatos`, `billomat`: booked invoices are exported
    to a simulated Hypatos and Billomat, too. What is published comes into a queue of its own (`take_events`).
    """

    rules: tuple[dict[str, Any], ...] = ()
    port: int | None = None
    simulator_port: int | None = None
    simulator_options: tuple[str, ...] = ("--incoming-pdf",)
    hypatos: bool = False
    billomat: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda _: None
    tools: Toolchains = field(default_factory=Toolchains)
    webhook_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def __enter__(self) -> Self:
        """Start; StackError when something does not."""
        self.progress("starting the Kanbert simulator")
        self.simulator = KanbertSimulator(self.tools, port=self.simulator_port or 0, options=self.simulator_options)
        parameters = {"KanbertBaseUrl": self.simulator.api_url, **self.parameters}
        self.consumers: list[ConsumerSimulator] = []
        self.hypatos_simulator = self._started(HypatosSimulator) if self.hypatos else None
        self.billomat_simulator = self._started(BillomatSimulator) if self.billomat else None
        parameters |= {each.parameter: each.api_url for each in self.consumers}
        self.stack = LocalStack(parameters=parameters, port=self.port, tools=self.tools, progress=self.progress)
        try:
            self.deployment: Deployment = self.stack.__enter__()
            self.listener = EventListener(self.deployment)
            self._set_up()
        except BaseException as error:
            self.stop(keep_log=isinstance(error, Exception))
            raise
        return self

    def _started[S: (HypatosSimulator, BillomatSimulator)](self, simulator: type[S]) -> S:
        self.progress(f"starting the {simulator.name}")
        try:
            started = simulator(self.tools)
        except BaseException:
            self._stop_simulators()
            raise
        self.consumers.append(started)
        return started

    def _stop_simulators(self) -> None:
        for each in (self.simulator, *self.consumers):
            each.stop()

    def _set_up(self) -> None:
        self.progress(f"filling in the secrets, loading {len(self.rules)} rules, subscribing the webhook")
        clients, outputs = self.deployment.clients, self.deployment.outputs
        for output, value in (
            ("ApiSecretArn", {"api_token": self.simulator.token}),
            ("WebhookSecretArn", {"webhook_secrets": [self.webhook_secret]}),
        ):
            clients.secrets.put_secret_value(SecretId=outputs[output], SecretString=json.dumps(value))
        for each in self.consumers:
            clients.secrets.put_secret_value(SecretId=outputs[each.secret_output], SecretString=each.secret)
        load_rules(self.deployment, self.rules)
        self.subscribe()

    def take_events(self) -> list[Event]:
        """Events that were published and have not been taken yet, at most ten; none if none comes within a second."""
        return self.listener.take()

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
            self._stop_simulators()

    def leave(self) -> RunningStack:
        """Let it all go on after this process; `make down` ends it. The queue of its own goes."""
        self.listener.close()
        processes = {"MiniStack": self.stack.emulator.identity, self.simulator.name: self.simulator.identity}
        urls = {"webhook": self.deployment.webhook_url, "kanbert": self.simulator.url}
        processes |= {each.name: each.identity for each in self.consumers}
        table = self.deployment.outputs["LedgerTableName"]
        processes[rule_display.NAME] = rule_display.start(self.tools, self.simulator.url, self.stack.account, table)
        urls |= {each.command: each.url for each in self.consumers}
        left = RunningStack(processes, self.stack.account, self.deployment.stack_name, urls, self.simulator.token)
        left.save(self.tools)
        self.stack.release()
        self.simulator.release()
        for each in self.consumers:
            each.release()
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
