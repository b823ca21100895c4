"""`LocalStack`: emulator, build and deployment in one, ended with its `with` block."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType

from autobook_local.stack.aws import Clients
from autobook_local.stack.deploy import Build, deploy, exclusive
from autobook_local.stack.emulator import Account, Emulator
from autobook_local.stack.emulator_workarounds import apply_workarounds
from autobook_local.stack.processes import ProcessId
from autobook_local.stack.template import load_template
from autobook_local.stack.toolchains import Toolchains

STACK_NAME = "autobook-local"


@dataclasses.dataclass(frozen=True)
class Deployment:
    """A deployed stack: its outputs and resources, and clients to look into it."""

    account: Account
    stack_name: str

    @cached_property
    def clients(self) -> Clients:
        """AWS clients of the administrator."""
        return self.account.clients()

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The template's outputs."""
        stack = self.clients.cloudformation.describe_stacks(StackName=self.stack_name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    @cached_property
    def resources(self) -> dict[str, str]:
        """Physical ids (a queue's URL, a function's name, a topic's ARN …) by logical id."""
        pages = self.clients.cloudformation.get_paginator("list_stack_resources")  # 100 to a page
        listed = pages.paginate(StackName=self.stack_name).build_full_result()["StackResourceSummaries"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in listed}

    @property
    def webhook_url(self) -> str:
        """Where `WebhookUrl` answers on this machine."""
        return self.local_url(self.outputs["WebhookUrl"])

    def local_url(self, url: str) -> str:
        """The emulator's address for an API Gateway address of AWS; any other is returned as it is."""
        found = re.fullmatch(r"https://(\w+)\.execute-api\.[\w.-]+?(/.*)?", url)
        if found is None:
            return url
        return f"{self.account.endpoint}/_aws/execute-api/{found[1]}/$default{found[2] or '/'}"

    def logs(self, function: str) -> list[str]:
        """Everything that a function (by logical id) has logged, oldest first."""
        configuration = self.clients.functions.get_function_configuration(FunctionName=self.resources[function])
        group = configuration["LoggingConfig"]["LogGroup"]
        pages = self.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        events = sorted((event for page in pages for event in page["events"]), key=lambda event: event["timestamp"])
        return [event["message"] for event in events]


class LocalStack:
    """The production template, deployed to an emulator of its own, for as long as the `with` block lasts.

    `parameters` go to the template. `port` is the emulator's; None chooses a free one. `progress` gets a line for
    each step. Everything started ends with the block, and also when this process is killed.

    >>> with LocalStack(parameters={"KanbertBaseUrl": "http://127.0.0.1:8700/api/v1"}) as deployment:
    ...     deployment.clients.sqs.receive_message(QueueUrl=deployment.outputs["DocumentsQueueUrl"])
    """

    def __init__(
        self,
        *,
        parameters: Mapping[str, str] | None = None,
        port: int | None = None,
        stack_name: str = STACK_NAME,
        tools: Toolchains | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._parameters = dict(parameters or {})
        self._port = port
        self._stack_name = stack_name
        self._tools = tools or Toolchains()
        self._progress = progress
        self._emulator: Emulator | None = None
        self._built: Path | None = None

    def __enter__(self) -> Deployment:
        """Build, start and deploy; StackError when one of them fails."""
        try:
            with exclusive(self._tools, self._progress):
                self._progress("building the functions (sam build)")
                build = Build(self._tools)
                try:
                    self._emulator = Emulator.start(self._tools, port=self._port)
                    self._progress(f"MiniStack with IAM enforced at {self.account.endpoint}")
                    self._built = build.finish()
                finally:
                    build.stop()
                return self.deploy(self._built, self._stack_name, self._parameters)
        except BaseException as error:
            self.stop(keep_log=isinstance(error, Exception))
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything; after a failure the emulator's log is kept under .local/logs."""
        self.stop(keep_log=kind is not None and issubclass(kind, Exception))

    @property
    def account(self) -> Account:
        """The emulated account; only while running."""
        return self.emulator.account

    @property
    def emulator(self) -> Emulator:
        """The running emulator."""
        if self._emulator is None:
            raise RuntimeError("the local stack is not running")
        return self._emulator

    @property
    def built_template(self) -> Path:
        """The template as `sam build` left it, its paths pointing at what was built."""
        if self._built is None:
            raise RuntimeError("nothing was built")
        return self._built

    def deploy(self, template: Path, stack_name: str, parameters: Mapping[str, str]) -> Deployment:
        """Deploy a built template, again or under another name beside the first."""
        self._progress(f"deploying {stack_name} (sam deploy)")
        deploy(self._tools, self.account, template, stack_name, parameters)
        deployment = Deployment(self.account, stack_name)
        apply_workarounds(load_template(template), deployment.resources, deployment.clients)
        return deployment

    def stop(self, *, keep_log: bool = False) -> None:
        """End everything; harmless when nothing runs."""
        if self._emulator is not None:
            self._emulator.stop(keep_log=keep_log)
            self._emulator = None

    def release(self) -> ProcessId:
        """Let the emulator go on after this process; the caller keeps the identity to stop it by."""
        identity = self.emulator.release()
        self._emulator = None
        return identity
